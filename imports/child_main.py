"""The child's side of `imports.child`: set the limits, read, send the result."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pickle
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from imports.child import BUG, PROGRESS, RESULT, frame, read_frame
from imports.limits import Limits
from imports.report import Progress

MODULES = {"stock": "imports.stock_sheet", "tracking": "imports.tracking_sheet", "orders": "imports.order_sheet"}
"""Readers of sheets, by kind."""
_OTHERS = {
    "annotated_copy": "imports.annotated_copy.in_child",
    "picture": "imports.pictures",
    "bank_statement": "imports.bank_statement.reader",
    "reconciliation": "imports.reconciliation_sheet",
    "invoices": "imports.invoice_sheet",
    "sale": "imports.sale_sheet",
}
PROCESSES = min(2, os.cpu_count() or 1)
"""A reader with one thread of its own may use a second process for a large sheet (docs/decisions/0020)."""
_PROGRESS_SECONDS = 0.2


def reader_of(kind: str) -> Callable[..., Any]:
    """The `read` of a kind of sheet. Only the module of that kind is loaded, because a child is started for every file."""
    read: Callable[..., Any] = importlib.import_module((MODULES | _OTHERS)[kind]).read
    return read


def main(kind: str) -> None:
    """Read the request and the file from standard input; write frames to standard output."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not mix with the frames
    reader = reader_of(
        kind
    )  # before the request: a child that was started in advance has it loaded when the file comes
    request = read_frame(sys.stdin.buffer)
    if request is None:
        return
    filename, keywords, limits = pickle.loads(request)  # noqa: S301 - from our own parent
    data = sys.stdin.buffer.read()
    confine(limits)
    last_sent = 0.0

    def send_progress(step: Progress) -> None:
        nonlocal last_sent
        now = time.monotonic()
        if now - last_sent >= _PROGRESS_SECONDS:
            last_sent = now
            payload = json.dumps([step.stage, step.lines, step.done, step.faults]).encode()
            _write(out, frame(PROGRESS, payload))

    try:
        reading = reader(
            data, filename, **keywords, limits=replace(limits, processes=PROCESSES), progress=send_progress
        )
        # Sent in pieces, so that the parent unpickles meanwhile and neither process holds the reading twice.
        pickle.Pickler(_FrameWriter(out), protocol=pickle.HIGHEST_PROTOCOL).dump(reading)
    except Exception:  # noqa: BLE001 - a bug is sent to the parent, which logs it
        _write(out, frame(BUG, traceback.format_exc().encode()))


class _FrameWriter:
    """A stream that sends every piece as a frame of the result."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def write(self, piece: bytes | memoryview) -> None:
        _write(self._out, frame(RESULT, bytes(piece)))


def confine(limits: Limits) -> None:
    """Bound this process's memory and processor time; switch off core files and the garbage collector."""
    gc.disable()
    seconds = int(limits.seconds) + 1
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes)


def _limit(kind: int, soft: int, hard: int) -> None:
    """Set a limit of this process, or keep the stricter one that it was started under, which nobody may raise."""
    _, present = resource.getrlimit(kind)
    if present != resource.RLIM_INFINITY:
        soft, hard = min(soft, present), min(hard, present)
    resource.setrlimit(kind, (soft, hard))


def _write(out: Any, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[out.write(view) :]
