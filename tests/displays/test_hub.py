from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator

import pytest
from channels.layers import get_channel_layer

from displays import hub as module
from displays.frames import Batch
from displays.hub import Cursor, Hub, Subscription
from tests.displays.frames import (
    FEED_TOPIC,
    OTHER_RACE,
    TOPIC,
    Client,
    Ingester,
    a_board,
    frame,
    status,
)
from tests.displays.pipes import Peer
from tests.displays.sockets import PATIENCE_S, publish, settled


class Reader:
    """A viewer that reads everything the moment it is woken."""

    def __init__(self) -> None:
        self.subscription: Subscription | None = None
        self.got: list[dict] = []

    def push(self, _batch: Batch) -> bool:
        return False

    def wake(self) -> None:
        while self.subscription and (frame := self.subscription.next()):
            self.got.append(json.loads(frame.text))


class Sleeper:
    def push(self, _batch: Batch) -> bool:
        return False

    def wake(self) -> None: ...


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    made = Hub()
    made.ensure_started()
    await asyncio.wait_for(made.listening.wait(), PATIENCE_S)
    yield made
    await made.stop()
    await get_channel_layer().flush()


async def test_a_frame_of_the_layer_reaches_every_subscriber(hub: Hub) -> None:
    readers = [Reader() for _ in range(3)]
    for reader in readers:
        reader.subscription = hub.subscribe(TOPIC, reader)
    ingester = Ingester()
    messages = [ingester.whole(), *ingester.laps(2)]
    for message in messages:
        await publish(message, to=hub)
    sent = [json.loads(message["frame"]) for message in messages]
    assert [reader.got for reader in readers] == [sent, sent, sent]


async def test_frames_of_other_topics_wake_nobody(hub: Hub) -> None:
    reader = Reader()
    reader.subscription = hub.subscribe(TOPIC, reader)
    await publish(status(1), {"type": "something.else"}, to=hub)
    assert reader.got == []


async def test_a_sleeper_costs_a_cursor_and_gets_one_snapshot(hub: Hub) -> None:
    sleeper, reader = Sleeper(), Reader()
    asleep = hub.subscribe(TOPIC, sleeper)
    reader.subscription = hub.subscribe(TOPIC, reader)
    ingester = Ingester()
    for message in (ingester.whole(), *ingester.laps(200)):
        await publish(message, to=hub)
    assert reader.got[-1]["data"]["seq"] == 201
    assert asleep.cursor is None
    frame = asleep.next()
    assert frame is not None
    assert json.loads(frame.text)["data"]["board"] == a_board(200)
    assert asleep.cursor == Cursor(1, 201)
    assert asleep.next() is None


async def test_views_read_the_board_from_a_thread(hub: Hub) -> None:
    ingester = Ingester()
    assert await asyncio.to_thread(hub.snapshot, TOPIC) is None
    await publish(ingester.whole(), *ingester.laps(2), to=hub)
    found = await asyncio.to_thread(hub.snapshot, TOPIC)
    assert found is not None
    assert (found.epoch, found.seq, found.at, found.board) == (1, 3, 1003, a_board(2))


async def test_the_current_race_is_the_one_the_feed_named_last(hub: Hub) -> None:
    await publish(status(1), to=hub)
    await publish(frame("race_data_reset", FEED_TOPIC, 1, 2, race=OTHER_RACE), to=hub)
    assert hub.current_race(FEED_TOPIC) == OTHER_RACE
    assert hub.current_race("feed.unknown") is None


async def test_a_board_that_is_lacking_is_asked_for_and_heals(hub: Hub) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("ingest", channel)
    ingester, reader = Ingester(), Reader()
    reader.subscription = hub.subscribe(TOPIC, reader)
    asked = await asyncio.wait_for(layer.receive(channel), PATIENCE_S)
    assert asked == {"type": "snapshot.wanted", "topic": TOPIC}
    ingester.whole()
    await publish(*ingester.laps(2), to=hub)
    assert reader.got == []
    await publish(ingester.again(), to=hub)
    assert [each["data"]["board"] for each in reader.got] == [a_board(2)]


async def test_a_race_that_is_over_is_asked_for_less_and_less() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("ingest", channel)
    clock = [0.0]
    hub = Hub(now=lambda: clock[0])
    hub.ensure_started()
    hub.subscribe(TOPIC, Sleeper())
    asked = []
    for second in range(200):
        clock[0] = float(second)
        hub._ask(hub._topics[TOPIC])
        if hub._topics[TOPIC].ask_at > second and hub._topics[TOPIC].ask_at not in asked:
            asked.append(hub._topics[TOPIC].ask_at)
    for _ in asked:
        await asyncio.wait_for(layer.receive(channel), PATIENCE_S)
    await hub.stop()
    assert asked == [2, 6, 14, 30, 62, 122, 182, 242]


async def test_a_change_that_does_not_fit_costs_a_snapshot_and_nothing_else(hub: Hub) -> None:
    reader, ingester = Reader(), Ingester()
    reader.subscription = hub.subscribe(TOPIC, reader)
    await publish(ingester.whole(), to=hub)
    await publish(frame("teams_update", TOPIC, 1, 2, diff={"session": 7, "rows": 7}), to=hub)
    assert hub.snapshot(TOPIC) is None
    ingester.seq = 2
    await publish(ingester.whole(), *ingester.laps(1), to=hub)
    client = Client()
    for each in reader.got:
        client.apply(json.dumps(each))
    assert client.board == ingester.board
    assert hub.stats() == {"topics": 1, "subscriptions": 1, "gaps": 1, "refused": 0}


