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
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "customers.sessions.SessionListMiddleware",
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
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.pages.shell.shell",
            ]
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
# Moments that nothing formats otherwise name their zone.
DATETIME_FORMAT = "Y-m-d H:i T"
DATE_FORMAT = "Y-m-d"
