"""What a team watches on a feed: its own karts, its rivals, and what it calls its plan."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from races.models import Entry, Feed
from teams.models import Team
from teams.scoping import TeamModel
from timing.enums import MonitorBy, MonitorKind


class Plan(TeamModel):
    """What a team is up to on a feed, in its own words."""

    team_path = "team"

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="plans", verbose_name=_("team")
    )
    feed = models.ForeignKey(
        Feed, on_delete=models.CASCADE, related_name="plans", verbose_name=_("feed")
    )
    name = models.CharField(_("name"), max_length=60, blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        ordering = ["team_id", "feed_id"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [models.UniqueConstraint(fields=["team", "feed"], name="plan_once")]

    def __str__(self) -> str:
        return self.name or str(self.feed)


class Monitor(TeamModel):
    """An entry that a team watches. By entry it is that one in that race; by number or name it is
    a rule, which finds its entry in the current race of the feed and in the next ones.

    `value` is the number or the competitor's name, as it stood when it was marked; for `entry` the
    entry's number, for people to read. Order on pages: ours first, then `place`, then creation.
    """

    team_path = "team"

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="monitors", verbose_name=_("team")
    )
    feed = models.ForeignKey(
        Feed, on_delete=models.CASCADE, related_name="monitors", verbose_name=_("feed")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=MonitorKind)
    by = models.CharField(_("found by"), max_length=10, choices=MonitorBy, default=MonitorBy.NUMBER)
    entry = models.ForeignKey(
        Entry,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="monitors",
        verbose_name=_("entry"),
    )
    value = models.CharField(_("number or name"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["kind", "place", "created_at", "pk"]  # "ours" sorts before "rival"
        verbose_name = _("watched entry")
        verbose_name_plural = _("watched entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(by="entry", entry__isnull=False)
                | (~Q(by="entry") & Q(entry__isnull=True)),
                name="monitor_entry_if_by_entry",
            ),
            models.UniqueConstraint(
                fields=["team", "feed", "by", "value"],
                condition=Q(entry__isnull=True),
                name="monitor_rule_once",
            ),
            models.UniqueConstraint(
                fields=["team", "entry"],
                condition=Q(entry__isnull=False),
                name="monitor_entry_once",
            ),
        ]

    def __str__(self) -> str:
        return self.value
