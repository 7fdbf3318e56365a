"""What became of one attempt, and when the next one is."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from teams.enums import DeliveryState

MAX_ATTEMPTS = 10
FIRST_PAUSE_S = 10
LONGEST_PAUSE_S = 3_600
LONGEST_ASKED_S = 6 * 3_600  # by a receiver's Retry-After


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is for the team to read: it holds no address, key or text of the receiver's."""

    state: DeliveryState
    error: str = ""
    pause_s: float = 0.0
    is_gone: bool = False  # the receiver will never be there again


DELIVERED = Outcome(DeliveryState.DONE)


class Unwanted(Exception):  # noqa: N818
    """Between the writing of a row and its delivery the receiver went; the text is for the log."""


def again(error: str, *, pause_s: float = 0.0) -> Outcome:
    return Outcome(DeliveryState.PENDING, error, pause_s)


def never(error: str, *, is_gone: bool = False) -> Outcome:
    return Outcome(DeliveryState.DEAD, error, is_gone=is_gone)


def next_attempt(now: datetime, attempts: int, outcome: Outcome) -> datetime:
    """Ten seconds, twenty, forty … to an hour, and never before the receiver asked for. A quarter
    more or less at random, or all that failed together would come back together."""
    pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempts - 1)) * random.uniform(0.75, 1)
    return now + timedelta(seconds=max(pause_s, min(outcome.pause_s, LONGEST_ASKED_S)))


def asked_pause_s(retry_after: str, now: datetime) -> float:
    """Retry-After is seconds or a date (RFC 9110 §10.2.3); nonsense asks for nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
