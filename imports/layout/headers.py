"""Heading lines: found by their words, composed of one, two or more rows, with the sizes of a matrix."""

from __future__ import annotations

from bisect import bisect_left
from itertools import compress, count, repeat
from operator import is_not, itemgetter

from imports import fields, vocabulary
from imports.cells.sizes import size_label
from imports.cells.text import display_text
from imports.layout.header import Header, Lookup, SizeColumns
from imports.layout.size_rows import (
    MAX_SIZE_ROWS,
    LabelRow,
    are_position_numbers,
    are_sizes_alone,
    in_millimetres,
    is_size_parent,
    is_size_row,
    join_names_of_one_size,
    labels_in,
    sizes_above,
    widen_sizes,
)
from imports.report import FileRefused
from imports.vocabulary import Meaning
from imports.workbook.model import Row, Sheet, is_blank

FULL_SCAN_LINES = 300
_MAX_HEADING = 60
"""Characters of a heading in a line that is known as a heading by a few of its words."""
MAX_HEADINGS = 20_000
"""Of one sheet, those printed again on each page included."""
_POSITIONS = frozenset(map(str, range(1, 31)))
_IDENTIFYING = {
    fields.STYLE_NO, fields.COLOUR, fields.SIZE, fields.BARCODE, fields.TAG_PRICE, fields.BASE_PRICE, fields.QUANTITY, fields.DISCOUNT,
    fields.COST, fields.AMOUNT, fields.COLOUR_CODE, fields.SIZE_GROUP, fields.UNCLEAR_PRICE, fields.COLOUR_AND_SIZE,
    fields.SIZE_PARENT, fields.WAREHOUSE, *fields.OPTIONAL,
    "consignment_no", "carrier", "tracking_no", "recipient", "phone", "address", "units", "order_ref", "contact",
    "province", "city", "district", "labelling",
}  # fmt: skip


def is_header_line(row: Row, lookup: Lookup = vocabulary.meaning_of, left: int = 0, right: int | None = None) -> bool:
    """Whether a line is made of heading words rather than of values."""
    fuzzy, exact, other, sizes = _score(row, lookup, left, len(row) if right is None else right + 1)
    if len(exact) >= 3 and (len(exact) + len(fuzzy) + sizes >= other or _are_words(row, left, right)):
        return True
    if fields.STYLE_NO in exact and len(exact | fuzzy) + (1 if sizes >= 2 else 0) >= 2:
        return other <= 2
    return len(exact) >= 1 and len(exact | fuzzy) >= 3 and other <= len(exact | fuzzy)


def _are_words(row: Row, left: int, right: int | None) -> bool:
    """Whether a line holds short words and no number, as the heading of a wide export does; a line of goods has numbers."""
    filled = [value for value in row[left : None if right is None else right + 1] if not is_blank(value)]
    return all(
        isinstance(value, str)
        and len(value) <= _MAX_HEADING
        and (any(map(str.isalpha, value)) or not any(map(str.isdigit, value)))
        for value in filled
    )


def find_headers(
    sheet: Sheet, lookup: Lookup = vocabulary.meaning_of, forced: frozenset[int] = frozenset()
) -> list[Header]:
    """All heading lines of a sheet from top to bottom, repeated ones included, one per band side by side.

    The first lines are looked at word by word. Further down only lines that hold a word of a heading already
    seen, or a plain word of the vocabulary, are; `forced` names lines that a reader met as headings.
    """
    headers: list[Header] = []
    rows = sheet.rows
    likely = set(vocabulary.plain_words())
    numeric: int | None = None
    without_number: dict[int, list[int]] = {}
    at = 0
    while at < len(rows):
        if numeric is not None and at >= FULL_SCAN_LINES:
            if numeric not in without_number:
                without_number[numeric] = _lines_without_number(rows, numeric)
            at = _next_line(at, without_number[numeric], forced, len(rows))
            if at == len(rows):
                break
        row = rows[at]
        if at in sheet.card_lines:
            at += 1
            continue
        if at >= FULL_SCAN_LINES and at not in forced and likely.isdisjoint(row):
            at += 1
            continue
        header = _compose(sheet, at, lookup) if _may_begin(sheet, at, lookup) else None
        if header is None and at in forced and headers:
            header = _with_other_sizes(headers[-1], at, labels_in(row, lookup))
        if header is None:
            at += 1
            continue
        likely.update(value for value in row if isinstance(value, str))
        headers.extend(_bands(sheet, header, lookup))
        if len(headers) > MAX_HEADINGS:
            raise FileRefused("too_many_tables", str(MAX_HEADINGS))
        prices = [
            c for c, m in header.meanings.items() if m.field in (fields.TAG_PRICE, fields.BASE_PRICE, fields.QUANTITY)
        ]
        numeric = prices[0] if prices else None
        at = header.last + 1
    return headers


