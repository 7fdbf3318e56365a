from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from races.models import Feed
from races.retention import Limits, prune
from teams.scoping import every_team


class Command(BaseCommand):
    help = (
        "Delete races that are over and older than their feed keeps them, and what exceeds "
        "MAX_SESSIONS and MAX_LAPS_PER_SESSION. A live race is never touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--feed", type=UUID, help="only this feed")
        parser.add_argument(
            "--days", type=int, default=0, help="age for feeds without one of their own; 0: none"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 0:
            raise CommandError("--days cannot be negative.")
        limits = Limits(
            days=options["days"],
            sessions=settings.MAX_SESSIONS,
            laps=settings.MAX_LAPS_PER_SESSION,
        )
        dry_run = options["dry_run"]
        with every_team("prune"):
            feeds = Feed.objects.all()
            if options["feed"]:
                feeds = feeds.filter(pk=options["feed"])
                if not feeds.exists():
                    raise CommandError(f"There is no feed {options['feed']}.")
            done = list(prune(feeds=feeds, now=timezone.now(), limits=limits, dry_run=dry_run))
        for each in done:
            self.stdout.write(f"{each.feed}: {each.races} races, {each.laps} laps")
        word = "Would delete" if dry_run else "Deleted"
        races, laps = sum(each.races for each in done), sum(each.laps for each in done)
        self.stdout.write(f"{word} {races} races and {laps} laps.")
