"""Everything that could show one team's rows to another, tried one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lt_analyzer.isolation.addresses import probe_open_addresses
from lt_analyzer.isolation.api_routes import probe_api
from lt_analyzer.isolation.files import probe_files
from lt_analyzer.isolation.findings import Probe
from lt_analyzer.isolation.pages import probe_pages
from lt_analyzer.isolation.raw import probe_raw_queries
from lt_analyzer.isolation.sockets import probe_sockets
from lt_analyzer.isolation.staff import probe_admin
from lt_analyzer.isolation.tables import probe_models
from lt_analyzer.isolation.tasks import probe_tasks
from lt_analyzer.isolation.world import World

# The admin last: its staff user keeps the rights that it is given.
WALKS: tuple[Callable[[World, World], Iterator[Probe]], ...] = (
    probe_models,
    probe_raw_queries,
    probe_pages,
    probe_open_addresses,
    probe_api,
    probe_sockets,
    probe_tasks,
    probe_files,
    probe_admin,
)


def walk(ours: World, theirs: World) -> Iterator[Probe]:
    for probes in WALKS:
        yield from probes(ours, theirs)
