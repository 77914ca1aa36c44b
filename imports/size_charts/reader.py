"""A sheet of size charts → ChartTables: every chart without a fault, and every line accounted for (IMPORT-26)."""

from __future__ import annotations

from imports.cells.text import MISSING, Problem, cell_problem
from imports.report_builder import ReportBuilder
from imports.size_charts.blocks import Block, Grid, Layout
from imports.size_charts.cells import parse_chart_size, parse_measure, short_text
from imports.size_charts.chart import MAX_CAPTION, MAX_COLUMNS, MAX_LINES, ChartTable
from imports.size_charts.words import bare_caption, heading_with_unit, is_note, labelled, unit_of_caption
from imports.workbook.model import Sheet, column_letters

_SIZE_HEADING = "尺码"
Lines = list[tuple[str, ...]]


def read_charts(sheet: Sheet, layout: Layout, builder: ReportBuilder) -> list[ChartTable]:
    """The charts of a sheet that `lay_out_charts` found. One with a fault is left out; its faults are reported at their cells."""
    grid = Grid(sheet)
    faults_before = len(builder.faults)
    charts: list[ChartTable] = []
    unit = _only_unit(grid)
    for block in layout.blocks:
        charts += _BlockReader(grid, block, builder, unit).read()
    for number in layout.loose:
        builder.report(sheet, number, None, None, Problem("chart_line_unread"), None)
    if not layout.blocks:
        unread = Problem("size_chart_unread", sheet.name or "", fatal=False)
        builder.report(sheet, sheet.numbers[0], None, None, unread, sheet.name)
    faulty = {fault.row for fault in builder.faults[faults_before:]}
    for low, high in sheet.blank_rows():
        builder.ignore(sheet, low, "blank", high)
    for number in sheet.numbers:
        if number not in faulty:
            builder.ignore(sheet, number, "size_chart")
    return charts


def _only_unit(grid: Grid) -> str:
    """The unit that the texts of a sheet name, where it is one."""
    sheet = grid.sheet
    texts = (grid.text(number, column) for number in sheet.numbers for column in range(sheet.width))
    units = {unit for text in texts if (unit := unit_of_caption(text))}
    return units.pop() if len(units) == 1 else ""


