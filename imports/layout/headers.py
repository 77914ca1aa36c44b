"""Heading lines: found by their words, composed of one, two or more rows, with the sizes of a matrix."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from imports import vocabulary as words
from imports.cells import Problem, is_known_size, shown, size, size_label, tidy, units
from imports.vocabulary import Meaning
from imports.workbook.model import Row, Sheet, is_blank

Lookup = Callable[[str], Meaning | None]
FULL_SCAN_LINES = 300
_MAX_SIZE_ROWS = 12
_POSITIONS = frozenset(map(str, range(1, 31)))
_AROUND_A_SIZE = re.compile(
    r"^(尺码|尺寸|码数|size)\s*[:：]?\s*|\s*(可用|可售)?(库存|数量|件数|库存数|库存数量|qty|stock)$|\s*\((件|双|条|套|pcs)\)$",
    re.IGNORECASE,
)
_IDENTIFYING = {
    words.STYLE, words.COLOUR, words.SIZE, words.BARCODE, words.TAG, words.BASE, words.QUANTITY, words.DISCOUNT,
    words.COST, words.AMOUNT, words.COLOUR_CODE, words.SIZE_GROUP, words.UNCLEAR_PRICE, words.COLOUR_AND_SIZE,
    words.SIZE_PARENT, words.WAREHOUSE, *words.OPTIONAL,
    "consignment_no", "carrier", "tracking_no", "recipient", "phone", "address", "units", "order_ref", "contact",
    "province", "city", "district", "labelling",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SizeColumns:
    """One row of sizes in a matrix heading: which size each column stands for, and for which size group."""

    group: str | None
    labels: dict[int, str]


@dataclass(slots=True)
class Header:
    """The heading of one table. Indexes are into `sheet.rows`; columns are 0-based.

    `meanings` is what each column's heading says, `texts` what is written there; `sizes` is empty for a flat
    table. `group_column` tells which row of sizes a line uses.
    """

    first: int
    last: int
    left: int
    right: int
    texts: dict[int, str] = field(default_factory=dict)
    meanings: dict[int, Meaning] = field(default_factory=dict)
    sizes: list[SizeColumns] = field(default_factory=list)
    group_column: int | None = None

    @property
    def fingerprint(self) -> str:
        """The same for every sheet with the same headings in the same order."""
        parts = [f"{column - self.left}={words.fold(text)}" for column, text in sorted(self.texts.items())]
        parts += [f"{column - self.left}:{label}" for row in self.sizes for column, label in sorted(row.labels.items())]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]

    def same_as(self, other: Header) -> bool:
        """Whether a heading is the other one again, as on each page of a print-out."""
        return (
            {c: words.fold(t) for c, t in self.texts.items()} == {c: words.fold(t) for c, t in other.texts.items()}
            and [row.labels for row in self.sizes] == [row.labels for row in other.sizes]
        )  # fmt: skip

    def fields(self) -> set[str]:
        return {meaning.field for meaning in self.meanings.values()}


def looks_like_header(row: Row, lookup: Lookup = words.meaning, left: int = 0, right: int | None = None) -> bool:
    """Whether a line is made of heading words rather than of goods."""
    found, exact, other, sizes = _score(row, lookup, left, len(row) if right is None else right + 1)
    if len(exact) >= 3 and len(exact) + len(found) + sizes >= other:
        return True
    if words.STYLE in exact and len(exact | found) + (1 if sizes >= 2 else 0) >= 2:
        return other <= 2
    return len(exact) >= 1 and len(exact | found) >= 3 and other <= len(exact | found)


def find_headers(sheet: Sheet, lookup: Lookup = words.meaning, forced: frozenset[int] = frozenset()) -> list[Header]:
    """All heading lines of a sheet from top to bottom, repeated ones included, one per band side by side.

    The first lines are looked at word by word. Further down only lines that hold a word of a heading already
    seen, or a plain word of the vocabulary, are; `forced` names lines that a reader met as headings.
    """
    headers: list[Header] = []
    rows = sheet.rows
    likely = set(words.plain_words())
    numeric: int | None = None
    at = 0
    while at < len(rows):
        row = rows[at]
        if at in sheet.card_lines:
            at += 1
            continue
        # A heading has words where the goods have numbers; most sheets are passed by this one look.
        plain = (numeric is not None and row[numeric].__class__ is float) or likely.isdisjoint(row)
        if plain and at >= FULL_SCAN_LINES and at not in forced:
            at += 1
            continue
        header = _compose(sheet, at, lookup) if _may_begin(sheet, at, lookup) else None
        if header is None and at in forced and headers:
            header = _with_other_sizes(headers[-1], at, _labels_in(row, lookup))
        if header is None:
            at += 1
            continue
        likely.update(value for value in row if isinstance(value, str))
        headers.extend(_bands(sheet, header, lookup))
        prices = [c for c, m in header.meanings.items() if m.field in (words.TAG, words.BASE, words.QUANTITY)]
        numeric = prices[0] if prices else None
        at = header.last + 1
    return headers


def _with_other_sizes(before: Header, at: int, labels: dict[int, str]) -> Header:
    """A line of nothing but sizes: the heading above goes on with these."""
    header = Header(at, at, before.left, before.right, dict(before.texts), dict(before.meanings))
    header.sizes = [SizeColumns(None, labels)]
    return header


def _may_begin(sheet: Sheet, at: int, lookup: Lookup) -> bool:
    row = sheet.rows[at]
    if looks_like_header(row, lookup):
        return True
    if at + 1 >= len(sheet.rows) or sheet.numbers[at + 1] != sheet.numbers[at] + 1:
        return False
    found, exact, other, _ = _score(row, lookup, 0, len(row))
    if not exact or other > len(exact) + len(found):
        return False
    below, below_exact, below_other, sizes = _score(sheet.rows[at + 1], lookup, 0, len(row))
    if looks_like_header(sheet.rows[at + 1], lookup) and len(exact) < 2:
        return False
    return len(exact | below_exact | below | found) + (1 if sizes >= 2 else 0) >= 3 and below_other <= 1


def _score(row: Row, lookup: Lookup, left: int, right: int) -> tuple[set[str], set[str], int, int]:
    """Fields by fuzzy words, by exact words, cells that are no heading, size labels."""
    found: set[str] = set()
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
                    (exact if meaning.exact else found).add(meaning.field)
                continue
        if size_label(value) is not None:
            sizes += 1
        else:
            other += 1
    if other >= 3 and len(exact) >= 2:
        lengths = len(_in_millimetres(row[left:right]))
        other, sizes = other - lengths, sizes + lengths
    return found - exact, exact, other, sizes


def _compose(sheet: Sheet, at: int, lookup: Lookup) -> Header | None:
    header = Header(first=at, last=at, left=0, right=max(0, sheet.width - 1))
    top = sheet.rows[at]
    parents = _parents(sheet, at)
    texts = {c: shown(v).strip() for c, v in enumerate(top) if not is_blank(v)}
    label_rows: list[tuple[str | None, int | None, dict[int, str]]] = []
    own = _labels_in(top, lookup)
    if own and _are_positions(sheet, at, own, lookup):
        own = {}
    if own:
        label_rows.append((None, None, own))
    below = at + 1
    if not own:
        label_rows += _sizes_above(sheet, at, texts, lookup, header)
    while below < len(sheet.rows) and below - at <= _MAX_SIZE_ROWS:
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
    _widen_sizes(sheet, header, texts, label_rows, lookup)
    _fill(header, texts, parents, label_rows, lookup)
    return header if header.meanings else None


def _widen_sizes(
    sheet: Sheet,
    header: Header,
    texts: dict[int, str],
    label_rows: list[tuple[str | None, int | None, dict[int, str]]],
    lookup: Lookup,
) -> None:
    """Columns among the sizes, or next to them, that are sizes too although no size is written like that."""
    if len(label_rows) != 1 or len(label_rows[0][2]) < 2:
        return
    labels = label_rows[0][2]

    def may_be(column: int) -> bool:
        text = texts.get(column)
        fits = text is not None and column not in labels and lookup(text) is None and len(tidy(text)) <= 20
        return fits and not is_wrong_size(size(text))

    for column in range(min(labels) + 1, max(labels)):
        if may_be(column) and holds_units(sheet, header, column):
            labels[column] = tidy(texts[column])
    for step in (-1, 1):
        column = (min(labels) if step < 0 else max(labels)) + step
        while may_be(column) and is_known_size(tidy(texts[column])) and holds_units(sheet, header, column):
            labels[column] = tidy(texts[column])
            column += step


def is_wrong_size(parsed: str | Problem) -> bool:
    """A heading that was a size, or stands for several: units under it are of a size that nobody can name."""
    return isinstance(parsed, Problem) and parsed.code in ("size_range", "size_became_date")


def holds_units(sheet: Sheet, header: Header, column: int) -> bool:
    values = [row[column] for row in sheet.rows[header.last + 1 : header.last + 51] if not is_blank(row[column])]
    return bool(values) and sum(not isinstance(units(value), Problem) for value in values) * 2 > len(values)


def _are_positions(sheet: Sheet, at: int, own: dict[int, str], lookup: Lookup) -> bool:
    """1, 2, 3 … over rows of sizes that a size group chooses from are places, not sizes."""
    ordered = [int(own[column]) if own[column].isdigit() else 0 for column in sorted(own)]
    if ordered != list(range(1, len(own) + 1)):
        return False
    if at + 1 >= len(sheet.rows) or sheet.numbers[at + 1] != sheet.numbers[at] + 1:
        return False
    has_group = any(
        isinstance(value, str) and (meaning := lookup(value)) is not None and meaning.field == words.SIZE_GROUP
        for value in sheet.rows[at]
    )
    below = {column: size_label(sheet.rows[at + 1][column]) for column in own}
    return has_group and sum(label is not None for label in below.values()) >= 2


def _sizes_above(
    sheet: Sheet, at: int, texts: dict[int, str], lookup: Lookup, header: Header
) -> list[tuple[str | None, int | None, dict[int, str]]]:
    """Rows of sizes that stand above the heading, over columns that it leaves without a word."""
    found: list[tuple[str | None, int | None, dict[int, str]]] = []
    above = at - 1
    while above >= 0 and sheet.numbers[above] == sheet.numbers[above + 1] - 1 and at - above <= _MAX_SIZE_ROWS:
        row = sheet.rows[above]
        labels = {column: label for column, label in _labels_in(row, lookup).items() if column not in texts}
        if len(labels) < 2 or len(set(labels.values())) != len(labels):
            break
        names = [v.strip() for c, v in enumerate(row) if isinstance(v, str) and c not in labels and not is_blank(v)]
        if any(isinstance(v, float) for c, v in enumerate(row) if c not in labels):
            break
        found.insert(0, (names[-1] if names else None, None, labels))
        header.first = above
        above -= 1
    return found


def _parents(sheet: Sheet, at: int) -> dict[int, str]:
    """Text of cells of this line that are merged over several columns, for each column they cover."""
    number = sheet.numbers[at]
    row = sheet.rows[at]
    covered: dict[int, str] = {}
    for top, left, bottom, right in sheet.merges:
        if top == number and bottom == number and right > left and left < len(row) and not is_blank(row[left]):
            for column in range(left, min(right, sheet.width - 1) + 1):
                covered[column] = shown(row[left]).strip()
    return covered


def _labels_in(row: Row, lookup: Lookup) -> dict[int, str]:
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
    return labels | _counted_on(row, labels) | _in_millimetres(row)


def _in_millimetres(row: Row) -> dict[int, str]:
    """220, 225, 230: shoes by the length of the foot, where three or more go up by fives or tens."""
    found = {
        column: text for column, value in enumerate(row)
        if not isinstance(value, dt.date) and (text := tidy(shown(value))).isdigit() and len(text) == 3
    }  # fmt: skip
    lengths = [int(text) for _, text in sorted(found.items())]
    steps = {later - sooner for sooner, later in pairwise(lengths)}
    return found if len(lengths) >= 3 and steps <= {5, 10} and 200 < lengths[-1] <= 310 and lengths[0] >= 100 else {}


def _wordy_label(value: str) -> str | None:
    """S库存, 尺码S and S(件) are the size S where several columns are headed like that."""
    bare = _AROUND_A_SIZE.sub("", tidy(value)).strip()
    return size_label(bare) if bare and bare != tidy(value) else None


def _counted_on(row: Row, labels: dict[int, str]) -> dict[int, str]:
    """1 to 8 as sizes: 1, 3, 5 alone are no size, but beside 2, 4, 6 they are."""
    digits = [column for column, label in labels.items() if label.isdigit() and int(label) <= 18]
    found: dict[int, str] = {}
    for column in digits:
        for step in (-1, 1):
            at, label = column + step, int(labels[column]) + step
            if 0 <= at < len(row) and at not in labels and tidy(shown(row[at])) == str(label):
                found[at] = str(label)
    return found


def _second_row(
    row: Row,
    texts: dict[int, str],
    parents: dict[int, str],
    label_rows: list[tuple[str | None, int | None, dict[int, str]]],
    lookup: Lookup,
    own: dict[int, str],
) -> tuple[dict[int, str], dict[int, str], tuple[int, str] | None] | None:
    """What a line adds to the heading above it: sizes, child headings, a size group's name; None if it is data."""
    labels: dict[int, str] = {}
    children: dict[int, str] = {}
    strangers: list[tuple[int, str]] = []
    known_sizes = {column for _, _, found in label_rows for column in found}
    for column, value in enumerate(row):
        if is_blank(value):
            continue
        heading = texts.get(column)
        meaning = lookup(value) if isinstance(value, str) else None
        above = lookup(heading) if heading else None
        label = size_label(value) if meaning is None else None
        free = heading is None or column in parents or column in known_sizes or _is_size_parent(heading, above)
        free = free or heading in _POSITIONS
        if label is not None and free:
            labels[column] = label
        elif (meaning is not None and (heading is None or column in parents)) or (
            meaning is not None and above is not None and meaning.field == above.field
        ):
            children[column] = shown(value).strip()
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
    if labels and not _is_size_row(labels, known_sizes, own, texts, lookup):
        return None
    if labels and known_sizes and not strangers and not children and not are_sizes_alone(row, labels):
        return None
    if label_rows and children and not labels:
        return None
    return labels, children, strangers[0] if strangers else None


