"""How a page keeps its connection, its clock and its pace."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.browser import scene
from tests.browser.board import FEED, connected
from tests.browser.patience import LATER, until, wait
from tests.browser.stand_in import StandIn
from timing.engine.diff import diff

RACE_TOPIC = f"race.{scene.RACE}"
STAYED = "window.stayed === 1"  # a page that was loaded anew has forgotten it


def module(page: Any, name: str, script: str, *args: Any) -> Any:
    run = f"async (args) => {{ const m = await import('/static/js/live/{name}.js'); {script} }}"
    return page.evaluate(run, list(args))


# -- waiting


def test_waits_grow_to_a_limit_and_any_part_of_them_is_as_likely(visit: Any) -> None:
    page = visit("/", anonymous=True)
    ask = "return args.map(([failures, code, random]) => m.retryWait(failures, code, random))"
    grown = [(failures, 1006, 1) for failures in (0, 1, 2, 3, 4, 5, 30)]

    assert module(page, "socket", ask, *grown) == [1e3, 2e3, 4e3, 8e3, 16e3, 20e3, 20e3]
    assert module(page, "socket", ask, (3, 1006, 0), (3, 1006, 0.5)) == [0, 4_000]


def test_pages_that_are_told_to_leave_at_once_come_back_apart(visit: Any) -> None:
    page = visit("/", anonymous=True)
    ask = "return args.map(([failures, code, random]) => m.retryWait(failures, code, random))"

    assert module(page, "socket", ask, (0, 1012, 0.5), (0, 1011, 1)) == [2_000, 4_000]
    assert module(page, "socket", ask, (0, 4429, 0), (0, 4429, 1)) == [5_000, 20_000]


def test_restart_of_the_server_is_survived_without_a_reload(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = visit(FEED, before=server.take)
    wait(page, lambda: server.subscribed(RACE_TOPIC))
    page.evaluate("window.stayed = 1")
    server.say("teams_update", topic=RACE_TOPIC, epoch=site.epoch, seq=1, at=1, diff={})

    server.sockets[-1].close(code=1012)

    wait(page, lambda: len(server.subscribed(RACE_TOPIC)) == 2)
    assert server.subscribed(RACE_TOPIC) == [
        {"epoch": site.epoch, "seq": 0},
        {"epoch": site.epoch, "seq": 1},
    ]
    assert page.evaluate(STAYED)


def frozen(visit: Any, server: StandIn) -> Any:
    """A board whose timers stand still until the test lets them run."""

    def before(page: Any) -> None:
        page.clock.install()
        server.take(page)

    page = visit(FEED, before=before)
    wait(page, lambda: server.subscribed(RACE_TOPIC))
    wait(page, lambda: {"type": "ping"} in server.heard)
    return page


def test_a_socket_that_says_nothing_is_left(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = frozen(visit, server)
    server.deaf = True

    page.clock.run_for(10_000)  # the next ping
    page.clock.run_for(8_000)  # nothing is heard
    page.clock.run_for(1_000)

    wait(page, lambda: len(server.sockets) == 2)


@pytest.mark.parametrize(
    "event",
    [
        "navigator.connection.dispatchEvent(new Event('change'))",
        "dispatchEvent(new Event('online'))",
        "document.dispatchEvent(new Event('visibilitychange'))",
        "document.dispatchEvent(new Event('resume'))",
    ],
)
def test_a_change_of_the_network_is_found_out_at_once(event: str, site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = frozen(visit, server)
    server.deaf = True

    page.evaluate(event)
    page.clock.run_for(3_000)
    page.clock.run_for(1_000)

    wait(page, lambda: len(server.sockets) == 2)


def test_a_living_socket_outlives_a_change_of_the_network(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = frozen(visit, server)
    pings = server.heard.count({"type": "ping"})

    page.evaluate("dispatchEvent(new Event('online'))")
    wait(page, lambda: server.heard.count({"type": "ping"}) > pings)
    server.say("system.status", topic=f"feed.{scene.FEED}", feed=str(scene.FEED), state="down")
    page.clock.run_for(1_000)
    until(page, "document.body.dataset.stale === 'down'")  # so the answer before it was heard
    page.clock.run_for(3_000)

    assert len(server.sockets) == 1


def test_a_page_that_is_seen_again_tries_at_once(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = frozen(visit, server)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.evaluate("Math.random = () => 0.99")
    for _each in range(6):  # so that the next try is far away
        page.evaluate("dispatchEvent(new Event('offline'))")
        page.clock.run_for(20_000)
    page.evaluate("dispatchEvent(new Event('offline'))")
    tried = len(server.sockets)
    page.clock.run_for(1_500)

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    wait(page, lambda: len(server.sockets) == tried + 1)


def test_a_gap_is_asked_for_until_it_is_filled(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = frozen(visit, server)

    server.say("teams_update", topic=RACE_TOPIC, epoch=site.epoch, seq=5, at=1, diff={})
    wait(page, lambda: len(server.subscribed(RACE_TOPIC)) == 2)
    page.clock.run_for(2_000)  # the answer was lost, and the feed is silent

    wait(page, lambda: len(server.subscribed(RACE_TOPIC)) == 3)
    assert server.subscribed(RACE_TOPIC)[-1] == {"epoch": site.epoch, "seq": 0}


def test_frames_of_an_epoch_that_has_ended_are_left_alone(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    server = StandIn()
    page = frozen(visit, server)
    old = {"topic": RACE_TOPIC, "epoch": site.epoch - 1, "seq": 900, "at": 1}

    server.say("race_data_update", **old, board=scene.scene(1))
    server.say("teams_update", **old | {"seq": 901}, diff={"order": ["r1"]})
    server.say("system.status", topic=f"feed.{scene.FEED}", feed=str(scene.FEED), state="down")
    page.clock.run_for(1_000)
    until(page, "document.body.dataset.stale === 'down'")

    assert page.locator("[data-rows] tr").count() == 3
    assert len(server.subscribed(RACE_TOPIC)) == 1


# -- the clock

CLOCK = """
  let steady = 1_000, wall = 1_700_000_000_000;
  const clock = new m.ServerClock(wall + 500, { steady: () => steady, wall: () => wall });
  const later = (ms, more = 0) => { steady += ms; wall += ms + more; return clock.leapt(); };
