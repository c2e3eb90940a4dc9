"""The REST API: limits of requests, tokens, schema."""

from datetime import timedelta

from dealport.settings.process import env

# DEALPORT_ANONYMOUS_REQUESTS: API requests an address may make per window without being logged in.
DEALPORT_ANONYMOUS_REQUESTS = env.integer("DEALPORT_ANONYMOUS_REQUESTS", 100, minimum=1)
# DEALPORT_ACCOUNT_REQUESTS: API requests an account may make per window.
DEALPORT_ACCOUNT_REQUESTS = env.integer("DEALPORT_ACCOUNT_REQUESTS", 20_000, minimum=1)
# DEALPORT_REQUEST_WINDOW_SECONDS: the window of both.
DEALPORT_REQUEST_WINDOW_SECONDS = env.integer("DEALPORT_REQUEST_WINDOW_SECONDS", 900, minimum=1)
# DATA_UPLOAD_MAX_MEMORY_SIZE: bytes of a request's body; more is 413 (API) or 400 (forms).
DATA_UPLOAD_MAX_MEMORY_SIZE = env.integer("DATA_UPLOAD_MAX_MEMORY_SIZE", 2_621_440, minimum=1024)
# DEALPORT_JSON_VALUES: members and elements of a JSON body; more is 400.
DEALPORT_JSON_VALUES = env.integer("DEALPORT_JSON_VALUES", 20_000, minimum=1000)
# DEALPORT_FORM_FIELDS: parameters of a query string, and fields of a form; more is 400.
DATA_UPLOAD_MAX_NUMBER_FIELDS = env.integer("DEALPORT_FORM_FIELDS", 1000, minimum=100)
# DEALPORT_HEADER_BYTES: bytes of a header; a longer one is not read.
DEALPORT_HEADER_BYTES = env.integer("DEALPORT_HEADER_BYTES", 8192, minimum=4096)

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["dealport.kit.rest.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["dealport.kit.rest.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "customers.rest.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["dealport.kit.rest.throttling.RequestLimit"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "dealport.kit.rest.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "dealport.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "dealport.kit.rest.errors.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "NON_FIELD_ERRORS_KEY": "nonFieldErrors",
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# DEALPORT_ACCESS_TOKEN_MINUTES: how long an access token lives.
DEALPORT_ACCESS_TOKEN_LIFETIME = timedelta(
    minutes=env.integer("DEALPORT_ACCESS_TOKEN_MINUTES", 15, minimum=1, maximum=1440)
)
# DEALPORT_REFRESH_TOKEN_DAYS: how long a refresh token lives, each use of which gives the next.
DEALPORT_REFRESH_TOKEN_LIFETIME = timedelta(days=env.integer("DEALPORT_REFRESH_TOKEN_DAYS", 7, minimum=1, maximum=365))
SPECTACULAR_SETTINGS = {
    "TITLE": "DealPort",
    "DESCRIPTION": "The back office of online stores: customers, catalog, orders, payments and exact sales figures.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated", "customers.rest.views.WorksInStores"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # answers have fields that requests must not have
    "COMPONENT_SPLIT_REQUEST": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # enums stay where they are used: the names made up for shared ones say nothing
    "POSTPROCESSING_HOOKS": ["dealport.api.schema.add_shared_parts"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "refreshCookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "dealport_refresh",
                "description": "The refresh token of a login; scripts send it in the body instead.",
            },
            "sourceSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Shopify-Hmac-Sha256",
                "description": "Base64 of the body's HMAC-SHA256 with the connection's secret; WooCommerce sends "
                "X-WC-Webhook-Signature.",
            },
            "webhookSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-DealPort-Signature",
                "description": 't=<unix>,v1=<hex hmac-sha256 of "t.body"> with the secret of the store.',
            },
        }
    },
}
