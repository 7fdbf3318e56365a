from __future__ import annotations

from datetime import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from displays.receivers import Receivers
from displays.rule_words import (
    duration_words,
    kind_facts,
    read_duration,
    read_limit,
    sentence,
    title,
    write_duration,
    write_limit,
)
from displays.usual_rules import USUAL, WHY
from races.models import Follow
from teams.enums import Role
from teams.models import Membership
from teams.scoping import every_team
from tests import factories as make
from tests.factories.alerts import alert, monitor, rule
from timing.enums import THRESHOLDS, AlertKind
from timing.models import AlertRule
from timing.rules import MAX_RULES

LIST, NEW, USUAL_SET = "/t/ours/rules/", "/t/ours/rules/new/", "/t/ours/rules/usual/"
PIT = {"kind": "pit_in", "about": "rivals", "severity": "warning", "cooldown_s": "30"}


def rules() -> list[AlertRule]:
    with every_team("test"):
        return list(AlertRule.objects.select_related("feed", "monitor"))


def fields(rule: AlertRule) -> dict[str, Any]:
    names = (
        "name kind subject threshold severity cooldown_s quiet_from quiet_to sound push email"
        " webhook is_enabled feed_id monitor_id team_id"
    )
    return {name: getattr(rule, name) for name in names.split()}


def url(name: str, pk: int) -> str:
    return reverse(name, args=["ours", pk])


# -- values as people write them


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90", 90_000),
        ("5.5", 5_500),
        ("0,25", 250),
        ("1:30", 90_000),
        ("1:30.5", 90_500),
        ("45:00", 2_700_000),
        ("125:00", 7_500_000),
        ("1:02:03", 3_723_000),
        (" 3:00 ", 180_000),
    ],
)
def test_duration_is_read_and_written(text: str, ms: int) -> None:
    assert read_duration(text) == ms
    assert read_duration(write_duration(ms)) == ms


@pytest.mark.parametrize(
    "text", ["", "x", "1:60", "1:75:00", "1.2345", "-5", "1:2:3:4", "٣", ":30"]
)
def test_what_is_no_duration(text: str) -> None:
    assert read_limit(AlertKind.STALE, text) is None


@pytest.mark.parametrize("text", ["", "x", "1.5", "-1", "٣", "9" * 40])
def test_what_is_no_number(text: str) -> None:
    assert read_limit(AlertKind.CATCH, text) is None


def test_rule_is_called_by_its_name_or_by_what_it_waits_for() -> None:
    assert title(AlertRule(kind="catch", threshold=1, name="Near")) == "Near"
    assert title(AlertRule(kind="catch", threshold=1)) == "A catch is 1 lap away"
    assert title(AlertRule(kind="catch", threshold=5)) == "A catch is 5 laps away"
    assert title(AlertRule(kind="pace", threshold=4)) == "The whole field gets 4 % slower"
    assert title(AlertRule(kind="flag")) == "The flag changes"


def test_percent_may_carry_its_sign() -> None:
    assert read_limit(AlertKind.PACE, "4 %") == 4
    assert write_limit(AlertKind.PACE, 4) == "4"


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (250, "0.25 s"),
        (5_500, "5.5 s"),
        (60_000, "1 min"),
        (150_000, "2:30 min"),
        (2_700_000, "45 min"),
        (5_400_000, "90 min"),
        (7_200_000, "2:00:00 h"),
    ],
)
def test_duration_in_words(ms: int, words: str) -> None:
    assert duration_words(ms) == words


def test_every_kind_with_a_value_has_words_for_it() -> None:
    facts = kind_facts()

    assert set(facts) == set(AlertKind.values)
    assert {kind for kind, each in facts.items() if each["limit"]} == set(THRESHOLDS)
    assert all(sentence(kind, 7_000) != sentence(kind) for kind in THRESHOLDS)
    for kind in THRESHOLDS:
        assert read_limit(kind, facts[kind]["example"]) is not None


# -- the list


def test_list_without_rules_offers_the_usual_ones(owner: Client) -> None:
    page = owner.get(LIST).text

    assert "No rules yet" in page
    assert USUAL_SET in page


def test_list_tells_each_rule_in_words(owner: Client, place: SimpleNamespace) -> None:
    watched = monitor(place.team, place.feed, value="40")
    made = rule(
        place.team,
        kind="stint",
        subject="ours",
        threshold=2_700_000,
        sound=True,
        quiet_from=time(22),
        quiet_to=time(6, 30),
    )
    rule(place.team, kind="gap", monitor=watched, feed=place.feed, threshold=5_500, name="Close")
    alert(place.team, place.feed, rule=made)
    alert(place.team, place.feed, rule=made)

    page = owner.get(LIST).text

    for text in (
        "A stint reaches 45 min",
        "<bdi>our entries</bdi>, on every feed",
        "22:00–06:30",
        "2 alerts",
        "never",
    ):
        assert text in page
    for text in ("Close", "The gap to us crosses 5.5 s · ", "40", "on Long Straight", "Sound"):
        assert text in page


