"""An answer to a form is a page like another: loaded again by its address, it is no dead end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

PAGES = {
    "team-invite": "team-members",
    "token-new": "team-tokens",
    "webhook-new": "team-channels",
    "rule-restore": "rules",
    "alerts-seen": "alerts",
}


@pytest.mark.parametrize("name", PAGES)
def test_address_of_a_form_leads_to_its_page(name: str, owner: Client) -> None:
    answer = owner.get(reverse(name, args=["ours"]))

    assert (answer.status_code, answer["Location"]) == (302, reverse(PAGES[name], args=["ours"]))


def test_address_of_a_form_takes_no_other_method(owner: Client) -> None:
    assert owner.put(reverse("token-new", args=["ours"])).status_code == 405


def test_stranger_is_led_nowhere(client: Client, place: SimpleNamespace) -> None:
    client.force_login(place.stranger)

    assert client.get(reverse("token-new", args=["ours"])).status_code == 404
