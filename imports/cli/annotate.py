"""`annotate`: write a copy of a workbook in which the faulty cells are marked."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

from imports.annotated_copy.annotate import annotate
from imports.child_main import reader_of
from imports.cli.confined import run_confined
from imports.cli.files import STANDARD, limits_of, read_input, tell, write_output
from imports.cli.status import status_of
from imports.readings import AnyReading
from imports.stock_sheet.rows import Reading


def run(options: argparse.Namespace) -> int:
    """Write the annotated copy of FILE and return the exit status that `check` gives; a file without faults has no copy."""
    limits = limits_of(options)
    data, filename = read_input(options, limits)
    read = reader_of(options.kind)

    def work(messages: TextIO) -> int:
        reading: AnyReading = read(data, filename, answers=options.answers, limits=limits)
        if reading.outcome != "accept" or not reading.faults:
            tell(reading.message, messages)
            return status_of(reading)
        copy, name = annotate(data, filename, reading, limits=limits)
        path = options.output or _default_output(options.file, name)
        write_output(copy, path, force=options.force)
        tell(f"{reading.message} {'' if path == STANDARD else path}".rstrip(), messages)
        return status_of(reading)

    def on_limit(code: str, details: tuple[str, ...]) -> int:
        reading = Reading("refuse", code, details)
        tell(reading.message)
        return status_of(reading)

    return run_confined(work, on_limit, limits)


def _default_output(file: str, name: str) -> str:
    return STANDARD if file == STANDARD else str(Path(file).parent / Path(name).name)
