"""One table → its columns parsed, its lines sorted, its rows and faults accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from imports import cells
from imports import vocabulary as words
from imports.cells import MISSING, Problem
from imports.layout.lines import category_of, is_single_text
from imports.layout.tables import PIECES, Table
from imports.report import Ignored
from imports.stock_sheet.lines import HEADER, sort_of_line
from imports.stock_sheet.memo import Memo
from imports.stock_sheet.sheetbook import Account
from imports.workbook.model import Row, Value, is_blank

_PARSERS: dict[str, Callable[[Value], Any]] = {
    words.STYLE: cells.style,
    words.COLOUR: cells.colour,
    words.SIZE: cells.size,
    words.BARCODE: cells.barcode,
    words.TAG: cells.price,
    words.BASE: cells.price,
    words.DISCOUNT: cells.discount,
    words.QUANTITY: cells.units,
}
_FIRST_LINES = 3
_TEXT_FIELDS = ("name", "category", "season", "gender", "brand", "remark")
_YEAR = re.compile(r"^(?:20)?(\d{2})\s*年?$")


class NewHeader(Exception):
    """A line turned out to be a heading that the first look had missed."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(slots=True)
class Batch:
    """The goods of one table on their way to rows: parallel lists over its lines.

    `wrong_parts` are, by line, the warehouse columns that hold no quantity.
    """

    table: Table
    rows: list[Row]
    numbers: list[int]
    parsed: dict[str, list[Any]] = field(default_factory=dict)
    goods: list[bool] = field(default_factory=list)
    broken: list[bool] = field(default_factory=list)
    categories: list[str | None] = field(default_factory=list)
    wrong_parts: dict[int, list[tuple[int, Problem]]] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        return self.table.columns.get(name)

    def raw(self, name: str, at: int) -> Value:
        column = self.column(name)
        return None if column is None else self.rows[at][column]


def read_table(table: Table, account: Account) -> Batch:
    """Parse the table's columns and sort its lines. Raises NewHeader for a heading among the goods."""
    sheet = table.sheet
    _fill_merges(table)
    batch = Batch(table, sheet.rows[table.start : table.stop], sheet.numbers[table.start : table.stop])
    for name, parse in _PARSERS.items():
        column = batch.column(name)
        if column is not None:
            batch.parsed[name] = Memo(parse).of_column(batch.rows, column)
    _split_combined(batch)
    _apply_formats(batch)
    _refuse_shares_as_tags(batch)
    if table.warehouses:
        _sum_warehouses(batch)
    _sort_lines(batch, account)
    return batch


def required_fields(table: Table) -> list[str]:
    """The fields without which a line of this table is no goods, in the order of its columns (IMPORT-6)."""
    names = [name for name in words.REQUIRED if name in table.columns or (name == words.QUANTITY and table.warehouses)]
    if words.COLOUR_AND_SIZE in table.columns:
        names.append(words.SIZE)
    if table.is_matrix:
        names = [name for name in names if name not in (words.SIZE, words.QUANTITY)]
    return names


def _fill_merges(table: Table) -> None:
    """A cell merged down over several lines says the same for each; a quantity or barcode does not."""
    sheet = table.sheet
    if not sheet.merges:
        return
    never = {table.columns.get(words.QUANTITY), table.columns.get(words.BARCODE), *table.warehouses}
    never |= {column for row in table.header.sizes for column in row.labels}
    used = (set(table.columns.values()) | set(table.locations)) - never
    if not table.rows_between():
        return
    first, last = sheet.numbers[table.start], sheet.numbers[table.stop - 1]
    for top, left, bottom, _ in sheet.merges:
        if top >= bottom or left not in used or bottom < first or top > last:
            continue
        value = sheet.value(top, left)
        if is_blank(value):
            continue
        at = sheet.index_of(top)
        assert at is not None
        for index in range(max(at + 1, table.start), table.stop):
            if sheet.numbers[index] > bottom:
                break
            if sheet.rows[index][left] is None:
                sheet.rows[index][left] = value


