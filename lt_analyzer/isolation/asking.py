"""Requests to the product from inside, as a browser would send them, each of them undone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from lt_analyzer.isolation.routes import METHODS
from lt_analyzer.isolation.world import THEIRS
from teams.models import User

NOT_THERE = (404, 405)


class Asker:
    """A browser of one person, or of nobody."""

    def __init__(self, user: User | None = None) -> None:
        self._client = Client(raise_request_exception=False, SERVER_NAME=_host())
        if user is not None:
            self._client.force_login(user)

    @property
    def session(self) -> str:
        return self._client.session.session_key or ""

    def ask(self, method: str, path: str, data: Any = None, **extra: Any) -> Answer:
        with transaction.atomic():
            made = getattr(self._client, method)(path, data, secure=settings.BEHIND_TLS, **extra)
            answer = Answer(made, path)
            transaction.set_rollback(True)
        return answer


class Answer:
    """`text` holds body and headers, without the address that was asked for."""

    def __init__(self, response: Any, path: str) -> None:
        self.status: int = response.status_code
        self.location: str = response.headers.get("Location", "")
        self.json: Any = None
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if "json" in response.headers.get("Content-Type", ""):
            self.json = response.json()
        self.text = f"{body.decode(errors='replace')} {response.headers}".replace(path, "")
        self.view = "" if self.status == 404 else response.resolver_match.url_name or ""

    @property
    def leaks(self) -> bool:
        return THEIRS in self.text


def anonymous_problems(path: str) -> Iterator[str]:
    """Who is nobody is refused, or led to the door."""
    nobody, door = Asker(), f"{reverse('login')}?next="
    for method in METHODS:
        answer = nobody.ask(method, path)
        led_to_door = answer.status == 302 and answer.location.startswith(door)
        if not led_to_door and answer.status not in (401, 403, *NOT_THERE):
            yield f"{method} by nobody answers {answer.status}"


def _host() -> str:
    """A name that this installation answers to."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return next((host for host in named if not host.startswith("[")), "localhost")


@contextmanager
def hushed() -> Iterator[None]:
    """Hundreds of refusals on purpose are no news to whoever reads the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
