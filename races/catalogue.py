"""The catalogue of tracks: a data file of ours, loaded into the table that all teams read.

One record a line: `slug` and `name`; `country` (ISO 3166-1 alpha-2), `length_m`, `config_port`,
`page_url` and `names` (others it is known by) where known. `protocol` and `host` are the file's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from races.models import Track
from teams.scoping import every_team

CATALOGUE = Path(__file__).parent / "data" / "tracks.json"


@dataclass(frozen=True, slots=True)
class Loaded:
    created: int
    updated: int
    unchanged: int


def read_catalogue(path: Path = CATALOGUE) -> list[dict[str, Any]]:
    """The records as fields of Track."""
    data = json.loads(path.read_text(encoding="utf-8"))
    blank = {
        "protocol": data["protocol"],
        "host": data["host"],
        "country": "",
        "length_m": None,
        "config_port": None,
        "page_url": "",
        "names": [],
    }
    return [blank | record for record in data["tracks"]]


@transaction.atomic
def load_catalogue(*, records: list[dict[str, Any]]) -> Loaded:
    """Brings the table to the records, by slug. What staff added or switched off is left alone."""
    stored = {track.slug: track for track in Track.objects.all()}
    fresh = [Track(**record) for record in records if record["slug"] not in stored]
    changed = []
    for record in records:
        track = stored.get(record["slug"])
        if track is None or all(getattr(track, name) == new for name, new in record.items()):
            continue
        for name, new in record.items():
            setattr(track, name, new)
        changed.append(track)
    with every_team("the catalogue of tracks"):  # which teams only read
        Track.objects.bulk_create(fresh)
        if changed:
            Track.objects.bulk_update(changed, [name for name in records[0] if name != "slug"])
    return Loaded(len(fresh), len(changed), len(records) - len(fresh) - len(changed))
