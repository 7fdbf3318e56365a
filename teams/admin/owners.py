"""A team keeps an owner, in the admin as on its own pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _

from teams.enums import Role
from teams.models import Membership, Team


def of_memberships(leaving: Iterable[Membership]) -> list[Team]:
    """The teams that would be without an owner if these memberships ended."""
    return _orphans([row.pk for row in leaving])


def of_people(leaving: Iterable[Any]) -> list[Team]:
    theirs = Membership.objects.filter(user__in=[row.pk for row in leaving])
    return _orphans(list(theirs.values_list("pk", flat=True)))


def _orphans(leaving: Collection[int]) -> list[Team]:
    owners = Membership.objects.filter(role=Role.OWNER)
    had = owners.filter(pk__in=leaving).values("team")
    kept = owners.exclude(pk__in=leaving).values("team")
    return list(Team.objects.filter(pk__in=had).exclude(pk__in=kept).order_by("name"))


def words(teams: Iterable[Team]) -> list[str]:
    return [_("%(team)s keeps at least one owner.") % {"team": team} for team in teams]


class KeepsAnOwner(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        was = Membership.objects.filter(pk=self.instance.pk).first()
        stays = was is None or (cleaned.get("role"), cleaned.get("team")) == (Role.OWNER, was.team)
        if was is not None and not stays:
            _refuse(of_memberships([was]))
        return cleaned


class KeepsAnOwnerHere(BaseInlineFormSet):
    """The same for all members of a team, on one page: one may follow another."""

    def clean(self) -> None:
        super().clean()
        if self.instance._state.adding or any(self.errors):  # noqa: SLF001
            return
        if not any(form.initial.get("role") == Role.OWNER for form in self.initial_forms):
            return
        gone = self.deleted_forms
        if not any(_owns(form) for form in self.forms if form not in gone):
            _refuse([self.instance])


def _owns(form: Any) -> bool:
    given = {**form.initial, **form.cleaned_data}
    return bool(given.get("user")) and given.get("role") == Role.OWNER


def _refuse(teams: list[Team]) -> None:
    if teams:
        raise ValidationError(words(teams))
