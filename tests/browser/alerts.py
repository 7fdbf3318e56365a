"""Alerts for browser tests: rows of the site's database, the frames that tell of them, and how a
page shows them."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.board import connected
from tests.browser.patience import wait
from timing.frames import hub_news
from timing.topics import alerts_topic

Alert = dict[str, Any]
LIST = "/t/phoenix/alerts/"
_last_at = 0
COLUMNS = "id team_id feed_id race kind severity key number title detail sound at".split()


def ask(site: Any, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.data / "db.sqlite3", timeout=60)) as database, database:
        return database.execute(query, values).fetchall()


def team(site: Any) -> uuid.UUID:
    return uuid.UUID(ask(site, "select id from teams_team where slug = 'phoenix'")[0][0])


def raise_alert(
    site: Any, title: str, severity: str = "warning", *, age_ms: int = 0, **fields: Any
) -> Alert:
    """As the writer leaves it in the database. `tell` is what the page hears."""
    global _last_at
    _last_at = max(scene.now_ms(), _last_at + 1)  # each is newer than the one before
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
        "at": _last_at - age_ms,
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


# -- on a page


def board(visit: Any, *, hook: Any = None, forgive: tuple[str, ...] = ()) -> Any:
    """A board that has asked what is open, so that nothing it is told is lost."""
    asked = Asked(hook)
    page = connected(visit, before=asked.listen, forgive=forgive)
    asked.awaited(page)
    return page


class Asked:
    """Whether a page has asked what is open: after its socket was let in, it does."""

    def __init__(self, hook: Any = None) -> None:
        self._hook = hook
        self._urls: list[str] = []

    def listen(self, page: Any) -> None:
        page.on("requestfinished", lambda request: self._urls.append(request.url))
        if self._hook is not None:
            self._hook(page)

    def awaited(self, page: Any) -> None:
        wait(page, lambda: any(url.endswith("/alerts/open/") for url in self._urls))


def shows(page: Any, *wanted: str) -> None:
    whats = page.locator(".alert .what")
    expect(whats).to_have_count(len(wanted))
    expect(whats).to_have_text(list(wanted), use_inner_text=True)


def seen_button(page: Any, title: str) -> Any:
    return page.get_by_role("button", name=re.compile(f"^Seen ?, {title}$"))
