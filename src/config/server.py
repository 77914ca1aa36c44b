"""Serve the web: `python -m config.server [--host 127.0.0.1] [--port 8000] [--workers 1]`, or on a socket that is bound already, `--fd N`.

It is granian with our application and the limits of its connections: HTTP/1.1 only, a header arrives within ten seconds, and so does the
next request of a connection that is kept open. Bodies are limited by `config.adapter`. The address is bound once, before any worker
starts and by nobody beside us: granian by itself lets several servers share a port.
"""

import argparse
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from granian._granian import SocketHolder
from granian._internal import load_target
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

MAX_HEADER_SECONDS = 10.0
MAX_CONNECTIONS = 8192
"""Of a worker. More wait to be accepted; each open one needs a file descriptor."""
DESCRIPTORS_OF_A_WORKER = 256
"""For the database, Redis, files and the interpreter itself."""
BACKLOG = 4096
MAX_SECONDS_TO_END = 30
"""For the requests that are being answered when the server is told to end."""


class BoundServer(Server):  # type: ignore[misc,valid-type]  # its class is chosen by the platform
    """granian on a socket that listens already."""

    def __init__(self, listener: socket.socket, **options: Any) -> None:
        address, port = listener.getsockname()[:2]
        super().__init__(address=address, port=port, **options)
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # On Linux granian has each worker bind the address with SO_REUSEPORT; elsewhere it shares one socket, as here.
        self._ssp = None
        self._sfd = self._listener.fileno()
        self._shd = SocketHolder(self._sfd, False, self.backlog)  # type: ignore[call-arg]  # its stub has no __new__
        self._sso = self._listener


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens where nobody else does; OSError where somebody does. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def serve(
    listener: socket.socket,
    *,
    workers: int,
    application: str = "config.rsgi:application",
    header_seconds: float = MAX_HEADER_SECONDS,
) -> None:
    """Serve until SIGTERM or SIGINT."""
    listener.setblocking(False)
    listener.set_inheritable(True)
    server = BoundServer(
        listener,
        target=application,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=round(header_seconds * 1000)),
        websockets=False,
        workers=workers,
        backlog=BACKLOG,
        backpressure=_connections(),
        respawn_failed_workers=True,
        workers_kill_timeout=MAX_SECONDS_TO_END,
        log_level=LogLevels.warning,
    )
    with _folder_of_counts():
        server.serve(target_loader=_load)


@contextmanager
def _folder_of_counts() -> Iterator[None]:
    """The folder in which the workers count for `/metrics`: the one that the environment names, or one that ends with this process.

    prometheus_client reads its name when it is imported, which only the workers do.
    """
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="weicang-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _load(application: str) -> Any:
    """Runs in a worker, which has inherited a handler that only notes the signal: told to end while it imports, it would serve for ever."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return load_target(application)


def _connections() -> int:
    """As many as there are file descriptors for, after this process has been given as many as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MAX_CONNECTIONS + DESCRIPTORS_OF_A_WORKER
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MAX_CONNECTIONS, soft - DESCRIPTORS_OF_A_WORKER))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.server", description="Serve the web.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--fd", type=int, help="a listening socket that this process has inherited, instead of host and port"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes")
    options = parser.parse_args(arguments)
    try:
        listener = socket.socket(fileno=options.fd) if options.fd else listen(options.host, options.port)
    except OSError as problem:
        sys.stderr.write(f"{options.host}:{options.port} cannot be served: {problem}\n")
        return 1
    serve(listener, workers=options.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
