"""The browser's half of what the server computes too: same vectors, same answers."""

from __future__ import annotations

from typing import Any

from tests.pages.test_vectors import VECTORS, vectors
from tests.vectors.patch import PATH

RUN = """async ([module, cases]) => {
  const found = await import(`/static/js/live/${module}.js`);
  return cases.map(([name, args]) => found[name](...args));
}"""


def answers(page: Any, module: str, cases: list[tuple[str, list[Any]]]) -> list[Any]:
    return page.evaluate(RUN, [module, cases])


LAW = """async (text) => {
  const { patch } = await import("/static/js/live/patch.js");
  return (%s)(text, patch);
}"""


def test_patch_keeps_the_law(visit: Any) -> None:
    page = visit("/", anonymous=True)
    law = (VECTORS / "law.js").read_text(encoding="utf-8")

    assert page.evaluate(LAW % law, PATH.read_text(encoding="utf-8")) == []


def test_formats(visit: Any) -> None:
    page = visit("/", anonymous=True)
    cases = vectors("format")
    names = {"ink_on": "inkOn"}
    calls = [(names.get(each["function"], each["function"]), each["arguments"]) for each in cases]

    assert answers(page, "format", calls) == [each["result"] for each in cases]


def test_rows(visit: Any) -> None:
    page = visit("/", anonymous=True)
    case = vectors("rows")
    letters, words, now = case["letters"], case["words"], case["now"]
    rows = list(case["rows"].items())

    fields = answers(page, "fields", [("rowFields", [row, letters, words]) for _key, row in rows])
    running = answers(page, "fields", [("runningFields", [row, False, now]) for _key, row in rows])
    over = answers(page, "fields", [("runningFields", [row, True, now]) for _key, row in rows])

    assert answers(page, "fields", [("classLetters", [case["classes"], case["rows"]])]) == [letters]
    assert fields == [case["fields"][key] for key, _row in rows]
    assert running == [case["running"][key] for key, _row in rows]
    assert over == [case["over"][key] for key, _row in rows]


OVERLAYS = """async ([every]) => {
  const js = await import("/static/js/live/overlay.js");
  const { board, letters, words, now } = every;
  return every.cases.map(({ overlay, recent, around, near }) => {
    const cards = js.cards(overlay, board);
    const own = overlay ? overlay.own : null;
    const nearOf = (key) => [false, true].flatMap((short) => {
      const fields = js.nearFields(key, overlay, board, letters, words, short);
      return [fields.to_us_laps, fields.to_us, fields.kind];
    });
    return {
      kinds: js.kinds(overlay),
      cards: cards.map((card) => ({
        ...js.cardFields(card, overlay, board, letters, recent, words),
        ...js.cardRunning(card, board.rows[card.key], words, false, now),
      })),
      us: js.usFields(overlay, board, letters, recent, words, false),
      us_short: js.usFields(overlay, board, letters, recent, words, true),
      running: js.usRunning(overlay, board, words, now),
      around: Object.fromEntries(
        Object.keys(around).map((rows) => [rows, js.around(board, own, Number(rows))])
      ),
      near: Object.fromEntries(Object.keys(near).map((key) => [key, nearOf(key)])),
    };
  });
}"""


def test_overlays(visit: Any) -> None:
    page = visit("/", anonymous=True)
    every = vectors("overlay")

    found = page.evaluate(OVERLAYS, [every])

    given = ("name", "overlay", "recent")
    assert found == [
        {name: case[name] for name in case if name not in given} for case in every["cases"]
    ]


def test_filters(visit: Any) -> None:
    page = visit("/", anonymous=True)
    every = vectors("filter")
    calls = [
        ("keeps", [case["filter"], row])
        for case in every["cases"]
        for row in every["rows"].values()
    ]

    kept = answers(page, "filter", calls)
    active = answers(page, "filter", [("active", [case["filter"]]) for case in every["cases"]])

    assert active == [case["active"] for case in every["cases"]]
    assert kept == [key in case["kept"] for case in every["cases"] for key in every["rows"]]
