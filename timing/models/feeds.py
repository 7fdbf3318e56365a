"""What the pipeline keeps about itself: the link, the recordings, where to go on after a crash."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.models import Feed, Race
from teams.scoping import TeamModel
from timing.enums import LinkState


class FeedState(TeamModel):
    """How a feed's connection stands, and which ingester holds it.

    A holder renews `held_until`; whoever sees that it does not may take the feed and adds one to
    `epoch`. Facts and frames of a lower epoch are refused.
    """

    team_path = ("feed__owner", "feed__follows__team")
    write_path = "feed__owner"

    feed = models.OneToOneField(
        Feed,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="state",
        verbose_name=_("feed"),
    )
    state = models.CharField(_("state"), max_length=10, choices=LinkState, default=LinkState.IDLE)
    connected_at = models.DateTimeField(_("connected"), null=True, blank=True)
    data_at = models.DateTimeField(_("newest data"), null=True, blank=True)
    retry_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    current_race = models.ForeignKey(
        Race,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("current race"),
    )
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    holder = models.CharField(_("held by"), max_length=120, blank=True, default="")
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)

    class Meta:
        verbose_name = _("feed state")
        verbose_name_plural = _("feed states")

    def __str__(self) -> str:
        return f"{self.feed}: {self.state}"


class IngesterState(models.Model):
    """A process that takes its share of the feeds. `beats` grows while it lives; `seen_at` is when,
    by the clock of the database."""

    holder = models.CharField(_("process"), max_length=120, primary_key=True)
    beats = models.PositiveBigIntegerField(_("beats"), default=0)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("ingester")
        verbose_name_plural = _("ingesters")

    def __str__(self) -> str:
        return self.holder


class Tape(TeamModel):
    """One recording of a feed; `path` is relative to LT_DATA_DIR/tapes."""

    team_path = ("feed__owner", "feed__follows__team")
    write_path = "feed__owner"

    feed = models.ForeignKey(
        Feed, on_delete=models.CASCADE, related_name="tapes", verbose_name=_("feed")
    )
    path = models.CharField(_("file"), max_length=200)
    started_at = models.DateTimeField(_("started"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    frames = models.PositiveIntegerField(_("frames"), default=0)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("tape")
        verbose_name_plural = _("tapes")
        constraints = [models.UniqueConstraint(fields=["path"], name="tape_once")]

    def __str__(self) -> str:
        return self.path


class ResumePoint(TeamModel):
    """Where a feed's pipeline stood: its state, and the offset of the tape that state includes."""

    team_path = ("feed__owner", "feed__follows__team")
    write_path = "feed__owner"

    feed = models.OneToOneField(
        Feed,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="resume_point",
        verbose_name=_("feed"),
    )
    tape = models.ForeignKey(
        Tape, on_delete=models.CASCADE, related_name="+", verbose_name=_("tape")
    )
    offset = models.BigIntegerField(_("offset"))
    connection = models.PositiveIntegerField(_("connection"), default=0)
    at = models.DateTimeField(_("at"))
    state = models.BinaryField()

    class Meta:
        verbose_name = _("resume point")
        verbose_name_plural = _("resume points")

    def __str__(self) -> str:
        return f"{self.feed} @ {self.offset}"
