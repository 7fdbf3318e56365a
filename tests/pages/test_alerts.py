from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from displays.alerting import alert_context, sorted_alerts
from races.models import Follow
from teams.enums import Role
from teams.models import Membership, User
from teams.scoping import every_team, scope
from tests import factories as make
from tests.factories.alerts import alert, rule
from timing.models import Alert
from timing.queries import alert_json

LIST, OPEN, SEEN = "/t/ours/alerts/", "/t/ours/alerts/open/", "/t/ours/alerts/seen/"


def stored(made: Alert) -> Alert:
    with every_team("test"):
        return Alert.objects.select_related("seen_by").get(pk=made.pk)


def is_open(made: Alert) -> bool:
    return stored(made).seen_at is None


@pytest.fixture
def crew(place: SimpleNamespace) -> User:
    return make.member(place.team, "crew", Role.MEMBER)


# -- the list


def test_list_without_rules_leads_to_them(owner: Client) -> None:
    page = owner.get(LIST).text

    assert "No rules, no alerts" in page
    assert "/t/ours/rules/usual/" in page


def test_list_without_alerts_says_that_rules_watch(owner: Client, place: SimpleNamespace) -> None:
    rule(place.team)

    assert "All quiet" in owner.get(LIST).text


def test_list_tells_what_was_seen_by_whom(owner: Client, place: SimpleNamespace) -> None:
    made = rule(place.team, name="Box, box")
    with every_team("test"):
        place.owner.first_name, place.owner.last_name = "Ada", "Grey"
        place.owner.save()
    alert(
        place.team,
        place.feed,
        rule=made,
        title="Kart 7 stands",
        detail="At the hairpin",
        seen_at=make.after(90),
        seen_by=place.owner,
    )

    page = owner.get(LIST).text

    for text in ("Kart 7 stands", "At the hairpin", "Box, box", "Ada Grey", "Long Straight"):
        assert text in page


def test_alert_leads_to_the_board_of_its_race(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)
    alert(place.team, place.feed, race=race.pk)

    assert f"/t/ours/races/{race.pk}/board/" in owner.get(LIST).text


def test_alert_of_a_race_without_a_row_leads_to_the_feed(
    owner: Client, place: SimpleNamespace
) -> None:
    alert(place.team, place.feed, race=uuid.uuid4())

    page = owner.get(LIST).text

    assert f"/t/ours/feeds/{place.feed.pk}/" in page


def test_alert_of_what_is_no_longer_followed_leads_nowhere(
    owner: Client, place: SimpleNamespace
) -> None:
    race = make.race(place.feed)
    alert(place.team, place.feed, race=race.pk)
    with every_team("test"):
        Follow.objects.all().delete()

    page = owner.get(LIST).text

    assert "no longer followed" in page
    assert "Long Straight" not in page
    assert str(race.pk) not in page


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"pit", "flag", "old"}),
        ("state=open", {"pit", "flag"}),
        ("kind=flag", {"flag"}),
        ("severity=danger", {"pit"}),
        ("feed=FEED", {"old"}),
        ("kind=nonsense&severity=x&feed=y&state=z", {"pit", "flag", "old"}),
    ],
)
def test_list_is_filtered(
    query: str, titles: set[str], owner: Client, place: SimpleNamespace
) -> None:
    second = make.followed_feed(place.team, name="Second")
    alert(place.team, place.feed, title="alert pit", severity="danger")
    alert(place.team, place.feed, title="alert flag", kind="flag")
    alert(place.team, second, title="alert old", seen_at=make.after(9))

    page = owner.get(f"{LIST}?{query.replace('FEED', str(second.pk))}").text

    assert {name for name in ("pit", "flag", "old") if f"alert {name}" in page} == titles


def test_filter_that_finds_nothing_says_so(owner: Client, place: SimpleNamespace) -> None:
    alert(place.team, place.feed)

    assert "No alert fits these filters" in owner.get(f"{LIST}?kind=stale").text


def test_list_has_pages(owner: Client, place: SimpleNamespace) -> None:
    for _each in range(51):
        alert(place.team, place.feed)

    assert "1–50 of 51" in owner.get(LIST).text
    assert "51–51 of 51" in owner.get(f"{LIST}?page=2").text


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for _each in range(count):
        race = make.race(make.followed_feed(place.team))
        alert(place.team, race.feed, race=race.pk, rule=rule(place.team))
        alert(place.team, race.feed, seen_at=make.after(1), seen_by=make.member(place.team))

    with django_assert_num_queries(9):
        owner.get(LIST)


def test_text_of_an_alert_is_text(owner: Client, place: SimpleNamespace) -> None:
    alert(place.team, place.feed, title="<script>x</script>", detail="</script><b>")

    page = owner.get(LIST).text

    assert "<script>x" not in page
    assert "</script><b>" not in page


# -- what is open


def test_open_alerts_are_told(owner: Client, place: SimpleNamespace) -> None:
    first, second = alert(place.team, place.feed), alert(place.team, place.feed)
    alert(place.team, place.feed, seen_at=make.after(1))
    alert(place.other, make.followed_feed(place.other))

    answer = owner.get(OPEN)

    with every_team("test"):
        assert answer.json() == {"alerts": [alert_json(second), alert_json(first)]}
    assert answer["Cache-Control"] == "no-store"


# -- seen


