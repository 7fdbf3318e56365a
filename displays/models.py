"""What a team puts before the public, and what operators say to teams and displays."""

from __future__ import annotations

import secrets
import string
import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from races.models import Feed, Race
from teams.auditing import AuditedManager, AuditedModel
from teams.models import Team, User
from teams.scoping import TeamModel
from timing.enums import Severity

CODE_LENGTH = 8
CODE_ALPHABET = string.ascii_letters + string.digits


def new_code() -> str:
    """62^8 codes: with the back-off per address, guessing one takes longer than a season."""
    return "".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH))


class Display(TeamModel):
    """A public read-only board. Who has the code sees what it is bound to, and nothing else:
    a feed's current race, or one race.
    """

    team_path = "team"

    code = models.CharField(
        _("code"), max_length=CODE_LENGTH, unique=True, default=new_code, editable=False
    )
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="displays", verbose_name=_("team")
    )
    name = models.CharField(_("name"), max_length=100)
    feed = models.ForeignKey(
        Feed,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="displays",
        verbose_name=_("feed"),
        help_text=_("Shows the current race of this feed."),
    )
    race = models.ForeignKey(
        Race,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="displays",
        verbose_name=_("race"),
        help_text=_("Shows this race only."),
    )
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "created_at"]
        verbose_name = _("display")
        verbose_name_plural = _("displays")
        constraints = [
            models.CheckConstraint(
                condition=Q(feed__isnull=False, race__isnull=True)
                | Q(feed__isnull=True, race__isnull=False),
                name="display_feed_or_race",
                violation_error_message=_("A display shows a feed or a race."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Announcement(AuditedModel):
    """What those who run the installation say, for a while: to all teams, or on one display.

    A row and not an entry of the cache: a person said it, so it outlives a restart, and the audit
    log tells who and when. Processes hold what is current in memory (`announcements`), and pages
    ask nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display = models.ForeignKey(
        Display,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="announcements",
        verbose_name=_("display"),
        help_text=_("Empty: the dashboards of all teams."),
    )
    text = models.CharField(_("text"), max_length=300)
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity, default=Severity.INFO
    )
    at = models.DateTimeField(_("at"))
    until = models.DateTimeField(_("until"), db_index=True)
    by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = AuditedManager()

    class Meta:
        ordering = ["-at", "pk"]
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self) -> str:
        return self.text

    def audit_team(self) -> Any:
        return None if self.display is None else self.display.team_id
