"""Makes the annotated copy in a child process under the limits of a reader, because it opens the uploaded file again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imports import child
from imports.annotated_copy.annotate import annotate
from imports.child_main import reader_of
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.readings import AnyReading
from imports.report import FaultWithText, FileRefused, Progress


@dataclass(frozen=True, slots=True)
class AnnotatedCopy:
    """The bytes of a copy and its file name, or the `reason` (one of `reasons.FILES`) why there is none."""

    data: bytes
    name: str
    reason: str = ""


def annotate_in_child(
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    kind: str = "stock",
    answers: Answers | None = None,
    faults: Sequence[FaultWithText] = (),
    warnings: Sequence[FaultWithText] = (),
    taken: int | None = None,
    opening: Sequence[str] = (),
    limits: Limits = DEFAULT,
) -> AnnotatedCopy:
    """Read `source` again by the reader of its kind and mark the reader's faults and the caller's `faults`; `warnings` likewise.

    `taken` is how many rows are used in the end; None: as many as were read. `opening`: see `annotate`.
    """
    keywords = {
        "kind": kind,
        "answers": answers,
        "faults": list(faults),
        "warnings": list(warnings),
        "taken": taken,
        "opening": list(opening),
    }
    try:
        return child.read_in_child("annotated_copy", AnnotatedCopy, source, filename, keywords=keywords, limits=limits)
    except FileRefused as refused:
        return AnnotatedCopy(b"", "", refused.code)


def read(
    data: bytes,
    filename: str,
    *,
    kind: str,
    answers: Answers | None,
    faults: list[FaultWithText],
    warnings: list[FaultWithText],
    taken: int | None,
    opening: list[str],
    limits: Limits,
    progress: Callable[[Progress], None],
) -> AnnotatedCopy:
    """The function that the child runs."""
    reading: AnyReading = reader_of(kind)(data, filename, answers=answers, limits=limits, progress=progress)
    if reading.outcome != "accept":
        return AnnotatedCopy(b"", "", reading.reason or "corrupt")
    reading.faults += faults
    reading.warnings += warnings
    reading.taken = taken
    reading.faults.sort(key=lambda fault: (fault.sheet or "", fault.row))
    try:
        return AnnotatedCopy(*annotate(data, filename, reading, opening=opening, limits=limits))
    except FileRefused as refused:
        return AnnotatedCopy(b"", "", refused.code)