def _lines_without_number(rows: list[Row], column: int) -> list[int]:
    """The lines without a number in a column where items have one: any later heading is among them. In most sheets there are none."""
    kinds = map(type, map(itemgetter(column), rows))
    return list(compress(count(), map(is_not, kinds, repeat(float))))


def _next_line(at: int, lines: list[int], forced: frozenset[int], end: int) -> int:
    """The next line, from `at` on, that may be a heading."""
    after = bisect_left(lines, at)
    return min((*lines[after : after + 1], *(line for line in forced if line >= at)), default=end)


def _with_other_sizes(before: Header, at: int, labels: dict[int, str]) -> Header:
    """A line of nothing but sizes: the heading above goes on with these."""
    header = Header(at, at, before.left, before.right, dict(before.texts), dict(before.meanings))
    header.sizes = [SizeColumns(None, labels)]
    return header


def _may_begin(sheet: Sheet, at: int, lookup: Lookup) -> bool:
    row = sheet.rows[at]
    if is_header_line(row, lookup):
        return True
    if at + 1 >= len(sheet.rows) or sheet.numbers[at + 1] != sheet.numbers[at] + 1:
        return False
    fuzzy, exact, other, _ = _score(row, lookup, 0, len(row))
    if not exact or other > len(exact) + len(fuzzy):
        return False
    below, below_exact, below_other, sizes = _score(sheet.rows[at + 1], lookup, 0, len(row))
    if is_header_line(sheet.rows[at + 1], lookup) and len(exact) < 2:
        return False
    return len(exact | below_exact | below | fuzzy) + (1 if sizes >= 2 else 0) >= 3 and below_other <= 1


def _score(row: Row, lookup: Lookup, left: int, right: int) -> tuple[set[str], set[str], int, int]:
    """Fields by fuzzy words, by exact words, cells that are no heading, size labels."""
    fuzzy: set[str] = set()
    exact: set[str] = set()
    other = sizes = 0
    for value in row[left:right]:
        if value is None:
            continue
        if isinstance(value, str):
            if is_blank(value):
                continue
            meaning = lookup(value)
            if meaning is not None:
                if meaning.field in _IDENTIFYING:
                    (exact if meaning.exact else fuzzy).add(meaning.field)
                continue
        if size_label(value) is not None:
            sizes += 1
        else:
            other += 1
    if other >= 3 and len(exact) >= 2:
        lengths = len(in_millimetres(row[left:right]))
        other, sizes = other - lengths, sizes + lengths
    return fuzzy - exact, exact, other, sizes


def _compose(sheet: Sheet, at: int, lookup: Lookup) -> Header | None:
    header = Header(first=at, last=at, left=0, right=max(0, sheet.width - 1))
    top = sheet.rows[at]
    parents = _parents(sheet, at)
    texts = {c: display_text(v).strip() for c, v in enumerate(top) if not is_blank(v)}
    label_rows: list[LabelRow] = []
    own = labels_in(top, lookup)
    if own and are_position_numbers(sheet, at, own, lookup):
        own = {}
    if own:
        label_rows.append((None, None, own))
    below = at + 1
    if not own:
        label_rows += sizes_above(sheet, at, texts, lookup, header)
    while below < len(sheet.rows) and below - at <= MAX_SIZE_ROWS:
        if sheet.numbers[below] != sheet.numbers[below - 1] + 1:
            break
        step = _second_row(sheet.rows[below], texts, parents, label_rows, lookup, own)
        if step is None:
            break
        labels, children, group = step
        for column, child in children.items():
            texts[column] = child if column not in parents else f"{parents[column]} {child}"
        if labels:
            label_rows.append((group[1] if group else None, group[0] if group else None, labels))
            for column in labels:
                texts.pop(column, None)
        header.last = below
        below += 1
    widen_sizes(sheet, header, texts, label_rows, lookup)
    _fill(header, texts, parents, label_rows, lookup)
    return header if header.meanings else None


def _parents(sheet: Sheet, at: int) -> dict[int, str]:
    """Text of cells of this line that are merged over several columns, for each column they cover."""
    number = sheet.numbers[at]
    row = sheet.rows[at]
    covered: dict[int, str] = {}
    for _, left, bottom, right in sheet.merges_at(number):
        if bottom == number and right > left and left < len(row) and not is_blank(row[left]):
            for column in range(left, min(right, sheet.width - 1) + 1):
                covered[column] = display_text(row[left]).strip()
    return covered


