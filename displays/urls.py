from __future__ import annotations

from django.urls import path

from displays import views

FEED = "t/<slug:team_slug>/feeds/<uuid:feed_id>"
RACE = "t/<slug:team_slug>/races/<uuid:race_id>"

urlpatterns = [
    path("t/<slug:team_slug>/", views.home, name="team-home"),
    path(f"{FEED}/", views.feed_board, name="feed-board"),
    path(f"{FEED}/wall/", views.wall, name="wall"),
    path(f"{FEED}/phone/", views.phone, name="phone"),
    path(f"{FEED}/watch/", views.watch, name="watch"),
    path(f"{FEED}/watch/mark/", views.watch_mark, name="watch-mark"),
    path(f"{FEED}/watch/add/", views.watch_add, name="watch-add"),
    path(f"{FEED}/watch/plan/", views.watch_plan, name="watch-plan"),
    path(f"{FEED}/watch/<int:monitor_id>/note/", views.watch_note, name="watch-note"),
    path(f"{FEED}/watch/<int:monitor_id>/move/", views.watch_move, name="watch-move"),
    path(f"{FEED}/rewind/chunk/", views.feed_chunk, name="feed-chunk"),
    path(f"{RACE}/board/", views.race_board, name="race-board"),
    path(f"{RACE}/rewind/", views.race_rewind, name="race-rewind"),
    path(f"{RACE}/rewind/chunk/", views.race_chunk, name="race-chunk"),
    path("t/<slug:team_slug>/displays/", views.displays, name="displays"),
    path("t/<slug:team_slug>/displays/new/", views.new_display, name="display-new"),
    path("t/<slug:team_slug>/displays/<int:pk>/switch/", views.switch, name="display-switch"),
    path("t/<slug:team_slug>/displays/<int:pk>/delete/", views.delete, name="display-delete"),
    path("t/<slug:team_slug>/alerts/", views.alerts, name="alerts"),
    path("t/<slug:team_slug>/alerts/open/", views.alerts_open, name="alerts-open"),
    path("t/<slug:team_slug>/alerts/seen/", views.alerts_seen, name="alerts-seen"),
    path("t/<slug:team_slug>/rules/", views.rules, name="rules"),
    path("t/<slug:team_slug>/rules/new/", views.new_rule, name="rule-new"),
    path("t/<slug:team_slug>/rules/usual/", views.usual_rules, name="rules-usual"),
    path("t/<slug:team_slug>/rules/restore/", views.restore_rule, name="rule-restore"),
    path("t/<slug:team_slug>/rules/<int:pk>/", views.edit_rule, name="rule-edit"),
    path("t/<slug:team_slug>/rules/<int:pk>/switch/", views.switch_rule, name="rule-switch"),
    path("t/<slug:team_slug>/rules/<int:pk>/delete/", views.remove_rule, name="rule-delete"),
    path("offline/", views.offline, name="offline"),
    path("d/<slug:code>/", views.public_board, name="display"),
    path("d/<slug:code>/board.json", views.public_board_json, name="display-json"),
    path("d/<slug:code>/rewind/", views.display_chunk, name="display-chunk"),
]
