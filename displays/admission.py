"""How many sockets one person or one address may hold here, and how often it may guess a code.

Counted in this process: several web processes allow a multiple. Addresses are those the server
reports; behind a proxy it must be told to trust the forwarded ones.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Places:
    """Places taken by key. A key that holds its share must give one back first."""

    _taken: Counter[Hashable] = field(default_factory=Counter)

    def take(self, key: Hashable, *, most: int) -> bool:
        if self._taken[key] >= most:
            return False
        self._taken[key] += 1
        return True

    def give_back(self, key: Hashable) -> None:
        self._taken[key] -= 1
        if self._taken[key] <= 0:
            del self._taken[key]


@dataclass(slots=True)
class WrongCodes:
    """Addresses that guessed wrong wait: free, then 2, 4, 8 … 300 s.

    A stranger at the same address waits with them, so the first few mistakes cost nothing.
    """

    free: int = 5
    most_s: float = 300.0
    remembered: int = 10_000
    now: Callable[[], float] = time.monotonic
    _wrong: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def blocked(self, address: str) -> bool:
        _count, until = self._wrong.get(address, (0, 0.0))
        return self.now() < until

    def failed(self, address: str) -> None:
        count = self._wrong.pop(address, (0, 0.0))[0] + 1
        wait = min(self.most_s, 2.0 ** min(count - self.free, 10)) if count > self.free else 0.0
        self._wrong[address] = count, self.now() + wait
        while len(self._wrong) > self.remembered:
            self._wrong.popitem(last=False)


places = Places()
wrong_codes = WrongCodes()
