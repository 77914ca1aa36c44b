"""Seven workbooks as brands keep them, each with what a careful person would import and hand back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imports import stock_sheet
from imports.stock_sheet.rows import rows_json
from tests.imports.checks import every_line_is_accounted_for

WORKBOOKS = Path(__file__).parent / "workbooks"
NAMES = sorted(path.name.removesuffix(".expect.json") for path in WORKBOOKS.glob("*.expect.json"))
COMPARED = ("sheet", "row", "col", "style_no", "colour", "size", "barcode", "tag_price", "base_price", "quantity")


def test_there_are_all_samples() -> None:
    assert len(NAMES) == 7


@pytest.mark.parametrize("name", NAMES)
def test_read_gives_the_expected_reading_of_a_sample(name: str) -> None:
    expected: dict[str, Any] = json.loads((WORKBOOKS / f"{name}.expect.json").read_text("utf-8"))
    reading = stock_sheet.read((WORKBOOKS / name).read_bytes(), name)
    every_line_is_accounted_for(reading)
    assert reading.outcome == expected["outcome"]
    assert [{key: row[key] for key in COMPARED} for row in rows_json(reading.rows)] == expected["rows"]
    assert [
        {"sheet": f.sheet, "row": f.row, "col": f.col, "header": f.header, "code": f.code} for f in reading.faults
    ] == expected["faults"]
    ignored = {(entry.sheet, number): entry.why for entry in reading.ignored for number in entry.rows()}
    for line in expected["ignored"]:
        assert ignored.get((line["sheet"], line["row"])) == line["why"]
    pictures = {(line["sheet"], line["row"]): line["sha256"] for line in expected["pictures"]}
    assert {(row.sheet, row.row): row.picture for row in reading.rows if row.picture} == pictures
    assert set(reading.pictures) == set(pictures.values())
    charts = [
        {
            "style_no": each.style_no,
            "category": each.category,
            "captions": list(each.captions),
            "lines": [*map(list, each.lines)],
        }
        for each in reading.size_charts
    ]
    assert charts == expected.get("size_charts", [])
