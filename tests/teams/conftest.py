from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections


@pytest.fixture
async def closed_afterwards() -> AsyncIterator[None]:
    """Async queries run in a thread, whose connection would keep the test database from going."""
    yield
    await sync_to_async(connections.close_all)()
