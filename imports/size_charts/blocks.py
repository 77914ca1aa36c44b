"""Where the charts of a sheet stand: each heading with the lines below it, several below or beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from imports import fields
from imports.cells.sizes import is_known_size
from imports.cells.text import display_text, normalize
from imports.size_charts.words import is_chart_name, is_corner, is_measure, is_note, is_size_word
from imports.vocabulary import meaning_of
from imports.workbook.model import Sheet, Value, is_blank

MAX_SHEET_LINES = 3000
"""A sheet of more lines holds stock, not size charts."""
_STOCK_FIELDS = {
    fields.TAG_PRICE, fields.BASE_PRICE, fields.QUANTITY, fields.DISCOUNT, fields.BARCODE, fields.UNCLEAR_PRICE, fields.COST,
    fields.AMOUNT, fields.WAREHOUSE,
}  # fmt: skip
_OTHER_FIELDS = {"name", "brand", fields.COLOUR, fields.COLOUR_CODE, fields.SIZE_GROUP}
Part = Literal["style", "category", "drop", "value"]


class Grid:
    """The cells of a sheet by line number and column; a merged cell holds for all cells that it covers (IMPORT-13)."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        for top, left, bottom, right in sheet.merges:
            for number in range(top, min(bottom, sheet.last_row) + 1):
                for column in range(left, min(right, sheet.width - 1) + 1):
                    self._covered[number, column] = (top, left)

    def first_cell(self, number: int, column: int) -> tuple[int, int]:
        """The cell itself, or the first cell of the merge that covers it."""
        return self._covered.get((number, column), (number, column))

    def value(self, number: int, column: int) -> Value:
        return self.sheet.value(*self.first_cell(number, column))

    def text(self, number: int, column: int) -> str:
        return normalize(display_text(self.value(number, column)))

    def is_blank(self, number: int, column: int) -> bool:
        return is_blank(self.value(number, column))


