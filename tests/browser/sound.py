"""The sound of a page: how it is switched, and an ear for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.alerts import board
from tests.browser.patience import until

# Puts an ear between what sounds and the loudspeaker: `heard` is the loudest that came by. It
# remembers most of a second, so that a busy page may look late.
EAR = """(() => {
  globalThis.heard = 0;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const ear = new AnalyserNode(this.context, { fftSize: 32768 });
      const wave = new Float32Array(ear.fftSize);
      connect.call(this, ear);
      setInterval(() => {
        ear.getFloatTimeDomainData(wave);
        globalThis.heard = wave.reduce((most, each) => Math.max(most, Math.abs(each)), heard);
      }, 100);
    }
    return connect.call(this, target, ...rest);
  };
})()"""

# A sound that has begun is not over before a test has done what it wants to do meanwhile.
HOLD = "(() => { const now = performance.now(); performance.now = () => now; })()"
# Answered after all that the page asked of its locks before.
ASKED = "navigator.locks.query().then(() => null)"


def listening(visit: Any, before: Callable[[Any], None] | None = None) -> Any:
    def hook(page: Any) -> None:
        page.add_init_script(EAR)
        if before is not None:
            before(page)

    return board(visit, hook=hook)


def switch(page: Any) -> Any:
    return page.locator("[data-sound-switch]")


def sound_is(page: Any, state: str) -> None:
    expect(page.locator("[data-sound]")).to_have_attribute("data-state", state)


def switch_on(page: Any) -> None:
    switch(page).click()
    sound_is(page, "on")


def is_heard(page: Any) -> None:
    until(page, "heard > 0.05")


def count(page: Any) -> int:
    """How often it has sounded; of all that was told to the page before."""
    page.evaluate(ASKED)
    return int(page.locator("[data-sound]").get_attribute("data-sounded") or 0)
