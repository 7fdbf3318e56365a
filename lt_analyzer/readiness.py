"""`/health/ready`: may this process be given visitors? For load balancers and deployments.

503 names the parts that are missing, and nothing more of them: it is public.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from displays.metrics import is_heard
from lt_analyzer.health import timestamp

logger = logging.getLogger(__name__)

REDIS_S = 1.0

_migrated = False  # once they are applied they stay so while this code runs


@dataclass(frozen=True, slots=True)
class Parts:
    """What was there when it was looked for. `redis` is None where none is wanted."""

    at_s: float
    database: bool
    migrations: bool
    redis: bool | None

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.at_s


def look() -> Parts:
    """Ask them all; never raises."""
    database = _database_answers()
    redis = _redis_answers() if settings.REDIS_URL else None
    return Parts(time.monotonic(), database, database and _migrations_are_applied(), redis)


def nothing() -> Parts:
    """Where even the look does not end."""
    return Parts(time.monotonic(), False, False, False if settings.REDIS_URL else None)


def answer(parts: Parts) -> tuple[int, bytes]:
    found = {"database": parts.database, "migrations": parts.migrations}
    if parts.redis is not None:
        found["redis"] = parts.redis
    found["hub"] = is_heard()
    missing = [name for name, there in found.items() if not there]
    told = {
        "status": "missing" if missing else "ready",
        "timestamp": timestamp(),
        "parts": found,
        "missing": missing,
    }
    return 503 if missing else 200, orjson.dumps(told)


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    code, text = answer(look())
    return HttpResponse(text, status=code, content_type="application/json")


def _database_answers() -> bool:
    try:
        MigrationRecorder(connection).migration_qs.exists()
    except (OperationalError, InterfaceError):
        return False
    except DatabaseError:  # it answers: there are no tables
        return True
    return True


def _migrations_are_applied() -> bool:
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _migrated


def _redis_answers() -> bool:
    from redis import Redis  # only where there is one

    client = Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S
    )
    try:
        return bool(client.ping())
    except Exception:  # away, in any of its ways
        logger.debug("Redis does not answer", exc_info=True)
        return False
    finally:
        client.close()
