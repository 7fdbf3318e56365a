"""One address for all web processes, where nginx is installed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from stack.children import Child, Say

_CONF = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream web {{
        least_conn;
{servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_read_timeout 300s;
        }}
    }}
}}
"""


def is_installed() -> bool:
    return shutil.which("nginx") is not None


def configuration(folder: Path, port: int, web: Sequence[int]) -> str:
    servers = "\n".join(
        f"        server 127.0.0.1:{each} max_fails=1 fail_timeout=2s;" for each in web
    )
    return _CONF.format(folder=folder, port=port, servers=servers)


def nginx(folder: Path, port: int, web: Sequence[int], say: Say) -> Child | None:
    """None where it is not installed."""
    binary = shutil.which("nginx")
    if binary is None:
        return None
    path = folder / "nginx.conf"
    path.write_text(configuration(folder, port, web))
    command = [binary, "-p", folder, "-e", "stderr", "-c", path]
    return Child("nginx", command, dict(os.environ), folder, stop_by=signal.SIGQUIT, say=say)
