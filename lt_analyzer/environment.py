"""Reads one setting at a time and refuses a wrong value with a hint.

Order: the environment, then the `.env` file, then the default. Nothing here knows Django's
settings; `settings.py` says which names exist.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import environ
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

_KEY_FILE = "secret_key"
_NEW_FERNET = (
    'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
)
_NEW_VAPID = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
_HOST = "a host name like timing.track.example or a network like 192.168.1.0/24"


def wrong(name: str, value: object, hint: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={value!r} cannot be used. {hint}")


def read_env_file(root: Path) -> None:
    """LT_ENV_FILE names another file; set but empty means none (the tests want none)."""
    path = Path(os.environ.get("LT_ENV_FILE", root / ".env") or os.devnull)
    if path.is_file():
        env.read_env(str(path))


def boolean(name: str, *, default: bool) -> bool:
    raw = env.str(name, default="").strip().lower()
    if raw == "":
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise wrong(name, raw, "Say true or false.")


def number(name: str, *, default: int, least: int = 0, most: int | None = None) -> int:
    raw = env.str(name, default="").strip()
    value = default if raw == "" else _integer(name, raw)
    if value < least or (most is not None and value > most):
        span = f"at least {least}" if most is None else f"between {least} and {most}"
        raise wrong(name, value, f"Give a whole number, {span}.")
    return value


def port(name: str) -> int | None:
    """None where it is empty."""
    return number(name, default=0, least=1, most=65_535) if env.str(name, default="") else None


def _integer(name: str, raw: str) -> int:
    try:
        return int(raw)
    except ValueError:
        raise wrong(name, raw, "Give a whole number.") from None


def words(name: str, *, default: Sequence[str] = ()) -> list[str]:
    raw = env.str(name, default="")
    return [word.strip() for word in raw.split(",") if word.strip()] or list(default)


def choice(name: str, *, default: str, allowed: Sequence[str]) -> str:
    value = env.str(name, default="").strip().upper() or default
    if value not in allowed:
        raise wrong(name, value, f"Choose one of {', '.join(allowed)}.")
    return value


def time_zone(name: str, *, default: str) -> str:
    value = env.str(name, default="").strip() or default
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise wrong(name, value, "Use a tz database name such as Europe/Paris.") from None
    return value


def hosts_or_networks(name: str) -> list[str]:
    """Host names and CIDR networks; a mistyped network must not pass as a host name."""
    found = words(name)
    for word in found:
        if "/" in word or ":" in word:
            try:
                ipaddress.ip_network(word)
            except ValueError:
                raise wrong(name, word, f"Each item is {_HOST}.") from None
    return found


def url(name: str, *, schemes: Sequence[str]) -> str:
    value = env.str(name, default="").strip()
    scheme = value.partition("://")[0]
    if value and scheme not in schemes:
        # The value itself may hold a password and stays unsaid.
        raise wrong(name, f"{scheme}://…", f"Use one of {', '.join(s + '://' for s in schemes)}.")
    return value


def email(name: str) -> dict[str, Any]:
    """Django's EMAIL_* settings. Empty: mails are printed, and links in them can be followed."""
    raw: str = env.str(name, default="").strip() or "consolemail://"
    try:
        found: dict[str, Any] = env.email_url_config(raw)
    except (ValueError, KeyError):
        raise wrong(name, "…", "Form: smtp+tls://user:password@host:587") from None
    return {key: value for key, value in found.items() if key.startswith("EMAIL_")}


def database(address: str, *, data_dir: Path) -> dict[str, Any]:
    """Django's DATABASES entry: SQLite in the data directory when no address is given."""
    return _postgresql(address) if address else _sqlite(data_dir / "db.sqlite3")


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            # WAL lets pages read while the writer's thread stores laps. IMMEDIATE takes the write
            # lock at BEGIN, where waiting works: an upgrade in mid transaction fails at once.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    }


