from timing.models.alerts import Alert, AlertRule
from timing.models.feeds import FeedState, IngesterState, ResumePoint, Tape
from timing.models.watch import Monitor, Plan

__all__ = [
    "Alert",
    "AlertRule",
    "FeedState",
    "IngesterState",
    "Monitor",
    "Plan",
    "ResumePoint",
    "Tape",
]
