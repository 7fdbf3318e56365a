from teams.views.account import account
from teams.views.home import LAST_TEAM, SignIn, landing, teams
from teams.views.members import members
from teams.views.team import team_settings

__all__ = ["LAST_TEAM", "SignIn", "account", "landing", "members", "team_settings", "teams"]
