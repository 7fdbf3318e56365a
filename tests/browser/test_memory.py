"""A page that is open for hours holds no more than after its first minutes."""

from __future__ import annotations

import json
from typing import Any

from tests.browser import scene
from tests.browser.board import connected

PAINTS = 60
# A fast race by the page's own hands: each step is a frame from the socket, and the paint after it.
# Rows pit, pass, go and come again, as another race's do; messages and flags change.
RACE = """async ({ topic, epoch, seq, board, steps }) => {
  const paint = () => new Promise((done) => setTimeout(() => requestAnimationFrame(done)));
  const every = Object.keys(board.rows);
  for (let step = 1; step <= steps; step += 1) {
    const turn = step % every.length;
    const away = every[(step * 7) % every.length];
    const back = every[((step - 1) * 7) % every.length];
    const keys = [...every.slice(turn), ...every.slice(0, turn)].filter((key) => key !== away);
    const crossed = { laps: step, last_ms: 60_000 + step, crossed_at: Date.now() };
    const diff = {
      order: keys,
      rows: { [back]: board.rows[back], [keys[0]]: { ...board.rows[keys[0]], ...crossed } },
      gone: [away],
      session: { flag: step % 50 ? "green" : "yellow", leader_laps: step },
      messages: [{ time: "1", kind: "penalty", number: String(step), text: `message ${step}` }],
    };
    const data = { topic, epoch, seq: seq + step, at: Date.now(), diff };
    const text = JSON.stringify({ type: "dashboard_event", event: "teams_update", data });
    liveSocket.dispatchEvent(new MessageEvent("message", { data: text }));
    await paint();
  }
}"""
# The page's own timers run a hundred times as fast, so that each frame is painted.
FAST = """
  const Real = WebSocket;
  globalThis.WebSocket = class extends Real {
    constructor(...given) { super(...given); globalThis.liveSocket = this; }
  };
  const later = setTimeout;
  globalThis.setTimeout = (work, ms = 0, ...rest) => later(work, ms <= 250 ? 0 : ms, ...rest);
"""


def measured(session: Any) -> dict[str, int]:
    for _each in range(3):  # what is freed may free more
        session.send("HeapProfiler.collectGarbage")
    counted = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    return {"nodes": counted["nodes"], "listeners": counted["jsEventListeners"], "heap": heap}


def test_a_race_of_hours_leaves_nothing_behind(site: Any, visit: Any) -> None:
    site.show(scene.scene(30))
    page = connected(visit, reduced_motion="reduce", before=lambda page: page.add_init_script(FAST))
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    topic = f"race.{scene.RACE}"
    race = {"topic": topic, "epoch": site.epoch, "board": site.shown, "steps": PAINTS}

    page.evaluate(RACE, race | {"seq": 0})
    before = measured(session)
    page.evaluate(RACE, race | {"seq": PAINTS})
    page.evaluate(RACE, race | {"seq": 2 * PAINTS})
    after = measured(session)

    assert page.text_content("[data-s=leader_laps]") == str(PAINTS)
    assert after["listeners"] == before["listeners"]
    assert abs(after["nodes"] - before["nodes"]) < 200  # a row has sixty; which are away differs
    assert after["heap"] - before["heap"] < 200_000, json.dumps([before, after])
