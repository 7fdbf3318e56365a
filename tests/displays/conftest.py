from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from channels.layers import get_channel_layer

from displays import admission
from displays.hub import hub
from tests.displays.sockets import PATIENCE_S


@pytest.fixture
async def fresh_hub(monkeypatch) -> AsyncIterator[None]:
    """The process's hub and its counts, as after a start; afterwards no frame is left over."""
    monkeypatch.setattr(admission, "places", admission.Places())
    hub.ensure_started()
    await asyncio.wait_for(hub.listening.wait(), PATIENCE_S)
    yield
    await hub.stop()
    await get_channel_layer().flush()
