from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from displays.receivers import Receivers
from displays.rule_words import LIMITS, is_time, read_limit, write_duration, write_limit
from races.models import Feed
from teams.models import Team
from timing.enums import OF_THE_RACE, AlertKind, AlertSubject, Severity
from timing.models import AlertRule, Monitor
from timing.services import WatchError, create_rule, update_rule

SAME = ("name", "kind", "severity", "cooldown_s", "quiet_from", "quiet_to")
WAYS = ("sound", "push", "email", "webhook")
MONITOR = "m-"  # before the id of a watched entry, among the subjects


class RuleForm(forms.Form):
    """Not a model form: that one would ask for rows as this module loads, without a scope.

    `about` is a subject or one watched entry; `limit` is the threshold as people write it.
    """

    kind = forms.ChoiceField(label=gettext_lazy("Tell us when"), choices=AlertKind)
    about = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    limit = forms.CharField(
        label=gettext_lazy("Value"),
        required=False,
        max_length=12,
        help_text=gettext_lazy(
            "Times in seconds or as m:ss; laps and percent as a number. Only for a gap, a catch,"
            " a stint, a short stop, the pace and silence."
        ),
    )
    feed: forms.ModelChoiceField[Feed] = forms.ModelChoiceField(
        None,
        label=gettext_lazy("On"),
        required=False,
        empty_label=gettext_lazy("every feed that we follow"),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"), choices=Severity, widget=forms.RadioSelect
    )
    sound = forms.BooleanField(label=gettext_lazy("Sound"), required=False)
    push = forms.BooleanField(label=gettext_lazy("Push"), required=False)
    email = forms.BooleanField(label=gettext_lazy("E-mail"), required=False)
    webhook = forms.BooleanField(label=gettext_lazy("Webhook"), required=False)
    cooldown_s = forms.IntegerField(
        label=gettext_lazy("Then quiet for (seconds)"),
        min_value=0,
        max_value=86_400,
        error_messages={
            "min_value": gettext_lazy("From 0 seconds to 86400, which is a day."),
            "max_value": gettext_lazy("From 0 seconds to 86400, which is a day."),
            "invalid": gettext_lazy("Seconds, as a whole number such as 30."),
            "required": gettext_lazy("Seconds, as a whole number such as 30; 0 for no pause."),
        },
        help_text=gettext_lazy("The same rule says nothing more about the same entry meanwhile."),
    )
    quiet_from = forms.TimeField(label=gettext_lazy("Quiet from"), required=False)
    quiet_to = forms.TimeField(label=gettext_lazy("until"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=100,
        strip=True,
        help_text=gettext_lazy("For your list of rules. Without one, it says what it waits for."),
    )

    def __init__(self, *args: Any, team: Team, rule: AlertRule | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.team, self.rule = team, rule
        feed, about = self.fields["feed"], self.fields["about"]
        assert isinstance(feed, forms.ModelChoiceField)
        assert isinstance(about, forms.ChoiceField)
        feed.queryset = Feed.objects.order_by("name")
        self.monitors = {
            f"{MONITOR}{each.pk}": each
            for each in Monitor.objects.filter(team=team, feed__in=feed.queryset).select_related(
                "feed"
            )
        }
        about.choices = about_choices(self.monitors)
        for name in ("quiet_from", "quiet_to"):
            self.fields[name].widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
        self.fields["limit"].widget.attrs |= {"autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind", "")
        if kind in LIMITS:
            self._clean_limit(kind, cleaned.get("limit", ""))
        self._clean_about(kind, cleaned)
        self._clean_quiet(cleaned)
        return cleaned

    def _clean_limit(self, kind: str, text: str) -> None:
        limit, value = LIMITS[kind], read_limit(kind, text)
        if not text:
            self.add_error("limit", _("This rule needs a value, such as %s.") % limit.example)
        elif value is None:
            self.add_error("limit", _("Write it like %s.") % limit.example)
        elif not limit.least <= value <= limit.most:
            self.add_error("limit", _out_of_bounds(kind, value))
        else:
            self.cleaned_data["threshold"] = value

    def _clean_about(self, kind: str, cleaned: dict[str, Any]) -> None:
        about = cleaned.get("about") or ""
        if kind in OF_THE_RACE or "about" in self.errors:
            about = ""
        elif not about:
            self.add_error("about", _("Choose whom the rule is about."))
        monitor = self.monitors.get(about)
        cleaned["monitor"] = monitor
        cleaned["subject"] = about if about in AlertSubject.values else AlertSubject.WATCHED
        if monitor and cleaned.get("feed") and cleaned["feed"].pk != monitor.feed_id:
            self.add_error(
                "feed",
                _("%(entry)s is watched on %(feed)s. Choose that one, or every feed.")
                % {"entry": monitor.value, "feed": monitor.feed},
            )

    def _clean_quiet(self, cleaned: dict[str, Any]) -> None:
        missing = [each for each in ("quiet_from", "quiet_to") if cleaned.get(each) is None]
        if len(missing) == 1 and missing[0] not in self.errors:
            self.add_error(missing[0], _("Quiet hours need a beginning and an end."))

    def save(self) -> AlertRule | None:
        """The rule; None, with an error on the form, where it cannot be."""
        said = self.cleaned_data
        fields = {name: said[name] for name in (*SAME, *WAYS, "feed", "monitor", "subject")}
        fields["threshold"] = said.get("threshold")
        try:
            if self.rule is not None:
                return update_rule(rule=self.rule, **fields)
            return create_rule(team=self.team, **fields)
        except WatchError as refused:
            self.add_error(None, str(refused))
            return None


@dataclass(frozen=True, slots=True)
class Way:
    """A way on the form: what it is, and whether it leads to anybody yet."""

    field: Any
    what: str
    nobody: str


def ways_of(form: RuleForm, known: Receivers) -> list[Way]:
    return [
        Way(form["sound"], _("On devices where somebody has switched the sound on."), ""),
        Way(
            form["push"],
            _("To the phones and computers that take push."),
            "" if known.push else _("No device of the team takes push yet."),
        ),
        Way(
            form["email"],
            _("To members who take alerts by e-mail."),
            "" if known.email else _("Nobody takes alerts at a confirmed address yet."),
        ),
        Way(
            form["webhook"],
            _("To the addresses of your own programs."),
            "" if known.webhook else _("There is no webhook yet."),
        ),
    ]


def _out_of_bounds(kind: str, value: int) -> str:
    limit = LIMITS[kind]
    if not is_time(kind):
        return _("Between %(least)d and %(most)d.") % {"least": limit.least, "most": limit.most}
    bounds = {"least": write_duration(limit.least), "most": write_duration(limit.most)}
    if kind == AlertKind.STINT and value < limit.least:
        return _("That is %(value)s seconds: 45 minutes are written 45:00.") % {
            "value": write_duration(value)
        }
    return _("Between %(least)s and %(most)s.") % bounds


def about_choices(monitors: dict[str, Monitor]) -> list[tuple[str, Any]]:
    """The subjects, then the watched entries of each feed."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, each in sorted(monitors.items(), key=lambda item: item[1].feed.name.casefold()):
        label = f"{each.value} · {each.get_kind_display()}"
        groups.setdefault(str(each.feed), []).append((key, label))
    return [*AlertSubject.choices, *groups.items()]


def initial_of(rule: AlertRule) -> dict[str, Any]:
    """A form's first values, from a rule that is changed or copied."""
    about = f"{MONITOR}{rule.monitor_id}" if rule.monitor_id else rule.subject
    return {
        **{name: getattr(rule, name) for name in (*SAME, *WAYS)},
        "about": about,
        "feed": None if rule.monitor_id else rule.feed_id,
        "limit": write_limit(rule.kind, rule.threshold),
    }


BLANK = {
    "kind": AlertKind.PIT_IN,
    "about": AlertSubject.RIVALS,
    "severity": Severity.WARNING,
    "cooldown_s": 30,
    "sound": True,
}
