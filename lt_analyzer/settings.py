"""Every setting of the product. Names an operator may set are explained in `.env.example`.

REDIS_URL and DATABASE_URL decide the deployment: both empty is one process on one machine
(in-memory channel layer, SQLite); both set is many processes. The code is the same.
"""

from __future__ import annotations

import warnings
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from lt_analyzer import environment as read

BASE_DIR = Path(__file__).resolve().parent.parent
read.read_env_file(BASE_DIR)

# -- what this installation is
DEBUG = read.boolean("DEBUG", default=False)
LT_DATA_DIR = read.data_directory("LT_DATA_DIR", default=BASE_DIR / "var")
DATABASE_URL = read.url("DATABASE_URL", schemes=["postgres", "postgresql"])
REDIS_URL = read.url("REDIS_URL", schemes=["redis", "rediss", "unix"])
DISTRIBUTED = bool(DATABASE_URL or REDIS_URL)
SECRET_KEY, SECRET_KEY_GENERATED = read.secret_key(
    data_dir=LT_DATA_DIR, may_generate=DEBUG or not DISTRIBUTED
)
# What encrypts the secrets of teams in the database; see teams/secrets.py.
SECRETS_KEYS = read.secrets_keys(
    "SECRETS_KEYS", data_dir=LT_DATA_DIR, may_generate=DEBUG or not DISTRIBUTED
)
JWT_SECRET_KEY = (
    read.env.str("JWT_SECRET_KEY", default="") or sha256(b"jwt " + SECRET_KEY.encode()).hexdigest()
)
ALLOWED_HOSTS = read.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
ALLOWED_ORIGINS = read.words("ALLOWED_ORIGINS")
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
HOST = read.env.str("HOST", default="127.0.0.1")
PORT = read.number("PORT", default=8000, least=1, most=65_535)
BEHIND_TLS = read.boolean("BEHIND_TLS", default=False)
# Where people reach us, for links in mails and pushes, which no request is there to tell.
PUBLIC_URL = (
    read.url("PUBLIC_URL", schemes=["http", "https"]) or f"http://localhost:{PORT}"
).rstrip("/")

# -- feeds
MAX_CONCURRENT_SCRAPERS = read.number("MAX_CONCURRENT_SCRAPERS", default=64, least=1)
SCRAPER_TIMEOUT = read.number("SCRAPER_TIMEOUT", default=172_800, least=60)
ALLOW_PRIVATE_FEEDS = read.hosts_or_networks("ALLOW_PRIVATE_FEEDS")
MAX_SESSIONS = read.number("MAX_SESSIONS", default=0)
MAX_LAPS_PER_SESSION = read.number("MAX_LAPS_PER_SESSION", default=0)
KEEP_ALERTS_DAYS = read.number("KEEP_ALERTS_DAYS", default=400, most=36_500)
KEEP_AUDIT_DAYS = read.number("KEEP_AUDIT_DAYS", default=1_100, most=36_500)

# -- sockets
WEBSOCKET_PING_INTERVAL = read.number("WEBSOCKET_PING_INTERVAL", default=25, least=1)
WEBSOCKET_PING_TIMEOUT = read.number("WEBSOCKET_PING_TIMEOUT", default=60, least=1)
MAX_CONNECTIONS_PER_USER = read.number("MAX_CONNECTIONS_PER_USER", default=20, least=1)
# A paddock's visitors share one address.
MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS = read.number(
    "MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS", default=200, least=1
)

# -- applications
INSTALLED_APPS = [
    "lt_analyzer.apps.HouseConfig",
    "displays",
    "timing",
    "races",
    "teams",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "axes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lt_analyzer.middleware.kept_by_nobody",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "teams.sessions.seen",
    "teams.doors.TeamMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "lt_analyzer.middleware.one_thread",  # last, or each of those above takes threads of its own
]
ROOT_URLCONF = "lt_analyzer.urls"
ASGI_APPLICATION = "lt_analyzer.asgi.application"
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
                "csp.context_processors.nonce",
            ],
        },
    },
]

# -- database, messages between processes, cache
DATABASES = {"default": read.database(DATABASE_URL, data_dir=LT_DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The hub takes one message per topic and publish; 64 feeds at 10 publishes a second leave the
# default capacity of 100 behind within a blink of the event loop, and overflow is silent.
# (The Redis layer has no capacity to set: its queue is the process's memory.)
CHANNEL_LAYERS: dict[str, Any] = {
    "default": {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        "CONFIG": {"capacity": 20_000},
    }
}
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # Past it entries are thrown away at random: counts of who asked how often are among them.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
if REDIS_URL:
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "lt"},
    }
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lt",
        # Limits are counted there: one that hangs must not hang every request.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }

