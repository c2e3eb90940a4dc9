"""HTTP security: TLS, cookies, proxies, cross-origin requests, content security policy."""

from dealport.settings.process import PRODUCTION, env

# SECURE_SSL_REDIRECT: answer plain HTTP with a redirect to HTTPS.
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]
# SECURE_HSTS_SECONDS: how long browsers insist on HTTPS.
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
# SECURE_HSTS_INCLUDE_SUBDOMAINS: insist on HTTPS for every subdomain too.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
# SECURE_HSTS_PRELOAD: allow browsers to ship the domain in their lists.
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", default=False)
# Both speak for the whole domain, of which the product is one host: the operator's decision, not a fault.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# TRUST_X_FORWARDED_PROTO: true behind a proxy that ends TLS and sets (never passes on) X-Forwarded-Proto.
if env.flag("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SESSION_ENGINE = "customers.session_store"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
# TRUSTED_PROXIES: comma-separated addresses or networks whose X-Forwarded-For is believed.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
# CORS_ALLOWED_ORIGINS: comma-separated origins of single-page applications that may call the API.
CORS_ALLOWED_ORIGINS = env.names("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/(api/|store/dashboard)"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = ("accept", "authorization", "content-type", "idempotency-key", "if-none-match", "x-request-id")
CORS_EXPOSE_HEADERS = ("ETag", "Idempotent-Replayed", "Retry-After", "X-As-Of", "X-Cache", "X-Request-ID")
CSRF_FAILURE_VIEW = "dealport.error_pages.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
# The name and form Django 6 uses; until then dealport.middleware sends it.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
