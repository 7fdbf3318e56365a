from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from races.models import Entry, Feed, FeedRequest, Lap, Race, Track
from teams.models import Membership
from teams.scoping import every_team
from tests import factories as make

pytestmark = pytest.mark.django_db

OURS = [model for name in ("teams", "races") for model in apps.get_app_config(name).get_models()]


@pytest.fixture
def two_teams():
    ours, theirs = make.team("Ours"), make.team("Theirs")
    shared = make.followed_feed(ours, theirs, name="Shared")
    own = make.followed_feed(ours, owner=ours, name="Own")
    foreign = make.followed_feed(theirs, owner=theirs, name="Foreign")
    for feed in (shared, own, foreign):
        make.full_race(feed, name=f"Race of {feed.name}")
    return ours, theirs


@pytest.fixture
def operator(two_teams):
    client = Client()
    client.force_login(make.user("root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def limited(two_teams):
    """Staff of one team with every right that Django knows."""
    person = make.member(two_teams[0], "limited", is_staff=True)
    person.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(person)
    return client


def page(model, kind="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def names(response):
    return sorted(str(row) for row in response.context["cl"].result_list)


def act(client, action, rows, **data):
    data |= {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(page(type(rows[0])), data, follow=True)


def rows(model, **lookup):
    with every_team("test"):
        return list(model.objects.filter(**lookup))


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_is_in_the_admin(model):
    assert model in admin.site._registry


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_list_search_and_change_page_work(operator, model):
    found = rows(model)

    assert operator.get(page(model)).status_code == 200
    assert operator.get(page(model), {"q": "1"}).status_code == 200
    if found:
        assert operator.get(page(model, "change", found[0].pk)).status_code == 200


@pytest.mark.parametrize("entries", [1, 3])
@pytest.mark.parametrize("model", [Race, Feed, Entry, Lap])
def test_lists_ask_the_same_number_of_queries(entries, model, django_assert_max_num_queries):
    team = make.team()
    for _ in range(entries):
        make.full_race(make.followed_feed(team), entries=entries)
    client = Client()
    client.force_login(make.user("root", is_staff=True, is_superuser=True))
    client.get(page(model))
    with django_assert_max_num_queries(10):
        client.get(page(model))


def test_limited_staff_see_the_rows_of_their_teams(limited):
    assert names(limited.get(page(Race))) == ["Race of Own", "Race of Shared"]
    assert names(limited.get(page(Feed))) == ["Own", "Shared"]
    assert len(names(limited.get(page(Lap)))) == 8
    for model in (Race, Feed, Entry, Lap):
        seen = rows(model)
        answers = {limited.get(page(model, "change", row.pk)).status_code for row in seen}
        assert answers == {200, 302}, "a foreign row is a redirect to the index"


def test_limited_staff_see_people_of_their_teams_and_cannot_raise_themselves(limited, two_teams):
    make.member(two_teams[1], "stranger")
    boss = make.member(two_teams[0], "boss", is_superuser=True, is_staff=True)
    colleague = make.member(two_teams[0], "colleague")
    user = type(boss)

    assert names(limited.get(page(user))) == ["boss", "colleague", "limited"]
    password = reverse("admin:auth_user_password_change", args=[boss.pk])
    assert limited.get(password).status_code == 403
    assert limited.post(page(user, "change", boss.pk), {"username": "x"}).status_code == 403
    fields = limited.get(page(user, "change", colleague.pk)).context["adminform"].form.fields
    assert not {"is_superuser", "is_staff", "groups", "user_permissions"} & set(fields)


def test_limited_staff_cannot_take_over_an_account_of_another_team_too(limited, two_teams):
    both = make.member(two_teams[0], "both")
    with every_team("test"):
        both.memberships.create(team=two_teams[1])
    answer = limited.get(reverse("admin:auth_user_password_change", args=[both.pk]))

    assert answer.status_code == 403
    both.is_active = False
    both.save()
    assert limited.post(page(type(both), "change", both.pk), {}).status_code == 403


def test_limited_staff_cannot_call_in_people_they_do_not_see(limited, two_teams):
    stranger = make.user("stranger")
    data = {"team": two_teams[0].pk, "user": stranger.pk, "role": "owner"}
    answer = limited.post(page(Membership, "add"), data)

    assert "user" in answer.context["adminform"].form.errors
    assert rows(Membership, user=stranger) == []


@pytest.mark.parametrize("model", [Track, Group])
def test_what_is_common_to_all_is_for_operators_to_change(model, operator, limited):
    row = make.track() if model is Track else Group.objects.create(name="g")

    assert operator.get(page(model, "delete", row.pk)).status_code == 200
    assert operator.get(page(model, "add")).status_code == 200
    for client_page in (page(model, "delete", row.pk), page(model, "add")):
        assert limited.get(client_page).status_code == 403
    assert limited.post(page(model, "change", row.pk), {"name": "x"}).status_code == 403


def test_limited_staff_cannot_change_shared_rows(limited):
    shared = rows(Feed, name="Shared")[0]
    race = rows(Race, name="Race of Shared")[0]

    assert limited.post(page(Feed, "change", shared.pk), {"name": "Mine"}).status_code == 403
    assert limited.post(page(Race, "delete", race.pk), {"post": "yes"}).status_code == 403
    for action in ("restart", "pin", "disable", "delete_selected"):
        act(limited, action, [shared], post="yes")
    act(limited, "reset", [race], confirmed="yes")
    act(limited, "delete_selected", [race], post="yes")

    assert rows(FeedRequest) == []
    assert rows(Feed, name="Shared", pinned=False, enabled=True) == [shared]
    assert len(rows(Lap, race=race)) == 4


def test_limited_staff_may_change_their_own_rows(limited):
    own = rows(Feed, name="Own")[0]
    act(limited, "restart", [own])
    act(limited, "disable", [own])

    assert [(r.kind, r.feed_id) for r in rows(FeedRequest)] == [("restart", own.pk)]
    assert rows(Feed, enabled=False) == [own]


def test_restart_and_pin_by_an_operator(operator):
    feeds = rows(Feed)
    act(operator, "restart", feeds)
    act(operator, "pin", feeds)

    assert len(rows(FeedRequest, kind="restart")) == 3
    assert len(rows(Feed, pinned=True)) == 3


def test_reset_asks_first_and_then_forgets_the_facts(operator):
    race = rows(Race, name="Race of Shared")[0]

    asked = act(operator, "reset", [race])
    assert "Race of Shared" in asked.content.decode()
    assert len(rows(Lap, race=race)) == 4

    act(operator, "reset", [race], confirmed="yes")
    assert rows(Lap, race=race) == rows(Entry, race=race) == []
    assert [r.arguments for r in rows(FeedRequest, kind="reset")] == [{"race": str(race.pk)}]


def test_merge_asks_first_and_then_keeps_the_earlier_race(operator):
    first = rows(Race, name="Race of Shared")[0]
    second = make.full_race(first.feed, first_seen_at=make.after(4000))

    asked = act(operator, "merge", [second, first])
    assert asked.context["races"] == [first, second]

    act(operator, "merge", [second, first], confirmed="yes")
    assert rows(Race, feed=first.feed) == [first]
    assert len(rows(Lap, race=first)) == 8


def test_merge_of_other_than_two_races_of_one_feed_says_why(operator):
    races = rows(Race)

    assert "exactly two" in act(operator, "merge", races, confirmed="yes").content.decode()
    answer = act(operator, "merge", races[:2], confirmed="yes").content.decode()
    assert "different feeds" in answer
    assert len(rows(Race)) == 3


def test_a_live_race_protects_itself_and_its_feed(operator):
    race = make.full_race(make.feed(), is_live=True)
    asked = act(operator, "delete_selected", [race]).content.decode()
    assert f"{race} is live" in asked
    assert "permission" not in asked
    act(operator, "delete_selected", [race], post="yes")
    act(operator, "delete_selected", [race.feed], post="yes")
    operator.post(page(Feed, "delete", race.feed.pk), {"post": "yes"})
    assert operator.post(page(Race, "delete", race.pk), {"post": "yes"}).status_code == 403

    assert rows(Race, pk=race.pk) == [race]


def test_delete_shows_counts_and_deletes(operator):
    feed = rows(Feed, name="Shared")[0]
    asked = act(operator, "delete_selected", [feed])
    counts = dict(asked.context["model_count"])
    assert (counts["feeds"], counts["follows"], counts["races"], counts["laps"]) == (1, 2, 1, 4)

    act(operator, "delete_selected", [feed], post="yes")
    assert rows(Feed, name="Shared") == []


def test_a_team_goes_with_its_own_feeds_and_leaves_the_shared_ones(operator, two_teams):
    asked = act(operator, "delete_selected", [two_teams[0]])
    counts = dict(asked.context["model_count"])
    assert (counts["teams"], counts["feeds"], counts["laps"]) == (1, 1, 4)

    act(operator, "delete_selected", [two_teams[0]], post="yes")
    assert sorted(feed.name for feed in rows(Feed)) == ["Foreign", "Shared"]


def test_staff_of_a_team_do_not_choose_what_its_feeds_read(limited):
    """A recording could be that of another team's feed."""
    with every_team("test"):
        own = Feed.objects.get(name="Own")
    given = {
        "name": "Renamed",
        "protocol": "apex",
        "address": "tape:somebody/else",
        "enabled": "on",
    }
    rows = {"follows-TOTAL_FORMS": 0, "follows-INITIAL_FORMS": 0}

    limited.post(page(Feed, "change", own.pk), given | rows)

    with every_team("test"):
        changed = Feed.objects.get(pk=own.pk)
    assert (changed.name, changed.address) == ("Renamed", own.address)
