"""What people and tokens change: an entry each, for the owners of the team to read.

An actor is opened by the HTTP door for every request, and replaced by the API once it knows which
token asks. While one is open, writes to rows of teams are recorded by the managers that do them
(`teams.scoping`); what is no write of a row is recorded by `record`. Without an actor (ingesters,
tasks, commands) nothing is recorded.
"""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from teams.audit_values import name_of
from teams.scopes import before_scope, visible_teams

if TYPE_CHECKING:
    from teams.models import AuditEntry, Team, User


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


@contextmanager
def acting_as(user: User) -> Iterator[None]:
    """It is this person who acts inside, though nobody is signed in: a link that only they have
    was opened, or their account begins. A user that has no row yet is asked for its key later."""
    found = current_actor()
    if found is None:
        yield
        return
    with acting(lambda: Actor(user.pk, user.get_username(), address=found.address)):
        yield


@contextmanager
def silent() -> Iterator[None]:
    """Where one entry tells more than one for each row that is written inside."""
    token = _actor.set(None)
    try:
        yield
    finally:
        _actor.reset(token)


def is_open() -> bool:
    """Is there anybody whose writes are recorded? Costs nothing to ask."""
    return _actor.get() is not None


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
    if is_open():
        store([entry(action, team.pk if team else None, subject, before, after)])


def record_many(action: str, model: type[models.Model], rows: int, team_id: Any) -> None:
    """A write of too many rows to name them."""
    if rows and is_open():
        one = entry(action, team_id, None, None, {"rows": rows})
        one.model = model._meta.label_lower
        store([one])


def entry(
    action: str,
    team_id: Any,
    subject: models.Model | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> AuditEntry:
    """Not stored yet. Needs an actor."""
    actor = current_actor()
    assert actor is not None
    made: AuditEntry = _model()(
        team_id=team_id,
        at=timezone.now(),
        actor_id=actor.user_id,
        actor_name=actor.name[:150],
        token_name=actor.token_name[:100],
        address=actor.address,
        action=action,
        before=dict(before or {}),
        after=dict(after or {}),
    )
    if subject is not None:
        made.model = subject._meta.label_lower
        made.object_id = str(subject.pk)
        made.object_name = name_of(subject)
    return made


def store(entries: Sequence[AuditEntry]) -> None:
    if not entries:
        return
    teams = visible_teams()
    # Whoever writes the scope's own log needs no more rights than the scope has.
    is_own = teams is None or {row.team_id for row in entries} <= set(teams)
    with nullcontext() if is_own else before_scope("audit log"):
        _model()._base_manager.bulk_create(entries)


def _model() -> Any:
    return apps.get_model("teams", "AuditEntry")
