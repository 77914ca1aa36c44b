"""Starts all processes of the demo, plays the walk once, serves, and ends every process that it started, however it ends itself."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import psycopg
import redis

from demo import payments, ports, walk, walk_record
from demo.environment import ROOT, variables
from deploy import processes
from embedded import AlreadyOwned, ServerFailed, Services, default_folder, owned, postgres, start_all
from embedded.process import Server, end, end_with_parent, size, spawn, tail

READY_SECONDS = 180.0
SAY_STILL_AFTER_SECONDS = 5.0
WEB_WORKERS = 2


class Failed(RuntimeError):
    """The demo cannot continue; the message names the step and what to do."""


class Ended(BaseException):
    """The demo was asked to end: by Ctrl-C, by SIGTERM, or because the terminal was closed."""


def run(*, once: bool, fresh: bool, port: int | None) -> int:
    """Run the demo to its end; returns the exit status of the process."""
    if os.environ.get("WEICANG_ENDS_WITH_PARENT") == "1":
        end_with_parent()
    folder = default_folder()
    try:
        with _signals_raise():
            _run(folder, once=once, fresh=fresh, port=port)
    except Ended:
        print("Ended; everything that was started is stopped, the data stays.", flush=True)
    except AlreadyOwned as taken:
        return _refuse(f"The demo is running already: {taken}. End that one, or name a second folder: WEICANG_HOME=…")
    except OSError as problem:
        return _refuse(f"{folder} cannot be used: {problem}. Name another folder by WEICANG_HOME.")
    except (Failed, ServerFailed, ports.PortTaken, walk_record.StepFailed) as problem:
        return _refuse(str(problem))
    return 0


def _refuse(sentence: str) -> int:
    print(f"\n{sentence}", file=sys.stderr, flush=True)
    return 1


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Raise Ended at the first signal to end; ignore further signals while the started processes are stopped."""
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def raise_ended(number: int, frame: FrameType | None) -> None:
        for one in asked:
            signal.signal(one, signal.SIG_IGN)
        print("\nEnding …", flush=True)
        raise Ended

    for one in asked:
        signal.signal(one, raise_ended)
    yield


def _run(folder: Path, *, once: bool, fresh: bool, port: int | None) -> None:
    if fresh:
        _delete_data(folder)
    with ExitStack() as stack:
        listener, remark = ports.claim(port)
        stack.callback(listener.close)
        if remark:
            print(remark, flush=True)
        services = _start_services(stack, folder)
        os.environ |= variables(services, folder)
        base_url = f"http://127.0.0.1:{ports.port_of(listener)}"
        os.environ |= stack.enter_context(payments.run(folder, base_url))
        _prepare(folder, services.database_url)
        started = Processes(folder / "logs", services.servers)
        stack.callback(started.end)
        started.start_web(listener)
        started.wait_until_ready(base_url)
        started.start_background(folder)
        played = _play_once(folder, services, base_url, started)
        if once:
            return
        _print_sign_ins(base_url, folder, played)
        started.watch()


def _start_services(stack: ExitStack, folder: Path) -> Services:
    with _timed("Starting PostgreSQL and valkey"):
        services = stack.enter_context(start_all(folder))
    ours = {server.url for server in services.servers}
    if services.database_url not in ours:
        print("  DATABASE_URL is set: using that PostgreSQL.", flush=True)
        try:
            psycopg.connect(services.database_url, connect_timeout=5).close()
        except psycopg.Error as problem:
            raise Failed(f"The PostgreSQL that DATABASE_URL names cannot be used: {problem}") from problem
    if services.redis_url not in ours:
        print("  REDIS_URL is set: using that Redis.", flush=True)
        try:
            with redis.Redis.from_url(services.redis_url, socket_connect_timeout=5) as connection:
                connection.ping()
        except (redis.RedisError, ValueError) as problem:
            raise Failed(f"The Redis that REDIS_URL names cannot be used: {problem}") from problem
    return services


