"""Finds which lines of a statement the rows of a brand's list are about (SETTLE-13). Pure functions."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from imports.cells.colours import fold_colour
from imports.cells.text import fold_case, normalize
from imports.reconciliation_sheet import ListLine
from settlement.rules.comparison import DifferenceKind


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of a statement: what it is of, and its figures in the order of FIGURES; amounts in fen."""

    line_id: int
    order_id: int
    style_no: str
    colour: str
    size: str
    barcode: str
    tracking_nos: Sequence[str]
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A line of the brand that the statement does not have, of an order or with a number that list or statement name, and the statement
    that was sent with it; None where none was."""

    line_id: int
    order_id: int
    style_no: str
    colour: str
    size: str
    barcode: str
    tracking_nos: Sequence[str]
    statement_id: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a row may be about: indexes of lines of the statement, and of other lines."""

    lines: list[int]
    others: list[int]


@dataclass(slots=True)
class Group:
    """Rows of a list and the statement's lines that they are about; they are compared by their sums.

    Usually it is one line. `others` are lines outside of the statement that the rows may as well be about. `unread` are rows that could not
    be read: then nothing is compared.
    """

    lines: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    others: set[int] = field(default_factory=set)

    @property
    def kind(self) -> DifferenceKind | None:
        """What it is without a look at figures; None where these decide."""
        if self.unread:
            return DifferenceKind.UNREAD
        if not self.rows:
            return DifferenceKind.ONLY_STATEMENT
        return None if self.lines else DifferenceKind.ONLY_LIST


class LineFinder:
    """Finds the lines of a statement, and lines of the brand that it does not have, which a row of a list names.

    By the line's number; else by the number of the order, else of the parcel, and of these the lines whose barcode, or style, colour and
    size are those of the row, as far as it names them. Case, width, leading zeros and apostrophes of numbers do not matter.
    """

    def __init__(self, lines: Sequence[ComparedLine], others: Sequence[OtherLine] = ()) -> None:
        self._count = len(lines)
        self._lines: Sequence[ComparedLine | OtherLine] = [*lines, *others]
        self._by_line = {str(line.line_id): at for at, line in enumerate(self._lines)}
        self._by_order: dict[str, list[int]] = defaultdict(list)
        self._by_parcel: dict[str, list[int]] = defaultdict(list)
        for at, line in enumerate(self._lines):
            self._by_order[str(line.order_id)].append(at)
            for number in line.tracking_nos:
                self._by_parcel[_folded(number)].append(at)

    def find(self, row: ListLine) -> Found:
        """What the row may be about; nothing where the brand has no such line."""
        at = self._by_line.get(number_of(row.line_no)) if row.line_no else None
        if at is not None and (at < self._count or self._is_consistent(row, self._lines[at])):
            return self._found([at])
        for named, known, fold in (
            (row.order_no, self._by_order, number_of),
            (row.tracking_no, self._by_parcel, _folded),
        ):
            found = [at for at in known.get(fold(named), ()) if self._is_of(row, self._lines[at])] if named else []
            if found:
                return self._found(self._by_barcode(row, found))
        return Found([], [])

    def _found(self, places: list[int]) -> Found:
        return Found(
            [at for at in places if at < self._count], [at - self._count for at in places if at >= self._count]
        )

    def _is_consistent(self, row: ListLine, line: ComparedLine | OtherLine) -> bool:
        """Whether the row can be about a line outside of the statement that has its number. Brands also number their rows themselves."""
        return (not row.order_no or number_of(row.order_no) == str(line.order_id)) and self._is_of(row, line)

    def _by_barcode(self, row: ListLine, found: list[int]) -> list[int]:
        exact = [at for at in found if row.barcode and self._lines[at].barcode == _folded(row.barcode)]
        return exact or found

    @staticmethod
    def _is_of(row: ListLine, line: ComparedLine | OtherLine) -> bool:
        if row.barcode and _folded(row.barcode) == line.barcode:
            return True
        has_parts = bool(row.style_no or row.colour or row.size)
        if row.barcode and line.barcode and not has_parts:
            return False
        parts: tuple[tuple[str, str, Callable[[str], str]], ...] = (
            (row.style_no, line.style_no, _folded),
            (row.colour, line.colour, fold_colour),
            (row.size, line.size, _folded),
        )
        return all(not said or fold(said) == fold(known) for said, known, fold in parts)


def group_rows(
    lines: Sequence[ComparedLine],
    rows: Sequence[ListLine],
    unread: Sequence[ListLine] = (),
    others: Sequence[OtherLine] = (),
) -> list[Group]:
    """The groups in which a list and a statement are compared: every line and every row is in exactly one.

    Rows about the same lines are together, and so are rows that a merged cell of figures joins. Those of lines come first, in their
    order; then each row that no line has.
    """
    finder = LineFinder(lines, others)
    targets = _targets(finder, rows)
    unread_targets = [finder.find(row) for row in unread]
    together = _Together(len(lines))
    for found in (*targets, *unread_targets):
        together.join(found.lines)
    by_first: dict[int, Group] = {}
    for at in range(len(lines)):
        by_first.setdefault(together.first(at), Group()).lines.append(at)
    strangers: dict[object, Group] = {}
    for at, found in enumerate(targets):
        is_known = bool(found.lines)
        group = (
            by_first[together.first(found.lines[0])] if is_known else strangers.setdefault(_stranger(rows[at]), Group())
        )
        group.rows.append(at)
        group.others.update(found.others)
    for at, found in enumerate(unread_targets):
        if found.lines:
            by_first[together.first(found.lines[0])].unread.append(at)
    return [*by_first.values(), *strangers.values()]


def _targets(finder: LineFinder, rows: Sequence[ListLine]) -> list[Found]:
    """What each row is about. Rows that a merged cell joins are about the lines of all of them."""
    targets = [finder.find(row) for row in rows]
    blocks: dict[tuple[str | None, int], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        if row.joined is not None:
            blocks[row.sheet, row.joined].append(at)
    for members in blocks.values():
        of_all = Found(
            sorted({line for at in members for line in targets[at].lines}),
            sorted({line for at in members for line in targets[at].others}),
        )
        for at in members:
            targets[at] = of_all
    return targets


class _Together:
    """Which of so many entries belong together: each is known by the first of its set."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def first(self, at: int) -> int:
        while self._parent[at] != at:
            self._parent[at] = self._parent[self._parent[at]]
            at = self._parent[at]
        return at

    def join(self, entries: Sequence[int]) -> None:
        firsts = sorted({self.first(at) for at in entries})
        for other in firsts[1:]:
            self._parent[other] = firsts[0]


def _stranger(row: ListLine) -> object:
    """Rows about the same goods of the same order are one difference."""
    if row.joined is not None:
        return row.sheet, row.joined
    return row.order_no, row.line_no, row.tracking_no, row.style_no, row.colour, row.size, row.barcode


def number_of(text: str) -> str:
    """A number as it is compared: without leading zeros and #, in narrow digits."""
    return text.lstrip("#0") if text.isascii() else normalize(text).lstrip("#0")


def _folded(text: str) -> str:
    return fold_case(normalize(text)).replace(" ", "")
