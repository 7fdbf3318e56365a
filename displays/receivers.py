"""Whether anybody would get what a rule sends: a form says so before a race does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from teams.models import Membership, PushSubscription, Team, Webhook
from teams.permissions import ALERTS_READ, roles_with
from timing.models import AlertRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    push: bool
    email: bool
    webhook: bool

    def missing(self, rules: Iterable[AlertRule]) -> list[str]:
        """The ways that a rule which is on would use, and that lead to nobody."""
        on = [rule for rule in rules if rule.is_enabled]
        return [
            way
            for way in ("push", "email", "webhook")
            if not getattr(self, way) and any(getattr(rule, way) for rule in on)
        ]


def receivers(team: Team) -> Receivers:
    members = Membership.objects.filter(team=team, role__in=roles_with(ALERTS_READ))
    mail = members.filter(alerts_by_email=True, user__email_verified_at__isnull=False)
    return Receivers(
        push=PushSubscription.objects.filter(team=team, user__in=members.values("user")).exists(),
        email=mail.exists(),
        webhook=Webhook.objects.filter(team=team, is_enabled=True).exists(),
    )
