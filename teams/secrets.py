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
from django.db.models.query_utils import DeferredAttribute

_MARK = "lt-sealed:"  # before an encrypted value in a file of dumpdata


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


def is_current(stored: str) -> bool:
    """Did the first key write it?"""
    try:
        Fernet(settings.SECRETS_KEYS[0]).decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


class Sealed:
    """An encrypted value as the database holds it, opened when somebody needs it."""

    __slots__ = ("stored",)

    def __init__(self, stored: str) -> None:
        self.stored = stored

    def __str__(self) -> str:
        """Raises SecretLost."""
        return decrypt(self.stored)


class _Opener:
    """The attribute of a row: opens the value at its first use, so that a lost key fails the page
    that needs the secret and no list of rows."""

    def __init__(self, field: EncryptedTextField) -> None:
        self.name = field.attname
        self.deferred = DeferredAttribute(field)

    def __get__(self, row: models.Model | None, owner: type[models.Model] | None = None) -> Any:
        if row is None:
            return self
        if self.name not in row.__dict__:
            self.deferred.__get__(row, owner)  # of defer(): reads it from the database
        value = row.__dict__[self.name]
        if isinstance(value, Sealed):
            value = row.__dict__[self.name] = str(value)
        return value

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.name] = value


class EncryptedTextField(models.TextField):
    """Text that the database holds encrypted. It cannot be searched or sorted by. An untouched
    value is written back as it was, readable or not."""

    descriptor_class = _Opener

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.stored
        return None if value is None else encrypt(str(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.attname in model_instance.__dict__:
            return model_instance.__dict__[self.attname]
        return super().pre_save(model_instance, add)

    # -- dumpdata and loaddata: what leaves the database leaves it encrypted

    def value_from_object(self, obj: models.Model) -> Any:
        """As it is kept: a row is carried out whether one of our keys opens it or not."""
        held = obj.__dict__
        return held[self.attname] if self.attname in held else getattr(obj, self.attname)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return _MARK + (value.stored if isinstance(value, Sealed) else encrypt(str(value)))

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(_MARK):
            return Sealed(value.removeprefix(_MARK))
        return value if isinstance(value, Sealed) else super().to_python(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value)
