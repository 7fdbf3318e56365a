"""The client that anybody may copy, against the product itself: it is run as its users run it."""

from __future__ import annotations

import asyncio
import copy
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import scene
from tests.browser.conftest import Site
from tests.browser.patience import PATIENCE_S
from tests.browser.server import PASSWORD
from tests.services import reserved_port
from tests.vectors.patch import made

FILE = Path(__file__).parent.parent.parent / "examples" / "lt_client.py"
CLEAR = "\033[2J\033[H"


def module() -> Any:
    spec = importlib.util.spec_from_file_location("lt_client", FILE)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


lt_client = module()


def test_the_client_is_short_enough_to_copy() -> None:
    assert len(FILE.read_text().splitlines()) <= 150


@pytest.mark.parametrize("case", made()["cases"], ids=lambda case: case["name"])
def test_its_patch_keeps_the_law(case: dict[str, Any]) -> None:
    assert lt_client.patch(case["old"], case["diff"]) == case["new"]


def test_a_frame_that_is_missing_is_noticed_and_an_old_one_is_not() -> None:
    board = lt_client.Board("race.1")
    whole = {"topic": "race.1", "epoch": 2, "seq": 4, "board": scene.scene(2)}
    change = {"topic": "race.1", "epoch": 2, "diff": {"order": ["r2"]}}

    said = [board.take(whole), *(board.take(change | {"seq": seq}) for seq in (3, 4, 6, 5, 6))]

    assert said == ["shown", "", "", "missed", "shown", "shown"]
    assert board.channels() == [{"channel": "race.1", "epoch": 2, "seq": 6}]


def test_a_feed_leads_to_its_next_race() -> None:
    board = lt_client.Board("feed.1")
    status = {"topic": "feed.1", "epoch": 1, "seq": 1, "race": "a"}

    assert [board.take(status), board.take(status)] == ["moved", ""]
    assert board.take(status | {"race": "b"}) == "moved"
    assert board.channels() == [{"channel": "feed.1"}, {"channel": "race.b"}]


def test_tokens_are_renewed_before_they_end_and_asked_for_anew_when_too_old() -> None:
    asked: list[tuple[str, dict[str, str]]] = []
    lives = iter([400, 86_400])

    class Tokens(lt_client.Tokens):  # type: ignore[misc, name-defined]
        def _post(self, path: str, said: dict[str, str]) -> dict[str, Any]:
            asked.append((path, said))
            if path.endswith("refresh") and not said["refresh"]:
                raise lt_client.urllib.error.HTTPError(path, 400, "", None, None)
            life = next(lives)
            return {"access": f"a{life}", "refresh": f"r{life}", "expires_in": life}

    tokens = Tokens("", username="ada")
    first = asyncio.run(tokens.current())
    tokens.until -= 200  # its last five minutes
    second = asyncio.run(tokens.current())
    third = asyncio.run(tokens.current())

    assert (first, second, third) == ("a400", "a86400", "a86400")
    assert asked == [
        ("/auth/token/refresh", {"refresh": ""}),
        ("/auth/token", {"username": "ada"}),
        ("/auth/token/refresh", {"refresh": "r400"}),
    ]


# -- against the product


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Site]:
    with reserved_port() as port:
        made = Site(tmp_path, port)
        made.start()
        yield made
        made.stop()


class Running:
    """The client as a process, and the screen that it painted last."""

    def __init__(self, *arguments: str, log: Path, **env: str) -> None:
        self._log = log
        self.process = subprocess.Popen(
            [sys.executable, str(FILE), *arguments],
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | env,
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
        )

    def screen(self) -> str:
        return self._log.read_text().rpartition(CLEAR)[2]

    def await_laps(self, laps: int) -> None:
        self._until(lambda: bool(re.search(rf"^ +1 .* {laps} ", self.screen(), re.MULTILINE)))

    def _until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < deadline, self._log.read_text()
            assert self.process.poll() is None, self._log.read_text()
            time.sleep(0.02)


def laps(board: dict[str, Any], count: int) -> dict[str, Any]:
    changed = copy.deepcopy(board)
    changed["rows"]["r1"]["laps"] = count
    return changed


@pytest.mark.parametrize("channel", [f"race.{scene.RACE}", f"feed.{scene.FEED}"])
def test_a_board_goes_on_after_the_server_was_killed(
    channel: str, server: Site, tmp_path: Path
) -> None:
    server.show(scene.scene(5))
    server.status()
    who = {"LT_USERNAME": "owner", "LT_PASSWORD": PASSWORD, "LT_TOKEN": ""}
    client = Running(server.url, channel, log=tmp_path / "log", **who)
    try:
        client.await_laps(scene.scene(5)["rows"]["r1"]["laps"])
        server.change(laps(server.shown, 501))
        client.await_laps(501)

        server.stop()
        server.start()
        server.show(laps(scene.scene(5), 600))
        server.status()
        client.await_laps(600)
        server.change(laps(server.shown, 601))
        client.await_laps(601)
    finally:
        client.process.kill()
        client.process.wait()

    assert len(client.screen().splitlines()) == 6


def test_wrong_passwords_are_not_tried_for_ever(server: Site, tmp_path: Path) -> None:
    who = {"LT_USERNAME": "owner", "LT_PASSWORD": "wrong", "LT_TOKEN": ""}
    client = Running(server.url, f"race.{scene.RACE}", log=tmp_path / "log", **who)

    assert client.process.wait(PATIENCE_S) == 1
    assert "not let in" in (tmp_path / "log").read_text()
