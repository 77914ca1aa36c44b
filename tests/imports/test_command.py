"""python -m imports check"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.imports.builders import HEADER, csv, goods, with_cell, xlsx

ROOT = Path(__file__).parents[2]


def check(path: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "imports", "check", str(path), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "库存.xlsx"
    path.write_bytes(xlsx([HEADER, *with_cell(goods(), 3, 6, "多")]))
    return path


def test_check_gives_json_with_prices_as_strings(workbook: Path) -> None:
    code, out = check(workbook, "--json")
    said: dict[str, Any] = json.loads(out)
    assert code == 1
    assert list(said) == ["outcome", "reason", "rows", "faults", "warnings", "ignored", "questions"]
    assert said["rows"][0] | {"barcode": None} == {
        "sheet": "库存", "row": 2, "col": None, "style_no": "ST24A10000", "colour": "墨绿", "size": "M", "barcode": None,
        "tag_price": "599.00", "base_price": "149.75", "quantity": 3, "name": None, "category": None, "season": None,
        "year": None, "gender": None, "brand": None, "remark": None, "picture": None,
    }  # fmt: skip
    assert {key: said["faults"][0][key] for key in ("sheet", "row", "col", "header", "code", "value")} == {
        "sheet": "库存", "row": 5, "col": "G", "header": "库存", "code": "bad_number", "value": "多",
    }  # fmt: skip
    assert said["faults"][0]["message"]
    assert said["faults"][0]["hint"]
    assert said["ignored"] == [{"sheet": "库存", "row": 1, "why": "header"}]


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_check_says_nothing_more_to_whoever_stopped_listening(workbook: Path, option: list[str]) -> None:
    nobody, out = os.pipe()
    os.close(nobody)
    with os.fdopen(out, "wb") as closed:
        command = [sys.executable, "-m", "imports", "check", str(workbook), *option]
        done = subprocess.run(command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def test_check_says_by_its_status_what_the_file_is(tmp_path: Path, workbook: Path) -> None:
    clean = tmp_path / "clean.xlsx"
    clean.write_bytes(xlsx([HEADER, *goods()]))
    assert check(clean)[0] == 0
    assert check(workbook)[0] == 1
    asking = tmp_path / "ask.xlsx"
    asking.write_bytes(xlsx([["款号", "颜色", "尺码", "条码", "吊牌价", "单价", "库存"], *goods()]))
    assert check(asking)[0] == 2
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(clean.read_bytes()[:2000])
    code, out = check(broken, "--json")
    assert code == 2
    assert json.loads(out)["reason"] == "corrupt"


def test_check_says_that_a_reading_went_over_its_memory(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_bytes(csv([HEADER, *goods(20_000)]))
    code, out = check(path, "--json", "--memory-mb", "40")
    assert code == 2
    assert json.loads(out)["reason"] == "memory_limit"


def test_check_reads_answers(tmp_path: Path) -> None:
    path = tmp_path / "ask.xlsx"
    path.write_bytes(xlsx([["款号", "颜色", "尺码", "条码", "吊牌价", "单价", "库存"], *goods()]))
    question = json.loads(check(path, "--json")[1])["questions"][0]
    assert question["field"] == "base_price"
    assert question["columns"] == [{"col": "F", "header": "单价", "samples": ["149.75", "174.75"]}]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({question["fingerprint"]: {"F": "base_price"}}))
    assert check(path, "--answers", str(answers))[0] == 0
