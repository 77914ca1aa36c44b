"""Errors of the database, distinguished by what PostgreSQL reports about them and never by their text."""

from django.db import Error


def constraint_of(error: Error) -> str:
    """The name of the constraint that a statement violated; "" where the error is of another kind."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
