"""Reads a file in a child process with limits of memory and time, so that no file can stop the service (IMPORT-3).

The child is a fresh interpreter, never a fork of a process with threads. It receives the file on its standard input,
sends progress and the pickled reading in frames on its standard output, and is killed when its time is over. The parent
unpickles only an allow-list of our own data classes. A child reads one file. A worker may start the
next child in advance (`prewarm`), so that a file does not wait for an interpreter to start.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import pickle
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, TypeVar

from imports.limits import Limits
from imports.report import FileRefused, Progress

T = TypeVar("T")
REQUEST, PROGRESS, RESULT, BUG = b"Q", b"P", b"R", b"B"
_FRAME_HEADER = struct.Struct("<cQ")
_LAUNCH = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from imports.child_main import main; main(sys.argv[2])"
)
_ALLOWED_CLASSES: Final = {
    ("imports.report", "Fault"),
    ("imports.report", "Ignored"),
    ("imports.report", "Question"),
    ("imports.report", "Candidate"),
    ("imports.stock_sheet.rows", "Reading"),
    ("imports.stock_sheet.rows", "Origin"),
    ("imports.stock_sheet.rows", "Rows"),
    ("imports.size_charts.chart", "ChartTable"),
    ("imports.tracking_sheet", "SkuText"),
    ("imports.tracking_sheet", "TrackingReading"),
    ("imports.tracking_sheet", "TrackingLine"),
    ("imports.tracking_sheet", "RowWithoutNumber"),
    ("imports.order_sheet", "OrderReading"),
    ("imports.order_sheet", "OrderRow"),
    ("imports.reconciliation_sheet", "ListReading"),
    ("imports.reconciliation_sheet", "ListLine"),
    ("imports.bank_statement.reading", "StatementReading"),
    ("imports.bank_statement.reading", "StatementLine"),
    ("imports.bank_statement.reading", "BalanceGap"),
    ("imports.invoice_sheet", "InvoiceReading"),
    ("imports.invoice_sheet", "IssuedLine"),
    ("imports.sale_sheet", "SaleReading"),
    ("imports.sale_sheet", "SaleLine"),
    ("imports.report", "FaultWithText"),
    ("datetime", "date"),
    ("imports.annotated_copy.in_child", "AnnotatedCopy"),
    ("imports.pictures", "WebSizes"),
}
_GRACE_SECONDS = 2.0
_log = logging.getLogger("imports")
_prewarmed: dict[str, subprocess.Popen[bytes]] = {}
"""By kind of sheet, a child that was started in advance and has no file yet."""
_prewarmed_lock = threading.Lock()


class _ReadingUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED_CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a reading")
        return super().find_class(module, name)


def read_in_child(
    kind: str,
    result: type[T],
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    keywords: Mapping[str, Any],
    limits: Limits,
    progress: Callable[[Progress], None] | None = None,
) -> T:
    """The `result` that the `read` of a kind's module (`child_main.reader_of`) gives for `source` (bytes or a path) and `keywords`.

    Raises FileRefused with `memory_limit`, `time_limit` or `corrupt` when the child ended without a result.
    """
    if not isinstance(source, bytes):
        path = Path(source)
        if path.stat().st_size > limits.file_bytes:
            raise FileRefused("too_large", str(limits.file_bytes // (1024 * 1024)))
        source = path.read_bytes()
    if len(source) > limits.file_bytes:
        raise FileRefused("too_large", str(limits.file_bytes // (1024 * 1024)))
    request = pickle.dumps((filename, dict(keywords), limits))
    child = _take_child(kind)
    try:
        answer = _ChildSession(child, frame(REQUEST, request) + source, limits, progress).result()
    finally:
        _stop(child)
    if not isinstance(answer, result):
        raise TypeError(f"the reader of {kind} gave a {type(answer).__name__}")
    return answer


def prewarm(kind: str) -> None:
    """Start a child that waits for the next file of a kind. It ends with this process, which holds the other end of its pipe."""
    with _prewarmed_lock:
        if kind not in _prewarmed:
            _prewarmed[kind] = _start(kind)


def _take_child(kind: str) -> subprocess.Popen[bytes]:
    """The child that was started in advance, if it still runs, or a new one."""
    with _prewarmed_lock:
        waiting = _prewarmed.pop(kind, None)
    if waiting is None:
        return _start(kind)
    if waiting.poll() is not None:
        _stop(waiting)
        return _start(kind)
    return waiting


def _start(kind: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", _LAUNCH, json.dumps(sys.path), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
    )
    for stream in _pipes(child):
        _grow_pipe(stream.fileno())
    return child


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output of a child, which were both opened as pipes."""
    if child.stdin is None or child.stdout is None:
        raise ValueError("the child has no pipes")
    return child.stdin, child.stdout


