from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from teams import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("accounts/login/", views.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("teams/", views.teams, name="teams"),
    path("account/", views.account, name="account"),
    path("t/<slug:team_slug>/settings/", views.team_settings, name="team-settings"),
    path("t/<slug:team_slug>/members/", views.members, name="team-members"),
]
