"""Reads a brand's stock workbook: rows, and the exact place and reason of everything that is wrong.

`read` works in this process and suits trusted or small files; a service uses `read_in_child`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from imports import child
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.report import FileRefused, Progress
from imports.stock_sheet import reader
from imports.stock_sheet.rows import Reading


def read(
    data: bytes,
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> Reading:
    """Read a stock workbook in this process. Any bytes give a Reading; nothing is raised for their content.

    `answers` maps a layout's fingerprint (Question.fingerprint) to {column letters or heading: field}.
    """
    return reader.read(data, filename, answers=answers, limits=limits, progress=progress)


def read_in_child(
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> Reading:
    """The same in a child process with `limits.memory_bytes` and `limits.seconds`, as a service does.

    `progress` is called in this process, a few times a second. A child that ends without an answer gives a refusal.
    """
    try:
        return child.read_in_child(
            "stock", Reading, source, filename, keywords={"answers": answers}, limits=limits, progress=progress
        )
    except FileRefused as refused:
        return Reading("refuse", refused.code, refused.details)


def prewarm() -> None:
    """Start the child for the next file now, in a process that will read more files; it takes some 30 MB until then."""
    child.prewarm("stock")
