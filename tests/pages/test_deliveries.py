from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from teams.enums import Channel, DeliveryState, Role
from teams.models import Delivery, Team
from tests import factories as make
from tests.factories.system import system
from tests.teams.delivery import build

PAGE = "/t/ours/deliveries/"


def delivery(team: Team, subject: str, **fields: Any) -> Delivery:
    fields = {"channel": Channel.EMAIL, "email": "ada@example.com", "next_at": build.NOW} | fields
    with system():
        return Delivery.objects.create(team=team, key=subject, subject=subject, **fields)


@pytest.fixture
def log(place: SimpleNamespace) -> SimpleNamespace:
    dead = {"state": DeliveryState.DEAD, "attempts": 10, "done_at": build.NOW}
    hook = {"channel": Channel.WEBHOOK, "receiver": "Pit radio", "email": ""}
    waits = {"attempts": 3, "error": "The receiver answers 500."}
    return SimpleNamespace(
        waits=delivery(place.team, "It waits", **hook, **waits),
        done=delivery(place.team, "It came", state=DeliveryState.DONE, attempts=1),
        dead_hook=delivery(place.team, "Hook is dead", **hook, **dead),
        dead_mail=delivery(place.team, "Mail is dead", **dead),
        foreign=delivery(place.other, "Not ours", **dead),
    )


def shown(client: Client, query: str = "") -> set[str]:
    subjects = re.findall(r'<b class="t"><bdi>(.*?)</bdi>', client.get(PAGE + query).text)
    return set(subjects)


def states() -> dict[str, tuple[str, int]]:
    with system():
        return {row.subject: (row.state, row.attempts) for row in Delivery.objects.all()}


def test_an_empty_log_says_what_will_be_there(owner: Client) -> None:
    assert "Nothing was sent yet" in owner.get(PAGE).text


def test_the_log_says_what_became_of_each(owner: Client, log: SimpleNamespace) -> None:
    page = owner.get(PAGE).text

    assert shown(owner) == {"It waits", "It came", "Hook is dead", "Mail is dead"}
    assert "3 attempts, next at" in page
    assert "The receiver answers 500." in page
    assert "10 attempts" in page
    assert "ada@example.com" in page


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("?state=dead", {"Hook is dead", "Mail is dead"}),
        ("?channel=webhook", {"It waits", "Hook is dead"}),
        ("?state=done&channel=email", {"It came"}),
        ("?state=done&channel=push", set()),
        ("?state=nonsense", {"It waits", "It came", "Hook is dead", "Mail is dead"}),
    ],
)
def test_the_log_is_filtered(
    query: str, subjects: set[str], owner: Client, log: SimpleNamespace
) -> None:
    assert shown(owner, query) == subjects


def test_one_is_tried_again(owner: Client, log: SimpleNamespace) -> None:
    page = owner.post(reverse("delivery-retry", args=["ours", log.dead_mail.pk]), follow=True)

    assert "1 delivery is tried again." in page.text
    assert states() == {
        "It waits": ("pending", 3),
        "It came": ("done", 1),
        "Hook is dead": ("dead", 10),
        "Mail is dead": ("pending", 0),
        "Not ours": ("dead", 10),
    }


def test_what_arrived_is_not_sent_again(owner: Client, log: SimpleNamespace) -> None:
    owner.post(reverse("delivery-retry", args=["ours", log.done.pk]))

    assert states()["It came"] == ("done", 1)


def test_all_that_are_dead_are_tried_again(owner: Client, log: SimpleNamespace) -> None:
    assert "Try all 2 given up again" in owner.get(PAGE).text

    owner.post(reverse("deliveries-retry", args=["ours"]))

    assert states()["Hook is dead"] == states()["Mail is dead"] == ("pending", 0)
    assert states()["Not ours"] == ("dead", 10)


def test_all_of_a_channel_are_tried_again(owner: Client, log: SimpleNamespace) -> None:
    owner.post(reverse("deliveries-retry", args=["ours"]), {"channel": "webhook"})

    assert states()["Hook is dead"] == ("pending", 0)
    assert states()["Mail is dead"] == ("dead", 10)


def test_a_delivery_of_another_team_is_not_there(owner: Client, log: SimpleNamespace) -> None:
    url = reverse("delivery-retry", args=["ours", log.foreign.pk])

    assert owner.post(url).status_code == 404
    assert states()["Not ours"] == ("dead", 10)


def test_members_do_not_see_the_log(client: Client, place: SimpleNamespace) -> None:
    client.force_login(make.member(place.team, "member", Role.MEMBER))

    assert client.get(PAGE).status_code == 403
    assert client.post(reverse("deliveries-retry", args=["ours"])).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        delivery(place.team, f"Mail {number}")

    with django_assert_num_queries(6):
        owner.get(PAGE)
