"""Who sends which row. A row is taken by compare-and-swap on `held_until`, so that any number of
workers, threads and processes may look at once and none sends what another is sending; a worker
that dies leaves a hold that lapses. Works alike on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from teams.delivery.outcomes import MAX_ATTEMPTS, Outcome, next_attempt
from teams.enums import Channel, DeliveryState
from teams.models import Delivery

# Longer than any attempt takes, or it would be made twice at once: a post takes ten seconds, a mail
# five for each of ten steps.
HOLD = timedelta(seconds=30)
HOLD_MAIL = timedelta(minutes=2)
HOLDS = {Channel.PUSH: HOLD, Channel.EMAIL: HOLD_MAIL, Channel.WEBHOOK: HOLD}
LOOK_AHEAD = 10

# What is sent at the same time, to as many receivers; and how much of it is one team's at most:
# webhooks that hang, and a day's alerts that wait for them, delay no other team.
PLACES = {Channel.PUSH: 8, Channel.EMAIL: 2, Channel.WEBHOOK: 8}
OF_A_TEAM = {Channel.PUSH: 6, Channel.EMAIL: 1, Channel.WEBHOOK: 6}

# As they were put in: those of one moment are due in that moment.
IN_TURN = ("next_at", "created_at", "pk")
RECEIVER = {Channel.PUSH: "push_id", Channel.EMAIL: "email", Channel.WEBHOOK: "webhook_id"}


def claim(*, channel: Channel, now: datetime, limit: int) -> list[Delivery]:
    """At most `limit` due rows, held for the caller, each for another receiver that nobody sends
    to at the moment: one that hangs keeps one place busy, a team whose all hang not all places."""
    offered, until = list(_offered(channel, now, limit)), now + HOLDS[channel]
    if not offered:
        return []  # as almost always: no write lock for that
    with transaction.atomic():
        taken = [
            pk
            for pk, held in offered
            if Delivery.objects.filter(
                pk=pk, state=DeliveryState.PENDING, held_until=held, next_at__lte=now
            ).update(held_until=until, attempts=F("attempts") + 1)
        ]
    return list(Delivery.objects.filter(pk__in=taken).order_by(*IN_TURN))


def _offered(channel: Channel, now: datetime, limit: int) -> Iterator[tuple[UUID, datetime | None]]:
    seen: set[object] = set()
    held_of, most = _held_of_teams(channel, now), OF_A_TEAM[channel]
    full = [team for team, held in held_of.items() if held >= most]
    rows = _free(channel, now).exclude(team__in=full).order_by(*IN_TURN)
    found = rows.values_list("pk", "held_until", "team", RECEIVER[channel])
    for pk, held, team, to in found[: limit * LOOK_AHEAD]:
        if to not in seen and len(seen) < limit and held_of[team] < most:
            seen.add(to)
            held_of[team] += 1
            yield pk, held


def _held_of_teams(channel: Channel, now: datetime) -> Counter[UUID]:
    held = _pending(channel).filter(_is_held(channel, now))
    return Counter(held.values_list("team", flat=True))


def _free(channel: Channel, now: datetime) -> QuerySet[Delivery]:
    receiver = RECEIVER[channel]
    is_held = _is_held(channel, now)
    busy = _pending(channel).filter(is_held, **{receiver: OuterRef(receiver)})
    return _pending(channel).filter(~is_held, ~Exists(busy), next_at__lte=now)


def _is_held(channel: Channel, now: datetime) -> Q:
    """A hold that ends later than any could was taken before the clock was put back."""
    return Q(held_until__range=(now, now + HOLDS[channel]))


def _pending(channel: Channel) -> QuerySet[Delivery]:
    return Delivery.objects.filter(channel=channel, state=DeliveryState.PENDING)


def settle(row: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Record what became of a claimed row. What arrived has arrived, whoever holds the row now;
    any other news of a worker that lost its hold is old."""
    rows = Delivery.objects.filter(pk=row.pk, state=DeliveryState.PENDING)
    if outcome.state == DeliveryState.DONE:
        rows.update(state=DeliveryState.DONE, done_at=now, held_until=None, error="")
        return
    rows = rows.filter(held_until=row.held_until)
    next_at, error = next_attempt(now, row.attempts, outcome), outcome.error[:300]
    is_last = row.attempts >= MAX_ATTEMPTS or is_old(row, next_at)
    if outcome.state == DeliveryState.DEAD or is_last:
        rows.update(state=DeliveryState.DEAD, done_at=now, held_until=None, error=error)
        return
    rows.update(next_at=next_at, held_until=None, error=error)


def is_old(row: Delivery, at: datetime) -> bool:
    """Would it be no news any more then?"""
    return row.expires_at is not None and at >= row.expires_at
