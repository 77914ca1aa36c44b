"""A database from before the first release is refused with one sentence, by `migrate` and by the start of the demo."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from psycopg import conninfo

from db import sql
from db.old_databases import OLD_DATABASE, is_from_before_the_first_release
from demo import supervisor

# What such databases recorded; books was the name of integrity.
OLD_CHAIN = [("accounts", "0001_people"), ("accounts", "0002_audit_is_append_only"), ("books", "0001_books_runs")]
NOW = {("accounts", "0001_initial"), ("integrity", "0001_initial"), ("inventory", "0002_first_categories")}


@pytest.mark.parametrize(
    ("applied", "is_old"),
    [
        (OLD_CHAIN, True),
        ([("auth", "0001_initial"), *OLD_CHAIN[:1]], True),
        ([], False),
        ([("accounts", "0001_initial")], False),
        ([*NOW, ("accounts", "0002_of_a_later_version"), ("gone", "0001_initial")], False),
    ],
)
def test_a_database_is_old_where_an_app_has_migrations_but_not_its_initial_one(
    applied: list[tuple[str, str]], is_old: bool
) -> None:
    assert is_from_before_the_first_release(applied, NOW) == is_old


@pytest.mark.django_db
def test_migrate_refuses_an_old_database_and_changes_nothing() -> None:
    sql.execute("DELETE FROM django_migrations", {})
    for app, name in OLD_CHAIN:
        sql.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%(app)s, %(name)s, now())",
            {"app": app, "name": name},
        )
    with pytest.raises(CommandError, match=r"python3 noxfile\.py -s demo -- --fresh$"):
        call_command("migrate", interactive=False, verbosity=0)
    recorded = sql.rows("SELECT app, name FROM django_migrations ORDER BY id", {})
    assert [(row["app"], row["name"]) for row in recorded] == OLD_CHAIN


@pytest.mark.django_db
def test_migrate_goes_on_where_the_database_is_not_old() -> None:
    call_command("migrate", interactive=False, verbosity=0)


@pytest.mark.django_db
def test_migrate_refuses_a_database_of_an_initial_migration_that_was_edited_since() -> None:
    sql.execute("ALTER TABLE brands_brand RENAME COLUMN contact TO former_contact", {})
    with pytest.raises(CommandError, match=r"-- --fresh \(It has no column brands_brand\.contact\.\)$"):
        call_command("migrate", interactive=False, verbosity=0)


@pytest.mark.django_db
def test_migrate_refuses_such_a_database_before_it_changes_anything() -> None:
    """Migrations that fill rows would stop halfway at what the database lacks."""
    sql.execute("DELETE FROM django_migrations WHERE app = 'invoices'", {})
    sql.execute("DROP TABLE flashsales_stylelisting CASCADE", {})
    with pytest.raises(CommandError, match=r"\(It has no column flashsales_stylelisting\."):
        call_command("migrate", interactive=False, verbosity=0)
    assert sql.value("SELECT count(*) FROM django_migrations WHERE app = 'invoices'", {}) == 0


@pytest.fixture
def old_database() -> Iterator[str]:
    """The address of a database that the old migrations made, as far as the demo looks at it."""
    name = "weicang_test_old"
    server = settings.DATABASES["default"]
    address = conninfo.make_conninfo(
        host=server["HOST"], port=server["PORT"], user=server["USER"], password=server["PASSWORD"], dbname="postgres"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
        url = f"postgresql://{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}/{name}"
        with psycopg.connect(url) as old:
            old.execute(
                "CREATE TABLE django_migrations (id int, app text, name text, applied timestamptz DEFAULT now())"
            )
            for app, migration in OLD_CHAIN:
                old.execute("INSERT INTO django_migrations (app, name) VALUES (%s, %s)", (app, migration))
        yield url
        connection.execute(f"DROP DATABASE {name}")


def test_the_demo_refuses_an_old_database(old_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs").mkdir()
    monkeypatch.setenv("DATABASE_URL", old_database)
    with pytest.raises(supervisor.Failed) as refused:
        supervisor._prepare(tmp_path, old_database)
    assert str(refused.value) == f"Migrating the database, collecting static files failed:\n{OLD_DATABASE}"
    assert OLD_DATABASE.endswith("-s demo -- --fresh")
