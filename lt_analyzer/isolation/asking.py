"""Requests to the product from inside, as a browser would send them, each of them undone."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from lt_analyzer.isolation.routes import METHODS
from lt_analyzer.isolation.world import THEIRS
from teams.models import User

NOT_THERE = (404, 405)
# What is another in every answer: tokens and nonces, the clock, the count of requests.
FLEETING = re.compile(
    r'\b[\w-]{40,}\b|nonce="[^"]+"|\b1\d{12}\b|T\d\d:\d\d:[\d.]+|"(remaining|reset_s)":\d+'
)


@dataclass(frozen=True, slots=True)
class Ask:
    method: str
    path: str
    data: Any = None
    content_type: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}{f' with {sorted(self.data)}' if self.data else ''}"


class Asker:
    """A browser of one person or of nobody, or a program with a key."""

    def __init__(self, user: User | None = None, *, key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else None
        self._client = Client(raise_request_exception=False, SERVER_NAME=_host(), headers=headers)
        self._client.handler = _handler()
        if user is not None:
            self._client.force_login(user)
        self.session: str = self._client.session.session_key or "" if user else ""

    def ask(self, ask: Ask, then: Callable[[], Any] = lambda: None, **extra: Any) -> Answer:
        """`then` is called before what the request did is undone, if it did anything."""
        self._client.cookies.clear()  # messages for the next page, another session
        if self.session:
            self._client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        if ask.content_type:
            extra["content_type"] = ask.content_type
        with transaction.atomic():
            send = getattr(self._client, ask.method)
            made = send(ask.path, ask.data, secure=settings.BEHIND_TLS, **extra)
            answer = Answer(made, ask.path)
            did = ask.method != "get" and answer.status < 400
            answer.then = then() if did else None
            transaction.set_rollback(True)
        return answer


class Answer:
    """`text` holds body and headers, without the address that was asked for; `said` what of it
    is the same each time."""

    then: Any

    def __init__(self, response: Any, path: str) -> None:
        self.status: int = response.status_code
        self.location: str = response.headers.get("Location", "")
        self.json: Any = None
        raw = b"".join(response.streaming_content) if response.streaming else response.content
        if "json" in response.headers.get("Content-Type", ""):
            self.json = response.json()
        body = raw.decode(errors="replace")
        self.text = f"{body} {response.headers}".replace(path, "")
        self.said = self.status, self.location, FLEETING.sub("", body)
        self.view = "" if self.status == 404 else response.resolver_match.url_name or ""

    @property
    def leaks(self) -> bool:
        return THEIRS.lower() in self.text.lower()


@cache
def _handler() -> ClientHandler:
    """One for all askers: each would list the static files anew."""
    return ClientHandler(enforce_csrf_checks=False)


def _host() -> str:
    """A name that this installation answers to."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return next((host for host in named if not host.startswith("[")), "localhost")


def foreign_problems(
    asker: Asker,
    paths: Iterable[str],
    methods: Sequence[str] = METHODS,
    refused: Collection[int] = NOT_THERE,
) -> Iterator[str]:
    """What is another team's is not there, whatever one would do to it."""
    for path in paths:
        for method in methods:
            answer = asker.ask(Ask(method, path))
            if answer.status not in refused:
                yield f"{method} of what is another team's answers {answer.status}"
            if answer.leaks:
                yield f"{method} of what is another team's shows it"


def anonymous_problems(path: str, methods: Sequence[str] = METHODS) -> Iterator[str]:
    """Who is nobody is refused, or led to the door."""
    nobody, door = Asker(), f"{reverse('login')}?next="
    for method in methods:
        answer = nobody.ask(Ask(method, path))
        led_to_door = answer.status == 302 and answer.location.startswith(door)
        if not led_to_door and answer.status not in (401, 403, *NOT_THERE):
            yield f"{method} by nobody answers {answer.status}"


@contextmanager
def hushed() -> Iterator[None]:
    """Hundreds of refusals on purpose are no news to whoever reads the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
