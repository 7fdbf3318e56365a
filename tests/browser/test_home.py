"""A team's home left open: it must not say LIVE of what it can no longer know."""

from __future__ import annotations

import copy
from typing import Any

from tests.browser import scene
from tests.browser.patience import until

HOME = "/t/phoenix/"
CHIP = "document.querySelector('[data-feed]').textContent"
LEADER = "document.querySelector('.podium tbody tr b bdi').textContent"


def test_standings_move_while_the_page_stays(site: Any, visit: Any) -> None:
    first = scene.scene(5)
    site.show(first)
    site.status()
    page = visit(HOME)
    page.evaluate("window.stayed = true")
    leader, second = (first["rows"][key]["competitor"] for key in first["order"][:2])
    assert page.evaluate(LEADER) == leader

    after = copy.deepcopy(first)
    after["order"][:2] = reversed(first["order"][:2])
    site.change(after)

    until(page, f"{LEADER} === {second!r}")
    assert page.evaluate("window.stayed")


def test_home_that_lost_its_server_says_so(site: Any, visit: Any) -> None:
    site.show(scene.scene(5))
    site.status()
    page = visit(HOME, forgive=("WebSocket connection", "net::ERR_"))
    until(page, f"{CHIP} === 'LIVE'")

    site.stop()
    until(page, f"{CHIP} === 'Connection lost'")

    site.start()
    site.show(scene.scene(5))
    site.status()
    until(page, f"{CHIP} === 'LIVE'")
