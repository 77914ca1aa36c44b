"""Damaged workbooks of every form, read as the service reads them: by a child with limits."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice

from imports import stock_sheet
from imports.annotated_copy.annotate import annotate
from imports.limits import DEFAULT
from tests.imports.checks import is_sane
from tests.imports.mutations import mutants

LIMITS = replace(DEFAULT, seconds=10.0)
IN_A_CHILD, IN_PROCESS, MARKED = 10, 500, 300


def test_a_child_gives_an_outcome_for_any_damaged_workbook_in_time() -> None:
    for name, data in islice(mutants(2), IN_A_CHILD):
        began = time.monotonic()
        reading = stock_sheet.read_in_child(data, name, limits=LIMITS)
        assert reading.reason not in ("memory_limit", "time_limit", "lines_lost"), name
        assert time.monotonic() - began < LIMITS.seconds
        is_sane(reading)
        # A reader that raised is told to the parent, which says `malformed`: here the exception itself would come out.
        assert reading == stock_sheet.read(data, name), name


def test_read_accounts_for_every_line_of_any_damaged_workbook() -> None:
    for name, data in islice(mutants(3), IN_PROCESS):
        reading = stock_sheet.read(data, name)
        assert reading.reason != "lines_lost", name
        is_sane(reading)


def test_annotate_gives_a_readable_copy_of_any_damaged_workbook_that_was_accepted() -> None:
    marked = 0
    for name, data in islice(mutants(4), MARKED):
        reading = stock_sheet.read(data, name)
        if reading.outcome == "accept" and reading.faults:
            copy, title = annotate(data, name, reading)
            again = stock_sheet.read(copy, title)
            assert again.outcome == "accept", name
            if title.endswith("-标注.xlsx"):
                assert list(again.rows) == list(reading.rows), name
            marked += 1
    assert marked > MARKED // 10
