"""How often somebody may ask. Counts live in the cache: shared by processes where that is Redis.

A cache that is away counts nothing and refuses nobody: the product matters more than its limits.
Addresses are those the server reports; behind a proxy it must be told to trust the forwarded ones.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from teams.doors import client_address

logger = logging.getLogger(__name__)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit. Above 0, `wait_s` refuses: so long to wait before asking again."""

    limit: int
    remaining: int
    reset_s: int
    wait_s: int = 0

    def headers(self) -> dict[str, str]:
        """By the names of the IETF's draft and by those that clients know from elsewhere."""
        values = {"Limit": self.limit, "Remaining": self.remaining, "Reset": self.reset_s}
        found = {f"{x}RateLimit-{name}": str(n) for x in ("", "X-") for name, n in values.items()}
        return found | ({"Retry-After": str(self.wait_s)} if self.wait_s else {})


@dataclass(frozen=True, slots=True)
class Window:
    """So many requests in RATE_LIMIT_WINDOW minutes. Windows begin at the same instants for all,
    so that a count is one number and needs no beginning."""

    name: str
    setting: str
    now: Callable[[], float] = time.time

    def count(self, who: object) -> Left:
        """Counts a request, refused ones too: who does not wait gains nothing."""
        return self._left(_increment, who)

    def look(self, who: object) -> Left:
        """As it would be for one more, without counting it."""
        return self._left(lambda key, _lasts_s: int(cache.get(key) or 0) + 1, who)

    def _left(self, asked_of: Callable[[str, int], int], who: object) -> Left:
        limit, window_s = getattr(settings, self.setting), settings.RATE_LIMIT_WINDOW * 60
        number, passed = divmod(int(self.now()), window_s)
        try:
            asked = asked_of(f"limit:{self.name}:{who}:{number}", window_s)
        except Exception:  # Redis away, in any of its ways
            logger.warning("the cache does not count", exc_info=True)
            asked = 0
        reset_s = window_s - passed
        return Left(limit, max(0, limit - asked), reset_s, reset_s if asked > limit else 0)


API = Window("api", "RATE_LIMIT_MAX_REQUESTS")
SIGN_IN = Window("sign-in", "RATE_LIMIT_MAX_SIGN_INS")


@dataclass(frozen=True, slots=True)
class Guesses:
    """Who guesses wrong waits: a few are free, then 2, 4, 8 … 300 s. For codes, PINs and links.

    A paddock shares one address, so only guesses that differ count, and what was asked from there
    before is answered at once: the neighbours' mistakes close no screen that is open, and a guesser
    learns nothing from asking again.
    """

    name: str
    free: int = 5
    most_s: int = 300
    now: Callable[[], float] = time.time

    def turn(self, who: str, secret: str) -> Left:
        """Before a secret is looked at. It may be, unless `wait_s` is above 0; then say which it
        was. The turn is taken here, so that a thousand guesses at once are not a thousand turns.
        """
        try:
            return self._turn(who, secret)
        except Exception:  # Redis away, in any of its ways
            logger.warning("the cache does not count", exc_info=True)
            return Left(self.free, self.free, 0)

    def was_right(self, who: str, secret: str) -> None:
        """The turn is given back."""
        try:
            if cache.add(self._asked(who, secret), 1, DAY_S):
                _increment(self._tries(who), DAY_S, by=-1)
                cache.delete(self._until(who))
        except Exception:
            logger.warning("the cache does not count", exc_info=True)

    def was_wrong(self, who: str, secret: str) -> None:
        try:
            cache.add(self._asked(who, secret), 1, DAY_S)
        except Exception:
            logger.warning("the cache does not count", exc_info=True)

    def _turn(self, who: str, secret: str) -> Left:
        if cache.get(self._asked(who, secret)):
            return self._left(cache.get(self._tries(who)) or 0, wait_s=0)
        tries = _increment(self._tries(who), DAY_S)
        if tries <= self.free or self._first(who, tries):
            return self._left(tries, wait_s=0)
        _increment(self._tries(who), DAY_S, by=-1)
        until = cache.get(self._until(who)) or 0.0
        return self._left(tries, wait_s=max(1, math.ceil(until - self.now())))

    def _first(self, who: str, tries: int) -> bool:
        """Of all who ask until the wait is over."""
        wait_s = min(self.most_s, 2 ** min(tries - self.free, 10))
        until = cache.get(self._until(who))
        if until is not None and until <= self.now():  # a cache's own clock is not ours
            cache.delete(self._until(who))
        return bool(cache.add(self._until(who), self.now() + wait_s, wait_s))

    def _left(self, tries: int, *, wait_s: int) -> Left:
        return Left(self.free, max(0, self.free - tries), wait_s, wait_s)

    def _asked(self, who: str, secret: str) -> str:
        return f"guess:{self.name}:{who}:{salted_hmac(self.name, secret).hexdigest()}"

    def _tries(self, who: str) -> str:
        return f"guess:{self.name}:{who}:tries"

    def _until(self, who: str) -> str:
        return f"guess:{self.name}:{who}:until"


def _increment(key: str, lasts_s: int, *, by: int = 1) -> int:
    """One number that all processes count on together."""
    try:
        found = cache.incr(key, by)
    except ValueError:  # not there (any more)
        cache.add(key, 0, lasts_s + 60)
        found = cache.incr(key, by)
    return int(found)


# -- pages


def neighbourhood(address: str | None) -> str | None:
    """What counts as one: an IPv6 address says little, whoever has one has 2^64 of them."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if found.version == 6 and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False).network_address)
    return str(found)


def limited(window: Window) -> Callable[[View[P]], View[P]]:
    """What is posted to this view is counted by address; too much of it is answered 429."""

    def counting(view: View[P]) -> View[P]:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            who = neighbourhood(client_address(request))
            if request.method != "POST" or who is None:
                return view(request, *args, **kwargs)
            left = window.count(who)
            answer = too_many(request, left) if left.wait_s else view(request, *args, **kwargs)
            return with_headers(answer, left)

        return counted

    return counting


def too_many(request: HttpRequest, left: Left) -> HttpResponseBase:
    minutes = math.ceil(left.wait_s / 60)
    shown = {"seconds": left.wait_s if left.wait_s < 60 else 0, "minutes": minutes}
    return render(request, "429.html", shown, status=429)


def with_headers(answer: HttpResponseBase, left: Left) -> HttpResponseBase:
    for name, value in left.headers().items():
        answer.headers[name] = value
    return answer
