from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.test import AsyncClient


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions that were sent to a thread."""
    seen: list[str] = []
    original = SyncToAsync.__call__

    async def counted(self: SyncToAsync[..., Any], *args: Any, **kwargs: Any) -> Any:
        seen.append(getattr(self.func, "__qualname__", repr(self.func)))
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    return seen


@pytest.mark.django_db(transaction=True)
async def test_a_page_under_asgi_goes_through_all_middleware_in_one_thread(hops: list[str]) -> None:
    response = await AsyncClient().get("/accounts/login/")

    assert response.status_code == 200
    assert [hop for hop in hops if "process_re" in hop] == []
