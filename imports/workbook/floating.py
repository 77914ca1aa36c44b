"""Pictures that float over a sheet: stored once by their hash and attached to the rows that they cover."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field

from imports.limits import MEGABYTE
from imports.workbook.model import Merge, Sheet

_DEFAULT_HEIGHT = 15.0
_MAX_ROWS = 1000
_MAX_COLUMNS = 50


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a picture lies: its first column (from 0) and row (from 1), and how far below the row's top it begins, in points.

    It ends at `last_row`, `last_offset` points below that row's top; or, where `last_row` is None, `height` points below its own.
    """

    column: int
    row: int
    offset: float = 0.0
    last_row: int | None = None
    last_offset: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class Album:
    """The pictures of a workbook by their sha256. Left out is what is larger than `limit` bytes, or than what `limit_of_all` leaves."""

    limit: int
    limit_of_all: int
    pictures: dict[str, bytes] = field(default_factory=dict)
    size: int = 0
    left_out: bool = False

    def keep(self, content: bytes) -> str | None:
        """The hash of a picture, None for one that is left out."""
        digest = hashlib.sha256(content).hexdigest()
        if digest in self.pictures:
            return digest
        if not self.has_room_for(len(content)):
            return None
        self.pictures[digest] = content
        self.size += len(content)
        return digest

    def has_room_for(self, size: int) -> bool:
        """Whether there is room for a picture of so many bytes; if not, `left_out` is set."""
        fits = size <= self.limit and self.size + size <= self.limit_of_all
        self.left_out = self.left_out or not fits
        return fits

    def notes(self) -> list[tuple[str, tuple[str, ...]]]:
        """The notes of the file for the pictures that were left out."""
        megabytes = str(self.limit // MEGABYTE), str(self.limit_of_all // MEGABYTE)
        return [("pictures_too_large", megabytes)] if self.left_out else []


def attach(sheet: Sheet, anchor: Anchor, digest: str) -> None:
    """Attach a picture to the rows of which it covers half; over a merged cell to all rows of the cell (IMPORT-18)."""
    first, last = _covered_rows(sheet, anchor)
    merge = _merge_over(sheet, first, anchor.column)
    if merge is not None:
        first, last = min(first, merge[0]), max(last, merge[2])
    sheet.floating.append((first, last, anchor.column, digest))


def _merge_over(sheet: Sheet, row: int, column: int) -> Merge | None:
    """The merge that covers a cell; of merges that overlap none is left when pictures are laid."""
    if not sheet.merges_over:
        for merge in sheet.merges:
            for each in range(merge[1], min(merge[3], merge[1] + _MAX_COLUMNS) + 1):
                sheet.merges_over.setdefault(each, []).append(merge)
    column_merges = sheet.merges_over.get(column, [])
    at = bisect_right(column_merges, row, key=lambda merge: merge[0]) - 1
    return column_merges[at] if at >= 0 and row <= column_merges[at][2] else None


def height_of(sheet: Sheet, number: int) -> float:
    """The height of a row in points."""
    return sheet.heights.get(number, _DEFAULT_HEIGHT) or _DEFAULT_HEIGHT


def _covered_rows(sheet: Sheet, anchor: Anchor) -> tuple[int, int]:
    """The rows of which the picture covers at least half; a picture smaller than that has the row of its centre."""
    row, start = anchor.row, anchor.offset
    if anchor.last_row is not None:
        last, end = anchor.last_row, anchor.last_offset
    else:
        last, end = row, start + anchor.height
        while end > height_of(sheet, last) and last - row < _MAX_ROWS:
            end -= height_of(sheet, last)
            last += 1
    if last - row > _MAX_ROWS or last < row:
        return row, row
    covered: list[int] = []
    best, best_share = row, -1.0
    for number in range(row, last + 1):
        height = height_of(sheet, number)
        low = min(start, height) if number == row else 0.0
        high = min(end, height) if number == last else height
        share = (high - low) / height if height else 0.0
        if share >= 0.5:
            covered.append(number)
        if share > best_share:
            best, best_share = number, share
    return (covered[0], covered[-1]) if covered else (best, best)
