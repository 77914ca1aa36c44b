"""A lookup for long lists of ids."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup[Any]):
    """`filter(pk__any_of=ids)`: the column is one of the values, which are sent as one array.

    `__in` sends a placeholder for each value, which costs as much CPU as the rest of the query where there are a thousand.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[Any]) -> None:
        super().__init__(lhs, list(rhs))

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        if not self.rhs:
            raise EmptyResultSet
        left, parameters = self.process_lhs(compiler, connection)
        column_type = self.lhs.output_field.cast_db_type(connection)
        return f"{left} = ANY(%s::{column_type}[])", (*parameters, self.rhs)