@dataclass(slots=True)
class Block:
    """A heading on the line `heading` and its lines of data.

    `label` is the column of the sizes; where `is_across`, sizes run to the right and it is the column of the measurements. `values` are the
    other columns of the chart, `style`, `category` and `beside` those that say what a line is for: by their heading, or a column
    without one. `captions` are the texts above with their places, the nearest first.
    """

    heading: int
    label: int
    values: list[int]
    is_across: bool = False
    style: int | None = None
    category: int | None = None
    beside: int | None = None
    captions: list[tuple[int, int, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    is_open: bool = True

    @property
    def left(self) -> int:
        columns = (self.style, self.category, self.beside, self.label)
        return min(column for column in columns if column is not None)

    @property
    def right(self) -> int:
        return max(self.values)

    def take(self, grid: Grid, number: int) -> bool:
        """Whether a line is one of this block; a caption or a note ends it."""
        if not self.is_open:
            return False
        has_values = any(not grid.is_blank(number, column) for column in self.values)
        label = "" if grid.is_blank(number, self.label) else grid.text(number, self.label)
        if not label and not has_values:
            return False
        if label:
            ends = is_note(label) or not (has_values or self._is_label(label))
        else:
            ends = not any(_is_figure(grid.value(number, column)) for column in self.values)
        if ends:
            self.is_open = False
            return False
        self.lines.append(number)
        return True

    def _is_label(self, text: str) -> bool:
        return is_measure(text) if self.is_across else is_known_size(text)


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands on a sheet of size charts. `loose` are lines with figures that belong to no chart."""

    blocks: list[Block]
    loose: list[int]


def lay_out_charts(sheet: Sheet) -> Layout | None:
    """The size charts of a sheet; None where it has none, or holds stock.

    On a sheet that is named as a size chart, a heading needs no word for a measurement.
    """
    if not sheet.rows or len(sheet.rows) > MAX_SHEET_LINES:
        return None
    is_named = is_chart_name(sheet.name)
    grid = Grid(sheet)
    layout = _read_lines(sheet, grid, is_named)
    if not layout.blocks and not is_named:
        return None
    return None if any(_is_stock_heading(grid, number) for number in sheet.numbers) else layout


def _read_lines(sheet: Sheet, grid: Grid, is_named: bool) -> Layout:
    layout = Layout([], [])
    above: list[tuple[int, int, str]] = []
    reading: list[Block] = []
    for number in sheet.numbers:
        found = list(_blocks_at(grid, number, is_named))
        if found:
            for block in found:
                block.captions = _captions_over(block, above, alone=len(found) == 1)
            layout.blocks.extend(found)
            reading, above = found, []
        elif not _taken(reading, grid, number):
            filled = [column for column in range(sheet.width) if not is_blank(sheet.value(number, column))]
            if layout.blocks and len(filled) > 1 and any(_is_figure(sheet.value(number, c)) for c in filled):
                layout.loose.append(number)
            above += [(number, column, grid.text(number, column)) for column in filled]
    return layout


def _taken(reading: list[Block], grid: Grid, number: int) -> bool:
    """Whether any of the blocks beside each other takes a line; each is asked."""
    takers = [block for block in reading if block.take(grid, number)]
    return bool(takers)


def _captions_over(block: Block, above: list[tuple[int, int, str]], *, alone: bool) -> list[tuple[int, int, str]]:
    """The texts above a block, the nearest first: those in its columns, and those that stand alone on their line."""
    lines = [number for number, _, _ in above]
    return [
        (number, column, text)
        for number, column, text in reversed(above)
        if alone or block.left <= column <= block.right or lines.count(number) == 1
    ]


def _blocks_at(grid: Grid, number: int, is_named: bool) -> Iterator[Block]:
    """The blocks whose headings are on a line."""
    for left, right in _runs(grid, number):
        yield from filter(None, [_downwards(grid, number, left, right, is_named) or _across(grid, number, left, right)])


def _runs(grid: Grid, number: int) -> Iterator[tuple[int, int]]:
    """First and last column of each run of filled cells of a line."""
    start: int | None = None
    for column in range(grid.sheet.width + 1):
        is_filled = column < grid.sheet.width and not grid.is_blank(number, column)
        if is_filled and start is None:
            start = column
        elif not is_filled and start is not None:
            yield start, column - 1
            start = None


def _downwards(grid: Grid, number: int, left: int, right: int, is_named: bool) -> Block | None:
    """A heading with a word for sizes and words for measurements: sizes run downwards."""
    texts = {column: grid.text(number, column) for column in range(left, right + 1)}
    if not all(isinstance(grid.value(number, column), str) for column in texts):
        return None
    label = next((column for column, text in texts.items() if is_size_word(text)), None)
    if label is None:
        return None
    parts = {column: _part(text) for column, text in texts.items() if column != label}
    values = [column for column, part in parts.items() if part == "value"]
    has_measures = any(is_measure(texts[column]) for column in values)
    if not values or not (has_measures or (is_named and not all(is_known_size(texts[column]) for column in values))):
        return None
    block = Block(number, label, values)
    _set_subjects(block, grid, parts, left)
    return block


def _across(grid: Grid, number: int, left: int, right: int) -> Block | None:
    """A heading of sizes with measurements below their first column, or below the empty cell before it."""
    sizes: list[int] = []
    for column in range(right, left - 1, -1):
        if not is_known_size(grid.text(number, column)):
            break
        sizes.insert(0, column)
    if not sizes:
        return None
    corner = sizes[0] - 1
    if corner < 0 or (corner >= left and not is_corner(grid.text(number, corner))):
        return None
    below = next((each for each in grid.sheet.numbers if each > number), None)
    if below is None or not is_measure(grid.text(below, corner)):
        return None
    block = Block(number, corner, sizes, is_across=True)
    _set_subjects(
        block, grid, {column: _part(grid.text(number, column)) for column in range(left, corner)}, min(left, corner)
    )
    return block


def _part(heading: str) -> Part:
    """What a column of a chart is, by its heading."""
    found = None if is_measure(heading) else meaning_of(heading)
    if found is None or not found.exact:
        return "value"
    if found.field == fields.STYLE_NO:
        return "style"
    if found.field == "category":
        return "category"
    return "drop" if found.field in _OTHER_FIELDS or heading in ("序号", "no", "No.") else "value"


def _set_subjects(block: Block, grid: Grid, parts: dict[int, Part], left: int) -> None:
    block.style = next((column for column, part in parts.items() if part == "style"), None)
    block.category = next((column for column, part in parts.items() if part == "category"), None)
    if block.style is None and block.category is None and left > 0:
        below = next((each for each in grid.sheet.numbers if each > block.heading), None)
        if below is not None and isinstance(grid.value(below, left - 1), str) and not grid.is_blank(below, left - 1):
            block.beside = left - 1


def _is_figure(value: Value) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and value.strip()[:1].isdigit())


def _is_stock_heading(grid: Grid, number: int) -> bool:
    """Whether a line is the heading of stock: it names prices, units or barcodes beside another field."""
    found: set[str] = set()
    for column in range(grid.sheet.width):
        value = grid.value(number, column)
        if isinstance(value, str) and (meaning := meaning_of(value)) is not None and meaning.exact:
            found.add(meaning.field)
    return len(found) > 1 and not found.isdisjoint(_STOCK_FIELDS)
