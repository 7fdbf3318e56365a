from __future__ import annotations

import json
from typing import Any

from tests.timing.apex_feed import FEED, RACE, Played, Table, block
from timing.engine.board import make_board
from timing.engine.diff import patch
from timing.sinks.publisher import Publisher

TABLE = Table(*RACE)


class Wire:
    """A channel layer's sending end."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.sent.append((group, message))

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(message["frame"]) for _, message in self.sent]


def racing() -> Played:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7"}, "r2": {"no": "8"}}, light="lg"))
    played.at(1, "r1|*||")
    return played


def publisher(wire: Wire) -> Publisher:
    return Publisher(layer=wire, feed=FEED, epoch=3)


async def test_the_first_board_is_whole_and_the_next_is_what_changed() -> None:
    wire, played = Wire(), racing()
    published = publisher(wire)
    await published.board(played.state, at=played.ms(1))
    played.at(61, TABLE.cell("r1", "llp", "tn", "1:00.000"))
    await published.board(played.state, at=played.ms(61))
    whole, change = wire.frames

    assert {k: v for k, v in whole["data"].items() if k != "board"} == {
        "topic": f"race.{played.state.id}",
        "epoch": 3,
        "seq": 1,
        "at": played.ms(1),
    }
    assert (whole["type"], whole["event"]) == ("dashboard_event", "race_data_update")
    assert (change["event"], change["data"]["seq"]) == ("teams_update", 2)
    assert patch(whole["data"]["board"], change["data"]["diff"]) == make_board(played.state)


async def test_every_message_says_on_its_outside_what_it_is() -> None:
    wire, played = Wire(), racing()
    await publisher(wire).board(played.state, at=played.ms(1))
    ((group, message),) = wire.sent

    assert group == "hub"
    assert {k: v for k, v in message.items() if k != "frame"} == {
        "type": "hub.frame",
        "topic": f"race.{played.state.id}",
        "epoch": 3,
        "seq": 1,
        "event": "race_data_update",
    }


async def test_a_layer_that_fails_costs_a_frame() -> None:
    class Torn(Wire):
        torn = True

        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            if self.torn:
                raise ConnectionError
            await super().group_send(group, message)

    wire, played = Torn(), racing()
    published = publisher(wire)
    await published.board(played.state, at=played.ms(1))
    wire.torn = False
    played.at(61, TABLE.cell("r1", "llp", "tn", "1:00.000"))
    await published.board(played.state, at=played.ms(61))
    await published.whole(played.state.id)

    change, whole = wire.frames
    assert (change["event"], change["data"]["seq"]) == ("teams_update", 2)
    assert (whole["event"], whole["data"]["board"]) == (
        "race_data_update",
        make_board(played.state),
    )


async def test_nothing_changed_is_nothing_sent() -> None:
    wire, played = Wire(), racing()
    published = publisher(wire)
    for _ in range(3):
        await published.board(played.state, at=played.ms(1))

    assert len(wire.sent) == 1


async def test_news_of_the_session_alone_has_a_name_of_its_own() -> None:
    wire, played = Wire(), racing()
    published = publisher(wire)
    await published.board(played.state, at=played.ms(1))
    played.at(5, "dyn1|countdown|60000")
    await published.board(played.state, at=played.ms(5))

    assert wire.frames[1]["event"] == "session_update"
    assert list(wire.frames[1]["data"]["diff"]) == ["session"]


async def test_who_lacks_a_board_gets_it_whole_under_the_number_of_the_last() -> None:
    wire, played = Wire(), racing()
    published = publisher(wire)
    await published.board(played.state, at=played.ms(1))
    await published.whole(played.state.id)
    await published.whole("unknown")

    assert [frame["data"]["seq"] for frame in wire.frames] == [1, 1]
    assert wire.frames[0]["data"] == wire.frames[1]["data"]


async def test_a_race_that_begins_again_is_told_whole() -> None:
    wire, played = Wire(), racing()
    published = publisher(wire)
    await published.board(played.state, at=played.ms(1))
    published.forget(played.state.id)
    await published.board(played.state, at=played.ms(2))

    assert [(f["event"], f["data"]["seq"]) for f in wire.frames] == [
        ("race_data_update", 1),
        ("race_data_update", 2),
    ]


async def test_instants_of_a_replay_are_those_of_the_viewers() -> None:
    wire, played = Wire(), racing()
    await publisher(wire).board(played.state, at=played.ms(1), shift=7_000)
    data = wire.frames[0]["data"]

    assert data["at"] == played.ms(8)
    assert data["board"]["session"]["started_at"] == played.ms(7)


async def test_the_topic_of_a_feed_tells_link_and_race() -> None:
    wire = Wire()
    published = publisher(wire)
    await published.status(race=None, state="connecting", data_at=None, retry_at=None)
    await published.current("some-race", at=5)
    first, second = wire.frames

    assert (first["event"], first["data"]) == (
        "system.status",
        {
            "topic": f"feed.{FEED}",
            "epoch": 3,
            "seq": 1,
            "at": None,
            "feed": FEED,
            "race": None,
            "state": "connecting",
            "data_at": None,
            "retry_at": None,
        },
    )
    assert (second["event"], second["data"]["seq"], second["data"]["race"]) == (
        "race_data_reset",
        2,
        "some-race",
    )
