"""Which lines of a table are items, and what the other lines are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from operator import itemgetter

from imports import fields, vocabulary
from imports.cells.text import MISSING, Problem, display_text, normalize
from imports.layout.lines import category_of, is_single_text
from imports.layout.table import Table
from imports.report import IgnoredWhy
from imports.stock_sheet.line_kinds import HEADER, kind_of_line
from imports.stock_sheet.table_lines import TableLines, count_of, required_fields
from imports.stock_sheet.totals import RunningTotals
from imports.workbook.model import Row, Value, is_blank

_FIRST_LINES = 3
"""These are always classified one by one, because captions and examples may read as items."""
_MAX_LINES_OF_A_STYLE = 300


class HeaderFound(Exception):
    """A line turned out to be a heading that the search for headings had missed; `at` is its index in the sheet."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def classify_lines(lines: TableLines) -> None:
    """Decide of each line whether it is an item, and ignore the others. Raises HeaderFound for a heading among the lines."""
    sheet, header = lines.table.sheet, lines.table.header
    irregular, marked = _irregular_lines(lines), _marked_lines(lines)
    lines.is_item = [True] * len(lines.rows)
    lines.is_rejected = [False] * len(lines.rows)
    lines.group_heads = _group_heads(lines, sorted(irregular))
    totals = RunningTotals(lines, irregular | marked, _FIRST_LINES)
    categories: dict[int, str | None] = {}
    for at, why in _other_lines(lines, irregular, marked):
        lines.is_item[at] = False
        lines.builder.ignore(sheet, lines.numbers[at], why)
        if why == "example_row":
            lines.report(at, None, Problem("example_row", fatal=False))
        elif why in ("subtotal", "total"):
            totals.check(at, is_subtotal=why == "subtotal")
        elif at in lines.group_heads:
            totals.check_group_head(at, _size_of_group(lines, at))
        elif why == "category_line":
            text = is_single_text(lines.rows[at], header.left, header.right)
            text = text or display_text(lines.cell(fields.STYLE_NO, at))
            categories[at] = category_of(text) if text else None
            totals.mark(at)
    lines.builder.units[sheet.name] += sum(compress(totals.values, lines.is_item))
    if categories:
        category: str | None = None
        for at in range(len(lines.rows)):
            category = categories.get(at, category)
            lines.categories.append(category)


def _irregular_lines(lines: TableLines) -> set[int]:
    """Lines that lack what an item needs, or are known as something else."""
    table = lines.table
    irregular: set[int] = set()
    for name in required_fields(table):
        irregular.update(at for at, problem in lines.columns[name].problems() if problem.fatal)
    irregular.update(at - table.start for at in table.repeats)
    irregular.update(at - table.start for at in table.sheet.card_lines if table.start <= at < table.stop)
    return irregular


def _group_heads(lines: TableLines, irregular: list[int]) -> set[int]:
    """Lines with a style number but no colour, size or barcode, above lines with sizes but no style number.

    A single one above a single line is more likely two mistakes than a group.
    """
    if lines.table.is_matrix or fields.SIZE not in lines.columns:
        return set()
    absent = (fields.SIZE, fields.COLOUR, fields.BARCODE)
    sizes = {
        at: _size_of_group(lines, at)
        for at in irregular
        if isinstance(lines.style_no.values[at], str) and all(is_blank(lines.cell(name, at)) for name in absent)
    }
    heads = {at for at, size in sizes.items() if size}
    return heads if len(heads) > 1 or any(sizes[at] > 1 for at in heads) else set()


def _size_of_group(lines: TableLines, at: int) -> int:
    """How many lines below have a size and no style number of their own."""
    stop = at + 1
    styles, sizes = lines.style_no.values, lines.size.values
    while stop < len(styles) and styles[stop] is MISSING and isinstance(sizes[stop], str):
        stop += 1
    return stop - at - 1


