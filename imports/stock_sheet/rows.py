"""StockRow, one SKU of a sheet; Rows, many of them at low cost; Reading, everything that a workbook gives."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, overload

from imports.cells.numbers import price_text
from imports.reading_message import ReadingMessage
from imports.report import Fault, Ignored, Outcome, Question
from imports.size_charts.chart import ChartTable


@dataclass(frozen=True, slots=True)
class StockRow:
    """One SKU as the sheet has it. Prices are fen, `row` is 1-based; `col` is the cell of the quantity (H5) in a
    matrix and None elsewhere; `picture` is the sha256 of a picture in `Reading.pictures`, and `more_pictures` are those of further
    pictures of the line; `picture_links` are addresses that stand where a picture is expected. `defect` is the remark that names a defect,
    "" where remarks name none, None where there is no remark.
    """

    sheet: str | None
    row: int
    col: str | None
    style_no: str
    colour: str | None
    size: str
    barcode: str | None
    tag_price_fen: int
    base_price_fen: int
    quantity: int
    name: str | None = None
    category: str | None = None
    season: str | None = None
    year: int | None = None
    gender: str | None = None
    brand: str | None = None
    remark: str | None = None
    picture: str | None = None
    defect: str | None = None
    fabric: str | None = None
    origin: str | None = None
    selling_point: str | None = None
    more_pictures: tuple[str, ...] | None = None
    picture_links: tuple[str, ...] | None = None


_RARE: Final = ("defect", "fabric", "origin", "selling_point", "more_pictures", "picture_links")
COLUMNS: Final = tuple(each.name for each in dataclasses.fields(StockRow))


@dataclass(frozen=True, slots=True)
class Origin:
    """The table of a sheet that some rows came from: `start` to `stop` (half open) among the rows of the reading.

    `columns` gives, for each field that has a column, its letters and its heading as the sheet has it. In a matrix
    a row has the cell and the heading of its quantity itself (`col` and `size`).
    """

    sheet: str | None
    start: int
    stop: int
    columns: dict[str, tuple[str, str]]


class Rows(Sequence[StockRow]):  # noqa: PLW1641 - mutable, so without a hash
    """A sequence of StockRow stored as columns: 100,000 of them take a few megabytes, and a COPY reads `columns`."""

    __slots__ = ("columns",)

    def __init__(self, columns: dict[str, list[Any]] | None = None) -> None:
        self.columns: dict[str, list[Any]] = columns if columns is not None else {name: [] for name in COLUMNS}

    def __len__(self) -> int:
        return len(self.columns["row"])

    @overload
    def __getitem__(self, at: int) -> StockRow: ...
    @overload
    def __getitem__(self, at: slice) -> Rows: ...
    def __getitem__(self, at: int | slice) -> StockRow | Rows:
        if isinstance(at, slice):
            return Rows({name: values[at] for name, values in self.columns.items()})
        return StockRow(*(self.columns[name][at] for name in COLUMNS))

    def __iter__(self) -> Iterator[StockRow]:
        for values in zip(*(self.columns[name] for name in COLUMNS), strict=True):
            yield StockRow(*values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Rows):
            return self.columns == other.columns
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Rows({len(self)})"

    def __getstate__(self) -> tuple[int, dict[str, list[Any] | tuple[Any]]]:
        """The form for another process: a column with one value throughout, as a third of them have, is sent as that value."""
        size = len(self)
        return size, {name: (values[0],) if _is_constant(values) else values for name, values in self.columns.items()}

    def __setstate__(self, state: tuple[int, dict[str, list[Any] | tuple[Any]]]) -> None:
        size, columns = state
        self.columns = {
            name: [*values] * size if isinstance(values, tuple) else values for name, values in columns.items()
        }

    def extend(self, columns: dict[str, list[Any]]) -> None:
        for name in COLUMNS:
            self.columns[name].extend(columns[name])

    def truncate(self, size: int) -> None:
        """Keep only the first rows."""
        for values in self.columns.values():
            del values[size:]

    def keep(self, places: list[int]) -> None:
        """Keep only the rows at these places, in their order."""
        for name, values in self.columns.items():
            self.columns[name] = [values[at] for at in places]


def _is_constant(values: list[Any]) -> bool:
    return bool(values) and values[0] is values[-1] and values.count(values[0]) == len(values)


@dataclass(slots=True)
class Reading(ReadingMessage):
    """Everything that a stock workbook gives.

    `outcome` accept: `rows` can be used, `faults` name what cannot. `refuse`: `reason` says why the whole file
    was not read. `ask_mapping`: `questions` must be answered first; rows of other tables are given all the same.
    `lines` is the last used line of each sheet read; every line up to it is in exactly one of rows, faults and
    ignored (in a matrix: every filled cell of a line). `pictures` holds the bytes of each picture by sha256,
    `origins` the columns that the rows came from. `taken` is how many rows are used where the caller refused some.
    `size_charts` are those of sheets of their own, without the ones that have a fault (IMPORT-26).
    """

    NOUNS: ClassVar[tuple[str, str]] = ("个商品", "items")

    outcome: Outcome
    reason: str | None = None
    details: tuple[str, ...] = ()
    kind: str | None = None
    rows: Rows = field(default_factory=Rows)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lines: dict[str | None, int] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    notes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    taken: int | None = None
    size_charts: list[ChartTable] = field(default_factory=list)

    def place(self, at: int, name: str) -> tuple[str, str]:
        """Letters and heading of the column that gives the field `name` of the row `at`; empty where there is none."""
        cell = self.rows.columns["col"][at]
        if name == "quantity" and cell:
            return cell.rstrip("0123456789"), self.rows.columns["size"][at]
        index = bisect_right(self.origins, at, key=lambda origin: origin.start) - 1
        return self.origins[index].columns.get(name, ("", "")) if index >= 0 else ("", "")


def rows_json(rows: Rows) -> Iterator[dict[str, Any]]:
    """Rows as `check --json` prints them: prices in yuan as decimal strings; what few lines have only where it is."""
    keys = [name.removesuffix("_fen") for name in COLUMNS]
    columns = [map(price_text, rows.columns[name]) if name.endswith("_fen") else rows.columns[name] for name in COLUMNS]
    for values in zip(*columns, strict=True):
        entry = dict(zip(keys, values, strict=True))
        for name in _RARE:
            if not entry[name]:
                del entry[name]
        yield entry
