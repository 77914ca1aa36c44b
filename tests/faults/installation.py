"""A whole installation on the loopback: PostgreSQL, valkey, web, workers and beat as processes, with data folders of their own.

Each part can be killed, stopped and started again by itself. Nothing is shared with the servers of the test run.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psycopg

from embedded import owned, postgres, valkey
from embedded.process import Server, alive, end, free_port, spawn, tail, wait_until
from tests.template import restore_kept

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
UNPAID_SECONDS = 60
"""How long an order of the installation may stay unpaid: the shortest that can be set."""


@dataclass(frozen=True)
class Part:
    """A process of the service that can be killed and started by itself."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Seed:
    """Who takes part, by token, and the goods of the live sale."""

    ops: str
    clerk: str
    stock_clerk: str
    buyers: list[tuple[str, int]]
    sale_id: int
    items: list[int]
    hot_item: int
    hot_units: int


class Installation:
    """`running` starts one. Everything is started by the thread that made it: its parts end with that thread.

    It is its own process manager: a part that has ended by itself is started again, as systemd or a container's restart policy does.
    """

    def __init__(self, folder: Path, *, web_workers: int, settings: Mapping[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self.postgres: Server | None = None
        self.valkey: Server | None = None
        self.ended_by_itself: Counter[str] = Counter()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        name = f"faults-{secrets.token_hex(4)}"
        self._settings = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "PYTHONUTF8": "1",
            "WEICANG_SECRET_KEY": secrets.token_urlsafe(48),
            "WEICANG_DATA": str(folder / "data"),
            "WEICANG_CACHE_PREFIX": name,
            "WEICANG_QUEUE": name,
            "WEICANG_LOG_LEVEL": "WARNING",
            "WEICANG_UNPAID_MINUTES": str(UNPAID_SECONDS // 60),
            "WEICANG_UPLOADS_PER_DAY": "10000",
            "WEICANG_DEBUG": "0",
        } | dict(settings)
        celery = (sys.executable, "-m", "celery", "--app=config.celery:app")
        worker = (*celery, "worker", "--without-gossip", "--concurrency=2", "--loglevel=WARNING")
        web = (sys.executable, "-m", "config.server", f"--port={self.port}", f"--workers={web_workers}")
        self.parts = {
            part.name: part
            for part in (
                Part("web", web),
                Part("worker", (*worker, f"--queues={name}", "--hostname=files@%h")),
                Part("periodic worker", (*worker, f"--queues={name}-periodic,{name}-external", "--hostname=timed@%h")),
                Part("beat", (*celery, "beat", f"--schedule={folder / 'beat-schedule'}", "--pidfile=")),
            )
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of each process of the service."""
        return os.environ | self._settings | {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    @property
    def database_url(self) -> str:
        if self.postgres is None:
            raise RuntimeError("PostgreSQL has not been started")
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        if self.valkey is None:
            raise RuntimeError("valkey has not been started")
        return self.valkey.url

    # -- starting ------------------------------------------------------------------------------------------------------------------------

    def start_postgres(self) -> None:
        """On the data of the last time and, unless somebody took it, on the port of the last time."""
        self.postgres = postgres.start(self.folder / "postgres", log=self.folder / "postgres.log")

    def start_valkey(self) -> None:
        self.valkey = valkey.start(self.folder / "valkey", log=self.folder / "valkey.log")

    def prepare(self) -> None:
        """Bring the empty database to the present migrations."""
        (self.folder / "data").mkdir(exist_ok=True)
        self.run([sys.executable, str(ROOT / "manage.py"), "collectstatic", "--no-input", "--verbosity=0"])
        if not restore_kept(self.database_url):
            self.run([sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"])

    def seed(self, *, buyers: int) -> Seed:
        told = json.loads(self.run([sys.executable, "-m", "tests.faults.seed", str(buyers)]))
        return Seed(**told | {"buyers": [tuple(each) for each in told["buyers"]]})

    def start(self, *names: str) -> None:
        """Start parts of the service, all of them where none is named."""
        for name in names or self.parts:
            log = self.folder / f"{name.replace(' ', '-')}.log"
            self._processes[name] = spawn(self.parts[name].command, log=log, cwd=ROOT, env=self.environment)

    def start_ended(self) -> None:
        """Start again what has ended by itself."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                self.ended_by_itself[name] += 1
                self.start(name)

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until it holds or the time is over; says which. What ends by itself meanwhile is started again."""

        def holds() -> bool:
            self.start_ended()
            return condition()

        return wait_until(holds, seconds)

    def run(self, command: list[str]) -> str:
        """What a command of the service prints. RuntimeError with its last words where it fails."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def wait_until_serving(self, seed: Seed) -> float:
        """Seconds until a request that needs the database is answered."""
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {seed.buyers[0][0]}"}

        def serves() -> bool:
            try:
                answer = httpx.get(f"{self.address}/api/v1/cart", headers=headers, timeout=10)
            except httpx.TransportError:
                return False
            return answer.status_code == httpx.codes.OK

        if not self.wait(serves, READY_SECONDS):
            raise RuntimeError(f"the web did not answer within {READY_SECONDS:.0f} s:\n{self.log_of('web')}")
        return time.monotonic() - began

    # -- what is done to it --------------------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """End a part with kill -9, its children with it, as a machine that loses power does."""
        process = self._processes[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_child(self, name: str) -> None:
        """End one of the children of a part with kill -9: a web worker, or a process of a worker. Its parent stays."""
        children = children_of(self._processes[name].pid)
        if children:
            os.kill(children[-1], signal.SIGKILL)

    def kill_postgres(self) -> None:
        if self.postgres is not None:
            os.kill(self.postgres.pid, signal.SIGKILL)
            wait_until(lambda: self.postgres is None or not self.postgres.running(), 10)

    def kill_backend(self) -> None:
        """End the backend of a session of the service: PostgreSQL ends all others and recovers."""
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " ORDER BY state = 'active' DESC, random() LIMIT 1"
            ).fetchone()
        if row:
            with suppress(ProcessLookupError):
                os.kill(row[0], signal.SIGKILL)

    def kill_valkey(self) -> None:
        if self.valkey is not None:
            os.kill(self.valkey.pid, signal.SIGKILL)
            wait_until(lambda: self.valkey is None or not self.valkey.running(), 10)

    @contextmanager
    def paused(self, *pids: int) -> Iterator[None]:
        """Processes that stand still (SIGSTOP) and go on afterwards."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                if alive(pid):
                    os.kill(pid, signal.SIGCONT)

    def processes_of_postgres(self) -> list[int]:
        return [self.postgres.pid, *children_of(self.postgres.pid)] if self.postgres else []

    def pid_of(self, name: str) -> int:
        return self._processes[name].pid

    def is_running(self, name: str) -> bool:
        return self._processes[name].poll() is None

    def log_of(self, name: str) -> str:
        return tail(self.folder / f"{name.replace(' ', '-')}.log", lines=40)

    def stop(self) -> None:
        """Stop the service, then its servers."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            end(process, signal.SIGTERM)
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()


def children_of(pid: int) -> list[int]:
    """The processes that this one has started, the oldest first."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextmanager
def running(
    folder: Path,
    *,
    buyers: int,
    web_workers: int = 2,
    parts: tuple[str, ...] = (),
    settings: Mapping[str, str] = NO_SETTINGS,
) -> Iterator[tuple[Installation, Seed]]:
    """A seeded installation whose parts run, all of them where none is named. `settings` are variables of its environment."""
    # Root's PostgreSQL runs as another account, which must be able to pass through.
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.enter_context(owned(folder))
        installation = Installation(folder, web_workers=web_workers, settings=settings)
        stack.callback(installation.stop)
        installation.start_postgres()
        installation.start_valkey()
        installation.prepare()
        seed = installation.seed(buyers=buyers)
        installation.start(*parts)
        installation.wait_until_serving(seed)
        yield installation, seed


def rows(installation: Installation, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """What the database of an installation holds."""
    with psycopg.connect(installation.database_url) as connection:
        return connection.execute(statement, parameters).fetchall()


def end_time_of_waiting(installation: Installation) -> None:
    """Let the time of all unpaid orders, and the leases of all workers, be over now."""
    with psycopg.connect(installation.database_url) as connection:
        connection.execute("UPDATE orders_order SET pay_before = now() WHERE state = 'unpaid'")
        connection.execute("UPDATE inventory_uploadjob SET lease_until = now() WHERE lease_until IS NOT NULL")
        connection.execute("UPDATE aftersales_shippinguploadjob SET lease_until = now() WHERE lease_until IS NOT NULL")
