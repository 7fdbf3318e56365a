"""The audit log after a person has gone: it keeps what was done, and no longer says who it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from teams.models import AuditEntry, User

BATCH = 500


@dataclass(frozen=True, slots=True)
class Gone:
    """Who is to be forgotten, by all that a log may hold of a person."""

    pk: int
    name: str
    email: str

    @classmethod
    def of(cls, user: User) -> Gone:
        return cls(user.pk, user.get_username(), user.email)


def forget_actor(gone: Gone) -> None:
    """Before the account goes: its key leads to the entries that it made."""
    AuditEntry.objects.filter(actor=gone.pk).update(actor_name="", address=None)


def forget_subject(gone: Gone) -> None:
    """After the account has gone, which is told of too. Inside a scope of every team."""
    changed: list[AuditEntry] = []
    for entry in _that_may_name(gone):
        if _forget(entry, gone):
            changed.append(entry)
    AuditEntry.objects.bulk_update(changed, ["object_name", "before", "after"], batch_size=BATCH)


def _that_may_name(gone: Gone) -> Iterator[AuditEntry]:
    rows = AuditEntry.objects.annotate(
        _before=Cast("before", TextField()), _after=Cast("after", TextField())
    )
    found = Q(model="teams.user", object_id=str(gone.pk))
    for text in (gone.name, gone.email):
        for field in ("object_name", "_before", "_after"):
            found |= Q(**{f"{field}__icontains": text})
    return rows.filter(found).iterator(chunk_size=BATCH)


def _forget(entry: AuditEntry, gone: Gone) -> bool:
    then = entry.object_name, entry.before, entry.after
    if entry.model == "teams.user" and entry.object_id == str(gone.pk):
        entry.object_name, entry.before, entry.after = "", {}, {}
    entry.before, entry.after = without(entry.before, gone), without(entry.after, gone)
    # A membership is called "name · team", an invitation "address · team".
    parts = entry.object_name.split(" · ")
    if gone.name in parts or gone.email.casefold() in [part.casefold() for part in parts]:
        entry.object_name = ""
    return then != (entry.object_name, entry.before, entry.after)


def without(value: Any, gone: Gone) -> Any:
    """The same JSON, in which nothing says who it was. References are {"id", "name"}."""
    if isinstance(value, str) and value.casefold() == gone.email.casefold():
        return ""
    if isinstance(value, list):
        return [without(each, gone) for each in value]
    if isinstance(value, dict):
        if value == {"id": str(gone.pk), "name": gone.name}:
            return value | {"name": ""}
        return {key: without(each, gone) for key, each in value.items()}
    return value
