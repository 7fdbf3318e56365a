from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from races.enums import Protocol, RequestKind
from races.models.track import Track
from teams.models import Team
from teams.scoping import TeamModel


class Feed(TeamModel):
    """A configured source of timing, connected once however many teams follow it.

    Without an owner it is shared: a public page, one row for an address. With an owner it is
    private and that team's to change and delete.
    """

    team_path = ("owner", "follows__team")
    write_path = "owner"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    protocol = models.CharField(_("protocol"), max_length=20, choices=Protocol)
    address = models.CharField(
        _("address"), max_length=300, help_text=_("Page or socket URL, or tape:<name>.")
    )
    track = models.ForeignKey(
        Track,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="feeds",
        verbose_name=_("track"),
    )
    owner = models.ForeignKey(
        Team,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="feeds",
        verbose_name=_("owner"),
        help_text=_("Empty: shared by all who follow it."),
    )
    pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stay connected even when no team follows.")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    retention_days = models.PositiveIntegerField(
        _("keep races for (days)"), null=True, blank=True, help_text=_("Empty: for ever.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "created_at"]
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "address"],
                condition=Q(owner__isnull=True),
                name="feed_shared_once",
            ),
            models.UniqueConstraint(
                fields=["owner", "protocol", "address"], name="feed_private_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Follow(TeamModel):
    """A team sees the races of the feeds that it follows, nothing else."""

    team_path = "team"

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="follows", verbose_name=_("team")
    )
    feed = models.ForeignKey(
        Feed, on_delete=models.CASCADE, related_name="follows", verbose_name=_("feed")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [models.UniqueConstraint(fields=["team", "feed"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.team} · {self.feed}"


class FeedRequest(TeamModel):
    """What a person asked of the running pipeline, which polls for rows that are not done.

    `arguments`: restart {} · reset {"race": uuid or null} · follow {} · replay {"tape": name under
    the tapes folder, "speed": number, "team": slug}, where the feed is null: it is yet to be made.
    """

    team_path = "feed__follows__team"
    write_path = "feed__owner"

    feed = models.ForeignKey(
        Feed,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="requests",
        verbose_name=_("feed"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RequestKind)
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("feed request")
        verbose_name_plural = _("feed requests")
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(done_at__isnull=True), name="feedrequest_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.feed or '–'}"