def _split_combined(batch: Batch) -> None:
    """颜色及规格 such as 黑色;L holds the colour and, last, the size."""
    column = batch.column(words.COLOUR_AND_SIZE)
    if column is None or words.SIZE in batch.parsed:
        return
    sizes: list[Any] = []
    colours: list[Any] = []
    for row in batch.rows:
        value = row[column]
        pieces = [piece for piece in PIECES.split(cells.tidy(value)) if piece] if isinstance(value, str) else []
        if len(pieces) >= 2:
            sizes.append(cells.size(pieces[-1].rpartition(":")[2]))
            colours.append(cells.colour("/".join(piece.rpartition(":")[2] for piece in pieces[:-1])))
        else:
            sizes.append(MISSING if is_blank(value) else Problem("bad_size"))
            colours.append(None)
    batch.parsed[words.SIZE] = sizes
    if words.COLOUR not in batch.parsed:
        batch.parsed[words.COLOUR] = colours


def _apply_formats(batch: Batch) -> None:
    """Numbers whose display says more than the number: per cent, foreign money, two decimals."""
    table = batch.table
    sheet = table.sheet
    for name in (words.TAG, words.BASE, words.DISCOUNT):
        column = batch.column(name)
        if column is None:
            continue
        if name != words.DISCOUNT and words.currency_of(table.heading(column) or "") is not None:
            batch.parsed[name] = [
                value if isinstance(value, Problem) else Problem("foreign_currency") for value in batch.parsed[name]
            ]
        if not sheet.formats:
            continue
        for at, number in enumerate(batch.numbers):
            said = sheet.formats.get((number, column))
            if said is None:
                continue
            value = batch.rows[at][column]
            if not isinstance(value, float):
                continue
            parsed = batch.parsed[name][at]
            if said == "percent":
                rate = cells.discount(value, percent=True)
                if name == words.DISCOUNT:
                    batch.parsed[name][at] = rate
                else:
                    batch.parsed[name][at] = (
                        Problem("discount", value=rate) if isinstance(rate, Decimal) else Problem("bad_number")
                    )
            elif said.startswith("currency:") and name != words.DISCOUNT:
                batch.parsed[name][at] = Problem("foreign_currency")
            elif said == "decimals:2" and isinstance(parsed, Problem) and parsed.code == "too_many_decimals":
                text = cells.price_text(parsed.value)
                batch.parsed[name][at] = Problem("rounded_price", text, value=parsed.value, fatal=False)


def _refuse_shares_as_tags(batch: Batch) -> None:
    """A tag price of 2.5折 is a share of nothing."""
    tags = batch.parsed.get(words.TAG, [])
    for at, tag in enumerate(tags) if cells.has_problem(tags) else ():
        if tag.__class__ is Problem and tag.code == "discount":
            tags[at] = Problem("bad_number")


def _sum_warehouses(batch: Batch) -> None:
    table = batch.table
    memo = Memo(cells.units)
    total_column = batch.column(words.TOTAL)
    sums: list[Any] = []
    for row in batch.rows:
        parts = [memo[row[column]] for column in table.warehouses]
        bad = [
            (column, p)
            for column, p in zip(table.warehouses, parts, strict=True)
            if isinstance(p, Problem) and p.fatal and p.code != "missing_required"
        ]
        if bad:
            batch.wrong_parts[len(sums)] = bad
            sums.append(bad[0][1])
        elif all(isinstance(part, Problem) and part.fatal for part in parts):
            sums.append(MISSING if total_column is None else memo[row[total_column]])
        else:
            found = sum(map(_count, parts))
            sums.append(cells.units(float(found)))
    batch.parsed[words.QUANTITY] = sums


