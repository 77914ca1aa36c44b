import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from embedded import AlreadyOwned, running, start_all
from embedded.process import alive, wait_until

pytestmark = pytest.mark.slow
OWNER = Path(__file__).with_name("owner.py")


@contextmanager
def another_owner(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    owner = subprocess.Popen([sys.executable, str(OWNER), str(folder)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout:
        said = owner.stdout.readline()
    try:
        yield owner, json.loads(said)
    finally:
        owner.kill()
        owner.wait()


def test_start_all_starts_both_and_ends_both(folder: Path) -> None:
    with start_all(folder) as services:
        psycopg.connect(services.database_url).close()
        with redis.Redis.from_url(services.redis_url) as connection:
            assert connection.ping()
        pids = [server.pid for server in services.servers]
        assert len(pids) == 2
    assert not any(map(alive, pids))


def test_start_all_uses_the_servers_that_the_environment_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example/mine")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/0")
    with start_all(folder) as services:
        assert services.database_url == "postgresql://me@db.example/mine"
        assert services.redis_url == "redis://cache.example/0"
        assert services.servers == ()


def test_start_all_in_a_folder_that_another_run_owns_names_that_run(folder: Path) -> None:
    with another_owner(folder) as (owner, said):
        with pytest.raises(AlreadyOwned, match=f"process {owner.pid} is using"), start_all(folder):
            pytest.fail("two runs own one folder")
        found = running(folder)
        assert found is not None
        assert found.database_url == said["database_url"]
        assert found.redis_url == said["redis_url"]


@pytest.mark.faults
def test_start_all_right_after_its_owner_was_killed_keeps_the_data(folder: Path) -> None:
    with another_owner(folder) as (owner, said):
        with psycopg.connect(said["database_url"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'committed' AS word")
        owner.kill()
        owner.wait()
        assert running(folder) is None
        with start_all(folder) as services, psycopg.connect(services.database_url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("committed",)
        assert wait_until(lambda: not any(map(alive, said["pids"])), 5)


def test_start_all_keeps_its_secrets_from_others(folder: Path) -> None:
    with start_all(folder) as services:
        password = services.database_url.split(":")[2].split("@")[0]
        readable = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
        assert not [path for path in readable if password in path.read_text(errors="ignore")]
        if os.geteuid() != 0:
            assert not folder.stat().st_mode & 0o077
    assert not (folder / "services.json").exists()
