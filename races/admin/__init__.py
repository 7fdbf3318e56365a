"""The admin of feeds and races: what an operator runs the product with."""

from races.admin import facts, feeds, races

__all__ = ["facts", "feeds", "races"]
