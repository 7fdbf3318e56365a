from __future__ import annotations

from django.urls import path

from displays.consumers import live_socket

websocket_urlpatterns = [path("ws/", live_socket)]  # type: ignore[arg-type] # ASGI, not a view
