"""Files that the command line reads and writes, `-` for standard input and output included."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, cast

from imports.child_main import PROCESSES
from imports.cli.status import CANNOT_WRITE, IO_ERROR, NO_INPUT
from imports.limits import DEFAULT, MEGABYTE, Limits

STANDARD = "-"


class CommandError(Exception):
    """Why a command ends without a result: the message for standard error, and the exit status."""

    status: int

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror}")


class InputError(CommandError):
    """A file that is to be read cannot be opened."""

    status = NO_INPUT


class OutputError(CommandError):
    """A file that is to be written cannot be."""

    status = CANNOT_WRITE


class StandardOutputError(OutputError):
    """Standard output is closed, or what it leads to takes no more."""

    status = IO_ERROR

    def __init__(self, error: OSError) -> None:
        super().__init__("standard output", error)


def open_closed_streams() -> None:
    """Give every standard stream that the caller closed a descriptor that leads nowhere.

    Otherwise the next file that is opened gets its number, and is read or written in its place. `sys.stdin` and `sys.stdout` stay None,
    which tells that they cannot be used; messages for a closed standard error are dropped.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", errors="backslashreplace", closefd=False)


def tell(message: str, stream: TextIO | None = None) -> None:
    """Print a message to standard error, or to the stream of a child; one that cannot be written changes no exit status."""
    stream = stream or sys.stderr
    try:
        stream.write(f"{message}\n")
        stream.flush()
    except OSError:
        _discard(stream.fileno())


def limits_of(options: argparse.Namespace) -> Limits:
    """The limits of a reading that the options ask for."""
    return dataclasses.replace(
        DEFAULT, memory_bytes=options.memory_mb * MEGABYTE, seconds=options.seconds, processes=PROCESSES
    )


def read_input(options: argparse.Namespace, limits: Limits) -> tuple[bytes, str]:
    """The bytes of FILE and its name. Raises InputError.

    At most one byte above `limits.file_bytes` is read: the reader refuses such a file as too large.
    """
    size = limits.file_bytes + 1
    if options.file == STANDARD and sys.stdin is None:
        raise InputError("standard input", _closed())
    try:
        if options.file == STANDARD:
            return sys.stdin.buffer.read(size), options.name or ""
        with open(options.file, "rb") as file:
            return file.read(size), options.name or Path(options.file).name
    except OSError as error:
        raise InputError("standard input" if options.file == STANDARD else options.file, error) from error


def write_output(data: bytes, path: str, *, force: bool) -> None:
    """Write to a new file (with `force` also over an old one) or to standard output. Raises OutputError.

    A file appears whole or not at all: where writing fails, an old file stays as it was.
    """
    if path == STANDARD:
        write_standard_output(data)
        return
    target = Path(path).resolve()
    try:
        if target.exists() and not target.is_file():  # a device, a pipe or a folder
            target.write_bytes(data)
        else:
            _replace_atomically(data, target, force=force)
    except OSError as error:
        raise OutputError(path, error) from error


def _replace_atomically(data: bytes, target: Path, *, force: bool) -> None:
    if not force and target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(name, 0o666 & ~_umask())
        if force or not _link(name, target):
            os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def _link(name: str, target: Path) -> bool:
    """Name a finished file, which fails where a file of that name has appeared meanwhile; False where the volume has no hard links."""
    try:
        os.link(name, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        return False
    return True


def _umask() -> int:
    """The umask of this process, which can only be read by setting it."""
    present = os.umask(0)
    os.umask(present)
    return present


def write_standard_output(data: bytes) -> None:
    """Write everything. Raises StandardOutputError."""
    with standard_output() as out:
        out.buffer.write(data)


@contextmanager
def standard_output() -> Iterator[TextIOWrapper]:
    """Standard output, written through at the end. Raises StandardOutputError where it is closed, full or fails.

    `| head` closes a pipe early, which is no error: what it did not read is dropped.
    """
    if sys.stdout is None:
        raise StandardOutputError(_closed())
    try:
        yield cast("TextIOWrapper", sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(1)
    except OSError as error:
        _discard(1)
        raise StandardOutputError(error) from error


def _discard(descriptor: int) -> None:
    """Point a stream at nothing, so that the interpreter's flush at exit does not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _closed() -> OSError:
    return OSError(errno.EBADF, os.strerror(errno.EBADF))
