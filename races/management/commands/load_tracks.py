from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from races.catalogue import load_catalogue, read_catalogue


class Command(BaseCommand):
    help = "Load the catalogue of tracks. May be run again: only what differs is written."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_catalogue(records=read_catalogue())
        self.stdout.write(
            f"Tracks: {loaded.created} new, {loaded.updated} changed, {loaded.unchanged} unchanged."
        )
