"""Files: recordings and whatever else lies in the data directory is served at no address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.apps import apps
from django.conf import settings
from django.db.models import FileField

from lt_analyzer.isolation.asking import Ask, Asker
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.world import THEIRS, World, our_models
from teams.scoping import TeamModel


def probe_files(ours: World, theirs: World) -> Iterator[Probe]:
    yield first_problem("file", "recordings of feeds", _recording(ours, theirs))
    yield first_problem("file", "the data directory", _places())
    yield first_problem("file", "columns that name files", _columns())


def _recording(ours: World, theirs: World) -> Iterator[str]:
    """A recording of their private feed, where the product puts them."""
    folder = Path(settings.LT_DATA_DIR) / "tapes" / str(theirs.private.pk)
    folder.mkdir(parents=True)
    tape = folder / "isolation.jsonl"
    try:
        tape.write_text(f'{{"v": 1, "of": "{THEIRS}"}}\n')
        for path in _addresses(tape):
            for asker in (Asker(), Asker(ours.user)):
                answer = asker.ask(Ask("get", path))
                if answer.leaks or answer.status == 200:
                    yield f"is served at {path}"
    finally:
        tape.unlink()
        folder.rmdir()


def _addresses(tape: Path) -> Iterator[str]:
    """Where a careless server would show it."""
    inside = tape.relative_to(settings.LT_DATA_DIR)
    for prefix in ("/", "/var/", "/media/", settings.STATIC_URL):
        yield f"{prefix}{inside}"
        yield f"{prefix}{inside.name}"
    for up in ("../" * 8, quote("../" * 8, safe=""), "..%5c" * 8):
        yield f"{settings.STATIC_URL}{up}{str(tape).lstrip('/')}"


def _places() -> Iterator[str]:
    data = Path(settings.LT_DATA_DIR).resolve()
    served = [Path(settings.STATIC_ROOT), *map(Path, settings.STATICFILES_DIRS)]
    served += [Path(config.path) / "static" for config in apps.get_app_configs()]
    for place in served:
        if data == place.resolve() or place.resolve() in data.parents:
            yield f"lies in {place}, which is served"
    if settings.MEDIA_ROOT:
        yield "MEDIA_ROOT is set, and nothing here knows what is in it"


def _columns() -> Iterator[str]:
    for model in our_models():
        for each in model._meta.concrete_fields:  # noqa: SLF001
            if isinstance(each, FileField) and not issubclass(model, TeamModel):
                yield f"{model.__name__}.{each.name} is of no team"
