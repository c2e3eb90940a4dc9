"""Static files, uploads and export files."""

from django.core.files.storage import FileSystemStorage

from dealport.settings.api import DATA_UPLOAD_MAX_MEMORY_SIZE
from dealport.settings.connections import DEALPORT_SOURCE_BODY_BYTES, DEALPORT_SYNC_BODY_BYTES
from dealport.settings.process import DEALPORT_TESTING, PRODUCTION, STATE_DIR, env

STATIC_URL = "/static/"
# STATIC_ROOT: where collectstatic puts style sheets and scripts; the list of them lies in STATIC_ROOT-manifest.
STATIC_ROOT = env.text("STATIC_ROOT", str(STATE_DIR / "static"))
MEDIA_URL = "/media/"
# MEDIA_ROOT: where the drawings of demo data lie, and nothing else; Django serves them in demo mode alone.
MEDIA_ROOT = env.text("MEDIA_ROOT", str(STATE_DIR / "media"))
# Hashed names everywhere but in tests; compressing as well takes half a minute, which only production needs.
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
)
# The list of hashed names lies beside STATIC_ROOT, not in it: it would tell everybody the version of every file.
_STATIC_OPTIONS: dict[str, object] = {"manifest_storage": FileSystemStorage(f"{STATIC_ROOT}-manifest")}
if DEALPORT_TESTING:
    _STATIC_OPTIONS = {}
    _STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
# EXPORT_BUCKET: private S3 bucket of its own for export files; without it they lie in EXPORT_ROOT.
EXPORT_BUCKET = env.text("EXPORT_BUCKET", "")
# EXPORT_ENDPOINT_URL: address of an S3 server that is not Amazon's, as browsers reach it too.
EXPORT_ENDPOINT_URL = env.text("EXPORT_ENDPOINT_URL", "")
# EXPORT_REGION: region of the bucket.
EXPORT_REGION = env.text("EXPORT_REGION", "us-east-1")
# EXPORT_ACCESS_KEY_ID: key of the bucket; without a pair boto3 looks where it always does (role, files, AWS_…) …
EXPORT_ACCESS_KEY_ID = env.text("EXPORT_ACCESS_KEY_ID", "")
# EXPORT_SECRET_ACCESS_KEY: … and its secret.
EXPORT_SECRET_ACCESS_KEY = env.text("EXPORT_SECRET_ACCESS_KEY", "")
# EXPORT_ROOT: folder for export files without a bucket; web and workers must share it.
EXPORT_ROOT = env.text("EXPORT_ROOT", str(STATE_DIR / "exports"))
# EXPORT_LINK_SECONDS: how long a link to an export file works.
EXPORT_LINK_SECONDS = env.integer("EXPORT_LINK_SECONDS", 300, minimum=1, maximum=604_800)
# EXPORT_KEEP_DAYS: days after which an export file is deleted.
EXPORT_KEEP_DAYS = env.integer("EXPORT_KEEP_DAYS", 7, minimum=1, maximum=3650)
# DEALPORT_UPLOAD_BYTES: bytes of a file that people upload, a picture or a table; more is 413.
DEALPORT_UPLOAD_BYTES = env.integer("DEALPORT_UPLOAD_BYTES", 20_971_520, minimum=65_536, maximum=62_914_560)
# DEALPORT_IMPORT_BYTES: bytes of a file of orders that the upload page takes in parts.
DEALPORT_IMPORT_BYTES = env.integer("DEALPORT_IMPORT_BYTES", 1_073_741_824, minimum=65_536)
# DEALPORT_UPLOAD_KEEP_DAYS: days after which an uploaded table is deleted; what it did stays written.
DEALPORT_UPLOAD_KEEP_DAYS = env.integer("DEALPORT_UPLOAD_KEEP_DAYS", 7, minimum=1, maximum=3650)
# Paths whose bodies have a limit of their own, instead of DATA_UPLOAD_MAX_MEMORY_SIZE; files come with a form.
_WITH_FILE = DATA_UPLOAD_MAX_MEMORY_SIZE + DEALPORT_UPLOAD_BYTES
BODY_LIMITS = {
    r"/api/v1/connections/[^/]+/webhook": DEALPORT_SOURCE_BODY_BYTES,
    r"/api/v1/orders/sync": DEALPORT_SYNC_BODY_BYTES,
    r"/api/v1/uploads": _WITH_FILE,
    r"/admin/orders/upload/add/": _WITH_FILE,
    r"/uploads/new/": _WITH_FILE,
    r"/api/v1/(products/[^/]+/images|categories/[^/]+/image|customers/[^/]+/avatar|auth/me/avatar)": _WITH_FILE,
    r"/admin/orders/(product|category)/[^/]+/change/": _WITH_FILE,
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE, "OPTIONS": _STATIC_OPTIONS},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "webp", "gz", "br", "woff", "woff2")