def _delete_data(folder: Path) -> None:
    """Delete the data of earlier runs, but never a database that DATABASE_URL names."""
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        raise Failed("--fresh deletes only the embedded servers' data; unset DATABASE_URL and REDIS_URL first.")
    with owned(folder):
        postgres.delete_cluster(folder / "postgres")
        for entry in folder.iterdir():
            if entry.name == "owner":
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@contextmanager
def _timed(step: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"{step} …", end="", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)


def _prepare(folder: Path, database_url: str) -> None:
    """Bring the schema and the static files up to date. Skipped (2 s less) when neither their sources nor the database changed."""
    stamp = folder / "prepared"
    sources = _fingerprint_of_sources()
    if stamp.exists() and stamp.read_text() == f"{sources} {_state_of_schema(database_url)}":
        return
    command = [sys.executable, "-m", "demo.prepare"]
    _command(folder, "Migrating the database, collecting static files", command)
    stamp.write_text(f"{sources} {_state_of_schema(database_url)}")


def _fingerprint_of_sources() -> str:
    """A hash of everything that migrations and static files are made from."""
    patterns = (
        "src/*/migrations/*.py",
        "src/*/database.sql",
        "src/static/**/*",
        "src/*/static/**/*",
        "requirements/runtime.txt",
    )
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _state_of_schema(database_url: str) -> str:
    """The id of the database and its applied migrations, which differ for another database and for one that was created again."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT oid, to_regclass('django_migrations') IS NOT NULL FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        if row is None or not row[1]:
            return "empty"
        count = connection.execute("SELECT count(*), max(applied) FROM django_migrations").fetchone()
    return f"{row[0]} {count}"


def _command(folder: Path, step: str, argv: Sequence[str]) -> None:
    """Run a command to its end. Raises Failed with the last lines of its output."""
    log = folder / "logs" / "commands.log"
    since = size(log)
    with _timed(step):
        process = spawn(argv, log=log)
        try:
            for _ in _poll():
                if process.poll() is not None:
                    break
        finally:
            end(process, signal.SIGTERM)
    if process.returncode != 0:
        raise Failed(f"{step} failed:\n{tail(log, since=since, lines=25)}")


def _poll() -> Iterator[float]:
    """Yield the seconds that have passed, ten times a second; print a dot every few seconds."""
    began = said = time.monotonic()
    while True:
        yield time.monotonic() - began
        time.sleep(0.1)
        if time.monotonic() - said > SAY_STILL_AFTER_SECONDS:
            said = time.monotonic()
            print(".", end="", flush=True)


class Processes:
    """The processes of the service (the web, three workers and beat) and the servers that were started for them."""

    def __init__(self, logs: Path, servers: tuple[Server, ...]) -> None:
        self._logs = logs
        self._servers = servers
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._log_starts: dict[str, int] = {}

    def start_web(self, listener: socket.socket) -> None:
        """Start the web on a listening socket, and close our copy of the socket."""
        fd = listener.fileno()
        self._start("web", processes.web_on_socket(fd, processes=WEB_WORKERS), pass_fds=[fd])
        listener.close()

    def start_background(self, folder: Path) -> None:
        """Start the workers and beat. Called once the web serves, because starting all at once takes longer on two cores."""
        queue = os.environ.get("WEICANG_QUEUE") or "weicang"
        self._start("worker", processes.worker(queue=queue, processes=2))
        self._start("periodic-worker", processes.periodic_worker(queue=queue, processes=2))
        self._start("external-worker", processes.external_worker(queue=queue, threads=3))
        self._start("beat", processes.beat(schedule=str(folder / "beat-schedule")))

    def _start(self, name: str, arguments: Sequence[str], *, pass_fds: Sequence[int] = ()) -> None:
        log = self._logs / f"{name}.log"
        self._log_starts[name] = size(log)
        self._processes[name] = spawn([sys.executable, *arguments], log=log, pass_fds=pass_fds)

    def wait_until_ready(self, base_url: str) -> None:
        """Return when the web answers that it is ready. Raises Failed when it does not within READY_SECONDS."""
        with _timed("Starting the web"):
            answer = ""
            for passed in _poll():
                self.fail_if_one_died()
                if (answer := _readiness(base_url)) == "ready":
                    return
                if passed > READY_SECONDS:
                    break
        log = self._logs / "web.log"
        raise Failed(
            f"The web was not ready within {READY_SECONDS:.0f} s; it said: {answer}\n"
            f"{tail(log, since=self._log_starts['web'])}\nThe whole log: {log}"
        )

    def watch(self) -> None:
        """Wait until one of the processes ends by itself (raises Failed) or a signal raises Ended."""
        while True:
            self.fail_if_one_died()
            time.sleep(0.5)

    def fail_if_one_died(self) -> None:
        """Raise Failed with the last lines of a process that has ended by itself."""
        for server in self._servers:
            if not server.running():
                raise Failed(
                    f"The {server.log.stem} server has ended by itself. Nothing that was committed is lost; start again.\n"
                    f"Its last lines:\n{tail(server.log)}\nThe whole log: {server.log}"
                )
        for name, process in self._processes.items():
            if process.poll() is not None:
                log = self._logs / f"{name}.log"
                raise Failed(
                    f"The {name} ended by itself (status {process.returncode}). Its last lines:\n"
                    f"{tail(log, since=self._log_starts[name])}\nThe whole log: {log}"
                )

    def end(self) -> None:
        """Stop the processes, the web first, so that no new work arrives while the workers finish theirs."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            end(process, signal.SIGTERM)


