from __future__ import annotations

import pytest

from races.addresses import FeedAddress, is_private, of_track, understand
from teams.outbound import OutboundRefused
from tests import factories as make

pytestmark = pytest.mark.django_db

EUPEN = "https://www.apex-timing.com/live-timing/karting-eupen/"


@pytest.mark.parametrize(
    "text",
    [
        EUPEN,
        "https://www.apex-timing.com/live-timing/karting-eupen/index.html",
        "http://www.apex-timing.com/live-timing/karting-eupen",
        "https://apex-timing.com/live-timing/karting-eupen/?lang=fr#top",
        "www.apex-timing.com/live-timing/Karting-Eupen/",
        "  https://live.apex-timing.com/karting-eupen/  ",
        "wss://live-data.apex-timing.com:8523/",
        "ws://www.apex-timing.com:8522",
    ],
)
def test_every_way_to_write_a_known_track_is_its_feed(text):
    track = make.track("karting-eupen", config_port=8520)

    assert understand(text) == FeedAddress("apex", EUPEN, "Karting-Eupen", track)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "https://www.apex-timing.com/live-timing/new-track/index.html",
            "https://www.apex-timing.com/live-timing/new-track/",
        ),
        ("https://live.apex-timing.com/new-track", "https://live.apex-timing.com/new-track/"),
        ("wss://Live-Data.apex-timing.com:9993", "wss://live-data.apex-timing.com:9993/"),
        ("wss://timing.example.com:443/feed?x=1", "wss://timing.example.com/feed?x=1"),
        ("https://timing.example.com/page/index.html", "https://timing.example.com/page/"),
    ],
)
def test_what_the_catalogue_does_not_know_is_written_one_way(text, address):
    found = understand(text)

    assert (found.address, found.track, found.private) == (address, None, False)


def test_a_port_that_two_tracks_have_names_neither():
    for slug in ("a", "b"):
        make.track(slug, config_port=8520)

    assert understand("wss://live-data.apex-timing.com:8523/").track is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "karting",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https://user:pw@example.com/",
        "https://www.apex-timing.com/",
        "https://www.apex-timing.com/live-timing/",
        "https://www.apex-timing.com/live-timing/commonv2/functions/",
        "https://www.apex-timing.com/live-timing/../../etc/passwd",
        "https://www.apex-timing.com/live-timing/a%2Fb/",
        "https://www.apex-timing.com/products/",
        "https://example.com/" + "x" * 300,
        "ws://127.0.0.1:8000/",
        "ws://10.0.0.8:8012/",
        "http://localhost/",
        "http://[::1]/",
    ],
)
def test_what_is_no_feed_is_refused(text):
    with pytest.raises(OutboundRefused):
        understand(text)


def test_an_allowed_private_address_is_private(settings):
    settings.ALLOW_PRIVATE_FEEDS = ["10.0.0.0/8", "timing.club.example"]

    assert understand("ws://10.0.0.8:8012").private
    assert understand("ws://10.0.0.8:8012").address == "ws://10.0.0.8:8012/"
    assert understand("http://timing.club.example/").private
    assert not understand("http://other.example.com/").private


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("192.168.1.5", True),
        ("fd00::1", True),
        ("timingbox", True),
        ("box.local", True),
        ("127.1", True),
        ("8.8.8.8", False),
        ("timing.example.com", False),
    ],
)
def test_is_private_by_the_text(host, private):
    assert is_private(host) is private


def test_a_track_without_any_address_is_refused():
    assert of_track(make.track("x", page_url="", config_port=8000)).address == (
        "wss://live-data.apex-timing.com:8003/"
    )
    with pytest.raises(OutboundRefused):
        of_track(make.track("y", page_url=""))
