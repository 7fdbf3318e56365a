from __future__ import annotations

import copy
import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.board import CONNECTED, FEED, cell, connected, keys
from tests.browser.patience import until, wait, waiting


def test_board_fills_and_updates(site: Any, visit: Any) -> None:
    first = scene.scene(5)
    site.show(first)
    site.status()
    page = connected(visit)
    assert keys(page) == ["r1", "r2", "r3", "r4", "r5"]

    second = copy.deepcopy(first)
    second["order"] = ["r2", "r1", "r3", "r5"]
    del second["rows"]["r4"]
    second["rows"]["r2"] |= {"pos": 1, "gap": None, "last_ms": 58_500, "last_mark": "best"}
    second["rows"]["r1"] |= {"pos": 2, "gap": [0, 812]}
    second["session"] |= {"flag": "red", "best_ms": 58_500, "best_key": "r2"}
    with waiting(page, "document.querySelector('[data-rows] tr').dataset.key === 'r2'"):
        site.change(second)

    assert keys(page) == ["r2", "r1", "r3", "r5"]
    assert cell(page, "r2", "last") == "58.500"
    assert cell(page, "r1", "gap") == "0.812"
    assert page.text_content("[data-s=flag_word]") == "Red"
    assert page.text_content("[data-s=best]") == "58.500"


def test_board_that_missed_a_frame_asks_for_it(site: Any, visit: Any) -> None:
    lost: list[str] = []

    def lose_one(route: Any) -> None:
        server = route.connect_to_server()

        def from_server(message: str) -> None:
            if "teams_update" in message and not lost:
                lost.append(message)
            else:
                route.send(message)

        server.on_message(from_server)

    site.show(scene.scene(3))
    page = connected(visit, before=lambda page: page.route_web_socket("**/ws/", lose_one))
    for key, laps in (("r1", 801), ("r3", 803)):
        changed = copy.deepcopy(site.shown)
        changed["rows"][key]["laps"] = laps
        site.change(changed)

    until(page, "document.querySelector('tr[data-key=r3] [data-f=laps]').textContent === '803'")

    assert len(lost) == 1
    assert cell(page, "r1", "laps") == "801"


