"""Every address that changes something: what is sent there, and what the audit log says of it."""

from __future__ import annotations

import json

from django.core import signing
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from displays.views.rules import _kept, _salt
from teams import jwt
from tests.pages.test_channels import given
from tests.teams.changeable import (
    NEW_PASSWORD,
    OLD_ENDPOINT,
    PASSWORD,
    PK,
    Case,
    Program,
    T,
    at,
    of,
)

FEED = f"{T}feeds/<uuid:feed_id>/"
FEED_ID = {"feed_id": lambda rows: rows.feed.pk}
MONITOR_ID = FEED_ID | {"monitor_id": lambda rows: rows.monitor.pk}
RULE = {
    "kind": "pit_in",
    "about": "rivals",
    "severity": "warning",
    "cooldown_s": 30,
    "name": "Stops",
}
CREATED, CHANGED, DELETED = "created", "changed", "deleted"
# The team's log tells of the follow; the rest is told to operators.
NEW_FEED = [(CREATED, "feed"), (CREATED, "feedrequest"), (CREATED, "follow")]
CASES = [
    # -- one's own account
    Case("account/", [(CHANGED, "user")], lambda rows: {"username": "olivia"}, who="olivia"),
    Case("account/export/", [("exported personal data", "user")]),
    Case(
        "account/password/",
        [("changed the password", "user"), (DELETED, "pushsubscription")],
        lambda rows: {
            "old_password": PASSWORD,
            "new_password1": NEW_PASSWORD,
            "new_password2": NEW_PASSWORD,
        },
    ),
    Case("account/sessions/end/", [("ended sessions", "user")], lambda rows: {"handle": "others"}),
    Case(
        "account/programs/end/",
        [("ended sessions", "user")],
        lambda rows: {"family": jwt.read(jwt.Access, rows.pair.access).family},
    ),
    Case(
        "account/delete/",
        [(DELETED, "user"), (CHANGED, "invitation")],
        lambda rows: {"password": PASSWORD},
        who="",  # the log forgets whose account it was
        address=None,
    ),
    Case(
        "account/reset/<uidb64>/<token>/",
        [("reset the password", "user"), (CHANGED, "user")],
        lambda rows: {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD},
        {
            "uidb64": lambda rows: urlsafe_base64_encode(force_bytes(rows.oscar.pk)),
            "token": lambda rows: "set-password",
        },
        who="oscar",
        signed_in="",
    ),
    Case(
        "account/verify/<str:token>/",
        [(CHANGED, "user")],
        path=at("verify"),
        who="oscar",
        signed_in="",
    ),
    Case(
        "accounts/login/",
        [("signed in", "user")],
        lambda rows: {"username": "oscar", "password": PASSWORD},
        who="oscar",
        signed_in="",
    ),
    Case("accounts/logout/", [("signed out", "user")]),
    Case(
        "alerts/stop/<str:token>/",
        [(CHANGED, "membership")],
        path=at("stop"),
        who="oscar",
        signed_in="",
    ),
    Case(
        "push/renew/",
        [(CHANGED, "pushsubscription")],
        lambda rows: json.dumps({"old": OLD_ENDPOINT, "new": given("https://push.example.net/2")}),
        signed_in="",
    ),
    Case(
        "auth/token",
        [("signed in", "user")],
        lambda rows: json.dumps({"username": "oscar", "password": PASSWORD}),
        who="oscar",
        signed_in="",
    ),
    Case(
        "auth/token/revoke",
        [("signed out", "user")],
        lambda rows: json.dumps({"token": rows.pair.refresh}),
        signed_in="",
    ),
    Case("teams/", [(CREATED, "team"), (CREATED, "membership")], lambda rows: {"name": "Second"}),
    Case(
        "join/<str:token>/",
        [("accepted", "invitation"), (CREATED, "membership")],
        path=at("join"),
        who="guest",
        signed_in="guest",
    ),
    Case(
        "join/<str:token>/",
        [(CREATED, "user"), ("accepted", "invitation"), (CREATED, "membership")],
        lambda rows: {
            "username": "nina",
            "email": "new@example.com",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
        at("join"),
        who="nina",
        signed_in="",
    ),
    # -- the team
    Case(
        f"{T}settings/",
        [(CHANGED, "team")],
        lambda rows: {"name": "Other", "time_zone": "Europe/Paris"},
    ),
    Case(f"{T}settings/delete/", [(DELETED, "team")], lambda rows: {"typed": "Ours"}),
    Case(
        f"{T}leave/",
        [(DELETED, "membership"), (DELETED, "pushsubscription"), (CHANGED, "invitation")],
    ),
    Case(
        f"{T}members/invite/",
        [(CREATED, "invitation")],
        lambda rows: {"email": "x@example.com", "role": "viewer"},
    ),
    Case(
        f"{T}invitations/<int:pk>/again/",
        [(CREATED, "invitation"), (CHANGED, "invitation")],
        path={"pk": lambda rows: rows.invited.invitation.pk},
    ),
    Case(
        f"{T}invitations/<int:pk>/revoke/",
        [(CHANGED, "invitation")],
        path={"pk": lambda rows: rows.invited.invitation.pk},
    ),
    Case(
        f"{T}members/<int:pk>/role/",
        [(CHANGED, "membership")],
        lambda rows: {"role": "viewer"},
        of("membership"),
    ),
    Case(f"{T}members/<int:pk>/remove/", [(DELETED, "membership")], path=of("membership")),
    Case(
        f"{T}tokens/new/",
        [(CREATED, "apitoken")],
        lambda rows: {"name": "x", "access": "read", "days": "30"},
    ),
    Case(f"{T}tokens/<int:pk>/revoke/", [(CHANGED, "apitoken")], path=of("token")),
    # -- how alerts reach people
    Case(f"{T}channels/email/", [(CHANGED, "membership")], lambda rows: {"enabled": "0"}),
    Case(
        f"{T}devices/",
        [(CREATED, "pushsubscription")],
        lambda rows: json.dumps(given("https://push.example.net/2")),
    ),
    Case(f"{T}devices/<int:pk>/remove/", [(DELETED, "pushsubscription")], path=of("device")),
    Case(
        f"{T}webhooks/",
        [(CREATED, "webhook")],
        lambda rows: {"name": "x", "url": "https://hooks.example.net/secret-path"},
    ),
    Case(f"{T}webhooks/<int:pk>/secret/", [(CHANGED, "webhook")], path=of("hook")),
    Case(f"{T}webhooks/<int:pk>/switch/", [(CHANGED, "webhook")], path=of("hook")),
    Case(f"{T}webhooks/<int:pk>/test/", [("webhook tested", "webhook")], path=of("hook")),
    Case(f"{T}webhooks/<int:pk>/delete/", [(DELETED, "webhook")], path=of("hook")),
    Case(f"{T}deliveries/<uuid:pk>/retry/", [("deliveries tried again", "")], path=of("delivery")),
    Case(f"{T}deliveries/retry/", [("deliveries tried again", "")]),
    # -- displays and feeds
    Case(
        f"{T}displays/new/",
        [(CREATED, "display")],
        lambda rows: {"name": "x", "feed": str(rows.feed.pk)},
    ),
    Case(f"{T}displays/<int:pk>/switch/", [(CHANGED, "display")], path=of("display")),
    Case(f"{T}displays/<int:pk>/delete/", [(DELETED, "display")], path=of("display")),
    Case(
        f"{T}feeds/add/",
        NEW_FEED,
        lambda rows: {"address": "https://www.apex-timing.com/live-timing/elsewhere/"},
    ),
    Case(
        f"{T}feeds/<uuid:feed_id>/unfollow/",
        [(DELETED, "follow")],
        path={"feed_id": lambda rows: rows.feed.pk},
    ),
    # -- what it watches, and is told
    Case(
        f"{FEED}watch/add/",
        [(CREATED, "monitor")],
        lambda rows: {"kind": "rival", "by": "number", "value": "77"},
        FEED_ID,
    ),
    Case(
        f"{FEED}watch/mark/",
        [(CREATED, "monitor")],
        lambda rows: {"kind": "ours", "by": "number", "value": "78"},
        FEED_ID,
    ),
    Case(
        f"{FEED}watch/mark/",
        [(DELETED, "monitor")],
        lambda rows: {"kind": "", "monitor": rows.monitor.pk},
        FEED_ID,
    ),
    Case(
        f"{FEED}watch/<int:monitor_id>/note/",
        [(CHANGED, "monitor")],
        lambda rows: {"note": "stops long"},
        MONITOR_ID,
    ),
    Case(
        f"{FEED}watch/<int:monitor_id>/move/",
        [(CHANGED, "monitor"), (CHANGED, "monitor")],
        lambda rows: {"way": "down"},
        MONITOR_ID,
    ),
    Case(f"{FEED}watch/plan/", [(CHANGED, "plan")], lambda rows: {"name": "B"}, FEED_ID),
    Case(f"{T}rules/new/", [(CREATED, "alertrule")], lambda rows: RULE),
    Case(
        f"{T}rules/<int:pk>/",
        [(CHANGED, "alertrule")],
        lambda rows: RULE | {"name": "Other"},
        of("rule"),
    ),
    Case(f"{T}rules/<int:pk>/switch/", [(CHANGED, "alertrule")], path=of("rule")),
    Case(f"{T}rules/<int:pk>/delete/", [(DELETED, "alertrule")], path=of("rule")),
    Case(
        f"{T}rules/restore/",
        [(CREATED, "alertrule")],
        lambda rows: {"rule": signing.dumps(_kept(rows.rule), salt=_salt(rows.team))},
    ),
    Case(f"{T}rules/usual/", [(CREATED, "alertrule")], lambda rows: {"rules": ["flag"]}),
    Case(f"{T}alerts/seen/", [("acknowledged", "")], lambda rows: {"ids": [str(rows.alert.pk)]}),
    # -- the same by a program
    Program("api/^feeds/$", NEW_FEED, lambda rows: {"track": "rkc"}),
    Program(f"api/^feeds/{PK}", [(DELETED, "follow")], path=of("feed"), method="delete"),
    Program(
        "api/^displays/$",
        [(CREATED, "display")],
        lambda rows: {"name": "x", "feed": str(rows.feed.pk)},
    ),
    Program(
        f"api/^displays/{PK}",
        [(CHANGED, "display")],
        lambda rows: {"name": "y"},
        of("display"),
        "patch",
    ),
    Program(f"api/^displays/{PK}", [(DELETED, "display")], path=of("display"), method="delete"),
    Program(
        "api/^monitors/$",
        [(CREATED, "monitor")],
        lambda rows: {"feed": str(rows.feed.pk), "kind": "rival", "value": "77"},
    ),
    Program(
        f"api/^monitors/{PK}",
        [(CHANGED, "monitor")],
        lambda rows: {"note": "y"},
        of("monitor"),
        "patch",
    ),
    Program(f"api/^monitors/{PK}", [(DELETED, "monitor")], path=of("monitor"), method="delete"),
    Program(
        "api/^plans/$",
        [(CHANGED, "plan")],
        lambda rows: {"feed": str(rows.feed.pk), "name": "y"},
    ),
    Program(
        f"api/^plans/{PK}", [(CHANGED, "plan")], lambda rows: {"name": "y"}, of("plan"), "patch"
    ),
    Program("api/^alert-rules/$", [(CREATED, "alertrule")], lambda rows: {"kind": "flag"}),
    Program(
        f"api/^alert-rules/{PK}",
        [(CHANGED, "alertrule")],
        lambda rows: {"name": "y"},
        of("rule"),
        "patch",
    ),
    Program(f"api/^alert-rules/{PK}", [(DELETED, "alertrule")], path=of("rule"), method="delete"),
    Program(
        "api/^alerts/seen/$", [("acknowledged", "")], lambda rows: {"ids": [str(rows.alert.pk)]}
    ),
]

# Addresses that take what is sent to them and change nothing that the log tells of.
CHANGES_NOTHING = {
    "account/address/": "sends a link; the change is told when it is opened",
    "account/address/send/": "sends a link",
    "account/reset/": "sends a link",
    "auth/token/refresh": "renews what a sign-in gave, which was told",
    "api/": "leads to the API's description",
    "d/<slug:code>/": "a public board",
    "favicon.ico": "leads to a file",
    "system/say/": "by people of teams, to whom it is not there; of staff, see tests/lt_analyzer",
    "system/say/<uuid:pk>/end/": "likewise",
    "broadcast": "by people of teams; of staff it is told, see tests/displays/test_announcements",
    f"{T}channels/email/test/": "sends a test to who asks; stands in the deliveries",
    f"{T}devices/<int:pk>/test/": "sends a test to who asks; stands in the deliveries",
}
# Where Django takes any method for a look at the page, or for a POST of nothing.
AS_WELL_BY_OTHER_METHODS = (
    "account/password/",
    "account/reset/<uidb64>/<token>/",
    "accounts/login/",
)