def are_sizes_alone(row: Row, labels: dict[int, str]) -> bool:
    """Whether sizes without the name of their group can be nothing else: words, or numbers that no stock would be."""
    values = [row[column] for column in sorted(labels)]
    if any(isinstance(value, str) and not value.strip().isdigit() for value in values):
        return True
    numbers = [float(label) for label in labels.values() if label.replace(".", "").isdigit()]
    steps = {later - sooner for sooner, later in pairwise(numbers)}
    return len(numbers) == len(values) >= 3 and len(steps) == 1 and steps.pop() > 0 and min(numbers) >= 19


def _is_size_parent(heading: str, above: Meaning | None) -> bool:
    return above is not None and above.field in (words.SIZE, words.QUANTITY, words.SIZE_PARENT)


def _is_size_row(
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
        return column in texts and _is_size_parent(texts[column], lookup(texts[column]))
    return True


def _fill(
    header: Header,
    texts: dict[int, str],
    parents: dict[int, str],
    label_rows: list[tuple[str | None, int | None, dict[int, str]]],
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
        if above is not None and above.field == words.QUANTITY:
            if meaning is None:
                meaning = Meaning(words.WAREHOUSE, 0, True)
            elif meaning.field == words.TOTAL:
                meaning = Meaning(words.QUANTITY, 2, True)
        elif meaning is None and above is not None:
            meaning = above
        if meaning is not None:
            header.meanings[column] = meaning
    groups = [column for _, column, _ in label_rows if column is not None]
    header.sizes = [SizeColumns(group, dict(sorted(labels.items()))) for group, _, labels in label_rows]
    explicit = [column for column, meaning in header.meanings.items() if meaning.field == words.SIZE_GROUP]
    if len(header.sizes) > 1:
        header.group_column = explicit[0] if explicit else groups[0] if groups else None
    if len(header.sizes) == 2 and header.group_column is None:
        _join_names_of_one_size(header)


def _join_names_of_one_size(header: Header) -> None:
    """S, M, L over 160/84A, 165/88A, 170/92A: with no group to choose by, both name the same sizes."""
    over, under = (row.labels for row in header.sizes)
    worded = [
        not any(label[0].isdigit() and not label.upper().endswith("L") for label in row.values())
        for row in (over, under)
    ]
    if set(over) == set(under) and len(set(worded)) == 2:
        header.sizes = [SizeColumns(None, {column: f"{over[column]}({under[column]})" for column in over})]


def _bands(sheet: Sheet, header: Header, lookup: Lookup) -> list[Header]:
    """Tables side by side: split where the style column comes again with a quantity of its own."""
    styles = [
        column for column, meaning in sorted(header.meanings.items())
        if meaning.field == words.STYLE and meaning.exact
    ]  # fmt: skip
    if len(styles) < 2:
        return [header]
    ordered = sorted(header.texts)
    folded = {column: words.fold(text) for column, text in header.texts.items()}
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
        if not band.sizes and not band.fields() & {words.QUANTITY, words.WAREHOUSE, words.TOTAL}:
            return [header]
        bands.append(band)
    bands[0].left = 0
    return bands
