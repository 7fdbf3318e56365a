"""One's own account: name, address, password, browsers, data."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail as django_mail
from django.core.cache import caches
from django.test import Client

from teams.enums import Role
from teams.models import Membership, Session, Team, User
from teams.scoping import every_team
from teams.views import address
from tests import factories as make
from tests.post import mailed_path, mails

NEW = "another 1 long one"


@pytest.fixture(autouse=True)
def fresh_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails are sent once a minute; each test begins one. Clearing Redis would clear it for the
    other worker, too."""
    monkeypatch.setattr(caches["default"], "version", uuid4().hex)


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


# -- who one is


@pytest.mark.parametrize(
    "url", ["/account/", "/account/address/", "/account/password/", "/account/delete/", "/teams/"]
)
def test_own_pages_are_closed_to_the_anonymous(url: str, client: Client, db: None) -> None:
    assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"


def test_account_says_whose_it_is(owner: Client) -> None:
    page = owner.get("/account/").text

    for text in ("owner@example.com is not verified", "Ours", "this one"):
        assert text in page


def test_name_is_changed(owner: Client, place: SimpleNamespace) -> None:
    owner.post("/account/", {"username": "captain"})

    assert fresh(place.owner).username == "captain"


@pytest.mark.parametrize("name", ["READER", "with space", ""])
def test_name_that_cannot_be_is_refused(name: str, owner: Client, place: SimpleNamespace) -> None:
    page = owner.post("/account/", {"username": name})

    assert page.status_code == 422
    assert "errorlist" in page.text
    assert '<bdi class="ell">owner</bdi>' in page.text, "the head still says who is signed in"
    assert fresh(place.owner).username == "owner"


# -- the address


def test_address_is_verified_by_the_link_and_a_click(
    owner: Client, place: SimpleNamespace, committed: Any
) -> None:
    with committed():
        owner.post("/account/address/send/")
    path = mailed_path()

    page = Client().get(path)
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert fresh(place.owner).email_verified_at is None

    page = Client().post(path, follow=True)
    assert "The address is verified" in page.text
    assert fresh(place.owner).email_verified_at is not None


def test_link_is_sent_once_a_minute_and_the_answer_is_the_same(
    owner: Client, committed: Any
) -> None:
    with committed():
        pages = [owner.post("/account/address/send/", follow=True).text for _time in range(3)]

    assert len(mails()) == 1
    assert all("on its way to owner@example.com" in page for page in pages)


def test_another_address_waits_for_its_link(
    owner: Client, place: SimpleNamespace, committed: Any
) -> None:
    with committed():
        page = owner.post(
            "/account/address/", {"email": "new@example.com", "password": "pw"}, follow=True
        )
    assert "new@example.com" in page.text
    assert fresh(place.owner).email == "owner@example.com"

    with committed():
        Client().post(mailed_path())

    assert fresh(place.owner).email == "new@example.com"
    assert mails()[-1][0] == "owner@example.com", "the old one is told"


def test_another_address_needs_the_password(owner: Client, committed: Any) -> None:
    with committed():
        page = owner.post("/account/address/", {"email": "new@example.com", "password": "no"})

    assert page.status_code == 422
    assert "This is not your password." in page.text
    assert mails() == []


def test_address_of_another_account_is_answered_alike(owner: Client, committed: Any) -> None:
    pages = []
    for email in ("free@example.com", "reader@example.com"):
        with committed():
            data = {"email": email, "password": "pw"}
            pages.append(owner.post("/account/address/", data, follow=True).text)

    assert [page.count("unless another account uses that address") for page in pages] == [1, 1]
    assert [to for to, _subject in mails()] == ["free@example.com"]


