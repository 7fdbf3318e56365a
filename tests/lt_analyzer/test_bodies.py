"""Whoever sends without end is stopped before a disk is full of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from lt_analyzer.asgi import application
from lt_analyzer.bodies import MOST_BYTES

CHUNK = b"x" * 1_000_000


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/accounts/login/",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("192.0.2.61", 50_000),
    }


async def answer(chunks: Iterable[bytes], *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
    talk = ApplicationCommunicator(application, scope(*headers))
    for chunk in chunks:
        await talk.send_input({"type": "http.request", "body": chunk, "more_body": True})
    begin = await talk.receive_output(timeout=10)
    body = await talk.receive_output(timeout=10)
    await talk.wait()
    assert await talk.receive_nothing(), "one answer"
    return begin["status"], body["body"]


async def test_a_body_that_is_announced_too_long_is_not_read() -> None:
    length = str(MOST_BYTES + 1).encode()

    assert await answer([], (b"content-length", length)) == (413, b"Too long.\n")


async def test_a_body_that_does_not_end_is_refused_where_it_is_too_long() -> None:
    chunks = [CHUNK] * (MOST_BYTES // len(CHUNK) + 1)

    assert await answer(chunks) == (413, b"Too long.\n")


@pytest.mark.django_db(transaction=True)
async def test_a_body_of_common_length_is_read() -> None:
    talk = ApplicationCommunicator(application, scope((b"content-length", b"3")))
    await talk.send_input({"type": "http.request", "body": b"a=b", "more_body": False})

    assert (await talk.receive_output(timeout=10))["status"] == 403, "without a CSRF token"
    await talk.wait()


async def test_a_length_that_is_no_number_promises_nothing() -> None:
    assert await answer([CHUNK] * 20, (b"content-length", b"many")) == (413, b"Too long.\n")
