from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from teams.delivery.worker import deliver_due
from teams.enums import Channel, DeliveryState
from teams.models import Delivery, Membership, Team, User
from tests.factories.system import system
from tests.receivers.smtp import MailServer
from tests.teams.delivery.build import NOW, offer, rows


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.PUBLIC_URL = "https://timing.example.net"
    with MailServer() as found:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        yield found


@pytest.fixture
def place(place: SimpleNamespace) -> SimpleNamespace:
    """Of the team, the member alone takes mails."""
    with system():
        Team.objects.filter(pk=place.team.pk).update(time_zone="Europe/Paris")
        Membership.objects.exclude(user=place.member).update(alerts_by_email=False)
    return place


def offer_mail(place: SimpleNamespace, **fields: Any) -> None:
    offer(place.team, push=False, email=True, webhook=False, **fields)


def deliver(after: timedelta = timedelta(0)) -> Delivery:
    deliver_due(channel=Channel.EMAIL, clock=lambda: NOW + after)
    (row,) = rows(channel=Channel.EMAIL)
    return row


def test_a_mail_says_what_happened_where_to_look_and_how_to_end_it(
    place: SimpleNamespace, server: MailServer
) -> None:
    offer_mail(place)

    row = deliver()

    (mail,) = server.got
    assert row.state == DeliveryState.DONE
    assert (mail["To"], mail["Subject"]) == ("member@example.com", "[Ours] Kart 7 pits")
    assert (mail["Message-ID"], mail["Idempotency-Key"]) == (
        f"<{row.pk}@timing.example.net>",
        str(row.pk),
    )
    stop = mail["List-Unsubscribe"].strip("<> ")
    assert mail.get_content().splitlines() == [
        "Kart 7 pits",
        "Lap 31, stint 1:02:11",
        "7 Jun 2026, 14:00:00 CEST",
        "",
        "https://timing.example.net/t/ours/feeds/1/",
        "",
        "--",
        "You get this because a rule of Ours sends its alerts by e-mail.",
        f"No more of these mails: {stop}",
        "",
    ]


def test_words_of_a_feed_stay_words(place: SimpleNamespace, server: MailServer) -> None:
    title = "<b>Grip & Glory</b> {{ 7|add:1 }}"
    offer_mail(place, subject=title, body={"title": title, "text": "Zoë's\r\nBcc: x@example.com"})

    deliver()

    (mail,) = server.got
    assert mail["Subject"] == f"[Ours] {title}"
    assert mail.get_content().startswith(title)
    assert (mail["Bcc"], len(mail["To"].addresses)) == (None, 1)


def test_a_repeat_has_the_same_id(place: SimpleNamespace, server: MailServer) -> None:
    server.refuse["member@example.com"] = b"451 later"
    offer_mail(place)
    assert deliver().state == DeliveryState.PENDING

    server.refuse.clear()
    row = deliver(after=timedelta(seconds=11))

    assert (row.state, row.attempts) == (DeliveryState.DONE, 2)
    assert server.got[0]["Message-ID"] == f"<{row.pk}@timing.example.net>"


def test_a_mailbox_that_is_not_there_is_not_tried_again(
    place: SimpleNamespace, server: MailServer
) -> None:
    server.refuse["member@example.com"] = b"550 5.1.1 member@example.com is unknown"
    offer_mail(place)

    row = deliver()

    assert (row.state, row.error) == (
        DeliveryState.DEAD,
        "The mail server refuses the receiver (550).",
    )


def test_a_mail_server_that_is_away_is_asked_again(place: SimpleNamespace, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailServer() as closed:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed.port
    offer_mail(place)

    row = deliver()

    assert (row.state, row.error) == (DeliveryState.PENDING, "The mail server does not answer.")


def test_who_ended_the_mails_in_the_meantime_gets_none(
    place: SimpleNamespace, server: MailServer
) -> None:
    offer_mail(place)
    with system():
        Membership.objects.update(alerts_by_email=False)

    assert deliver().state == DeliveryState.DEAD
    assert server.got == []


def test_the_link_in_the_mail_ends_the_mails(
    place: SimpleNamespace, server: MailServer, client: Client
) -> None:
    offer_mail(place)
    deliver()
    link = re.sub("https://[^/]+", "", server.got[0]["List-Unsubscribe"].strip("<> "))

    page = client.get(link)
    assert takes_mails(place), "a link checker changes nothing"
    done = client.post(link, {"List-Unsubscribe": "One-Click"})

    assert (page.status_code, done.status_code) == (200, 200)
    assert "No more mails" in done.text
    assert not takes_mails(place)


def test_a_link_that_was_changed_is_not_there(place: SimpleNamespace, client: Client) -> None:
    assert client.get("/alerts/stop/MQ:x:y/").status_code == 404


def takes_mails(place: SimpleNamespace) -> bool:
    with system():
        return Membership.objects.get(team=place.team, user=place.member).alerts_by_email


def test_an_address_that_is_not_known_to_be_theirs_gets_nothing(
    place: SimpleNamespace, server: MailServer
) -> None:
    offer_mail(place)
    with system():
        User.objects.update(email_verified_at=None)

    row = deliver()

    assert (row.state, server.got) == (DeliveryState.DEAD, [])
