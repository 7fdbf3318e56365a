"""What hardly fits: long names, screens between a phone and a desk, fingers, paper."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import scene
from tests.browser.alerts import ask
from tests.browser.board import FEED, connected

TEAM = "/t/phoenix/"
LONG = "Les Dérapeurs Tranquilles de la Vallée W"
ARABIC = "نسور الحلبة الدولية لسباقات الكارتينغ"
UNBROKEN = "W" * 40


@pytest.fixture
def long_names(site: Any) -> None:
    shown = scene.scene(60)
    for key, name in (("r4", LONG), ("r3", ARABIC), ("r5", UNBROKEN)):
        shown["rows"][key]["competitor"] = name
    site.show(shown)
    site.overlay(scene.overlay(shown))
    site.status()


@pytest.mark.parametrize("width", [390, 768, 1112])
@pytest.mark.parametrize("path", [FEED, f"{FEED}watch/", f"{FEED}phone/", TEAM, f"{TEAM}members/"])
def test_long_names_push_nothing_out(path: str, width: int, visit: Any, long_names: None) -> None:
    page = visit(path, width=width)

    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1024, 1180, 1200])
def test_a_tablet_on_its_side_has_room_for_names_and_ways(
    width: int, visit: Any, long_names: None
) -> None:
    page = connected(visit, width=width, height=800)

    assert page.locator("thead th.c-name").bounding_box()["width"] > 150
    assert page.get_by_role("link", name="Wall").is_visible()
    logo = page.get_by_role("link", name="Team home").bounding_box()
    assert logo["width"] > logo["height"] * 0.9


CUT = """(selector) => {
  const node = document.querySelector(selector);
  const name = node.querySelector("bdi");
  const range = document.createRange();
  range.setStart(name.firstChild, 0);
  range.setEnd(name.firstChild, 1);
  const [first, box] = [range.getBoundingClientRect(), node.getBoundingClientRect()];
  const seen = first.left >= box.left && first.right <= box.right + 1;
  return seen && name.scrollWidth > name.clientWidth;
}"""


@pytest.mark.parametrize("key", ["r3", "r4"])
def test_a_name_that_is_cut_begins_as_it_begins(key: str, visit: Any, long_names: None) -> None:
    page = connected(visit, width=390, height=844)

    assert page.evaluate(CUT, f"tr[data-key={key}] .who")


PRESSED = """a.btn, a.brand, .top nav a, .tabs a, .seg > a, button, summary, select,
input:not([type=hidden])"""
SMALL = """nodes => nodes
  .filter(n => n.checkVisibility() && !n.closest(".sr") && getComputedStyle(n).display !== "inline")
  .map(n => [n.innerText || n.name, (n.closest("label") ?? n).getBoundingClientRect()])
  .filter(([, box]) => box.height > 1 && box.height < 43)
  .map(([text, box]) => `${text}: ${box.height}`)"""


@pytest.mark.parametrize(
    "path",
    [
        TEAM,
        f"{FEED}watch/",
        f"{TEAM}alerts/",
        f"{TEAM}rules/new/",
        f"{TEAM}members/",
        f"{TEAM}channels/",
        f"{TEAM}displays/",
        f"{TEAM}audit/",
        "/account/",
    ],
)
@pytest.mark.parametrize("width", [390, 1024])
def test_fingers_find_what_they_press(path: str, width: int, visit: Any, long_names: None) -> None:
    page = visit(path, width=width, height=844, has_touch=True, is_mobile=True)

    assert page.eval_on_selector_all(PRESSED, SMALL) == []


@pytest.mark.parametrize(
    "path",
    [
        TEAM,
        FEED,
        f"{FEED}wall/",
        f"{FEED}phone/",
        f"{FEED}watch/",
        f"{TEAM}alerts/",
        f"{TEAM}rules/",
        f"{TEAM}members/",
        f"{TEAM}channels/",
        f"{TEAM}tokens/",
        f"{TEAM}audit/",
        "/account/",
        "/account/reset/",
    ],
)
def test_axe_has_no_objection_to_what_a_phone_shows(
    path: str, visit: Any, long_names: None
) -> None:
    page = visit(path, width=390, height=844, reduced_motion="reduce")

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", [TEAM, f"{TEAM}races/{scene.RACE}/", FEED])
def test_paper_is_white_and_its_text_is_dark(path: str, visit: Any, long_names: None) -> None:
    page = visit(path)
    page.emulate_media(media="print")

    style = "getComputedStyle(document.documentElement)"
    assert page.evaluate(f"[{style}.backgroundColor, {style}.color]") == [
        "rgb(255, 255, 255)",
        "rgb(0, 0, 0)",
    ]


def test_the_hour_is_that_of_the_team(site: Any, visit: Any) -> None:
    shown = scene.scene(3)
    shown["session"]["flag_at"] = 1_780_171_500_000  # 30 May 2026, 20:05 in UTC
    site.show(shown)
    site.status()
    ask(site, "update teams_team set time_zone = 'Asia/Tokyo' where slug = 'phoenix'")
    try:
        page = connected(visit, timezone_id="America/New_York")
        said = page.text_content("[data-s=flag_since]")
    finally:
        ask(site, "update teams_team set time_zone = '' where slug = 'phoenix'")

    assert said == "since 05:05"
