"""Accounts, logging in, and the rules of business that an installation may set."""

from datetime import timedelta

from dealport.settings.process import PRODUCTION, env

AUTH_USER_MODEL = "customers.User"
# One backend for API, pages and admin: it counts failures (customers/lockout.py).
AUTHENTICATION_BACKENDS = ["customers.lockout.GuardedBackend"]
# DEALPORT_LOGIN_FAILURES: failed logins per account and address before more are refused …
DEALPORT_LOGIN_FAILURES = env.integer("DEALPORT_LOGIN_FAILURES", 5, minimum=1)
# DEALPORT_ADDRESS_LOGIN_FAILURES: failed logins per address, whatever the accounts, …
DEALPORT_ADDRESS_LOGIN_FAILURES = env.integer("DEALPORT_ADDRESS_LOGIN_FAILURES", 30, minimum=1)
# DEALPORT_LOGIN_WINDOW_SECONDS: … for this long.
DEALPORT_LOGIN_WINDOW_SECONDS = env.integer("DEALPORT_LOGIN_WINDOW_SECONDS", 900, minimum=1)
# DEALPORT_OPEN_REGISTRATION: anybody may create an account (role user, without a store).
DEALPORT_OPEN_REGISTRATION = env.flag("DEALPORT_OPEN_REGISTRATION", default=False)
# DEALPORT_PASSWORD_LINK_MINUTES: how long the link of a mail for a forgotten password works.
DEALPORT_PASSWORD_LINK_LIFETIME = timedelta(
    minutes=env.integer("DEALPORT_PASSWORD_LINK_MINUTES", 60, minimum=5, maximum=1440)
)
# DEALPORT_INVITATION_DAYS: how long the link of an invitation works.
DEALPORT_INVITATION_LIFETIME = timedelta(days=env.integer("DEALPORT_INVITATION_DAYS", 7, minimum=1, maximum=90))
# DEALPORT_SUPER_ADMIN_OTP: super admins must have a second factor; without one they are led to set it up.
DEALPORT_SUPER_ADMIN_OTP = env.flag("DEALPORT_SUPER_ADMIN_OTP", default=PRODUCTION)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/home/"

# DEALPORT_DEMO_PASSWORD: password of the demo accounts.
DEALPORT_DEMO_PASSWORD = env.text("DEALPORT_DEMO_PASSWORD", "admin123")
# DEALPORT_TIER_THRESHOLDS: lifetime spend from which a customer is Silver, Gold, Platinum.
DEALPORT_TIER_THRESHOLDS = env.ascending_decimals("DEALPORT_TIER_THRESHOLDS", "500,2000,10000", count=3)
# DEALPORT_UNPAID_EXPIRY_HOURS: hours after which an unpaid order expires.
DEALPORT_UNPAID_EXPIRY_HOURS = env.integer("DEALPORT_UNPAID_EXPIRY_HOURS", 24, minimum=1, maximum=24 * 365)
