"""People and their signed-in sessions. Neither is of a team: memberships say what a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from teams.auditing import AuditedModel
from teams.scopes import before_scope

if TYPE_CHECKING:
    from teams.sessions import SessionStore


class User(AuditedModel, AbstractUser):
    """A person. Belongs to no team by itself."""

    secret_fields = ("password",)
    # Who gives a password anew says so; a hash that is made stronger at sign-in is no news.
    quiet_fields = ("last_login", "password")

    email = models.EmailField(_("e-mail address"), unique=True)
    email_verified_at = models.DateTimeField(_("e-mail verified"), null=True, blank=True)

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
        constraints = [
            # Mail servers take Ada@ and ada@ for one mailbox; so do we.
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("A user with that e-mail address already exists."),
            ),
        ]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Memberships and devices go along, whichever team they are of."""
        with before_scope("all that is a person's"):
            return super().delete(*args, **kwargs)


class SessionManager(BaseSessionManager):
    use_in_migrations = True


class Session(AbstractBaseSession):
    """A browser that is signed in, so that its owner can see and end it. `browser` is the digest of
    a cookie that outlives sessions, where the browser has it: see `teams.marks`."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="sessions", verbose_name=_("user")
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True, default="")
    browser = models.CharField(_("mark of the browser"), max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("signed in"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"), null=True)

    objects = SessionManager()  # type: ignore[misc]

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        ordering = ["-seen_at"]
        verbose_name = _("session")  # type: ignore[assignment]
        verbose_name_plural = _("sessions")  # type: ignore[assignment]

    def __str__(self) -> str:
        """Not by its key, as Django would: whoever reads that is signed in."""
        return f"{self.user or '–'} · {self.agent}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The store saves what it knows; what else the row holds is not its to overwrite."""
        if kwargs.get("force_update"):
            kwargs["update_fields"] = ["session_data", "expire_date", "user"]
        super().save(*args, **kwargs)

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from teams.sessions import SessionStore  # the store imports this model

        return SessionStore
