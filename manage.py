#!/usr/bin/env python3
from __future__ import annotations

import os
import sys
from contextlib import nullcontext


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from lt_analyzer.postgresql.wall import COMMANDS_OF_THE_OWNER, as_owner
    except ModuleNotFoundError as error:  # a bare python3 instead of the project's environment
        raise SystemExit(f"{error}. Use ./dev setup, then .venv/bin/python manage.py …") from None
    of_the_owner = COMMANDS_OF_THE_OWNER.intersection(sys.argv[1:2])
    try:
        with as_owner() if of_the_owner else nullcontext():
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # an operator wants the hint, not forty lines above it
        if "--traceback" in sys.argv:
            raise
        raise SystemExit(f"LT-Analyzer cannot start with these settings. {error}") from None


if __name__ == "__main__":
    main()
