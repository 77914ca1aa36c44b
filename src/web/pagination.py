"""Keyset pages: the next page starts after the last row seen, so no page is slow, and none skips or repeats a row that stays."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Generic, TypeVar

from django.db.models import CharField, DateField, DateTimeField, ForeignKey, IntegerField, Model, Q, QuerySet
from django.db.models import Field as Column
from ninja import Schema
from pydantic import Field

from kernel.refusal import Invalid
from web.schemas import Cursor, Output

Row = TypeVar("Row", bound=Model)
View = TypeVar("View")
Item = TypeVar("Item")

MAX_LIMIT = 100
_BEYOND_INTEGERS = 2**63


class InvalidCursor(Invalid):
    code = "web.invalid_cursor"
    zh = "翻页标记（cursor）不是这个列表的，请从第一页重新开始"
    en = "The page cursor (cursor) is not one of this list; start again from the first page"


class PageQuery(Schema):
    """How a list is asked for: `cursor` is the `next_cursor` of the page before."""

    cursor: Cursor = ""
    limit: int = Field(50, ge=1, le=MAX_LIMIT)


class PageOut(Output, Generic[Item]):
    """A page of a list; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[View]):
    items: list[View]
    next_cursor: str | None


def paginate(
    rows: QuerySet[Row], *, name: str, order: tuple[str, ...], cursor: str, limit: int, view: Callable[[Row], View]
) -> Page[View]:
    """One page of `rows` in `order` (field names, all ascending or all with "-"; the last must be unique).

    `name` is the list's own name, with the id of that whose rows it lists: `inventory.changes_of_upload:17`. A cursor of a list of
    another name or another order is refused, because there it would skip rows. Filters are not part of the name: a cursor is a place
    in the order, whichever rows are shown. Order fields must not be nullable and should be the columns of one index.
    """
    rows, mark = rows.order_by(*order), _mark(name, order)
    if cursor:
        rows = rows.filter(_beyond(order, _decode(cursor, mark, rows.model, order)))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit
    return Page([view(row) for row in shown], _encode(shown[-1], mark, order) if more else None)


def encode_place(values: Sequence[int | datetime], *, name: str, order: tuple[str, ...]) -> str:
    """The cursor of a list that a statement of its own reads; `values` are the place of the last row shown."""
    return _pack([_mark(name, order), *values])


def decode_place(cursor: str, *, name: str, order: tuple[str, ...], types: Sequence[type]) -> list[Any]:
    """The values of a cursor that `encode_place` made, each `int` or `datetime`. Refuses any other cursor."""
    readers = [partial(_read, column=DateTimeField() if each is datetime else IntegerField()) for each in types]
    return _unpack(cursor, _mark(name, order), readers)


def _mark(name: str, order: tuple[str, ...]) -> str:
    """What every cursor of a list in an order begins with. It tells lists apart and keeps no secret."""
    return hashlib.sha256("\n".join([name, *order]).encode()).hexdigest()[:10]


def _beyond(order: tuple[str, ...], values: list[Any]) -> Q:
    condition = Q()
    for depth in reversed(range(len(order))):
        name, operator = order[depth].lstrip("-"), "lt" if order[depth].startswith("-") else "gt"
        step = Q(**{f"{name}__{operator}": values[depth]})
        condition = step if depth == len(order) - 1 else step | (Q(**{name: values[depth]}) & condition)
    # The plain bound on the first column lets the index start there; the rest only breaks ties.
    first, operator = order[0].lstrip("-"), "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{operator}": values[0]}) & condition


def _encode(row: Model, mark: str, order: tuple[str, ...]) -> str:
    values = [mark]
    for name in order:
        value: Any = row
        for part in name.lstrip("-").split("__"):
            value = getattr(value, part)
        values.append(value)
    return _pack(values)


def _pack(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    packed = json.dumps(plain, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decode(cursor: str, mark: str, model: type[Model], order: tuple[str, ...]) -> list[Any]:
    """The values of a cursor, each as its column keeps it."""
    return _unpack(cursor, mark, [partial(_read, column=_column(model, name)) for name in order])


def _unpack(cursor: str, mark: str, readers: Sequence[Callable[[Any], Any]]) -> list[Any]:
    """A forged cursor, or one of another list, is refused here."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != 1 + len(readers) or values[0] != mark:
            raise InvalidCursor
        return [read(value) for read, value in zip(readers, values[1:], strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as cause:
        raise InvalidCursor from cause


def _column(model: type[Model], name: str) -> "Column[Any, Any]":
    """The column that an order field of `paginate` names, through relations as the ORM spells them."""
    first, _, rest = name.lstrip("-").partition("__")
    column = model._meta.get_field(first)
    assert isinstance(column, Column), f"{name} is no column"
    if not isinstance(column, ForeignKey):
        return column
    return _column(column.related_model, rest) if rest else column.target_field


def _read(value: Any, column: "Column[Any, Any]") -> Any:
    match column:
        case IntegerField() if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _BEYOND_INTEGERS:
            return value
        case DateTimeField() if isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        case DateField() if isinstance(value, str):
            return date.fromisoformat(value)
        case CharField() if isinstance(value, str) and "\x00" not in value:
            value.encode()  # a lone surrogate is no text
            return value
    raise ValueError("not a value of this column")
