from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from races.models import Feed
from teams.models import Team
from timing.enums import AlertKind, Severity
from timing.models import Alert
from timing.queries import alerts_of_team

STATES = [("", _("All")), ("open", _("Open"))]


class AlertFilter(forms.Form):
    """Filters of the list of alerts; what is not valid filters nothing."""

    state = forms.ChoiceField(choices=STATES, required=False)
    kind = forms.ChoiceField(label=_("What"), choices=[("", _("Anything"))], required=False)
    severity = forms.ChoiceField(label=_("Severity"), choices=[("", _("All"))], required=False)
    # Its rows are known once a scope is open.
    feed: forms.ModelChoiceField[Feed] = forms.ModelChoiceField(
        None, label=_("Feed"), required=False, empty_label=_("All feeds")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, severity, feed = (self.fields[name] for name in ("kind", "severity", "feed"))
        assert isinstance(kind, forms.ChoiceField)
        assert isinstance(severity, forms.ChoiceField)
        assert isinstance(feed, forms.ModelChoiceField)
        kind.choices = [("", _("Anything")), *AlertKind.choices]
        severity.choices = [("", _("All")), *Severity.choices]
        feed.queryset = Feed.objects.order_by("name")

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}


def find_alerts(
    team: Team, *, state: str | None, kind: str | None, severity: str | None, feed: Feed | None
) -> QuerySet[Alert]:
    """Newest first."""
    found = alerts_of_team(team).select_related("rule")
    if state == "open":
        found = found.filter(seen_at__isnull=True)
    wanted = {"kind": kind, "severity": severity, "feed": feed}
    return found.filter(**{name: value for name, value in wanted.items() if value})