def test_seen_by_script(owner: Client, place: SimpleNamespace) -> None:
    made, other = alert(place.team, place.feed), alert(place.team, place.feed)

    answer = owner.post(SEEN, {"ids": [str(made.pk)]}, content_type="application/json")

    assert answer.json() == {"seen": [str(made.pk)]}
    assert stored(made).seen_by == place.owner
    assert is_open(other)


def test_seen_again_keeps_who_was_first(owner: Client, place: SimpleNamespace, crew: User) -> None:
    made = alert(place.team, place.feed, seen_at=make.after(5), seen_by=crew)

    answer = owner.post(SEEN, {"ids": [str(made.pk)]}, content_type="application/json")

    assert answer.json() == {"seen": []}
    assert stored(made).seen_by == crew


def test_seen_all_is_what_the_screen_showed(owner: Client, place: SimpleNamespace) -> None:
    shown, came_later = alert(place.team, place.feed), alert(place.team, place.feed)
    until = alert_json(shown)["at"]

    answer = owner.post(SEEN, {"until": until}, content_type="application/json")

    assert answer.json() == {"seen": [str(shown.pk)]}
    assert is_open(came_later)


def test_seen_by_form_comes_back(owner: Client, place: SimpleNamespace) -> None:
    made, other, third = (alert(place.team, place.feed) for _each in range(3))
    chosen = {"ids": [str(made.pk), str(other.pk)], "next": f"{LIST}?kind=pit_in"}

    answer = owner.post(SEEN, chosen)

    assert answer["Location"] == f"{LIST}?kind=pit_in"
    assert [is_open(each) for each in (made, other, third)] == [False, False, True]


def test_button_of_a_row_means_that_row(owner: Client, place: SimpleNamespace) -> None:
    made, ticked = alert(place.team, place.feed), alert(place.team, place.feed)

    owner.post(SEEN, {"one": str(made.pk), "ids": [str(ticked.pk)]})

    assert [is_open(made), is_open(ticked)] == [False, True]


@pytest.mark.parametrize("wanted", ["https://example.com/", "//example.com/", "javascript:x", ""])
def test_seen_leads_to_nobody_elses_page(wanted: str, owner: Client) -> None:
    assert owner.post(SEEN, {"next": wanted})["Location"] == LIST


@pytest.mark.parametrize(
    "body",
    ["{", "[]", "3", '{"ids": 3}', '{"ids": ["x"]}', '{"until": "x"}', '{"until": 1e99}', "{}"],
)
def test_nonsense_is_refused(body: str, owner: Client) -> None:
    assert owner.post(SEEN, body, content_type="application/json").status_code == 400


def test_seen_needs_the_token_of_a_form(place: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.owner)

    assert client.post(SEEN, {"ids": []}).status_code == 403


def test_alert_of_another_team_stays_open(owner: Client, place: SimpleNamespace) -> None:
    foreign = alert(place.other, make.followed_feed(place.other), title="Their secret")

    owner.post(SEEN, {"ids": [str(foreign.pk)]}, content_type="application/json")
    owner.post(SEEN, {"until": 4_000_000_000_000}, content_type="application/json")

    assert is_open(foreign)
    assert "Their secret" not in owner.get(LIST).text


# -- who


def test_viewers_see_no_alerts(place: SimpleNamespace, client: Client) -> None:
    client.force_login(place.reader)

    assert [client.get(path).status_code for path in (LIST, OPEN)] == [403, 403]
    assert client.post(SEEN, {}).status_code == 403


def test_members_see_them_and_say_so(place: SimpleNamespace, client: Client, crew: User) -> None:
    made = alert(place.team, place.feed)
    client.force_login(crew)

    assert client.get(LIST).status_code == 200
    client.post(SEEN, {"ids": [str(made.pk)]})

    assert stored(made).seen_by == crew


# -- the panel


def asked_by(place: SimpleNamespace, user: User) -> Any:
    request = RequestFactory().get("/")
    with every_team("test"):
        request.membership = Membership.objects.get(user=user)  # type: ignore[attr-defined]
    request.team, request.user = place.team, user  # type: ignore[attr-defined]
    return request


def test_panel_shows_the_worst_first(place: SimpleNamespace) -> None:
    said = ["info", "danger", "warning", "danger"]
    made = [alert(place.team, place.feed, severity=each) for each in said]

    with scope(place.team):
        context = alert_context(asked_by(place, place.owner))

    assert [each["id"] for each in context["strips"]] == [str(made[at].pk) for at in (3, 1, 2)]
    assert [each["word"] for each in context["strips"]] == ["Urgent", "Urgent", "Warning"]
    assert len(context["open"]) == 4
    assert {name: context[name] for name in ("channel", "more", "until", "seen_url")} == {
        "channel": f"team.{place.team.pk}.alerts",
        "more": 1,
        "until": alert_json(made[3])["at"],
        "seen_url": SEEN,
    }
    json.dumps(context)


def test_viewers_have_no_panel(place: SimpleNamespace) -> None:
    with scope(place.team):
        assert alert_context(asked_by(place, place.reader)) == {}


def test_unknown_severity_comes_last() -> None:
    alerts = [{"severity": each, "at": 1} for each in ("?", "warning")]

    assert [each["severity"] for each in sorted_alerts(alerts)] == ["warning", "?"]
