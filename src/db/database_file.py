"""`database.sql` of an app: its functions, triggers and views as they are now.

Every statement in it can be run again (CREATE OR REPLACE, or DROP IF EXISTS before CREATE). To change one, edit the file and move the
operation `apply_database_file` from the migration that has it, and from the squashed one, into the new one: a new database then runs the
file when all columns that it names are there, and an existing one runs it once more. A function, trigger or view that leaves the file is
dropped by the new migration. A test compares the files with a migrated database.
"""

from pathlib import Path

from django.db.migrations import RunSQL

SRC = Path(__file__).resolve().parents[1]


def database_file(app: str) -> Path:
    """The path of the app's file, which need not exist."""
    return SRC / app / "database.sql"


def apply_database_file(app: str) -> RunSQL:
    """The migration operation that runs the app's file. Its reverse does nothing: triggers and views are dropped with their tables."""
    return RunSQL(database_file(app).read_text(encoding="utf-8"), RunSQL.noop)
