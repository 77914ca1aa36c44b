"""Rows become frozen dataclasses: by attribute (`view_of`) and by column (`fetch`), with enums, and with refusal of what does not fit."""

import enum
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated

import pytest

from db import sql
from db.rows import row_builder, view_of


class Colour(enum.StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Garment:
    id: int
    colour: Colour
    lining: Colour | None
    label: Annotated[Colour, "shown"]
    sizes: list[Colour]


ROW = SimpleNamespace(id=7, colour="red", lining=None, label="red", sizes=["red"], more="not a field")


def test_view_of_reads_attributes_and_makes_members_of_enums() -> None:
    view = view_of(Garment, ROW)
    assert view == Garment(7, Colour.RED, None, Colour.RED, ["red"])  # type: ignore[list-item]  # lists stay as they are
    assert (type(view.colour), type(view.label)) == (Colour, Colour)


def test_view_of_takes_given_values_before_attributes() -> None:
    assert view_of(Garment, ROW, lining=Colour.RED, id=8).lining is Colour.RED
    assert view_of(Garment, ROW, id=8).id == 8


def test_view_of_refuses_what_is_missing_unknown_or_no_member() -> None:
    with pytest.raises(AttributeError, match="sizes"):
        view_of(Garment, SimpleNamespace(id=1, colour="red", lining=None, label="red"))
    with pytest.raises(TypeError, match="season"):
        view_of(Garment, ROW, season="秋")
    with pytest.raises(ValueError, match="blue"):
        view_of(Garment, SimpleNamespace(**{**vars(ROW), "colour": "blue"}))


def test_row_builder_refuses_columns_that_are_not_the_fields() -> None:
    for columns in (["id", "colour", "lining", "label"], ["id", "colour", "lining", "label", "sizes", "more"]):
        with pytest.raises(TypeError, match="Garment has the fields"):
            row_builder(Garment, columns)


@dataclass(frozen=True, slots=True)
class Pair:
    number: int
    colour: Colour | None


@pytest.mark.django_db
def test_fetch_builds_rows_whatever_the_order_of_columns() -> None:
    statement = (
        "SELECT c.colour, c.number FROM (VALUES (1, 'red'), (2, NULL)) AS c (number, colour) WHERE number >= %(least)s"
    )
    assert sql.fetch(Pair, statement, {"least": 1}) == [Pair(1, Colour.RED), Pair(2, None)]
    assert sql.fetch_one(Pair, statement, {"least": 2}) == Pair(2, None)
    assert sql.fetch(Pair, statement, {"least": 3}) == []
    with pytest.raises(ValueError, match="not enough values"):
        sql.fetch_one(Pair, statement, {"least": 3})
    with pytest.raises(TypeError, match="Pair has the fields"):
        sql.fetch(Pair, "SELECT 1 AS number", {})


@pytest.mark.django_db
def test_column_and_value_read_one_column() -> None:
    assert sql.column("SELECT generate_series(1, %(last)s)", {"last": 3}) == [1, 2, 3]
    assert sql.value("SELECT %(number)s + 1", {"number": 1}) == 2
    with pytest.raises(ValueError, match="too many values"):
        sql.column("SELECT 1, 2", {})
