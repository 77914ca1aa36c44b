"""The servers of a fleet on the loopback, each with a folder of its own as if it were a machine, run from the files of `deploy/`."""

import datetime as dt
import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.render import Value, render
from embedded import postgres, valkey
from embedded.process import Server, ServerFailed, SystemUser, end, free_port, spawn, tail, wait_until

READY_SECONDS = 120.0
DATABASE: dict[str, Value] = {"database": "weicang"}
SIZES: dict[str, Value] = {
    "max_connections": 200,
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "wal_keep_size": "512MB",
}


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    if found is None:
        raise ServerFailed(f"{name} is not installed; `nox -s fleet` tells its package")
    return found


def pgbouncer_version() -> tuple[int, int]:
    told = subprocess.run([_program("pgbouncer"), "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"PgBouncer (\d+)\.(\d+)", told.stdout)
    if found is None:
        raise ServerFailed(f"PgBouncer does not tell its version: {told.stdout[:200]}")
    return int(found[1]), int(found[2])


@dataclass
class Process:
    """A process of ours that can be killed and started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    user: SystemUser | None = None
    running: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        self.running = spawn(self.command, log=self.log, env=self.environment, user=self.user)

    def kill(self) -> None:
        """As the power would: the process and its children at once."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        end(self.running, signal.SIGTERM, seconds=40)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        if not wait_until(lambda: self.running.poll() is not None or condition(), READY_SECONDS) or self.running.poll():
            raise ServerFailed(f"{self.name} did not {what}:\n{tail(self.log, lines=25)}")


@dataclass
class Cluster:
    """A server of PostgreSQL: its folder, and how to reach it."""

    folder: Path
    server: Server

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def port(self) -> int:
        return psycopg.conninfo.conninfo_to_dict(self.url)["port"]  # type: ignore[return-value]

    @property
    def password(self) -> str:
        return str(psycopg.conninfo.conninfo_to_dict(self.url)["password"])

    def kill(self) -> None:
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.stop()


def start_primary(folder: Path, *, standby: str) -> Cluster:
    """The primary, which does not wait for its standby yet: there is none to copy from otherwise."""
    data = folder / "postgres"
    first = postgres.start(data, log=folder / "postgres.log")
    first.stop()
    data = data.resolve()
    _write_settings(data, "60-weicang.conf", render("postgresql/60-weicang.conf.in", SIZES))
    (folder / "70-primary.conf").write_text(render("postgresql/70-primary.conf.in", {"standby_name": standby}))
    return Cluster(data, postgres.start(data, log=folder / "postgres.log"))


def wait_for_standby(primary: Cluster, machine: Path) -> None:
    """From now on the primary answers commits when its standby has them."""
    _write_settings(primary.folder, "70-primary.conf", (machine / "70-primary.conf").read_text())
    with psycopg.connect(primary.url, autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")

        def is_synchronous() -> bool:
            states = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
            return ("sync",) in states

        if not wait_until(is_synchronous, 30):
            raise ServerFailed("the standby does not copy from the primary synchronously")


def start_copy(folder: Path, upstream: Cluster, *, name: str) -> Cluster:
    """A standby or replica, which copies from another server."""
    data = postgres.copy_cluster(upstream.url, folder / "postgres", log=folder / "copy.log").resolve()
    (postgres.settings_folder(data) / "70-primary.conf").unlink(missing_ok=True)
    parts = psycopg.conninfo.conninfo_to_dict(upstream.url)
    upstream_info = " ".join(f"{part}={parts[part]}" for part in ("host", "port", "user", "password"))
    values = {"upstream": upstream_info, "standby_name": name}
    _write_settings(data, "70-standby.conf", render("postgresql/70-standby.conf.in", values))
    (data / "standby.signal").touch()
    return Cluster(data, postgres.start(data, log=folder / "postgres.log"))


def _write_settings(data: Path, name: str, text: str) -> None:
    path = postgres.settings_folder(data) / name
    path.write_text(text)
    path.chmod(0o644)


def start_redis(folder: Path, password: str) -> tuple[Process, str]:
    """valkey on the settings of `deploy/redis`; gives its address."""
    port = free_port()
    settings = folder / "redis.conf"
    data = folder / "redis"
    data.mkdir()
    settings.write_text(
        render(
            "redis/redis.conf.in",
            {"redis_host": "127.0.0.1", "redis_port": port, "redis_password": password, "redis_folder": str(data)},
        )
    )
    settings.chmod(0o600)
    process = Process("redis", [str(valkey.binary()), str(settings)], dict(os.environ), folder)
    process.wait_for(lambda: _listens(port), "listen")
    return process, f"redis://:{password}@127.0.0.1:{port}/0"


class PgBouncer:
    """PgBouncer on the settings of `deploy/pgbouncer`."""

    def __init__(self, folder: Path, *, primary: Cluster, replica: Cluster) -> None:
        user = postgres.account()
        self._folder, self._replica = folder, replica
        self.prepares = pgbouncer_version() >= (1, 21)
        self.port = free_port()
        users = folder / "userlist.txt"
        users.write_text(f'"weicang" "{primary.password}"\n')
        self._settings = folder / "pgbouncer.ini"
        self.point_to(primary)
        for path in (folder, users, self._settings):
            if user:
                os.chown(path, user.uid, user.gid)
        users.chmod(0o600)
        command = [_program("pgbouncer"), str(self._settings)]
        self.process = Process("pgbouncer", command, dict(os.environ), folder, user=user)
        self.process.wait_for(lambda: _listens(self.port), "listen")
        self._password = primary.password

    def url(self, database: str) -> str:
        return f"postgresql://weicang:{self._password}@127.0.0.1:{self.port}/{database}"

    def point_to(self, primary: Cluster) -> None:
        prepared = "max_prepared_statements = 200" if self.prepares else ""
        values: dict[str, Value] = {
            **DATABASE,
            "primary_host": "127.0.0.1",
            "primary_port": primary.port,
            "replica_host": "127.0.0.1",
            "replica_port": self._replica.port,
            "pgbouncer_host": "127.0.0.1",
            "pgbouncer_port": self.port,
            "pgbouncer_users": str(self._folder / "userlist.txt"),
            "pgbouncer_sockets": "",
            "pgbouncer_pid": str(self._folder / "pgbouncer.pid"),
            "pgbouncer_log": str(self._folder / "pgbouncer-own.log"),
            "pgbouncer_prepared_statements": prepared,
            "web_connections": 20,
            "job_connections": 60,
            "replica_connections": 20,
            "statement_milliseconds": 10_000,
        }
        self._settings.write_text(render("pgbouncer/pgbouncer.ini.in", values))

    def switch_to(self, primary: Cluster) -> None:
        """As `systemctl reload pgbouncer` does."""
        self.point_to(primary)
        self.process.running.send_signal(signal.SIGHUP)


class Nginx:
    """nginx on the settings of `deploy/nginx`, with a certificate that it signed itself."""

    def __init__(self, folder: Path, *, webs: list[int], static: Path, requests_per_second: int) -> None:
        self.port = free_port()
        self.http_port = free_port()
        self.certificate = folder / "certificate.pem"
        _write_certificate(self.certificate, folder / "key.pem")
        state = folder / "state"
        state.mkdir()
        shutil.copytree(static, folder / "static")
        is_root = os.geteuid() == 0
        values: dict[str, Value] = {
            "nginx_user": "www-data" if is_root else "nobody",
            "nginx_state": str(state),
            "nginx_logs": str(folder),
            "nginx_pid": str(folder / "nginx.pid"),
            "mime_types": "/etc/nginx/mime.types",
            "site_name": "localhost",
            "http_port": f"127.0.0.1:{self.http_port}",
            "https_port": f"127.0.0.1:{self.port}",
            "certificate": str(self.certificate),
            "certificate_key": str(folder / "key.pem"),
            "static_folder": str(folder / "static"),
            "webs": " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in webs),
            "requests_per_second": requests_per_second,
            "burst": 200,
            "sign_ins_per_second": 2,
            "sign_in_burst": 20,
            "connections_of_address": 200,
            "monitoring": "allow 127.0.0.1; deny all;",
        }
        settings = folder / "nginx.conf"
        settings.write_text(render("nginx/nginx.conf.in", values))
        for path in (folder, state, *(folder / "static").rglob("*"), folder / "static"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        command = [_program("nginx"), "-p", str(folder), "-c", str(settings), "-g", "daemon off;"]
        self.process = Process("nginx", command, dict(os.environ), folder)
        self.process.wait_for(lambda: _listens(self.port), "listen")

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


def start_web(name: str, folder: Path, environment: dict[str, str], arguments: list[str]) -> Process:
    return Process(name, [sys.executable, *arguments], environment, folder)


def wait_until_ready(process: Process, port: int) -> None:
    process.wait_for(lambda: _is_ready(port), "become ready")


def _is_ready(port: int) -> bool:
    # A web answers only to its own host names, and knows by the header that the outside speaks https.
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/ready", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=5):
            return True
    except OSError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _write_certificate(path: Path, key_path: Path) -> None:
    """A certificate of `localhost` that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
