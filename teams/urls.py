from __future__ import annotations

from django.urls import path

from teams import views
from teams.throttles import SIGN_IN, limited
from teams.views.audit import audit_csv, audit_log
from teams.views.own import own_page
from teams.views.tokens import api_tokens, end_token, new_token

TEAM = "t/<slug:team_slug>/"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("accounts/login/", limited(SIGN_IN)(views.SignIn.as_view()), name="login"),
    path("accounts/logout/", views.SignOut.as_view(), name="logout"),
    path("join/<str:token>/", limited(SIGN_IN)(views.join), name="invitation"),
    path("teams/", views.teams, name="teams"),
    # one's own account
    path("account/", views.account, name="account"),
    path("account/address/", views.change_address, name="address-change"),
    path("account/address/send/", views.send_again, name="address-send"),
    path("account/verify/<str:token>/", views.verify, name="email-verify"),
    path("account/password/", own_page(views.ChangePassword.as_view()), name="password-change"),
    path("account/sessions/end/", views.end_session, name="session-end"),
    path("account/programs/end/", views.end_program, name="program-end"),
    path("account/export/", views.export, name="account-export"),
    path("account/delete/", views.delete_own, name="account-delete"),
    path("account/reset/", limited(SIGN_IN)(views.AskReset.as_view()), name="password_reset"),
    path("account/reset/sent/", views.ResetSent.as_view(), name="password_reset_done"),
    path("account/reset/done/", views.ResetDone.as_view(), name="password_reset_complete"),
    path("account/reset/<uidb64>/<token>/", views.Reset.as_view(), name="password_reset_confirm"),
    # a team's settings
    path(f"{TEAM}settings/", views.team_settings, name="team-settings"),
    path(f"{TEAM}settings/delete/", views.delete, name="team-delete"),
    path(f"{TEAM}leave/", views.leave_team, name="team-leave"),
    path(f"{TEAM}members/", views.members, name="team-members"),
    path(f"{TEAM}members/invite/", views.invite, name="team-invite"),
    path(f"{TEAM}members/<int:pk>/role/", views.change_role, name="team-member-role"),
    path(f"{TEAM}members/<int:pk>/remove/", views.remove, name="team-member-remove"),
    path(f"{TEAM}invitations/<int:pk>/again/", views.invite_again, name="team-invite-again"),
    path(f"{TEAM}invitations/<int:pk>/revoke/", views.revoke, name="team-invitation-revoke"),
    path(f"{TEAM}tokens/", api_tokens, name="team-tokens"),
    path(f"{TEAM}tokens/new/", new_token, name="token-new"),
    path(f"{TEAM}tokens/<int:pk>/revoke/", end_token, name="token-revoke"),
    path(f"{TEAM}audit/", audit_log, name="team-audit"),
    path(f"{TEAM}audit/csv/", audit_csv, name="team-audit-csv"),
]