def _other_lines(lines: TableLines, irregular: set[int], marked: set[int]) -> Iterator[tuple[int, IgnoredWhy]]:
    """The lines that are no items, each with what it is instead. Raises HeaderFound."""
    table = lines.table
    last_item = _last_item(lines, required_fields(table), irregular)
    has_ended = False
    for at in sorted(irregular | marked | set(range(min(_FIRST_LINES, len(lines.rows))))):
        why = kind_of_line(table, lines.rows[at], table.start + at, table.start + last_item)
        if why == HEADER:
            raise HeaderFound(table.start + at)
        if why is not None:
            lines.group_heads.discard(at)
        elif at in lines.group_heads:
            why = "card"
        elif _is_sum_of_its_style(lines, at):
            why = "subtotal"
        if at > last_item:
            has_ended = has_ended or why == "total" or (why == "footer" and _begins_an_appendix(table, lines.rows[at]))
            if has_ended and why is None and _has_few_figures(lines, at):
                why = "footer"
        if why is not None:
            yield at, why


def _begins_an_appendix(table: Table, row: Row) -> bool:
    text = is_single_text(row, table.header.left, table.header.right)
    return text is not None and vocabulary.APPENDIX_LABEL.search(text) is not None


def _has_few_figures(lines: TableLines, at: int) -> bool:
    """Whether a line has a figure for at most one of tag price, base price, discount and units."""
    table, row = lines.table, lines.rows[at]
    places = [*(place for sizes in table.header.sizes for place in sizes.labels), *table.warehouses]
    names = (fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT, fields.QUANTITY)
    figures = sum(_holds_a_figure(lines.cell(name, at)) for name in names)
    return figures + any(_holds_a_figure(row[place]) for place in places) <= 1


def _holds_a_figure(value: Value) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and any(map(str.isdigit, value)))


def _is_sum_of_its_style(lines: TableLines, at: int) -> bool:
    """A line with a style number and a quantity alone, which is the sum of the lines of that style above it."""
    quantity, style = lines.columns.get(fields.QUANTITY), lines.style_no.values[at]
    if quantity is None or not isinstance(quantity.values[at], int) or not isinstance(style, str):
        return False
    empty = (fields.SIZE, fields.COLOUR, fields.TAG_PRICE, fields.BASE_PRICE, fields.BARCODE)
    if any(not is_blank(lines.cell(name, at)) for name in empty):
        return False
    units = count = 0
    for before in range(at - 1, -1, -1):
        if lines.style_no.values[before] != style:
            break
        units += count_of(quantity.values[before])
        count += 1
        if count > _MAX_LINES_OF_A_STYLE:
            return False
    return count > 1 and units == quantity.values[at]


def _marked_lines(lines: TableLines) -> set[int]:
    """Lines that parse but whose style, name or remark says total or example."""
    marked: set[int] = set()
    for name in (fields.STYLE_NO, "name", "remark"):
        place = lines.place(name)
        if place is None:
            continue
        values = set(map(itemgetter(place), lines.rows))
        marks = {value for value in values if isinstance(value, str) and _is_mark(value)}
        if marks:
            marked.update(at for at, row in enumerate(lines.rows) if row[place] in marks)
    return marked


def _is_mark(value: str) -> bool:
    if value.isascii() and not vocabulary.ASCII_MARK.search(value):  # as nearly all style numbers are
        return False
    if vocabulary.EXAMPLE_LABEL.search(value):
        return True
    return len(value) < 40 and vocabulary.TOTAL_LABEL.match(normalize(value)) is not None


def _last_item(lines: TableLines, needed: list[str], irregular: set[int]) -> int:
    """The last line that surely is an item, or, where none is regular, that has half of what an item needs; -1 for none."""
    for at in range(len(lines.rows) - 1, -1, -1):
        if at not in irregular:
            return at
    quantity = lines.columns.get(fields.QUANTITY, lines.style_no)
    columns = [lines.columns[name].values for name in needed]
    for at in range(len(lines.rows) - 1, -1, -1):
        usable = sum(not (isinstance(values[at], Problem) and values[at].fatal) for values in columns)
        if usable * 2 >= len(needed) and not isinstance(quantity.values[at], Problem):
            return at
    return -1
