"""Where to serve, and who is there already."""

import re
import socket
import sys
from pathlib import Path

from embedded.process import command_of, free_port

DEFAULT = 8000
BACKLOG = 1024
"""Connections that wait to be accepted, so also while the web is being started."""
_LISTENING = "0A"


class PortTaken(RuntimeError):
    """The requested port cannot be used; the message says why and what to do."""


def claim(requested: int | None) -> tuple[socket.socket, str]:
    """A socket that listens on the port to serve on, and a sentence to print when it is not the usual one.

    Listening at once is what keeps two demos that start together apart: the port is ours from here on, not from when the web binds it.
    Raises PortTaken if `requested` is in use.
    """
    port = DEFAULT if requested is None else requested
    listener = _listen(port)
    if listener is not None:
        return listener, ""
    taken = f"Port {port} is taken{_holder(port)}"
    if requested is not None:
        raise PortTaken(f"{taken}. Name another: python3 noxfile.py -s demo -- --port {free_port()}")
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    return listener, f"{taken}; serving on {port_of(listener)} instead."


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _listen(port: int) -> socket.socket | None:
    """None where somebody else has the port, whether he shares it or not."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    except PermissionError:
        raise PortTaken(f"Port {port} is for root only. Name one above 1023.") from None
    except OSError:
        return None


def _holder(port: int) -> str:
    """` by process 123 (its command)` where Linux lets us see it, else nothing."""
    if sys.platform != "linux":
        return ""
    inodes = {
        fields[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for fields in map(str.split, Path(table).read_text().splitlines()[1:] if Path(table).exists() else [])
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port
    }
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        found = re.fullmatch(r"socket:\[(\d+)\]", target)
        if found and found[1] in inodes:
            pid = int(link.parts[2])
            return f" by process {pid} ({command_of(pid).strip()[:80]})"
    return ""
