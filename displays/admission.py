"""How many sockets one person or one address may hold here, and how often it may guess a code or a
token.

Sockets are counted in this process; those of a person or an API token over all processes, too
(`shared_places`), where there is a Redis. Wrong guesses are counted in the cache, codes of pages
and of sockets together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import wraps
from typing import TypeVar

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import page_not_found

from teams.doors import client_address
from teams.throttles import Guesses, neighbourhood, too_many, with_headers


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


places = Places()
codes = Guesses("display")
tokens = Guesses("token")

T = TypeVar("T")


class TooManyGuesses(Exception):  # noqa: N818 - an answer
    """This address is not answered for so long."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


def guessed(
    guesses: Guesses, address: str | None, secret: str, look: Callable[[str], T | None]
) -> T | None:
    """What the secret opens, None where it opens nothing. Raises TooManyGuesses."""
    who = neighbourhood(address)
    if who is None:
        return look(secret)
    if wait_s := guesses.turn(who, secret).wait_s:
        raise TooManyGuesses(wait_s)
    found = look(secret)
    (guesses.was_wrong if found is None else guesses.was_right)(who, secret)
    return found


def needs_code(
    view: Callable[[HttpRequest, str], HttpResponseBase],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """For a view of `/d/<code>/` that raises Http404 where the code opens nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, code: str) -> HttpResponseBase:
        who = neighbourhood(client_address(request))
        if who is None:
            return view(request, code)
        left = codes.turn(who, code)
        if left.wait_s:
            return with_headers(too_many(request, left), left)
        try:
            answer = view(request, code)
        except Http404 as wrong:
            codes.was_wrong(who, code)
            return with_headers(page_not_found(request, wrong), left)
        codes.was_right(who, code)
        return answer

    return guarded
