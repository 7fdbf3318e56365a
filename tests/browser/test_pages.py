"""Every page in every theme: nothing that axe objects to, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.board import FEED, connected
from tests.browser.conftest import SHOTS
from tests.browser.patience import until

TEAM = "/t/phoenix/"
RACE = f"{TEAM}races/{scene.RACE}/"
PAGES = {
    "board": FEED,
    "home": TEAM,
    "race": RACE,
    "entry": f"{RACE}karts/%s/",
    "pit-stops": f"{RACE}pit-stops/",
    "messages": f"{RACE}messages/",
    "races": f"{TEAM}races/",
    "add-feed": f"{TEAM}feeds/add/",
    "channels": f"{TEAM}channels/",
    "deliveries": f"{TEAM}deliveries/",
    "displays": f"{TEAM}displays/",
    "new-display": f"{TEAM}displays/new/",
    "watch": f"{FEED}watch/",
    "watch-mark": f"{FEED}watch/mark/?race={scene.RACE}&key=r6",
    "wall": f"{FEED}wall/",
    "phone": f"{FEED}phone/",
    "display": f"/d/{scene.CODE}/",
    "sign-in": "/accounts/login/",
}
LIVE = {"board", "display", "wall", "phone"}
ANONYMOUS = {"display", "sign-in"}
THEMES = {
    "dark": {"theme": "dark"},
    "light": {"theme": "light"},
    "sun-dark": {"theme": "dark", "contrast": "sun"},
    "sun-light": {"theme": "light", "contrast": "sun"},
}
PUT_ON = "(look) => { Object.assign(document.documentElement.dataset, look); }"
WIDTHS = {390: 844, 768: 1024, 1440: 900}


def first_key(visit: Any) -> str:
    link = visit(RACE).locator(".list tbody a").first.get_attribute("href")
    return str(link)


def open_page(visit: Any, name: str, **options: Any) -> Any:
    path = first_key(visit) if name == "entry" else PAGES[name]
    options["anonymous"] = name in ANONYMOUS
    if name in LIVE:
        return connected(visit, path, **options)
    return visit(path, **options)


@pytest.fixture
def race_is_on(site: Any) -> None:
    shown = scene.scene(30)
    site.show(shown)
    site.overlay(scene.overlay(shown))
    site.status()


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_no_objection(name: str, visit: Any, race_is_on: None) -> None:
    page = open_page(visit, name)
    for theme, look in THEMES.items():
        page.evaluate(PUT_ON, {"contrast": "normal"} | look)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{theme}: {found.generate_report()}"


def test_axe_has_no_objection_to_old_values(site: Any, visit: Any) -> None:
    long_ago = scene.now_ms() - 60_000
    site.show(scene.scene(10), at=long_ago)
    site.status(at=long_ago)
    page = visit(FEED)
    until(page, "document.body.dataset.stale === 'feed'")

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_is_photographed(name: str, width: int, visit: Any, race_is_on: None) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(visit, name, width=width, height=WIDTHS[width])
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        page.screenshot(path=SHOTS / f"{name}-{width}-{theme}.png")
    if name in ("board", "display"):
        assert page.locator("td.c-last").first.bounding_box()["x"] > 180
        assert page.locator("th.c-name").first.bounding_box()["width"] > 100
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "sectors"), [(1280, False), (1366, True)])
def test_names_have_room_on_a_laptop(
    width: int, sectors: bool, visit: Any, race_is_on: None
) -> None:
    page = connected(visit, width=width, height=720)

    assert page.locator("thead th.c-name").bounding_box()["width"] > 170
    expect(page.locator("thead th.s1")).to_be_visible(visible=sectors)


@pytest.mark.parametrize("width", WIDTHS)
def test_sixty_karts_fit(width: int, site: Any, visit: Any) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    site.show(scene.scene(60))
    page = connected(visit, width=width, height=WIDTHS[width], look={"density": "s"})

    expect(page.locator("[data-rows] tr")).to_have_count(60)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=SHOTS / f"board-60-{width}.png", full_page=True)
