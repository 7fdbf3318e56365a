"""What leaves during a test: the mails, and who the hubs are told about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core import mail as django_mail

from teams import mail, news

IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
LINK = re.compile(r"https?://[^/\s]+(/\S+)")


def mails() -> list[tuple[str, str]]:
    """(to, subject) of what was sent so far, in order, once the thread has sent it."""
    mail.outgoing.submit(lambda: None).result()
    return [(each.to[0], each.subject) for each in django_mail.outbox]


def mailed_path() -> str:
    """The path of the link in the last mail."""
    mails()
    found = LINK.search(str(django_mail.outbox[-1].body))
    assert found, "no link in it"
    return found[1]


class Ear:
    """Hears what hubs are told. Needs the in-memory layer, which waits for nobody."""

    def __init__(self) -> None:
        self.layer = get_channel_layer()
        self.channel = async_to_sync(self.layer.new_channel)()
        async_to_sync(self.layer.group_add)(news.HUB_GROUP, self.channel)

    def users(self) -> list[list[int]]:
        """Of each message since the last call."""
        return [message["users"] for message in self._heard()]

    def tokens(self) -> list[list[int]]:
        """The same of API tokens."""
        return [message["tokens"] for message in self._heard()]

    def _heard(self) -> Iterator[Any]:
        queue: Any = self.layer.channels.get(self.channel)
        while queue is not None and not queue.empty():
            _expires, message = queue.get_nowait()
            yield message
