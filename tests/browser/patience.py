"""How a test waits for a browser. What a page does, it does a moment later, and on a loaded machine
much later: nothing that may still change is looked at once. A time-out that never fires costs
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Error, expect

PATIENCE_S = 180  # less than what pytest allows a test
expect.set_options(timeout=PATIENCE_S * 1_000)


def wait(page: Any, true: Callable[[], object], *, said: str = "") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"never true: {said or true}"
        page.wait_for_timeout(50)


def until(page: Any, expression: str) -> None:
    """Waits until an expression is true in the page. (`wait_for_function` needs unsafe-eval.)"""
    complaint = ""

    def holds() -> object:
        nonlocal complaint
        try:
            return page.evaluate(expression)
        except Error as error:  # of a page that is just being left, or is not all there yet
            complaint = str(error)
            return False

    try:
        wait(page, holds, said=expression)
    except AssertionError as late:
        raise AssertionError(f"{late}\n{complaint}") from None


@contextmanager
def waiting(page: Any, expression: str) -> Iterator[None]:
    """Does what stands inside, then waits until an expression is true in the page."""
    yield
    until(page, expression)


@contextmanager
def leaving(page: Any) -> Iterator[None]:
    """What stands inside leads to another page, or to this one anew: waits until it has loaded."""
    with page.expect_navigation():
        yield


# Timers of a page fire in the order in which they are due, however late: when this is over, so is
# all that the page had put off for no longer, and what it painted then.
LATER = """(ms) => new Promise((done) => setTimeout(
  () => requestAnimationFrame(() => requestAnimationFrame(done)), ms))"""


class Wire:
    """What a page was told over its sockets, from the first one on."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.heard: list[str] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._hear))

    def _hear(self, text: str) -> None:
        self.heard.append(text)

    def await_answer(self) -> None:
        """Until a subscription was answered: what the server sends from now on comes here."""
        wait(self._page, lambda: any('"subscription_result"' in each for each in self.heard))
