from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.enums import FlagColour, RaceKind, Ranking
from races.models.feed import Feed
from teams.scoping import TeamModel

# Text that a feed says is TextField throughout: the engine bounds it, and a second, shorter limit
# here could only lose a whole batch of facts on PostgreSQL. Milliseconds are 64 bits for the same
# reason.


class Race(TeamModel):
    """One timed run. Its id comes from the engine, the same on every replay."""

    team_path = "feed__follows__team"
    write_path = "feed__owner"

    id = models.UUIDField(primary_key=True)
    feed = models.ForeignKey(
        Feed,
        on_delete=models.CASCADE,
        related_name="races",
        db_index=False,
        verbose_name=_("feed"),
    )
    event = models.TextField(_("event"), blank=True, default="")
    name = models.TextField(_("name"), blank=True, default="")
    kind = models.CharField(_("kind"), max_length=10, choices=RaceKind, default=RaceKind.PRACTICE)
    ranking = models.CharField(_("ranking"), max_length=5, choices=Ranking, default=Ranking.BEST)
    track_name = models.TextField(_("track"), blank=True, default="")
    track_length_m = models.IntegerField(_("track length (m)"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    planned_ms = models.BigIntegerField(_("planned (ms)"), null=True, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"))
    is_live = models.BooleanField(_("live"), default=False)
    leader_laps = models.IntegerField(_("laps of the leader"), default=0)
    best_ms = models.BigIntegerField(_("best lap (ms)"), null=True, blank=True)

    class Meta:
        ordering = ["-first_seen_at", "id"]
        verbose_name = _("race")
        verbose_name_plural = _("races")
        indexes = [
            models.Index(fields=["feed", "-first_seen_at"], name="race_of_feed"),
            models.Index(fields=["-first_seen_at"], name="race_by_time"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)

    @property
    def title(self) -> str:
        return " - ".join(part for part in (self.event, self.name) if part)


class FlagPeriod(TeamModel):
    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race,
        on_delete=models.CASCADE,
        related_name="flag_periods",
        db_index=False,
        verbose_name=_("race"),
    )
    number = models.IntegerField(_("number"))
    flag = models.CharField(_("flag"), max_length=10, choices=FlagColour)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["race_id", "number"]
        verbose_name = _("flag period")
        verbose_name_plural = _("flag periods")
        constraints = [models.UniqueConstraint(fields=["race", "number"], name="flagperiod_once")]

    def __str__(self) -> str:
        return f"{self.number} · {self.flag}"


class RaceMessage(TeamModel):
    """A line of race control. `key` is made of its text, so that a log sent again adds nothing."""

    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race,
        on_delete=models.CASCADE,
        related_name="messages",
        db_index=False,
        verbose_name=_("race"),
    )
    key = models.CharField(max_length=64)
    order = models.IntegerField(_("order"))
    local_time = models.CharField(_("local time"), max_length=8, blank=True, default="")
    at = models.DateTimeField(_("at"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True, default="")
    number = models.TextField(_("kart"), blank=True, default="")
    text = models.TextField(_("text"), blank=True, default="")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering = ["race_id", "order"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["race", "key"], name="racemessage_once")]

    def __str__(self) -> str:
        return self.text