def _sort_lines(batch: Batch, account: Account) -> None:
    table = batch.table
    needed = required_fields(table)
    irregular: set[int] = set()
    for name in needed:
        if not cells.has_problem(batch.parsed[name]):
            continue
        irregular.update(
            at for at, value in enumerate(batch.parsed[name]) if value.__class__ is Problem and value.fatal
        )
    irregular.update(at - table.start for at in table.repeats)
    irregular.update(at - table.start for at in table.sheet.card_lines if table.start <= at < table.stop)
    marked = _marked_lines(batch)
    suspects = sorted(irregular | marked | set(range(min(_FIRST_LINES, len(batch.rows)))))
    batch.goods = [True] * len(batch.rows)
    batch.broken = [False] * len(batch.rows)
    category: str | None = None
    has_category = "category" in table.columns
    categories: dict[int, str | None] = {}
    last_goods = _last_goods(batch, needed, irregular)
    running = _Running(batch, irregular | marked)
    for at in suspects:
        why = sort_of_line(table, batch.rows[at], table.start + at, table.start + last_goods)
        if why == HEADER:
            raise NewHeader(table.start + at)
        if why is None and _is_sum_of_its_style(batch, at):
            why = "subtotal"
        if why is None:
            continue
        batch.goods[at] = False
        account.ignored.append(Ignored(table.sheet.name, batch.numbers[at], why, batch.numbers[at]))
        if why == "example_row":
            account.fault(table.sheet, batch.numbers[at], None, None, "example_row", None, fatal=False)
        elif why in ("subtotal", "total"):
            running.check(at, why, account)
        elif why == "category_line":
            text = is_single_text(batch.rows[at], table.header.left, table.header.right)
            text = text or cells.shown(batch.raw(words.STYLE, at))
            category = category_of(text) if text else None
            running.mark(at)
            categories[at] = category
    batch.categories = []
    if not has_category and categories:
        now: str | None = None
        for at in range(len(batch.rows)):
            now = categories.get(at, now)
            batch.categories.append(now)


def _is_sum_of_its_style(batch: Batch, at: int) -> bool:
    """A line with a style number and a quantity alone, which is what the lines of that style above add up to."""
    units, style = batch.parsed.get(words.QUANTITY), batch.parsed[words.STYLE][at]
    if units is None or not isinstance(units[at], int) or not isinstance(style, str):
        return False
    empty = (words.SIZE, words.COLOUR, words.TAG, words.BASE, words.BARCODE)
    if any(not is_blank(batch.raw(name, at)) for name in empty):
        return False
    total = lines = 0
    for before in range(at - 1, -1, -1):
        if batch.parsed[words.STYLE][before] != style:
            break
        total += _count(units[before])
        lines += 1
    return lines > 1 and total == units[at]


def _marked_lines(batch: Batch) -> set[int]:
    """Lines that parse but whose style, name or remark says total or example."""
    found: set[int] = set()
    for name in (words.STYLE, "name", "remark"):
        column = batch.column(name)
        if column is None:
            continue
        values = [row[column] for row in batch.rows]
        marked = {value for value in set(values) if isinstance(value, str) and _is_marked(value)}
        if marked:
            found.update(at for at, value in enumerate(values) if value in marked)
    return found


def _is_marked(value: str) -> bool:
    return bool(words.EXAMPLE_LABEL.search(value) or (len(value) < 40 and words.TOTAL_LABEL.match(cells.tidy(value))))


def _last_goods(batch: Batch, needed: list[str], suspects: set[int]) -> int:
    for at in range(len(batch.rows) - 1, -1, -1):
        if at not in suspects:
            return at
    quantity = words.QUANTITY if words.QUANTITY in batch.parsed else words.STYLE
    for at in range(len(batch.rows) - 1, -1, -1):
        good = sum(
            not (isinstance(batch.parsed[name][at], Problem) and batch.parsed[name][at].fatal) for name in needed
        )
        if good * 2 >= len(needed) and not isinstance(batch.parsed[quantity][at], Problem):
            return at
    return -1


