from __future__ import annotations

from django.urls import path

from races import views

urlpatterns = [
    path("t/<slug:team_slug>/feeds/add/", views.add_feed, name="feed-add"),
    path("t/<slug:team_slug>/feeds/<uuid:feed_id>/unfollow/", views.unfollow, name="feed-unfollow"),
    path("t/<slug:team_slug>/races/", views.races, name="races"),
    path("t/<slug:team_slug>/races/<uuid:race_id>/", views.results, name="race"),
    path("t/<slug:team_slug>/races/<uuid:race_id>/pit-stops/", views.pit_stops, name="race-stops"),
    path("t/<slug:team_slug>/races/<uuid:race_id>/messages/", views.messages, name="race-messages"),
    path(
        "t/<slug:team_slug>/races/<uuid:race_id>/entries/<uuid:entry_id>/",
        views.entry,
        name="entry",
    ),
    path(
        "t/<slug:team_slug>/races/<uuid:race_id>/karts/<path:key>/",
        views.entry_by_key,
        name="entry-by-key",
    ),
]
