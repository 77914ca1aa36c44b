"""Files that the command line reads and writes, `-` for standard input and output included."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import os
import sys
import tempfile
from pathlib import Path

from imports.child_main import PROCESSES
from imports.limits import DEFAULT, MEGABYTE, Limits

STANDARD = "-"


class InputError(Exception):
    """A file that is to be read cannot be opened."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror}")


class OutputError(Exception):
    """A file that is to be written cannot be."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror}")


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
    if options.file == STANDARD:
        return sys.stdin.buffer.read(size), options.name or ""
    try:
        with open(options.file, "rb") as file:
            return file.read(size), options.name or Path(options.file).name
    except OSError as error:
        raise InputError(options.file, error) from error


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
        if force:
            os.replace(name, target)
        else:
            os.link(name, target)  # fails where the file has appeared meanwhile
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    """The umask of this process, which can only be read by setting it."""
    present = os.umask(0)
    os.umask(present)
    return present


def write_standard_output(data: bytes) -> None:
    """Write everything, or as much as the reader of the pipe takes: `| head` closes it early, which is no error."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_standard_output()


def discard_standard_output() -> None:
    """Point standard output at nothing, so that the interpreter's flush at exit does not fail on a closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
