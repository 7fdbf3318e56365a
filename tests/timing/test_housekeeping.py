from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories as make
from tests.factories.system import system
from timing.housekeeping import forget_old_alerts
from timing.models import Alert

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def test_old_alerts_are_forgotten_but_for_those_of_a_live_race(settings) -> None:
    settings.KEEP_ALERTS_DAYS = 10
    team = make.team()
    feed = make.followed_feed(team)
    over, live = make.race(feed), make.race(feed, is_live=True)

    def alert(days: int, race: uuid.UUID | None) -> uuid.UUID:
        with system():
            at = NOW - timedelta(days=days, seconds=1)
            made = Alert.objects.create(team=team, feed=feed, race=race, kind="flag", at=at)
            return made.pk

    alert(10, over.pk), alert(10, None)
    kept = {alert(9, over.pk), alert(9, None), alert(400, live.pk)}

    assert forget_old_alerts(now=NOW) == 2
    with system():
        assert set(Alert.objects.values_list("pk", flat=True)) == kept
    settings.KEEP_ALERTS_DAYS = 0
    assert forget_old_alerts(now=NOW + timedelta(days=4_000)) == 0
