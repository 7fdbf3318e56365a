"""Sessions in the database, each with whose it is and where: a person can see and end them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import sync_only_middleware

from teams.doors import client_address
from teams.marks import mark_of
from teams.models import Session

SEEN_EVERY_S = 60
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Origin:
    address: str | None = None
    agent: str = ""
    browser: str = ""  # its mark


class SessionStore(DatabaseStore):
    origin = Origin()  # of the request, for a session that begins in it

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.address, row.agent, row.seen_at = self.origin.address, self.origin.agent, timezone.now()
        row.browser = self.origin.browser
        return row

    def save(self, must_create: bool = False) -> None:
        super().save(must_create)
        if must_create:
            _is_fresh(str(self.session_key))


# When this process last wrote each session's `seen_at`: most requests write nothing.
_written: dict[str, float] = {}


def _is_fresh(key: str) -> bool:
    """Whether it was written within the minute; if not, it counts as written now."""
    now = time.monotonic()
    if now - _written.get(key, -SEEN_EVERY_S) < SEEN_EVERY_S:
        return True
    if len(_written) >= MOST_REMEMBERED:
        _written.clear()
    _written[key] = now
    return False


Handler = Callable[[HttpRequest], HttpResponseBase]


@sync_only_middleware
def seen(get_response: Handler) -> Handler:
    """Keeps when and from where a session was used last. Costs a query a minute and session, and
    none where the page did not ask who it is for."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        session = cast(SessionStore, request.session)
        agent = request.headers.get("User-Agent", "")[:300]
        session.origin = Origin(client_address(request), agent, mark_of(request))
        response = get_response(request)
        if session.accessed and session.session_key and SESSION_KEY in session:
            note(session.session_key, session.origin)
        return response

    return answer


def note(key: str, origin: Origin) -> None:
    if _is_fresh(key):
        return
    now = timezone.now()
    old = Q(seen_at=None) | Q(seen_at__lte=now - timedelta(seconds=SEEN_EVERY_S))
    values: dict[str, Any] = {"seen_at": now, "address": origin.address, "agent": origin.agent}
    if origin.browser:
        values["browser"] = origin.browser
    Session.objects.filter(old, session_key=key).update(**values)


def mark(key: str, browser: str) -> None:
    """The browser of this session takes pushes from now on."""
    Session.objects.filter(session_key=key).update(browser=browser)
