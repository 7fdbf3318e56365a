from __future__ import annotations

import json
import random

import pytest

from displays.topic_log import RING_FRAMES, Cursor, TopicLog
from tests.displays.frames import (
    FEED_TOPIC,
    OTHER_RACE,
    RACE,
    TOPIC,
    Client,
    Ingester,
    a_board,
    frame,
    status,
)
from timing.engine.diff import diff


def log() -> TopicLog:
    return TopicLog(TOPIC, now_s=lambda: 0.0)


def drain(of: TopicLog, cursor: Cursor | None = None) -> tuple[list[dict], Cursor | None]:
    got = []
    while (found := of.after(cursor)) is not None:
        frame, cursor = found
        got.append(json.loads(frame.text))
    return got, cursor


def test_a_newcomer_gets_one_snapshot_of_now() -> None:
    ingester, topic = Ingester(), log()
    for message in [ingester.whole(), *ingester.laps(3)]:
        assert topic.take(message)
    assert drain(topic) == (
        [
            {
                "type": "dashboard_event",
                "event": "race_data_update",
                "data": {
                    "topic": TOPIC,
                    "epoch": 1,
                    "seq": 4,
                    "at": 1004,
                    "board": a_board(3),
                },
                "timestamp": "1970-01-01T00:00:00Z",
            }
        ],
        Cursor(1, 4),
    )


def test_who_comes_back_gets_the_missed_tail_as_it_was_sent() -> None:
    ingester, topic = Ingester(), log()
    messages = [ingester.whole(), *ingester.laps(3)]
    for message in messages:
        topic.take(message)
    got, cursor = drain(topic, Cursor(1, 2))
    assert got == [json.loads(message["frame"]) for message in messages[2:]]
    assert cursor == Cursor(1, 4)


def test_who_is_up_to_date_gets_nothing() -> None:
    ingester, topic = Ingester(), log()
    topic.take(ingester.whole())
    assert topic.after(Cursor(1, 1)) is None


def test_who_saw_more_in_another_process_waits() -> None:
    ingester, topic = Ingester(), log()
    topic.take(ingester.whole())
    assert topic.after(Cursor(1, 3)) is None
    late = ingester.laps(3)
    for message in late:
        topic.take(message)
    assert drain(topic, Cursor(1, 3))[0] == [json.loads(late[-1]["frame"])]


@pytest.mark.parametrize(
    "cursor", [None, Cursor(1, 1), Cursor(1, 10**9), Cursor(0, 70), Cursor(9, 9)]
)
def test_who_is_too_far_off_gets_a_snapshot(cursor: Cursor | None) -> None:
    ingester, topic = Ingester(), log()
    for message in [ingester.whole(), *ingester.laps(RING_FRAMES + 5)]:
        topic.take(message)
    got, after = drain(topic, cursor)
    assert [(each["event"], each["data"]["seq"]) for each in got] == [("race_data_update", 70)]
    assert after == Cursor(1, 70)


def test_a_new_epoch_begins_with_its_own_snapshot() -> None:
    ingester, topic = Ingester(), log()
    for message in [ingester.whole(), *ingester.laps(2), ingester.restart(), *ingester.laps(1)]:
        topic.take(message)
    got, after = drain(topic, Cursor(1, 3))
    assert [each["data"]["board"] for each in got] == [a_board(3)]
    assert after == Cursor(2, 2)


def test_frames_of_a_lost_lease_are_refused() -> None:
    old, topic = Ingester(), log()
    topic.take(old.whole())
    new = Ingester(epoch=2)
    topic.take(new.whole())
    assert not topic.take(old.change(a_board(50)))
    assert (topic.refused, topic.snapshot.board) == (1, a_board(0))


def test_a_frame_twice_is_taken_once() -> None:
    ingester, topic = Ingester(), log()
    topic.take(ingester.whole())
    message = ingester.change(a_board(1))
    assert topic.take(message)
    assert not topic.take(message)
    assert len(drain(topic, Cursor(1, 1))[0]) == 1


def test_a_lost_frame_is_noticed_and_healed_by_the_next_snapshot() -> None:
    ingester, topic = Ingester(), log()
    topic.take(ingester.whole())
    _lost, *rest = ingester.laps(3)
    for message in rest:
        topic.take(message)
    assert (topic.gaps, topic.lacks_board, topic.after(Cursor(1, 1))) == (1, True, None)
    assert topic.take(ingester.again())
    got, after = drain(topic, Cursor(1, 1))
    assert [each["data"]["board"] for each in got] == [a_board(3)]
    assert after == Cursor(1, 4)


def test_changes_alone_are_nothing_for_a_newcomer() -> None:
    ingester, topic = Ingester(), log()
    ingester.whole()
    topic.take(ingester.change(a_board(1)))
    assert topic.lacks_board
    assert topic.after(None) is None


def test_a_feeds_last_status_serves_whoever_comes() -> None:
    topic = TopicLog(FEED_TOPIC)
    for seq in (1, 2, 3):
        topic.take(status(seq))
    reset = frame("race_data_reset", FEED_TOPIC, 1, 4, race=OTHER_RACE)
    topic.take(reset)
    assert topic.race == OTHER_RACE
    assert not topic.lacks_board
    got, after = drain(topic)
    assert got == [json.loads(status(3)["frame"]), json.loads(reset["frame"])]
    assert after == Cursor(1, 4)


def test_the_ring_is_bounded_by_size_too() -> None:
    ingester, topic = Ingester(), log()
    topic.take(ingester.whole())
    for n in range(30):
        topic.take(ingester.change(a_board(n, name="x" * 100_000 + str(n))))
    got, _after = drain(topic, Cursor(1, 2))
    assert [each["event"] for each in got] == ["race_data_update"]
    assert len(topic._ring) < 12


@pytest.mark.parametrize("seed", range(60))
def test_whoever_applies_what_it_gets_ends_with_the_same_board(seed: int) -> None:
    """Any pace, any cursor, lost and repeated frames, restarts of either side."""
    chance = random.Random(seed)
    ingester, topic = Ingester(), log()
    clients = [Client() for _ in range(4)]
    topic.take(ingester.whole())
    for _step in range(300):
        message = ingester.random_step(chance)
        if chance.random() < 0.9:
            topic.take(message)
            if chance.random() < 0.1:
                topic.take(message)
        if topic.lacks_board and chance.random() < 0.5:
            topic.take(ingester.again())
        for client, pace in zip(clients, (1.0, 0.5, 0.1, 0.01), strict=True):
            if chance.random() < pace:
                catch_up(client, topic, most=chance.randint(1, 5))
            if chance.random() < 0.01:
                client.__init__()
    topic.take(ingester.whole())
    for client in clients:
        catch_up(client, topic)
        assert client.board == ingester.board
        assert (client.epoch, client.seq) == (ingester.epoch, ingester.seq)


def catch_up(client: Client, topic: TopicLog, most: int = 10**6) -> None:
    for _ in range(most):
        cursor = None if client.seq is None else Cursor(client.epoch or 0, client.seq)
        found = topic.after(cursor)
        if found is None:
            return
        client.apply(found[0].text)


def test_the_race_of_a_board_is_part_of_it() -> None:
    """A guard of the fixture: the boards used here have the shape that `diff` knows."""
    assert diff(a_board(1), a_board(1)) == {}
    assert a_board()["race"] == RACE
