"""Mails about accounts, as far as they are sent behind the page."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend

from teams import mail
from tests import factories as make

pytestmark = pytest.mark.django_db


class Hanging(BaseEmailBackend):
    answers = Event()

    def send_messages(self, messages: Any) -> int:
        self.answers.wait(30)
        return len(messages)


def test_a_mail_server_that_hangs_collects_no_endless_queue(
    settings, caplog, django_capture_on_commit_callbacks
) -> None:
    ada = make.user("ada")
    settings.EMAIL_BACKEND = f"{__name__}.Hanging"
    with django_capture_on_commit_callbacks(execute=True):
        for _number in range(mail.MOST_WAITING + 3):
            mail.send("password_changed", to=ada.email, user=ada)

    assert (
        caplog.messages
        == ["the mail password_changed was not sent: too many wait for the mail server"] * 3
    )
    Hanging.answers.set()
    assert mail.outgoing.submit(lambda: "all sent").result(30) == "all sent"
    with django_capture_on_commit_callbacks(execute=True):
        mail.send("password_changed", to=ada.email, user=ada)
    assert len(caplog.messages) == 3
