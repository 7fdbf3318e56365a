from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.models.entry import Driver, Entry
from races.models.race import Race
from teams.scoping import TeamModel


class Stint(TeamModel):
    """From pit-out to pit-in; the lap that contains stop k is the first lap of stint k+1."""

    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race, on_delete=models.CASCADE, related_name="stints", verbose_name=_("race")
    )
    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        related_name="stints",
        db_index=False,
        verbose_name=_("entry"),
    )
    number = models.IntegerField(_("number"))
    driver = models.ForeignKey(
        Driver,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="stints",
        verbose_name=_("driver"),
    )
    first_lap = models.IntegerField(_("first lap"))
    last_lap = models.IntegerField(_("last lap"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["entry_id", "number"]
        verbose_name = _("stint")
        verbose_name_plural = _("stints")
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="stint_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.first_lap}–{self.last_lap or ''}"


class PitStop(TeamModel):
    """`lap` counts the laps completed at pit entry, so the stop lies in lap `lap` + 1."""

    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race, on_delete=models.CASCADE, related_name="pit_stops", verbose_name=_("race")
    )
    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        related_name="pit_stops",
        db_index=False,
        verbose_name=_("entry"),
    )
    number = models.IntegerField(_("number"))
    lap = models.IntegerField(_("laps at entry"))
    in_at = models.DateTimeField(_("in"), null=True, blank=True)
    out_at = models.DateTimeField(_("out"), null=True, blank=True)
    duration_ms = models.BigIntegerField(_("duration (ms)"), null=True, blank=True)

    class Meta:
        ordering = ["entry_id", "number"]
        verbose_name = _("pit stop")
        verbose_name_plural = _("pit stops")
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="pitstop_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.duration_ms or '…'} ms"
