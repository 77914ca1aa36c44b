"""Chooses how a workbook is annotated: in place, or as a workbook of its faulty rows."""

from __future__ import annotations

from collections.abc import Sequence

from imports.annotated_copy.annotations import Annotation
from imports.annotated_copy.faulty_rows import faulty_rows
from imports.annotated_copy.patch import CannotPatch, patch
from imports.limits import DEFAULT, Limits
from imports.readings import AnyReading
from imports.report import Fault, FileRefused
from imports.workbook import open_workbook


def annotate(
    data: bytes, filename: str, reading: AnyReading, *, opening: Sequence[str] = (), limits: Limits = DEFAULT
) -> tuple[bytes, str]:
    """The annotated copy and its file name. `reading` is what the reader of its kind gives for the same bytes.

    xlsx and xlsm come back as they were with each wrong cell filled and commented and a first sheet that sums up;
    everything else in them is byte for byte the same. Other forms give an xlsx of the headings and faulty lines.
    `opening` are lines that stand on that first sheet instead of the usual. Refuses what the reader refuses.
    """
    annotations = _annotations_of(reading.faults)
    stem = filename.rsplit(".", 1)[0] if "." in filename else filename
    if data.startswith(b"PK") and reading.kind in ("xlsx", "xlsm"):
        try:
            return patch(data, annotations, reading, limits, opening), f"{stem}-标注.{reading.kind}"
        except CannotPatch:
            pass
    try:
        workbook = open_workbook(data, filename, limits=limits)
    except FileRefused:
        workbook = None
    return faulty_rows(workbook, annotations, reading, opening), f"{stem}-问题行.xlsx"


def _annotations_of(faults: list[Fault]) -> list[Annotation]:
    found: dict[tuple[str | None, int, str | None], Annotation] = {}
    for fault in faults:
        place = (fault.sheet, fault.row, fault.col)
        found.setdefault(place, Annotation(*place)).faults.append(fault)
    return list(found.values())
