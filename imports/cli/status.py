"""Exit statuses of the command line. Values from 64 are those of the BSD header sysexits.h."""

from __future__ import annotations

from imports.record_sheet.reading import RecordReading
from imports.stock_sheet.rows import Reading

ACCEPTED = 0
FAULTS = 1
REFUSED = 2
QUESTION = 3
USAGE = 64
NO_INPUT = 66
CANNOT_WRITE = 73
IO_ERROR = 74

BY_OUTCOME = {"refuse": REFUSED, "ask_mapping": QUESTION}


def status_of(reading: Reading | RecordReading) -> int:
    """The exit status that reports the outcome of a reading."""
    return BY_OUTCOME.get(reading.outcome, FAULTS if reading.faults else ACCEPTED)
