"""The whole product, with its pipelines, as a process for a browser: `python -m` this with a port.

One team with its owner and nothing else, in a data directory of its own.
"""

from __future__ import annotations

import os
import sys

import django

from tests.browser.server import PASSWORD


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
    django.setup()
    from django.core.management import call_command

    from teams.enums import Role
    from tests import factories as make

    call_command("migrate", verbosity=0)
    make.member(make.team("Otters"), "otto", Role.OWNER, password=PASSWORD)
    call_command("live", "--port", sys.argv[1])


if __name__ == "__main__":
    main()
