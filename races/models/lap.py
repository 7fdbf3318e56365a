from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.enums import FlagColour, LapSource
from races.models.entry import Driver, Entry
from races.models.race import Race
from teams.scoping import TeamModel


class Lap(TeamModel):
    """Lap `number` is the one that the entry completed as its n-th.

    `sectors`: milliseconds or null each. `pit`: the lap contains a pit stop. (entry, number) finds
    and orders the laps of an entry; those of a race are read by its own index.
    """

    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race, on_delete=models.CASCADE, related_name="laps", verbose_name=_("race")
    )
    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        related_name="lap_set",
        db_index=False,
        verbose_name=_("entry"),
    )
    number = models.IntegerField(_("number"))
    ms = models.BigIntegerField(_("time (ms)"))
    sectors = models.JSONField(_("sectors"), default=list, blank=True)
    driver = models.ForeignKey(
        Driver,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="laps",
        verbose_name=_("driver"),
    )
    position = models.IntegerField(_("position"), null=True, blank=True)
    pit = models.BooleanField(_("pit lap"), default=False)
    flag = models.CharField(_("flag"), max_length=10, choices=FlagColour, default=FlagColour.NONE)
    source = models.CharField(max_length=8, choices=LapSource, default=LapSource.ASSERTED)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["entry_id", "number"]
        verbose_name = _("lap")
        verbose_name_plural = _("laps")
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="lap_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.ms} ms"


class LapGap(TeamModel):
    """Laps that fell into a lost connection after lap `after_number`: counted, never invented."""

    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race, on_delete=models.CASCADE, related_name="lap_gaps", verbose_name=_("race")
    )
    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        related_name="lap_gaps",
        db_index=False,
        verbose_name=_("entry"),
    )
    after_number = models.IntegerField(_("after lap"))
    missed = models.IntegerField(_("missed laps"))
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["entry_id", "after_number"]
        verbose_name = _("gap in the laps")
        verbose_name_plural = _("gaps in the laps")
        constraints = [
            models.UniqueConstraint(fields=["entry", "after_number"], name="lapgap_once")
        ]

    def __str__(self) -> str:
        return f"{self.missed} after {self.after_number}"
