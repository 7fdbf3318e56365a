from __future__ import annotations

from django.test import Client


def test_an_address_that_the_api_does_not_have_is_answered_in_json(db: None) -> None:
    for path in ("/api/nothing/", "/auth/nothing"):
        answer = Client().get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_a_page_that_is_not_there_is_answered_with_a_page(db: None) -> None:
    answer = Client().get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
