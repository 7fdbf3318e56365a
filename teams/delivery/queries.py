from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from teams.enums import Channel, DeliveryState
from teams.models import Delivery, PushSubscription, Team, User, Webhook


def devices_of(*, team: Team, user: User) -> list[PushSubscription]:
    return list(PushSubscription.objects.filter(team=team, user=user))


def webhooks_of(team: Team) -> list[Webhook]:
    """With `dead`, the number of messages that were given up."""
    given_up = Delivery.objects.filter(team=team, state=DeliveryState.DEAD, webhook=OuterRef("pk"))
    dead = given_up.order_by().values("webhook").annotate(count=Count("pk")).values("count")
    # Not by a join, which would read every delivery of the team.
    return list(Webhook.objects.filter(team=team).annotate(dead=Coalesce(Subquery(dead), 0)))


def deliveries_of(team: Team, *, state: str = "", channel: str = "") -> QuerySet[Delivery]:
    """Newest first; an unknown state or channel filters nothing."""
    found = Delivery.objects.filter(team=team).order_by("-created_at", "pk")
    if state in DeliveryState.values:
        found = found.filter(state=state)
    return found.filter(channel=channel) if channel in Channel.values else found
