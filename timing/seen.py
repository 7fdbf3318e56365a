"""Acknowledged before it was written: from who took the click to who has the alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Seen:
    """Alerts of a team that somebody saw on a page before they had rows. `until`: with them all
    that are no newer. `user` is None for a token."""

    team: UUID
    alerts: tuple[UUID, ...]
    until: datetime | None
    at: datetime
    user: int | None

    def message(self) -> dict[str, Any]:
        """To the ingesters, one of which has them."""
        return {
            "type": "alerts.seen",
            "team": str(self.team),
            "alerts": [str(alert) for alert in self.alerts],
            "until": None if self.until is None else self.until.timestamp(),
            "at": self.at.timestamp(),
            "user": self.user,
        }

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Seen:
        until = message["until"]
        return cls(
            team=UUID(message["team"]),
            alerts=tuple(UUID(alert) for alert in message["alerts"]),
            until=None if until is None else datetime.fromtimestamp(until, UTC),
            at=datetime.fromtimestamp(message["at"], UTC),
            user=message["user"],
        )
