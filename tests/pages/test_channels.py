from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.urls import reverse

from teams.delivery.push import public_key
from teams.delivery.services import MAX_WEBHOOKS
from teams.enums import Role
from teams.models import AuditEntry, Delivery, Membership, PushSubscription, User, Webhook
from teams.scoping import every_team
from tests import factories as make
from tests.teams.delivery import build

PAGE = "/t/ours/channels/"


@pytest.fixture
def member(place: SimpleNamespace) -> User:
    return make.member(place.team, "member", Role.MEMBER, **build.VERIFIED)


@pytest.fixture
def as_member(member: User) -> Client:
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
    client.force_login(member)
    return client


def rows(model: Any) -> list[Any]:
    with every_team("test"):
        return list(model.objects.order_by("pk"))


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def given(endpoint: str = "https://push.example.net/1", **keys: str) -> dict[str, Any]:
    """What a browser says of its subscription."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": base64url(point), "auth": base64url(b"0123456789abcdef")} | keys
    return {"endpoint": endpoint, "expirationTime": None, "keys": keys}


def subscribe(client: Client, data: Any, team: str = "ours") -> Any:
    url = reverse("push-subscribe", args=[team])
    return client.post(url, json.dumps(data), content_type="application/json")


# -- push


def test_a_browser_subscribes(as_member: Client, place: SimpleNamespace, member: User) -> None:
    data = given()

    answer = subscribe(as_member, data)

    (row,) = rows(PushSubscription)
    assert (answer.status_code, answer.json()) == (201, {"device": row.pk})
    assert (row.team_id, row.user, row.agent) == (place.team.pk, member, "Firefox on Linux")
    assert (row.endpoint, row.p256dh, row.auth) == (
        data["endpoint"],
        data["keys"]["p256dh"],
        data["keys"]["auth"],
    )
    page = as_member.get(PAGE).text
    assert f'data-key="{public_key()}"' in page
    assert "Firefox on Linux" in page
    assert "push.example.net" not in page
    assert row.digest not in page


def test_a_browser_that_subscribes_again_is_one_device(as_member: Client) -> None:
    again = given()
    subscribe(as_member, given())

    subscribe(as_member, again)

    assert [row.p256dh for row in rows(PushSubscription)] == [again["keys"]["p256dh"]]


def test_a_browser_is_whose_it_is_now(
    as_member: Client, owner: Client, place: SimpleNamespace
) -> None:
    subscribe(as_member, given())

    subscribe(owner, given())

    assert [row.user for row in rows(PushSubscription)] == [place.owner]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (given("http://push.example.net/1"), "begin with https"),
        (given("https://127.0.0.1/1"), "private network"),
        (given("https://push.example.net:6379/"), "Port 6379"),
        (given("https://user:pass@push.example.net/"), "user name"),
        (given(p256dh="AAAA"), "not a push subscription"),
        (given(p256dh=base64url(b"\4" + b"1" * 64)), "not a push subscription"),
        (given(p256dh=base64url(b"\0")), "not a push subscription"),
        (given(auth="short"), "not a push subscription"),
        (given(auth="é"), "not a push subscription"),
        ({}, "begin with"),
        ([], "begin with"),
        ({"endpoint": None, "keys": []}, "begin with"),
        ("x" * 10_000, "begin with"),
    ],
)
def test_nonsense_is_refused_with_its_reason(data: Any, why: str, as_member: Client) -> None:
    answer = subscribe(as_member, data)

    assert answer.status_code == 422
    assert why in answer.json()["error"]
    assert rows(PushSubscription) == []


def test_json_without_a_bottom_is_nonsense_too(client: Client, db: None) -> None:
    answer = client.post("/push/renew/", "[" * 7_000, content_type="application/json")

    assert answer.status_code == 422


def test_devices_are_limited(as_member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("teams.delivery.devices.MAX_DEVICES", 2)
    for number in range(3):
        answer = subscribe(as_member, given(f"https://push.example.net/{number}"))

    assert answer.status_code == 422
    assert len(rows(PushSubscription)) == 2
    assert subscribe(as_member, given("https://push.example.net/0")).status_code == 201


def test_own_devices_can_be_tested_and_removed(
    as_member: Client, place: SimpleNamespace, member: User
) -> None:
    device = build.device(place.team, member)

    for _ in range(2):
        page = as_member.post(reverse("push-test", args=["ours", device.pk]), follow=True)
    assert "A test is on its way to Firefox · Linux." in page.text
    (test,) = {row.key.partition(":")[0] for row in rows(Delivery)}
    assert test == "test"

    page = as_member.post(reverse("push-unsubscribe", args=["ours", device.pk]), follow=True)
    assert "Firefox · Linux gets no more pushes." in page.text
    assert rows(PushSubscription) == []


@pytest.mark.parametrize("name", ["push-test", "push-unsubscribe"])
def test_devices_of_others_are_not_there(
    name: str, as_member: Client, place: SimpleNamespace, member: User
) -> None:
    elsewhere = make.team("Elsewhere")
    with every_team("test"):
        Membership.objects.create(team=elsewhere, user=member)
    foreign = [build.device(place.team, place.owner), build.device(elsewhere, member)]

    for device in foreign:
        assert as_member.post(reverse(name, args=["ours", device.pk])).status_code == 404
    assert "No" not in [row.agent for row in rows(PushSubscription)]
    assert rows(PushSubscription) == foreign
    assert rows(Delivery) == []
    assert "Firefox · Linux" not in as_member.get(PAGE).text


def test_a_browser_whose_address_changed_keeps_getting_pushes(
    client: Client, place: SimpleNamespace, member: User
) -> None:
    """The service worker asks, with the old address as its right to: nobody is signed in."""
    other = make.team("Elsewhere")
    old = "https://push.example.net/old"
    for team in (place.team, other):
        build.device(team, member, endpoint=old)
    build.device(place.team, place.owner, endpoint="https://push.example.net/other")
    new = given("https://push.example.net/new")

    answer = client.post(
        reverse("push-renew"), json.dumps({"old": old, "new": new}), "application/json"
    )

    assert (answer.status_code, answer.json()) == (200, {"changed": 2})
    assert sorted(row.endpoint for row in rows(PushSubscription)) == [
        "https://push.example.net/new",
        "https://push.example.net/new",
        "https://push.example.net/other",
    ]


@pytest.mark.parametrize("old", ["https://push.example.net/guess", "", None, 7, "\ud800", "\x00"])
def test_nobody_renews_what_they_do_not_know(
    old: Any, client: Client, place: SimpleNamespace, member: User
) -> None:
    device = build.device(place.team, member)

    answer = client.post(
        reverse("push-renew"), json.dumps({"old": old, "new": given()}), "application/json"
    )

    assert answer.status_code == 404
    assert rows(PushSubscription) == [device]


def test_without_a_key_the_page_says_why_there_is_no_push(as_member: Client, settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = ""

    assert "VAPID_PRIVATE_KEY" in as_member.get(PAGE).text


def test_the_service_worker_is_at_the_root_and_never_old(client: Client) -> None:
    answer = client.get("/sw.js")

    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "text/javascript; charset=utf-8",
        "no-cache",
    )
    assert "{%" not in answer.text
    assert "worker-src 'self'" in client.get("/accounts/login/")["Content-Security-Policy"]


# -- e-mail


def takes_mails(user: User) -> bool:
    with every_team("test"):
        return Membership.objects.get(user=user).alerts_by_email


def test_mails_are_switched_off_and_on(as_member: Client, member: User) -> None:
    url = reverse("alerts-by-email", args=["ours"])

    assert "No more alerts" in as_member.post(url, {"enabled": "0"}, follow=True).text
    assert not takes_mails(member)
    assert "Alerts come by e-mail" in as_member.post(url, {"enabled": "1"}, follow=True).text
    assert takes_mails(member)


def test_a_test_mail_goes_to_oneself(as_member: Client) -> None:
    as_member.post(reverse("email-test", args=["ours"]))

    assert [row.email for row in rows(Delivery)] == ["member@example.com"]


def test_an_address_that_is_not_verified_says_what_to_do(owner: Client) -> None:
    page = owner.get(PAGE).text
    assert "owner@example.com is not verified yet" in page
    assert "Verify it" in page

    answer = owner.post(reverse("alerts-by-email", args=["ours"]), {"enabled": "1"}, follow=True)
    assert "Verify your e-mail address first." in answer.text
    answer = owner.post(reverse("email-test", args=["ours"]), follow=True)
    assert "Verify your e-mail address first." in answer.text
    assert rows(Delivery) == [], "it may be somebody else's mailbox"


# -- webhooks

NEW = "/t/ours/webhooks/"
HOOK = {"name": "Pit radio", "url": "https://hooks.example.net/T0/secret-path"}


def test_a_webhooks_secret_is_shown_once(owner: Client, place: SimpleNamespace) -> None:
    answer = owner.post(NEW, HOOK)

    (hook,) = rows(Webhook)
    assert (hook.team_id, hook.name, hook.url, hook.is_enabled) == (
        place.team.pk,
        HOOK["name"],
        HOOK["url"],
        True,
    )
    assert re.fullmatch(r"whsec_[\w-]{43}", hook.secret)
    assert hook.secret in answer.text
    assert "no-store" in answer["Cache-Control"]
    page = owner.get(PAGE).text
    assert "Pit radio" in page
    assert "secret-path" not in page
    assert hook.secret not in page


def test_what_is_stored_is_encrypted(owner: Client) -> None:
    owner.post(NEW, HOOK)

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE none" if connection.vendor == "postgresql" else "SELECT 1")
        cursor.execute("SELECT url, secret FROM teams_webhook")
        assert not re.search(r"secret-path|whsec", str(cursor.fetchall()))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"url": "http://hooks.example.net/"}, "begin with https"),
        ({"url": "https://localhost/"}, "private network"),
        ({"url": "https://10.0.0.1/"}, "private network"),
        ({"url": "ftp://hooks.example.net/"}, "begin with https"),
        ({"url": "hooks.example.net"}, "begin with https"),
        ({"url": "https://a:b@hooks.example.net/"}, "user name"),
        ({"url": ""}, "required"),
        ({"name": ""}, "required"),
        ({"url": "https://hooks.example.net/" + "x" * 2_000}, "at most 2000"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_with_its_reason(
    change: dict[str, str], why: str, owner: Client
) -> None:
    answer = owner.post(NEW, HOOK | change)

    assert answer.status_code == 422
    assert why in answer.text
    assert rows(Webhook) == []


def test_the_operators_neighbours_may_be_told_in_clear(owner: Client, settings: Any) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["192.168.7.0/24", "wall.lan"]

    for url in ("http://192.168.7.9:8080/x", "http://wall.lan/x"):
        assert owner.post(NEW, HOOK | {"url": url}).status_code == 200
    assert owner.post(NEW, HOOK | {"url": "http://192.168.8.9/x"}).status_code == 422


def test_webhooks_are_limited(owner: Client, place: SimpleNamespace) -> None:
    for _ in range(MAX_WEBHOOKS):
        build.webhook(place.team)

    assert "too many webhooks" in owner.post(NEW, HOOK).text


def test_a_webhook_is_switched_tested_given_a_new_secret_and_deleted(
    owner: Client, place: SimpleNamespace
) -> None:
    hook = build.webhook(place.team)

    def at(name: str) -> str:
        return reverse(f"webhook-{name}", args=["ours", hook.pk])

    assert "Pit radio" in owner.post(at("test"), follow=True).text
    assert [row.receiver for row in rows(Delivery)] == ["Pit radio"]
    owner.post(at("switch"), {"enabled": "0"})
    assert [row.is_enabled for row in rows(Webhook)] == [False]
    assert owner.post(at("test")).status_code == 404
    assert "void at once" in owner.get(at("rotate")).text
    assert [row.secret for row in rows(Webhook)] == ["whsec_tests"]
    shown = owner.post(at("rotate")).text
    assert [row.secret in shown for row in rows(Webhook)] == [True]
    assert "Delete Pit radio?" in owner.get(at("delete")).text
    assert "Pit radio is deleted." in owner.post(at("delete"), follow=True).text
    assert rows(Webhook) == []
    assert [row.receiver for row in rows(Delivery)] == ["Pit radio"], "the log outlives it"


def test_the_audit_log_names_secrets_and_shows_none(owner: Client, place: SimpleNamespace) -> None:
    data = given("https://push.example.net/secret-endpoint")
    subscribe(owner, data)
    owner.post(NEW, HOOK)
    (hook,) = rows(Webhook)
    owner.post(reverse("webhook-rotate", args=["ours", hook.pk]))
    owner.post(reverse("webhook-test", args=["ours", hook.pk]))

    told = [(each.action, each.model, each.before, each.after) for each in rows(AuditEntry)]

    assert "webhook tested" in {each[0] for each in told}
    secrets = ["secret-path", "whsec_", "secret-endpoint", *data["keys"].values()]
    assert [secret for secret in secrets if secret in str(told)] == []


# -- who may


WEBHOOKS = ["webhook-switch", "webhook-rotate", "webhook-test", "webhook-delete"]


@pytest.mark.parametrize("name", WEBHOOKS)
def test_webhooks_of_another_team_are_not_there(
    name: str, owner: Client, place: SimpleNamespace
) -> None:
    foreign = build.webhook(place.other)

    assert owner.post(reverse(name, args=["ours", foreign.pk])).status_code == 404
    assert rows(Webhook) == [foreign]


def test_members_have_their_own_channels_and_no_webhooks(
    as_member: Client, place: SimpleNamespace
) -> None:
    hook = build.webhook(place.team)

    page = as_member.get(PAGE)

    assert page.status_code == 200
    assert "Pit radio" not in page.text
    for name in WEBHOOKS:
        assert as_member.post(reverse(name, args=["ours", hook.pk])).status_code == 403
    assert as_member.post(NEW, HOOK).status_code == 403


def test_viewers_have_no_channels(client: Client, place: SimpleNamespace) -> None:
    client.force_login(place.reader)

    assert client.get(PAGE).status_code == 403
    assert subscribe(client, given()).status_code == 403
    assert client.post(reverse("alerts-by-email", args=["ours"])).status_code == 403
    assert rows(PushSubscription) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        build.device(place.team, place.owner)
        build.webhook(place.team, name=f"Hook {number}")

    with django_assert_num_queries(5):
        owner.get(PAGE)
