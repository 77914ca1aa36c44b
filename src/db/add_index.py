"""A migration operation that adds an index to a table in use, and can be repeated."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexAgain(AddIndexConcurrently):
    """As `AddIndexConcurrently`, after dropping what an interrupted run has left.

    A concurrent index is not part of a transaction: a migration of several that was stopped in the middle has some of them, the last one
    perhaps invalid, and begins anew.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
