from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from displays.marking import Wish
from displays.models import Display
from displays.services import DisplayError, create_display
from races.models import Feed, Race
from teams.models import Team
from timing.enums import MonitorBy, MonitorKind

RACES_TO_CHOOSE_FROM = 50


class DisplayForm(forms.Form):
    """Not a model form: that one would ask for rows as this module loads, without a scope."""

    name = forms.CharField(label=_("Name"), max_length=100, strip=True)
    feed: forms.ModelChoiceField[Feed] = forms.ModelChoiceField(
        None,
        label=_("Feed"),
        required=False,
        empty_label=_("No feed"),
        help_text=_("Shows the current race of this feed."),
    )
    race: forms.ModelChoiceField[Race] = forms.ModelChoiceField(
        None,
        label=_("Race"),
        required=False,
        help_text=_("Or one race only, whatever its feed shows later."),
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        feed, race = self.fields["feed"], self.fields["race"]
        assert isinstance(feed, forms.ModelChoiceField)
        assert isinstance(race, forms.ModelChoiceField)
        feed.queryset = Feed.objects.order_by("name")
        # All of them, not only those that are offered: a link made long ago may name an old one.
        race.queryset = Race.objects.order_by("-first_seen_at")
        race.choices = _recent_races()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("feed")) == bool(cleaned.get("race")):
            self.add_error("feed", _("Choose a feed or a race, one of them."))
        return cleaned

    def save(self) -> Display | None:
        """The display; None, with an error on the form, where it cannot be."""
        try:
            return create_display(team=self.team, **self.cleaned_data)
        except DisplayError as refused:
            self.add_error(None, str(refused))
            return None


def _recent_races() -> list[tuple[str, str]]:
    recent = Race.objects.order_by("-first_seen_at")[:RACES_TO_CHOOSE_FROM]
    return [("", str(_("No single race"))), *((str(race.pk), str(race)) for race in recent)]


NOBODY = [("", _("not watched"))]
BY = [
    (MonitorBy.NUMBER.value, _("This number, in the next races too")),
    (MonitorBy.NAME.value, _("This name, in the next races too")),
    (MonitorBy.ENTRY.value, _("This race only")),
]


class MarkForm(forms.Form):
    """The fields of a `Wish`, as a page sends them."""

    kind = forms.ChoiceField(choices=[*MonitorKind.choices, *NOBODY], required=False)
    by = forms.ChoiceField(choices=BY, required=False)
    race = forms.UUIDField(required=False)
    key = forms.CharField(max_length=64, required=False)
    monitor = forms.IntegerField(required=False)
    value = forms.CharField(max_length=200, required=False)
    note = forms.CharField(max_length=300, required=False)
    place = forms.IntegerField(min_value=0, max_value=1_000, required=False)
    sure = forms.BooleanField(required=False)

    def wish(self) -> Wish:
        given = {
            name: value for name, value in self.cleaned_data.items() if value not in ("", None)
        }
        if "note" in self.data:
            given["note"] = self.cleaned_data["note"]
        return Wish(**given)


class AddForm(forms.Form):
    """A number or a name to watch for, be it there or not."""

    value = forms.CharField(label=_("Number or name"), max_length=200, strip=True)
    by = forms.ChoiceField(
        label=_("It is a"),
        choices=[(MonitorBy.NUMBER.value, _("number")), (MonitorBy.NAME.value, _("name"))],
    )
    kind = forms.ChoiceField(label=_("As"), choices=MonitorKind.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, strip=True)


class PlanForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the plan"),
        max_length=60,
        required=False,
        strip=True,
        help_text=_("Stands on the board, the wall and the phone of your team."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
