from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from teams.enums import Channel, DeliveryState
from teams.models import Delivery, PushSubscription, Team, User, Webhook

DEAD = Q(deliveries__state=DeliveryState.DEAD)


def devices_of(*, team: Team, user: User) -> list[PushSubscription]:
    return list(PushSubscription.objects.filter(team=team, user=user))


def webhooks_of(team: Team) -> list[Webhook]:
    """With `dead`, the number of messages that were given up."""
    return list(Webhook.objects.filter(team=team).annotate(dead=Count("deliveries", filter=DEAD)))


def deliveries_of(team: Team, *, state: str = "", channel: str = "") -> QuerySet[Delivery]:
    """Newest first; an unknown state or channel filters nothing."""
    found = Delivery.objects.filter(team=team).order_by("-created_at", "pk")
    if state in DeliveryState.values:
        found = found.filter(state=state)
    return found.filter(channel=channel) if channel in Channel.values else found
