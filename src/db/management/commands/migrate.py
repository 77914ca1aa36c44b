"""Django's `migrate`, which refuses a database from before the first release with one sentence."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from db.old_databases import OLD_DATABASE, is_from_before_the_first_release


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        applied = set(MigrationRecorder(connection).applied_migrations())
        if is_from_before_the_first_release(applied, set(MigrationLoader(None).disk_migrations)):
            raise CommandError(OLD_DATABASE)
        whole = not (options["app_label"] or options["plan"] or options["check_unapplied"])
        if whole and (missing := missing_columns(connection)):
            # Until the first release initial migrations were edited in place: the database has an earlier state of them.
            raise CommandError(f"{OLD_DATABASE} (It has no column {missing[0]}.)")
        super().handle(*args, **options)


def missing_columns(connection: BaseDatabaseWrapper) -> list[str]:
    """Columns that the migrations that were applied should have made and the database does not have, as table.column."""
    loader = MigrationLoader(connection)
    applied = [each for each in loader.applied_migrations if each in loader.graph.nodes]
    models = loader.project_state(applied).apps.get_models(include_auto_created=True) if applied else ()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        )
        found = set(cursor.fetchall())
    return [
        f"{model._meta.db_table}.{field.column}"
        for model in models
        for field in model._meta.local_concrete_fields
        if model._meta.managed and field.column and (model._meta.db_table, field.column) not in found
    ]