def _readiness(base_url: str) -> str:
    try:
        with urllib.request.urlopen(f"{base_url}/health/ready", timeout=15):  # noqa: S310 - our own address
            return "ready"
    except urllib.error.HTTPError as refused:
        return refused.read().decode(errors="replace")[:300]
    except OSError as problem:
        return str(problem)


def _play_once(folder: Path, services: Services, base_url: str, started: Processes) -> walk_record.WalkRecord | None:
    """Play the walk if the database has no people yet. Returns the record of this walk or of the earlier one."""
    earlier = walk_record.load(folder)
    if _has_people(services.database_url):
        if walk_record.was_interrupted(folder):
            raise Failed(
                "An earlier run was interrupted in the middle of the walk, which is played on an empty database.\n"
                "Begin anew: python3 noxfile.py -s demo -- --fresh"
            )
        print("There is data already; the walk is not played again.", flush=True)
        for line in earlier.lines if earlier else ():
            print(f"  {line}", flush=True)
        if earlier and (said := walk.reopen(base_url, earlier.people)):
            print(f"  {said}", flush=True)
        return earlier
    print("Playing the walk:", flush=True)
    lines: list[str] = []

    def say(line: str) -> None:
        started.fail_if_one_died()
        lines.append(line)
        print(f"  {line}", flush=True)

    walk_record.mark_started(folder)
    people = walk.play(base_url, say=say, data_folder=folder)
    started.fail_if_one_died()
    return walk_record.save(folder, lines=lines, people=people)


def _has_people(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM accounts_person)").fetchone()
    return bool(row and row[0])


def _print_sign_ins(base_url: str, folder: Path, played: walk_record.WalkRecord | None) -> None:
    print(f"\n尾仓 Weicang serves at {base_url}", flush=True)
    for person in played.people if played else ():
        print(f"  {person.person}: {base_url}{person.path}  {person.login} / {person.password}", flush=True)
    print("One-time codes of ops and finance: python3 noxfile.py -s manage -- one_time_code finance2", flush=True)
    print(f"Logs are in {folder / 'logs'}.", flush=True)
    print("Ctrl-C ends it; the data stays for the next start.", flush=True)
