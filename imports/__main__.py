"""`python -m imports check FILE [--kind stock|tracking|orders] [--json]`

Exit status: 0 accepted, 1 accepted with faults, 2 refused or a question to answer.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from imports import reasons
from imports.child_main import MODULES, PROCESSES, reader_of
from imports.confined import run_confined
from imports.flat import FlatReading
from imports.limits import DEFAULT
from imports.report import Fault, Question
from imports.stock_sheet import Reading, Rows, row_json

ACCEPTED, FAULTY, STOPPED = 0, 1, 2
_SHOWN = 20

AnyReading = Reading | FlatReading


def main(arguments: list[str] | None = None) -> int:
    """Run the command line. Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m imports", description="Check a workbook without importing it.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="read a workbook and say what is in it and what is wrong")
    check.add_argument("file", type=Path)
    check.add_argument("--kind", choices=sorted(MODULES), default="stock")
    check.add_argument("--json", action="store_true", help="print the whole reading as JSON")
    check.add_argument("--answers", type=Path, help="JSON file of remembered answers, {fingerprint: {column: field}}")
    check.add_argument("--memory-mb", type=int, default=DEFAULT.memory_bytes // 2**20)
    check.add_argument("--seconds", type=float, default=DEFAULT.seconds)
    options = parser.parse_args(arguments)
    limits = dataclasses.replace(
        DEFAULT, memory_bytes=options.memory_mb * 2**20, seconds=options.seconds, processes=PROCESSES
    )
    try:
        size = options.file.stat().st_size
        answers = json.loads(options.answers.read_text("utf-8")) if options.answers else None
    except (OSError, ValueError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return STOPPED
    say = _say_json if options.json else _say
    if size > limits.file_bytes:
        return _tell(say, Reading("refuse", "too_large", (str(limits.file_bytes // 2**20),)))

    reader = reader_of(options.kind)

    def work() -> int:
        reading: AnyReading = reader(options.file.read_bytes(), options.file.name, answers=answers, limits=limits)
        return _tell(say, reading)

    def died(code: str, details: tuple[str, ...]) -> int:
        return _tell(say, Reading("refuse", code, details))

    return run_confined(work, died, limits)


def _tell(say: Callable[[AnyReading, TextIO], int], reading: AnyReading) -> int:
    """Say it and give the exit status, also where whoever listens (`| head`) has heard enough."""
    try:
        code = say(reading, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return status(reading)
    return code


def status(reading: AnyReading) -> int:
    """The exit status that a reading asks for."""
    if reading.outcome != "accept":
        return STOPPED
    return FAULTY if reading.faults else ACCEPTED


def as_json(reading: AnyReading) -> Iterator[str]:
    """The reading as JSON, in pieces."""
    head = {"outcome": reading.outcome, "reason": reading.reason}
    if reading.reason is not None:
        head["message"] = (
            f"{reasons.file_message(reading.reason, 'zh', reading.details)} {reasons.file_message(reading.reason, 'en', reading.details)}"
        )
        head["hint"] = f"{reasons.hint(reading.reason, 'zh')} {reasons.hint(reading.reason, 'en')}"
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    yield from _listed(_row_dicts(reading))
    yield '], "faults": ['
    yield from _listed(fault_json(fault) for fault in reading.faults)
    yield '], "warnings": ['
    yield from _listed(fault_json(fault) for fault in reading.warnings)
    yield '], "ignored": ['
    yield from _listed(
        entry
        for ignored in reading.ignored
        for entry in _ignored_json(ignored.sheet, ignored.row, ignored.to_row, ignored.why)
    )
    yield '], "questions": ['
    yield from _listed(question_json(question) for question in reading.questions)
    yield "]}\n"


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault or warning as JSON gives it."""
    return {
        "sheet": fault.sheet,
        "row": fault.row,
        "col": fault.col,
        "header": fault.header,
        "code": fault.code,
        "value": fault.value,
        "message": fault.message,
        "hint": fault.hint,
    }


def question_json(question: Question) -> dict[str, Any]:
    """A question as JSON gives it, with the columns that may be the answer."""
    return {
        "sheet": question.sheet,
        "row": question.row,
        "code": question.code,
        "field": question.field,
        "fingerprint": question.fingerprint,
        "message": f"{question.message_zh} {question.message_en}",
        "columns": [
            {"col": candidate.col, "header": candidate.header, "samples": list(candidate.samples)}
            for candidate in question.candidates
        ],
    }


def _ignored_json(sheet: str | None, row: int, to_row: int, why: str) -> Iterator[dict[str, Any]]:
    if to_row - row > 1000:
        yield {"sheet": sheet, "row": row, "to_row": to_row, "why": why}
        return
    for number in range(row, to_row + 1):
        yield {"sheet": sheet, "row": number, "why": why}


def _row_dicts(reading: AnyReading) -> Iterator[dict[str, Any]]:
    rows: Any = reading.rows if isinstance(reading, Reading) else getattr(reading, "rows", [])
    if isinstance(rows, Rows):
        for row in rows:
            yield row_json(row)
    else:
        for row in rows:
            yield dataclasses.asdict(row)


def _listed(entries: Iterator[dict[str, Any]]) -> Iterator[str]:
    batch: list[dict[str, Any]] = []
    first = True
    for entry in entries:
        batch.append(entry)
        if len(batch) == 1000:
            yield ("" if first else ", ") + json.dumps(batch, ensure_ascii=False)[1:-1]
            first = False
            batch = []
    if batch:
        yield ("" if first else ", ") + json.dumps(batch, ensure_ascii=False)[1:-1]


def _say_json(reading: AnyReading, out: TextIO) -> int:
    out.writelines(as_json(reading))
    out.flush()
    return status(reading)


def _say(reading: AnyReading, out: TextIO) -> int:
    if reading.outcome == "refuse":
        assert reading.reason is not None
        print(f"拒绝 refused: {reading.reason}", file=out)
        for language in ("zh", "en"):
            text = reasons.file_message(reading.reason, language, reading.details)
            print(f"  {text} {reasons.hint(reading.reason, language)}", file=out)
        return STOPPED
    rows: Any = getattr(reading, "rows", [])
    for sheet, lines in reading.lines.items():
        print(f"{sheet if sheet is not None else '—'}: {lines} 行 lines", file=out)
    print(f"读入 read: {len(rows)}", file=out)
    if isinstance(rows, Rows):
        print(f"件数 units: {sum(rows.columns['quantity'])}", file=out)
    for title, entries in (("错误 faults", reading.faults), ("提醒 warnings", reading.warnings)):
        print(f"{title}: {len(entries)}", file=out)
        for fault in entries[:_SHOWN]:
            place = f"{fault.sheet or ''}!{fault.col or ''}{fault.row}"
            print(f"  {place} [{fault.code}] {fault.message} {fault.hint}", file=out)
        if len(entries) > _SHOWN:
            print(f"  … {len(entries) - _SHOWN} more", file=out)
    unused = [fault.header or fault.col or "" for fault in reading.warnings if fault.code == "unused_column"]
    if unused:
        print(f"未使用的列 unused columns: {', '.join(dict.fromkeys(unused))}", file=out)
    counted = Counter(entry.why for entry in reading.ignored)
    print("略过 ignored: " + ", ".join(f"{why} {count}" for why, count in counted.most_common()), file=out)
    for question in reading.questions:
        print(f"？ {question.message_zh} {question.message_en}", file=out)
        for candidate in question.candidates:
            print(f"    {candidate.col} “{candidate.header}”: {', '.join(candidate.samples)}", file=out)
    return status(reading)


if __name__ == "__main__":
    sys.exit(main())
