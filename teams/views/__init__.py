from teams.views.account import account, delete_own, end_program, end_session, export
from teams.views.address import change_address, send_again, verify
from teams.views.home import LAST_TEAM, SignIn, SignOut, landing, teams
from teams.views.joining import join
from teams.views.members import change_role, invite, invite_again, members, remove, revoke
from teams.views.passwords import AskReset, ChangePassword, Reset, ResetDone, ResetSent
from teams.views.team import delete, leave_team, team_settings

__all__ = [
    "LAST_TEAM",
    "AskReset",
    "ChangePassword",
    "Reset",
    "ResetDone",
    "ResetSent",
    "SignIn",
    "SignOut",
    "account",
    "change_address",
    "change_role",
    "delete",
    "delete_own",
    "end_program",
    "end_session",
    "export",
    "invite",
    "invite_again",
    "join",
    "landing",
    "leave_team",
    "members",
    "remove",
    "revoke",
    "send_again",
    "team_settings",
    "teams",
    "verify",
]
