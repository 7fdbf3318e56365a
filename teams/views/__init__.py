from teams.views.home import LAST_TEAM, SignIn, landing, teams

__all__ = ["LAST_TEAM", "SignIn", "landing", "teams"]
