"""The product's settings in a directory of their own: tests never read a `.env` or touch `var/`.

LT_TEST_DATABASE_URL and LT_TEST_REDIS_URL (set by tests/services.py) choose PostgreSQL and Redis.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="lt-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
for _name in """
    ALLOWED_HOSTS ALLOWED_ORIGINS ALLOW_PRIVATE_FEEDS BEHIND_TLS DEBUG HOST LOG_LEVEL
    MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS MAX_CONNECTIONS_PER_USER
    KEEP_ALERTS_DAYS KEEP_AUDIT_DAYS
    MAX_CONCURRENT_SCRAPERS MAX_LAPS_PER_SESSION MAX_SESSIONS PORT SCRAPER_TIMEOUT TIMEZONE
    WEBSOCKET_PING_INTERVAL WEBSOCKET_PING_TIMEOUT EMAIL_URL EMAIL_FROM JWT_SECRET_KEY PUBLIC_URL
    LOG_FORMAT METRICS_HOST METRICS_PORT METRICS_TOKEN
    RATE_LIMIT_MAX_REQUESTS RATE_LIMIT_MAX_SIGN_INS RATE_LIMIT_WINDOW VAPID_CONTACT
""".split():
    os.environ.pop(_name, None)
os.environ |= {
    "LT_ENV_FILE": "",
    "LT_DATA_DIR": _home,
    "SECRET_KEY": "only-for-tests-and-as-long-as-it-has-to-be",
    "SECRETS_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTE=",
    "VAPID_PRIVATE_KEY": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTE",
    "STATIC_HASHED": "false",
    "RATE_LIMIT_MAX_SIGN_INS": "100000",  # they all sign in from one address
    "DATABASE_URL": os.environ.get("LT_TEST_DATABASE_URL", ""),
    "REDIS_URL": os.environ.get("LT_TEST_REDIS_URL", ""),
}

from lt_analyzer.settings import *  # noqa: E402, F403
from lt_analyzer.settings import (  # noqa: E402
    ALLOWED_HOSTS,
    CACHES,
    CHANNEL_LAYERS,
    DATABASE_URL,
    DATABASES,
    REDIS_URL,
)

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
# Hashing is slow on purpose; a test that is about hashing asks for the real one.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not DATABASE_URL:
    # A file, because threads of an in-memory database lock each other out without waiting.
    DATABASES["default"]["TEST"] = {"NAME": f"{_home}/test.sqlite3"}
if REDIS_URL:
    # The workers share one Redis, whose channels know no databases: names keep them apart.
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"lt-{_worker}"
    CACHES["default"]["KEY_PREFIX"] = f"lt-{_worker}"
PULSE = False  # each test says what it wants to hear
