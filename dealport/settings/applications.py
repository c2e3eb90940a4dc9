"""Installed apps, middleware, templates, time and language."""

from dealport.settings.process import BASE_DIR

INSTALLED_APPS = [
    "dealport",
    "dealport.kit.admin.site.SiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_beat",
    "rest_framework",
    "corsheaders",
    "django_filters",
    "drf_spectacular",
    "customers",
    "orders",
    "dashboard",
    "reports",
]
MIDDLEWARE = [
    "dealport.metrics.MetricsMiddleware",
    "dealport.addresses.ClientAddressMiddleware",
    "dealport.middleware.RequestIdMiddleware",
    "dealport.middleware.ProbeMiddleware",
    "dealport.middleware.SecurityHeadersMiddleware",
    "dealport.middleware.RequestBoundsMiddleware",
    "dealport.middleware.RetryAfterMiddleware",
    "dealport.middleware.SurfaceMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "customers.session_store.AccountMiddleware",
    "customers.sessions.SessionListMiddleware",
    "customers.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dashboard.metrics.activity.ActivityMiddleware",
]
ROOT_URLCONF = "dealport.urls"
WSGI_APPLICATION = "dealport.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.pages.shell.shell",
            ],
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
# What speaks to programs (API, logs, audit trail, exports, commands) speaks English; pages speak the person's language.
LANGUAGE_CODE = "en"
USE_I18N = True
LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "dealport.formats"
