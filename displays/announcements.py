"""Announcements of the operators: said, taken back, and what is current in this process.

A row is written, then every hub is told; each keeps what is current in memory, so that pages and
sockets of whoever comes later show it without asking the database. A process that was not there
learns of it by `refresh`, at its start and now and then.

They have topics of their own, `dashboard` and `display.<code>`, and no way into those of races.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from displays.models import Announcement, Display
from teams import news
from teams.models import User
from teams.scoping import every_team
from teams.text import one_line
from timing.enums import Severity
from timing.frames import dashboard_event, hub_news

DASHBOARD = "dashboard"
MOST_CHARS = 300
MOST_MINUTES = 7 * 24 * 60
SKEW_MS = 5_000  # between the clocks of two machines
MOST_CURRENT = 5  # on one screen: who says everything says nothing


class AnnouncementError(ValueError):
    """It cannot be said like that; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Said:
    """An announcement as it goes over the wire; instants in ms."""

    id: str
    text: str
    severity: str
    at: int
    until: int

    @property
    def until_at(self) -> datetime:
        return datetime.fromtimestamp(self.until / 1000, UTC)


class Current:
    """What is said at the moment, by topic. Threads may ask and tell."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Said]] = {}
        self._lock = threading.Lock()

    def of(self, topic: str) -> list[Said]:
        """The newest first."""
        now = now_ms()
        with self._lock:
            found = [said for said in self._said.get(topic, {}).values() if said.until > now]
        return sorted(found, key=lambda said: (-said.at, said.id))[:MOST_CURRENT]

    def take(self, message: Mapping[str, Any]) -> None:
        """A message of the layer: something is said, or is over."""
        with self._lock:
            said = self._said.setdefault(message["topic"], {})
            if message.get("said"):
                said[message["id"]] = Said(**message["said"])
            else:
                said.pop(message["id"], None)
            if not said:
                del self._said[message["topic"]]

    def replace(self, found: Mapping[str, Mapping[str, Said]], *, since: int | None = None) -> None:
        """With rows. What was said `since` they were asked for (ms) may not be among them."""
        made = {topic: dict(said) for topic, said in found.items()}
        with self._lock:
            for topic, known in self._said.items():
                for pk, said in known.items():
                    if since is not None and said.at >= since:
                        made.setdefault(topic, {}).setdefault(pk, said)
            self._said = made


current = Current()


def frames_of(topic: str) -> list[str]:
    """For a socket that comes later: what is current, the oldest first."""
    return [
        dashboard_event("announcement", {"topic": topic, "announcement": asdict(said)})
        for said in reversed(current.of(topic))
    ]


def refresh() -> None:
    """Read the rows. In a thread, for the database."""
    asked_at = now_ms()
    with every_team("announcements"):
        rows = Announcement.objects.filter(until__gt=timezone.now()).select_related("display")
        found: dict[str, dict[str, Said]] = {}
        for row in rows:
            found.setdefault(topic_of(row), {})[str(row.pk)] = _said(row)
    current.replace(found, since=asked_at - SKEW_MS)


# -- saying


@transaction.atomic
def announce(
    *,
    text: str,
    severity: str = Severity.INFO,
    minutes: int = 60,
    display: Display | None = None,
    by: User | None = None,
) -> Announcement:
    """To the dashboards of all teams, or on one display. Raises AnnouncementError."""
    text = checked_text(text)
    if severity not in Severity.values:
        raise AnnouncementError(_("It is a notice, a warning, or urgent."))
    if not 1 <= minutes <= MOST_MINUTES:
        raise AnnouncementError(_("It stays for a minute at least and for a week at most."))
    now = timezone.now()
    others = Announcement.objects.filter(display=display, until__gt=now)
    if others.count() >= MOST_CURRENT:
        raise AnnouncementError(
            _("%(most)d announcements are shown there already. Take one back first.")
            % {"most": MOST_CURRENT}
        )
    until = now + timedelta(minutes=minutes)
    made = Announcement.objects.create(
        text=text, severity=severity, display=display, at=now, until=until, by=by
    )
    topic, said = topic_of(made), asdict(_said(made))
    message = hub_news(topic, "announcement", announcement=said)
    _tell_after_commit(message | {"id": said["id"], "said": said})
    return made


@transaction.atomic
def take_back(*, announcement: Announcement) -> None:
    """It is over, wherever it is shown."""
    announcement.until = timezone.now()
    announcement.save(update_fields=["until"])
    pk = str(announcement.pk)
    message = hub_news(topic_of(announcement), "announcement_ended", id=pk)
    _tell_after_commit(message | {"id": pk, "said": None})


def checked_text(text: str) -> str:
    text = one_line(text)
    if not text:
        raise AnnouncementError(_("Say something."))
    if len(text) > MOST_CHARS:
        raise AnnouncementError(_("At most %(most)d characters.") % {"most": MOST_CHARS})
    return text


def topic_of(announcement: Announcement) -> str:
    if announcement.display_id is None:
        return DASHBOARD
    assert announcement.display is not None, "not in the scope: never said to all instead"
    return display_topic(announcement.display.code)


def display_topic(code: str) -> str:
    return f"display.{code}"


def still(announcements: Any) -> Any:
    """Of these rows, those that are not over."""
    return announcements.filter(until__gt=timezone.now())


def _tell_after_commit(message: dict[str, Any]) -> None:
    message["type"] = "hub.announcement"

    def tell() -> None:
        current.take(message)  # here at once, also where no hub runs
        news.tell(news.HUB_GROUP, message)

    transaction.on_commit(partial(tell))


def _said(row: Announcement) -> Said:
    pk: UUID = row.pk
    return Said(str(pk), row.text, row.severity, _ms(row.at), _ms(row.until))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
