"""`python -m demo.run_inside tools/check_migrations.py`: no migration is missing, and none would stop a running service.

A service that runs while a new version is migrated meets the new schema with the old code. django-migration-linter refuses what breaks
that: a column dropped or renamed, a NOT NULL without a default in the database, an index or a unique constraint built under a lock. The
initial migrations are left out: they were applied to empty databases only.
"""

import logging
import sys

import django
from django.core.management import call_command

# Migrations that the linter refuses and that are safe all the same: the name and the reason.
ACCEPTED: dict[str, str] = {
    "0005_parcels": "a varchar becomes longer, which rewrites nothing and which the old code does not notice",
    "0005_refunds_to_source": "it makes the table of its indexes; the linter misreads the brackets in their conditions",
    "0018_longer_sources": "a varchar becomes longer, which rewrites nothing",
    "0022_longer_notes": "a varchar becomes longer, which rewrites nothing",
}


def has_unsafe_migrations(app: str | None = None) -> bool:
    """Lint all migrations but the initial ones, of all apps or of one; the linter prints which it refuses and why."""
    from django_migration_linter import MigrationLinter  # noqa: PLC0415 - reads the settings when it is imported

    logging.getLogger("django_migration_linter").setLevel(logging.WARNING)
    linter = MigrationLinter(
        ignore_initial_migrations=True,
        ignore_name=ACCEPTED,
        all_warnings_as_errors=True,
        no_cache=True,
        quiet=["ok", "ignore"],
    )
    linter.lint_all_migrations(app_label=app)
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
