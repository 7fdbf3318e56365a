"""What of a browser's pushes ends with its session, in a real service worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CHROMIUM, new_context
from tests.browser.patience import leaving, until
from tests.browser.server import PASSWORD
from tests.browser.test_push import CHANNELS, STAND_IN, alert, page, push, worker
from tests.pages.test_channels import given

__all__ = ["page", "push", "worker"]  # the fixtures

WHEN = """navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((list) => list.map(({ timestamp }) => timestamp))"""


def test_a_push_says_when_it_happened_and_not_when_it_came(page: Any, push: Any) -> None:
    push(alert().replace('"tag"', '"at": 1780000000000, "tag"'))
    until(page, f"{WHEN}.then((list) => list.length === 1)")

    assert page.evaluate(WHEN) == [1780000000000]


@pytest.fixture
def laptop(chromium: Any, site: Any) -> Iterator[Any]:
    """A browser of its own: one that has cleared its storage on the way out loses now and then
    what comes to the service workers of those after it."""
    stand_in = STAND_IN % json.dumps(given("https://push.example.net/pit-wall"))
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    context = new_context(browser)
    context.grant_permissions(["notifications"], origin=site.url)
    found = context.new_page()
    found.add_init_script(stand_in)
    yield found
    browser.close()


def sign_in(page: Any) -> None:
    page.get_by_label("User name").fill("owner")
    page.get_by_label("Password").fill(PASSWORD)
    with leaving(page):
        page.get_by_role("button", name="Sign in").click()


def test_signing_out_takes_the_pushes_of_this_browser_along(laptop: Any, site: Any) -> None:
    laptop.goto(f"{site.url}{CHANNELS}")
    sign_in(laptop)
    ask, device = laptop.get_by_role("button", name="Push to this device"), "tr[data-device]"
    with leaving(laptop):
        ask.click()
    expect(laptop.locator(device).get_by_text("this device")).to_be_visible()

    laptop.locator("details[data-menu] summary").last.click()
    with leaving(laptop):
        laptop.get_by_role("button", name="Sign out").click()

    until(laptop, "navigator.serviceWorker.getRegistration('/').then((found) => !found)")
    laptop.goto(f"{site.url}{CHANNELS}")
    sign_in(laptop)
    expect(ask).to_be_visible()
    expect(laptop.locator(device)).to_have_count(0)
