"""The second database of a rehearsal: made on the same server, dropped at the end (REHEARSAL-2)."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from db import sql as sql_of_service

SUFFIX = "_rehearsal_"


class MayNotCreate(Exception):
    """The role of the service may not create databases."""


def source_url() -> str:
    """The address of the service's own database."""
    return _url(_own_name())


def second_url(rehearsal_id: int) -> str:
    return _url(second_name(rehearsal_id))


def second_name(rehearsal_id: int) -> str:
    """Each rehearsal has a name of its own: one that is being cancelled drops its database while the next one makes another."""
    return f"{_own_name()}{SUFFIX}{rehearsal_id}"


def _own_name() -> str:
    """As the server calls it: a pooler may have a name of its own for it."""
    return str(sql_of_service.value("SELECT current_database()", {}))


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
def second_database(rehearsal_id: int) -> Iterator[str]:
    """The address of a database without data, which is dropped afterwards."""
    drop_second_database(rehearsal_id)
    with _server() as server:
        try:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(second_name(rehearsal_id)), sql.Identifier(settings.REHEARSAL_TEMPLATE)
                )
            )
        except psycopg.errors.InsufficientPrivilege as cause:
            raise MayNotCreate from cause
    try:
        yield second_url(rehearsal_id)
    finally:
        drop_second_database(rehearsal_id)


def drop_second_database(rehearsal_id: int) -> None:
    """End what is connected to the database of a rehearsal, and drop it; does nothing where there is none."""
    with _server() as server:
        _drop(server, second_name(rehearsal_id))


def drop_left_over(running: Collection[int]) -> int:
    """Drop the databases of rehearsals but those that are running; returns how many there were."""
    kept = {second_name(each) for each in running}
    with _server() as server:
        found = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_own_name() + SUFFIX])
        names = [name for (name,) in found.fetchall() if name not in kept]
        for name in names:
            _drop(server, name)
    return len(names)


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _server() -> psycopg.Connection[Any]:
    """A connection outside transactions, to the service's own database."""
    return psycopg.connect(source_url(), autocommit=True)
