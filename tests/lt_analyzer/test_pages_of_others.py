"""The two interfaces we did not write must live with our Content-Security-Policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from teams.models import User

pytestmark = pytest.mark.django_db


def nonce_of(policy: str) -> str:
    found = re.search(r"'nonce-([^']+)'", policy)
    assert found
    return found[1]


def test_api_documentation_is_served_by_ourselves_and_carries_the_nonce(client: Client) -> None:
    response = client.get("/api/docs/")
    page = response.content.decode()

    assert response.status_code == 200
    assert f'<style nonce="{nonce_of(response["Content-Security-Policy"])}">' in page
    assert re.findall(r'(?:src|href)="(?!/static/|/api/docs/)([^"]+)"', page) == []
    assert "<script>" not in page


def test_schema_is_an_openapi_document(client: Client) -> None:
    response = client.get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"})

    assert response.status_code == 200
    assert response.json()["info"]["title"] == "LT-Analyzer"


def test_schema_when_it_is_drawn_up_raises_no_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))

    assert "/api/laps/" in (tmp_path / "schema.yml").read_text()


def test_favicon_is_ours(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/img/icon.svg"


def test_admin_has_no_inline_code(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", email="root@example.org"))

    page = client.get("/admin/").content.decode()

    assert "LT-Analyzer" in page
    assert re.findall(r"<script(?![^>]*(?:src|json))|\sstyle=|\son\w+=", page) == []


def test_no_page_allows_inline_code(client: Client) -> None:
    policy = client.get("/admin/login/")["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
