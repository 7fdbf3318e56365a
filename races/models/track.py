from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.enums import Protocol
from teams.auditing import AuditedManager, AuditedModel


class Track(AuditedModel):
    """A place with a public timing page. One catalogue for all teams, which only read it."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text="ISO 3166-1")
    length_m = models.PositiveIntegerField(_("length (m)"), null=True, blank=True)
    protocol = models.CharField(max_length=20, choices=Protocol, default=Protocol.APEX)
    page_url = models.URLField(_("timing page"), max_length=300, blank=True)
    host = models.CharField(max_length=200, blank=True)
    config_port = models.PositiveIntegerField(null=True, blank=True)
    names = models.JSONField(_("other names"), default=list, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = AuditedManager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("track")
        verbose_name_plural = _("tracks")

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """What a feed of this track connects to: its page, else the socket that is known."""
        if self.page_url or not self.config_port:
            return self.page_url
        return f"wss://{self.host}:{self.config_port + 3}/"
