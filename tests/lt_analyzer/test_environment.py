from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lt_analyzer import environment as read

ROOT = Path(__file__).parents[2]
FERNET = "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTE="


def started_with(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` as an operator would start it, with these settings and no others."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LT_ENV_FILE": "", "LT_DATA_DIR": str(tmp_path)}
        | settings,
    )


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("PORT", "eighty", "Give a whole number."),
        ("PORT", "70000", "between 1 and 65535"),
        ("MAX_SESSIONS", "-1", "at least 0"),
        ("DEBUG", "maybe", "Say true or false."),
        ("LOG_LEVEL", "loud", "Choose one of DEBUG, INFO"),
        ("TIMEZONE", "Mars/Olympus", "tz database name"),
        ("VAPID_PRIVATE_KEY", "c2hvcnQ", "32 bytes in base64url"),
        ("VAPID_PRIVATE_KEY", "not base64", "32 bytes in base64url"),
        ("VAPID_PRIVATE_KEY", "_" * 43, "32 bytes in base64url"),
        ("VAPID_CONTACT", "me@timing.example", "Give a mailto: or an https:// address"),
        ("VAPID_CONTACT", "mailto:me", "Give a mailto: or an https:// address"),
        ("VAPID_CONTACT", "http://timing.example", "Give a mailto: or an https:// address"),
        ("ALLOW_PRIVATE_FEEDS", "192.168.1.0/33", "a network like 192.168.1.0/24"),
        ("DATABASE_URL", "mysql://root:hidden@db/x", "postgres://"),
        ("DATABASE_URL", "postgres://", "postgres://user:password@host"),
        ("REDIS_URL", "localhost:6379", "redis://"),
    ],
)
def test_start_when_a_value_is_wrong_is_refused_with_a_hint(
    tmp_path: Path, name: str, value: str, hint: str
) -> None:
    keys = {"SECRET_KEY": "k", "SECRETS_KEYS": FERNET}
    done = started_with(tmp_path, **keys, **{name: value})

    assert done.returncode == 1
    assert f"{name}=" in done.stderr
    assert hint in done.stderr
    assert "hidden" not in done.stderr.rpartition("ImproperlyConfigured")[2]


def test_start_when_distributed_without_a_key_is_refused(tmp_path: Path) -> None:
    done = started_with(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")

    assert done.returncode == 1
    assert "SECRET_KEY is not set" in done.stderr


def test_start_when_distributed_without_keys_for_secrets_is_refused(tmp_path: Path) -> None:
    done = started_with(tmp_path, SECRET_KEY="k", REDIS_URL="redis://127.0.0.1:1/0")

    assert done.returncode == 1
    assert "SECRETS_KEYS is not set" in done.stderr


def test_start_when_a_key_for_secrets_is_none_is_refused_and_not_said(tmp_path: Path) -> None:
    done = started_with(tmp_path, SECRETS_KEYS=f"{FERNET},hidden")

    assert done.returncode == 1
    assert "Each key is 32 bytes in base64" in done.stderr
    assert "hidden" not in done.stderr.rpartition("ImproperlyConfigured")[2]


def test_start_on_one_machine_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = started_with(tmp_path)
    key = (tmp_path / "secret_key").read_text()
    second = started_with(tmp_path)

    assert (first.returncode, second.returncode) == (0, 0)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert len(key) >= 50
    assert (tmp_path / "secret_key").read_text() == key


def test_env_file_when_the_environment_says_otherwise_yields(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("LOG_LEVEL=loud\nTIMEZONE=Mars\n")

    done = started_with(tmp_path, LT_ENV_FILE=str(file), LOG_LEVEL="info", TIMEZONE="UTC")

    assert done.returncode == 0


def test_sqlite_when_no_address_is_given_is_in_wal_mode(tmp_path: Path) -> None:
    assert read.database("", data_dir=tmp_path) == {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "db.sqlite3"),
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    }


def test_postgresql_when_an_address_is_given_has_a_pool(tmp_path: Path) -> None:
    found = read.database("postgres://lt:a%40b@db:5433/timing", data_dir=tmp_path)

    assert {name: found[name] for name in ["NAME", "USER", "PASSWORD", "HOST", "PORT"]} == {
        "NAME": "timing",
        "USER": "lt",
        "PASSWORD": "a@b",
        "HOST": "db",
        "PORT": 5433,
    }
    assert found["ENGINE"] == "lt_analyzer.postgresql"
    assert found["CONN_MAX_AGE"] == 0
    assert found["OPTIONS"]["pool"]["max_size"] == 20


def test_data_directory_when_it_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LT_DATA_DIR", str(tmp_path / "file"))

    with pytest.raises(ImproperlyConfigured, match="a directory we may write"):
        read.data_directory("LT_DATA_DIR", default=tmp_path)


def test_kept_key_when_its_file_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")

    done = started_with(tmp_path)

    assert done.returncode == 1
    assert "secret_key is empty. Delete it" in done.stderr
    assert "Traceback" not in done.stderr
