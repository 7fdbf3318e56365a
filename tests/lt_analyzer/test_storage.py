from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

HASHED_NAME = re.compile(r"\.[0-9a-f]{12}\.(js|css)$")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "lt_analyzer.storage.HashedStatic"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_modules_when_collected_import_each_other_by_hashed_names(collected: Path) -> None:
    modules = [path for path in (collected / "js").rglob("*.js") if HASHED_NAME.search(path.name)]
    imported = [
        name for path in modules for name in re.findall(r'from\s*"(\.[^"]+)"', path.read_text())
    ]

    assert len(modules) > 3
    assert [name for name in imported if not HASHED_NAME.search(name)] == []
