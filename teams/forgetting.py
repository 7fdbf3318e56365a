"""The logs after a person has gone: they keep what was done, and no longer say who it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Lower

from teams.models import AuditEntry, User

BATCH = 500


@dataclass(frozen=True, slots=True)
class Gone:
    """Who is to be forgotten, by all that a log may hold of a person. `addresses` are folded."""

    pk: int
    names: frozenset[str]
    addresses: frozenset[str]

    @classmethod
    def of(cls, user: User) -> Gone:
        """With the names and addresses of before, but for those that are somebody else's now.
        Inside a scope of every team."""
        names, addresses = {user.get_username()}, {user.email.casefold()}
        told = AuditEntry.objects.filter(model="teams.user", object_id=str(user.pk))
        for before, after in told.values_list("before", "after"):
            for said in (before, after):
                names.add(said.get("username", ""))
                addresses.add(said.get("email", "").casefold())
        others = User.objects.exclude(pk=user.pk).annotate(folded=Lower("email"))
        names -= {"", *others.filter(username__in=names).values_list("username", flat=True)}
        addresses -= {"", *others.filter(folded__in=addresses).values_list("folded", flat=True)}
        return cls(user.pk, frozenset(names), frozenset(addresses))

    def is_called(self, text: str) -> bool:
        """A membership is called "name · team", an invitation "address · team"."""
        parts = text.split(" · ")
        return any(part in self.names or part.casefold() in self.addresses for part in parts)


def forget_actor(gone: Gone) -> None:
    """Before the account goes: its key leads to the entries that it made."""
    AuditEntry.objects.filter(actor=gone.pk).update(actor_name="", address=None)


def forget_subject(gone: Gone) -> None:
    """After the account has gone, which is told of too. Inside a scope of every team."""
    entries = AuditEntry.objects.annotate(
        _before=Cast("before", TextField()), _after=Cast("after", TextField())
    )
    is_the_person = Q(model="teams.user", object_id=str(gone.pk))
    found = entries.filter(is_the_person | _naming(gone, "object_name", "_before", "_after"))
    changed = [each for each in _batched(found) if _forget(each, gone)]
    AuditEntry.objects.bulk_update(changed, ["object_name", "before", "after"], batch_size=BATCH)
    _forget_in_admin(gone)


def _naming(gone: Gone, *fields: str) -> Q:
    """In text, and in JSON that is kept as text, where only ASCII stands for itself."""
    texts = gone.names | gone.addresses
    found = Q()
    for text in texts | {json.dumps(each)[1:-1] for each in texts}:
        for field in fields:
            found |= Q(**{f"{field}__icontains": text})
    return found


def _batched(rows: Any) -> Iterator[Any]:
    return iter(rows.iterator(chunk_size=BATCH))


def _forget(entry: AuditEntry, gone: Gone) -> bool:
    then = entry.object_name, entry.before, entry.after
    if entry.model == "teams.user" and entry.object_id == str(gone.pk):
        entry.object_name, entry.before, entry.after = "", {}, {}
    entry.before, entry.after = without(entry.before, gone), without(entry.after, gone)
    if gone.is_called(entry.object_name):
        entry.object_name = ""
    return then != (entry.object_name, entry.before, entry.after)


def without(value: Any, gone: Gone) -> Any:
    """The same JSON, in which nothing says who it was. References are {"id", "name"}."""
    if isinstance(value, str) and value.casefold() in gone.addresses:
        return ""
    if isinstance(value, list):
        return [without(each, gone) for each in value]
    if isinstance(value, dict):
        if value.get("id") == str(gone.pk) and value.get("name") in gone.names:
            return value | {"name": ""}
        return {key: without(each, gone) for key, each in value.items()}
    return value


# -- the admin's own log


def _forget_in_admin(gone: Gone) -> None:
    is_the_person = Q(
        content_type__app_label="teams", content_type__model="user", object_id=str(gone.pk)
    )
    rows = LogEntry.objects.select_related("content_type")
    for entry in rows.filter(is_the_person | _naming(gone, "object_repr", "change_message")):
        kind = entry.content_type.model if entry.content_type else ""
        if (kind, entry.object_id) == ("user", str(gone.pk)) or gone.is_called(entry.object_repr):
            entry.object_repr = ""
        entry.change_message = _unnamed(entry.change_message, gone)
        entry.save(update_fields=["object_repr", "change_message"])


def _unnamed(message: str, gone: Gone) -> str:
    """Django keeps what was done on a page as JSON: [{"added": {"name": …, "object": …}}]."""
    try:
        told = json.loads(message)
    except ValueError:
        return message
    for each in told if isinstance(told, list) else []:
        for said in each.values() if isinstance(each, dict) else []:
            if isinstance(said, dict) and gone.is_called(str(said.get("object", ""))):
                said["object"] = ""
    return json.dumps(told)
