"""A whole fleet on this machine: nginx, two webs, two workers, two workers of periodic jobs, PgBouncer, a primary with a synchronous
standby, a read replica, valkey, and a stand-in for S3. Each has a folder of its own, and nothing is shared between the folders.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from demo import payments
from demo.environment import ROOT, manage
from deploy import processes
from embedded.process import ServerFailed, free_port
from tests.fleet.machines import (
    Cluster,
    Nginx,
    PgBouncer,
    Process,
    start_copy,
    start_primary,
    start_redis,
    wait_for_standby,
    wait_until_ready,
)
from tests.storage.bucket import bucket

WEB_PROCESSES = 1
"""Of each of the two webs: the machine that runs the fleet has few cores."""


@dataclass
class Fleet:
    """What runs, by the names of the machines."""

    environment: dict[str, str]
    nginx: Nginx
    pgbouncer: PgBouncer
    webs: dict[int, Process]
    """By port."""
    workers: dict[str, Process]
    primary: Cluster
    standby: Cluster
    replica: Cluster

    def promote_standby(self) -> None:
        """What a person does when the primary is gone for good (docs/deploy/failover.md)."""
        with psycopg.connect(self.standby.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote(true, 60)")
        self.pgbouncer.switch_to(self.standby)

    def processor_seconds_of_webs(self) -> float:
        """What the webs have used of the processor so far, all their processes together."""
        sessions = {web.running.pid for web in self.webs.values()}
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) in sessions else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def reads_of_replica(self) -> int:
        """Transactions that the replica has run for webs."""
        with psycopg.connect(self.replica.url) as connection:
            row = connection.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = 'weicang'").fetchone()
        return int(row[0]) if row else 0

    def run(self, *arguments: str) -> str:
        """What a Python command of the service prints. Raises ServerFailed where it fails."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ServerFailed(f"{' '.join(arguments)}:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
        return done.stdout


@contextmanager
def running(folder: Path, *, requests_per_second: int) -> Iterator[Fleet]:
    """Start a fleet whose machines have their folders below `folder`; stop it at the end."""
    with ExitStack() as stack:

        def machine(name: str) -> Path:
            made = folder / name
            made.mkdir()
            made.chmod(0o755)
            return made

        primary, standby, replica = _start_databases(stack, machine)
        redis, redis_url = start_redis(machine("redis"), secrets.token_urlsafe(16))
        stack.callback(redis.stop)
        pgbouncer = PgBouncer(machine("pgbouncer"), primary=primary, replica=replica)
        stack.callback(pgbouncer.process.stop)
        storage_url, _ = stack.enter_context(bucket("weicang"))
        environment = _environment(pgbouncer, redis_url, storage_url, primary)
        ports = [free_port(), free_port()]
        static = _prepare(machine("web-1"), environment)
        shutil.copytree(static, machine("web-2") / "static")
        nginx = Nginx(machine("nginx"), webs=ports, static=static, requests_per_second=requests_per_second)
        stack.callback(nginx.process.stop)
        # The payment providers call back over https, and so do the clients of the tests.
        os.environ["SSL_CERT_FILE"] = str(nginx.certificate)
        environment["WEICANG_SITE_URL"] = nginx.url
        environment |= stack.enter_context(payments.run(folder, nginx.url, environment))
        webs = {}
        for number, port in enumerate(ports, 1):
            webs[port] = _web(folder / f"web-{number}", environment, pgbouncer, port)
            stack.callback(webs[port].stop)
        for port, web in webs.items():
            wait_until_ready(web, port)
        workers = {}
        for name, arguments in _background(folder).items():
            home = machine(name)
            workers[name] = Process(name, [sys.executable, *arguments], _of_machine(environment, home), home)
            stack.callback(workers[name].stop)
        yield Fleet(environment, nginx, pgbouncer, webs, workers, primary, standby, replica)


def _start_databases(stack: ExitStack, machine: Callable[[str], Path]) -> tuple[Cluster, Cluster, Cluster]:
    folder = machine("primary")
    primary = start_primary(folder, standby="standby")
    stack.callback(primary.server.stop)
    standby = start_copy(machine("standby"), primary, name="standby")
    stack.callback(standby.server.stop)
    wait_for_standby(primary, folder)
    replica = start_copy(machine("replica"), standby, name="replica")
    stack.callback(replica.server.stop)
    return primary, standby, replica


def _background(folder: Path) -> dict[str, list[str]]:
    schedule = folder / "beat" / "schedule"
    return {
        "worker-1": processes.worker(processes=1),
        "worker-2": processes.worker(processes=1),
        "periodic-1": processes.periodic_worker(processes=1),
        "periodic-2": processes.periodic_worker(processes=1),
        "external": processes.external_worker(threads=3),
        "beat": processes.beat(schedule=str(schedule)),
    }


def _environment(pgbouncer: PgBouncer, redis_url: str, storage_url: str, primary: Cluster) -> dict[str, str]:
    """The settings that all machines share; they are those of deploy/weicang.env."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PYTHONUTF8": "1",
        "WEICANG_SECRET_KEY": secrets.token_urlsafe(48),
        "WEICANG_ONE_TIME_CODE_KEYS": secrets.token_urlsafe(48),
        "WEICANG_HOSTS": "localhost",
        "WEICANG_HTTPS": "1",
        "WEICANG_TRUSTED_PROXIES": "1",
        "WEICANG_HSTS_SECONDS": "31536000",
        "WEICANG_HSTS_SUBDOMAINS": "1",
        "WEICANG_HSTS_PRELOAD": "1",
        "WEICANG_LOG_LEVEL": "WARNING",
        "DATABASE_URL": pgbouncer.url("weicang_jobs"),
        "WEICANG_REHEARSAL_SERVER": primary.url.rpartition("/")[0],
        "REDIS_URL": redis_url,
        "WEICANG_STORAGE": storage_url,
        "AWS_ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": os.environ["AWS_SECRET_ACCESS_KEY"],
    }


def _of_machine(environment: dict[str, str], home: Path) -> dict[str, str]:
    data = home / "data"
    data.mkdir(exist_ok=True)
    return os.environ | environment | {"WEICANG_DATA": str(data)}


def _prepare(home: Path, environment: dict[str, str]) -> Path:
    """What is done for a release before its webs start: the schema once, the static files on each machine; the folder of these."""
    for command in (["migrate", "--no-input", "--verbosity=0"], ["collectstatic", "--no-input", "--verbosity=0"]):
        done = subprocess.run(
            manage(*command), env=_of_machine(environment, home), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ServerFailed(f"manage.py {' '.join(command)}:\n{done.stderr[-3000:]}")
    return home / "static"


def _web(home: Path, environment: dict[str, str], pgbouncer: PgBouncer, port: int) -> Process:
    """A web, with the settings of deploy/web.env."""
    own = {
        "DATABASE_URL": pgbouncer.url("weicang_web"),
        "WEICANG_STATEMENT_SECONDS": "0",
        "WEICANG_PREPARED_STATEMENTS": str(int(pgbouncer.prepares)),
        "WEICANG_REPLICA_URL": pgbouncer.url("weicang_replica"),
    }
    command = [sys.executable, *processes.web(host="127.0.0.1", port=port, processes=WEB_PROCESSES)]
    return Process(home.name, command, _of_machine(environment, home) | own, home)
