"""What an error page or an error mail must not hold."""

from __future__ import annotations

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

_PASSWORD = re.compile(r"://[^/\s@]*@")  # of a database, a Redis, a mail server


class NoSecrets(SafeExceptionReporterFilter):
    """Says where it went wrong, and with which settings but for their secrets. The values that were
    at hand, where secrets may stand under any name, are for developers: with DEBUG only."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        found = super().cleanse_setting(key, value)
        return _PASSWORD.sub("://***@", str(found)) if isinstance(found, str) else found

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        if settings.DEBUG or request is None:
            return super().get_post_parameters(request)
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        if settings.DEBUG:
            return super().get_traceback_frame_variables(request, tb_frame)
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
