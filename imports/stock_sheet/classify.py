"""Which lines of a table are goods, and what the others are; totals are compared with the lines above them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from operator import itemgetter

from imports import fields, vocabulary
from imports.cells.numbers import parse_units
from imports.cells.text import MISSING, Problem, display_text, has_problem, normalize
from imports.layout.lines import category_of, is_single_text
from imports.layout.tables import Table
from imports.report import Ignored
from imports.stock_sheet.batch import Batch, count_of, required_fields
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.line_kinds import HEADER, kind_of_line
from imports.stock_sheet.parsed_once import ParsedOnce
from imports.workbook.model import Row, Value, is_blank

_FIRST_LINES = 3
_MAX_LINES_OF_A_STYLE = 300


class HeaderFound(Exception):
    """A line turned out to be a heading that the first look had missed."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def classify_lines(batch: Batch, builder: ReadingBuilder) -> None:
    """Say of each line whether it is goods, and list the others as ignored. Raises HeaderFound for a heading among the goods."""
    table = batch.table
    irregular, marked = _irregular_lines(batch), _marked_lines(batch)
    batch.goods = [True] * len(batch.rows)
    batch.broken = [False] * len(batch.rows)
    category: str | None = None
    has_category = "category" in table.columns
    categories: dict[int, str | None] = {}
    running = _RunningTotals(batch, irregular | marked)
    batch.heads = _heads_of_groups(batch, sorted(irregular))
    for at, why in _lines_without_item(batch, irregular, marked):
        batch.goods[at] = False
        builder.ignored.append(Ignored(table.sheet.name, batch.numbers[at], why, batch.numbers[at]))
        if why == "example_row":
            builder.fault(table.sheet, batch.numbers[at], None, None, "example_row", None, fatal=False)
        elif why in ("subtotal", "total"):
            running.check(at, why, builder)
        elif at in batch.heads:
            running.check_head(at, _lines_of_group(batch, at), builder)
        elif why == "category_line":
            text = is_single_text(batch.rows[at], table.header.left, table.header.right)
            text = text or display_text(batch.raw(fields.STYLE_NO, at))
            category = category_of(text) if text else None
            running.mark(at)
            categories[at] = category
    builder.units[table.sheet.name] += sum(compress(running.values, batch.goods))
    batch.categories = []
    if not has_category and categories:
        now: str | None = None
        for at in range(len(batch.rows)):
            now = categories.get(at, now)
            batch.categories.append(now)


def _irregular_lines(batch: Batch) -> set[int]:
    """Lines that lack what goods need, or are known for something else."""
    table = batch.table
    found: set[int] = set()
    for name in required_fields(table):
        if not has_problem(batch.parsed[name]):
            continue
        found.update(at for at, value in enumerate(batch.parsed[name]) if value.__class__ is Problem and value.fatal)
    found.update(at - table.start for at in table.repeats)
    found.update(at - table.start for at in table.sheet.card_lines if table.start <= at < table.stop)
    return found


def _heads_of_groups(batch: Batch, irregular: list[int]) -> set[int]:
    """Lines with a style number but no colour, size or barcode, above lines with sizes but no style number.

    One alone, above a single line, is two slips sooner than a group.
    """
    if batch.table.is_matrix or fields.SIZE not in batch.parsed:
        return set()
    own = (fields.SIZE, fields.COLOUR, fields.BARCODE)
    found = {
        at: _lines_of_group(batch, at)
        for at in irregular
        if isinstance(batch.parsed[fields.STYLE_NO][at], str) and all(is_blank(batch.raw(name, at)) for name in own)
    }
    heads = {at for at, lines in found.items() if lines}
    return heads if len(heads) > 1 or any(found[at] > 1 for at in heads) else set()


def _lines_of_group(batch: Batch, at: int) -> int:
    """How many lines follow that have a size and no style number of their own."""
    stop = at + 1
    styles, sizes = batch.parsed[fields.STYLE_NO], batch.parsed[fields.SIZE]
    while stop < len(styles) and styles[stop] is MISSING and isinstance(sizes[stop], str):
        stop += 1
    return stop - at - 1


def _lines_without_item(batch: Batch, irregular: set[int], marked: set[int]) -> Iterator[tuple[int, str]]:
    """Each with what it is instead. Raises HeaderFound."""
    table = batch.table
    last_goods = _last_goods(batch, required_fields(table), irregular)
    ended = False
    for at in sorted(irregular | marked | set(range(min(_FIRST_LINES, len(batch.rows))))):
        why = kind_of_line(table, batch.rows[at], table.start + at, table.start + last_goods)
        if why == HEADER:
            raise HeaderFound(table.start + at)
        if why is not None:
            batch.heads.discard(at)
        elif at in batch.heads:
            why = "card"
        if why is None and _is_sum_of_its_style(batch, at):
            why = "subtotal"
        if at > last_goods:
            ended = ended or why == "total" or (why == "footer" and _begins_an_appendix(table, batch.rows[at]))
            if ended and why is None and _has_few_figures(batch, at):
                why = "footer"
        if why is not None:
            yield at, why


def _begins_an_appendix(table: Table, row: Row) -> bool:
    text = is_single_text(row, table.header.left, table.header.right)
    return text is not None and vocabulary.APPENDIX_LABEL.search(text) is not None


def _has_few_figures(batch: Batch, at: int) -> bool:
    """Whether a line has a figure for at most one of what makes goods: two prices and units."""
    table, row = batch.table, batch.rows[at]
    units = [*(column for sizes in table.header.sizes for column in sizes.labels), *table.warehouses]
    said = [batch.raw(name, at) for name in (fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT, fields.QUANTITY)]
    said.append(next((row[column] for column in units if _holds_a_figure(row[column])), None))
    return sum(map(_holds_a_figure, said)) <= 1