class _Running:
    """Sums of quantities since the last subtotal and since the top, to check totals against (IMPORT-15)."""

    def __init__(self, batch: Batch, suspects: set[int]) -> None:
        self.batch = batch
        self.others = suspects
        self.since = 0
        self.column = batch.column(words.QUANTITY)
        if batch.table.is_matrix or self.column is None:
            self.column = batch.column(words.TOTAL)
        self.sums = self._prefix()

    def _prefix(self) -> list[int]:
        batch = self.batch
        if batch.table.is_matrix:
            columns = {column for sizes in batch.table.header.sizes for column in sizes.labels}
            memo = Memo(cells.units)
            values = [sum(_count(memo[row[column]]) for column in columns) for row in batch.rows]
        elif words.QUANTITY in batch.parsed:
            values = [_count(value) for value in batch.parsed[words.QUANTITY]]
        else:
            values = [0] * len(batch.rows)
        self.values = values
        return values

    def mark(self, at: int) -> None:
        self.since = at + 1

    def check(self, at: int, why: str, account: Account) -> None:
        batch = self.batch
        own = self.values[at]
        self.values[at] = 0
        said = own
        if self.column is not None:
            parsed = cells.units(batch.rows[at][self.column])
            said = _count(parsed)
        total = sum(value for place, value in enumerate(self.values[:at]) if batch.goods[place])
        part = sum(value for place, value in enumerate(self.values[self.since : at], self.since) if batch.goods[place])
        self.since = at + 1
        if total == 0:  # a total above its lines
            total = sum(
                value for place, value in enumerate(self.values) if batch.goods[place] and place not in self.others
            )
        if said and said not in (total, part):
            real = part if why == "subtotal" else total
            account.fault(
                batch.table.sheet,
                batch.numbers[at],
                self.column,
                batch.table.heading(self.column),
                "total_mismatch",
                float(said),
                (str(real),),
                fatal=False,
            )


def _count(parsed: Any) -> int:
    if isinstance(parsed, Problem):
        return parsed.value if isinstance(parsed.value, int) else 0
    return parsed if isinstance(parsed, int) else 0


def text_columns(batch: Batch, account: Account) -> dict[str, list[Any]]:
    """Names, seasons, remarks of every line; what is odd in them is a warning, never the loss of a row."""
    table = batch.table
    found: dict[str, list[Any]] = {}
    for name in _TEXT_FIELDS:
        column = batch.column(name)
        if column is None:
            found[name] = (
                list(batch.categories) if name == "category" and batch.categories else [None] * len(batch.rows)
            )
            continue
        values = Memo(cells.free_text).of_column(batch.rows, column)
        for at, value in enumerate(values) if cells.has_problem(values) else ():
            if value.__class__ is Problem:
                if batch.goods[at]:
                    account.problem(
                        table.sheet, batch.numbers[at], column, table.heading(column), value, batch.rows[at][column]
                    )
                values[at] = value.value
        found[name] = values
    column = batch.column("year")
    if column is None:
        found["year"] = [None] * len(batch.rows)
    else:
        found["year"] = Memo(_year).of_column(batch.rows, column)
    found["picture"] = _pictures(batch)
    return found


def _year(value: Value) -> int | None:
    if isinstance(value, float) and value == int(value) and 1990 <= value <= 2100:
        return int(value)
    match = _YEAR.match(cells.tidy(cells.shown(value))) if value is not None else None
    return 2000 + int(match.group(1)) if match else None


def _pictures(batch: Batch) -> list[str | None]:
    sheet = batch.table.sheet
    if not sheet.pictures and not sheet.floating:
        return [None] * len(batch.rows)
    left, right = batch.table.header.left, batch.table.header.right
    by_row: dict[int, str] = {}
    last = batch.numbers[-1] if batch.numbers else 0
    for first, end, column, digest in sheet.floating:
        if left <= column <= max(right, sheet.width + 5):
            for number in range(first, min(end, last) + 1):
                by_row.setdefault(number, digest)
    merged = {(top, at): (top, bottom) for top, at, bottom, _ in sheet.merges}
    for (row, column), digest in sheet.pictures.items():
        if left <= column <= max(right, sheet.width):
            top, bottom = merged.get((row, column), (row, row))
            for number in range(top, min(bottom, max(last, top)) + 1):
                by_row[number] = digest
    return [by_row.get(number) for number in batch.numbers]
