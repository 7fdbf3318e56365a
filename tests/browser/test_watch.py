"""Watching in a browser: the strip, marks, filters, the wall and the phone."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.board import FEED, LINKED, connected
from tests.browser.patience import LATER, Wire, leaving, until, wait, waiting

WALL, PHONE = f"{FEED}wall/", f"{FEED}phone/"
CARDS = "[data-cards] > li"


@pytest.fixture
def race_is_on(site: Any) -> None:
    shown = scene.scene(30)
    site.show(shown)
    site.overlay(scene.overlay(shown))
    site.status()


def card(page: Any, key: str, field: str) -> str:
    return str(page.text_content(f'{CARDS}[data-key="{key}"] [data-f="{field}"]'))


def kind(page: Any, key: str) -> str:
    return str(page.get_attribute(f'tr[data-key="{key}"]', "data-kind"))


SHOWN = "[...document.querySelectorAll('[data-rows] tr')].filter(r => !r.hidden)"


def shows(page: Any, *keys: str) -> None:
    until(page, f"{SHOWN}.map(r => r.dataset.key).join() === {json.dumps(','.join(keys))}")


def shows_all(page: Any) -> None:
    until(page, f"{SHOWN}.length === 30")


# -- the strip


def test_strip_shows_ours_and_the_rivals(visit: Any, race_is_on: None) -> None:
    page = connected(visit)

    keys = page.eval_on_selector_all(CARDS, "cards => cards.map(c => c.dataset.key)")
    assert keys == [scene.OURS, *scene.RIVALS]
    assert card(page, "r3", "cap") == "ahead of us"
    assert card(page, "r3", "pace") == "we close 0.31 s/lap"
    assert card(page, "r3", "catch") == "catch in 27 laps"
    assert card(page, "r5", "chip") == "PIT"
    assert card(page, "r5", "note") == "stops long"
    assert page.text_content("[data-s=us]") == "P4"
    assert page.text_content("[data-s=us_sub]") == "Plan B · seven stops"
    assert kind(page, "r4") == "ours"
    assert kind(page, "r3") == "rival"


def test_gap_update_changes_the_card(site: Any, visit: Any, race_is_on: None) -> None:
    page = connected(visit)
    said = scene.overlay(site.shown)
    said["watched"][0] |= {"gap": [1, 2_345], "closing_ms": 640, "catch_laps": 1, "chaser": "they"}

    with waiting(
        page, f"document.querySelector('{CARDS}[data-key=r3] .big').innerText !== '5.041'"
    ):
        site.overlay(said)

    assert [card(page, "r3", name) for name in ("big_laps", "big", "pace", "catch")] == [
        "1 L",
        "2.345",
        "they close 0.64 s/lap",
        "catch in 1 lap",
    ]


def test_nothing_moves_when_a_gap_changes(site: Any, visit: Any, race_is_on: None) -> None:
    edges = f"""[...document.querySelectorAll("{CARDS}, thead th, [data-rows] tr")]
      .map((node) => JSON.stringify(node.getBoundingClientRect()))"""
    page = connected(visit)
    before = page.evaluate(edges)
    said = scene.overlay(site.shown)
    for each in said["watched"]:
        each |= {"gap": [111, 3_599_999], "closing_ms": -99_999, "trend": [-99_999, None, 99_999]}

    with waiting(page, f"document.querySelector('{CARDS}[data-key=r3] .big').innerText[0] === '1'"):
        site.overlay(said)

    assert page.evaluate(edges) == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_note_is_text(site: Any, visit: Any, race_is_on: None) -> None:
    hostile = "<img src=x onerror=\"document.title='hacked'\">"
    page = connected(visit)
    said = scene.overlay(site.shown)
    said["plan"] = said["watched"][0]["note"] = hostile

    with waiting(page, f"document.querySelector('{CARDS}[data-key=r3] .note').innerText"):
        site.overlay(said)

    assert card(page, "r3", "note") == hostile
    assert page.query_selector_all("[data-watch] img, header img") == []


def test_strip_scrolls_by_keyboard(visit: Any, race_is_on: None) -> None:
    page = connected(visit, width=900)
    strip = page.locator("[data-cards]")

    strip.focus()
    with waiting(page, "document.querySelector('[data-cards]').scrollLeft > 0"):
        page.keyboard.press("End")
        for _step in range(20):
            page.keyboard.press("ArrowRight")


def test_overlay_follows_the_next_race(site: Any, visit: Any, race_is_on: None) -> None:
    page = connected(visit)
    following = scene.scene(12, race=scene.NEXT_RACE)
    site.show(following)
    said = scene.overlay(following)
    said["watched"] = said["watched"][:1]
    said["watched"][0]["note"] = "of the next race"
    site.overlay(said)

    with waiting(page, f"document.querySelectorAll('{CARDS}').length === 2"):
        site.status(race=scene.NEXT_RACE)

    assert card(page, "r3", "note") == "of the next race"
    assert f"/races/{scene.NEXT_RACE}/" in page.get_attribute('tr[data-key="r3"] a.who', "href")
    site.status()


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
OBSERVE = """() => {
  globalThis.seen = [];
  const watched = { subtree: true, characterData: true, childList: true, attributes: true };
  const note = (all) => seen.push(...all.map((each) => each.target.parentNode?.outerHTML));
  for (const part of document.querySelectorAll(".strip, [data-watch], #board")) {
    new MutationObserver(note).observe(part, watched);
  }
}"""


def test_hidden_page_paints_nothing_and_catches_up(site: Any, visit: Any, race_is_on: None) -> None:
    wires: list[Wire] = []
    page = connected(visit, before=lambda page: wires.append(Wire(page)))
    wire = wires[0]
    page.evaluate(HIDE, True)
    page.evaluate(LATER, 300)  # what was to be painted for a moment ago
    page.evaluate(OBSERVE)
    changed = copy.deepcopy(site.shown)
    changed["rows"]["r1"]["laps"] = 999
    site.change(changed)
    wait(page, lambda: any('"laps": 999' in each for each in wire.heard))
    page.evaluate(LATER, 1_200)  # paints every 250 ms, ticks every 500 ms
    assert page.evaluate("seen") == []

    page.evaluate(HIDE, False)
    until(page, "document.querySelector('tr[data-key=r1] [data-f=laps]').textContent === '999'")


# -- marks


def test_row_is_marked_and_taken_back_by_keyboard(visit: Any, race_is_on: None) -> None:
    page = connected(visit)
    page.locator('tr[data-key="r8"] .marker').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Zielona Góra KK")).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('tr[data-key=r8]').dataset.kind === 'rival'")
    expect(page.get_by_text("Zielona Góra KK is watched as a rival.")).to_be_visible()
    until(page, "document.activeElement.closest('tr')?.dataset.key === 'r8'")
    until(page, f"document.querySelector('{CARDS}[data-key=r8]')")

    page.get_by_role("button", name="Undo").press("Enter")
    until(page, "document.querySelector('tr[data-key=r8]').dataset.kind === ''")
    expect(page.get_by_text("Zielona Góra KK is no longer watched.")).to_be_visible()


def test_removal_is_undone_with_its_note(visit: Any, race_is_on: None) -> None:
    page = connected(visit)
    page.locator('tr[data-key="r5"] .marker').click()
    expect(page.get_by_label("Note")).to_have_value("stops long")

    page.get_by_role("button", name="Stop watching").click()
    until(page, "document.querySelector('tr[data-key=r5]').dataset.kind === ''")
    page.get_by_role("button", name="Undo").click()

    until(page, "document.querySelector('tr[data-key=r5]').dataset.kind === 'rival'")
    until(page, f"document.querySelector('{CARDS}[data-key=r5] .note')?.innerText === 'stops long'")


def test_mark_that_is_refused_disappears_again(visit: Any, race_is_on: None) -> None:
    page = connected(visit, forgive=("503",))
    page.route("**/watch/mark/", lambda route: route.fulfill(status=503, body="away"))
    page.locator('tr[data-key="r8"] .marker').click()

    page.get_by_role("button", name="Ours", exact=True).click()

    expect(page.get_by_text("Not saved: the server did not answer. Try again.")).to_be_visible()
    until(page, "document.querySelector('tr[data-key=r8]').dataset.kind === ''")


def test_row_is_marked_by_touch_on_a_phone(visit: Any, race_is_on: None) -> None:
    page = connected(visit, width=390, height=844, has_touch=True)

    page.locator('tr[data-key="r7"] td.c-kart').tap()

    expect(page.get_by_role("dialog")).to_be_visible()
    for button in page.locator("dialog .kinds button:visible").all():
        assert button.bounding_box()["height"] >= 44
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()


def test_row_is_marked_without_a_script(visit: Any, race_is_on: None) -> None:
    page = visit(FEED, java_script_enabled=False)
    with leaving(page):
        page.locator('tr[data-key="r10"] .marker').click()

    with leaving(page):
        page.get_by_role("button", name="Rival").click()
    expect(page.get_by_text("Rapides du Lac is watched as a rival.")).to_be_visible()
    with leaving(page):
        page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("Rapides du Lac is no longer watched.")).to_be_visible()


# -- which rows are shown


def test_filter_is_live_and_kept_in_the_address(visit: Any, race_is_on: None) -> None:
    page = connected(visit)
    page.keyboard.press("/")
    page.keyboard.type("kestrel")

    shows(page, "r3", "r4")
    expect(page.locator("[data-filter] [data-count]")).to_have_text("2 of 30 karts")
    expect(page).to_have_url(re.compile(r"\?q=kestrel$"))
    page.get_by_label("hide ours too").check()
    shows(page, "r3")

    page.reload()
    until(page, LINKED)
    shows(page, "r3")
    expect(page.get_by_label("Number or name")).to_have_value("kestrel")

    page.get_by_label("Number or name").press("Escape")
    shows_all(page)
    page.get_by_role("radio", name="Watched").check()
    shows(page, "r2", "r3", "r4", "r5", "r11")


def test_filter_holds_while_the_race_goes_on(site: Any, visit: Any, race_is_on: None) -> None:
    page = connected(visit, f"{FEED}?class=no2")
    changed = copy.deepcopy(site.shown)
    changed["rows"]["r30"] |= {"class": "no2", "laps": 300}

    with waiting(page, "!document.querySelector('tr[data-key=r30]').hidden"):
        site.change(changed)

    expect(page.locator("tr[data-key=r4]")).to_be_visible()
    expect(page.get_by_label("Class")).to_have_value("no2")


def test_filter_that_finds_nobody_says_so(visit: Any, race_is_on: None) -> None:
    page = connected(visit, f"{FEED}?q=nobody&ours=0")

    shows(page)
    page.get_by_role("link", name="Show all karts").click()
    shows_all(page)
    expect(page).to_have_url(re.compile("^((?!q=).)*$"))


# -- wall


UNITS = """(selector) => {
  const node = document.querySelector(selector);
  const unit = Math.min(innerWidth / 1920, innerHeight / 1080);
  const style = getComputedStyle(node);
  const pen = new OffscreenCanvas(9, 9).getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return pen.measureText("4").actualBoundingBoxAscent / unit;
}"""


@pytest.mark.parametrize("size", [(1920, 1080), (1440, 900), (1280, 720)])
def test_wall_is_read_from_three_metres(
    size: tuple[int, int], visit: Any, race_is_on: None
) -> None:
    page = connected(visit, WALL, width=size[0], height=size[1])

    assert page.text_content("[data-us] [data-f=place]") == "P4"
    for primary in (
        "[data-f=place]",
        "[data-f=ahead_gap]",
        "[data-f=last]",
        ".stint [data-f=stint]",
    ):
        assert page.evaluate(UNITS, f"[data-us] {primary}") >= 54, primary
    for rest in (".stint .cap", "[data-f=ahead_pace]", "[data-f=plan]"):
        assert page.evaluate(UNITS, f"[data-us] {rest}") >= 20, rest


@pytest.mark.parametrize("size", [(1920, 1080), (1440, 900), (768, 1024)])
def test_wall_does_not_scroll(size: tuple[int, int], visit: Any, race_is_on: None) -> None:
    page = connected(visit, WALL, width=size[0], height=size[1])

    root = "document.documentElement"
    assert page.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == list(size)
    rows = page.locator("[data-near] tr")
    expect(rows).to_have_count(7)
    assert rows.last.bounding_box()["y"] + rows.last.bounding_box()["height"] <= size[1]


def test_wall_counts_the_stint_against_its_limit(site: Any, visit: Any) -> None:
    shown = scene.scene(30)
    shown["rows"]["r4"]["stint_at"] = scene.now_ms() - 62 * 60_000
    site.show(shown)
    site.overlay(scene.overlay(shown))
    site.status()
    page = connected(visit, WALL)

    # Of 65 minutes, whose end stands at 86 % of the bar.
    expect(page.locator(".stint")).to_have_attribute("data-zone", "late")
    expect(page.locator("[data-f=left]")).to_have_text(re.compile(r"^0[0-3]:\d\d left$"))
    assert 82 <= float(page.get_attribute("[data-bar]", "width")) < 86


def test_wall_goes_on_with_the_next_race(site: Any, visit: Any, race_is_on: None) -> None:
    page = connected(visit, WALL)
    following = scene.scene(12, race=scene.NEXT_RACE)
    following["rows"]["r4"]["last_ms"] = 59_999
    site.show(following)
    site.overlay(scene.overlay(following))

    with waiting(
        page, "document.querySelector('[data-us] [data-f=last]').textContent === '59.999'"
    ):
        site.status(race=scene.NEXT_RACE)
    site.status()


def test_wall_without_our_kart_says_so_and_fills_by_itself(site: Any, visit: Any) -> None:
    few = scene.scene(3)
    site.show(few)
    site.status()
    page = connected(visit, WALL)
    expect(page.get_by_text("Your kart is not in this race")).to_be_visible()
    expect(page.locator("[data-us]")).to_be_hidden()

    everybody = scene.scene(30)
    site.show(everybody)
    site.overlay(scene.overlay(everybody))

    expect(page.locator("[data-us]")).to_be_visible()
    expect(page.get_by_text("Your kart is not in this race")).to_be_hidden()


# -- phone


def test_phone_turns_between_its_parts(visit: Any, race_is_on: None) -> None:
    page = connected(visit, PHONE, width=390, height=844, has_touch=True)
    expect(page.locator("[data-us] [data-f=place]")).to_have_text("P4")
    expect(page.locator("#everybody")).to_be_hidden()

    page.get_by_role("link", name="Board", exact=True).tap()
    expect(page.locator("#everybody")).to_be_visible()
    expect(page.locator("[data-everybody] tr")).to_have_count(30)
    expect(page.locator("#now")).to_be_hidden()

    page.get_by_role("link", name="Alerts").first.tap()
    expect(page.locator("#alerts")).to_be_visible()
    page.go_back()
    expect(page.locator("#everybody")).to_be_visible()


@pytest.mark.parametrize("part", ["now", "everybody", "alerts"])
def test_phone_has_targets_for_thumbs(part: str, visit: Any, race_is_on: None) -> None:
    page = connected(visit, f"{PHONE}#{part}", width=390, height=844)

    small = page.eval_on_selector_all(
        "a:not(.skip), button, input, select",
        """nodes => nodes.filter(n => n.checkVisibility() && !n.closest(".sr"))
          .map(n => [n.innerText, n.getBoundingClientRect().height])
          .filter(([, height]) => height && height < 44)""",
    )
    assert small == []


def test_phone_without_a_script_has_all_of_it(visit: Any, race_is_on: None) -> None:
    page = visit(PHONE, java_script_enabled=False, width=390, height=844)

    expect(page.locator("#now")).to_be_visible()
    expect(page.locator("[data-everybody] tr")).to_have_count(30)
