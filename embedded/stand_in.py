"""What the stand-ins of payment providers share: a server on the loopback that runs in a thread, and how a handler answers."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Document = dict[str, Any]
CHINA = timedelta(hours=8)
PAGE_STYLE = "body{font:18px/1.6 sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 2rem}"


def in_fen(yuan: str) -> int:
    """An amount as providers write it ("12.50"), exact; a part of a fen is dropped."""
    return int(Decimal(yuan) * 100)


def in_yuan(fen: int) -> str:
    """An amount as providers write it, with two decimals."""
    return f"{Decimal(fen) / 100:.2f}"


@dataclass
class Refused(Exception):
    """An answer that is an error: its status and the provider's word for it."""

    status: int
    code: str


class Service(Protocol):
    """What a stand-in knows; `url` is where it is asked."""

    url: str


class Handler(BaseHTTPRequestHandler):
    """Answers with whole bodies and says nothing on the terminal."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def get(self) -> None:
        raise NotImplementedError

    def post(self, body: bytes) -> None:
        raise NotImplementedError

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that left before the end of the answer is what some tests want."""


def server_of(service: Service, handler: type[Handler], *, port: int = 0, path: str = "") -> ThreadingHTTPServer:
    """A server on the loopback that is not running yet; the service knows its address, which ends in `path`."""
    server = _Server(("127.0.0.1", port), type("ServiceHandler", (handler,), {"service": service}))
    service.url = f"http://127.0.0.1:{server.server_port}{path}"
    return server


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def call_back(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Send a callback to the service; gives the status of its answer and the answer, 0 where there is none."""
    request = urllib.request.Request(url, body, dict(headers))  # noqa: S310 - named by the service
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""
    except OSError:
        return 0, b""


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def in_china(at: datetime) -> datetime:
    """The wall clock of China at an instant."""
    return at.astimezone(UTC) + CHINA


def stamp(at: datetime) -> str:
    """An instant as WeChat writes it."""
    return f"{in_china(at):%Y-%m-%dT%H:%M:%S}+08:00"
