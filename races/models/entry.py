from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from races.models.race import Race
from teams.scoping import TeamModel


class Entry(TeamModel):
    """A kart or car in a race. Its id comes from the engine; `key` is the feed's row id."""

    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    id = models.UUIDField(primary_key=True)
    race = models.ForeignKey(
        Race,
        on_delete=models.CASCADE,
        related_name="entries",
        db_index=False,
        verbose_name=_("race"),
    )
    key = models.CharField(_("row"), max_length=64)
    number = models.TextField(_("number"), blank=True, default="")
    competitor = models.TextField(_("competitor"), blank=True, default="")
    class_name = models.TextField(_("class"), blank=True, default="")
    colour = models.CharField(_("colour"), max_length=7, blank=True, default="")
    nationality = models.TextField(_("nationality"), blank=True, default="")
    position = models.IntegerField(_("position"), null=True, blank=True)
    laps = models.IntegerField(_("laps"), default=0)
    last_ms = models.BigIntegerField(_("last lap (ms)"), null=True, blank=True)
    best_ms = models.BigIntegerField(_("best lap (ms)"), null=True, blank=True)
    stops = models.IntegerField(_("pit stops"), default=0)
    penalty = models.TextField(_("penalty"), blank=True, default="")
    status = models.CharField(_("status"), max_length=10, blank=True, default="")
    updated_at = models.DateTimeField(_("updated"))

    class Meta:
        ordering = ["race_id", models.F("position").asc(nulls_last=True), "number", "key"]
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [models.UniqueConstraint(fields=["race", "key"], name="entry_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.competitor}".strip() or self.key


class Driver(TeamModel):
    team_path = "entry__race__feed__follows__team"
    write_path = "entry__race__feed__owner"

    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        related_name="drivers",
        db_index=False,
        verbose_name=_("entry"),
    )
    name = models.TextField(_("name"))
    driving_ms = models.BigIntegerField(
        _("driving time (ms)"), null=True, blank=True, help_text=_("As the feed says.")
    )
    first_seen_at = models.DateTimeField(_("first seen"))

    class Meta:
        ordering = ["entry_id", "first_seen_at", "name"]
        verbose_name = _("driver")
        verbose_name_plural = _("drivers")
        constraints = [models.UniqueConstraint(fields=["entry", "name"], name="driver_once")]

    def __str__(self) -> str:
        return self.name


class Penalty(TeamModel):
    team_path = "race__feed__follows__team"
    write_path = "race__feed__owner"

    race = models.ForeignKey(
        Race, on_delete=models.CASCADE, related_name="penalties", verbose_name=_("race")
    )
    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        related_name="penalties",
        db_index=False,
        verbose_name=_("entry"),
    )
    number = models.IntegerField(_("number"))
    text = models.TextField(_("text"), blank=True, default="")
    laps = models.IntegerField(_("laps"), null=True, blank=True)
    ms = models.BigIntegerField(_("time (ms)"), null=True, blank=True)
    lap = models.IntegerField(_("in lap"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering = ["race_id", "at", "entry_id", "number"]
        verbose_name = _("penalty")
        verbose_name_plural = _("penalties")
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="penalty_once")]

    def __str__(self) -> str:
        return self.text
