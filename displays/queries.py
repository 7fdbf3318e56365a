from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from displays.models import Display
from races.models import Feed, Race


def displays_with_subject() -> QuerySet[Display]:
    """`feed` and `race` as the scope sees them: both None once the team no longer follows."""
    return Display.objects.prefetch_related(
        Prefetch("feed", Feed.objects.all()), Prefetch("race", Race.objects.all())
    )
