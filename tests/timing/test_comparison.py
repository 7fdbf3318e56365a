from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from races.models import Feed, Lap
from tests.timing.test_runner import House, Line, house, race_of_two_laps, run_until
from timing.comparison import differences

__all__ = ["house"]

pytestmark = pytest.mark.django_db(transaction=True)


async def recorded(house: House) -> None:
    line = Line(race_of_two_laps())
    await run_until(house.runner(line), lambda: line.heard == len(line.said))


async def test_rows_and_tape_are_equal_until_somebody_changes_a_row(house: House) -> None:
    await recorded(house)

    def compared(feed: Feed) -> list[str]:
        return differences(feed.pk, "apex", house.folder)

    assert await house.stored(compared) == []

    await house.stored(lambda feed: Lap.objects.filter(ms=60_000).update(ms=59_000))
    (laps, tape) = await house.stored(compared)

    assert laps.startswith("1 laps only in the database: (UUID(")
    assert laps.endswith("1, 59000, False)")
    assert tape.startswith("1 laps only on the tape: (UUID(")


async def test_the_command_names_the_feed_that_differs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(house)
    monkeypatch.setattr(
        "timing.management.commands.compare_tapes.tapes_folder", lambda: house.folder
    )

    def said(feed: Feed) -> str:
        out = StringIO()
        call_command("compare_tapes", str(feed.pk), stdout=out)
        return out.getvalue()

    assert await house.stored(said) == f"{house.feed.pk} {house.feed.name}: equal\n"
    await house.stored(lambda feed: Lap.objects.all().delete())
    with pytest.raises(CommandError, match="database and tapes differ"):
        await house.stored(said)
