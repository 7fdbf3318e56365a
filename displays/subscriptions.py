"""What one socket is subscribed to, and the one frame that is next for it.

A channel is what the client names, a topic what the hub knows. They are the same but for a
display's: that one stands for its feed and follows the feed's current race, or for its race.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from displays.access import Grant
from displays.frames import Frame
from displays.hub import Cursor, Hub, Subscription, Viewer
from timing.topics import race_topic

MAX_CHANNELS = 32
MAX_NAME = 100


@dataclass(slots=True)
class _Channel:
    grant: Grant
    topics: dict[str, Subscription] = field(default_factory=dict)
    following: str | None = None  # the topic of the followed feed's current race


class Subscriptions:
    def __init__(self, hub: Hub, viewer: Viewer) -> None:
        self._hub, self._viewer = hub, viewer
        self._channels: dict[str, _Channel] = {}

    def channels(self) -> list[str]:
        return list(self._channels)

    def full(self, channel: str) -> bool:
        if len(channel) > MAX_NAME:
            return True
        return channel not in self._channels and len(self._channels) >= MAX_CHANNELS

    def begin(
        self, channel: str, grant: Grant, *, topic: object = None, cursor: Cursor | None = None
    ) -> None:
        """Subscribe, or subscribe again from another cursor.

        `topic` says which of a channel's topics the cursor belongs to: what a display showed
        last may be another race than the one it shows now.
        """
        self.end(channel)
        found = self._channels[channel] = _Channel(grant)
        found.following = self._followed(grant.follow_feed)
        names = [*grant.topics, *([found.following] if found.following else [])]
        whose = topic if isinstance(topic, str) else names[0] if len(names) == 1 else None
        for name in names:
            found.topics[name] = self._subscribe(name, cursor if name == whose else None, grant)
        for name in grant.news:
            found.topics[name] = self._subscribe(name, None, grant)
        self._viewer.wake()

    def renew(self, channel: str, grant: Grant) -> None:
        """The same channel may stand for other topics now: a team was joined, a display turned to
        another race. What it still stands for goes on where it was."""
        found = self._channels.get(channel)
        if found is None or found.grant == grant:
            return
        found.grant, found.following = grant, self._followed(grant.follow_feed)
        wanted = [*grant.topics, *grant.news, *([found.following] if found.following else [])]
        for name in found.topics.keys() - set(wanted):
            self._hub.unsubscribe(found.topics.pop(name))
        for name in wanted:
            if name not in found.topics:
                found.topics[name] = self._subscribe(name, None, grant)
        self._viewer.wake()

    def end(self, channel: str) -> bool:
        found = self._channels.pop(channel, None)
        for subscription in found.topics.values() if found else ():
            self._hub.unsubscribe(subscription)
        return found is not None

    def end_all(self) -> None:
        for channel in self.channels():
            self.end(channel)

    def next(self) -> Frame | None:
        """The next frame of any channel, each in its turn; of a display, the feed's first, so that
        a change of race is announced before the new race shows."""
        for name, found in self._channels.items():
            frame = self._next_of(found)
            if frame is not None:
                self._channels[name] = self._channels.pop(name)
                return frame
        return None

    def _next_of(self, found: _Channel) -> Frame | None:
        if found.grant.follow_feed:
            self._follow(found, found.grant.follow_feed)
        for subscription in found.topics.values():
            frame = subscription.next()
            if frame is not None:
                return frame
        return None

    def _subscribe(self, topic: str, cursor: Cursor | None, grant: Grant) -> Subscription:
        follows = topic == grant.follow_feed  # its frames turn the channel to another race
        return self._hub.subscribe(topic, self._viewer, cursor=cursor, direct=not follows)

    def _followed(self, feed: str | None) -> str | None:
        race = self._hub.current_race(feed) if feed else None
        return race_topic(race) if race else None

    def _follow(self, found: _Channel, feed: str) -> None:
        wanted = self._followed(feed)
        if wanted == found.following:
            return
        if found.following:
            self._hub.unsubscribe(found.topics.pop(found.following))
        if wanted:
            found.topics[wanted] = self._subscribe(wanted, None, found.grant)
        found.following = wanted
