"""``manage.py compare_tapes [FEED…]``: does the database hold what the tapes tell?

For a feed that stands still: what came in the last second may be on its way to the database.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from races.models import Feed
from teams.scoping import every_team
from timing.comparison import differences
from timing.folders import tapes_folder


class Command(BaseCommand):
    help = "Read the tapes of feeds again and name what differs from the stored laps and stops."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("feeds", nargs="*", metavar="FEED", help="id; none: all with a tape")

    def handle(self, *args: Any, **options: Any) -> None:
        with every_team("compare_tapes"):
            feeds = Feed.objects.filter(tapes__isnull=False).distinct()
            if options["feeds"]:
                feeds = feeds.filter(pk__in=options["feeds"])
            found = {feed: differences(feed.pk, feed.protocol, tapes_folder()) for feed in feeds}
        for feed, told in found.items():
            self.stdout.write(f"{feed.pk} {feed.name}: {'; '.join(told) or 'equal'}")
        if any(found.values()):
            raise CommandError("database and tapes differ")
