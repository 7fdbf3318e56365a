from __future__ import annotations

from typing import Any

from tests.timing.sinks.test_publisher import Wire as Sent
from timing.sinks.overlays import Overlays, nothing_watched
from timing.sinks.wire import Wire


def overlay(race: str = "r", **fields: Any) -> dict[str, Any]:
    return nothing_watched(race) | fields


def made() -> tuple[Overlays, Sent]:
    sent = Sent()
    return Overlays(Wire(sent), epoch=3), sent


async def test_an_overlay_says_everything_each_time() -> None:
    overlays, sent = made()
    await overlays.publish("otters", overlay(plan="A"), at=5)
    await overlays.publish("otters", overlay(plan="A"), at=6)
    await overlays.publish("otters", overlay(plan="B"), at=7)

    topic = {"topic": "team.otters.race.r", "epoch": 3}
    assert [frame["data"] for frame in sent.frames] == [
        {**topic, "seq": 1, "at": 5, "overlay": overlay(plan="A")},
        {**topic, "seq": 2, "at": 7, "overlay": overlay(plan="B")},
    ]
    assert {frame["event"] for frame in sent.frames} == {"gap_update"}
    assert [(group, message["type"]) for group, message in sent.sent] == [("hub", "hub.frame")] * 2


async def test_teams_and_races_count_by_themselves() -> None:
    overlays, sent = made()
    for team, race in (("otters", "r"), ("voles", "r"), ("otters", "s"), ("otters", "r")):
        await overlays.publish(team, overlay(race, own=str(len(sent.sent))), at=1)

    assert [(frame["data"]["topic"], frame["data"]["seq"]) for frame in sent.frames] == [
        ("team.otters.race.r", 1),
        ("team.voles.race.r", 1),
        ("team.otters.race.s", 1),
        ("team.otters.race.r", 2),
    ]


async def test_who_asks_gets_it_again_under_its_number() -> None:
    overlays, sent = made()
    await overlays.publish("otters", overlay(plan="A"), at=5)
    await overlays.again("otters", "r")
    await overlays.again("voles", "r")

    first, again, nothing = (frame["data"] for frame in sent.frames)
    assert first == again
    assert (nothing["topic"], nothing["seq"], nothing["overlay"]) == (
        "team.voles.race.r",
        1,
        overlay(),
    )


async def test_who_watches_no_more_is_shown_nothing_once() -> None:
    overlays, sent = made()
    for team in ("otters", "voles"):
        await overlays.publish(team, overlay(plan="A"), at=5)
    for _ in range(2):
        await overlays.clear("r", watching=["voles"])
    await overlays.publish("otters", overlay(plan="A"), at=6)

    assert [
        (frame["data"]["topic"], frame["data"]["seq"], frame["data"]["overlay"]["plan"])
        for frame in sent.frames[2:]
    ] == [("team.otters.race.r", 2, ""), ("team.otters.race.r", 3, "A")]


async def test_races_that_are_gone_take_no_memory() -> None:
    overlays, _sent = made()
    await overlays.publish("otters", overlay("r"), at=5)
    await overlays.publish("otters", overlay("s"), at=5)
    overlays.keep({"s"})
    assert list(overlays._shown) == ["s"]
