"""The second database of a rehearsal: made on the same server, dropped at the end (REHEARSAL-2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

SUFFIX = "_rehearsal"


class MayNotCreate(Exception):
    """The role of the service may not create databases."""


def source_url() -> str:
    """The address of the service's own database."""
    return _url(_own_name())


def second_url() -> str:
    return _url(second_name())


def second_name() -> str:
    return f"{_own_name()}{SUFFIX}"


def _own_name() -> str:
    return str(connection.settings_dict["NAME"])


def _url(name: str) -> str:
    """A database of the service's server, which WEICANG_REHEARSAL_SERVER names where the service reaches it through a pooler."""
    if settings.REHEARSAL_SERVER:
        return urlunsplit(urlsplit(settings.REHEARSAL_SERVER)._replace(path=f"/{quote(name)}"))
    used = connection.settings_dict
    parts = {"host": used["HOST"], "port": used["PORT"], "user": used["USER"], "password": used["PASSWORD"]}
    # Such as `sslmode`; what is no text is Django's own.
    options = {key: value for key, value in used["OPTIONS"].items() if isinstance(value, str) and key != "options"}
    return f"postgresql:///{quote(name)}?{urlencode({key: value for key, value in (parts | options).items() if value})}"


@contextmanager
def second_database() -> Iterator[str]:
    """The address of a database without data, which is dropped afterwards. One that was left over is dropped before."""
    drop_second_database()
    with _server() as server:
        try:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(second_name()), sql.Identifier(settings.REHEARSAL_TEMPLATE)
                )
            )
        except psycopg.errors.InsufficientPrivilege as cause:
            raise MayNotCreate from cause
    try:
        yield second_url()
    finally:
        drop_second_database()


def drop_second_database() -> None:
    """End what is connected to the second database, and drop it; does nothing where there is none."""
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(second_name())))


def _server() -> psycopg.Connection[Any]:
    """A connection outside transactions, to the service's own database."""
    return psycopg.connect(source_url(), autocommit=True)
