"""Damaged workbooks of every form, read as the service reads them: by a child with limits."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice

from imports import stock_sheet
from imports.limits import DEFAULT
from tests.imports.checks import is_sane
from tests.imports.mutations import mutants

LIMITS = replace(DEFAULT, seconds=10.0)
IN_A_CHILD, IN_PROCESS = 10, 500


def test_a_child_makes_an_outcome_of_any_damaged_workbook_in_time() -> None:
    for name, data in islice(mutants(2), IN_A_CHILD):
        began = time.monotonic()
        reading = stock_sheet.read_in_child(data, name, limits=LIMITS)
        assert reading.reason not in ("memory_limit", "time_limit", "lines_lost"), name
        assert time.monotonic() - began < LIMITS.seconds
        is_sane(reading)
        # A reader that raised is told to the parent, which says `malformed`: here the exception itself would come out.
        assert reading == stock_sheet.read(data, name), name


def test_read_keeps_its_promise_about_any_damaged_workbook() -> None:
    for name, data in islice(mutants(3), IN_PROCESS):
        reading = stock_sheet.read(data, name)
        assert reading.reason != "lines_lost", name
        is_sane(reading)
