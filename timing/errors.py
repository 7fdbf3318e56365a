from __future__ import annotations


class WatchError(Exception):
    """What was asked about watching or alerts cannot be done; the text is for the user."""
