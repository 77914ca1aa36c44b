"""From headings to tables: the field of each column, and the questions that must be answered before reading."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from imports import fields, vocabulary
from imports.cells.sizes import is_known_size, parse_size
from imports.cells.text import Problem, display_text, normalize
from imports.layout.cards import lay_out_cards
from imports.layout.header import Header
from imports.layout.headers import find_headers
from imports.layout.size_rows import holds_units, is_wrong_size
from imports.report import Candidate, FileRefused, Question
from imports.vocabulary import Meaning
from imports.workbook.model import Sheet, Value, column_index, column_letters, is_blank

Answers = Mapping[str, Mapping[str, str]]
_SAMPLES = 5
_MAX_COLUMNS_BESIDE = 50
MAX_TABLES = 10_000
"""Of one sheet. Cards, of which a sheet may hold thousands, are tables too."""
_MIN_ITEM_CELLS = 3
PIECES = re.compile(r"\s*[;；,，|/\\]\s*|\s+")
"""What stands between the colour and the size in one cell."""


@dataclass(slots=True)
class Table:
    """The items under one heading. `start` and `stop` bound its lines in `sheet.rows` (half open).

    `columns` says where each field is; `warehouses` are quantity columns to be summed, `parts` those whose sum has a
    column of its own; `wrong_sizes` are columns of units whose heading is no size any more, with the reason;
    `remarks` are columns that may name a defect; `locations` say in which warehouse, carton or batch a line's units lie;
    `unused` are columns set aside, with the reason in Chinese and English. `repeats` are the lines of the same heading printed again.
    """

    sheet: Sheet
    header: Header
    start: int
    stop: int
    columns: dict[str, int] = field(default_factory=dict)
    warehouses: list[int] = field(default_factory=list)
    locations: list[int] = field(default_factory=list)
    remarks: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    wrong_sizes: dict[int, str] = field(default_factory=dict)
    unused: list[tuple[int, str, str]] = field(default_factory=list)
    repeats: set[int] = field(default_factory=set)
    headless: str | None = None
    layout: str = ""
    questions: list[Question] = field(default_factory=list)

    @property
    def is_matrix(self) -> bool:
        return bool(self.header.sizes)

    def rows_between(self) -> int:
        """Lines that the table spans, blank ones left out."""
        return max(0, self.stop - self.start)

    def heading(self, column: int | None) -> str | None:
        return None if column is None else self.header.texts.get(column)

    @property
    def fingerprint(self) -> str:
        """The key by which answers about this layout are remembered."""
        if not self.layout:
            self.layout = self.headless or self.header.fingerprint
        return self.layout

    def assign(self, answers: Mapping[str, str]) -> None:
        """Decide which column is which field; `answers` (column letters or heading → field) come first."""
        _assign(self, answers)

    def missing(self) -> list[str]:
        """Required fields that no column has."""
        return [name for name in fields.REQUIRED if not self._has(name)]

    def _has(self, name: str) -> bool:
        if name in self.columns:
            return True
        if name in (fields.SIZE, fields.QUANTITY) and self.is_matrix:
            return True
        if name == fields.SIZE:
            return fields.COLOUR_AND_SIZE in self.columns
        if name == fields.QUANTITY:
            return bool(self.warehouses)
        return name == fields.BASE_PRICE and fields.DISCOUNT in self.columns


def tables_of(sheet: Sheet, answers: Answers | None = None, forced: frozenset[int] = frozenset()) -> list[Table]:
    """The tables of a sheet in order, each with its questions. Repeated headings do not begin a new table."""
    lay_out_cards(sheet)
    headers = find_headers(sheet, forced=forced)
    tables: list[Table] = []
    open_bands: list[Table] = []
    at = 0
    while at < len(headers):
        group = [header for header in headers[at:] if header.first == headers[at].first]
        at += len(group)
        line = group[0].first
        if len(open_bands) == len(group) and all(
            header.same_as(table.header) for header, table in zip(group, open_bands, strict=True)
        ):
            for table in open_bands:
                table.repeats.update(range(line, group[0].last + 1))
            continue
        for table in open_bands:
            table.stop = line
        open_bands = [Table(sheet, header, header.last + 1, len(sheet.rows)) for header in group]
        tables.extend(open_bands)
    tables = _without_captions(tables)
    if len(tables) > MAX_TABLES:
        raise FileRefused("too_many_tables", str(MAX_TABLES))
    beside: dict[int, list[int]] = {}
    for table in tables:
        beside.setdefault(table.start, []).append(table.header.left)
    for lefts in beside.values():
        lefts.sort()
    for table in tables:
        table.assign((answers or {}).get(table.fingerprint, {}))
        lefts = beside[table.start]
        next_one = bisect_right(lefts, table.header.right)
        _list_unnamed_columns(table, lefts[next_one] if next_one < len(lefts) else sheet.width)
    return tables


def _without_captions(tables: list[Table]) -> list[Table]:
    """Drop a heading directly above another: it names groups of columns and is no table."""
    found: list[Table] = []
    for table, after in zip_longest(tables, tables[1:]):
        if after is not None and not table.rows_between() and after.header.first == table.stop:
            after.header.first = table.header.first
        else:
            found.append(table)
    return found


def _list_unnamed_columns(table: Table, edge: int) -> None:
    """List the columns up to the `edge` that have values in lines of items, but no heading."""
    header = table.header
    sizes = [column for row in header.sizes for column in row.labels]
    between = range(min(sizes), max(sizes)) if sizes else range(0)  # there it is a fault of its line
    nameless = [
        column for column in range(header.left, min(edge, header.right + _MAX_COLUMNS_BESIDE))
        if column not in header.texts and column not in header.meanings and column not in sizes and column not in between
    ]  # fmt: skip
    if not nameless:
        return
    goods = [column for column in table.columns.values() if column < table.sheet.width]
    for column in nameless:
        filled = (row for row in table.sheet.rows[table.start : table.stop] if not is_blank(row[column]))
        if any(sum(not is_blank(row[at]) for at in goods) >= _MIN_ITEM_CELLS for row in filled):
            table.unused.append((column, "没有列名", "it has no heading"))


def _answered(table: Table, answers: Mapping[str, str]) -> dict[int, Meaning]:
    """The meanings of the headings, with the answers to questions about them."""
    meanings = dict(table.header.meanings)
    for key, chosen in answers.items():
        column = _answered_column(table, key)
        if column is None:
            continue
        if chosen == "ignore":
            meanings.pop(column, None)
            table.unused.append((column, "按您的选择忽略", "ignored as you chose"))
            continue
        for other in [c for c, meaning in meanings.items() if meaning.field == chosen]:
            del meanings[other]
        meanings[column] = Meaning(chosen, -1, True, meanings[column].notes if column in meanings else ())
    return meanings


def _assign(table: Table, answers: Mapping[str, str]) -> None:
    meanings = _answered(table, answers)
    for column in _columns_of_another_table(table, meanings):
        del meanings[column]
        table.unused.append((column, "是旁边的另一张表", "it belongs to another table beside this one"))
    by_field: dict[str, list[int]] = {}
    for column, meaning in sorted(meanings.items()):
        by_field.setdefault(meaning.field, []).append(column)
    for name, columns in by_field.items():
        if name == fields.LOCATION:
            table.locations = columns
        elif name in (fields.REMARK, fields.CONDITION):
            table.remarks = sorted([*table.remarks, *columns])
            if name == fields.REMARK:
                table.columns[name] = columns[0]
        elif name == fields.COST:
            table.unused += [(column, "成本价不读取", "cost prices are never read") for column in columns]
        elif name not in (fields.WAREHOUSE, fields.TOTAL, fields.UNUSED, fields.AMOUNT, fields.SIZE_PARENT):
            _choose(table, name, columns, meanings)
    _quantities(table, by_field, meanings)
    _apply_fallbacks(table, by_field, meanings)
    _ask(table, by_field)
    if table.is_matrix and fields.BARCODE in table.columns:
        why = "横排尺码表一行有多个尺码，条码无法对应", "a line of a matrix has several sizes, a barcode but one"
        table.unused.append((table.columns.pop(fields.BARCODE), *why))
    table.wrong_sizes = _wrong_sizes(table, meanings)
    _list_unused_columns(table, meanings)


_WHY_UNUSED = {
    fields.UNUSED: ("平台用不到", "the service has no use for it"),
    fields.AMOUNT: ("金额由数量和价格得出", "amounts follow from quantities and prices"),
    fields.TOTAL: ("合计不读取", "totals are not read"),
    fields.WAREHOUSE: ("不是数量", "it holds no quantities"),
    fields.UNCLEAR_PRICE: ("含义不明的价格", "a price of unclear meaning"),
    fields.COLOUR_CODE: ("已用颜色列", "the colour was used"),
    fields.SIZE: ("尺码取自横排的表头", "the sizes are those of the heading"),
    fields.SIZE_GROUP: ("每行已有尺码", "each line has its size"),
    "brand": ("品牌以上传的账号为准", "the brand is that of whoever uploads"),
}
_UNUSED_FIELDS = ("brand", fields.COLOUR_CODE)


def _list_unused_columns(table: Table, meanings: Mapping[int, Meaning]) -> None:
    """List every column with values that is not read; pictures and remarks are checked cell by cell later."""
    header = table.header
    used = {column for name, column in table.columns.items() if name not in _UNUSED_FIELDS}
    used |= {*table.warehouses, *table.parts, *table.locations, *table.remarks, *table.wrong_sizes}
    used.update(column for row in header.sizes for column in row.labels)
    if header.sizes and header.group_column is not None:
        used.add(header.group_column)
    elif not header.sizes and fields.SIZE_GROUP in table.columns:
        used.discard(table.columns[fields.SIZE_GROUP])
    if header.sizes and fields.SIZE in table.columns and fields.SIZE_GROUP in table.columns:
        used.discard(table.columns[fields.SIZE])
    used.update(column_index(candidate.col) for question in table.questions for candidate in question.candidates)
    listed = {column for column, _, _ in table.unused}
    for column in sorted(set(header.texts) - used - listed):
        meaning = meanings.get(column)
        if (meaning is None or meaning.field != fields.SIZE_PARENT) and _samples(table, column):
            why = ("不认识这个列名", "the heading is not known")
            table.unused.append((column, *(why if meaning is None else _WHY_UNUSED.get(meaning.field, why))))


def _columns_of_another_table(table: Table, meanings: Mapping[int, Meaning]) -> list[int]:
    """Columns behind an empty one that repeat fields of the table with the style numbers, where that table is complete.

    A column that the brand has named (precedence below 0) stays.
    """
    header = table.header
    style = next((column for column, meaning in sorted(meanings.items()) if meaning.field == fields.STYLE_NO), None)
    if style is None:
        return []
    rows = table.sheet.rows[table.start : table.stop]
    bare = [at for at in range(header.left, header.right + 1) if at not in header.texts and at not in meanings]
    gaps = [column for column in bare if all(is_blank(row[column]) for row in rows)]
    sizes = [column for row in header.sizes for column in row.labels]
    left = max((gap for gap in gaps if gap < style), default=-1)
    right = min((gap for gap in gaps if gap > style), default=header.right + 1)
    within = {meaning.field for column, meaning in meanings.items() if left < column < right}
    if sizes:
        within |= {fields.SIZE, fields.QUANTITY}
    if fields.COLOUR_AND_SIZE in within:
        within.add(fields.SIZE)
    if not within.issuperset(fields.REQUIRED) or any(not left < column < right for column in sizes):
        return []
    apart = {column: meaning for column, meaning in meanings.items() if not left < column < right}
    says_again = any(meaning.field in within for meaning in apart.values())
    return [column for column, meaning in apart.items() if says_again and meaning.precedence >= 0]


def _wrong_sizes(table: Table, meanings: dict[int, Meaning]) -> dict[int, str]:
    """Columns among or next to the sizes whose heading became a date or names several sizes, with the reason."""
    if not table.is_matrix:
        return {}
    sizes = {column for row in table.header.sizes for column in row.labels}
    found: dict[int, str] = {}
    for column, text in table.header.texts.items():
        parsed = parse_size(text)
        if (
            column not in sizes and column not in meanings and isinstance(parsed, Problem) and is_wrong_size(parsed)
            and holds_units(table.sheet, table.header, column)
        ):  # fmt: skip
            found[column] = parsed.code
    return found


def _choose(table: Table, name: str, columns: list[int], meanings: dict[int, Meaning]) -> None:
    best = min(meanings[column].precedence for column in columns)
    claim = [column for column in columns if meanings[column].precedence == best]
    rest = [column for column in columns if meanings[column].precedence != best]
    if len(claim) > 1:
        claim = _distinct(table, claim)
    if len(claim) > 1 and name == fields.QUANTITY and _are_warehouses(table, claim, meanings):
        table.warehouses = claim
        return
    same_word = len({vocabulary.fold_heading(table.heading(column) or "") for column in claim}) < len(claim)
    if len(claim) > 1 and (name in fields.REQUIRED or (same_word and name in (fields.COLOUR, fields.BARCODE))):
        table.questions.append(_question(table, "duplicate_header", name, claim))
        return
    table.columns[name] = claim[0]
    for column in claim[1:] + rest:
        zh, en = f"已用“{table.heading(claim[0])}”", f"'{table.heading(claim[0])}' was used"
        table.unused.append((column, zh, en))


def _distinct(table: Table, columns: list[int]) -> list[int]:
    """Columns of the same content are one."""
    seen: dict[tuple[Value, ...], int] = {}
    rows = table.sheet.rows[table.start : table.stop]
    for column in columns:
        seen.setdefault(tuple(row[column] for row in rows), column)
    filled = [column for values, column in seen.items() if any(not is_blank(value) for value in values)]
    return filled or columns[:1]


def _are_warehouses(table: Table, columns: list[int], meanings: dict[int, Meaning]) -> bool:
    """Same word, different places in brackets: 库存(杭州仓), 库存(广州仓)."""
    notes = [meanings[column].notes for column in columns]
    return all(notes) and len(set(notes)) == len(notes) and all("件" not in note for row in notes for note in row)


def _quantities(table: Table, by_field: dict[str, list[int]], meanings: dict[int, Meaning]) -> None:
    warehouses = by_field.get(fields.WAREHOUSE, [])
    totals = by_field.get(fields.TOTAL, [])
    if table.is_matrix:
        if totals:
            table.columns[fields.TOTAL] = totals[-1]
        elif fields.QUANTITY in table.columns:
            table.columns[fields.TOTAL] = table.columns.pop(fields.QUANTITY)
        table.questions = [q for q in table.questions if q.field != fields.QUANTITY]
        if fields.SIZE in table.columns and fields.SIZE_GROUP not in table.columns:
            table.columns[fields.SIZE_GROUP] = table.columns.pop(fields.SIZE)
        return
    numeric = [column for column in warehouses if _is_numeric(table, column)]
    if len(numeric) == 1 and meanings[numeric[0]].precedence > 0:
        numeric = []  # 北京 beside another 上海 is a warehouse; alone it may be anything
    if fields.QUANTITY in table.columns:
        if numeric:
            table.unused += [(c, "已用总数列", "the total column was used") for c in numeric]
            table.parts = numeric
        return
    if numeric:
        table.warehouses = sorted({*table.warehouses, *numeric})
        if len(table.warehouses) == 1:
            table.columns[fields.QUANTITY] = table.warehouses.pop()
    if table.warehouses and totals:
        table.columns[fields.TOTAL] = totals[-1]
    elif not table.warehouses and totals and not by_field.get(fields.QUANTITY):
        table.columns[fields.QUANTITY] = totals[-1]


def _is_numeric(table: Table, column: int) -> bool:
    rows = table.sheet.rows[table.start : min(table.stop, table.start + 200)]
    values = [row[column] for row in rows if not is_blank(row[column])]
    return bool(values) and sum(isinstance(v, float) or str(v).strip().isdigit() for v in values) * 2 >= len(values)


def _apply_fallbacks(table: Table, by_field: dict[str, list[int]], meanings: dict[int, Meaning]) -> None:
    """Fields that step in where a plainer one is absent, and prices that only confuse where all is known."""
    columns = table.columns
    if fields.COLOUR not in columns and fields.COLOUR_CODE in columns:
        columns[fields.COLOUR] = columns.pop(fields.COLOUR_CODE)
    if table.is_matrix and fields.COLOUR_AND_SIZE in columns:  # the corner: colours below it, sizes beside it
        columns.setdefault(fields.COLOUR, columns.pop(fields.COLOUR_AND_SIZE))
    if fields.SIZE in columns and fields.COLOUR not in columns and _holds_colours_too(table, columns[fields.SIZE]):
        columns[fields.COLOUR_AND_SIZE] = columns.pop(fields.SIZE)
    if fields.COLOUR_AND_SIZE in columns and fields.SIZE in columns:
        both = columns.pop(fields.COLOUR_AND_SIZE)
        columns.setdefault(fields.COLOUR, both)
    if fields.TAG_PRICE in columns and fields.BASE_PRICE in columns and by_field.get(fields.UNCLEAR_PRICE):
        for column in by_field[fields.UNCLEAR_PRICE]:
            table.unused.append((column, "含义不明的价格", "a price of unclear meaning"))
    columns.pop(fields.UNCLEAR_PRICE, None)


def _holds_colours_too(table: Table, column: int) -> bool:
    """Whether 规格 holds 黑色;L on most lines: a size behind a text that is no size."""
    samples = [
        [piece for piece in PIECES.split(normalize(value)) if piece]
        for row in table.sheet.rows[table.start : min(table.stop, table.start + 200)]
        if isinstance(value := row[column], str) and not is_blank(value)
    ]
    both = sum(len(pieces) == 2 and is_known_size(pieces[1]) and not is_known_size(pieces[0]) for pieces in samples)
    return both * 2 > len(samples)


def _ask(table: Table, by_field: dict[str, list[int]]) -> None:
    known = {question.field for question in table.questions}
    unclear = [c for c in by_field.get(fields.UNCLEAR_PRICE, []) if c not in table.columns.values()]
    for name in table.missing():
        if name in known:
            continue
        if name in (fields.TAG_PRICE, fields.BASE_PRICE) and unclear:
            table.questions.append(_question(table, "ambiguous_layout", name, unclear))
        else:
            table.questions.append(_question(table, "missing_column", name, _free_columns(table)))
    # A discount stands in for the supply price only if no unclear price could be it.
    if (
        fields.BASE_PRICE not in table.columns
        and fields.DISCOUNT in table.columns
        and unclear
        and fields.BASE_PRICE not in known
    ):
        table.questions.append(_question(table, "ambiguous_layout", fields.BASE_PRICE, unclear))


def _free_columns(table: Table) -> list[int]:
    taken = {*table.columns.values(), *table.warehouses, *(c for row in table.header.sizes for c in row.labels)}
    costs = {c for c, meaning in table.header.meanings.items() if meaning.field in (fields.COST, fields.AMOUNT)}
    known = {
        c for c, m in table.header.meanings.items()
        if m.field in (fields.LOCATION, fields.CONDITION) or (m.field == fields.UNUSED and m.precedence == 0 and m.exact)
    }  # fmt: skip
    return [
        column for column in range(table.header.left, table.header.right + 1)
        if column not in taken and column not in costs and column not in known and _samples(table, column)
    ]  # fmt: skip


def _question(table: Table, code: str, name: str, columns: list[int]) -> Question:
    candidates = tuple(
        Candidate(column_letters(column), table.heading(column) or "", _samples(table, column)) for column in columns
    )
    sheet = table.sheet
    if table.headless:
        return Question(sheet.name, sheet.numbers[0], "no_header", name, table.headless, candidates)
    return Question(sheet.name, sheet.numbers[table.header.last], code, name, table.fingerprint, candidates)


def _samples(table: Table, column: int) -> tuple[str, ...]:
    found: list[str] = []
    for row in table.sheet.rows[table.start : min(table.stop, table.start + 200)]:
        text = display_text(row[column]).strip() if column < len(row) else ""
        if text and text not in found:
            found.append(text[:60])
            if len(found) == _SAMPLES:
                break
    return tuple(found)


def _answered_column(table: Table, key: str) -> int | None:
    if key.isascii() and key.isalpha() and len(key) <= 3:
        column = column_index(key)
        if table.header.left <= column <= table.header.right:
            return column
    folded = vocabulary.fold_heading(key)
    for column, text in table.header.texts.items():
        if vocabulary.fold_heading(text) == folded:
            return column
    return None
