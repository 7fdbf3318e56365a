#!/usr/bin/env python3
from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError as error:  # a bare python3 instead of the project's environment
        raise SystemExit(f"{error}. Use ./dev setup, then .venv/bin/python manage.py …") from None
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # an operator wants the hint, not forty lines above it
        if "--traceback" in sys.argv:
            raise
        raise SystemExit(f"LT-Analyzer cannot start with these settings. {error}") from None


if __name__ == "__main__":
    main()