class _BlockReader:
    """Reads one block; each of its subjects (style numbers, categories) is a chart."""

    def __init__(self, grid: Grid, block: Block, builder: ReportBuilder, unit: str) -> None:
        self._grid, self._block, self._builder = grid, block, builder
        self._reported: set[tuple[int, int, str]] = set()
        self._unit = next((each for _, _, text in block.captions if (each := unit_of_caption(text))), unit)

    def read(self) -> list[ChartTable]:
        block = self._block
        if not block.lines:
            self._report(block.heading, block.label, Problem("chart_empty", fatal=False))
            return []
        faults_before = len(self._builder.faults)
        headings = self._headings()
        is_faulty = len(self._builder.faults) > faults_before
        charts = self._read_groups(headings)
        return [] if is_faulty else charts

    def _headings(self) -> list[str]:
        """The heading of the label's column and of each value's."""
        block = self._block
        headings = []
        for column in (block.label, *block.values):
            if block.is_across:
                is_label = column == block.label
                parsed = _SIZE_HEADING if is_label else parse_chart_size(self._grid.value(block.heading, column))
            else:
                parsed = short_text(heading_with_unit(self._grid.text(block.heading, column), self._unit))
            headings.append(self._kept(block.heading, column, parsed))
        if not block.is_across and len(headings) > MAX_COLUMNS:
            self._report(block.heading, block.values[MAX_COLUMNS - 1], Problem("chart_too_wide", str(MAX_COLUMNS)))
        return headings

    def _read_groups(self, headings: list[str]) -> list[ChartTable]:
        charts = []
        for subject, numbers in self._groups():
            faults_before = len(self._builder.faults)
            lines = self._lines(numbers, headings)
            if len(self._builder.faults) > faults_before:
                continue
            if len(lines) < 2 or len(lines[0]) < 2:
                self._report(numbers[0], self._block.label, Problem("chart_empty", fatal=False))
                continue
            charts.append(self._chart(subject, numbers[0], lines))
        return charts

    def _groups(self) -> list[tuple[tuple[str, str, str], list[int]]]:
        """The lines of each subject: the texts of the columns for style, category, and beside. A blank one means the one above."""
        block = self._block
        columns = (block.style, block.category, block.beside)
        groups: dict[tuple[str, str, str], list[int]] = {}
        before = ("", "", "")
        for number in block.lines:
            texts = ["" if column is None else self._subject_text(number, column) for column in columns]
            subject = before if not any(texts) else (texts[0], texts[1], texts[2])
            if not any(subject) and (block.style is not None or block.category is not None):
                self._report(number, next(c for c in columns if c is not None), MISSING)
            groups.setdefault(subject, []).append(number)
            before = subject
        return list(groups.items())

    def _subject_text(self, number: int, column: int) -> str:
        problem = cell_problem(self._grid.value(number, column))
        if problem is not None:
            self._report(number, column, problem)
            return ""
        return self._grid.text(number, column)

    def _lines(self, numbers: list[int], headings: list[str]) -> Lines:
        """The chart of some lines, the heading first and sizes downwards."""
        block = self._block
        lines: Lines = []
        row_of: dict[str, int] = {}
        for number in numbers:
            label = self._label(number)
            cells = [
                self._kept(
                    number,
                    column,
                    parse_measure(self._grid.value(number, column), label if block.is_across else heading),
                )
                for column, heading in zip(block.values, headings[1:], strict=True)
            ]
            if label in row_of and label:
                if (label, *cells) not in lines:
                    self._report(number, block.label, Problem("chart_size_twice", str(row_of[label])))
                continue
            row_of[label] = number
            lines.append((label, *cells))
        table = [tuple(headings), *lines]
        if block.is_across:
            table = [tuple(column) for column in zip(*table, strict=True)]
        table = _without_empty_parts(table)
        if len(table) > MAX_LINES:
            self._report(numbers[0], block.label, Problem("chart_too_long", str(MAX_LINES)))
        elif len(table[0]) > MAX_COLUMNS and block.is_across:
            self._report(numbers[MAX_COLUMNS - 1], block.label, Problem("chart_too_wide", str(MAX_COLUMNS)))
        return table

    def _label(self, number: int) -> str:
        block, value = self._block, self._grid.value(number, self._block.label)
        if self._grid.is_blank(number, block.label):
            return self._kept(number, block.label, MISSING)
        if block.is_across:
            text = self._grid.text(number, block.label)
            parsed = cell_problem(value) or short_text(heading_with_unit(text, self._unit))
        else:
            parsed = parse_chart_size(value)
        return self._kept(number, block.label, parsed)

    def _chart(self, subject: tuple[str, str, str], first: int, lines: Lines) -> ChartTable:
        block = self._block
        style_no, category, beside = subject
        columns = (block.style, block.category, block.beside)
        column = next((each for each in columns if each is not None), None)
        if style_no or category:
            return self._table(first, column, lines, style_no=style_no, category=category)
        if beside:
            return self._table(first, column, lines, captions=(bare_caption(beside),))
        captions: list[str] = []
        for number, place, text in block.captions:
            style_no, category = labelled(text)
            if style_no or category:
                return self._table(number, place, lines, style_no=style_no, category=category)
            if not is_note(text) and len(text) <= MAX_CAPTION:
                captions.append(bare_caption(text))
        said = tuple(dict.fromkeys(filter(None, captions)))
        return self._table(block.heading, block.label, lines, captions=said)

    def _table(
        self,
        number: int,
        column: int | None,
        lines: Lines,
        *,
        style_no: str = "",
        category: str = "",
        captions: tuple[str, ...] = (),
    ) -> ChartTable:
        letters = column_letters(self._block.label if column is None else column)
        return ChartTable(self._grid.sheet.name, number, letters, tuple(lines), style_no, category, captions)

    def _kept(self, number: int, column: int, parsed: str | Problem) -> str:
        if isinstance(parsed, Problem):
            self._report(number, column, parsed)
            return ""
        return parsed

    def _report(self, number: int, column: int, problem: Problem) -> None:
        """Report a cell; a merged one once, at its first cell."""
        row, place = self._grid.first_cell(number, column)
        if (row, place, problem.code) not in self._reported:
            self._reported.add((row, place, problem.code))
            heading = self._grid.text(self._block.heading, column) or None
            self._builder.report(self._grid.sheet, row, place, heading, problem, self._grid.value(row, place))


def _without_empty_parts(table: Lines) -> Lines:
    """Without sizes that have no measurement at all, and without measurements that no size has."""
    kept = [line for at, line in enumerate(table) if at == 0 or any(line[1:])]
    columns = [at for at in range(len(table[0])) if at == 0 or any(line[at] for line in kept[1:])]
    return [tuple(line[at] for at in columns) for line in kept]
