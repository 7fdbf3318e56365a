"""Alerts for browser tests: rows of the site's database, and the frames that tell of them."""

from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from tests.browser import scene
from timing.frames import hub_news
from timing.topics import alerts_topic

Alert = dict[str, Any]
COLUMNS = "id team_id feed_id race kind severity key number title detail sound at".split()


def ask(site: Any, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.data / "db.sqlite3", timeout=20)) as database, database:
        return database.execute(query, values).fetchall()


def team(site: Any) -> uuid.UUID:
    return uuid.UUID(ask(site, "select id from teams_team where slug = 'phoenix'")[0][0])


def raise_alert(
    site: Any, title: str, severity: str = "warning", *, age_ms: int = 0, **fields: Any
) -> Alert:
    """As the writer leaves it in the database. `tell` is what the page hears."""
    alert = {
        "id": str(uuid.uuid4()),
        "feed": str(scene.FEED),
        "race": str(scene.RACE),
        "kind": "pit_in",
        "severity": severity,
        "key": "r1",
        "number": "27",
        "title": title,
        "detail": "Stop 4, after lap 88",
        "sound": False,
        "at": scene.now_ms() - age_ms,
        "seen_at": None,
        "seen_by": "",
    } | fields
    stored = alert | {
        "id": uuid.UUID(alert["id"]).hex,
        "team_id": team(site).hex,
        "feed_id": scene.FEED.hex,
        "race": scene.RACE.hex,
        "at": f"{datetime.fromtimestamp(alert['at'] / 1000, UTC):%Y-%m-%d %H:%M:%S.%f}",
    }
    marks = ",".join("?" * len(COLUMNS))
    query = f"insert into timing_alert ({','.join(COLUMNS)}) values ({marks})"
    ask(site, query, *(stored[name] for name in COLUMNS))
    return alert


def tell(site: Any, event: str, **data: Any) -> None:
    message = hub_news(alerts_topic(team(site)), event, **data)
    site.process.stdin.write(json.dumps(message) + "\n")
    site.process.stdin.flush()
    site._expect("sent")


def news(site: Any, title: str, severity: str = "warning", **fields: Any) -> Alert:
    """An alert as the pipeline raises it: announced, and written."""
    alert = raise_alert(site, title, severity, **fields)
    tell(site, "alert", alert=alert)
    return alert


def seen_in_database(site: Any) -> list[str]:
    rows = ask(site, "select title from timing_alert where seen_at is not null order by at")
    return [title for (title,) in rows]
