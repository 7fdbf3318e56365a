from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from lt_analyzer.health import forget
from races.models import Feed
from teams.scoping import every_team
from tests import factories as make
from timing.models import FeedState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unseen() -> None:
    forget()


def ask(path: str = "/health") -> tuple[int, dict[str, Any]]:
    forget()
    answer = Client().get(path)
    return answer.status_code, answer.json()


def in_state(feed: Feed, state: str, age_s: float | None = 1) -> Feed:
    data_at = None if age_s is None else timezone.now() - timedelta(seconds=age_s)
    with every_team("test"):
        FeedState.objects.create(feed=feed, state=state, data_at=data_at)
    return feed


@pytest.mark.parametrize("path", ["/health", "/api/health"])
def test_an_idle_installation_is_well(path: str) -> None:
    status, found = ask(path)
    stamp = datetime.fromisoformat(found.pop("timestamp"))
    assert (stamp.tzinfo, abs(stamp - datetime.now(UTC)) < timedelta(seconds=5)) == (UTC, True)
    assert found.pop("uptime_s") >= 0
    assert (status, found) == (200, {"status": "ok", "feeds": []})


def test_a_live_feed_tells_the_age_of_its_data() -> None:
    feed = in_state(make.followed_feed(make.team(), name="Mariembourg"), "live", age_s=2)
    status, found = ask()
    age = found["feeds"][0].pop("data_age_ms")
    assert 2000 <= age < 10_000
    assert (status, found["status"], found["feeds"]) == (
        200,
        "ok",
        [{"id": str(feed.pk), "name": "Mariembourg", "state": "live", "stale": False}],
    )


@pytest.mark.parametrize(
    ("state", "age_s", "status"),
    [
        ("idle", None, 200),
        ("connecting", None, 200),
        ("connecting", 100, 200),
        ("live", 100, 200),
        ("live", 200, 503),
        ("connecting", 200, 503),
        ("stale", 100, 503),
        ("down", 100, 503),
        ("down", None, 200),  # it never answered: an address that somebody made up
    ],
)
def test_a_feed_that_should_give_data_and_does_not_is_red(
    state: str, age_s: float | None, status: int
) -> None:
    in_state(make.followed_feed(make.team()), state, age_s)
    assert ask()[0] == status


def test_a_feed_that_nobody_wants_is_not_missed() -> None:
    in_state(make.feed(), "down")
    in_state(make.followed_feed(make.team(), enabled=False), "down")
    status, found = ask()
    assert (status, found["feeds"]) == (200, [])


def test_a_pinned_feed_is_wanted_without_followers() -> None:
    in_state(make.feed(pinned=True), "down", None)
    assert ask()[0] == 503


def test_a_private_feed_shows_that_it_is_there_and_nothing_else() -> None:
    team = make.team("Secret Racing")
    in_state(make.followed_feed(team, owner=team, name="Secret test"), "down", None)
    _status, found = ask()
    assert found["feeds"] == [{"state": "down", "data_age_ms": None, "stale": False}]


def test_a_feed_of_many_followers_is_one(django_assert_max_num_queries) -> None:
    in_state(make.followed_feed(make.team(), make.team(), make.team()), "live")
    with django_assert_max_num_queries(1):
        assert len(ask()[1]["feeds"]) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_feeds_cost_one_query(count: int, django_assert_max_num_queries) -> None:
    for _ in range(count):
        in_state(make.followed_feed(make.team()), "live")
    with django_assert_max_num_queries(1):
        assert len(ask()[1]["feeds"]) == count


def test_probes_in_quick_succession_share_one_look(django_assert_num_queries) -> None:
    ask()
    with django_assert_num_queries(0):
        assert Client().get("/health").status_code == 200


def test_a_database_that_does_not_answer_is_red() -> None:
    from django.db import OperationalError

    def fails(*_: Any) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(fails):
        status, found = ask()
    assert (status, found["status"], found["feeds"]) == (503, "down", [])


def test_it_is_read_and_nothing_else() -> None:
    assert Client().post("/health").status_code == 405
    assert Client().get("/health")["Cache-Control"].startswith("max-age=0, no-cache")
