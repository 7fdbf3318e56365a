"""The audit log as its readers see it: found by filters, and said in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from teams.models import AuditEntry

# What is not here is shown as it was recorded.
ACTIONS = {
    "created": _("added"),
    "changed": _("changed"),
    "deleted": _("deleted"),
    "accepted": _("accepted"),
    "acknowledged": _("acknowledged"),
    "merged": _("merged with another"),
    "reset": _("reset"),
    "signed in": _("signed in"),
    "signed out": _("signed out"),
    "ended sessions": _("ended sessions"),
    "sign-in failed": _("sign-in failed"),
    "sign-in locked": _("sign-in locked"),
    "changed the password": _("changed the password"),
    "reset the password": _("reset the password"),
    "exported": _("exported"),
    "exported personal data": _("exported personal data"),
    "webhook tested": _("webhook tested"),
    "deliveries tried again": _("deliveries tried again"),
}
OPERATORS = "–"  # who an entry names neither person nor token of


# -- finding


# A day has a day before and after it, whatever the time zone.
WITHIN = [MinValueValidator(date(1, 1, 2)), MaxValueValidator(date(9999, 12, 30))]


class AuditFilter(forms.Form):
    """What is not valid filters nothing. `who` is a user's id, or "token:" and its name."""

    who = forms.CharField(required=False, max_length=120)
    kind = forms.CharField(required=False, max_length=60)
    since = forms.DateField(required=False, validators=WITHIN)
    until = forms.DateField(required=False, validators=WITHIN)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}


def find_entries(*, who: Any, kind: Any, since: Any, until: Any) -> QuerySet[AuditEntry]:
    """Of the open scope, newest first; days are those of the current time zone."""
    found = AuditEntry.objects.order_by("-at", "-pk")
    if who:
        found = _by(found, who)
    if kind:
        found = found.filter(model=kind)
    if since:
        found = found.filter(at__gte=_midnight(since))
    if until:
        found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
    return found


def _by(found: QuerySet[AuditEntry], who: str) -> QuerySet[AuditEntry]:
    if who.startswith("token:"):
        return found.filter(token_name=who.removeprefix("token:"))
    return found.filter(actor=int(who)) if who.isdecimal() and len(who) < 18 else found.none()


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def people() -> list[tuple[str, str]]:
    """Whoever stands in the log, as choices for `who`."""
    named = AuditEntry.objects.order_by().values_list("actor", "actor_name", "token_name")
    found = dict(_person(*row) for row in named.distinct())
    return sorted(
        ((key, name) for key, name in found.items() if key), key=lambda row: row[1].lower()
    )


def _person(actor: int | None, name: str, token: str) -> tuple[str, str]:
    if token:
        return f"token:{token}", gettext("%(name)s (token)") % {"name": token}
    return str(actor or ""), name


def kinds() -> list[tuple[str, str]]:
    found = AuditEntry.objects.order_by().values_list("model", flat=True).distinct()
    return sorted(((label, kind_name(label)) for label in found if label), key=lambda row: row[1])


# -- saying


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words. `changes`: (field, before, after)."""

    entry: AuditEntry
    who: str
    action: str
    kind: str
    changes: list[tuple[str, str, str]]


def line(entry: AuditEntry) -> Line:
    who = entry.token_name or entry.actor_name or OPERATORS
    return Line(
        entry=entry,
        who=who,
        action=str(ACTIONS.get(entry.action, entry.action)),
        kind=kind_name(entry.model) if entry.model else "",
        changes=list(_changes(entry)),
    )


def _changes(entry: AuditEntry) -> Iterator[tuple[str, str, str]]:
    model = _model(entry.model)
    for name in _in_order(model, {**entry.before, **entry.after}):
        was, now = entry.before.get(name), entry.after.get(name)
        if name == "also" and isinstance(now, Mapping):
            yield gettext("with it"), "", _counted(now)
        elif name == "rows":
            yield gettext("rows"), _said(was), _said(now)
        else:
            field = _field(model, name)
            said = getattr(field, "verbose_name", name)
            yield str(said), _said(was, field), _said(now, field)


def _in_order(model: type[models.Model] | None, names: Iterable[str]) -> list[str]:
    """As the model has them; PostgreSQL keeps no order of keys."""
    fields = [field.name for field in model._meta.concrete_fields] if model else []  # noqa: SLF001
    places = {name: place for place, name in enumerate(fields)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def _counted(also: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {_counted_name(label, count)}" for label, count in also.items())


def _counted_name(label: str, count: Any) -> str:
    model = _model(label)
    if model is None:
        return label
    meta = model._meta  # noqa: SLF001
    return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)


def _said(value: Any, field: Any = None) -> str:
    """A value as it was recorded, in words: by the field that it is of, if that is known."""
    if value is None:
        return ""
    if getattr(field, "choices", None):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, str) and isinstance(field, models.DateTimeField | models.TimeField):
        return _moment(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping) and set(value) == {"id", "name"}:
        return str(value["name"] or value["id"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(value: str) -> str:
    """By the clock of the current time zone; a time of day is nobody's in particular."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value.removesuffix(":00") if value.count(":") == 2 else value
    if timezone.is_naive(at):
        return value
    return date_format(timezone.localtime(at), "j M Y, H:i:s")


def kind_name(label: str) -> str:
    model = _model(label)
    return str(model._meta.verbose_name) if model else label  # noqa: SLF001


def _field(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None  # noqa: SLF001
    except FieldDoesNotExist:
        return None


def _model(label: str) -> type[models.Model] | None:
    """An entry may be older than the model that it names."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


# -- as a table for other programs

HEAD = ["at", "who", "token", "address", "action", "kind", "id", "name", "before", "after"]


def cells(entry: AuditEntry) -> list[str]:
    return [
        entry.at.isoformat(),
        entry.actor_name,
        entry.token_name,
        entry.address or "",
        entry.action,
        entry.model,
        entry.object_id,
        entry.object_name,
        json.dumps(entry.before, ensure_ascii=False) if entry.before else "",
        json.dumps(entry.after, ensure_ascii=False) if entry.after else "",
    ]
