from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from displays.views.offline import OFFLINE, offline_page
from lt_analyzer.app_shell import make_shell, shell
from tests import factories as make

PAGE = (
    '<link href="/static/css/base.css"><use href="/static/img/icons.svg#pit">'
    '<script src="/static/js/kept/page.js"></script><img src="/static/no-such-file">'
)


def test_shell_is_what_a_page_links_to_and_what_its_modules_import() -> None:
    assert make_shell(PAGE).files == (
        "/static/css/base.css",
        "/static/img/icons.svg",
        "/static/js/kept/page.js",
        "/static/js/kept/boards.js",
    )


def test_shell_of_another_page_is_another_version() -> None:
    assert make_shell(PAGE).version == make_shell(PAGE).version
    assert make_shell(PAGE).version != make_shell(f"{PAGE} ").version


def test_shell_when_collected_has_the_names_with_hashes(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT, settings.STATIC_HASHED = tmp_path, True
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "lt_analyzer.storage.HashedStatic"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    found = make_shell(render_to_string(OFFLINE, offline_page())).files

    assert len(found) == len(shell().files)
    assert [each for each in found if not re.search(r"\.[0-9a-f]{12}\.\w+$", each)] == []


@pytest.mark.django_db
def test_worker_names_its_files_and_version(client: Client) -> None:
    text = client.get("/sw.js").text

    assert f'"{configured.STATIC_URL}js/kept/offline.js",' in text
    assert shell().version in text
    assert "NAMED_BY_CONTENT = false" in text


@pytest.mark.django_db
def test_offline_page_is_the_same_for_everybody(client: Client) -> None:
    nobody = client.get("/offline/")
    client.force_login(make.member(make.team("Ours"), "ada"))
    ada = client.get("/offline/")

    nonce = re.compile(r'nonce="[^"]*"')
    assert nonce.sub("", nobody.text) == nonce.sub("", ada.text)
    assert "data-viewer" not in ada.text
    assert (ada.status_code, ada["Cache-Control"]) == (200, "no-cache")


@pytest.mark.django_db
def test_manifest_opens_the_app_and_that_of_a_display_its_board(client: Client) -> None:
    app = json.loads(client.get("/manifest.webmanifest").content)
    display = json.loads(client.get("/d/Abcd1234/manifest.webmanifest").content)

    assert (app["start_url"], app["display"]) == ("/", "standalone")
    assert (display["start_url"], display["display"]) == ("/d/Abcd1234/", "fullscreen")
    for icon in app["icons"]:
        assert client.get(icon["src"]).status_code == 200


@pytest.mark.django_db
def test_pages_say_who_is_signed_in_and_in_which_teams(client: Client) -> None:
    assert ' data-viewer=""' in client.get("/").text
    person = make.member(make.team("Ours"), "ada")
    client.force_login(person)

    assert f' data-viewer="{person.pk}" data-teams="ours"' in client.get("/t/ours/").text
    assert " data-gone" in client.get("/t/theirs/").text
