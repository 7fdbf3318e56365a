from __future__ import annotations

from typing import Any

import pytest

from lt_analyzer.demo import prepare_demo
from lt_analyzer.followed import prepare_feed
from races.catalogue import load_catalogue, read_catalogue
from races.models import Feed, Follow
from teams.models import Membership, Team, User
from teams.outbound import OutboundRefused, check_url
from teams.scoping import every_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_machine(settings: Any) -> None:
    """Nothing allowed, and no server's database, whichever the suite runs on."""
    settings.ALLOW_PRIVATE_FEEDS, settings.DATABASE_URL = [], ""


def test_first_feed_when_there_is_nobody() -> None:
    followed = prepare_feed("http://127.0.0.1:8000/track/")

    with every_team("test"):
        team, user, feed = Team.objects.get(), User.objects.get(), Feed.objects.get()
        assert (user.username, user.is_superuser) == ("admin", True)
        assert user.check_password(followed.password)
        assert Membership.objects.filter(team=team, user=user, role="owner").exists()
        assert feed.owner == team
        assert Follow.objects.filter(team=team, feed=feed).exists()


def test_second_feed_when_there_are_people_says_again_how_to_sign_in() -> None:
    first = prepare_feed("http://127.0.0.1:8000/track/")

    followed = prepare_feed("http://127.0.0.1:8000/other/")

    assert (followed.username, followed.password) == (first.username, first.password)
    assert User.objects.count() == 1
    with every_team("test"):
        feed = Feed.objects.get(address__endswith="/other/")
        assert Feed.objects.count() == 2
    assert followed.board == f"/t/my-team/feeds/{feed.pk}/"


def test_second_feed_when_the_password_is_their_own() -> None:
    prepare_feed("http://127.0.0.1:8000/track/")
    user = User.objects.get()
    user.set_password("their own")
    user.save()

    followed = prepare_feed("http://127.0.0.1:8000/other/")

    assert (followed.username, followed.password) == ("", "")
    user.refresh_from_db()
    assert user.check_password("their own")


def test_second_feed_on_a_server_keeps_the_password_out_of_its_log(settings: Any) -> None:
    settings.DATABASE_URL = "postgres://somewhere"
    first = prepare_feed("http://127.0.0.1:8000/track/")

    followed = prepare_feed("http://127.0.0.1:8000/other/")

    assert first.password
    assert followed.password == ""


def test_feed_after_the_demonstration_is_seen_by_its_user() -> None:
    demo = prepare_demo()

    followed = prepare_feed("http://127.0.0.1:8000/track/")

    assert (followed.username, followed.password) == ("demo", demo.password)
    assert followed.board.startswith("/t/demo-team/feeds/")


def test_private_host_when_the_operator_names_it() -> None:
    with pytest.raises(OutboundRefused):
        check_url("http://127.0.0.1:8000/track/", schemes=("http",))

    prepare_feed("http://127.0.0.1:8000/track/")

    check_url("http://127.0.0.1:8000/track/", schemes=("http",))
    with pytest.raises(OutboundRefused):
        check_url("http://10.0.0.1:8000/track/", schemes=("http",))


def test_track_when_named_by_its_slug() -> None:
    with every_team("test"):
        load_catalogue(records=read_catalogue())

    followed = prepare_feed("karting-mariembourg")

    with every_team("test"):
        feed = Feed.objects.select_related("track").get()
        assert (feed.track.slug, feed.owner) == ("karting-mariembourg", None)
    assert followed.name == feed.name


def test_track_when_nobody_knows_it() -> None:
    with pytest.raises(ValueError, match="no track of the catalogue: 'nowhere at all'"):
        prepare_feed("nowhere at all")
