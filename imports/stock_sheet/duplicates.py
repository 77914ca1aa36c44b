"""The same SKU in several rows: within a sheet, across sheets, by barcode, by warehouse; and sheets that sum up others."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from imports import fields, vocabulary
from imports.cells.numbers import parse_units
from imports.cells.text import Problem, fold_case
from imports.report import Fault, Ignored
from imports.stock_sheet.builder import ReadingBuilder
from imports.workbook.model import column_index

_COMPARED = (
    ("quantity", "数量", "quantity"),
    ("tag_price_fen", "吊牌价", "tag price"),
    ("base_price_fen", "供货价", "supply price"),
    ("barcode", "条码", "barcode"),
)
_MAX_NAMED_LINES = 20


def drop_summaries(builder: ReadingBuilder) -> None:
    """Drop the rows of sheets that are named as summaries and of which every SKU is on another sheet too."""
    columns = builder.rows.columns
    sheets = list(dict.fromkeys(columns["sheet"]))
    named = [
        name for name in sheets if name and (vocabulary.SUMMARY_SHEET.search(name) or name in ("全部", "所有", "总"))
    ]
    if not named or len(sheets) < 2:
        return
    skus: dict[str | None, set[Any]] = defaultdict(set)
    rows: dict[str | None, set[int]] = defaultdict(set)
    for sku, sheet, row in zip(_sku_keys(builder), columns["sheet"], columns["row"], strict=True):
        skus[sheet].add(sku)
        rows[sheet].add(row)
    sheets_with = Counter(sku for of_sheet in skus.values() for sku in of_sheet)
    faulty = {(fault.sheet, fault.row) for fault in builder.faults}
    dropped: set[str | None] = set()
    for name in named:
        if any(sheets_with[sku] == 1 for sku in skus[name]):
            continue
        sheets_with.subtract(skus[name])
        dropped.add(name)
        lines = sorted(rows[name])
        builder.ignored += [Ignored(name, row, "summary_sheet", row) for row in lines if (name, row) not in faulty]
        builder.warnings.append(Fault(name, lines[0], None, None, "summary_sheet", name))
    if dropped:
        builder.keep([at for at, sheet in enumerate(columns["sheet"]) if sheet not in dropped])


def drop_duplicates(builder: ReadingBuilder) -> None:
    """Exact repeats and repeated barcodes cost the later line; contradictions cost both (IMPORT-12).

    Lines that name different warehouses, cartons or batches are no contradiction: they are one SKU (IMPORT-17).
    """
    keys = _sku_keys(builder)
    duplicates = _Duplicates(builder)
    if len(set(keys)) != len(keys):
        first_of: dict[Any, int] = {}
        groups: dict[Any, list[int]] = {}
        for at, key in enumerate(keys):
            first = first_of.setdefault(key, at)
            if first != at:
                groups.setdefault(key, [first]).append(at)
        for group in groups.values():
            duplicates.resolve_sku(group)
    duplicates.resolve_barcodes(keys)
    dropped = duplicates.dropped | duplicates.summed
    if dropped:
        columns = builder.rows.columns
        summed_lines = {(columns["sheet"][at], columns["row"][at]) for at in duplicates.summed}
        builder.keep([at for at in range(len(keys)) if at not in dropped])
        _ignore_summed_lines(builder, summed_lines)


def _sku_keys(builder: ReadingBuilder) -> list[Any]:
    """What tells SKUs apart: style number, colour and size, whatever the case of their letters."""
    columns = [builder.rows.columns[name] for name in ("style_no", "colour", "size")]
    distinct = [set(values) for values in columns]
    if all(len({fold_case(value or "") for value in values}) == len(values) for values in distinct):
        return list(zip(*columns, strict=True))
    return [fold_case(f"{style}\x00{colour or ''}\x00{size}") for style, colour, size in zip(*columns, strict=True)]


def _ignore_summed_lines(builder: ReadingBuilder, lines: set[tuple[str | None, int]]) -> None:
    """Ignore the lines that give neither a row nor a fault any more: their units are in another row."""
    columns = builder.rows.columns
    lines -= set(zip(columns["sheet"], columns["row"], strict=True))
    lines -= {(fault.sheet, fault.row) for fault in builder.faults}
    builder.ignored += [Ignored(sheet, row, "summed", row) for sheet, row in sorted(lines, key=lambda line: line[1])]


@dataclass(slots=True)
class _Duplicates:
    """Decides which rows of a SKU stay. `dropped` rows were reported, the units of `summed` rows were added to another row."""

    builder: ReadingBuilder
    dropped: set[int] = field(default_factory=set)
    summed: set[int] = field(default_factory=set)

    def resolve_sku(self, group: list[int]) -> None:
        """Decide about all rows of one SKU, in the order of the workbook."""
        sheets = self._values("sheet")
        first = group[0]
        same_sheet = [at for at in group if sheets[at] == sheets[first]]
        if self._are_locations(same_sheet):
            self._sum_locations(same_sheet)
        else:
            for at in same_sheet[1:]:
                self._compare(first, at)
        for at in group:
            if sheets[at] != sheets[first]:
                self._drop(at, fields.STYLE_NO, "duplicate_across_sheets", sheets[first] or "", self._line(first))

    def resolve_barcodes(self, keys: list[Any]) -> None:
        """Drop the later rows of a barcode that several SKUs have."""
        codes = self._values("barcode")
        filled = [code for code in codes if code is not None]
        if len(set(filled)) == len(filled):
            return
        first_of: dict[str, int] = {}
        gone = self.dropped | self.summed
        for at, code in enumerate(codes):
            if code is not None and at not in gone:
                first = first_of.setdefault(code, at)
                if keys[first] != keys[at]:
                    self._drop(at, fields.BARCODE, "duplicate_barcode", self._line(first))

    def _are_locations(self, group: list[int]) -> bool:
        """Whether every row names its location, there is more than one, and all but the quantity is the same."""
        locations = {self.builder.location_of[at] for at in group}
        compared = [self._values(name) for name, _, _ in _COMPARED if name != "quantity"]
        return (
            None not in locations
            and len(locations) > 1
            and all(len({values[at] for at in group}) == 1 for values in compared)
        )

    def _sum_locations(self, group: list[int]) -> None:
        """Add up the units of all locations. A location twice is a repeat with the same units, a conflict with others."""
        units = self._values("quantity")
        first_of: dict[Any, int] = {}
        repeats: dict[int, int] = {}
        for at in group:
            first = first_of.setdefault(self.builder.location_of[at], at)
            if first != at:
                repeats[at] = first
        if any(units[at] != units[first] for at, first in repeats.items()):
            for at in group[1:]:
                self._drop_both(group[0], at, "数量", "quantity")
            return
        for at, first in repeats.items():
            self._drop(at, fields.STYLE_NO, "duplicate_row", self._line(first))
        rows = list(first_of.values())
        total = parse_units(float(sum(units[at] for at in rows)))
        if isinstance(total, Problem) and total.fatal:
            for at in rows:
                self._drop(at, fields.QUANTITY, total.code)
            return
        units[rows[0]] = total.value if isinstance(total, Problem) else total
        lines = [self._line(at) for at in rows[:_MAX_NAMED_LINES]] + ["…"] * (len(rows) > _MAX_NAMED_LINES)
        self._report(rows[0], fields.QUANTITY, Problem("summed_lines", "、".join(lines), ", ".join(lines), fatal=False))
        self.summed.update(rows[1:])

    def _compare(self, first: int, at: int) -> None:
        differing = [names for name, *names in _COMPARED if self._values(name)[first] != self._values(name)[at]]
        if differing:
            self._drop_both(first, at, "、".join(zh for zh, _ in differing), ", ".join(en for _, en in differing))
        else:
            self._drop(at, fields.STYLE_NO, "duplicate_row", self._line(first))

    def _drop_both(self, first: int, at: int, zh: str, en: str) -> None:
        for one, other in ((first, at), (at, first)):
            if one not in self.dropped:
                self._drop(one, fields.STYLE_NO, "conflicting_duplicate", self._line(other), zh, en)

    def _drop(self, at: int, name: str, code: str, *details: str) -> None:
        self._report(at, name, Problem(code, *details))
        self.dropped.add(at)

    def _report(self, at: int, name: str, problem: Problem) -> None:
        """Report a row at its column for the field, or, in a matrix, at the cell of its quantity."""
        table = self.builder.tables[self.builder.table_of[at]]
        cell = self._values("col")[at]
        place = table.columns.get(name)
        if place is None and name == fields.QUANTITY and table.warehouses:
            place = table.warehouses[0]
        heading = table.heading(place)
        if cell:
            place, heading = column_index(cell.rstrip("0123456789")), self._values("size")[at]
        value = str(self._values(name)[at])
        self.builder.report(table.sheet, self._values("row")[at], place, heading, problem, value)

    def _line(self, at: int) -> str:
        return str(self._values("row")[at])

    def _values(self, column: str) -> list[Any]:
        return self.builder.rows.columns[column]
