"""Mails, and the address their links lead to."""

from dealport.settings.process import ALLOWED_HOSTS, PRODUCTION, STATE_DIR, env

# DEALPORT_URL: the address browsers reach the product at, for links in mails. `make demo` sets its own.
DEALPORT_URL = env.url(
    "DEALPORT_URL",
    f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else "http://127.0.0.1:8000",
    schemes=("https", "http"),
    hint="an address such as https://office.example.com",
).rstrip("/")
# EMAIL_HOST: the mail server; outside production none is needed: mails become files below .dealport/mail.
EMAIL_HOST = env.text("EMAIL_HOST", "localhost" if PRODUCTION else "")
# EMAIL_PORT: its port; 587 as a rule with EMAIL_USE_TLS.
EMAIL_PORT = env.integer("EMAIL_PORT", 25, minimum=1, maximum=65_535)
# EMAIL_HOST_USER: the name to log in with there; without one nobody logs in …
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
# EMAIL_HOST_PASSWORD: … and the password.
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
# EMAIL_USE_TLS: encrypt the connection (STARTTLS).
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
# DEFAULT_FROM_EMAIL: the sender of mails.
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "DealPort <dealport@localhost>")
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = str(STATE_DIR / "mail")
EMAIL_BACKEND = "dealport.kit.mail.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
