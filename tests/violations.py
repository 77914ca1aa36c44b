"""Whether a test broke an invariant, asked of PostgreSQL in one function whose plans it keeps.

To plan the 250 statements of the integrity check takes four times as long as to run them on the rows of a test, and hundreds of tests ask.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import ClientCursor

from db import sql
from integrity.selectors import checks
from integrity.sql import restrict_to_changes
from kernel.integrity import Check, ComputedCheck, Violation

MAKE = """
CREATE SCHEMA IF NOT EXISTS of_tests;
CREATE OR REPLACE FUNCTION of_tests.is_broken() RETURNS boolean LANGUAGE plpgsql AS $is_broken$
BEGIN
    {parts}
    RETURN false;
END
$is_broken$
"""


def all_violations() -> list[Violation]:
    """As `integrity.selectors.checks.all_violations`, which it calls where there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT of_tests.is_broken()")
        [is_broken] = cursor.fetchone()
    computed = (check for each in checks.CHECKS.values() for check in each if isinstance(check, ComputedCheck))
    return (
        checks.all_violations()
        if is_broken or any(violation for check in computed for violation in check.find(_read))
        else []
    )


def _read(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return sql.rows(restrict_to_changes(statement, changes=False), parameters)


def make_function() -> None:
    """Create the function in the database of this process, outside of a transaction of a test."""
    parts = []
    connection.ensure_connection()
    with ClientCursor(connection.connection) as cursor:
        for check in (check for each in checks.CHECKS.values() for check in each):
            if isinstance(check, Check):
                statement = restrict_to_changes(check.statement, changes=False)
                parts.append(f"IF EXISTS ({cursor.mogrify(statement, check.parameters)}) THEN RETURN true; END IF;")
    with connection.cursor() as cursor:
        cursor.execute(MAKE.format(parts="\n    ".join(parts)))
