"""Builders whose rows are kept: what a builder wrote in one test is inserted again in the next, instead of being built anew.

To build a paid and shipped order takes 300 statements through a dozen services; to insert its rows again takes one. A builder
that is decorated with `built_once` runs as always the first time. The rows that it inserted, changed and deleted are then kept, with
what it returned, as a step from the state of the database in which it began. Where a later test of the same process calls the same
builder in the same state, the step is repeated: with the same ids, which no sequence gives out twice.

The first state is that of a transaction that has written nothing. A step leads from a state to another one only as long as nothing
else writes: PostgreSQL counts the rows that a transaction has written, and the state and its count stand in a setting of the transaction,
which a rollback to a savepoint takes back. In every other case the builder simply runs: in a test that commits, after a
write of the test itself, with other arguments or Django settings.
"""

import functools
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, is_dataclass
from typing import Any, ParamSpec, TypeVar

from django.conf import UserSettingsHolder, settings
from django.db import connection, transaction

from tests.rows import Rows, columns_by_table, read_rows, statements_between

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Built = TypeVar("Built", bound=type)


@dataclass
class State:
    """A content of the database, by the tables that differ from a migrated one, and the steps that begin here."""

    number: int
    rows: Rows
    steps: "dict[str, Step]" = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What a builder did: the statements that write its rows, its pickled result, and what it put off until the commit."""

    after: State
    statements: str
    result: bytes
    on_commit: list[tuple[Callable[[], object], bool]]


_states: list[State] = []

TABLES = "SELECT array_agg(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
WRITTEN = """pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid)"""


def built_once(build: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Keep the rows of a function or method. Its result is pickled; `self` and the arguments count by their `repr`."""

    @functools.wraps(build)
    def repeated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return _repeat(_call(build, args, kwargs), lambda: build(*args, **kwargs))

    return repeated


def built_once_class(built: Built) -> Built:
    """Keep the rows that the constructor of a class writes, together with the attributes that it sets."""
    construct = built.__init__  # type: ignore[misc]

    @functools.wraps(construct)
    def repeated(self: Any, *args: Any, **kwargs: Any) -> None:
        def attributes() -> dict[str, Any]:
            construct(self, *args, **kwargs)
            return dict(vars(self))

        vars(self).update(_repeat(_call(type(self), args, kwargs), attributes))

    built.__init__ = repeated  # type: ignore[misc]
    return built


def _call(build: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Which builder is called with what. An object that is still being built, as a dataclass in its `__post_init__`, has no `repr` yet."""
    values = [vars(each) if is_dataclass(each) and hasattr(each, "__dict__") else each for each in args]
    return f"{build.__module__}.{build.__qualname__} {values} {kwargs}"


def _repeat(call: str, build: Callable[[], Result]) -> Result:
    if not connection.in_atomic_block:
        return build()
    state = _state()
    if state is None:
        return build()
    key = f"{call} {_changed_settings()}"
    step = state.steps.get(key)
    if step is None:
        return _first_time(key, state, build)
    with connection.cursor() as cursor:
        cursor.execute(f"{step.statements}{_note(step.after)}")
    for function, is_robust in step.on_commit:
        transaction.on_commit(function, robust=is_robust)
    result: Result = pickle.loads(step.result)
    return result


def _first_time(key: str, state: State, build: Callable[[], Result]) -> Result:
    put_off = len(connection.run_on_commit)
    if not _states[0].rows:
        _states[0].rows = read_rows(columns_by_table())
    before = _counts()
    result = build()
    after = _counts()
    try:
        pickled = pickle.dumps(result)
    except (pickle.PicklingError, AttributeError, TypeError):
        return result
    rows = read_rows([table for table, count in after.items() if count != before.get(table, 0)])
    new = State(len(_states), {**state.rows, **rows})
    _states.append(new)
    # The stubs of Django do not know that each has three parts.
    new_on_commit: list[Any] = connection.run_on_commit[put_off:]
    on_commit = [(function, is_robust) for _, function, is_robust in new_on_commit]
    state.steps[key] = Step(new, statements_between(state.rows, rows), pickled, on_commit)
    with connection.cursor() as cursor:
        cursor.execute(_note(new))
    return result


def _state() -> State | None:
    """The state in which the transaction is; None where something else has written."""
    if not _states:
        _states.append(State(0, {}))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_xact_id_if_assigned() IS NOT NULL, nullif(current_setting('tests.state', true), ''), "
            + _total()
        )
        [(has_written, noted, total)] = cursor.fetchall()
    if not has_written:
        return _states[0]
    number, total_then = map(int, noted.split()) if noted else (0, -1)
    return _states[number] if total_then == total else None


def _counts() -> dict[str, int]:
    """The count of rows that the transaction has written, by table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT relname, {WRITTEN} FROM pg_class WHERE oid = ANY('{_tables()}') AND {WRITTEN} > 0")
        return dict(cursor.fetchall())


def _note(state: State) -> str:
    """The statement that writes into the transaction that its rows are those of `state`."""
    return f"SELECT set_config('tests.state', '{state.number} ' || {_total()}, true)"


def _total() -> str:
    return f"(SELECT coalesce(sum({WRITTEN}), 0)::bigint FROM unnest('{_tables()}'::oid[]) AS tables(oid))"


@functools.cache
def _tables() -> str:
    """The numbers of all tables of this process's database, as PostgreSQL writes an array."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        [(found,)] = cursor.fetchall()
    return f"{{{','.join(map(str, found))}}}"


def _changed_settings() -> str:
    """Which settings a test has changed, and to what."""
    changed: dict[str, Any] = {}
    holder: Any = settings._wrapped
    while isinstance(holder, UserSettingsHolder):
        changed = {name: value for name, value in vars(holder).items() if name.isupper()} | changed
        holder = holder.default_settings
    return repr(sorted(changed.items()))
