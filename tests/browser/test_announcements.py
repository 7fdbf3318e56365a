"""What operators say, in a browser: it appears by itself, is put away, and goes when it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.alerts import ask
from tests.browser.board import FEED, connected

TEAM = "/t/phoenix/"
SAID = ".says details"
TEXT = "The server restarts at 14:00. <b>Boards</b> come back by themselves."


@pytest.fixture
def say(site: Any) -> Iterator[Any]:
    """Says it as a service does: a row, then a message to the hubs."""
    site.show(scene.scene(5))
    site.status()

    def said() -> str:
        pk, now = uuid4(), datetime.now(UTC)
        until = now + timedelta(minutes=10)
        ask(
            site,
            "insert into displays_announcement (id, text, severity, at, until) values "
            f"('{pk.hex}', '{TEXT}', 'warning', '{now:%Y-%m-%d %H:%M:%S}', "
            f"'{until:%Y-%m-%d %H:%M:%S}')",
        )
        instants = {"at": int(now.timestamp() * 1000), "until": int(until.timestamp() * 1000)}
        whole = {"id": str(pk), "text": TEXT, "severity": "warning", **instants}
        tell("announcement", str(pk), whole, announcement=whole)
        return str(pk)

    def tell(event: str, pk: str, whole: Any, **data: Any) -> None:
        frame = {"type": "dashboard_event", "event": event, "data": {"topic": "dashboard"} | data}
        message = {"type": "hub.announcement", "topic": "dashboard", "id": pk, "said": whole}
        site.process.stdin.write(json.dumps(message | {"frame": json.dumps(frame)}) + "\n")
        site.process.stdin.flush()
        site._expect("sent")

    made: list[str] = []

    def over() -> None:
        while made:
            tell("announcement_ended", pk := made.pop(), None, id=pk)

    yield SimpleNamespace(something=lambda: made.append(said()), over=over)
    ask(site, "delete from displays_announcement")
    over()


def test_it_appears_on_a_page_that_is_open_and_stays_away_once_put_away(
    visit: Any, say: Any
) -> None:
    page = connected(visit)
    say.something()
    expect(page.locator(SAID)).to_contain_text(TEXT)
    expect(page.locator(f"{SAID} b")).to_have_text("Warning")
    assert Axe().run(page, ".says").response["violations"] == []

    page.locator(f"{SAID} summary").click()
    expect(page.locator(SAID)).to_have_count(0)
    page.reload()
    expect(page.locator("[data-announcements]")).to_have_count(1)
    expect(page.locator(SAID)).to_have_count(0)


def test_it_goes_when_it_is_taken_back(visit: Any, say: Any) -> None:
    page = connected(visit)
    say.something()
    expect(page.locator(SAID)).to_have_count(1)
    say.over()
    expect(page.locator(SAID)).to_have_count(0)


def test_it_goes_by_itself_when_its_time_is_over(visit: Any, say: Any) -> None:
    page = connected(visit, before=lambda page: page.clock.install())
    say.something()
    expect(page.locator(SAID)).to_have_count(1)
    page.clock.fast_forward("11:00")
    expect(page.locator(SAID)).to_have_count(0)


@pytest.mark.parametrize("path", [TEAM, FEED, f"{FEED}wall/", f"{FEED}phone/", f"{TEAM}displays/"])
def test_whoever_comes_later_sees_it_without_scripts(path: str, visit: Any, say: Any) -> None:
    say.something()
    page = visit(path, width=390, height=844, java_script_enabled=False)
    expect(page.locator(SAID)).to_contain_text(TEXT)
    page.locator(f"{SAID} summary").click()
    expect(page.locator(f"{SAID} p")).to_be_hidden()
