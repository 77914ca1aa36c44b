"""Copying one sale into the second database: its goods, prices and terms, without people (REHEARSAL-2).

Runs in a process whose database is the second one. Rows are taken with what they refer to. Of people nothing is copied: a column that
names a person is empty, or names the stand-in where it may not be empty.
"""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

import psycopg
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Field, ForeignKey, Model
from psycopg import sql

ROOTS = {
    "flashsales.SaleItem": "sale_id = {sale}",
    "flashsales.StyleQuantityTerms": (
        "sale_id = {sale} OR sale_id IS NULL"
        " AND style_id IN (SELECT style_id FROM flashsales_saleitem WHERE sale_id = {sale})"
    ),
    "flashsales.SaleFreightTerms": "for_sale_id = {sale}",
    "flashsales.StyleListing": "sale_id = {sale}",
    "flashsales.StyleSearch": "sale_id = {sale}",
    "pricing.PriceListItem": "price_list_id = {price_list}",
    "pricing.PriceListRow": "price_list_id = {price_list}",
    "membership.TierTableVersion": "true",
}
"""Rows that belong to a sale, or to all of them; what they refer to is found by the keys of their models."""
PEOPLE = ("accounts.Person", "membership.Reseller")
LEFT_OUT = {("flashsales.Sale", "rerun_of")}
"""Keys that lead to what a rehearsal does not need."""

EMPTIED = {"brands.Brand": ("contact", "return_address", "reason")}
"""Words about people in what is copied."""

Ids = dict[type[Model], set[int]]


class PersonNeeded(Exception):
    """A row that would be copied names a member: it belongs to people and not to the sale."""


def copy_sale(source: psycopg.Connection[Any], sale_id: int, *, stand_in_id: int) -> dict[str, int]:
    """Copy a published sale; returns the number of copied rows by table. `source` reads one snapshot."""
    with transaction.atomic():
        wanted = _find_rows(source, sale_id)
        models = _in_order(wanted)
        _empty(models)
        return {model._meta.db_table: _copy_rows(source, model, wanted[model], stand_in_id) for model in models}


def _find_rows(source: psycopg.Connection[Any], sale_id: int) -> Ids:
    """The ids of all rows to copy by their model."""
    sale = apps.get_model("flashsales", "Sale")
    [price_list] = _column(source, "SELECT price_list_id FROM flashsales_sale WHERE id = %s", [sale_id])
    values = {"sale": sql.Literal(sale_id), "price_list": sql.Literal(price_list)}
    wanted: Ids = {sale: {sale_id}}
    for label, condition in ROOTS.items():
        model = apps.get_model(label)
        query = sql.SQL("SELECT id FROM {} WHERE {}").format(
            sql.Identifier(model._meta.db_table), sql.SQL(condition).format(**values)
        )
        wanted[model] = set(_column(source, query))
    todo = {model: set(ids) for model, ids in wanted.items()}
    while todo:
        model, ids = todo.popitem()
        for key in _keys(model):
            target = key.related_model
            assert isinstance(target, type)
            found = _referred(source, model, key, ids) - wanted.get(target, set())
            if found:
                wanted.setdefault(target, set()).update(found)
                todo.setdefault(target, set()).update(found)
    return wanted


def _in_order(wanted: Ids) -> list[type[Model]]:
    """Tables that others refer to come first: triggers look for their rows at once. Where two refer to each other, keys that are checked
    when the transaction ends allow any order."""
    ordered: dict[type[Model], None] = {}
    begun: set[type[Model]] = set()

    def put(model: type[Model]) -> None:
        if model in begun:
            return
        begun.add(model)
        for key in _keys(model):
            assert isinstance(key.related_model, type)
            put(key.related_model)
        if wanted.get(model):
            ordered[model] = None

    for each in wanted:
        put(each)
    return list(ordered)


def _keys(model: type[Model]) -> list["ForeignKey[Any, Any]"]:
    """The keys whose rows are copied too."""
    return [
        field
        for field in _columns(model)
        if isinstance(field, ForeignKey)
        and field.related_model._meta.label not in PEOPLE
        and (model._meta.label, field.name) not in LEFT_OUT
    ]


def _columns(model: type[Model]) -> list["Field[Any, Any]"]:
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def _referred(
    source: psycopg.Connection[Any], model: type[Model], key: "ForeignKey[Any, Any]", ids: Iterable[int]
) -> set[int]:
    query = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE id = ANY(%s) AND {0} IS NOT NULL").format(
        sql.Identifier(key.column), sql.Identifier(model._meta.db_table)
    )
    return set(_column(source, query, [sorted(ids)]))


def _empty(models: Iterable[type[Model]]) -> None:
    """Remove rows that migrations made, such as categories: where the service runs they may have other ids by now."""
    tables = ", ".join(model._meta.db_table for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def _copy_rows(source: psycopg.Connection[Any], model: type[Model], ids: set[int], stand_in_id: int) -> int:
    fields = _columns(model)
    table = sql.Identifier(model._meta.db_table)
    values = sql.SQL(", ").join(_value(model, field, stand_in_id) for field in fields)
    names = sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)
    read = sql.SQL("COPY (SELECT {} FROM {} WHERE id = ANY({})) TO STDOUT (FORMAT BINARY)").format(
        values, table, sql.Literal(sorted(ids))
    )
    write = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(table, names)
    with connection.cursor() as cursor, source.cursor().copy(read) as reading, cursor.cursor.copy(write) as writing:
        for part in reading:
            writing.write(part)
    return len(ids)


def _value(model: type[Model], field: "Field[Any, Any]", stand_in_id: int) -> sql.Composable:
    """A column as it is, and in place of a person nobody or the stand-in; nothing of words about people."""
    if field.name in EMPTIED.get(model._meta.label, ()):
        return sql.SQL("''")
    column = sql.Identifier(str(field.column))
    if not isinstance(field, ForeignKey) or field in _keys(model):
        return column
    if field.null:
        return sql.SQL("NULL::bigint")
    if field.related_model._meta.label != "accounts.Person":
        raise PersonNeeded(f"{model._meta.label}.{field.name}")
    return sql.SQL("{}::bigint").format(sql.Literal(stand_in_id))


def _column(source: psycopg.Connection[Any], query: sql.Composed | LiteralString, values: Any = None) -> list[Any]:
    return [value for (value,) in source.execute(query, values).fetchall()]


def count_members(source: psycopg.Connection[Any]) -> Mapping[int, int]:
    """How many members each tier has."""
    return dict(source.execute("SELECT tier, count(*) FROM membership_reseller GROUP BY tier").fetchall())
