from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from stack.children import Child

SAYS = "import time; print('here', flush=True); time.sleep(600)"


def child(tmp_path: Path, heard: list[tuple[str, str]], code: str = SAYS) -> Child:
    command = (sys.executable, "-c", code)
    return Child("one", command, {}, tmp_path, say=lambda who, line: heard.append((who, line)))


async def until_said(heard: list[tuple[str, str]], line: str, times: int = 1) -> None:
    async with asyncio.timeout(60):
        while heard.count(("one", line)) < times:
            await asyncio.sleep(0.02)


async def test_what_a_child_says_stands_behind_its_name(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    one = child(tmp_path, heard)
    await one.start()
    await until_said(heard, "here")
    await one.stop()

    assert heard == [("one", "here")]
    assert not one.runs


async def test_a_child_that_dies_is_said_and_started_again(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    one = child(tmp_path, heard)
    await one.start()
    await until_said(heard, "here")
    await one.kill()
    await until_said(heard, "here", times=2)
    await one.stop()

    assert heard == [
        ("one", "here"),
        ("stack", "one ended with -9; it is started again"),
        ("one", "here"),
    ]


async def test_a_child_that_is_held_down_stays_there(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    one = child(tmp_path, heard)
    await one.start()
    await until_said(heard, "here")
    await one.kill(hold=True)
    assert (one.runs, one.deaths) == (False, 0)

    await one.start()
    await until_said(heard, "here", times=2)
    await one.stop()


async def test_a_child_that_does_not_begin_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    one = child(tmp_path, [], "raise SystemExit('no room')")
    one.ready = never
    starting = asyncio.create_task(one.start())
    async with asyncio.timeout(60):
        while one.deaths < 4:
            await asyncio.sleep(0.02)
    one.held = True

    with pytest.raises(RuntimeError, match=r"one did not become ready:\n(no room\n?)+"):
        await starting
    await one.stop()