def _postgresql(address: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = env.db_url_config(address)
    except (ValueError, KeyError, ImproperlyConfigured):
        found = {}
    if not found.get("NAME"):
        raise wrong("DATABASE_URL", "postgres://…", "Form: postgres://user:password@host:5432/name")
    options = found.setdefault("OPTIONS", {})
    # Requests run in many threads under ASGI, so a connection kept per thread would never be
    # reused; a pool bounds them instead, and asks Django for CONN_MAX_AGE 0.
    # Left to itself the pool waits ever longer between attempts, and is away for a minute after a
    # database that was away for half of one.
    options["pool"] = {"min_size": 1, "max_size": 20, "timeout": 5, "reconnect_timeout": 2}
    # A host that vanished says nothing: without these, whoever waits for it does so for 15 minutes.
    options.setdefault("connect_timeout", 5)
    options |= {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    options.setdefault("tcp_user_timeout", 30_000)
    # A pooled connection that died with its server is replaced before it is handed out.
    return found | {
        "ENGINE": "lt_analyzer.postgresql",  # keeps teams apart in the database too
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


def secret_key(*, data_dir: Path, may_generate: bool) -> tuple[str, bool]:
    """(key, generated). Without one, makes it once and keeps it in the data directory, mode 600."""
    given: str = env.str("SECRET_KEY", default="").strip()
    if given:
        return given, False
    if not may_generate:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Several processes must share one: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))" makes it.'
        )
    return _kept_key(data_dir / _KEY_FILE, lambda: secrets.token_urlsafe(50)), True


def secrets_keys(name: str, *, data_dir: Path, may_generate: bool) -> list[str]:
    """Fernet keys, the first of which encrypts; made and kept like the secret key."""
    found = words(name)
    if not found and not may_generate:
        raise ImproperlyConfigured(
            f"{name} is not set. Several processes must share one: {_NEW_FERNET} makes it."
        )
    found = found or [_kept_key(data_dir / "secrets_key", lambda: Fernet.generate_key().decode())]
    for key in found:
        try:
            Fernet(key)
        except ValueError:
            raise wrong(name, "…", f"Each key is 32 bytes in base64: {_NEW_FERNET}.") from None
    return found


def vapid_key(name: str, *, data_dir: Path, may_generate: bool) -> str:
    """The private key of Web Push, 32 bytes in base64url. Empty: push is off."""
    given: str = env.str(name, default="").strip()
    if not given and not may_generate:
        return ""
    key = given or _kept_key(data_dir / "vapid_key", lambda: secrets.token_urlsafe(32))
    if not _is_vapid_key(key):
        raise wrong(name, "…", f"It is 32 bytes in base64url: {_NEW_VAPID} makes it.")
    return key


def _is_vapid_key(key: str) -> bool:
    """A number below the order of the curve P-256."""
    try:
        packed = urlsafe_b64decode(key + "=" * (-len(key) % 4))
        ec.derive_private_key(int.from_bytes(packed, "big"), ec.SECP256R1())
    except ValueError:
        return False
    return len(packed) == 32


def contact(name: str, *, default: str) -> str:
    """Where a push service may write to about us (RFC 8292 §2.1)."""
    value: str = env.str(name, default="").strip() or default
    scheme, _colon, rest = value.partition(":")
    address = rest.removeprefix("//")
    if scheme == "mailto" and 0 < address.find("@") < len(address) - 1:
        return value
    if scheme == "https" and rest.startswith("//") and address:
        return value
    raise wrong(name, value, "Give a mailto: or an https:// address that reaches you.")


def _kept_key(path: Path, make: Callable[[], str]) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    key = make()
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return key


def _read_key(path: Path) -> str:
    key = path.read_text().strip()
    if not key:  # its writer died, or writes at this moment
        raise ImproperlyConfigured(f"{path} is empty. Delete it, and a key is made anew.")
    return key


def data_directory(name: str, *, default: Path) -> Path:
    path = Path(env.str(name, default="") or default).expanduser().absolute()
    try:
        (path / "tapes").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong(name, str(path), f"It must be a directory we may write: {error}.") from None
    return path
