"""Each app's `database.sql` states its functions, triggers and views as the migrated database has them."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL

from db import sql
from db.database_file import SRC, apply_database_file, database_file

WITH_FILE = [file.parent.name for file in SRC.glob("*/database.sql")]

# The functions, triggers and views of our schema, in the words of PostgreSQL.
DEFINITIONS = """
SELECT 'function ' || p.proname AS name, pg_get_functiondef(p.oid) AS definition
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger ' || t.tgname || ' of ' || t.tgrelid::regclass, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'view ' || c.relname, pg_get_viewdef(c.oid)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
"""
DROP_ALL = """
DO $$
DECLARE
    dropped record;
BEGIN
    FOR dropped IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' LOOP
        EXECUTE format('DROP VIEW %s CASCADE', dropped.name);
    END LOOP;
    FOR dropped IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', dropped.name);
    END LOOP;
END $$
"""


def definitions() -> dict[str, str]:
    return {row["name"]: row["definition"] for row in sql.rows(DEFINITIONS, {})}


def apply_all_files() -> None:
    with connection.cursor() as cursor:
        for app in sorted(WITH_FILE, key=lambda app: app != "db"):  # the others use what db has
            cursor.execute(database_file(app).read_text())


@pytest.mark.django_db
def test_the_files_alone_make_the_functions_triggers_and_views_of_the_database() -> None:
    migrated = definitions()
    assert len(migrated) > 30
    with connection.cursor() as cursor:
        cursor.execute(DROP_ALL)
    assert definitions() == {}
    apply_all_files()
    assert definitions() == migrated


@pytest.mark.django_db
def test_the_files_can_be_applied_again() -> None:
    migrated = definitions()
    apply_all_files()
    assert definitions() == migrated


@pytest.mark.django_db
def test_a_function_that_was_changed_in_the_database_only_is_noticed() -> None:
    migrated = definitions()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
    assert [name for name, text in definitions().items() if migrated[name] != text] == ["function refuse_change"]
    apply_all_files()
    assert definitions() == migrated


@pytest.mark.parametrize("is_squashed", [False, True])
def test_exactly_one_migration_of_each_app_applies_its_file(is_squashed: bool) -> None:
    """In the chain of an empty database, and in the one that its squashed migrations replace."""
    loader = MigrationLoader(None)
    chain = [name for name, each in loader.disk_migrations.items() if not each.replaces]
    applied = [
        app
        for app, name in (loader.graph.nodes if is_squashed else chain)
        for operation in loader.disk_migrations[app, name].operations
        if app in WITH_FILE and isinstance(operation, RunSQL) and operation.sql == apply_database_file(app).sql
    ]
    assert sorted(applied) == sorted(WITH_FILE)
    assert {"db", "accounts", "inventory", "ledger", "membership", "pricing"} <= set(applied)
