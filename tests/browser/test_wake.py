"""The screen of a display stays awake, and a browser that refuses is not nagged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import scene
from tests.browser.board import FEED, connected
from tests.browser.patience import until

LOCK = """
  globalThis.locks = { asked: 0, held: null, refuses: false };
  Object.defineProperty(navigator, "wakeLock", { value: { async request() {
    locks.asked += 1;
    if (locks.refuses) throw new DOMException("low battery", "NotAllowedError");
    locks.held = Object.assign(new EventTarget(), { async release() {
      locks.held = null;
      this.dispatchEvent(new Event("release"));
    } });
    return locks.held;
  } } });
"""
SEEN = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.mark.parametrize("path", [f"/d/{scene.CODE}/", f"{FEED}wall/", f"{FEED}phone/"])
def test_a_lock_is_asked_for_once_and_again_after_the_page_was_hidden(
    path: str, site: Any, visit: Any
) -> None:
    site.show(scene.scene(3))
    page = connected(visit, path, before=lambda page: page.add_init_script(LOCK))
    until(page, "locks.held !== null")
    page.evaluate(SEEN)
    assert page.evaluate("locks.asked") == 1

    page.evaluate("locks.held.release()")  # as a browser does when the page is hidden
    page.evaluate(SEEN)
    until(page, "locks.held !== null")

    assert page.evaluate("locks.asked") == 2


def test_a_refusal_is_quiet(site: Any, visit: Any) -> None:
    site.show(scene.scene(3))
    script = LOCK.replace("refuses: false", "refuses: true")
    page = connected(visit, f"{FEED}wall/", before=lambda page: page.add_init_script(script))

    until(page, "locks.asked === 1")
