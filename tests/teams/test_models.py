from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from teams.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_one_mailbox_is_one_account_whatever_its_case():
    make.user("ada", email="Ada@example.com")

    with pytest.raises(IntegrityError):
        make.user("other", email="ada@EXAMPLE.com")


def test_a_superuser_can_be_made_before_there_is_any_team():
    call_command(
        "createsuperuser", username="root", email="root@example.com", interactive=False, verbosity=0
    )

    assert User.objects.get().is_superuser
