"""An ingester from the settings of this installation."""

from __future__ import annotations

import uuid

from channels.layers import get_channel_layer
from django.conf import settings

from timing.folders import tapes_folder
from timing.ingester import Frames, Ingester
from timing.lease import Leases, this_process
from timing.sources import Surroundings
from timing.writer import Writer


def make_ingester(
    writer: Writer,
    *,
    keeper: Writer | None = None,
    only: frozenset[uuid.UUID] | None = None,
    builtin: dict[uuid.UUID, Frames] | None = None,
    settle_s: float = 0.0,
) -> Ingester:
    """`keeper`: the thread that renews leases, which must not wait for a long write."""
    holder = this_process()
    around = Surroundings(
        holder=holder,
        writer=writer,
        layer=get_channel_layer(),
        tapes=tapes_folder(),
        rotate_s=settings.SCRAPER_TIMEOUT,
        leases=Leases(holder, keeper or writer),
    )
    return Ingester(
        around,
        limit=settings.MAX_CONCURRENT_SCRAPERS,
        only=only,
        builtin=builtin,
        settle_s=settle_s,
    )