def _grow_pipe(pipe: int) -> None:
    """Let a pipe hold a megabyte, where the system allows it: with 64 KB the two processes wait for each other."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    for stream in _pipes(child):
        stream.close()


class _ChildSession:
    """The parent's side: sends the file, reports progress, and is the stream from which the reading is unpickled.

    A reading is unpickled while its child still writes it. Raises FileRefused where the child broke a limit, failed or ended.
    """

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        message: bytes,
        limits: Limits,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._child, self._limits, self._progress = child, limits, progress
        self._stdin, self._stdout = _pipes(child)
        self._pending = memoryview(message)
        self._began = time.monotonic()
        self._inbox, self._reading, self._taken, self._received = bytearray(), bytearray(), 0, 0
        for stream in (self._stdin, self._stdout):
            os.set_blocking(stream.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._selector.register(self._stdout, selectors.EVENT_READ)

    def result(self) -> Any:
        with self._selector:
            return _ReadingUnpickler(self).load()

    def read(self, size: int) -> bytes:
        """The next bytes of the pickled reading; waits for them."""
        while len(self._reading) - self._taken < size:
            self._exchange()
        found = bytes(memoryview(self._reading)[self._taken : self._taken + size])
        self._taken += size
        return found

    def readline(self) -> bytes:
        """An unpickler requires this method of a stream; binary pickles have no lines."""
        raise pickle.UnpicklingError("a reading has no lines")

    def _exchange(self) -> None:
        """Wait until data can be sent or received, and do it."""
        left = self._began + self._limits.seconds + _GRACE_SECONDS - time.monotonic()
        if left <= 0:
            raise FileRefused("time_limit", f"{self._limits.seconds:g}")
        for key, _ in self._selector.select(left):
            if key.fileobj is self._stdin:
                self._send()
            else:
                self._receive()

    def _send(self) -> None:
        try:
            self._pending = self._pending[os.write(self._stdin.fileno(), self._pending[: 1 << 20]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._pending = memoryview(b"")
        if not self._pending:
            self._selector.unregister(self._stdin)
            with contextlib.suppress(BrokenPipeError):
                self._stdin.close()

    def _receive(self) -> None:
        piece = os.read(self._stdout.fileno(), 1 << 20)
        if not piece:
            raise _refusal_of_ended_child(self._child, self._limits)
        self._received += len(piece)
        if self._received > self._limits.memory_bytes:
            raise FileRefused("memory_limit")
        self._inbox += piece
        self._handle_frames()

    def _handle_frames(self) -> None:
        at = 0
        while len(self._inbox) >= at + _FRAME_HEADER.size:
            kind, size = _FRAME_HEADER.unpack_from(self._inbox, at)
            end = at + _FRAME_HEADER.size + size
            if len(self._inbox) < end:
                break
            self._handle_frame(kind, bytes(self._inbox[at + _FRAME_HEADER.size : end]))
            at = end
        del self._inbox[:at]

    def _handle_frame(self, kind: bytes, payload: bytes) -> None:
        if kind == RESULT:
            del self._reading[: self._taken]
            self._taken = 0
            self._reading += payload
        elif kind == BUG:
            _log.error("a reader failed on a file: %s", payload.decode("utf-8", "replace"))
            raise FileRefused("malformed")
        elif self._progress is not None:
            self._progress(_with_time_left(Progress(*json.loads(payload)), time.monotonic() - self._began))


def _with_time_left(step: Progress, elapsed: float) -> Progress:
    if not step.lines or not step.done:
        return step
    return replace(step, seconds_left=round(elapsed * (step.lines - step.done) / step.done, 1))


def _refusal_of_ended_child(child: subprocess.Popen[bytes], limits: Limits) -> FileRefused:
    try:
        code = child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return FileRefused("corrupt")
    return refusal_of_exit(code, limits)


def refusal_of_exit(code: int, limits: Limits) -> FileRefused:
    """Why a child that ended with `code` (negative: a signal) did not give a reading."""
    if code in (-signal.SIGABRT, -signal.SIGKILL):
        return FileRefused("memory_limit")
    if code == -signal.SIGXCPU:
        return FileRefused("time_limit", f"{limits.seconds:g}")
    return FileRefused("corrupt")


def frame(kind: bytes, payload: bytes) -> bytes:
    """One message of the child's side."""
    return _FRAME_HEADER.pack(kind, len(payload)) + payload


def read_frame(stream: BinaryIO) -> bytes | None:
    """The one frame that the child receives before the file; None where the parent ended first."""
    head = stream.read(_FRAME_HEADER.size)
    if len(head) < _FRAME_HEADER.size:
        return None
    _, size = _FRAME_HEADER.unpack(head)
    return stream.read(size)
