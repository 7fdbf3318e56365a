"""Row-level security, in one place for all apps: a model with a team gets its line here or in the
next migration of this kind (tests/isolation/test_wall.py finds those that were forgotten)."""

from __future__ import annotations

from django.db import migrations

from lt_analyzer.postgresql.operations import KeepToTeams, MakeRoles, ReadOnlyToTeams


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("teams", "0001_initial"),
        ("races", "0001_initial"),
        ("timing", "0001_initial"),
        ("displays", "0001_initial"),
    ]

    operations = [
        MakeRoles(),
        KeepToTeams("teams_team", "id"),
        KeepToTeams("teams_membership"),
        KeepToTeams("teams_invitation"),
        KeepToTeams("teams_apitoken"),
        KeepToTeams("teams_auditentry"),
        KeepToTeams("teams_pushsubscription"),
        KeepToTeams("teams_webhook"),
        KeepToTeams("teams_delivery"),
        KeepToTeams("races_feed", "owner_id", shared=True),
        KeepToTeams("races_follow"),
        KeepToTeams("timing_plan"),
        KeepToTeams("timing_monitor"),
        KeepToTeams("timing_alertrule"),
        KeepToTeams("timing_alert"),
        KeepToTeams("displays_display"),
        ReadOnlyToTeams("races_track"),
    ]
