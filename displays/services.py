"""What can be done to displays, inside the scope of their team."""

from __future__ import annotations

from displays.models import Display
from races.models import Feed, Race
from teams.models import Team


def create_display(
    *, team: Team, name: str, feed: Feed | None = None, race: Race | None = None
) -> Display:
    """Of a feed or of a race: the database refuses both and neither. Open to the public at once."""
    return Display.objects.create(team=team, name=name, feed=feed, race=race)


def switch_display(*, display: Display, enabled: bool) -> Display:
    """A display that is off keeps its code: the link works again when it is back on."""
    display.is_enabled = enabled
    display.save(update_fields=["is_enabled"])
    return display


def delete_display(*, display: Display) -> None:
    """For good: the code is never given out again, so an old link can show nothing new."""
    display.delete()
