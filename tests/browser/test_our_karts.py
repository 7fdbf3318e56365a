"""Several karts of ours: the reader chooses which one the wall and the phone are about."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.alerts import ask
from tests.browser.board import FEED, connected
from tests.pages.test_vectors import vectors

WALL, PHONE = f"{FEED}wall/", f"{FEED}phone/"
PLACE = "[data-us] [data-f=place]"

CHOICES = """async ([every, { board, letters, words }]) => {
  const js = await import("/static/js/live/overlay.js");
  return every.cases.map(({ overlay: name, asked }) => {
    const given = every.overlays[name];
    const seen = given && js.seenFrom(given, asked);
    const karts = js.ourKarts(seen, board, letters, words);
    return {
      own: seen && seen.own,
      watched: (seen?.watched ?? []).map((of) => [of.key, of.gap, of.closing_ms, of.trend]),
      karts: karts.map((of) => [of.asked, of.number, of.place, of.chosen]),
    };
  });
}"""


def test_the_browser_chooses_as_the_server_does(visit: Any) -> None:
    page = visit("/", anonymous=True)
    every = vectors("ours")

    found = page.evaluate(CHOICES, [every, vectors("overlay")])

    assert found == [
        {name: case[name] for name in ("own", "watched", "karts")} for case in every["cases"]
    ]


@pytest.fixture
def two_of_ours(site: Any) -> Iterator[dict[str, Any]]:
    """r4 and r11, of which the team says for a while that it is theirs too."""
    shown = scene.scene(30)
    number = shown["rows"]["r11"]["number"]
    ask(site, "update timing_monitor set kind = 'ours' where value = ?", number)
    site.show(shown)
    site.overlay(both(site, shown))
    site.status()
    yield shown
    ask(site, "update timing_monitor set kind = 'rival' where value = ?", number)


def mark_of(site: Any, row: dict[str, Any]) -> int:
    return int(ask(site, "select id from timing_monitor where value = ?", row["number"])[0][0])


def both(site: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """What the pipeline says then."""
    made = scene.overlay(shown)
    rows = [shown["rows"][key] for key in ("r4", "r11")]
    names = ("key", "number", "driver", "stint", "stint_at", "pit_at")
    rest = {"note": "", "stint_limit_ms": None}
    ours = [{name: r[name] for name in names} | rest | {"monitor": mark_of(site, r)} for r in rows]
    for each in made["watched"]:
        each["kind"] = "ours" if each["key"] == "r11" else "rival"
    return made | {"ours": ours}


@pytest.mark.parametrize("path", [WALL, PHONE])
def test_another_kart_of_ours_is_a_click_away(
    path: str, site: Any, visit: Any, two_of_ours: dict[str, Any]
) -> None:
    page = connected(visit, path)
    choice = page.get_by_role("navigation", name="Our karts").get_by_role("link")
    expect(choice).to_have_count(2)
    expect(page.locator(PLACE)).to_have_text("P4")

    choice.filter(has_text="P11").click()

    expect(page).to_have_url(
        re.compile(rf"\?kart={mark_of(site, two_of_ours['rows']['r11'])}-r11$")
    )
    expect(page.locator(PLACE)).to_have_text("P11")
    expect(page.locator("[data-mine] [aria-current]")).to_have_attribute("data-key", "r11")


def test_what_comes_later_is_about_the_chosen_kart(
    site: Any, visit: Any, two_of_ours: dict[str, Any]
) -> None:
    mark = mark_of(site, two_of_ours["rows"]["r11"])
    page = connected(visit, f"{WALL}?kart={mark}-r11")
    expect(page.locator(PLACE)).to_have_text("P11")

    changed = copy.deepcopy(two_of_ours)
    changed["rows"]["r11"]["last_ms"] = 59_999
    changed["rows"]["r4"]["pos"] = 3
    site.change(changed)
    site.overlay(both(site, changed))

    expect(page.locator("[data-us] [data-f=last]")).to_have_text("59.999")
    expect(page.locator("[data-mine] [data-key=r4] [data-f=place]")).to_have_text("P3")


def test_one_kart_of_ours_is_no_choice(site: Any, visit: Any) -> None:
    shown = scene.scene(30)
    site.show(shown)
    site.overlay(scene.overlay(shown))
    site.status()

    page = connected(visit, PHONE, width=390, height=844)

    expect(page.locator(PLACE)).to_have_text("P4")
    expect(page.get_by_role("navigation", name="Our karts")).to_be_hidden()


@pytest.mark.parametrize("size", [(1920, 1080), (1440, 900), (768, 1024)])
def test_a_wall_with_a_choice_does_not_scroll(
    size: tuple[int, int], site: Any, visit: Any, two_of_ours: dict[str, Any]
) -> None:
    page = connected(visit, WALL, width=size[0], height=size[1])
    expect(page.get_by_role("navigation", name="Our karts")).to_be_visible()

    root = "document.documentElement"
    assert page.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == list(size)
    hero, gaps = page.locator(".hero .plan").bounding_box(), page.locator(".gaps").bounding_box()
    assert hero["y"] + hero["height"] <= gaps["y"]
