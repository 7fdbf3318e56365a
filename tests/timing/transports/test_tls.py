"""Names are dialled by address but certificates are still checked against the name."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import serve

from teams import outbound
from teams.outbound import OutboundFailed, fetch_text
from tests.timing.transports.feeds import (
    StillWorld,
    first_reports,
    says_and_holds,
    states,
    take,
    texts,
)
from timing.transports import LinkReport, websocket
from timing.transports.websocket import WebSocketTransport

NAME = "feed.example"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "feed.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    websocket._tls.cache_clear()
    outbound._trusted.cache_clear()
    yield
    websocket._tls.cache_clear()
    outbound._trusted.cache_clear()


@pytest.fixture(autouse=True)
def names(monkeypatch) -> None:
    """feed.example and other.example are this machine."""

    def getaddrinfo(host, port, **more):
        local = "127.0.0.1" if host.endswith(".example") else host
        return socket.getaddrinfo(local, port, **more)

    monkeypatch.setattr("teams.names.getaddrinfo", getaddrinfo)


def listening_to(url: str, **more) -> WebSocketTransport:
    async def find() -> list[str]:
        return [url]

    return WebSocketTransport(find, world=StillWorld().world(), allow_private=True, **more)


async def test_a_feed_with_a_good_certificate_is_heard(server_tls, trusted) -> None:
    async with serve(says_and_holds("init|r|"), "127.0.0.1", 0, ssl=server_tls) as server:
        port = server.sockets[0].getsockname()[1]
        got = await take(listening_to(f"wss://{NAME}:{port}/"), 1)
    assert texts(got) == [(0, "init|r|")]


@pytest.mark.parametrize("host", [NAME, "other.example"])
async def test_a_feed_with_another_certificate_is_not(host: str, server_tls, request) -> None:
    if host != NAME:
        request.getfixturevalue("trusted")
    reports: list[LinkReport] = []
    async with serve(says_and_holds("init|r|"), "127.0.0.1", 0, ssl=server_tls) as server:
        port = server.sockets[0].getsockname()[1]
        transport = listening_to(f"wss://{host}:{port}/", on_report=reports.append)
        await first_reports(transport, reports, 2)
    assert states(reports)[:2] == ["connecting", "down"]
    assert reports[1].error == f"{host}:{port}: TLS failed (CERTIFICATE_VERIFY_FAILED)"


async def test_a_page_with_a_good_certificate_is_read(server_tls, trusted) -> None:
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_tls) as server:
        port = server.sockets[0].getsockname()[1]
        for host, expected in [(NAME, "here"), ("other.example", None)]:
            fetching = fetch_text(
                f"https://{host}:{port}/", limit_bytes=100, timeout_s=60, allow_private=True
            )
            if expected is not None:
                assert (await fetching).text == expected
            else:
                with pytest.raises(OutboundFailed):
                    await fetching


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere")
    writer.close()
