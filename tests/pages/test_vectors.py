"""The same cases run in the browser: tests/browser/test_modules.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from displays import formats, overlay, present
from displays.filters import filter_of

VECTORS = Path(__file__).parent.parent / "vectors"


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", vectors("format"), ids=lambda case: case["function"])
def test_formats(case: dict[str, Any]) -> None:
    found = getattr(formats, case["function"])(*case["arguments"])

    assert (list(found) if isinstance(found, tuple) else found) == case["result"]


def test_rows() -> None:
    case = vectors("rows")
    rows, words, now = case["rows"], case["words"], case["now"]
    letters = present.class_letters(case["classes"], rows.values())

    assert letters == case["letters"]
    for key, row in rows.items():
        assert present.row_fields(row, letters, words) == case["fields"][key]
        assert present.running_fields(row, ended=False, now=now) == case["running"][key]
        assert present.running_fields(row, ended=True, now=now) == case["over"][key]


@pytest.mark.parametrize("case", vectors("overlay")["cases"], ids=lambda case: case["name"])
def test_overlays(case: dict[str, Any]) -> None:
    every = vectors("overlay")
    board, letters, words, now = (every[name] for name in ("board", "letters", "words", "now"))
    heard, recent = case["overlay"], case["recent"]
    own = heard["own"] if heard else None
    us = [
        overlay.us_fields(heard, board, letters, recent, words, short=short)
        for short in (False, True)
    ]

    assert overlay.kinds(heard) == case["kinds"]
    assert [
        overlay.card_fields(card, heard, board, letters, recent, words)
        | overlay.card_running(card, board["rows"][card["key"]], words, ended=False, now=now)
        for card in overlay.cards(heard, board)
    ] == case["cards"]
    assert us == [case["us"], case["us_short"]]
    assert overlay.us_running(heard, board, words, now=now) == case["running"]
    assert {rows: overlay.around(board, own, int(rows)) for rows in case["around"]} == case[
        "around"
    ]
    assert {key: near(key, heard, every) for key in case["near"]} == case["near"]


@pytest.mark.parametrize("case", vectors("ours")["cases"], ids=lambda case: case["name"])
def test_the_kart_that_is_asked_for(case: dict[str, Any]) -> None:
    every = vectors("overlay")
    board, letters, words = every["board"], every["letters"], every["words"]
    given = vectors("ours")["overlays"][case["overlay"]]
    seen = given and overlay.seen_from(given, case["asked"])

    assert (seen and seen["own"]) == case["own"]
    assert [
        [each[name] for name in ("key", "gap", "closing_ms", "trend")]
        for each in (seen["watched"] if seen else [])
    ] == case["watched"]
    assert [
        [kart[name] for name in ("asked", "number", "place", "chosen")]
        for kart in overlay.our_karts(seen, board, letters, words)
    ] == case["karts"]


def near(key: str, heard: Any, every: dict[str, Any]) -> list[str]:
    """Long, then short: laps, time, kind."""
    found = [
        overlay.near_fields(key, heard, every["board"], every["letters"], every["words"], short=s)
        for s in (False, True)
    ]
    return [fields[name] for fields in found for name in ("to_us_laps", "to_us", "kind")]


@pytest.mark.parametrize("case", vectors("filter")["cases"], ids=lambda case: str(case["query"]))
def test_filters(case: dict[str, Any]) -> None:
    chosen = filter_of(case["query"])
    rows = vectors("filter")["rows"]

    assert chosen.active == case["active"]
    assert [key for key, row in rows.items() if chosen.keeps(row)] == case["kept"]
