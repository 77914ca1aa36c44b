"""Migrates the database of which all others of a test run are copies. Run in a process of its own, beside the collection of the tests.

`python -m tests.template NAME` creates the database NAME on the server of DATABASE_URL. It has another name until it is complete. What
stopped it is left in the file `migration-failed` of the run's folder.
"""

import os
import sys
import time
import traceback
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection as django_connection

PATIENCE_SECONDS = 600


def main(name: str) -> None:
    """Raises nothing: who waits for the database reads the file."""
    url = os.environ["DATABASE_URL"]
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}_new" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}_new"')
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}_new"))
        django.setup()
        call_command("migrate", verbosity=0)
        django_connection.close()
        django_connection.close_pool()  # type: ignore[attr-defined]  # the stubs do not know pools
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    except BaseException:
        _failure().write_text(traceback.format_exc())
        raise


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
