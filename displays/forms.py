from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from displays.models import Display
from displays.services import create_display
from races.models import Feed, Race
from teams.models import Team

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

    def save(self) -> Display:
        return create_display(team=self.team, **self.cleaned_data)


def _recent_races() -> list[tuple[str, str]]:
    recent = Race.objects.order_by("-first_seen_at")[:RACES_TO_CHOOSE_FROM]
    return [("", str(_("No single race"))), *((str(race.pk), str(race)) for race in recent)]
