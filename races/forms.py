from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from races.enums import RaceKind
from races.models import Feed, Track
from races.services import RaceError, add_feed, add_track_feed
from teams.models import Team
from teams.outbound import OutboundRefused


class AddFeedForm(forms.Form):
    """Either a track of the catalogue or an address; the service says what is wrong with it."""

    track = forms.ModelChoiceField(
        Track.objects.filter(is_active=True), required=False, widget=forms.HiddenInput
    )
    address = forms.CharField(
        label=_("Address of the timing page"), max_length=300, required=False, strip=True
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False, strip=True)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.feed: Feed | None = None
        self.fields["address"].widget.attrs |= {"inputmode": "url", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("track") or cleaned.get("address")):
            self.add_error("address", _("Choose a track, or give the address of its timing page."))
        return cleaned

    def save(self) -> bool:
        """Adds and follows the feed; False with an error on the form where that cannot be."""
        track, address = self.cleaned_data["track"], self.cleaned_data["address"]
        try:
            if track:
                self.feed = add_track_feed(team=self.team, track=track)
            else:
                name = self.cleaned_data["name"]
                self.feed = add_feed(team=self.team, address=address, name=name)
        except (OutboundRefused, RaceError, ValidationError) as refused:
            self.add_error(None if track else "address", str(refused))
            return False
        return True


class TrackSearch(forms.Form):
    q = forms.CharField(label=_("Search by name"), required=False, max_length=80)
    country = forms.CharField(required=False, max_length=2)

    def tracks(self) -> Any:
        found = Track.objects.filter(is_active=True)
        if not self.is_valid():
            return found
        for word in self.cleaned_data["q"].split():
            found = found.filter(
                Q(name__icontains=word) | Q(slug__icontains=word) | Q(names__icontains=word)
            )
        if self.cleaned_data["country"]:
            found = found.filter(country__iexact=self.cleaned_data["country"])
        return found


class RaceFilter(forms.Form):
    """Filters of the list of races; what is not valid filters nothing."""

    kind = forms.ChoiceField(choices=[("", ""), *RaceKind.choices], required=False)
    # Its rows are known once a scope is open.
    feed: forms.ModelChoiceField[Feed] = forms.ModelChoiceField(None, required=False)
    q = forms.CharField(required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feed = self.fields["feed"]
        assert isinstance(feed, forms.ModelChoiceField)
        feed.queryset = Feed.objects.order_by("name")
        feed.empty_label = _("All feeds")

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}
