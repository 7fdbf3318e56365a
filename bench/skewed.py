"""``python -m bench.skewed manage.py …``: our program on a machine whose clock somebody sets.

SIGUSR1 puts it an hour ahead, SIGUSR2 an hour back, for all that asks Python's `time`.
"""

from __future__ import annotations

import runpy
import signal
import sys
import time

HOUR_S = 3_600
_off = 0
_time, _time_ns = time.time, time.time_ns


def _set(number: int, _frame: object) -> None:
    global _off
    _off += HOUR_S if number == signal.SIGUSR1 else -HOUR_S


time.time = lambda: _time() + _off
time.time_ns = lambda: _time_ns() + _off * 1_000_000_000
signal.signal(signal.SIGUSR1, _set)
signal.signal(signal.SIGUSR2, _set)

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
