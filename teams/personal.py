"""What is held about a person: given out to that person, and deleted with the account."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from teams import audit, lockout, news
from teams.enums import Role
from teams.forgetting import Gone, forget_actor, forget_subject
from teams.models import (
    ApiToken,
    AuditEntry,
    Delivery,
    Invitation,
    Membership,
    PushSubscription,
    Session,
    Team,
    User,
)
from teams.scoping import every_team
from teams.services import TeamError


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
    gone, nobody = Gone.of(user), audit.Actor(None, "")
    with (
        every_team("an account is deleted", actor=user.get_username()),
        audit.acting(nobody),  # the log is not to tell again what it is about to forget
    ):
        # Locks the owners as `services` does: two who go at once must not both count on the other.
        list(Membership.objects.select_for_update().filter(team__memberships__user=user))
        if teams_only_owned_by(user):
            raise TeamError(_("Hand over the teams that you alone own, or delete them, first."))
        Invitation.objects.filter(Q(email__iexact=gone.email) | Q(accepted_by=user)).delete()
        Delivery.objects.filter(email__iexact=gone.email).delete()
        OutstandingToken.objects.filter(user=user).delete()
        lockout.lift(gone.name)
        forget_actor(gone)
        user.delete()
        forget_subject(gone)
    transaction.on_commit(lambda: news.access_changed(users=[gone.pk]))


def personal_data(user: User) -> dict[str, Any]:
    """As JSON: instants are ISO 8601 in UTC. Secrets are left out: they are keys, not data."""
    with every_team("a person asks for their data", actor=user.get_username()):
        return {
            "account": _values(
                User.objects.filter(pk=user.pk),
                "username first_name last_name email email_verified_at date_joined last_login",
            )[0],
            "memberships": _values(
                Membership.objects.filter(user=user),
                "team__name role alerts_by_email created_at",
            ),
            "sessions": _values(
                Session.objects.filter(user=user), "address agent created_at seen_at expire_date"
            ),
            "push_subscriptions": _values(
                PushSubscription.objects.filter(user=user),
                "team__name agent created_at last_ok_at",
            ),
            "invitations_accepted": _values(
                Invitation.objects.filter(accepted_by=user), "team__name email role accepted_at"
            ),
            "invitations_sent": _values(
                Invitation.objects.filter(invited_by=user), "team__name role created_at"
            ),
            "api_tokens_created": _values(
                ApiToken.objects.filter(created_by=user), "team__name name access created_at"
            ),
            "actions": _values(
                AuditEntry.objects.filter(actor=user),
                "at team__name action model object_name address",
            ),
        }


def _values(rows: Any, names: str) -> list[dict[str, Any]]:
    found = rows.order_by("pk").values(*names.split())
    return [{key.replace("__name", ""): value for key, value in row.items()} for row in found]
