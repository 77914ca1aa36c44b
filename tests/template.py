"""Migrates the database of which all others of a test run are copies. Run in a process of its own, beside the collection of the tests.

`python -m tests.template NAME` creates the database NAME on the server of DATABASE_URL. It has another name until it is complete. What
stopped it is left in the file `migration-failed` of the run's folder.

Where pg_dump is at hand, what was migrated is kept as a dump for the next run with the same migrations, of any checkout of the account: it
is read in a second, where the migrations take eight or more.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection as django_connection

from embedded import postgres

PATIENCE_SECONDS = 600
KEPT_DUMPS = 8
ROOT = Path(__file__).resolve().parents[1]


def main(name: str) -> None:
    """Raises nothing: who waits for the database reads the file."""
    url = os.environ["DATABASE_URL"]
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}_new" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}_new"')
        new = urlunsplit(urlsplit(url)._replace(path=f"/{name}_new"))
        # With a server of somebody else the versions of the programs may not fit.
        if os.environ.get("WEICANG_TEST_SERVER") != "embedded":
            _migrate(new)
        elif not restore_kept(new):
            _migrate(new)
            _keep(new)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    except BaseException:
        _failure().write_text(traceback.format_exc())
        raise


def restore_kept(url: str) -> bool:
    """Fill an empty database of the embedded PostgreSQL with what an earlier run migrated. False where none is kept."""
    programs, dump = postgres.programs(), _kept_dump()
    if programs is None or not dump.exists():
        return False
    options = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={dump}")
    _run(programs / "psql", url, *options)
    return True


def _migrate(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    django.setup()
    call_command("migrate", verbosity=0)
    django_connection.close()
    django_connection.close_pool()  # type: ignore[attr-defined]  # the stubs do not know pools


def migrations_digest() -> str:
    """Changes with each migration, each function of the database, the settings, and the versions of Django and PostgreSQL."""
    digest = hashlib.sha256(os.environ.get("WEICANG_POSTGRES", "").encode())
    patterns = (
        "src/*/migrations/*.py",
        "src/*/database.sql",
        "src/config/settings.py",
        "requirements/*.txt",
        "tests/template.py",
    )
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _kept_dump() -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "weicang-tests" / f"{migrations_digest()}.sql"


def _keep(url: str) -> None:
    """Write the dump, whole or not at all, and delete all but the latest ones. Where it cannot be written the next run migrates again."""
    programs, dump = postgres.programs(), _kept_dump()
    if programs is None:
        return
    try:
        dump.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=dump.parent) as folder:
            _run(programs / "pg_dump", url, "--no-owner", f"--file={folder}/dump")
            (Path(folder) / "dump").rename(dump)
        for old in sorted(dump.parent.glob("*.sql"), key=lambda kept: kept.stat().st_mtime)[:-KEPT_DUMPS]:
            old.unlink(missing_ok=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.stderr.write(f"The migrated database is not kept for the next run: {problem}\n")


def _run(program: Path, url: str, *options: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    subprocess.run([program, f"--dbname={url}", *options], check=True, env=environment)


def wait_for_template() -> str:
    """The name of the migrated database, once it is there. Raises RuntimeError with what stopped the migrations."""
    name, until = os.environ["WEICANG_TEST_TEMPLATE"], time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        while not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            if _failure().exists() or time.monotonic() > until:
                told = _failure().read_text() if _failure().exists() else "It took too long."
                raise RuntimeError(f"The database of the tests could not be migrated.\n{told}")
            time.sleep(0.1)
    return name


def _failure() -> Path:
    return Path(os.environ["WEICANG_TEST_RUN"]) / "migration-failed"


if __name__ == "__main__":
    main(sys.argv[1])
