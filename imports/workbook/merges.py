"""Merged cells made fit to be walked: as many as a limit allows, and none over another, so that all together cover a sheet once at most."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from operator import itemgetter

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook.model import Merge, Sheet


def drop_overlapping_merges(sheets: Iterable[Sheet], limits: Limits) -> None:
    """Leave each sheet the merges that lie over no other one; spreadsheet programs write no others. Refuses `too_many_merges`."""
    sheets = list(sheets)
    if sum(len(sheet.merges) for sheet in sheets) > limits.merges:
        raise FileRefused("too_many_merges", str(limits.merges))
    for sheet in sheets:
        if sheet.merges:
            sheet.merges = without_overlaps(sheet.merges)


def without_overlaps(merges: list[Merge]) -> list[Merge]:
    """From top to bottom and left to right, each that covers no cell of one before it."""
    kept: list[Merge] = []
    # Of the merges above, those that reach down to here: beside each other, from left to right.
    lefts: list[int] = []
    reaching: list[Merge] = []
    for merge in sorted(merges, key=itemgetter(0, 1)):
        top, left, bottom, right = merge
        if bottom < top or right < left:
            continue
        start = stop = bisect_left(lefts, left)
        if start and reaching[start - 1][3] >= left:
            start -= 1
            if reaching[start][2] >= top:
                continue
        while stop < len(lefts) and lefts[stop] <= right and reaching[stop][2] < top:
            stop += 1
        if stop < len(lefts) and lefts[stop] <= right:
            del lefts[start:stop], reaching[start:stop]
            continue
        lefts[start:stop] = [left]
        reaching[start:stop] = [merge]
        kept.append(merge)
    return kept
