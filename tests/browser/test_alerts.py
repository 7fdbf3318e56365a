"""Alerts on a board: seen, heard, and marked as seen for the whole team."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import scene
from tests.browser.alerts import ask, news, raise_alert, seen_in_database, tell
from tests.browser.conftest import until
from tests.browser.test_board import FEED, connected

LIST = "/t/phoenix/alerts/"

# Puts an ear between what sounds and the loudspeaker: `heard` is the loudest that came by.
EAR = """(() => {
  globalThis.heard = 0;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const ear = new AnalyserNode(this.context);
      const wave = new Float32Array(ear.fftSize);
      connect.call(this, ear);
      setInterval(() => {
        ear.getFloatTimeDomainData(wave);
        for (const each of wave) globalThis.heard = Math.max(globalThis.heard, Math.abs(each));
      }, 10);
    }
    return connect.call(this, target, ...rest);
  };
})()"""


@pytest.fixture(autouse=True)
def quiet_site(site: Any) -> Iterator[None]:
    """A race that is on; what one test raised is gone for the next."""
    site.show(scene.scene(5))
    site.status()
    yield
    ask(site, "delete from timing_alert")


def board(visit: Any, *, hook: Any = None, forgive: tuple[str, ...] = ()) -> Any:
    """A board that has asked what is open, so that nothing it is told is lost."""
    asked: list[str] = []

    def listen(page: Any) -> None:
        page.on("requestfinished", lambda request: asked.append(request.url))
        if hook is not None:
            hook(page)

    page = connected(visit, before=listen, forgive=forgive)
    wait(page, lambda: any(url.endswith("/alerts/open/") for url in asked))
    return page


def wait(page: Any, true: Any, *, seconds: float = 15) -> None:
    for _each in range(int(seconds * 20)):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("never true")


def titles(page: Any) -> list[str]:
    return page.locator(".alert .what").all_inner_texts()


def shows(page: Any, *wanted: str) -> None:
    wait(page, lambda: titles(page) == list(wanted))


def seen_button(page: Any, title: str) -> Any:
    return page.get_by_role("button", name=re.compile(f"^Seen ?, {title}$"))


# -- strips


def test_alert_is_a_strip_that_is_also_said(site: Any, visit: Any) -> None:
    page = board(visit)
    assert titles(page) == []

    news(site, "Kart 27 in the pits")
    shows(page, "Kart 27 in the pits")

    strip = page.locator(".alert")
    assert strip.locator(".cap span").inner_text().lower() == "warning"
    assert strip.locator(".plate").inner_text() == "27"
    assert strip.locator(".detail").inner_text() == "Stop 4, after lap 88"
    said = page.locator("[data-alert-polite]").inner_text()
    assert said == "Warning: Kart 27 in the pits. Stop 4, after lap 88"
    assert page.locator("[data-alert-assertive]").inner_text() == ""

    news(site, "Kart 27 has stopped", "danger", detail="")
    shows(page, "Kart 27 has stopped", "Kart 27 in the pits")
    assert page.locator("[data-alert-assertive]").inner_text() == "Urgent: Kart 27 has stopped"


def test_at_most_three_strips_the_worst_first(site: Any, visit: Any) -> None:
    page = board(visit)

    for title, severity in (("a", "info"), ("b", "danger"), ("c", "warning"), ("d", "danger")):
        news(site, title, severity)

    shows(page, "d", "b", "c")
    more = page.get_by_role("link", name="and 1 more")
    assert more.get_attribute("href") == LIST


def test_phone_counts_every_open_alert_on_its_tab(site: Any, visit: Any) -> None:
    for title in "abcde":
        raise_alert(site, title)

    page = connected(visit, f"{FEED}phone/", width=390, height=844)

    assert page.locator("[data-alert-count]").inner_text() == "5"
    news(site, "f")
    wait(page, lambda: page.locator("[data-alert-count]").inner_text() == "6")


def test_text_of_an_alert_is_text(site: Any, visit: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='hacked'\">"
    page = board(visit)

    news(site, hostile, detail=hostile, number="<i>1")

    shows(page, hostile)
    assert page.locator(".alert img").count() == 0


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
    assert ours.evaluate("document.activeElement.textContent") == "Seen, first"
    assert seen_in_database(site) == ["second"]

    ours.keyboard.press("Space")
    for page in (ours, theirs):
        shows(page)
    assert ours.evaluate("document.activeElement.textContent") == "All alerts"


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

    page.get_by_text("Not marked: the server did not answer.").wait_for()
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
    assert page.locator("[data-alert-assertive]").inner_text().startswith("Urgent: missed")


def test_strips_work_without_scripts(site: Any, visit: Any) -> None:
    raise_alert(site, "first")
    raise_alert(site, "second", "danger")
    page = visit(FEED, java_script_enabled=False)
    assert titles(page) == ["second", "first"]

    seen_button(page, "second").click()

    assert page.url.endswith(FEED)
    assert titles(page) == ["first"]
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

    wait(page, lambda: page.title() == f"(2) {bare}")
    page.evaluate(hide, False)
    assert page.title() == bare


# -- heard


def listening(visit: Any) -> Any:
    return board(visit, hook=lambda page: page.add_init_script(EAR))


def switch(page: Any) -> Any:
    return page.locator("[data-sound-switch]")


def count(page: Any) -> int:
    return int(page.locator("[data-sound]").get_attribute("data-sounded") or 0)


def test_nothing_sounds_that_was_not_switched_on(site: Any, visit: Any) -> None:
    page = listening(visit)
    assert switch(page).inner_text() == "Sound off"

    news(site, "loud", "danger", sound=True)

    shows(page, "loud")
    assert page.evaluate("heard") == 0
    assert count(page) == 0


def test_two_severities_are_heard_apart(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch(page).click()
    assert switch(page).get_attribute("aria-pressed") == "true"

    news(site, "soft", "warning", sound=True)
    wait(page, lambda: page.evaluate("heard") > 0.05)
    assert page.locator("[data-sound]").get_attribute("data-tone") == "notice"

    # The urgent one does not wait until the other is over.
    news(site, "loud", "danger", sound=True)
    wait(page, lambda: page.locator("[data-sound]").get_attribute("data-tone") == "danger")
    assert count(page) == 2


def test_one_sound_at_a_time(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch(page).click()

    for number in range(5):
        news(site, f"loud {number}", "danger", sound=True)

    wait(page, lambda: page.get_by_role("link", name="and 2 more").count() == 1)
    assert count(page) == 1


def test_old_and_silent_alerts_are_not_heard(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch(page).click()

    news(site, "old", "danger", sound=True, age_ms=25_000)
    news(site, "mute", "danger", sound=False)
    shows(page, "mute", "old")
    news(site, "loud", "danger", sound=True)

    wait(page, lambda: count(page) == 1)


def test_sound_can_be_tried(site: Any, visit: Any) -> None:
    page = listening(visit)
    assert page.get_by_role("button", name="Test the sound").count() == 0

    switch(page).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Test the sound").click()

    wait(page, lambda: page.evaluate("heard") > 0.05)


def test_device_remembers_and_says_what_the_browser_wants(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch(page).click()
    page.reload()
    until(page, "document.querySelector('[data-sound]').dataset.state === 'blocked'")
    assert switch(page).get_attribute("aria-pressed") == "true"
    assert "until you click on it" in page.locator("[data-sound-hint]").inner_text()

    page.locator("main").click(position={"x": 5, "y": 5})
    until(page, "document.querySelector('[data-sound]').dataset.state === 'on'")
    assert page.locator("[data-sound-hint]").inner_text() == ""

    switch(page).click()
    page.reload()
    until(page, "document.querySelector('[data-sound]').dataset.state === 'off'")


def test_tabs_of_one_device_sound_once(site: Any, visit: Any) -> None:
    first = listening(visit)
    switch(first).click()
    second = first.context.new_page()
    second.goto(f"{site.url}{LIST}")
    second.locator("h1").click()
    until(second, "document.querySelector('[data-sound]').dataset.state === 'on'")

    news(site, "loud", "danger", sound=True)

    second.get_by_text("There is a new alert.").wait_for()
    shows(first, "loud")
    assert count(first) + count(second) == 1


# -- the list


def test_list_left_open_follows_the_others(site: Any, visit: Any) -> None:
    for title in ("first", "second"):
        raise_alert(site, title)
    asked: list[str] = []
    page = visit(
        LIST, before=lambda page: page.on("requestfinished", lambda each: asked.append(each.url))
    )
    wait(page, lambda: any(url.endswith("/alerts/open/") for url in asked))
    other = board(visit)

    seen_button(other, "first").focus()
    other.keyboard.press("Enter")

    row = page.locator("tr", has_text="first")
    wait(page, lambda: "owner" in row.inner_text())
    assert row.get_by_role("checkbox").count() == 0

    news(site, "third")
    page.get_by_text("There is a new alert.").wait_for()
    page.get_by_role("link", name="Show", exact=True).click()
    assert page.locator("[data-alert][data-open]").count() == 2


def test_some_of_the_list_are_marked_by_keyboard(site: Any, visit: Any) -> None:
    for title in ("first", "second", "third"):
        raise_alert(site, title)
    page = visit(LIST)
    assert page.get_by_role("button", name="Mark the chosen").is_disabled()

    for title in ("first", "third"):
        page.get_by_role("checkbox", name=title).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Mark the chosen").focus()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{LIST}")
    wait(page, lambda: page.locator("[data-alert][data-open]").count() == 1)
    assert seen_in_database(site) == ["first", "third"]


def test_whole_page_is_chosen_at_once(site: Any, visit: Any) -> None:
    for title in ("first", "second"):
        raise_alert(site, title)
    page = visit(LIST)

    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Mark the chosen").click()

    wait(page, lambda: page.locator("[data-alert][data-open]").count() == 0)
    assert seen_in_database(site) == ["first", "second"]