def _second_row(
    row: Row,
    texts: dict[int, str],
    parents: dict[int, str],
    label_rows: list[LabelRow],
    lookup: Lookup,
    own: dict[int, str],
) -> tuple[dict[int, str], dict[int, str], tuple[int, str] | None] | None:
    """What a line adds to the heading above it: sizes, child headings, a size group's name; None if it is data."""
    labels: dict[int, str] = {}
    children: dict[int, str] = {}
    strangers: list[tuple[int, str]] = []
    known_sizes = {column for _, _, sizes in label_rows for column in sizes}
    for column, value in enumerate(row):
        if is_blank(value):
            continue
        heading = texts.get(column)
        meaning = lookup(value) if isinstance(value, str) else None
        above = lookup(heading) if heading else None
        label = size_label(value) if meaning is None else None
        free = heading is None or column in parents or column in known_sizes or is_size_parent(heading, above)
        free = free or heading in _POSITIONS
        if label is not None and free:
            labels[column] = label
        elif (meaning is not None and (heading is None or column in parents)) or (
            meaning is not None and above is not None and meaning.field == above.field
        ):
            children[column] = display_text(value).strip()
        elif isinstance(value, str) and column in parents:
            children[column] = value.strip()
        elif isinstance(value, str) and len(value) <= 12:
            strangers.append((column, value.strip()))
        else:
            return None
    if len(strangers) > 1 or (strangers and len(labels) < 2):
        return None
    if not labels and not any(lookup(text) for text in children.values()) and len(children) < 2:
        return None
    if labels and not is_size_row(labels, known_sizes, own, texts, lookup):
        return None
    if labels and known_sizes and not strangers and not children and not are_sizes_alone(row, labels):
        return None
    if label_rows and children and not labels:
        return None
    return labels, children, strangers[0] if strangers else None


def _fill(
    header: Header,
    texts: dict[int, str],
    parents: dict[int, str],
    label_rows: list[LabelRow],
    lookup: Lookup,
) -> None:
    sized = {column for _, _, labels in label_rows for column in labels}
    for column, text in texts.items():
        if column in sized:
            continue
        parent = parents.get(column)
        header.texts[column] = text
        child = text[len(parent) :].strip() if parent and text.startswith(parent) and text != parent else text
        meaning = lookup(child)
        above = lookup(parent) if parent and child != text else None
        if above is not None and above.field == fields.QUANTITY:
            if meaning is None:
                meaning = Meaning(fields.WAREHOUSE, 0, True)
            elif meaning.field == fields.TOTAL:
                meaning = Meaning(fields.QUANTITY, 2, True)
        elif meaning is None and above is not None:
            meaning = above
        if meaning is not None:
            header.meanings[column] = meaning
    groups = [column for _, column, _ in label_rows if column is not None]
    header.sizes = [SizeColumns(group, dict(sorted(labels.items()))) for group, _, labels in label_rows]
    explicit = [column for column, meaning in header.meanings.items() if meaning.field == fields.SIZE_GROUP]
    if len(header.sizes) > 1:
        header.group_column = explicit[0] if explicit else groups[0] if groups else None
    if len(header.sizes) == 2 and header.group_column is None:
        join_names_of_one_size(header)


def _bands(sheet: Sheet, header: Header, lookup: Lookup) -> list[Header]:
    """Tables side by side: split where the style column comes again with a quantity of its own."""
    styles = [
        column for column, meaning in sorted(header.meanings.items())
        if meaning.field == fields.STYLE_NO and meaning.exact
    ]  # fmt: skip
    if len(styles) < 2:
        return [header]
    ordered = sorted(header.texts)
    folded = {column: vocabulary.fold_heading(text) for column, text in header.texts.items()}
    first = folded[ordered[0]]
    starts = [column for column in ordered if folded[column] == first]
    if len(starts) != len(styles) or starts[0] != ordered[0]:
        starts = [ordered[0], *styles[1:]]
    bands: list[Header] = []
    for place, start in enumerate(starts):
        end = starts[place + 1] - 1 if place + 1 < len(starts) else header.right
        band = Header(header.first, header.last, start, end)
        band.texts = {c: t for c, t in header.texts.items() if start <= c <= end}
        band.meanings = {c: m for c, m in header.meanings.items() if start <= c <= end}
        band.sizes = [
            SizeColumns(row.group, {c: label for c, label in row.labels.items() if start <= c <= end})
            for row in header.sizes
            if any(start <= c <= end for c in row.labels)
        ]
        if header.group_column is not None and start <= header.group_column <= end:
            band.group_column = header.group_column
        if not band.sizes and not band.fields() & {fields.QUANTITY, fields.WAREHOUSE, fields.TOTAL}:
            return [header]
        bands.append(band)
    bands[0].left = 0
    return bands
