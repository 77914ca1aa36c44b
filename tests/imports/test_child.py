"""Reading in a child process: the same reading, its limits, and children that are started ahead."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from imports import child, stock_sheet
from imports.limits import DEFAULT
from imports.report import FileRefused
from tests.imports.builders import HEADER, csv, goods, with_cell, xlsx

SHEET = "xl/worksheets/sheet1.xml"
BOOK = xlsx([HEADER, *goods()])


def test_read_in_child_gives_the_same_as_in_process(tmp_path: Path) -> None:
    data = xlsx([HEADER, *with_cell(goods(), 3, 6, "多")])
    seen: list[str] = []
    reading = stock_sheet.read_in_child(data, "库存.xlsx", progress=lambda step: seen.append(step.stage))
    assert reading == stock_sheet.read(data, "库存.xlsx")
    assert seen[0] == "opening"
    path = tmp_path / "库存.xlsx"
    path.write_bytes(data)
    assert stock_sheet.read_in_child(path, "库存.xlsx") == reading


def test_a_reading_in_many_pieces_is_complete() -> None:
    lines = [[*line, "针织衫", ""] for line in with_cell(goods(3_000), 3, 6, "多")]
    data = csv([[*HEADER, "品名", "备注"], *lines])
    reading = stock_sheet.read_in_child(data, "a.csv")
    assert len(pickle.dumps(reading)) > 2 * 2**16  # more than a piece
    assert (reading.rows.columns["name"], len(reading.faults)) == (["针织衫"] * 2_999, 1)
    assert reading == stock_sheet.read(data, "a.csv")


# IMPORT-3
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "memory_limit"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "time_limit"),
        ("out.write(frame(BUG, b'broken'))", "malformed"),
        ("sys.exit(3)", "corrupt"),
    ],
)
def test_an_incomplete_reading_is_refused(end: str, reason: str) -> None:
    words = f"""
import os, pickle, signal, sys
from imports import stock_sheet
from imports.child import BUG, RESULT, frame
out = os.fdopen(1, "wb", buffering=0)
pickled = pickle.dumps(stock_sheet.Reading("accept", details=("x" * 70_000,)))
out.write(frame(RESULT, pickled[: len(pickled) // 2]))
{end}
"""
    breaking = subprocess.Popen(
        [sys.executable, "-c", words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with breaking, pytest.raises(FileRefused) as refused:
        child._ChildSession(breaking, b"", DEFAULT, None).result()
    assert refused.value.code == reason


# IMPORT-3
def test_read_in_child_refuses_what_takes_too_much_memory_or_time() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        with zipfile.ZipFile(io.BytesIO(xlsx([list(HEADER), *goods()]))) as source:
            for name in source.namelist():
                if name != SHEET:
                    target.writestr(name, source.read(name))
        line = (
            b'<row r="%d">'
            + b"".join(b'<c r="%s%%d" t="inlineStr"><is><t>x%%d</t></is></c>' % c.encode() for c in "ABCDEFG")
            + b"<c/></row>"  # an unusual cell: such a sheet goes to the careful reader, which no machine runs in a second
        )
        body = b"".join(line.replace(b"%d", str(number).encode()) for number in range(1, 150_000))
        target.writestr(SHEET, b"<worksheet><sheetData>" + body + b"</sheetData></worksheet>")
    big = out.getvalue()
    assert (
        stock_sheet.read_in_child(big, "a.xlsx", limits=replace(DEFAULT, memory_bytes=48 * 2**20)).reason
        == "memory_limit"
    )
    assert stock_sheet.read_in_child(big, "a.xlsx", limits=replace(DEFAULT, seconds=0.0)).reason == "time_limit"


def test_a_prewarmed_child_reads_one_file() -> None:
    stock_sheet.prewarm()
    waiting = child._prewarmed["stock"]
    stock_sheet.prewarm()
    assert child._prewarmed["stock"] is waiting
    assert stock_sheet.read_in_child(BOOK, "a.xlsx") == stock_sheet.read(BOOK, "a.xlsx")
    assert waiting.returncode is not None
    assert "stock" not in child._prewarmed
    assert stock_sheet.read_in_child(BOOK, "a.xlsx").rows


def test_a_prewarmed_child_that_ended_is_replaced() -> None:
    stock_sheet.prewarm()
    waiting = child._prewarmed["stock"]
    waiting.kill()
    while waiting.poll() is None:
        time.sleep(0.01)
    assert stock_sheet.read_in_child(BOOK, "a.xlsx").outcome == "accept"


def test_a_prewarmed_child_ends_when_its_parent_is_killed() -> None:
    words = (
        "from imports import child; child.prewarm('stock'); print(child._prewarmed['stock'].pid, flush=True); input()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert owner.stdin is not None
    assert owner.stdout is not None
    waiting = int(owner.stdout.readline())
    assert _lives(waiting)
    owner.kill()
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while _lives(waiting) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(waiting)


def _lives(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody waited for (a zombie) has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
