from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models.account import User
from teams.models.team import Team
from teams.scoping import TeamModel


class AuditEntry(TeamModel):
    """One change that a person or a token made. Written by `teams.audit`, never changed.

    `team` is null for what concerns no team (an account, the track catalogue): operators see it.
    `before` and `after` hold the changed fields only; secrets are named, never shown.
    """

    team_path = "team"
    is_audited = False

    team = models.ForeignKey(
        Team,
        on_delete=models.CASCADE,
        null=True,
        related_name="audit_entries",
        verbose_name=_("team"),
    )
    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    actor_name = models.CharField(_("who"), max_length=150, blank=True, default="")
    token_name = models.CharField(_("by token"), max_length=100, blank=True, default="")
    address = models.GenericIPAddressField(_("address"), null=True)
    action = models.CharField(_("action"), max_length=40)
    model = models.CharField(_("kind"), max_length=60)
    object_id = models.CharField(_("id"), max_length=64, blank=True, default="")
    object_name = models.CharField(_("name"), max_length=200, blank=True, default="")
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=["team", "-at"], name="audit_of_team")]

    def __str__(self) -> str:
        return f"{self.action} {self.model} {self.object_name}"