"""


def test_a_clock_that_is_set_moves_no_timer(visit: Any) -> None:
    page = visit("/", anonymous=True)

    found = module(
        page,
        "clock",
        CLOCK
        + """
          const start = clock.now();
          const seen = [later(500, 3_600_000), clock.now() - start];
          clock.sample(steady, steady + 100, start + 550); // the server's word for it
          seen.push(later(5_000, -7_200_000), clock.now() - start);
          return seen;
        """,
    )

    assert found == [True, 500, False, 5_500]


def test_a_machine_that_slept_shows_the_right_time_though_nobody_answers(visit: Any) -> None:
    page = visit("/", anonymous=True)

    found = module(
        page,
        "clock",
        CLOCK
        + """
          const start = clock.now();
          const seen = [later(500, 3_600_000)];
          for (let i = 0; i < 9; i += 1) seen.push(later(500));
          return [seen.filter(Boolean).length, clock.now() - start];
        """,
    )

    assert found == [1, 3_605_000]


def test_the_quickest_of_the_last_answers_tells_the_time(visit: Any) -> None:
    page = visit("/", anonymous=True)

    found = module(
        page,
        "clock",
        CLOCK
        + """
          const seen = [];
          for (const [trip, at] of [[400, 5_000], [40, 5_020], [900, 9_000]]) {
            clock.sample(steady, steady + trip, at);
            seen.push(clock.now());
          }
          for (let i = 0; i < 8; i += 1) clock.sample(steady, steady + 100, 8_050);
          return [...seen, clock.now()];
        """,
    )

    # Half of the round trip before. After eight others the quick one is too old to be believed.
    assert found == [4_800, 5_000, 5_000, 8_000]


# -- the pace

SIGHT = """() => {
  let hidden = false;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  globalThis.hide = (value) => {
    hidden = value;
    document.dispatchEvent(new Event("visibilitychange"));
  };
}"""
CHANGES = """() => {
  globalThis.changes = 0;
  new MutationObserver((all) => { changes += all.length; })
    .observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def test_nothing_is_painted_that_nobody_sees_and_all_of_it_at_once_later(
    site: Any, visit: Any
) -> None:
    site.show(scene.scene(5))
    site.status()
    page = connected(visit, before=lambda page: page.add_init_script(f"({SIGHT})()"))
    page.evaluate("hide(true)")
    page.evaluate(CHANGES)
    for lap in range(301, 331):
        changed = copy.deepcopy(site.shown)
        changed["rows"]["r1"]["laps"] = lap
        site.change(changed)
    page.evaluate(LATER, 1_500)

    assert page.evaluate("changes") == 0
    page.evaluate("hide(false)")  # which paints at once
    assert page.text_content("tr[data-key=r1] [data-f=laps]") == "330"


ALL_PAINTS = """() => {
  globalThis.paints = [];
  const observer = new MutationObserver(() => {
    const now = performance.now();
    if (now !== paints.at(-1)) paints.push(now);
  });
  for (const part of document.querySelectorAll(".strip, #board")) {
    const seen = { subtree: true, childList: true, characterData: true, attributes: true };
    observer.observe(part, seen);
  }
}"""


def test_running_timers_and_frames_share_four_paints_a_second(site: Any, visit: Any) -> None:
    first = scene.scene(5)
    site.show(first)
    server = StandIn()
    page = frozen(visit, server)
    page.evaluate(ALL_PAINTS)
    shown = first
    for seq in range(1, 101):
        changed = copy.deepcopy(shown)
        changed["rows"]["r1"]["laps"] += 1
        changed["rows"]["r2"] |= {"pit_at": scene.now_ms(), "state": "pit"}
        place = {"topic": RACE_TOPIC, "epoch": site.epoch, "seq": seq, "at": scene.now_ms()}
        server.say("teams_update", **place, diff=diff(shown, changed))
        shown = changed
        page.clock.run_for(50)

    gaps = page.evaluate("paints.slice(1).map((at, i) => at - paints[i])")
    assert len(gaps) >= 10
    assert min(gaps) >= 249  # a timer may be early by a fraction of a millisecond
