"""Background work: each task says for which team it runs, or why it runs for all."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from lt_analyzer.celery import app
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.world import World
from teams.delivery.outbox import enqueue
from teams.enums import Channel
from teams.models import Delivery, PushSubscription, Webhook
from teams.scoping import ScopeError, every_team, scope

FOR_ALL = {
    "teams.deliver": "sends what is due; whose it is, and to whom, was decided when it was queued",
    "teams.prune": "forgets deliveries, invitations and sessions of everybody by age",
    "timing.prune": "forgets alerts of everybody by age",
}


def our_tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def probe_tasks(ours: World, theirs: World) -> Iterator[Probe]:
    for name, task in our_tasks().items():
        yield first_problem("task", name, _problems(name, task))
    yield first_problem("task", "receivers of a delivery", receiver_problems(ours, theirs))


def _problems(name: str, task: Any) -> Iterator[str]:
    if name not in FOR_ALL and "team_id" not in inspect.signature(task.run).parameters:
        yield "takes no team_id, and nothing says why it runs for all teams"


def receiver_problems(ours: World, theirs: World) -> Iterator[str]:
    """What is queued for one team goes to its own receivers only."""
    try:
        queued = _queued(ours)
    except ScopeError:
        yield "something is queued for a receiver of another team"
        return
    if not {Channel.EMAIL, Channel.WEBHOOK} <= {each.channel for each in queued}:
        yield "mails or webhooks were not queued: the check has no power"
    yield from (f"{each.channel} goes elsewhere" for each in queued if _strays(each, theirs))
    if _with_foreign_receiver(ours, theirs):
        yield "a delivery can be queued for a receiver of another team"


def _queued(ours: World) -> list[Delivery]:
    with scope(ours.team):
        return enqueue(
            team_id=ours.team.pk,
            key=f"isolation {uuid.uuid4()}",
            subject="isolation",
            body={"title": "isolation"},
            push=True,
            email=True,
            webhook=True,
            now=timezone.now(),
        )


def _strays(each: Delivery, theirs: World) -> bool:
    return (
        each.push_id in theirs.rows[PushSubscription]
        or each.webhook_id in theirs.rows[Webhook]
        or each.email == theirs.user.email
    )


def _with_foreign_receiver(ours: World, theirs: World) -> bool:
    with every_team("isolation check"):
        foreign = Webhook.objects.get(pk=min(theirs.rows[Webhook]))
    try:
        with scope(ours.team):
            Delivery.objects.create(
                team=ours.team,
                key=f"isolation {uuid.uuid4()}",
                channel="webhook",
                webhook=foreign,
                next_at=timezone.now(),
            )
    except ScopeError:
        return False
    return True
