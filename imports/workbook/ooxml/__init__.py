"""xlsx and xlsm: what is where in the package, then each sheet by the careful or the fast reader."""

from __future__ import annotations

from collections.abc import Callable

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook.merges import drop_overlapping_merges
from imports.workbook.model import Sheet, Workbook
from imports.workbook.ooxml.parts import Parts
from imports.workbook.ooxml.pictures import place_pictures
from imports.workbook.ooxml.sheet_careful import read_carefully
from imports.workbook.ooxml.sheet_fast import FastSheets
from imports.workbook.package import Package

FAST_BYTES = 300_000
"""Of a sheet from which on its rows are read by patterns; a smaller one takes no time."""
CALAMINE_BYTES = 6_000_000
"""Of a sheet from which on calamine reads it where its rows are not regular; the careful reader knows more."""


def read(data: bytes, package: Package, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """The workbook of an OOXML package. Macros are left where they are; links are never followed."""
    parts = Parts(package, limits)
    if len({entry.name.casefold() for entry in parts.sheets}) < len(parts.sheets):
        raise FileRefused("malformed")
    sheets: list[Sheet] = []
    fast = FastSheets(data, parts, limits)
    cells = 0
    for entry in parts.sheets:
        sheet = Sheet(name=entry.name, visibility=entry.visibility, part=entry.part)
        if entry.part is not None:
            size = package.size(entry.part)
            by_calamine = size >= CALAMINE_BYTES
            if size < FAST_BYTES or not fast.read(sheet, entry.part, on_progress, by_calamine=by_calamine):
                read_carefully(sheet, package.chunks(entry.part), parts, limits, on_progress)
            sheet.clear_uncalculated_zeroes()
            drop_overlapping_merges([sheet], limits)
            place_pictures(sheet, entry.part, parts)
        cells += len(sheet.rows) * sheet.width
        if len(sheet.rows) > limits.lines or cells > limits.cells:
            raise FileRefused("too_many_rows", str(limits.lines))
        sheets.append(sheet)
    kind = "xlsm" if parts.has_macros else "xlsx"
    workbook = Workbook(kind=kind, sheets=sheets, notes=parts.album.notes(), pictures=parts.album.pictures)
    if parts.has_macros:
        workbook.notes.append(("macro", ()))
    return workbook
