"""`check`: read a workbook and print what is in it and what is wrong with it."""

from __future__ import annotations

import argparse
from typing import TextIO

from imports.child_main import reader_of
from imports.cli.confined import run_confined
from imports.cli.files import limits_of, read_input, standard_output
from imports.cli.reading_json import as_json
from imports.cli.reading_text import as_text
from imports.cli.status import status_of
from imports.readings import AnyReading
from imports.stock_sheet.rows import Reading


def run(options: argparse.Namespace) -> int:
    """Print the reading of FILE on standard output and return the exit status."""
    limits = limits_of(options)
    data, filename = read_input(options, limits)
    read = reader_of(options.kind)

    def work(_: TextIO) -> int:
        reading: AnyReading = read(data, filename, answers=options.answers, limits=limits)
        return _print(reading, json=options.json)

    def on_limit(code: str, details: tuple[str, ...]) -> int:
        return _print(Reading("refuse", code, details), json=options.json)

    return run_confined(work, on_limit, limits)


def _print(reading: AnyReading, *, json: bool) -> int:
    with standard_output() as out:
        # A locale without Chinese must not turn a reading into a failure.
        out.reconfigure(encoding="utf-8" if json else None, errors="backslashreplace")
        out.writelines(as_json(reading) if json else as_text(reading))
    return status_of(reading)
