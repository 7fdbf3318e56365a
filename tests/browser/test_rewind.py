"""Looking back while the race goes on, a replay of one that is over, and pages that run late."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.board import LINKED
from tests.browser.conftest import ROOT, new_context
from tests.browser.patience import until, wait
from tests.browser.server import PASSWORD
from tests.services import reserved_port

AGO_MS = 400_000
SHOWN = "Number(new URL(location).searchParams.get('at'))"

BOARD = """async ([url, at]) => {
  const answer = await fetch(`${url}?at=${at}`);
  return (await answer.json()).board;
}"""
LAPS = """() => [...document.querySelectorAll("[data-rows] tr")].map((row) =>
  [row.dataset.key, Number(row.querySelector("[data-f=laps]").textContent)])"""


class Recorded:
    """A server of its own: what it serves is in its data directory."""

    def __init__(self, data: Path, port: int, *, goes_on_s: int, live: bool) -> None:
        self.url = f"http://127.0.0.1:{port}"
        env = os.environ | {
            "LT_DATA_DIR": str(data),
            "LT_ENV_FILE": "",
            "SECRET_KEY": "only-for-tests",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "STATIC_HASHED": "false",
            "DJANGO_SETTINGS_MODULE": "lt_analyzer.settings",
            "LOG_LEVEL": "ERROR",
            "PUBLIC_URL": self.url,
        }
        command = [sys.executable, "-m", "tests.browser.recorded", str(port), str(goes_on_s)]
        self.process = subprocess.Popen(
            [*command, str(int(live))],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.told = json.loads(self.process.stdout.readline())
        assert self.process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def live(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with reserved_port() as port:
        made = Recorded(tmp_path_factory.mktemp("live"), port, goes_on_s=600, live=True)
        yield made
        made.stop()


@pytest.fixture(scope="module")
def over(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with reserved_port() as port:
        made = Recorded(tmp_path_factory.mktemp("over"), port, goes_on_s=-60, live=False)
        yield made
        made.stop()


Opener = Callable[..., Any]


@pytest.fixture
def opened(chromium: Any) -> Iterator[Opener]:
    """Opens a page of a server; at the end none may have complained."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(of: Recorded, path: str, *, anonymous: bool = False, **options: Any) -> Any:
        context = new_context(chromium, viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        if not anonymous:
            sign_in(context, of)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(of.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(context: Any, of: Recorded) -> None:
    page = context.new_page()
    page.goto(f"{of.url}/accounts/login/")
    page.get_by_label("User name").fill("owner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/t/phoenix/")
    page.close()


def board_at(page: Any, of: Recorded, at: int) -> Any:
    chunk = of.told["race"].replace("/board/", "/rewind/chunk/")
    return page.evaluate(BOARD, [chunk, at])


def is_shown(page: Any, board: Any) -> None:
    wanted = [[key, board["rows"][key]["laps"]] for key in board["order"]]
    wait(page, lambda: page.evaluate(LAPS) == wanted, said="the board of that moment")


def first_of(of: Recorded) -> int:
    return int(of.told["first"])


def test_a_live_board_is_scrubbed_back_and_returns(live: Recorded, opened: Opener) -> None:
    page = opened(live, live.told["feed"])
    until(page, LINKED)
    page.locator("[data-rewind-open]").click()
    expect(page.locator("[data-rewind]")).to_be_visible()
    expect(page.locator("[data-s=conn]")).to_have_text("Not the present")
    wanted = first_of(live) + AGO_MS
    line = page.locator("[data-rw-line]")
    until(page, f"Number(document.querySelector('[data-rw-line]').min) === {first_of(live)}")
    line.evaluate(
        "(node, at) => { node.value = at; node.dispatchEvent(new Event('change')); }", wanted
    )
    at = page.evaluate(SHOWN)
    assert abs(at - wanted) < 1_000
    is_shown(page, board_at(page, live, at))

    page.keyboard.press("End")
    expect(page.locator("[data-rewind]")).to_be_hidden()
    expect(page.locator("[data-s=conn]")).not_to_have_text("Not the present")
    assert page.evaluate("new URL(location).searchParams.has('at')") is False


def test_keys_move_through_the_race(live: Recorded, opened: Opener) -> None:
    at = first_of(live) + AGO_MS
    page = opened(live, f"{live.told['feed']}?at={at}")
    until(page, f"Number(document.querySelector('[data-rw-line]').min) === {first_of(live)}")
    for key, by in (("ArrowLeft", -10), ("Shift+ArrowLeft", -60), ("ArrowRight", 10)):
        page.keyboard.press(key)
        at += by * 1_000
        until(page, f"{SHOWN} === {at}")
    is_shown(page, board_at(page, live, at))
    page.locator("main").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-rw-play]")).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(page.locator("[data-rw-play]")).to_have_text("Play")
    assert page.evaluate(SHOWN) >= at


def test_gaps_to_watched_karts_are_those_of_the_moment(live: Recorded, opened: Opener) -> None:
    at = first_of(live) + AGO_MS
    page = opened(live, f"{live.told['feed']}?at={at}")
    chunk = live.told["race"].replace("/board/", "/rewind/chunk/")
    overlay = page.evaluate(
        "async ([url, at]) => (await (await fetch(`${url}?at=${at}`)).json()).overlay", [chunk, at]
    )
    cards = page.locator("[data-cards] > li")
    expect(cards).to_have_count(len(overlay["watched"]) + 1)
    expect(cards.first).to_have_attribute("data-key", overlay["own"])
    expect(cards.first.locator("[data-f=driver]")).to_have_text(overlay["ours"][0]["driver"])


def test_a_race_that_is_over_is_replayed_at_any_pace(over: Recorded, opened: Opener) -> None:
    at = first_of(over) + 300_000
    page = opened(over, f"{over.told['race']}?at={at}")
    page.locator("[data-rw-speed]").select_option("60")
    page.locator("[data-rw-play]").click()
    before = sum(laps for _, laps in page.evaluate(LAPS))
    wait(page, lambda: sum(laps for _, laps in page.evaluate(LAPS)) > before + 48, said="two laps")
    page.locator("[data-rw-play]").click()
    at = page.evaluate(SHOWN)
    assert at > first_of(over) + 400_000


def test_a_replay_stops_at_the_end(over: Recorded, opened: Opener) -> None:
    page = opened(over, f"{over.told['race']}?at={over.told['last'] - 20_000}")
    until(page, f"Number(document.querySelector('[data-rw-line]').min) === {first_of(over)}")
    page.locator("[data-rw-speed]").select_option("60")
    page.locator("[data-rw-play]").click()
    wait(page, lambda: page.locator("[data-rw-play]").text_content() == "Play", said="the end")


def test_a_moment_is_there_without_a_script(live: Recorded, opened: Opener) -> None:
    at = first_of(live) + AGO_MS
    page = opened(live, f"{live.told['feed']}?at={at}", java_script_enabled=False)
    expect(page.locator("[data-rewind]")).to_be_visible()
    expect(page.locator("[data-rows] tr")).to_have_count(24)
    page.locator("[data-rw-live]").click()
    expect(page.locator("[data-rewind]")).to_be_hidden()


# Whether the page shows a board of so long ago, and not a fresher one: the laps of all of it.
LATE = """async ([url, delay, slack]) => {
  const rows = () => [...document.querySelectorAll("[data-rows] tr")]
    .map((row) => Number(row.querySelector("[data-f=laps]").textContent))
    .reduce((one, other) => one + other, 0);
  const laps = (board) => Object.values(board.rows).reduce((sum, row) => sum + row.laps, 0);
  const at = async (back) =>
    laps((await (await fetch(`${url}?at=${Date.now() - back}`)).json()).board);
  const oldest = await at(delay + slack);
  const shown = rows();
  return [oldest, shown, await at(delay)];
}"""


@pytest.mark.parametrize("where", ["feed", "race"])
def test_a_late_page_shows_what_was_so_long_ago(live: Recorded, opened: Opener, where: str) -> None:
    page = opened(live, f"{live.told[where]}?delay=20")
    expect(page.locator("[data-late]")).to_contain_text("delayed by 20 s")
    until(page, LINKED)
    chunk = live.told["race"].replace("/board/", "/rewind/chunk/")

    def keeps_its_distance() -> bool:
        """Never too new; on a loaded machine it may be too old for a moment."""
        oldest, shown, newest = page.evaluate(LATE, [chunk, 20_000, 10_000])
        assert shown <= newest
        return bool(oldest <= shown)

    for _ in range(3):
        was = page.evaluate(LAPS)
        wait(page, lambda was=was: page.evaluate(LAPS) != was, said="somebody ends a lap")
        wait(page, keeps_its_distance, said="it is as late as it says")


def test_a_late_page_goes_on_after_the_server_was_away(live: Recorded, opened: Opener) -> None:
    page = opened(live, f"{live.told['feed']}?delay=20")
    until(page, LINKED)
    page.context.set_offline(True)
    expect(page.locator("[data-s=conn]")).to_have_text("Connection lost")
    page.context.set_offline(False)
    before = sum(laps for _, laps in page.evaluate(LAPS))
    wait(page, lambda: sum(laps for _, laps in page.evaluate(LAPS)) > before, said="it goes on")
    chunk = live.told["race"].replace("/board/", "/rewind/chunk/")
    _, shown, newest = page.evaluate(LATE, [chunk, 20_000, 10_000])
    assert shown <= newest


@pytest.mark.parametrize("view", ["wall/", "phone/"])
def test_the_wall_and_the_phone_run_late(live: Recorded, opened: Opener, view: str) -> None:
    page = opened(live, f"{live.told['feed']}{view}?delay=20")
    expect(page.locator("[data-late]")).to_contain_text("delayed by 20 s")
    until(page, LINKED)
    clock = page.locator("[data-s=clock]")
    was = clock.text_content()
    wait(page, lambda: clock.text_content() != was, said="its clock runs")


def test_a_public_board_runs_late_and_goes_dark(live: Recorded, opened: Opener) -> None:
    page = opened(live, f"{live.told['display']}?delay=20", anonymous=True)
    expect(page.locator("[data-late]")).to_contain_text("delayed by 20 s")
    before = sum(laps for _, laps in page.evaluate(LAPS))
    wait(page, lambda: sum(laps for _, laps in page.evaluate(LAPS)) > before, said="it goes on")
    page.route("**/rewind/**", lambda route: route.fulfill(status=404))
    expect(page.locator("[data-closed]")).to_be_visible()
