"""Where the recordings of this installation lie."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def tapes_folder() -> Path:
    return Path(settings.LT_DATA_DIR) / "tapes"
