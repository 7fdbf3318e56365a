from __future__ import annotations

from django.urls import path

from displays import views

urlpatterns = [
    path("t/<slug:team_slug>/", views.home, name="team-home"),
    path("t/<slug:team_slug>/feeds/<uuid:feed_id>/", views.feed_board, name="feed-board"),
    path("t/<slug:team_slug>/races/<uuid:race_id>/board/", views.race_board, name="race-board"),
    path("t/<slug:team_slug>/displays/", views.displays, name="displays"),
    path("t/<slug:team_slug>/displays/new/", views.new_display, name="display-new"),
    path("t/<slug:team_slug>/displays/<int:pk>/switch/", views.switch, name="display-switch"),
    path("t/<slug:team_slug>/displays/<int:pk>/delete/", views.delete, name="display-delete"),
    path("d/<str:code>/", views.public_board, name="display"),
]
