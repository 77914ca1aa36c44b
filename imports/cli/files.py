"""Files that the command line reads and writes, `-` for standard input and output included."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
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
    """Write to a new file (with `force` also over an old one) or to standard output. Raises OutputError."""
    if path == STANDARD:
        write_standard_output(data)
        return
    try:
        with open(path, "wb" if force else "xb") as file:
            file.write(data)
    except OSError as error:
        raise OutputError(path, error) from error


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
