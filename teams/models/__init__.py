from teams.models.account import Session, User
from teams.models.audit import AuditEntry
from teams.models.delivery import Delivery, PushSubscription, Webhook
from teams.models.team import Invitation, Membership, Team
from teams.models.token import ApiToken

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Delivery",
    "Invitation",
    "Membership",
    "PushSubscription",
    "Session",
    "Team",
    "User",
    "Webhook",
]