def test_text_of_the_feed_is_text(site: Any, visit: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='hacked'\">"
    site.show(scene.scene(3))
    page = connected(visit)
    shown = copy.deepcopy(site.shown)
    shown["rows"]["r2"] |= dict.fromkeys(("competitor", "driver", "number", "penalty"), hostile)
    shown["rows"][hostile] = shown["rows"]["r2"] | {"key": hostile}
    shown["order"] = [*shown["order"], hostile]
    shown["messages"] = [{"time": "1", "kind": "text", "number": hostile, "text": hostile}]
    shown["session"] |= {"event": hostile, "banner": {"kind": "text", "text": hostile}}

    with waiting(page, "document.querySelectorAll('[data-rows] tr').length === 4"):
        site.change(shown)

    assert cell(page, "r2", "competitor") == hostile
    assert page.query_selector_all("main img, aside img, header img") == []
    assert "hacked" not in page.title().split("·")[1:]


def test_next_race_of_the_feed_takes_the_board(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    site.status()
    page = connected(visit)

    site.show(scene.scene(7, race=scene.NEXT_RACE))
    with waiting(page, "document.querySelectorAll('[data-rows] tr').length === 7"):
        site.status(race=scene.NEXT_RACE)

    site.show(scene.scene(3))
    with waiting(page, "document.querySelectorAll('[data-rows] tr').length === 3"):
        site.status()


def test_quiet_feed_greys_the_board_and_recovers(site: Any, visit: Any) -> None:
    long_ago = scene.now_ms() - 31_000
    site.show(scene.scene(3), at=long_ago)
    site.status(at=long_ago)
    page = visit(FEED)
    until(page, "document.body.dataset.stale === 'feed'")
    assert re.search(r"quiet for \d\d s", page.text_content("[data-s=notice]"))
    assert re.fullmatch(r"\d\d s", page.text_content("[data-s=age]"))
    assert len(keys(page)) == 3

    changed = copy.deepcopy(site.shown)
    changed["rows"]["r1"]["laps"] += 1
    with waiting(page, "!('stale' in document.body.dataset)"):
        site.change(changed)


def test_feed_that_does_not_answer_is_named(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    page = connected(visit)

    with waiting(page, "document.body.dataset.stale === 'down'"):
        site.status("down")

    assert page.text_content("[data-s=conn]") == "Feed does not answer"
    site.status()


def test_board_survives_a_restart_of_the_server(site: Any, visit: Any) -> None:
    site.show(scene.scene(4))
    page = connected(visit, forgive=("WebSocket connection", "net::ERR_"))

    with waiting(page, "document.body.dataset.stale === 'link'"):
        site.stop()
    assert "No connection to the server" in page.text_content("[data-s=notice]")
    assert len(keys(page)) == 4

    site.start()
    with waiting(page, "document.querySelectorAll('[data-rows] tr').length === 6"):
        site.show(scene.scene(6))
    with waiting(page, CONNECTED):
        site.status()
    expect(page.locator("[data-s=notice]")).to_have_text("")


def test_board_that_goes_offline_says_so_and_comes_back(site: Any, visit: Any) -> None:
    site.show(scene.scene(4))
    page = connected(visit, forgive=("WebSocket connection", "ERR_INTERNET"))

    page.context.set_offline(True)
    until(page, "document.body.dataset.stale === 'link'")

    page.context.set_offline(False)
    with waiting(page, CONNECTED):
        site.status()


def test_nothing_moves_sideways_when_values_change(site: Any, visit: Any) -> None:
    site.show(scene.scene(30))
    page = connected(visit)
    edges = (
        "[...document.querySelectorAll('.board thead th')].map(th => th.getBoundingClientRect().x)"
    )
    before = page.evaluate(edges)

    changed = copy.deepcopy(site.shown)
    for each in changed["rows"].values():
        each |= {"last_ms": 3_723_456, "gap": [111, 59_999], "laps": 1_322, "stops": 33}
        each |= {"competitor": "A name that is far too long for any column of any board"}
    with waiting(
        page, "document.querySelector('tr[data-key=r9] [data-f=laps]').textContent==='1322'"
    ):
        site.change(changed)

    assert page.evaluate(edges) == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


PAINTS = """() => {
  globalThis.paints = { from: performance.now(), seen: [] };
  const laps = document.querySelector("tr[data-key=r1] [data-f=laps]");
  new MutationObserver(() => paints.seen.push(performance.now()))
    .observe(laps, { subtree: true, characterData: true, childList: true });
}"""


def test_paints_are_at_most_four_a_second(site: Any, visit: Any) -> None:
    site.show(scene.scene(10))
    page = connected(visit)
    page.evaluate(PAINTS)
    for lap in range(229, 289):
        changed = copy.deepcopy(site.shown)
        changed["rows"]["r1"]["laps"] = lap
        site.change(changed)
    until(page, "document.querySelector('tr[data-key=r1] [data-f=laps]').textContent === '288'")

    # However long the sixty changes took, a quarter of a second passed between two paints.
    number, passed = page.evaluate("[paints.seen.length, paints.seen.at(-1) - paints.from]")
    assert 1 <= number <= 1 + passed / 249  # a timer may be early by a fraction of a millisecond


def test_calm_readers_see_no_motion(site: Any, visit: Any) -> None:
    site.show(scene.scene(5))
    page = connected(visit, reduced_motion="reduce")
    changed = copy.deepcopy(site.shown)
    changed["order"] = ["r2", "r1", "r3", "r4", "r5"]
    changed["rows"]["r1"] |= {"crossed_at": scene.now_ms(), "last_ms": 59_999}

    with waiting(page, "document.querySelector('[data-rows] tr').dataset.key === 'r2'"):
        site.change(changed)

    assert page.evaluate("document.getAnimations().length") == 0


def test_board_without_a_script_is_a_table(site: Any, visit: Any) -> None:
    site.show(scene.scene(30))

    page = visit(FEED, java_script_enabled=False)

    expect(page.locator("[data-rows] tr")).to_have_count(30)
    expect(page.locator('tr[data-key="r2"] .c-last')).to_have_text(re.compile(r"^\s*5"))


def test_display_is_live_without_a_login(site: Any, visit: Any) -> None:
    site.show(scene.scene(5))
    site.status()
    page = connected(visit, f"/d/{scene.CODE}/", anonymous=True)
    changed = copy.deepcopy(site.shown)
    changed["rows"]["r5"]["laps"] = 777

    with waiting(
        page, "document.querySelector('tr[data-key=r5] [data-f=laps]').textContent==='777'"
    ):
        site.change(changed)
    assert page.query_selector_all("a[href^='/t/']") == []


def test_display_that_is_switched_off_goes_dark_and_comes_back(site: Any, visit: Any) -> None:
    sockets: list[Any] = []
    answered: list[str] = []
    closed: list[str] = []

    def refuse_while_closed(route: Any) -> None:
        server = route.connect_to_server()
        sockets.append(route)

        def from_page(message: str) -> None:
            if closed and '"subscribe"' in message:
                route.send(closed[0])
            else:
                server.send(message)

        def from_server(message: str) -> None:
            route.send(message)
            if '"subscription_result"' in message:
                answered.append(message)

        route.on_message(from_page)
        server.on_message(from_server)

    site.show(scene.scene(5))
    site.status()
    page = connected(
        visit,
        f"/d/{scene.CODE}/",
        anonymous=True,
        before=lambda page: page.route_web_socket(re.compile("/ws/"), refuse_while_closed),
    )
    wait(page, lambda: answered)  # which would open what is closed before it
    channel = f"display.{scene.CODE}"
    closed.append(json.dumps({"type": "subscription_result", "channel": channel, "success": False}))
    sockets[-1].send(closed[0])

    words = page.get_by_text("This board is closed.")
    expect(words).to_be_visible()
    expect(page.locator("[data-rows]")).to_be_hidden()
    expect(page.locator(".strip")).to_be_hidden()

    closed.clear()
    expect(page.locator("[data-rows] tr").first).to_be_visible()
    expect(words).to_be_hidden()


def test_look_is_chosen_by_keyboard_and_remembered(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    page = connected(visit)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    page.get_by_role("button", name="Light").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sun").press("Space")
    page.get_by_role("button", name="S", exact=True).press("Enter")
    page.reload()

    # As the server wrote it.
    look = page.evaluate(
        "(({ theme, contrast, density }) => [theme, contrast, density])"
        "(document.documentElement.dataset)"
    )
    assert look == ["light", "sun", "s"]
