"""Alarms, dashboard and documents speak of metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from displays.metrics import socket_families
from tests.timing.test_runner import House, Line, house
from timing.ingester import Ingester
from timing.metrics import ingester_families, process_families

__all__ = ["house"]  # the fixture

ROOT = Path(__file__).parents[2]
FILES = ["docker/prometheus/alarms.yml", "docker/grafana/lt-analyzer.json", "docs/operations.md"]
NAME = re.compile(r"\b(?:lt|process)_[a-z_]+\b")


@pytest.mark.django_db(transaction=True)
async def test_every_metric_that_is_spoken_of_is_told(house: House) -> None:
    runner = house.runner(Line([]))
    ingester = Ingester(runner._around, limit=1)
    told = {f.name for f in (*process_families(), *socket_families(), *ingester_families())}
    assert ingester.runners == {}
    for file in FILES:
        spoken = set(NAME.findall((ROOT / file).read_text())) - {"lt_analyzer"}
        assert {re.sub("_(bucket|sum|count)$", "", name) for name in spoken} - told == set(), file
    json.loads((ROOT / FILES[1]).read_text())