def test_list_says_which_ways_lead_to_nobody(owner: Client, place: SimpleNamespace) -> None:
    rule(place.team, push=True)
    rule(place.team, webhook=True, is_enabled=False)

    page = owner.get(LIST).text

    assert "No device of the team takes push." in page
    assert "There is no webhook." not in page


def test_ways_that_reach_somebody_are_not_missed() -> None:
    known = Receivers(push=False, email=True, webhook=False)

    assert known.missing([AlertRule(push=True, email=True)]) == ["push"]
    assert known.missing([AlertRule(push=True, is_enabled=False)]) == []


def test_rules_without_watched_karts_are_told_to_be_silent(
    owner: Client, place: SimpleNamespace
) -> None:
    rule(place.team)
    assert "watches no kart yet" in owner.get(LIST).text

    monitor(place.team, place.feed)
    assert "watches no kart yet" not in owner.get(LIST).text


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for _each in range(count):
        feed = make.followed_feed(place.team)
        watched = monitor(place.team, feed)
        alert(place.team, feed, rule=rule(place.team, feed=feed, monitor=watched))

    with django_assert_num_queries(9):
        owner.get(LIST)


# -- new and changed


def test_rule_is_made(owner: Client, place: SimpleNamespace) -> None:
    page = owner.post(
        NEW,
        {
            "kind": "stint",
            "about": "ours",
            "limit": "45:00",
            "feed": place.feed.pk,
            "severity": "danger",
            "sound": "on",
            "push": "on",
            "cooldown_s": "60",
            "quiet_from": "23:30",
            "quiet_to": "06:00",
            "name": "  Box  ",
        },
        follow=True,
    )

    (made,) = rules()
    assert fields(made) == {
        "name": "Box",
        "kind": "stint",
        "subject": "ours",
        "threshold": 2_700_000,
        "severity": "danger",
        "cooldown_s": 60,
        "quiet_from": time(23, 30),
        "quiet_to": time(6),
        "sound": True,
        "push": True,
        "email": False,
        "webhook": False,
        "is_enabled": True,
        "feed_id": place.feed.pk,
        "monitor_id": None,
        "team_id": place.team.pk,
    }
    assert "Saved: Box." in page.text


def test_rule_about_one_entry_is_about_its_feed(owner: Client, place: SimpleNamespace) -> None:
    watched = monitor(place.team, place.feed)

    owner.post(NEW, PIT | {"about": f"m-{watched.pk}"})

    (made,) = rules()
    assert (made.monitor, made.feed) == (watched, place.feed)


def test_rule_about_one_entry_on_another_feed_is_refused(
    owner: Client, place: SimpleNamespace
) -> None:
    watched = monitor(place.team, place.feed, value="40")
    second = make.followed_feed(place.team)

    page = owner.post(NEW, PIT | {"about": f"m-{watched.pk}", "feed": second.pk})

    assert page.status_code == 422
    assert "40 is watched on Long Straight" in page.text


def test_rule_about_the_race_is_about_nobody(owner: Client) -> None:
    owner.post(NEW, PIT | {"kind": "flag", "about": "", "limit": "left over"})

    (made,) = rules()
    assert (made.kind, made.subject, made.threshold) == ("flag", "watched", None)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"kind": "stint", "limit": ""}, "such as 45:00"),
        ({"kind": "stint", "limit": "long"}, "like 45:00"),
        ({"kind": "stint", "limit": "45"}, "45 minutes are written 45:00"),
        ({"kind": "gap", "limit": "0.01"}, "Between 0.1 and 10:00"),
        ({"kind": "catch", "limit": "0"}, "Between 1 and 999"),
        ({"kind": "pace", "limit": "80"}, "Between 1 and 50"),
        ({"about": ""}, "whom the rule is about"),
        ({"about": "m-999999"}, "not one of the available choices"),
        ({"kind": "nonsense"}, "not one of the available choices"),
        ({"severity": ""}, "This field is required"),
        ({"cooldown_s": "-1"}, "From 0 seconds to 86400"),
        ({"quiet_from": "22:00"}, "a beginning and an end"),
        ({"quiet_from": "25:00", "quiet_to": "6:00"}, "Enter a valid time"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    said: dict[str, str], error: str, owner: Client
) -> None:
    page = owner.post(NEW, PIT | said)

    assert page.status_code == 422
    assert error in page.text
    assert rules() == []


