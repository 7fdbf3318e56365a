from __future__ import annotations

import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from races.catalogue import Loaded, load_catalogue, read_catalogue
from races.models import Track
from tests.factories.system import system


def test_the_data_file_is_sound():
    records = read_catalogue()

    assert len(records) >= 90
    for key in ("slug", "name", "page_url"):
        doubled = [k for k, n in Counter(r[key] for r in records if r[key]).items() if n > 1]
        assert doubled == []
    for record in records:
        track = Track(**record)
        track.full_clean(validate_unique=False, validate_constraints=False)
        assert re.fullmatch(r"[a-z0-9-]+", track.slug)
        assert re.fullmatch(r"[A-Z]{2}|", track.country)
        assert track.page_url == "" or track.page_url.rstrip("/").endswith(f"/{track.slug}")
        assert re.match(r"(https|wss)://[a-z.-]+\.?apex-timing\.com[:/]", track.address)
        assert track.length_m is None or 200 <= track.length_m <= 3000
        assert track.config_port is None or track.config_port % 10 == 0
        assert track.name not in track.names


@pytest.mark.django_db
def test_load_tracks_twice_writes_once():
    count = len(read_catalogue())
    assert load_catalogue(records=read_catalogue()) == Loaded(count, 0, 0)
    assert load_catalogue(records=read_catalogue()) == Loaded(0, 0, count)


@pytest.mark.django_db
def test_load_tracks_brings_back_facts_and_leaves_what_staff_did():
    out = StringIO()
    call_command("load_tracks", stdout=out)
    with system():
        Track.objects.filter(slug="rkc").update(name="?", is_active=False)
        Track.objects.create(slug="own", name="Own")
    call_command("load_tracks", stdout=out)

    count = len(read_catalogue())
    assert out.getvalue().splitlines() == [
        f"Tracks: {count} new, 0 changed, 0 unchanged.",
        f"Tracks: 0 new, 1 changed, {count - 1} unchanged.",
    ]
    rkc = Track.objects.get(slug="rkc")
    assert (rkc.name, rkc.is_active) == ("Racing Kart Cormeilles", False)
    assert Track.objects.filter(slug="own").exists()