# -- people
AUTH_USER_MODEL = "teams.User"
SESSION_ENGINE = "teams.sessions"
AUTHENTICATION_BACKENDS = [
    "teams.lockout.LockoutBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATION + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATION + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATION + "CommonPasswordValidator"},
    {"NAME": _VALIDATION + "NumericPasswordValidator"},
]
# Five wrong passwords for a name from one address close both together; see teams/lockout.py.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says how long, and means it
AXES_CLIENT_IP_CALLABLE = "teams.lockout.where"
AXES_LOCKOUT_CALLABLE = "teams.lockout.answer"
AXES_DISABLE_ACCESS_LOG = True  # who signed in when is in the audit log
AXES_ENABLE_ADMIN = False  # its rows name people of all teams; `manage.py axes_reset` opens
AXES_VERBOSE = False
# It keeps what was posted, and logs whom it counts: neither may hold what lets one in, or says who.
AXES_SENSITIVE_PARAMETERS = """
    username ip_address next csrfmiddlewaretoken password1 password2 old_password new_password1
    new_password2 email access refresh token
""".split()
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# -- what leaves the house: mails, pushes, webhooks
locals().update(read.email("EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read.env.str(
    "EMAIL_FROM", default="LT-Analyzer <noreply@localhost>"
)
EMAIL_TIMEOUT = 20
VAPID_PRIVATE_KEY = read.vapid_key(
    "VAPID_PRIVATE_KEY", data_dir=LT_DATA_DIR, may_generate=DEBUG or not DISTRIBUTED
)
# Whom a push service may write to about us.
VAPID_CONTACT = read.contact("VAPID_CONTACT", default="mailto:noreply@localhost")

# -- languages and time: instants are stored in UTC and shown in TIMEZONE
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = read.time_zone("TIMEZONE", default="UTC")

# -- static files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Hashed names may be cached for ever but need `collectstatic` first, which a newcomer's
# `make run` should not; so they are for deployments, and files are found in place otherwise.
STATIC_HASHED = read.boolean("STATIC_HASHED", default=DISTRIBUTED and not DEBUG)
WHITENOISE_USE_FINDERS = not STATIC_HASHED
WHITENOISE_AUTOREFRESH = DEBUG
# WhiteNoise answers with files, which ASGI reads whole in a thread. Ours are small and cached.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
if not STATIC_HASHED:
    # Nothing is collected then, and that is right; where it is wrong, check lt.W003 says so.
    warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "lt_analyzer.storage.HashedStatic"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# -- what a browser is told
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
# No 'unsafe-inline' anywhere: feed text is hostile. Scripts and styles are files of ours or carry
# the nonce ({{ CSP_NONCE }}); 'self' covers ws:// and wss:// of this host in today's browsers.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# -- API
RATE_LIMIT_WINDOW = read.number("RATE_LIMIT_WINDOW", default=15, least=1)  # minutes
RATE_LIMIT_MAX_REQUESTS = read.number("RATE_LIMIT_MAX_REQUESTS", default=6_000, least=1)
# Attempts to sign in, sign up or get a token from one address, which a paddock shares.
RATE_LIMIT_MAX_SIGN_INS = read.number("RATE_LIMIT_MAX_SIGN_INS", default=100, least=1)
SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SECRET_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=24),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.authentication.Bearer",
        "teams.authentication.Basic",
        "teams.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["teams.parsing.Json"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LT-Analyzer",
    "DESCRIPTION": "Tracks, feeds, races and every lap of them. Durations are milliseconds.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {  # of fields that share a name
        "RaceKind": "races.enums.RaceKind",
        "MonitorKind": "timing.enums.MonitorKind",
        "AlertKind": "timing.enums.AlertKind",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# -- metrics, for Prometheus
PULSE = True  # web processes say how they do; tests do without
METRICS_TOKEN = read.env.str("METRICS_TOKEN", default="")
# Of `ingest`, which has no web server; empty: none.
METRICS_PORT = read.port("METRICS_PORT")
METRICS_HOST = read.env.str("METRICS_HOST", default="") or "127.0.0.1"

# -- logs: to stderr, for the service manager to keep. Nothing that authenticates is logged.
DEFAULT_EXCEPTION_REPORTER_FILTER = "lt_analyzer.reports.NoSecrets"
_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LOG_LEVEL = read.choice("LOG_LEVEL", default="INFO", allowed=_LEVELS)
# At DEBUG these print SQL with its values, request headers and the payload of sockets.
_TALKATIVE = ["django.db.backends", "httpx", "httpcore", "websockets", "asyncio"]
LOG_FORMAT = read.choice("LOG_FORMAT", default="TEXT", allowed=["TEXT", "JSON"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "lt_analyzer.logs.Line",
            "format": "{asctime} {levelname} {name}: {message}{ids}",
            "style": "{",
        },
        "json": {"()": "lt_analyzer.logs.Json"},
    },
    "filters": {"about": {"()": "lt_analyzer.logs.About"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT.lower(),
            "filters": ["about"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        name: {"level": "INFO" if LOG_LEVEL == "DEBUG" else LOG_LEVEL} for name in _TALKATIVE
    }
    | {"axes": {"level": "WARNING"}},  # four lines a sign-in, with nobody's name in them
}
