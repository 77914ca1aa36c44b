"""Reading in a child process with limits of memory and time, so that no file can hurt its reader's owner (IMPORT-3).

The child is a fresh interpreter (never a fork of a threaded worker). It gets the file on its standard input,
sends progress and the reading in frames on its standard output, and is killed when its time is over. What comes
back is unpickled with a reader that knows only our own plain data. A child reads one file. A worker may start the
next one ahead (`make_ready`), so that a file need not wait for an interpreter.
"""

from __future__ import annotations

import contextlib
import io
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
from typing import Any, BinaryIO, Final

from imports.limits import Limits
from imports.report import Progress, Refused

PROGRESS, RESULT, BUG = b"P", b"R", b"B"
_HEAD = struct.Struct("<cQ")
_LAUNCH = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from imports.child_main import main; main(sys.argv[2])"
)
_CLASSES: Final = {
    ("imports.report", "Fault"),
    ("imports.report", "Ignored"),
    ("imports.report", "Question"),
    ("imports.report", "Candidate"),
    ("imports.stock_sheet.rows", "Reading"),
    ("imports.stock_sheet.rows", "Origin"),
    ("imports.stock_sheet.rows", "Rows"),
    ("imports.tracking_sheet", "TrackingReading"),
    ("imports.tracking_sheet", "TrackingRow"),
    ("imports.order_sheet", "OrderReading"),
    ("imports.order_sheet", "OrderRow"),
}
_GRACE_SECONDS = 2.0
_log = logging.getLogger("imports")
_waiting: dict[str, subprocess.Popen[bytes]] = {}
"""By kind of sheet, a child that was started ahead and has no file yet."""
_waiting_lock = threading.Lock()


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a reading")
        return super().find_class(module, name)


def read_in_child(
    kind: str,
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    answers: Mapping[str, Mapping[str, str]] | None,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
) -> Any:
    """The reading of `source` (bytes or a path) by the reader `kind` (stock, tracking, orders).

    Raises Refused with `memory_limit`, `time_limit` or `corrupt` when the child did not live to tell.
    """
    if not isinstance(source, bytes):
        path = Path(source)
        if path.stat().st_size > limits.file_bytes:
            raise Refused("too_large", str(limits.file_bytes // (1024 * 1024)))
        source = path.read_bytes()
    if len(source) > limits.file_bytes:
        raise Refused("too_large", str(limits.file_bytes // (1024 * 1024)))
    order = pickle.dumps((filename, {k: dict(v) for k, v in (answers or {}).items()}, limits))
    child = _take(kind)
    try:
        return _converse(child, _HEAD.pack(b"O", len(order)) + order + source, limits, progress)
    finally:
        _end(child)


def make_ready(kind: str) -> None:
    """Have a child wait for the next file of a kind. It ends with this process, which holds the other end of its pipe."""
    with _waiting_lock:
        if kind not in _waiting:
            _waiting[kind] = _start(kind)


def _take(kind: str) -> subprocess.Popen[bytes]:
    """The child that waits, if it still lives, or a new one."""
    with _waiting_lock:
        waiting = _waiting.pop(kind, None)
    if waiting is None:
        return _start(kind)
    if waiting.poll() is not None:
        _end(waiting)
        return _start(kind)
    return waiting


def _start(kind: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", _LAUNCH, json.dumps(sys.path), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()


def _converse(
    child: subprocess.Popen[bytes], message: bytes, limits: Limits, progress: Callable[[Progress], None] | None
) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS
    began = time.monotonic()
    os.set_blocking(child.stdin.fileno(), False)
    os.set_blocking(child.stdout.fileno(), False)
    pending = memoryview(message)
    inbox = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdin, selectors.EVENT_WRITE)
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Refused("time_limit", f"{limits.seconds:g}")
            for key, _ in selector.select(left):
                if key.fileobj is child.stdin:
                    pending = _send(child, pending, selector)
                    continue
                piece = os.read(child.stdout.fileno(), 1 << 20)
                if not piece:
                    raise _cause_of_death(child, limits)
                inbox += piece
                if len(inbox) > limits.memory_bytes:
                    raise Refused("memory_limit")
                found = _take_frames(inbox, began, progress)
                if found is not None:
                    return _PlainUnpickler(io.BytesIO(found)).load()


def _send(child: subprocess.Popen[bytes], pending: memoryview, selector: selectors.BaseSelector) -> memoryview:
    assert child.stdin is not None
    try:
        pending = pending[os.write(child.stdin.fileno(), pending[: 1 << 20]) :]
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        pending = memoryview(b"")
    if not pending:
        selector.unregister(child.stdin)
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
    return pending


def _take_frames(inbox: bytearray, began: float, progress: Callable[[Progress], None] | None) -> bytes | None:
    while len(inbox) >= _HEAD.size:
        kind, size = _HEAD.unpack_from(inbox)
        if len(inbox) < _HEAD.size + size:
            return None
        payload = bytes(inbox[_HEAD.size : _HEAD.size + size])
        del inbox[: _HEAD.size + size]
        if kind == RESULT:
            return payload
        if kind == BUG:
            _log.error("a reader failed on a file: %s", payload.decode("utf-8", "replace"))
            raise Refused("malformed")
        if progress is not None:
            progress(_timed(Progress(*json.loads(payload)), time.monotonic() - began))
    return None


def _timed(step: Progress, elapsed: float) -> Progress:
    if not step.lines or not step.done:
        return step
    return replace(step, seconds_left=round(elapsed * (step.lines - step.done) / step.done, 1))


def _cause_of_death(child: subprocess.Popen[bytes], limits: Limits) -> Refused:
    try:
        code = child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return Refused("corrupt")
    return refusal_of_exit(code, limits)


def refusal_of_exit(code: int, limits: Limits) -> Refused:
    """Why a child that ended with `code` (negative: a signal) did not give a reading."""
    if code in (-signal.SIGABRT, -signal.SIGKILL):
        return Refused("memory_limit")
    if code == -signal.SIGXCPU:
        return Refused("time_limit", f"{limits.seconds:g}")
    return Refused("corrupt")


def frame(kind: bytes, payload: bytes) -> bytes:
    """One message of the child's half of the conversation."""
    return _HEAD.pack(kind, len(payload)) + payload


def read_frame(stream: BinaryIO) -> bytes | None:
    """The one frame that the child is sent before the file; None where its owner ended first."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    _, size = _HEAD.unpack(head)
    return stream.read(size)