def _holds_a_figure(value: Value) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and any(map(str.isdigit, value)))


def _is_sum_of_its_style(batch: Batch, at: int) -> bool:
    """A line with a style number and a quantity alone, which is what the lines of that style above add up to."""
    units, style = batch.parsed.get(fields.QUANTITY), batch.parsed[fields.STYLE_NO][at]
    if units is None or not isinstance(units[at], int) or not isinstance(style, str):
        return False
    empty = (fields.SIZE, fields.COLOUR, fields.TAG_PRICE, fields.BASE_PRICE, fields.BARCODE)
    if any(not is_blank(batch.raw(name, at)) for name in empty):
        return False
    total = lines = 0
    for before in range(at - 1, -1, -1):
        if batch.parsed[fields.STYLE_NO][before] != style:
            break
        total += count_of(units[before])
        lines += 1
        if lines > _MAX_LINES_OF_A_STYLE:
            return False
    return lines > 1 and total == units[at]


def _marked_lines(batch: Batch) -> set[int]:
    """Lines that parse but whose style, name or remark says total or example."""
    found: set[int] = set()
    for name in (fields.STYLE_NO, "name", "remark"):
        column = batch.column(name)
        if column is None:
            continue
        said = set(map(itemgetter(column), batch.rows))
        marked = {value for value in said if isinstance(value, str) and _is_marked(value)}
        if marked:
            found.update(at for at, row in enumerate(batch.rows) if row[column] in marked)
    return found


def _is_marked(value: str) -> bool:
    if value.isascii() and not vocabulary.ASCII_MARK.search(value):  # as nearly all style numbers are
        return False
    return bool(
        vocabulary.EXAMPLE_LABEL.search(value) or (len(value) < 40 and vocabulary.TOTAL_LABEL.match(normalize(value)))
    )


def _last_goods(batch: Batch, needed: list[str], suspects: set[int]) -> int:
    for at in range(len(batch.rows) - 1, -1, -1):
        if at not in suspects:
            return at
    quantity = fields.QUANTITY if fields.QUANTITY in batch.parsed else fields.STYLE_NO
    for at in range(len(batch.rows) - 1, -1, -1):
        good = sum(
            not (isinstance(batch.parsed[name][at], Problem) and batch.parsed[name][at].fatal) for name in needed
        )
        if good * 2 >= len(needed) and not isinstance(batch.parsed[quantity][at], Problem):
            return at
    return -1


class _RunningTotals:
    """Sums of quantities since the last subtotal and since the top, to check totals against (IMPORT-15)."""

    def __init__(self, batch: Batch, suspects: set[int]) -> None:
        self.batch = batch
        self.others = suspects
        self.added_up = self.units_above = self.units_at_mark = 0
        self.units_of_all: int | None = None
        self.column = batch.column(fields.QUANTITY)
        if batch.table.is_matrix or self.column is None:
            self.column = batch.column(fields.TOTAL)
        self.sums = self._prefix()

    def _prefix(self) -> list[int]:
        batch = self.batch
        if batch.table.is_matrix:
            columns = {column for sizes in batch.table.header.sizes for column in sizes.labels}
            parsed_once = ParsedOnce(parse_units)
            values = [sum(count_of(parsed_once[row[column]]) for column in columns) for row in batch.rows]
        elif fields.QUANTITY in batch.parsed:
            values = [units if units.__class__ is int else count_of(units) for units in batch.parsed[fields.QUANTITY]]
        else:
            values = [0] * len(batch.rows)
        self.values = values
        return values

    def mark(self, at: int) -> None:
        self.units_at_mark = self._above(at + 1)

    def _above(self, stop: int) -> int:
        """Units of the goods on the lines before `stop`, of which it is known already whether they are goods; each is added once."""
        for place in range(self.added_up, stop):
            if self.batch.goods[place]:
                self.units_above += self.values[place]
        self.added_up = max(self.added_up, stop)
        return self.units_above

    def check_head(self, at: int, lines: int, builder: ReadingBuilder) -> None:
        """The units that a head of a group says are those of its lines."""
        said, self.values[at] = self.values[at], 0
        real = sum(self.values[at + 1 : at + 1 + lines])
        if said and said != real:
            self._report(at, said, real, builder)

    def check(self, at: int, why: str, builder: ReadingBuilder) -> None:
        batch = self.batch
        own = self.values[at]
        self.values[at] = 0
        said = own
        if self.column is not None:
            parsed = parse_units(batch.rows[at][self.column])
            said = count_of(parsed)
        total = self._above(at)
        part = total - self.units_at_mark
        self.units_at_mark = self._above(at + 1)
        if total == 0:  # a total above its lines
            total = self._below(at)
        above = total + builder.units[batch.table.sheet.name]  # of all blocks of the sheet
        if said and said not in (total, part, above):
            self._report(at, said, part if why == "subtotal" else total, builder)

    def _below(self, at: int) -> int:
        """Units of the lines that are goods for all that is known at the line `at`."""
        first = sum(
            value
            for place, value in enumerate(self.values[:_FIRST_LINES])
            if self.batch.goods[place] and place not in self.others
        )
        if self.units_of_all is None:
            rest = enumerate(self.values[_FIRST_LINES:], _FIRST_LINES)
            self.units_of_all = sum(value for place, value in rest if place not in self.others)
        return first + self.units_of_all

    def _report(self, at: int, said: int, real: int, builder: ReadingBuilder) -> None:
        table = self.batch.table
        place = table.sheet, self.batch.numbers[at], self.column, table.heading(self.column)
        builder.fault(*place, "total_mismatch", float(said), (str(real),), fatal=False)
