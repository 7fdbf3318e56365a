from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.enums import Access
from teams.models.account import User
from teams.models.team import Team
from teams.scoping import TeamModel


class ApiToken(TeamModel):
    """A long-lived key of a team to the API. Shown once; kept as a digest. `prefix` is what of the
    key may be shown, so that people can tell their keys apart.
    """

    team_path = "team"
    secret_fields = ("digest",)
    quiet_fields = ("last_used_at",)

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("team")
    )
    name = models.CharField(_("name"), max_length=100)
    access = models.CharField(_("access"), max_length=10, choices=Access, default=Access.READ)
    prefix = models.CharField(_("begins with"), max_length=16)
    digest = models.CharField(_("digest of the key"), max_length=64, unique=True)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name
