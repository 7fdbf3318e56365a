from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.test import Client

from displays.tally import tally
from lt_analyzer.asgi import application
from tests import factories as make
from tests.displays.conftest import fresh_hub
from tests.displays.paddock import Paddock
from tests.displays.sockets import PATIENCE_S, a_socket

__all__ = ["fresh_hub"]  # the fixture

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "0123456789abcdef"


async def ask(**headers: str) -> tuple[int, str]:
    sent = [(b"host", b"testserver")]
    sent += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    asked = HttpCommunicator(application, "GET", "/metrics", headers=sent)
    answer = await asked.get_response(timeout=PATIENCE_S)
    return answer["status"], answer["body"].decode()


@pytest.mark.parametrize("path", ["application", "view"])
async def test_who_holds_the_token_reads(path: str, settings, fresh_hub: None) -> None:
    settings.METRICS_TOKEN = TOKEN
    if path == "application":
        status, text = await ask(Authorization=f"Bearer {TOKEN}")
    else:
        answer = await sync_to_async(Client().get)(
            "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        status, text = answer.status_code, answer.content.decode()
    assert status == 200
    assert "\nlt_hub_listening 1\n" in text


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}])
async def test_nobody_else_does(token: str, shown: dict[str, str], settings, fresh_hub) -> None:
    settings.METRICS_TOKEN = token
    assert (await ask(**shown))[0] == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [({}, 404), ({"is_staff": True}, 404), ({"is_staff": True, "is_superuser": True}, 200)],
)
def test_a_session_reads_if_it_is_a_superusers(who: dict[str, Any], status: int) -> None:
    """Other staff see the private feeds of their own teams only."""
    browser = Client()
    browser.force_login(make.user("ada", **who))
    assert browser.get("/metrics").status_code == status


async def test_sockets_are_counted_by_who_they_are(transactional_db, fresh_hub, settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    paddock = await sync_to_async(Paddock)()
    channel = f"race.{paddock.red_race.pk}"
    before = (tally.opened, tally.resumed, tally.messages)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(channel)
        await socket.subscribe(channel, epoch=1, seq=1)
        _status, text = await ask(Authorization=f"Bearer {TOKEN}")
        assert tally.open["person"] == 1
        assert 'lt_sockets{by="person"} 1' in text
        assert 'lt_subscriptions{kind="race"} 1' in text
        assert str(paddock.red_race.pk) not in text
    assert tally.open["person"] == 0
    after = (tally.opened, tally.resumed, tally.messages)
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 2]
    assert tally.closed[0] >= 1
