from __future__ import annotations

from django import template

from displays import rule_words
from timing.models import AlertRule

register = template.Library()


@register.filter
def about(rule: AlertRule) -> str:
    return rule_words.about_words(rule)


@register.filter
def limit(rule: AlertRule) -> str:
    return rule_words.limit_words(rule.kind, rule.threshold)


@register.filter
def ways(rule: AlertRule) -> list[tuple[str, str]]:
    return rule_words.ways(rule)
