"""The PostgreSQL and the valkey that come with the project, for a machine that has neither.

`start_all(folder)` is the way in. Knows nothing of the service itself.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded import postgres, valkey
from embedded.process import Server, ServerFailed, Unsupported

__all__ = [
    "AlreadyOwned",
    "Server",
    "ServerFailed",
    "Services",
    "Unsupported",
    "default_folder",
    "owned",
    "running",
    "start_all",
]

MINIMUM_FREE_BYTES = 300 * 1024 * 1024


class AlreadyOwned(RuntimeError):
    """Another run owns the folder now; the message says which."""


@dataclass(frozen=True)
class Services:
    """Where PostgreSQL and Redis are to be reached; `servers` are those among them that we started."""

    database_url: str
    redis_url: str
    servers: tuple[Server, ...]


def default_folder() -> Path:
    """$WEICANG_HOME, or .weicang in the checkout."""
    named = os.environ.get("WEICANG_HOME")
    return Path(named).expanduser().absolute() if named else Path(__file__).resolve().parents[1] / ".weicang"


@contextmanager
def start_all(folder: Path, *, durable: bool = True) -> Iterator[Services]:
    """Own `folder` and run what DATABASE_URL and REDIS_URL do not name; stop it at the end. Data stays in `folder`.

    Raises AlreadyOwned when another run has the folder, OSError when it cannot be written, ServerFailed.
    """
    with ExitStack() as stack:
        stack.enter_context(owned(folder))
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        servers = []
        database_url = os.environ.get("DATABASE_URL")
        if not database_url:
            server = postgres.start(folder / "postgres", durable=durable, log=logs / "postgres.log")
            stack.callback(server.stop)
            servers.append(server)
            database_url = server.url
        redis_url = os.environ.get("REDIS_URL")
        if not redis_url:
            server = valkey.start(folder / "valkey", log=logs / "valkey.log")
            stack.callback(server.stop)
            servers.append(server)
            redis_url = server.url
        stack.enter_context(_announced(folder, database_url, redis_url))
        yield Services(database_url, redis_url, tuple(servers))


def running(folder: Path) -> Services | None:
    """What the run that owns `folder` now has announced; None when nobody owns it."""
    try:
        with (folder / "owner").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        try:
            announced = json.loads((folder / "services.json").read_text())
        except FileNotFoundError:
            return None
        return Services(announced["database_url"], announced["redis_url"], ())
    return None


@contextmanager
def _announced(folder: Path, database_url: str, redis_url: str) -> Iterator[None]:
    """Leave the addresses, passwords and all, where only the owner of the folder can read them."""
    path = folder / "services.json"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"database_url": database_url, "redis_url": redis_url}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Be the one run that uses `folder`; the kernel lets go when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    # Root's servers run as another user, which must be able to pass through; every secret in it is 0600.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if shutil.disk_usage(folder).free < MINIMUM_FREE_BYTES:
        raise OSError(f"less than {MINIMUM_FREE_BYTES // 2**20} MB are free for {folder}")
    with (folder / "owner").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyOwned(f"process {file.read().strip() or '?'} is using {folder}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
