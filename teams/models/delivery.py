"""The outbox: what is to reach people who do not look at the screen, and where to."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.enums import Channel, DeliveryState
from teams.models.account import User
from teams.models.team import Team
from teams.scoping import TeamModel
from teams.secrets import EncryptedTextField


class PushSubscription(TeamModel):
    """A browser of a member that takes Web Push for this team. Its endpoint is a capability: who
    knows it can send there, hence encrypted; `digest` (SHA-256 of the endpoint) finds it again.
    `browser`, as in `Session`, says which sessions are in the same one: whoever signs out ends it.
    """

    team_path = "team"
    secret_fields = ("digest", "browser")
    quiet_fields = ("last_ok_at",)

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="push_subscriptions", verbose_name=_("team")
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="push_subscriptions", verbose_name=_("user")
    )
    digest = models.CharField(_("digest"), max_length=64)
    endpoint = EncryptedTextField(_("endpoint"))
    p256dh = EncryptedTextField(_("public key"))
    auth = EncryptedTextField(_("secret"))
    agent = models.CharField(_("browser"), max_length=300, blank=True, default="")
    browser = models.CharField(_("mark of the browser"), max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_ok_at = models.DateTimeField(_("last delivered"), null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["team", "digest"], name="push_subscription_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.agent}"


class Webhook(TeamModel):
    """Where a team's alerts are posted to, signed with `secret`."""

    team_path = "team"

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="webhooks", verbose_name=_("team")
    )
    name = models.CharField(_("name"), max_length=100)
    url = EncryptedTextField(_("address"))
    secret = EncryptedTextField(_("signing secret"))
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "created_at"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class Delivery(TeamModel):
    """One message to one receiver. Its id is the idempotency key that the receiver is given.

    Pending rows with `next_at` in the past, that nobody holds (`held_until`), are sent next; after
    `expires_at` it is no news any more, and is given up. `key` is natural within the team: writing
    an alert twice leaves one delivery a receiver. `body` is JSON that the channel turns into its
    own form: {"title", "text", "url", …}. `receiver` names the browser or webhook for the log,
    which outlives them.
    """

    team_path = "team"
    is_audited = False  # it tells its own story

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("team")
    )
    key = models.CharField(_("key"), max_length=200)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    push = models.ForeignKey(
        PushSubscription,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("push subscription"),
    )
    webhook = models.ForeignKey(
        Webhook,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("webhook"),
    )
    email = models.EmailField(_("to"), blank=True, default="")
    receiver = models.CharField(_("receiver"), max_length=300, blank=True, default="")
    subject = models.CharField(_("subject"), max_length=200)
    body = models.JSONField(_("body"), default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    expires_at = models.DateTimeField(_("too old from"), null=True, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["team", "key"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["channel", "next_at"],
                condition=models.Q(state=DeliveryState.PENDING),
                name="delivery_due",
            ),
            models.Index(
                fields=["held_until"],
                condition=models.Q(state=DeliveryState.PENDING, held_until__isnull=False),
                name="delivery_held",
            ),
            models.Index(fields=["team", "-created_at"], name="delivery_of_team"),
            models.Index(
                fields=["team", "-created_at"],
                condition=models.Q(state=DeliveryState.DEAD),
                name="delivery_dead",
            ),
            models.Index(
                fields=["done_at"],
                condition=models.Q(done_at__isnull=False),
                name="delivery_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} · {self.subject}"
