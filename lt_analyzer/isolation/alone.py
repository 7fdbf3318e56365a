"""What somebody is answered must not depend on a team that is not theirs.

Each question is asked twice: while the other team is not there, and while it is. Whatever shows
of it (a row, a number, a choice, an error that tells) makes the two answers differ.
"""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction

from lt_analyzer.isolation.asking import Answer, Ask, Asker
from lt_analyzer.isolation.world import World
from races.models import Feed
from teams.models import Team, User
from teams.scoping import every_team


@contextmanager
def gone(world: World) -> Iterator[None]:
    with transaction.atomic():
        with every_team("isolation check"):
            for model in (Team, Feed, User):
                model._base_manager.filter(pk__in=world.rows[model]).delete()
        yield
        transaction.set_rollback(True)


def differences(asker: Asker, asks: Iterable[Ask], theirs: World) -> Iterator[str]:
    asks = list(asks)
    with gone(theirs):
        alone = [asker.ask(ask) for ask in asks]
    for ask, before in zip(asks, alone, strict=True):
        answer = asker.ask(ask, then=lambda: theirs.sight() != theirs.seen)
        if answer.status >= 500:
            yield f"{ask} fails with {answer.status}: the check has no power"
        if answer.leaks:
            yield f"{ask} shows another team"
        if answer.said != before.said and _differs(asker, ask, theirs):
            yield f"{ask} is answered otherwise than if the other team were not there"
        if answer.then:
            yield f"{ask} changes what another team sees"


def _differs(asker: Asker, ask: Ask, theirs: World) -> bool:
    """Once more, one right after the other: in between a minute may have begun."""
    with gone(theirs):
        before: Answer = asker.ask(ask)
    return asker.ask(ask).said != before.said