def test_rule_about_what_the_team_cannot_see_is_refused(
    owner: Client, place: SimpleNamespace
) -> None:
    foreign = make.followed_feed(place.other)
    watched = monitor(place.other, foreign)

    for said in ({"feed": foreign.pk}, {"about": f"m-{watched.pk}"}):
        assert owner.post(NEW, PIT | said).status_code == 422
    assert rules() == []


def test_one_rule_too_many_is_refused_with_the_number(
    owner: Client, place: SimpleNamespace
) -> None:
    with every_team("test"):
        AlertRule.objects.bulk_create(
            AlertRule(team=place.team, kind="flag") for _each in range(MAX_RULES)
        )

    page = owner.post(NEW, PIT)

    assert page.status_code == 422
    assert str(MAX_RULES) in page.text


def test_form_shows_a_rule_as_it_was_written(owner: Client, place: SimpleNamespace) -> None:
    made = rule(
        place.team, kind="stint", threshold=2_700_000, quiet_from=time(22), quiet_to=time(6)
    )

    page = owner.get(url("rule-edit", made.pk)).text

    for text in ('value="45:00"', 'value="22:00"', 'value="stint" selected'):
        assert text in page


def test_rule_is_changed(owner: Client, place: SimpleNamespace) -> None:
    watched = monitor(place.team, place.feed)
    made = rule(place.team, monitor=watched, feed=place.feed, sound=True, is_enabled=False)

    owner.post(url("rule-edit", made.pk), PIT | {"about": "any"})

    (changed,) = rules()
    assert fields(changed) == fields(made) | {
        "subject": "any",
        "monitor_id": None,
        "feed_id": None,
        "sound": False,
    }


def test_copy_begins_with_the_values_of_its_model(owner: Client, place: SimpleNamespace) -> None:
    made = rule(place.team, kind="catch", threshold=7, name="Near", webhook=True)

    page = owner.get(f"{NEW}?like={made.pk}").text

    for text in ('value="7"', 'value="Near"', 'value="catch" selected'):
        assert text in page
    assert owner.get(f"{NEW}?like=nonsense").status_code == 200
    assert owner.get(f"{NEW}?like={made.pk + 1}").status_code == 404


def test_form_says_who_would_not_be_reached(owner: Client, place: SimpleNamespace) -> None:
    assert "No device of the team takes push yet." in owner.get(NEW).text


# -- switched, deleted, taken back


def test_rule_is_switched(owner: Client, place: SimpleNamespace) -> None:
    made = rule(place.team, sound=True)

    for said, expected in (("0", False), ("1", True)):
        owner.post(url("rule-switch", made.pk), {"enabled": said})
        assert [fields(each) for each in rules()] == [fields(made) | {"is_enabled": expected}]


def test_rule_of_an_unfollowed_feed_can_be_switched_off_and_deleted_not_switched_on(
    owner: Client, place: SimpleNamespace
) -> None:
    made = rule(place.team, feed=place.feed)
    with every_team("test"):
        Follow.objects.all().delete()

    owner.post(url("rule-switch", made.pk), {"enabled": "0"})
    assert [each.is_enabled for each in rules()] == [False]

    page = owner.post(url("rule-switch", made.pk), {"enabled": "1"}, follow=True)
    assert [each.is_enabled for each in rules()] == [False]
    assert "There is no such feed." in page.text

    owner.post(url("rule-delete", made.pk))
    assert rules() == []


def test_deleted_rule_is_taken_back(owner: Client, place: SimpleNamespace) -> None:
    watched = monitor(place.team, place.feed)
    made = rule(
        place.team,
        kind="gap",
        name="Close",
        monitor=watched,
        feed=place.feed,
        threshold=5_500,
        quiet_from=time(22),
        quiet_to=time(6, 30),
        email=True,
        is_enabled=False,
    )

    page = owner.post(url("rule-delete", made.pk), follow=True)
    assert rules() == []
    assert "Deleted: Close." in page.text
    assert "Deleted: " not in owner.get(LIST).text

    owner.post("/t/ours/rules/restore/", {"rule": page.context["undo"]["rule"]})
    assert [fields(each) for each in rules()] == [fields(made)]


def test_deletion_is_not_told_to_another_team_of_the_same_person(
    owner: Client, place: SimpleNamespace
) -> None:
    with every_team("test"):
        Membership.objects.create(team=place.other, user=place.owner, role=Role.OWNER)
    made = rule(place.team, name="Our secret")
    owner.post(url("rule-delete", made.pk))

    assert "Our secret" not in owner.get("/t/theirs/rules/").text
    assert "Our secret" in owner.get(LIST).text


