"""The threads of `live` that deliver, one a channel, and forget: on the same rows as Celery's
workers, which may run beside them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from django.db import connections
from django.utils import timezone

from teams.delivery import bell
from teams.delivery.worker import deliver_due
from teams.enums import Channel
from teams.housekeeping import forget_what_is_over
from timing.housekeeping import forget_old_alerts
from timing.writer import AWAY

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.5  # where nothing rings: another process may have written
AWAY_S = 5.0
PRUNE_EVERY_S = 3_600.0


class Loop(threading.Thread):
    """Calls `work` again at once while it finds something to do, else when it is woken or after
    `every_s`."""

    def __init__(self, name: str, work: Callable[[], int], every_s: float) -> None:
        super().__init__(name=f"lt-{name}", daemon=True)
        self.work, self.every_s = work, every_s
        self.wake = threading.Event()
        self.is_stopping = False

    def run(self) -> None:
        while True:
            self.wake.clear()  # before the question, or a stop in between would not be heard
            if self.is_stopping:
                return
            if pause_s := self._once():
                self.wake.wait(pause_s)

    def _once(self) -> float:
        try:
            return 0.0 if self.work() else self.every_s
        except AWAY:
            logger.warning("%s waits for the database", self.name)
        except Exception:
            logger.exception("%s goes on after an error of ours", self.name)
        finally:
            connections.close_all()  # who waits keeps none from the pool
        return AWAY_S

    def stop(self) -> None:
        self.is_stopping = True
        self.wake.set()


def _prune() -> int:
    now = timezone.now()
    return forget_what_is_over(now=now) + forget_old_alerts(now=now)


class Deliverer:
    def __init__(self) -> None:
        self._lanes = [self._lane(channel) for channel in Channel]
        self._pruning = Loop("pruning", _prune, PRUNE_EVERY_S)

    def _lane(self, channel: Channel) -> Loop:
        loop = Loop(channel, lambda: 0, LOOK_EVERY_S)
        loop.work = partial(deliver_due, channel=channel, stopping=lambda: loop.is_stopping)
        return loop

    def start(self) -> None:
        for lane in self._lanes:
            bell.hang(lane.wake)
        for loop in (*self._lanes, self._pruning):
            loop.start()

    def stop(self) -> None:
        """Returns when what is being sent is sent: after ten seconds at the very most."""
        for loop in (*self._lanes, self._pruning):
            loop.stop()
        for loop in (*self._lanes, self._pruning):
            loop.join()
            bell.take_down(loop.wake)
