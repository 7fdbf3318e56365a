from __future__ import annotations

from django import template

from displays import rule_words
from timing.models import AlertRule

register = template.Library()


@register.filter
def about(rule: AlertRule) -> str:
    return rule_words.about_words(rule)


@register.filter
def sentence(rule: AlertRule) -> str:
    return rule_words.sentence(rule.kind, rule.threshold)


@register.filter(name="title_of")
def title(rule: AlertRule) -> str:
    return rule_words.title(rule)


@register.filter
def ways(rule: AlertRule) -> list[tuple[str, str]]:
    return rule_words.ways(rule)
