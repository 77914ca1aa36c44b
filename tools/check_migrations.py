"""`python -m demo.run_inside tools/check_migrations.py`: no migration is missing, and none would stop a running service.

A service that runs while a new version is migrated meets the new schema with the old code. django-migration-linter refuses what breaks
that: a column dropped or renamed, a NOT NULL without a default in the database, an index or a unique constraint built under a lock. The
initial migrations are left out: they were applied to empty databases only. So are those that a squashed one replaces: they were linted
when they were new, and nobody changes them.
"""

import logging
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

# Migrations that the linter refuses and that are safe all the same: the name and the reason.
ACCEPTED: dict[str, str] = {}


def has_unsafe_migrations(app: str | None = None) -> bool:
    """Lint all migrations but those left out, of all apps or of one; the linter prints which it refuses and why."""
    # These read the settings when they are imported.
    from django_migration_linter import MigrationLinter  # noqa: PLC0415
    from django_migration_linter.constants import DJANGO_APPS_WITH_MIGRATIONS  # noqa: PLC0415

    loader = MigrationLoader(connection)

    class Linter(MigrationLinter):
        def get_sql(self, app_label: str, migration_name: str) -> list[str]:
            """As `sqlmigrate`, which would apply a squashed migration together with those that it replaces."""
            migration = loader.get_migration(app_label, migration_name)
            statements = "\n".join(loader.collect_sql([(migration, False)])).splitlines()
            return ["BEGIN;", *statements, "COMMIT;"] if migration.atomic else statements

    logging.getLogger("django_migration_linter").setLevel(logging.WARNING)
    linter = Linter(
        ignore_initial_migrations=True,
        ignore_name=ACCEPTED,
        all_warnings_as_errors=True,
        no_cache=True,
        quiet=["ok", "ignore"],
    )
    for label, name in sorted(loader.graph.nodes):
        if label not in DJANGO_APPS_WITH_MIGRATIONS and app in (None, label):
            linter.lint_migration(loader.get_migration(label, name))
    return bool(linter.has_errors)


def main() -> None:
    django.setup()
    call_command("makemigrations", check=True, dry_run=True)
    if has_unsafe_migrations():
        sys.exit(
            "A migration would stop a running service; see docs/decisions/0104-migrations-are-safe-while-the-service-runs.md"
        )


if __name__ == "__main__":
    main()
