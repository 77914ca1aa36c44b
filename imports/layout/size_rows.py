"""Rows of sizes in the heading of a matrix: which cells are sizes, and which lines hold sizes only."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

from imports import fields
from imports.cells.numbers import parse_units
from imports.cells.size_spans import are_sizes, span_of
from imports.cells.sizes import is_known_size, parse_size, size_label
from imports.cells.text import Problem, display_text, normalize
from imports.layout.header import Header, Lookup, SizeColumns
from imports.vocabulary import Meaning
from imports.workbook.model import Row, Sheet, is_blank

LabelRow = tuple[str | None, int | None, dict[int, str]]
"""A row of sizes: the name of its size group and the column that names it, where there is one, and the size of each column."""
MAX_SIZE_ROWS = 12
_AROUND_A_SIZE = re.compile(
    r"^(尺码|尺寸|码数|size)\s*[:：]?\s*|\s*(可用|可售)?(库存|数量|件数|库存数|库存数量|qty|stock)$|\s*\((件|双|条|套|pcs)\)$",
    re.IGNORECASE,
)


def labels_in(row: Row, lookup: Lookup) -> dict[int, str]:
    """The sizes that stand in a line, by column, where they can be sizes."""
    labels: dict[int, str] = {}
    wordy: dict[int, str] = {}
    for column, value in enumerate(row):
        meaning = lookup(value) if isinstance(value, str) else None
        if meaning is None or not meaning.exact:
            label = size_label(value) if meaning is None else None
            if label is not None:
                labels[column] = label
            elif isinstance(value, str) and (label := _wordy_label(value)) is not None:
                wordy[column] = label
    if len(wordy) > 1 and len(set(wordy.values())) == len(wordy):
        labels |= wordy
    if len(labels) == 1 and next(iter(labels.values())).isdigit():
        return {}
    return labels | _counted_on(row, labels) | in_millimetres(row) | _spans(row)


def in_millimetres(row: Row) -> dict[int, str]:
    """220, 225, 230: shoes by the length of the foot, where three or more go up by fives or tens."""
    added = {
        column: text for column, value in enumerate(row)
        if not isinstance(value, dt.date) and (text := normalize(display_text(value))).isdigit() and len(text) == 3
    }  # fmt: skip
    lengths = [int(text) for _, text in sorted(added.items())]
    steps = {later - sooner for sooner, later in pairwise(lengths)}
    return added if len(lengths) >= 3 and steps <= {5, 10} and 200 < lengths[-1] <= 310 and lengths[0] >= 100 else {}


def _spans(row: Row) -> dict[int, str]:
    """35-38, 39-42, 43-46: spans that share out the sizes of socks, hats or children among themselves."""
    texts = {column: normalize(value) for column, value in enumerate(row) if isinstance(value, str) and len(value) < 12}
    spans = {column: span for column, text in texts.items() if (span := span_of(text)) is not None}
    is_matrix = len(set(spans.values())) == len(spans) and are_sizes(spans.values(), of_one_style=True)
    return {column: texts[column] for column in spans} if is_matrix else {}


def _wordy_label(value: str) -> str | None:
    """S库存, 尺码S and S(件) are the size S where several columns are headed like that."""
    bare = _AROUND_A_SIZE.sub("", normalize(value)).strip()
    return size_label(bare) if bare and bare != normalize(value) else None


def _counted_on(row: Row, labels: dict[int, str]) -> dict[int, str]:
    """1 to 8 as sizes: 1, 3, 5 are sizes only next to 2, 4, 6."""
    digits = [column for column, label in labels.items() if label.isdigit() and int(label) <= 18]
    added: dict[int, str] = {}
    for column in digits:
        for step in (-1, 1):
            at, label = column + step, int(labels[column]) + step
            if 0 <= at < len(row) and at not in labels and normalize(display_text(row[at])) == str(label):
                added[at] = str(label)
    return added


def sizes_above(sheet: Sheet, at: int, texts: dict[int, str], lookup: Lookup, header: Header) -> list[LabelRow]:
    """Rows of sizes that stand above the heading, over columns that it leaves without a word."""
    added: list[LabelRow] = []
    above = at - 1
    while above >= 0 and sheet.numbers[above] == sheet.numbers[above + 1] - 1 and at - above <= MAX_SIZE_ROWS:
        row = sheet.rows[above]
        labels = {column: label for column, label in labels_in(row, lookup).items() if column not in texts}
        if len(labels) < 2 or len(set(labels.values())) != len(labels):
            break
        names = [v.strip() for c, v in enumerate(row) if isinstance(v, str) and c not in labels and not is_blank(v)]
        if any(isinstance(v, float) for c, v in enumerate(row) if c not in labels):
            break
        added.insert(0, (names[-1] if names else None, None, labels))
        header.first = above
        above -= 1
    return added


def are_position_numbers(sheet: Sheet, at: int, own: dict[int, str], lookup: Lookup) -> bool:
    """1, 2, 3 … over rows of sizes that a size group chooses from are places, not sizes."""
    ordered = [int(own[column]) if own[column].isdigit() else 0 for column in sorted(own)]
    if ordered != list(range(1, len(own) + 1)):
        return False
    if at + 1 >= len(sheet.rows) or sheet.numbers[at + 1] != sheet.numbers[at] + 1:
        return False
    has_group = any(
        isinstance(value, str) and (meaning := lookup(value)) is not None and meaning.field == fields.SIZE_GROUP
        for value in sheet.rows[at]
    )
    below = {column: size_label(sheet.rows[at + 1][column]) for column in own}
    return has_group and sum(label is not None for label in below.values()) >= 2


def is_size_row(
    labels: dict[int, str], known: set[int], own: dict[int, str], texts: dict[int, str], lookup: Lookup
) -> bool:
    """Sizes stand in neighbouring columns, all different; quantities under them would repeat or lie anywhere."""
    if len(set(labels.values())) != len(labels):
        return False
    if known:
        if not set(labels) & known:
            return False
        digits = [float(label) for label in labels.values() if label.replace(".", "").isdigit()]
        return len(digits) < len(labels) or (len(digits) > 1 and digits == sorted(digits))
    if len(labels) == 1:
        column = next(iter(labels))
        return column in texts and is_size_parent(texts[column], lookup(texts[column]))
    return True


def is_size_parent(heading: str, above: Meaning | None) -> bool:
    """Whether a heading is one under which sizes may stand: sizes themselves, or the quantity."""
    return above is not None and above.field in (fields.SIZE, fields.QUANTITY, fields.SIZE_PARENT)


def are_sizes_alone(row: Row, labels: dict[int, str]) -> bool:
    """Whether sizes without the name of their group can be nothing else: words, or numbers that no stock would be."""
    values = [row[column] for column in sorted(labels)]
    if any(isinstance(value, str) and not value.strip().isdigit() for value in values):
        return True
    numbers = [float(label) for label in labels.values() if label.replace(".", "").isdigit()]
    steps = {later - sooner for sooner, later in pairwise(numbers)}
    return len(numbers) == len(values) >= 3 and len(steps) == 1 and steps.pop() > 0 and min(numbers) >= 19


def widen_sizes(
    sheet: Sheet,
    header: Header,
    texts: dict[int, str],
    label_rows: list[LabelRow],
    lookup: Lookup,
) -> None:
    """Columns among the sizes, or next to them, that are sizes too although no size is written like that."""
    if len(label_rows) != 1 or len(label_rows[0][2]) < 2:
        return
    labels = label_rows[0][2]

    def may_be(column: int) -> bool:
        text = texts.get(column)
        fits = text is not None and column not in labels and lookup(text) is None and len(normalize(text)) <= 20
        return fits and not is_wrong_size(parse_size(text))

    for column in range(min(labels) + 1, max(labels)):
        if may_be(column) and holds_units(sheet, header, column):
            labels[column] = normalize(texts[column])
    for step in (-1, 1):
        column = (min(labels) if step < 0 else max(labels)) + step
        while may_be(column) and is_known_size(normalize(texts[column])) and holds_units(sheet, header, column):
            labels[column] = normalize(texts[column])
            column += step


def is_wrong_size(parsed: str | Problem) -> bool:
    """Whether a heading was a size or names several: the size of the units below it is unknown."""
    return isinstance(parsed, Problem) and parsed.code in ("size_range", "size_became_date")


def holds_units(sheet: Sheet, header: Header, column: int) -> bool:
    """Whether most of what stands below the heading in this column are quantities."""
    values = [row[column] for row in sheet.rows[header.last + 1 : header.last + 51] if not is_blank(row[column])]
    return bool(values) and sum(not isinstance(parse_units(value), Problem) for value in values) * 2 > len(values)


def join_names_of_one_size(header: Header) -> None:
    """S, M, L over 160/84A, 165/88A, 170/92A: with no group to choose by, both name the same sizes."""
    over, under = (row.labels for row in header.sizes)
    worded = [
        not any(label[0].isdigit() and not label.upper().endswith("L") for label in row.values())
        for row in (over, under)
    ]
    if set(over) == set(under) and len(set(worded)) == 2:
        header.sizes = [SizeColumns(None, {column: f"{over[column]}({under[column]})" for column in over})]
