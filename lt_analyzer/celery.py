"""Background work where there are several processes; `live` does the same in threads of its own.

    celery -A lt_analyzer worker
    celery -A lt_analyzer beat        # one of it

Celery is told nothing but "look now". What is to do stands in the database, so a message that is
lost, a broker that is away or two workers at once lose nothing and send nothing twice.
"""

from __future__ import annotations

import logging
import os
import ssl
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, celeryd_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")

from django.conf import settings

LOOK_EVERY_S = 2.0
CHANNELS = ("push", "email", "webhook")


def _broker(url: str) -> dict[str, Any]:
    """Redis as Celery spells it."""
    if url.startswith("rediss:"):
        return {"broker_url": url, "broker_use_ssl": {"ssl_cert_reqs": ssl.CERT_REQUIRED}}
    return {"broker_url": url.replace("unix:", "redis+socket:", 1)}


def _look(channel: str) -> dict[str, Any]:
    """What no worker was free to take has expired when it is asked again, and piles up nowhere."""
    options = {"expires": LOOK_EVERY_S}
    return {
        "task": "teams.deliver",
        "schedule": LOOK_EVERY_S,
        "args": [channel],
        "options": options,
    }


app = Celery("lt_analyzer")
app.conf.update(
    **_broker(settings.REDIS_URL),
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": "lt-celery-"},
    task_ignore_result=True,
    timezone=settings.TIME_ZONE,
    beat_schedule_filename=str(settings.LT_DATA_DIR / "beat-schedule"),
    beat_schedule={f"deliver {channel}": _look(channel) for channel in CHANNELS}
    | {
        name: {"task": name, "schedule": crontab(hour=3, minute=40)}
        for name in ("teams.prune", "timing.prune")
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """As Django set it up, but for what is said about every look, of which there are three in two
    seconds."""
    for name in ("celery.app.trace", "celery.worker.strategy", "celery.beat"):
        logging.getLogger(name).setLevel(logging.WARNING)


@celeryd_init.connect
@beat_init.connect
def _needs_redis(**_: Any) -> None:
    """Said at once, where Celery would look for a RabbitMQ on this machine."""
    if not settings.REDIS_URL:
        raise SystemExit("REDIS_URL is empty: without it `manage.py live` delivers by itself.")
