"""Installed apps, middleware, templates, the look of the admin, time and language."""

from dealport.settings.process import BASE_DIR

INSTALLED_APPS = [
    "dealport",
    "unfold",
    "django.contrib.admin",
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
    "drf_spectacular_sidecar",
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
            ]
        },
    }
]
UNFOLD = {
    "SITE_TITLE": "DealPort",
    "SITE_HEADER": "DealPort",
    "SITE_SYMBOL": "monitoring",
    "SITE_URL": "/dashboard/",
    "SHOW_VIEW_ON_SITE": False,
    # the green of the pages (dashboard/static/dashboard/dealport.css)
    "COLORS": {
        "primary": {
            "50": "oklch(97% 0.02 170)",
            "100": "oklch(93% 0.04 170)",
            "200": "oklch(87% 0.07 170)",
            "300": "oklch(79% 0.10 170)",
            "400": "oklch(70% 0.11 169)",
            "500": "oklch(56% 0.10 168)",
            "600": "oklch(43% 0.08 167)",
            "700": "oklch(38% 0.07 167)",
            "800": "oklch(33% 0.06 167)",
            "900": "oklch(28% 0.05 167)",
            "950": "oklch(20% 0.04 167)",
        }
    },
}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