async def test_topics_that_nobody_reads_are_forgotten_in_time() -> None:
    clock = [0.0]
    hub = Hub(now=lambda: clock[0])
    ingester = Ingester()
    hub.deliver(ingester.whole())
    hub.deliver(status(1))
    kept = hub.subscribe(FEED_TOPIC, Sleeper())
    clock[0] = module.IDLE_S + 1
    hub._drop_idle(module.IDLE_S)
    assert hub.stats()["topics"] == 1
    hub.unsubscribe(kept)
    hub._drop_idle(module.IDLE_S)
    assert hub.stats()["topics"] == 1
    clock[0] *= 2
    hub._drop_idle(module.IDLE_S)
    assert hub.stats()["topics"] == 0


async def test_topics_are_bounded_whatever_is_sent(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_TOPICS", 10)
    hub = Hub()
    for number in range(50):
        hub.deliver(frame("system.status", f"feed.{number}", 1, 1, race=None))
    assert hub.stats()["topics"] <= 10


async def test_a_thousand_viewers_take_a_frame_within_a_blink(hub: Hub) -> None:
    readers = [Reader() for _ in range(1000)]
    for reader in readers:
        reader.subscription = hub.subscribe(TOPIC, reader)
    ingester = Ingester()
    hub.deliver(ingester.whole())
    await settled(hub)
    assert all(len(reader.got) == 1 for reader in readers)


# -- fanning out


class Piped:
    """A viewer over a socket that takes writes at once, until it is full."""

    def __init__(self, hub: Hub, peer: Peer, *, direct: bool = True) -> None:
        self.peer, self.client = peer, Client()
        self.subscription = hub.subscribe(TOPIC, self, direct=direct)

    def push(self, batch: Batch) -> bool:
        return self.peer.put(batch.deflated if self.peer.deflates else batch.plain)

    def wake(self) -> None:
        while self.peer.has_room and (frame := self.subscription.next()):
            self.peer.put(frame.deflated if self.peer.deflates else frame.plain)

    def read(self) -> None:
        for text in self.peer.texts:
            self.client.apply(text)
        self.peer.texts.clear()


async def test_frames_that_come_together_are_one_write(hub: Hub) -> None:
    viewer = Piped(hub, Peer())
    ingester = Ingester()
    await publish(ingester.whole(), to=hub)
    for message in ingester.laps(20):
        hub.deliver(message)
    await settled(hub)
    viewer.read()
    assert viewer.client.board == ingester.board
    assert (len(viewer.client.kinds), viewer.peer.writes) == (21, 2)


async def test_a_viewer_without_room_costs_the_others_nothing(hub: Hub) -> None:
    quick, stuck = Piped(hub, Peer()), Piped(hub, Peer())
    ingester = Ingester()
    await publish(ingester.whole(), to=hub)
    stuck.peer.full = True
    for _ in range(200):
        await publish(*ingester.laps(1), to=hub)
    quick.read()
    stuck.read()
    assert (len(quick.client.kinds), len(stuck.client.kinds)) == (201, 1)
    stuck.peer.full = False
    stuck.wake()
    stuck.read()
    assert stuck.client.kinds == ["race_data_update", "race_data_update"]
    await publish(*ingester.laps(2), to=hub)
    for viewer in (quick, stuck):
        viewer.read()
        assert viewer.client.board == ingester.board


@pytest.mark.parametrize("seed", range(40))
async def test_whoever_is_pushed_or_woken_ends_with_the_same_board(seed: int) -> None:
    """Any pace, lost and repeated frames, restarts, sockets that fill and drain, come and go."""
    chance, hub, ingester = random.Random(seed), Hub(), Ingester()
    hub.ensure_started()
    kinds = [{"deflates": False}, {"deflates": True}, {"deflates": chance.random() < 0.5}]
    viewers = [Piped(hub, Peer(**kind), direct=chance.random() < 0.8) for kind in kinds]
    hub.deliver(ingester.whole())
    for _step in range(200):
        message = ingester.random_step(chance)
        for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 1, 2))):
            hub.deliver(message)
        if chance.random() < 0.3:
            hub.deliver(ingester.again())
        if chance.random() < 0.4:
            await asyncio.sleep(0)
        one = chance.choice(viewers)
        one.peer.full = chance.random() < 0.3
        one.read()
        if chance.random() < 0.05:
            viewers.append(Piped(hub, Peer()))
    hub.deliver(ingester.whole())
    await settled(hub)
    for one in viewers:
        one.peer.full = False
        one.wake()
        one.read()
    assert [one.client.board for one in viewers] == [ingester.board] * len(viewers)
    await hub.stop()


class Laborious(Piped):
    """Each write to it takes a while."""

    def push(self, batch: Batch) -> bool:
        end = time.monotonic() + 2 * module.LITTLE_WORK_S
        while time.monotonic() < end:
            pass
        return super().push(batch)


async def test_a_busy_process_merges_what_comes_while_it_rests(hub: Hub) -> None:
    viewer = Laborious(hub, Peer())
    ingester = Ingester()
    await publish(ingester.whole(), to=hub)
    hub.deliver(*ingester.laps(1))
    await settled(hub)
    await asyncio.sleep(0)
    for _ in range(3):  # each in a turn of its own
        hub.deliver(*ingester.laps(1))
        await asyncio.sleep(0)
    await settled(hub)
    viewer.read()
    assert (viewer.client.board, len(viewer.client.kinds)) == (ingester.board, 5)
    assert viewer.peer.writes == 3
