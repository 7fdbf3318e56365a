"""A process that delivers from this test's database: `python -m` this with a channel, or
`celery -A tests.receivers.process worker`. LT_TEST_DATABASE says which database.
"""

from __future__ import annotations

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["LT_TEST_DATABASE"]
settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
django.setup()

from lt_analyzer.celery import app  # noqa: E402
from teams.delivery.worker import deliver_due  # noqa: E402
from teams.enums import Channel  # noqa: E402

__all__ = ["app"]

if __name__ == "__main__":
    deliver_due(channel=Channel(sys.argv[1]))
