"""Recovery to a moment, as docs/deploy/backups.md has it: a base backup, archived WAL, and `recovery_target_time`."""

import os
import subprocess
from pathlib import Path

import psycopg

from embedded import Server, postgres
from embedded.process import wait_until

ARCHIVING = """
wal_level = replica
archive_mode = on
archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'
"""
RECOVERY = """
archive_mode = off
restore_command = 'cp {archive}/%f %p'
recovery_target_time = '{target}'
recovery_target_action = 'promote'
"""


def test_a_cluster_is_recovered_to_the_moment_before_a_mistake(folder: Path) -> None:
    live, archive, base = folder / "live", folder / "archive", folder / "base"
    postgres.start(live).stop()
    archive.mkdir()
    _give_to_the_server(archive, live)
    (live / "conf.d" / "60-archive.conf").write_text(ARCHIVING.format(archive=archive))
    server = postgres.start(live)
    try:
        with psycopg.connect(server.url, autocommit=True) as database:
            database.execute("CREATE TABLE orders (id int PRIMARY KEY)")
            database.execute("INSERT INTO orders VALUES (1)")
            _take_base_backup(server, base)
            database.execute("INSERT INTO orders SELECT generate_series(2, 1000)")
            target = database.execute("SELECT clock_timestamp()::text").fetchone()
            database.execute("DELETE FROM orders WHERE id > 500")
            database.execute("INSERT INTO orders VALUES (1001)")
    finally:
        server.stop()  # PostgreSQL archives its last segment before it ends
    assert target
    (base / "conf.d" / "60-archive.conf").write_text(RECOVERY.format(archive=archive, target=target[0]))
    (base / "recovery.signal").touch()
    _give_to_the_server(base, live)
    recovered = postgres.start(base)
    try:
        with psycopg.connect(recovered.url, autocommit=True) as database:
            wait_until(lambda: database.execute("SELECT pg_is_in_recovery()").fetchone() == (False,), 30)
            assert database.execute("SELECT count(*), max(id) FROM orders").fetchone() == (1000, 1000)
            database.execute("INSERT INTO orders VALUES (1001)")
    finally:
        recovered.stop()


def _take_base_backup(server: Server, base: Path) -> None:
    programs = postgres.programs()
    assert programs
    command = [
        str(programs / "pg_basebackup"),
        "--pgdata",
        str(base),
        "--dbname",
        server.url,
        "--checkpoint=fast",
        "--no-sync",
    ]
    subprocess.run(command, check=True, timeout=60)


def _give_to_the_server(path: Path, cluster: Path) -> None:
    """Under root the server runs as another account."""
    owner = cluster.stat()
    for each in (path, *path.rglob("*")):
        os.chown(each, owner.st_uid, owner.st_gid)
