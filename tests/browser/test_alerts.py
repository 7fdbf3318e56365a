"""Alerts on a board and in their list: shown, and marked as seen for the whole team."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.alerts import (
    LIST,
    Asked,
    ask,
    board,
    news,
    raise_alert,
    seen_button,
    seen_in_database,
    shows,
    tell,
)
from tests.browser.board import FEED, connected
from tests.browser.patience import leaving, until

pytestmark = pytest.mark.usefixtures("no_alerts")

# -- strips


def test_alert_is_a_strip_that_is_also_said(site: Any, visit: Any) -> None:
    page = board(visit)
    shows(page)

    news(site, "Kart 27 in the pits")
    shows(page, "Kart 27 in the pits")

    strip, urgent = page.locator(".alert"), page.locator("[data-alert-assertive]")
    expect(strip.locator(".cap span")).to_have_text("warning", ignore_case=True)
    expect(strip.locator(".plate")).to_have_text("27")
    expect(strip.locator(".detail")).to_have_text("Stop 4, after lap 88")
    said = "Warning: Kart 27 in the pits. Stop 4, after lap 88"
    expect(page.locator("[data-alert-polite]")).to_have_text(said)
    expect(urgent).to_have_text("")

    news(site, "Kart 27 has stopped", "danger", detail="")
    shows(page, "Kart 27 has stopped", "Kart 27 in the pits")
    expect(urgent).to_have_text("Urgent: Kart 27 has stopped")


def test_at_most_three_strips_the_worst_first(site: Any, visit: Any) -> None:
    page = board(visit)

    for title, severity in (("a", "info"), ("b", "danger"), ("c", "warning"), ("d", "danger")):
        news(site, title, severity)

    shows(page, "d", "b", "c")
    expect(page.get_by_role("link", name="and 1 more")).to_have_attribute("href", LIST)


def test_phone_counts_every_open_alert_on_its_tab(site: Any, visit: Any) -> None:
    for title in "abcde":
        raise_alert(site, title)

    page = connected(visit, f"{FEED}phone/", width=390, height=844)

    expect(page.locator("[data-alert-count]")).to_have_text("5")
    news(site, "f")
    expect(page.locator("[data-alert-count]")).to_have_text("6")


def test_text_of_an_alert_is_text(site: Any, visit: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='hacked'\">"
    page = board(visit)

    news(site, hostile, detail=hostile, number="<i>1")

    shows(page, hostile)
    expect(page.locator(".alert img")).to_have_count(0)


def test_alert_told_twice_is_one(site: Any, visit: Any) -> None:
    page = board(visit)
    first = news(site, "first")
    tell(site, "alert", alert=first)
    news(site, "second")

    shows(page, "second", "first")


# -- seen


def test_seen_by_keyboard_leaves_the_other_screens(site: Any, visit: Any) -> None:
    ours, theirs = board(visit), board(visit)
    for title in ("first", "second"):
        news(site, title)
    for page in (ours, theirs):
        shows(page, "second", "first")

    seen_button(ours, "second").focus()
    ours.keyboard.press("Enter")

    for page in (ours, theirs):
        shows(page, "first")
    until(ours, "document.activeElement.textContent === 'Seen, first'")
    assert seen_in_database(site) == ["second"]

    ours.keyboard.press("Space")
    for page in (ours, theirs):
        shows(page)
    until(ours, "document.activeElement.textContent === 'All alerts'")


def test_seen_all(site: Any, visit: Any) -> None:
    ours, theirs = board(visit), board(visit)
    wanted = [f"alert {number}" for number in range(5)]
    for title in wanted:
        news(site, title)
    shows(theirs, "alert 4", "alert 3", "alert 2")
    shows(ours, "alert 4", "alert 3", "alert 2")

    ours.get_by_role("button", name="Seen all").click()

    shows(ours)
    shows(theirs)
    assert seen_in_database(site) == wanted


def test_what_cannot_be_marked_comes_back(site: Any, visit: Any) -> None:
    page = board(visit, forgive=("ERR_FAILED",))
    news(site, "stubborn")
    shows(page, "stubborn")

    page.route("**/alerts/seen/", lambda route: route.abort())
    seen_button(page, "stubborn").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Not marked: the server did not answer.")).to_be_visible()
    shows(page, "stubborn")
    assert seen_in_database(site) == []


def test_page_that_was_away_asks_what_is_open(site: Any, visit: Any) -> None:
    page = board(visit, forgive=("ERR_INTERNET_DISCONNECTED",))
    gone = news(site, "seen meanwhile")
    news(site, "still open")
    shows(page, "still open", "seen meanwhile")

    page.context.set_offline(True)
    until(page, "document.querySelector('[data-conn-block]').dataset.conn !== 'live'")
    ask(
        site,
        "update timing_alert set seen_at = at where id = ?",
        gone["id"].replace("-", ""),
    )
    raise_alert(site, "missed", "danger")
    page.context.set_offline(False)

    shows(page, "missed", "still open")
    expect(page.locator("[data-alert-assertive]")).to_have_text(re.compile("^Urgent: missed"))


def test_strips_work_without_scripts(site: Any, visit: Any) -> None:
    raise_alert(site, "first")
    raise_alert(site, "second", "danger")
    page = visit(FEED, java_script_enabled=False)
    shows(page, "second", "first")

    with leaving(page):
        seen_button(page, "second").click()

    expect(page).to_have_url(f"{site.url}{FEED}")
    shows(page, "first")
    assert seen_in_database(site) == ["second"]


def test_title_counts_while_nobody_looks(site: Any, visit: Any) -> None:
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page = board(visit)
    bare = page.title()
    page.evaluate(hide, True)

    for title in ("first", "second"):
        news(site, title)

    expect(page).to_have_title(f"(2) {bare}")
    page.evaluate(hide, False)
    expect(page).to_have_title(bare)


# -- the list


def test_list_left_open_follows_the_others(site: Any, visit: Any) -> None:
    for title in ("first", "second"):
        raise_alert(site, title)
    asked = Asked()
    page = visit(LIST, before=asked.listen)
    asked.awaited(page)
    other = board(visit)

    seen_button(other, "first").focus()
    other.keyboard.press("Enter")

    row = page.locator("tr", has_text="first")
    expect(row).to_contain_text("owner")
    expect(row.get_by_role("checkbox")).to_have_count(0)

    news(site, "third")
    expect(page.get_by_text("There is a new alert.")).to_be_visible()
    with leaving(page):
        page.get_by_role("link", name="Show", exact=True).click()
    expect(page.locator("[data-alert][data-open]")).to_have_count(2)


def test_some_of_the_list_are_marked_by_keyboard(site: Any, visit: Any) -> None:
    for title in ("first", "second", "third"):
        raise_alert(site, title)
    page = visit(LIST)
    expect(page.get_by_role("button", name="Mark the chosen")).to_be_disabled()

    for title in ("first", "third"):
        page.get_by_role("checkbox", name=title).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Mark the chosen").focus()
    with leaving(page):
        page.keyboard.press("Enter")

    expect(page).to_have_url(f"{site.url}{LIST}")
    expect(page.locator("[data-alert][data-open]")).to_have_count(1)
    assert seen_in_database(site) == ["first", "third"]


def test_whole_page_is_chosen_at_once(site: Any, visit: Any) -> None:
    for title in ("first", "second"):
        raise_alert(site, title)
    page = visit(LIST)

    page.get_by_label("All on this page").check()
    with leaving(page):
        page.get_by_role("button", name="Mark the chosen").click()

    expect(page.locator("[data-alert][data-open]")).to_have_count(0)
    assert seen_in_database(site) == ["first", "second"]
