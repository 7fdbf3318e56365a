"""Rules that a team sets, and the alerts that came of them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.models import Feed
from teams.models import Team, User
from teams.scoping import TeamModel
from timing.engine.units import format_ms
from timing.enums import THRESHOLDS, AlertKind, AlertSubject, Severity
from timing.models.watch import Monitor


class AlertRule(TeamModel):
    """When to tell, how loud, and by which ways.

    `threshold`: what it means depends on the kind (see `timing.enums.THRESHOLDS`): ms, laps,
    percent, or nothing. Between `quiet_from` and `quiet_to` (the team's local time, may pass
    midnight) the alert is on the page and nowhere else, and without a sound.
    """

    team_path = "team"

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="alert_rules", verbose_name=_("team")
    )
    feed = models.ForeignKey(
        Feed,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        verbose_name=_("feed"),
        help_text=_("Empty: every feed that the team follows."),
    )
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    kind = models.CharField(_("when"), max_length=20, choices=AlertKind)
    subject = models.CharField(
        _("about"), max_length=10, choices=AlertSubject, default=AlertSubject.WATCHED
    )
    monitor = models.ForeignKey(
        Monitor,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        verbose_name=_("watched entry"),
        help_text=_("Where the rule is about one of them only."),
    )
    threshold = models.PositiveIntegerField(_("threshold"), null=True, blank=True)
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity, default=Severity.WARNING
    )
    cooldown_s = models.PositiveIntegerField(_("pause between alerts (s)"), default=30)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)
    sound = models.BooleanField(_("sound"), default=False)
    push = models.BooleanField(_("push"), default=False)
    email = models.BooleanField(_("e-mail"), default=False)
    webhook = models.BooleanField(_("webhook"), default=False)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")

    def __str__(self) -> str:
        return self.name or self.get_kind_display()

    def told(self, name: str, value: Any) -> Any:
        """A threshold with its unit, which is another for each kind."""
        if name != "threshold" or value is None or self.kind not in THRESHOLDS:
            return value
        unit, _required = THRESHOLDS[self.kind]
        if unit != "ms":
            return f"{value} {unit}"
        text = format_ms(int(value)).removesuffix(".000")
        return text if ":" in text else f"{text} s"


class Alert(TeamModel):
    """Something a rule was waiting for. Its id is derived from the team, the rule and the fact, so
    the same fact evaluated again is the same alert.

    `race` is the race's id and no foreign key: an alert can be there before its race has a row.
    """

    team_path = "team"
    quiet_fields = ("seen_at", "seen_by")  # `acknowledge` is one entry, however many it is of

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="alerts", verbose_name=_("team")
    )
    feed = models.ForeignKey(
        Feed, on_delete=models.CASCADE, related_name="alerts", verbose_name=_("feed")
    )
    race = models.UUIDField(_("race"), null=True)
    rule = models.ForeignKey(
        AlertRule,
        on_delete=models.SET_NULL,
        null=True,
        related_name="alerts",
        verbose_name=_("rule"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=AlertKind)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    key = models.CharField(_("row"), max_length=64, blank=True, default="")
    number = models.CharField(_("number"), max_length=40, blank=True, default="")
    title = models.CharField(_("what"), max_length=200)
    detail = models.CharField(_("detail"), max_length=300, blank=True, default="")
    sound = models.BooleanField(_("sound"), default=False)
    at = models.DateTimeField(_("at"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    seen_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("seen by"),
    )

    class Meta:
        ordering = ["-at", "pk"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(fields=["team", "-at"], name="alert_of_team"),
            models.Index(
                fields=["team", "at"],
                condition=models.Q(seen_at__isnull=True),
                name="alert_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title
