"""Secrets of teams at rest: encrypted by field, with keys from the environment.

SECRETS_KEYS holds one or more Fernet keys: the first encrypts, all decrypt, so a new key is put in
front and `manage.py rotate_secrets` writes every row anew before the old one goes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class SecretLost(Exception):  # noqa: N818 - a state of the data, said to operators
    """None of the keys in SECRETS_KEYS opens this value."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _box(tuple(settings.SECRETS_KEYS)).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises SecretLost."""
    try:
        return _box(tuple(settings.SECRETS_KEYS)).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise SecretLost(
            "A stored secret was written with a key that SECRETS_KEYS lacks."
        ) from None


class EncryptedTextField(models.TextField):
    """Text that the database holds encrypted. It cannot be searched or sorted by."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)
