"""What people and tokens change: an entry each, for the owners of the team to read.

An actor is opened by the HTTP door for every request, and replaced by the API once it knows which
token asks. While one is open, writes to rows of teams are recorded by the managers that do them
(`teams.scoping`); what is no write of a row is recorded by `record`. Without an actor (ingesters,
tasks, commands) nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from teams.scopes import before_scope

if TYPE_CHECKING:
    from teams.models import AuditEntry, Team

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """`user_id` is None for the anonymous and where a token acts; `name` is what the log shows
    when the account is gone."""

    user_id: int | None
    name: str
    token_name: str = ""
    address: str | None = None


_actor: ContextVar[Callable[[], Actor] | None] = ContextVar("lt_actor", default=None)


@contextmanager
def acting(actor: Actor | Callable[[], Actor]) -> Iterator[None]:
    """Who acts inside. A callable is asked at each entry: a request's user may change (signing in)
    and is not worth a query where nothing is written."""
    token = _actor.set(_asked(actor))
    try:
        yield
    finally:
        _actor.reset(token)


def become(actor: Actor | Callable[[], Actor]) -> None:
    """From here to the end of the open `acting` it is this one who acts."""
    _actor.set(_asked(actor))


def current_actor() -> Actor | None:
    found = _actor.get()
    return None if found is None else found()


def _asked(actor: Actor | Callable[[], Actor]) -> Callable[[], Actor]:
    return (lambda: actor) if isinstance(actor, Actor) else actor


def record(
    action: str,
    *,
    team: Team | None = None,
    subject: models.Model | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One entry about what is no write of a row ("signed in", "exported"). Values are JSON, and
    hold no secrets. Without a team, operators alone read it."""
    actor = current_actor()
    if actor is None:
        return
    entry = _entry(actor, action, team.pk if team else None, subject)
    entry.before, entry.after = dict(before or {}), dict(after or {})
    _store([entry])


def _entry(actor: Actor, action: str, team_id: Any, subject: models.Model | None) -> AuditEntry:
    entry: AuditEntry = apps.get_model("teams", "AuditEntry")(
        team_id=team_id,
        at=timezone.now(),
        actor_id=actor.user_id,
        actor_name=actor.name[:150],
        token_name=actor.token_name[:100],
        address=actor.address,
        action=action,
    )
    if subject is not None:
        entry.model = subject._meta.label_lower  # noqa: SLF001
        entry.object_id = str(subject.pk)
        entry.object_name = str(subject)[:MAX_NAME]
    return entry


def _store(entries: list[AuditEntry]) -> None:
    model: Any = apps.get_model("teams", "AuditEntry")
    with before_scope("audit log"):
        model._base_manager.bulk_create(entries)  # noqa: SLF001