def test_rule_of_an_unfollowed_feed_does_not_name_it(owner: Client, place: SimpleNamespace) -> None:
    rule(place.team, feed=place.feed)
    with every_team("test"):
        Follow.objects.all().delete()

    page = owner.get(LIST).text

    assert "no longer followed" in page
    assert "Long Straight" not in page


def test_taking_back_needs_what_the_rule_was_about(owner: Client, place: SimpleNamespace) -> None:
    watched = monitor(place.team, place.feed)
    made = rule(place.team, monitor=watched, feed=place.feed)
    page = owner.post(url("rule-delete", made.pk), follow=True)
    with every_team("test"):
        watched.delete()

    said = owner.post("/t/ours/rules/restore/", {"rule": page.context["undo"]["rule"]}, follow=True)

    assert "no longer watched" in said.text
    assert rules() == []


@pytest.mark.parametrize("said", ["", "x", "e30:1w:sIgNeD"])
def test_taking_back_what_was_never_deleted(said: str, owner: Client) -> None:
    page = owner.post("/t/ours/rules/restore/", {"rule": said}, follow=True)

    assert "too long ago" in page.text
    assert rules() == []


def test_another_team_cannot_take_it_back(owner: Client, place: SimpleNamespace) -> None:
    made = rule(place.team)
    page = owner.post(url("rule-delete", made.pk), follow=True)
    owner.force_login(place.stranger)

    owner.post("/t/theirs/rules/restore/", {"rule": page.context["undo"]["rule"]})

    assert rules() == []


# -- the usual set


def test_usual_set_is_shown_before_it_is_taken(owner: Client) -> None:
    page = owner.get(USUAL_SET).text

    assert page.count('name="rules"') == len(USUAL) == len(WHY)
    assert "A stint reaches 45 min" in page
    assert rules() == []


def test_usual_set_is_taken_once(owner: Client) -> None:
    page = owner.post(USUAL_SET, {"rules": list(USUAL)}, follow=True)
    assert f"{len(USUAL)} rules are set." in page.text

    owner.post(USUAL_SET, {"rules": list(USUAL)})
    assert len(rules()) == len(USUAL)
    assert "You have this one." in owner.get(USUAL_SET).text


def test_usual_set_that_is_all_there_leads_back_to_the_rules(owner: Client) -> None:
    owner.post(USUAL_SET, {"rules": list(USUAL)})

    page = owner.get(USUAL_SET)

    assert "You have all of these." in page.text
    assert "Set these rules" not in page.text


def test_usual_set_is_taken_in_part(owner: Client) -> None:
    owner.post(USUAL_SET, {"rules": ["stint", "nonsense"]})

    assert [(each.kind, each.threshold) for each in rules()] == [("stint", 2_700_000)]


def test_usual_set_that_does_not_fit_is_refused_whole(
    owner: Client, place: SimpleNamespace
) -> None:
    with every_team("test"):
        AlertRule.objects.bulk_create(
            AlertRule(team=place.team, kind="driver") for _each in range(MAX_RULES - 1)
        )

    page = owner.post(USUAL_SET, {"rules": list(USUAL)}, follow=True)

    assert str(MAX_RULES) in page.text
    assert len(rules()) == MAX_RULES - 1


# -- who


@pytest.mark.parametrize("name", ["rule-edit", "rule-switch", "rule-delete"])
def test_rule_of_another_team_is_not_there(
    name: str, owner: Client, place: SimpleNamespace
) -> None:
    foreign = rule(place.other, name="Their secret")

    assert owner.post(url(name, foreign.pk), PIT).status_code == 404
    assert "Their secret" not in owner.get(LIST).text
    assert rules() == [foreign]


def test_viewers_see_no_rules(place: SimpleNamespace, client: Client) -> None:
    client.force_login(place.reader)

    assert client.get(LIST).status_code == 403


def test_members_read_them(place: SimpleNamespace, client: Client) -> None:
    made = rule(place.team, name="Box, box")
    client.force_login(make.member(place.team, "crew", Role.MEMBER))

    page = client.get(LIST)

    assert "Box, box" in page.text
    assert "Delete" not in page.text
    for path in (NEW, USUAL_SET, url("rule-edit", made.pk)):
        assert client.get(path).status_code == 403
    for path in (url("rule-delete", made.pk), url("rule-switch", made.pk), LIST + "restore/"):
        assert client.post(path).status_code == 403
    assert rules() == [made]


def test_managers_change_them(place: SimpleNamespace, client: Client) -> None:
    client.force_login(make.member(place.team, "boss", Role.MANAGER))

    assert client.post(NEW, PIT).status_code == 302
    assert len(rules()) == 1
