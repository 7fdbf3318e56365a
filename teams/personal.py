"""What is held about a person: given out to that person, and deleted with the account."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from teams import audit, lockout, news
from teams.enums import Role
from teams.forgetting import Gone, forget_actor, forget_subject
from teams.models import AuditEntry, Delivery, Invitation, Membership, Team, User
from teams.scoping import every_team
from teams.services import TeamError, end_invitations


def teams_only_owned_by(user: User) -> list[Team]:
    """Which would be without an owner if this person went."""
    with every_team("an owner may leave", actor=user.get_username()):
        own = Membership.objects.filter(user=user, role=Role.OWNER).values("team")
        others = Membership.objects.filter(role=Role.OWNER).exclude(user=user).values("team")
        return list(Team.objects.filter(pk__in=own).exclude(pk__in=others).order_by("name"))


@transaction.atomic
def delete_account(*, user: User) -> None:
    """The account and what says who it was. What teams have together stays: their log forgets the
    name and the address, but not what was done."""
    with (
        every_team("an account is deleted", actor=user.get_username()),
        audit.acting(audit.Actor(None, "")),  # the log is not to tell what it is about to forget
    ):
        gone = Gone.of(user)
        # Locks the owners as `services` does: two who go at once must not both count on the other.
        list(Membership.objects.select_for_update().filter(team__memberships__user=user))
        if teams_only_owned_by(user):
            raise TeamError(_("Hand over the teams that you alone own, or delete them, first."))
        end_invitations(by=user.pk)
        Invitation.objects.filter(accepted_by=user).delete()
        for model in (Invitation, Delivery):
            model.objects.alias(to=Lower("email")).filter(to__in=gone.addresses).delete()
        OutstandingToken.objects.filter(user=user).delete()
        for name in gone.names | {user.get_username()}:
            lockout.lift(name)
        forget_actor(gone)
        user.delete()
        forget_subject(gone)
    transaction.on_commit(lambda: news.access_changed(users=[gone.pk]))


def personal_data(user: User) -> dict[str, Any]:
    """As JSON: instants are ISO 8601 in UTC. Secrets are left out: they are keys, not data."""
    with every_team("a person asks for their data", actor=user.get_username()):
        found: dict[str, Any] = {
            name: _values(_model(label).objects.filter(**{field: user.pk}), fields)
            for name, (label, field, fields) in POINTING.items()
        }
        found |= {
            name: _values(_model(label).objects.filter(email__iexact=user.email), fields)
            for name, (label, fields) in ADDRESSED.items()
        }
        own = AuditEntry.objects.filter(model="teams.user", object_id=str(user.pk))
        found["changes_to_the_account"] = _values(own, "at action before after")
        (found["account"],) = _values(
            User.objects.filter(pk=user.pk),
            "username first_name last_name email email_verified_at date_joined last_login",
        )
        return found


# What points at a person, by its name in what they are given. By label: `timing` is left of us.
POINTING = {
    "memberships": ("teams.Membership", "user", "team__name role alerts_by_email created_at"),
    "sessions": ("teams.Session", "user", "address agent created_at seen_at expire_date"),
    "push_subscriptions": (
        "teams.PushSubscription",
        "user",
        "team__name agent created_at last_ok_at",
    ),
    "invitations_accepted": (
        "teams.Invitation",
        "accepted_by",
        "team__name email role accepted_at",
    ),
    "invitations_sent": ("teams.Invitation", "invited_by", "team__name role created_at"),
    "api_tokens_created": ("teams.ApiToken", "created_by", "team__name name access created_at"),
    "programs": ("token_blacklist.OutstandingToken", "user", "token created_at expires_at"),
    "announcements": ("displays.Announcement", "by", "text severity at until"),
    "alerts_seen": ("timing.Alert", "seen_by", "team__name title at seen_at"),
    "actions": ("teams.AuditEntry", "actor", "at team__name action model object_name address"),
}
# What knows a person by the address.
ADDRESSED = {
    "invitations_received": ("teams.Invitation", "team__name role created_at accepted_at"),
    "mails": ("teams.Delivery", "team__name subject state created_at done_at"),
}
EXPORTED = [f"{label}.{field}" for label, field, _fields in POINTING.values()]


def _model(label: str) -> Any:
    return apps.get_model(label)


def _values(rows: Any, names: str) -> list[dict[str, Any]]:
    found = rows.order_by("pk").values(*names.split())
    return [{key.replace("__name", ""): value for key, value in row.items()} for row in found]
