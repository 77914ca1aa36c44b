"""Child processes that end with their owner, are what they claim to be, and say why when they fail."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServerFailed(RuntimeError):
    """A server did not start; the message ends with the last lines of its log."""


class Unsupported(ServerFailed):
    """This machine has no embedded server of that kind; the message says which variable to set instead."""


@dataclass(frozen=True)
class SystemUser:
    """The unprivileged account that a server runs as when root starts it."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Server:
    """A running server: where to reach it, its process, and how to end it."""

    url: str
    pid: int
    log: Path
    _process: "subprocess.Popen[bytes]"
    _stop_signal: signal.Signals

    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End the server and wait for it; does nothing if it has ended already."""
        end(self._process, self._stop_signal)


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    death_signal: signal.Signals = signal.SIGTERM,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    user: SystemUser | None = None,
    pass_fds: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own, its output appended to `log`, which only its owner may read.

    A session of its own keeps Ctrl-C in the terminal from reaching it before its owner decides the order.
    On Linux the kernel sends it `death_signal` when the thread that called this ends, even by kill -9;
    elsewhere the next start finds what was left over and ends it.
    """
    owner = os.getpid()

    def live_no_longer_than_the_owner() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != owner:
                os._exit(1)

    with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
        os.fchmod(output.fileno(), 0o600)
        return subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=live_no_longer_than_the_owner,  # noqa: PLW1509 - it takes no lock and allocates nothing shared
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            pass_fds=pass_fds,
        )


def end_with_parent() -> None:
    """Have this process told to end (SIGTERM) when the one that started it ends, however it ends. Linux only."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process: "subprocess.Popen[bytes]", stop_signal: signal.Signals, seconds: float = 20) -> None:
    """Ask a child to stop and wait; kill what is left of its session, all of it if it takes more than `seconds`."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_leftover(pid: int, stop_signal: signal.Signals, seconds: float = 20) -> None:
    """End a process that is not our child, and wait until it is gone."""
    for attempt in (stop_signal, signal.SIGKILL):
        try:
            os.kill(pid, attempt)
        except ProcessLookupError:
            return
        if wait_until(lambda: not alive(pid), seconds):
            return


def alive(pid: int) -> bool:
    """Whether a process with this id exists and has not merely been left unreaped by its parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] != "Z"


def command_of(pid: int) -> str:
    """The command line of a process, or an empty string when there is none to be seen."""
    if _libc is not None:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    ps = shutil.which("ps")
    if ps is None:
        return ""
    return subprocess.run([ps, "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def free_port(preferred: int | None = None) -> int:
    """`preferred` if nothing listens there, else a free port of the loopback interface."""
    for candidate in (preferred, 0):
        if candidate is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerFailed("no free TCP port on 127.0.0.1")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll `condition` until it holds or `seconds` have passed; says which."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def tail(log: Path, *, since: int = 0, lines: int = 12) -> str:
    """The last lines that were written to a log after its first `since` bytes."""
    try:
        with log.open("rb") as file:
            file.seek(since)
            written = file.read()
    except OSError:
        return ""
    return "\n".join(written.decode(errors="replace").splitlines()[-lines:])


def size(log: Path) -> int:
    """Bytes in a log now, or 0 when it does not exist yet."""
    return log.stat().st_size if log.exists() else 0
