"""Teams and who belongs to which: the tenant of everything else."""

from __future__ import annotations

import uuid
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.enums import Role
from teams.models.account import User
from teams.scoping import TeamModel


class Team(TeamModel):
    team_path = "pk"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("For quiet hours. Empty: that of the installation."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "slug"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> str:
        return self.time_zone or settings.TIME_ZONE

    @property
    def clock(self) -> tzinfo:
        """What its people's clocks show; the installation's where the zone is not known here."""
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            return ZoneInfo(settings.TIME_ZONE)


class Membership(TeamModel):
    team_path = "team"

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("team")
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    alerts_by_email = models.BooleanField(
        _("alerts by e-mail"), default=True, help_text=_("Of rules that send e-mail.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["team_id", "user_id"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


class Invitation(TeamModel):
    """A link by which one person may join. Only its digest is kept: who reads the table cannot
    use it. Open while none of `accepted_at`, `revoked_at` is set and `expires_at` is to come.
    """

    team_path = "team"
    secret_fields = ("digest",)
    quiet_fields = ("accepted_at", "accepted_by")  # `accept` tells by whom they were invited, too

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("team")
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    digest = models.CharField(_("digest of the link"), max_length=64, unique=True)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.email} · {self.team}"
