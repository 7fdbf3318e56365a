from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from displays.models import Display
from races.models import Feed, Follow, Race, Track
from teams import audit
from teams.audit import Actor, acting
from teams.enums import Role
from teams.invitations import invite
from teams.models import ApiToken, AuditEntry, Membership, Team, User, Webhook
from teams.scoping import ScopeError, scope
from tests import factories as make
from tests.factories.system import system
from timing.models import AlertRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.team("Ours")


@pytest.fixture
def ada() -> User:
    return make.user("ada")


@pytest.fixture
def actor(ada: User) -> Actor:
    return Actor(ada.pk, "ada", address="192.0.2.7")


def entries(**lookup: Any) -> list[AuditEntry]:
    with system():
        return list(AuditEntry.objects.filter(**lookup).order_by("pk"))


def told() -> list[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    return [(e.action, e.model, e.object_name, e.before, e.after) for e in entries()]


def of(row: Any) -> dict[str, str]:
    return {"id": str(row.pk), "name": str(row)}


# -- rows


def test_a_row_that_is_made_changed_and_deleted_is_three_entries(team, ada, actor):
    with scope(team), acting(actor):
        member = Membership.objects.create(team=team, user=ada)
        member.role = Role.OWNER
        member.save()
        member.delete()

    after = {"user": of(ada), "role": "member", "alerts_by_email": True}
    name = "ada · Ours"
    assert told() == [
        ("created", "teams.membership", name, {}, after),
        ("changed", "teams.membership", name, {"role": "member"}, {"role": "owner"}),
        ("deleted", "teams.membership", name, after | {"role": "owner"}, {}),
    ]
    assert {(e.team_id, e.actor_id, e.actor_name, e.address) for e in entries()} == {
        (team.pk, ada.pk, "ada", "192.0.2.7")
    }


def test_writes_without_an_actor_are_not_recorded(team, ada):
    with scope(team):
        Membership.objects.create(team=team, user=ada)
        Membership.objects.update(role=Role.OWNER)

    assert entries() == []


def test_a_save_that_changes_nothing_is_no_entry(team, actor):
    with scope(team), acting(actor):
        team.save()
        Team.objects.update(name=F("name"))

    assert entries() == []


def test_a_change_that_is_not_saved_is_not_recorded(team, actor):
    team.name, team.time_zone = "Other", "Europe/Paris"
    with scope(team), acting(actor):
        team.save(update_fields=["time_zone"])

    assert [e.after for e in entries()] == [{"time_zone": "Europe/Paris"}]


def test_rows_changed_by_one_statement_have_an_entry_each(team, actor):
    with scope(team):
        for name in ("a", "b", "c"):
            Webhook.objects.create(team=team, name=name, url="u", secret="s", is_enabled=name > "a")
        with acting(actor):
            Webhook.objects.filter(name__lte="b").update(is_enabled=False)

    assert told() == [
        ("changed", "teams.webhook", "b", {"is_enabled": True}, {"is_enabled": False})
    ]


def test_what_the_database_works_out_is_shown_as_it_came_out(team, actor):
    feed = make.followed_feed(team, owner=team, retention_days=3)
    with scope(team), acting(actor):
        Feed.objects.update(retention_days=F("retention_days") + 4)

    assert [(e.before, e.after) for e in entries()] == [
        ({"retention_days": 3}, {"retention_days": 7})
    ]
    assert entries()[0].object_id == str(feed.pk)


def test_rows_written_in_bulk_have_an_entry_each(team, actor):
    with scope(team), acting(actor):
        hooks = Webhook.objects.bulk_create(
            [Webhook(team=team, name=name, url="u", secret="s") for name in "ab"]
        )
        hooks[0].name = "z"
        Webhook.objects.bulk_update(hooks, ["name"])

    assert [(e.action, e.object_name, e.before) for e in entries()] == [
        ("created", "a", {}),
        ("created", "b", {}),
        ("changed", "z", {"name": "a"}),
    ]


def test_more_rows_than_anyone_reads_are_one_entry(team, actor):
    with scope(team), acting(actor):
        Webhook.objects.bulk_create(
            [Webhook(team=team, name=f"{n}", url="u", secret="s") for n in range(60)]
        )
        Webhook.objects.update(is_enabled=False)
        Webhook.objects.all().delete()

    assert told() == [
        ("created", "teams.webhook", "", {}, {"rows": 60}),
        ("changed", "teams.webhook", "", {}, {"rows": 60}),
        ("deleted", "teams.webhook", "", {"rows": 60}, {}),
    ]
    assert {e.team_id for e in entries()} == {team.pk}


def test_a_deletion_says_how_much_went_along(team, actor):
    feed = make.followed_feed(team, owner=team, name="Own")
    make.full_race(feed, entries=1)
    with scope(team), acting(actor):
        feed.delete()

    (entry,) = entries()
    assert (entry.action, entry.object_name, entry.team_id) == ("deleted", "Own", team.pk)
    assert (entry.after["also"]["races.Lap"], entry.after["also"]["races.Race"]) == (2, 1)


def test_a_row_that_belongs_to_a_feed_is_told_to_the_feeds_owner(team, actor):
    race = make.race(make.followed_feed(team, owner=team), name="Heat")
    with scope(team), acting(actor):
        Race.objects.update(name="Final")

    assert [(e.team_id, e.object_id) for e in entries()] == [(team.pk, str(race.pk))]


def test_a_write_that_is_refused_leaves_no_entry(team, ada, actor):
    other = make.team()
    with scope(team), acting(actor):
        Membership.objects.create(team=team, user=ada)
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(team=team, user=ada)
        with pytest.raises(ScopeError):
            Membership.objects.create(team=other, user=ada)

    assert [e.action for e in entries()] == ["created"]


def test_what_is_not_worth_telling_is_not_told(team, actor):
    with scope(team), acting(actor):
        token = ApiToken.objects.create(team=team, name="Wall", prefix="lt_a", digest="d")
        ApiToken.objects.update(last_used_at=make.after(1))
        token.last_used_at = make.after(2)
        token.save()

    assert [e.action for e in entries()] == ["created"]


# -- values


def test_secrets_are_named_and_never_shown(team, actor):
    with scope(team), acting(actor):
        hook = Webhook.objects.create(
            team=team, name="n", url="https://hush.example", secret="hush"
        )
        hook = Webhook.objects.get()
        hook.save()
        hook.secret = "hush 2"
        hook.save()
        ApiToken.objects.create(team=team, name="t", prefix="lt_a", digest="hush")

    assert [(e.before, e.after) for e in entries(model="teams.webhook")] == [
        ({}, {"name": "n", "url": "•••", "secret": "•••", "is_enabled": True}),
        ({"secret": "•••"}, {"secret": "•••"}),
    ]
    assert "hush" not in str([(e.before, e.after) for e in entries()])


def test_a_password_is_a_secret(ada, actor):
    ada.set_password("another one")
    ada.first_name = "Ada"
    with acting(actor):
        ada.save()

    before, after = {"password": "•••", "first_name": ""}, {"password": "•••", "first_name": "Ada"}
    assert told() == [("changed", "teams.user", "ada", before, after)]
    assert entries()[0].team_id is None


def test_a_hash_that_is_made_stronger_is_no_news(ada, actor):
    """Whoever gives a password anew says so."""
    ada.set_password("pw")
    with acting(actor):
        ada.save(update_fields=["password"])

    assert entries() == []


def test_a_threshold_is_said_in_its_unit(team, actor):
    with scope(team), acting(actor):
        for kind, value in (
            ("stint", 2_700_000),
            ("short_stop", 45_500),
            ("catch", 5),
            ("flag", 1),
        ):
            AlertRule.objects.create(team=team, kind=kind, threshold=value)

    assert [e.after["threshold"] for e in entries()] == ["45:00", "45.500 s", "5 laps", 1]


def test_long_texts_are_cut(team, actor):
    feed = make.followed_feed(team)
    with scope(team), acting(actor):
        team.plans.create(team=team, feed=feed, notes="x" * 5000)

    assert len(entries()[0].after["notes"]) == 200
    assert entries()[0].after["feed"] == of(feed)


def test_tracks_are_told_to_operators(actor):
    track = make.track("rkc")
    with system(), acting(actor):
        track.name = "RKC"
        track.save()
        Track.objects.filter(pk=track.pk).delete()

    assert [(e.action, e.team_id) for e in entries()] == [("changed", None), ("deleted", None)]


# -- people and teams that go


def test_a_person_who_deletes_themselves_is_remembered_by_name(team, ada, actor):
    with system():
        Membership.objects.create(team=team, user=ada)
    with acting(actor):
        ada.delete()

    (entry,) = entries()
    assert (entry.actor_id, entry.actor_name, entry.action) == (None, "ada", "deleted")
    assert entry.after == {"also": {"teams.Membership": 1}}


def test_a_team_that_is_deleted_takes_its_log_along(team, actor):
    with scope(team), acting(actor):
        team.name = "Other"
        team.save()
        team.delete()

    (entry,) = entries()
    assert (entry.team_id, entry.action, entry.object_name) == (None, "deleted", "Other")


# -- what is no row


def test_what_is_no_write_is_recorded_by_name(team, ada, actor):
    with acting(actor):
        audit.record("signed in")
        audit.record("exported", team=team, subject=ada, after={"rows": 3})

    assert [(e.action, e.team_id, e.object_name, e.after) for e in entries()] == [
        ("signed in", None, "", {}),
        ("exported", team.pk, "ada", {"rows": 3}),
    ]


def test_what_nobody_does_is_not_recorded(team):
    audit.record("exported", team=team)

    assert entries() == []


def test_a_link_that_one_person_has_is_that_persons_doing(team, ada):
    olga = make.member(team, "olga")
    with acting(Actor(None, "", address="192.0.2.7")), audit.acting_as(olga):
        audit.record("exported", team=team)
    with audit.acting_as(ada):
        audit.record("exported", team=team)

    assert [(e.actor_id, e.actor_name, e.address) for e in entries()] == [
        (olga.pk, "olga", "192.0.2.7")
    ]


def test_who_signs_up_by_an_invitation_did_it_and_the_inviter_is_named(team):
    olga = make.member(team, "olga", role=Role.OWNER)
    with scope(team):
        invited = invite(team=team, email="nina@example.com", role=Role.MEMBER, by=olga)
    said = {"username": "nina", "email": "nina@example.com"}
    password = {"password1": "a long one of hers", "password2": "a long one of hers"}
    Client().post(invited.path, said | password)

    nina = User.objects.get(username="nina")
    assert [(e.action, e.model, e.actor_id) for e in entries()] == [
        ("created", "teams.user", nina.pk),
        ("created", "teams.membership", nina.pk),
        ("accepted", "teams.invitation", nina.pk),
    ]
    (entry,) = entries(action="accepted")
    assert entry.after == {
        "role": "member",
        "invited_by": {"id": str(olga.pk), "name": "olga"},
    }


def test_one_entry_may_tell_what_many_rows_would(team, actor):
    with scope(team), acting(actor):
        with audit.silent():
            team.name = "Other"
            team.save()
        audit.record("reset", team=team)

    assert [e.action for e in entries()] == ["reset"]


def test_the_api_says_which_token_acts(team, actor):
    with scope(team), acting(actor):
        audit.become(Actor(None, "", token_name="Wall"))
        team.name = "New"
        team.save()

    assert [(e.actor_id, e.actor_name, e.token_name) for e in entries()] == [(None, "", "Wall")]
    assert audit.current_actor() is None


def test_a_request_says_who_asks(team):
    owner = make.member(team, "olga", role=Role.OWNER)
    with system():
        display = Display.objects.create(team=team, name="Wall", feed=make.followed_feed(team))
    client = Client()
    client.force_login(owner)

    client.post(reverse("display-delete", args=["ours", display.pk]))

    found = [(e.actor_id, e.address, e.object_id) for e in entries(action="deleted")]
    assert found == [(owner.pk, "127.0.0.1", str(display.pk))]


def test_the_name_of_a_row_whose_own_is_hidden_is_left_out(team, actor):
    other = make.team("Theirs")
    with system():
        follow = Follow.objects.create(team=other, feed=make.feed(owner=other))
    with acting(actor):
        audit.record("seen", subject=Follow(pk=follow.pk, team_id=None, feed_id=follow.feed_id))

    assert entries()[0].object_id == str(follow.pk)
    with pytest.raises(ObjectDoesNotExist):
        str(Follow())
