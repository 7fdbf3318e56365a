from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teams.rotation import rotate


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret with the first key of SECRETS_KEYS. Put a new key in front, "
        "restart, run this, then take the old key away. May be run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotate()
        self.stdout.write(f"Secrets: {done.rewritten} rewritten, {done.current} already current.")
        for label, pks in done.unreadable.items():
            shown = ", ".join(map(str, pks))
            self.stderr.write(f"{label}: no key opens the secrets of {shown}.")
        if done.unreadable:
            raise CommandError(
                "Some secrets were written with a key that is not in SECRETS_KEYS. Add that key "
                "and run this again, or have their teams enter them anew."
            )