def test_a_person_sends_so_many_links_a_day(
    owner: Client, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or whoever has an account could send mails of ours to anybody."""
    monkeypatch.setattr(address, "MOST_LINKS_A_DAY", 2)

    with committed():
        pages = [
            owner.post("/account/address/", {"email": f"{name}@x.example", "password": "pw"})
            for name in ("a", "b", "c")
        ]
        again = owner.post("/account/address/send/", follow=True)

    assert [page.status_code for page in pages] == [302, 302, 422]
    assert "enough links for today" in pages[2].text
    assert "enough links for today" in again.text
    assert [to for to, _subject in mails()] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize("token", ["x", "a:b:c", "%00"])
def test_link_that_nobody_made_is_told_so(token: str, client: Client, db: None) -> None:
    page = client.get(f"/account/verify/{token}/")

    assert page.status_code == 404
    assert "This link has ended" in page.text


# -- the password


def test_password_is_changed_and_others_are_signed_out(
    owner: Client, place: SimpleNamespace
) -> None:
    other = Client()
    other.force_login(place.owner)
    data = {"old_password": "pw", "new_password1": NEW, "new_password2": NEW}

    page = owner.post("/account/password/", data, follow=True)

    assert "signed out everywhere else" in page.text
    assert owner.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert fresh(place.owner).check_password(NEW)
    assert Session.objects.filter(user=place.owner).count() == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"old_password": "no", "new_password1": NEW, "new_password2": NEW}, "not your password"),
        ({"old_password": "pw", "new_password1": NEW, "new_password2": "x"}, "match"),
        ({"old_password": "pw", "new_password1": "1234", "new_password2": "1234"}, "too short"),
    ],
)
def test_password_change_says_what_is_wrong(
    data: dict[str, str], said: str, owner: Client, place: SimpleNamespace
) -> None:
    page = owner.post("/account/password/", data)

    assert said in page.text
    assert fresh(place.owner).check_password("pw")


def test_password_is_not_to_be_guessed_from_an_open_browser(owner: Client) -> None:
    data = {"old_password": "no", "new_password1": NEW, "new_password2": NEW}
    answers = [owner.post("/account/password/", data).status_code for _time in range(5)]

    assert answers == [200, 200, 200, 200, 429]


def reset_path(client: Client, committed: Any, email: str = "OWNER@example.com") -> str:
    with committed():
        client.post("/account/reset/", {"email": email})
    return mailed_path()


def test_forgotten_password_is_set_by_the_link(
    place: SimpleNamespace, client: Client, committed: Any
) -> None:
    signed_in = Client()
    signed_in.force_login(place.owner)
    form = client.get(reset_path(client, committed)).headers["Location"]
    assert "set-password" in form, "the token leaves the address"

    page = client.post(form, {"new_password1": NEW, "new_password2": NEW}, follow=True)

    assert "Your new password is set" in page.text
    assert fresh(place.owner).check_password(NEW)
    assert fresh(place.owner).email_verified_at is not None
    assert signed_in.get("/account/").status_code == 302


def test_forgotten_password_opens_the_lock(
    place: SimpleNamespace, client: Client, committed: Any
) -> None:
    for _time in range(5):
        client.post("/accounts/login/", {"username": "owner", "password": "no"})
    form = client.get(reset_path(client, committed)).headers["Location"]
    client.post(form, {"new_password1": NEW, "new_password2": NEW})

    page = client.post("/accounts/login/", {"username": "owner", "password": NEW})

    assert page.status_code == 302


def test_reset_link_works_once(place: SimpleNamespace, client: Client, committed: Any) -> None:
    path = reset_path(client, committed)
    form = client.get(path).headers["Location"]
    client.post(form, {"new_password1": NEW, "new_password2": NEW})

    assert "This link has ended" in Client().get(path, follow=True).text


def test_reset_answers_the_same_for_every_address(
    place: SimpleNamespace, client: Client, committed: Any
) -> None:
    with committed():
        pages = [
            client.post("/account/reset/", {"email": email}, follow=True)
            for email in ("owner@example.com", "nobody@example.com")
        ]

    assert [page.redirect_chain for page in pages] == [[("/account/reset/sent/", 302)]] * 2
    assert pages[0].text == pages[1].text
    assert [to for to, _subject in mails()] == ["owner@example.com"]


def test_reset_of_a_password_is_mailed_once_a_minute(
    place: SimpleNamespace, client: Client, committed: Any
) -> None:
    with committed():
        for _time in range(3):
            client.post("/account/reset/", {"email": "owner@example.com"})

    assert len(mails()) == 1


def test_mails_lead_to_our_own_address_whatever_the_request_says(
    place: SimpleNamespace, client: Client, committed: Any
) -> None:
    with committed():
        client.post(
            "/account/reset/", {"email": "owner@example.com"}, headers={"host": "127.0.0.1:99"}
        )

    mails()
    assert "http://localhost:8000/account/reset/" in str(django_mail.outbox[0].body)


# -- browsers


def other_browser(user: User) -> Client:
    made = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140"})
    made.post("/accounts/login/", {"username": user.username, "password": "pw"})
    return made


def test_browsers_are_listed_this_one_first(owner: Client, place: SimpleNamespace) -> None:
    other_browser(place.owner)

    page = owner.get("/account/")

    browsers = page.context["browsers"]
    assert [(each.is_this, each.words) for each in browsers] == [
        (True, "Unknown browser"),
        (False, "Firefox on Linux"),
    ]
    assert all(each.session.session_key not in page.text for each in browsers)


def test_browser_is_signed_out(owner: Client, place: SimpleNamespace) -> None:
    first, second = other_browser(place.owner), other_browser(place.owner)
    handle = next(
        each.handle
        for each in owner.get("/account/").context["browsers"]
        if each.session.session_key == first.session.session_key
    )

    owner.post("/account/sessions/end/", {"handle": handle})

    signed_in = [client.get("/account/").status_code for client in (owner, first, second)]
    assert signed_in == [200, 302, 200]


def test_all_other_browsers_are_signed_out(owner: Client, place: SimpleNamespace) -> None:
    others = [other_browser(place.owner) for _n in range(2)]

    owner.post("/account/sessions/end/", {"handle": "others"})

    assert [client.get("/account/").status_code for client in (owner, *others)] == [200, 302, 302]


@pytest.mark.parametrize("handle", ["", "nonsense"])
def test_browser_of_somebody_else_is_not_there(
    handle: str, owner: Client, place: SimpleNamespace
) -> None:
    theirs = other_browser(place.stranger)

    assert owner.post("/account/sessions/end/", {"handle": handle}).status_code == 404
    assert theirs.get("/account/").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_account_takes_few_queries(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        other_browser(place.owner)
        with every_team("test"):
            Membership.objects.create(team=make.team(f"T{number}"), user=place.owner)

    with django_assert_num_queries(6):
        owner.get("/account/")


# -- the data, and the end


def test_data_is_exported(owner: Client) -> None:
    answer = owner.post("/account/export/")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    found = json.loads(answer.content)
    assert found["account"]["username"] == "owner"
    assert [each["team"] for each in found["memberships"]] == ["Ours"]


def test_account_of_a_sole_owner_is_kept_and_told_why(
    owner: Client, place: SimpleNamespace
) -> None:
    page = owner.get("/account/delete/")

    assert "you alone own this team" in page.text
    assert 'href="/t/ours/members/"' in page.text
    owner.post("/account/delete/", {"password": "pw"})
    assert fresh(place.owner)


def test_account_is_deleted_with_the_password(place: SimpleNamespace) -> None:
    client = Client()
    client.force_login(place.reader)

    assert "This is not your password" in client.post("/account/delete/", {"password": "x"}).text
    page = client.post("/account/delete/", {"password": "pw"}, follow=True)

    assert "Your account is deleted." in page.text
    assert not User.objects.filter(username="reader").exists()
    assert client.get("/account/").status_code == 302


# -- teams


def test_team_is_founded(owner: Client, place: SimpleNamespace) -> None:
    page = owner.post("/teams/", {"name": "Second"}, follow=True)

    assert page.redirect_chain == [("/t/second/", 302)]
    with every_team("test"):
        assert Membership.objects.get(team=Team.objects.get(slug="second")).role == Role.OWNER


def test_team_without_a_name_is_refused(owner: Client) -> None:
    page = owner.post("/teams/", {"name": "  "})

    assert page.status_code == 422
    assert "errorlist" in page.text


# -- signing in


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_sign_in_leads_nowhere_else(target: str, place: SimpleNamespace, client: Client) -> None:
    data = {"username": "owner", "password": "pw", "next": target}

    assert client.post("/accounts/login/", data).headers["Location"] == "/"


def test_sign_out_ends_the_session(owner: Client, place: SimpleNamespace) -> None:
    assert owner.get("/accounts/logout/").status_code == 405
    owner.post("/accounts/logout/")

    assert not Session.objects.filter(user=place.owner).exists()


@pytest.mark.parametrize("name", ["owner", "owner@example.com", "Owner@EXAMPLE.com "])
def test_name_and_address_sign_in(name: str, place: SimpleNamespace, client: Client) -> None:
    answer = client.post("/accounts/login/", {"username": name, "password": "pw"})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(place.owner.pk)


def test_wrong_password_tells_nobody_whose_address_it_is(
    place: SimpleNamespace, client: Client
) -> None:
    given = {"username": "owner@example.com", "password": "wrong"}
    page = client.post("/accounts/login/", given).text

    assert "do not belong together" in page
    assert 'value="owner@example.com"' in page


def test_who_is_called_by_an_address_may_keep_that_name(client: Client, db: None) -> None:
    person = make.user("old@example.com", email="new@example.com")
    client.force_login(person)

    kept = client.post("/account/", {"username": "old@example.com"})
    other = client.post("/account/", {"username": "boss@example.com"})

    assert (kept.status_code, other.status_code) == (302, 422)
    assert "A user name has no @ in it." in other.text


def test_reset_works_without_the_cache(
    place: SimpleNamespace, client: Client, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(caches["default"], "add", fails)
    with committed():
        answer = client.post("/account/reset/", {"email": "owner@example.com"})

    assert answer.status_code == 302
    assert mails() == [("owner@example.com", "A new password for LT-Analyzer")]
