"""Alerts that are heard: what sounds, when, and in which tab."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.alerts import LIST, Asked, news, shows
from tests.browser.patience import wait
from tests.browser.sound import HOLD, count, is_heard, listening, sound_is, switch, switch_on

pytestmark = pytest.mark.usefixtures("no_alerts")


def test_nothing_sounds_that_was_not_switched_on(site: Any, visit: Any) -> None:
    page = listening(visit)
    expect(switch(page)).to_have_text("Sound off", use_inner_text=True)
    sound_is(page, "off")

    news(site, "loud", "danger", sound=True)

    shows(page, "loud")  # and when it is shown, its sound is decided
    assert page.evaluate("heard") == 0
    assert count(page) == 0


def test_two_severities_are_heard_apart(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch_on(page)
    expect(switch(page)).to_have_attribute("aria-pressed", "true")
    page.evaluate(HOLD)

    news(site, "soft", "warning", sound=True)
    is_heard(page)
    expect(page.locator("[data-sound]")).to_have_attribute("data-tone", "notice")

    # The urgent one does not wait until the other is over.
    news(site, "loud", "danger", sound=True)
    expect(page.locator("[data-sound]")).to_have_attribute("data-tone", "danger")
    assert count(page) == 2


def test_an_urgent_one_that_comes_with_a_softer_one_is_heard(site: Any, visit: Any) -> None:
    """One frame of a feed may be both."""
    held: list[str] = []

    def both_at_once(route: Any) -> None:
        server = route.connect_to_server()

        def from_server(message: str) -> None:
            if '"event": "alert"' in message or '"event":"alert"' in message:
                held.append(message)
            else:
                route.send(message)
            if len(held) == 2:
                for each in held:
                    route.send(each)

        server.on_message(from_server)

    page = listening(visit, before=lambda page: page.route_web_socket("**/ws/", both_at_once))
    switch_on(page)
    page.evaluate(HOLD)

    news(site, "soft", "warning", sound=True)
    news(site, "loud", "danger", sound=True)

    shows(page, "loud", "soft")
    expect(page.locator("[data-sound]")).to_have_attribute("data-tone", "danger")
    is_heard(page)


def test_one_sound_at_a_time(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch_on(page)
    page.evaluate(HOLD)

    for number in range(5):
        news(site, f"loud {number}", "danger", sound=True)

    expect(page.get_by_role("link", name="and 2 more")).to_be_visible()
    assert count(page) == 1


def test_old_and_silent_alerts_are_not_heard(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch_on(page)

    news(site, "old", "danger", sound=True, age_ms=25_000)
    news(site, "mute", "danger", sound=False)
    shows(page, "mute", "old")
    assert count(page) == 0
    news(site, "loud", "danger", sound=True)

    wait(page, lambda: count(page) == 1)


def test_sound_can_be_tried(site: Any, visit: Any) -> None:
    page = listening(visit)
    expect(page.get_by_role("button", name="Test the sound")).to_have_count(0)

    switch(page).focus()
    page.keyboard.press("Enter")
    sound_is(page, "on")
    page.get_by_role("button", name="Test the sound").click()

    is_heard(page)


def test_device_remembers_and_says_what_the_browser_wants(site: Any, visit: Any) -> None:
    page = listening(visit)
    switch_on(page)
    page.reload()
    sound_is(page, "blocked")
    expect(switch(page)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-sound-hint]")).to_contain_text("until you click on it")

    page.locator("main").click(position={"x": 5, "y": 5})
    sound_is(page, "on")
    expect(page.locator("[data-sound-hint]")).to_have_text("")

    switch(page).click()
    sound_is(page, "off")
    page.reload()
    sound_is(page, "off")


def test_tabs_of_one_device_sound_once(site: Any, visit: Any) -> None:
    first = listening(visit)
    switch_on(first)
    second, asked = first.context.new_page(), Asked()
    asked.listen(second)
    second.goto(f"{site.url}{LIST}")
    second.locator("h1").click()
    sound_is(second, "on")
    asked.awaited(second)
    for page in (first, second):
        page.evaluate(HOLD)

    news(site, "loud", "danger", sound=True)

    expect(second.get_by_text("There is a new alert.")).to_be_visible()
    shows(first, "loud")
    assert count(first) + count(second) == 1
