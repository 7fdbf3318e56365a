from __future__ import annotations

import pytest
from django.test import Client

from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000])
@pytest.mark.parametrize("path", ["/auth/token", "/auth/token/refresh", "/auth/token/revoke"])
def test_json_that_nests_without_end_is_refused_to_anybody(path: str, deep: str) -> None:
    client = Client(REMOTE_ADDR="192.0.2.62")

    answer = client.post(path, deep, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json() == {"detail": "This JSON nests too deep."}


def test_json_that_nests_without_end_is_refused_by_the_api(client: Client) -> None:
    client.force_login(make.member(make.team("Ours"), "ada", role="owner"))

    answer = client.post("/api/monitors/", "[" * 100_000, content_type="application/json")

    assert (answer.status_code, answer.json()) == (400, {"detail": "This JSON nests too deep."})
