"""Reads a bank statement: finds the heading below the title rows, and takes every line apart.

The layouts of ICBC, CCB, ABC, BOC, CMB and Alipay are known by their headings; any other sheet with a day and an amount is read too.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from imports import child
from imports.bank_statement.cells import is_incoming, parse_amount, parse_day, parse_time, text_of
from imports.bank_statement.reading import BalanceGap, StatementLine, StatementReading
from imports.bank_statement.words import TOTALS, fields_of
from imports.limits import DEFAULT, MEGABYTE, Limits
from imports.report import FaultWithText, FileRefused, Progress
from imports.workbook import open_workbook
from imports.workbook.model import Row, Sheet, column_letters, is_blank

STATEMENT_LIMITS: Final = replace(
    DEFAULT, file_bytes=5 * MEGABYTE, lines=20_000, memory_bytes=512 * MEGABYTE, seconds=10.0
)
MAX_LINES: Final = 5_000
_MAX_LINES_ABOVE: Final = 60
_ACCOUNT: Final = re.compile(r"(?:(?:账号|帐号)\D{0,40}?|(?:账户|卡号)\D{0,4}?)([0-9][0-9 *]{8,40})")
_YUAN: Final = frozenset({"", "人民币", "人民币元", "CNY", "RMB", "01", "156", "元", "人民币RMB"})
_WORDS: Final = {
    "day": ("日期“{value}”认不出", "The day “{value}” cannot be read", "请写成 2026-11-30", "Write it as 2026-11-30"),
    "amount": ("金额“{value}”认不出", "The amount “{value}” cannot be read", "请写成 1234.56", "Write it as 1234.56"),
    "none": ("没有金额", "There is no amount", "请补上收入或支出", "Give what came or went"),
    "both": ("收入和支出都填了", "Both income and outgo are given", "请只留一个", "Keep one of them"),
    "direction": (
        "“{value}”看不出是收是支",
        "“{value}” does not say whether money came or went",
        "请写收或支",
        "Write 收 or 支",
    ),
    "currency": ("币种是“{value}”", "The currency is “{value}”", "只登记人民币", "Only yuan are entered"),
    "wide": (
        "这一行比表头多了几格，各格对不上",
        "The line has more cells than the heading",
        "请用银行导出的原文件",
        "Use the bank's own file",
    ),
    "unidentified": (
        "没有流水号，也没有余额，无法与别的行区分",
        "It has neither a reference nor a balance that tells it from other lines",
        "请导出带流水号的明细",
        "Export the statement with its references",
    ),
}


@dataclass(slots=True)
class _Columns:
    """The columns of each field: one each, but for remarks, of which each counts."""

    one: dict[str, int]
    remarks: list[int]
    headings: dict[int, str]
    outgo_is_negative: bool


class _LineRefused(Exception):
    """A line that cannot be read: which word of `_WORDS`, which column, what stands there."""

    def __init__(self, word: str, column: int | None = None, value: str = "") -> None:
        super().__init__(word)
        self.word, self.column, self.value = word, column, value


def read(
    data: bytes,
    filename: str,
    *,
    limits: Limits = STATEMENT_LIMITS,
    progress: Callable[[Progress], None] | None = None,
) -> StatementReading:
    """Read a statement in this process."""
    reading = StatementReading()
    try:
        workbook = open_workbook(data, filename, limits=limits)
        found = [_read_sheet(sheet, reading) for sheet in workbook.sheets if sheet.visibility == "visible"]
        if not any(found):
            raise FileRefused("no_statement_header")
        if len(reading.lines) > MAX_LINES:
            raise FileRefused("too_many_rows", str(MAX_LINES))
    except FileRefused as refused:
        return StatementReading(outcome="refuse", reason=refused.code, details=refused.details)
    reading.gaps = balance_gaps(reading.lines)
    return reading


def read_in_child(source: bytes | str | os.PathLike[str], filename: str) -> StatementReading:
    """The same in a child process with limits of memory and time."""
    try:
        return child.read_in_child(
            "bank_statement", StatementReading, source, filename, keywords={}, limits=STATEMENT_LIMITS
        )
    except FileRefused as refused:
        return StatementReading(outcome="refuse", reason=refused.code, details=refused.details)


def balance_gaps(lines: list[StatementLine]) -> list[BalanceGap]:
    """Where the balances do not add up. A statement runs forwards or backwards in time: the order with fewer gaps counts."""
    with_balance = [each for each in lines if each.balance_fen is not None]
    return min((_gaps(with_balance), _gaps(with_balance[::-1])), key=len)


def _gaps(lines: list[StatementLine]) -> list[BalanceGap]:
    gaps = []
    for before, each in itertools.pairwise(lines):
        expected = (before.balance_fen or 0) + each.amount_fen
        if each.sheet == before.sheet and each.balance_fen is not None and expected != each.balance_fen:
            gaps.append(BalanceGap(each.sheet, each.row, expected, each.balance_fen))
    return gaps


def _read_sheet(sheet: Sheet, reading: StatementReading) -> bool:
    """Add the lines of a sheet; whether it is a statement."""
    heading = _find_heading(sheet)
    if heading is None:
        return False
    at, columns = heading
    reading.account = reading.account or _account_above(sheet.rows[:at])
    texts = {text for text in columns.headings.values() if text}
    for row, number in zip(sheet.rows[at + 1 :], sheet.numbers[at + 1 :], strict=True):
        if _is_no_line(row, columns, texts):
            reading.skipped += 1
            continue
        try:
            line = _read_line(sheet, number, row, columns)
        except _LineRefused as refused:
            reading.faults.append(_fault(sheet, number, columns, refused))
            continue
        reading.lines.append(line)
        if not reading.account and "own_account" in columns.one:
            reading.account = _digits(text_of(row[columns.one["own_account"]]))
    return True


def _find_heading(sheet: Sheet) -> tuple[int, _Columns] | None:
    """The first line with a day and an amount among its headings."""
    for at, row in enumerate(sheet.rows[:_MAX_LINES_ABOVE]):
        columns = _columns_of(row)
        if columns is not None:
            return at, columns
    return None


def _columns_of(row: Row) -> _Columns | None:
    headings = {column: text_of(value) for column, value in enumerate(row) if not is_blank(value)}
    meanings = {column: fields_of(text) for column, text in headings.items()}
    one: dict[str, int] = {}
    for name in ("day", "time", "amount", "income", "outgo", "direction", "balance", "currency", "own_account",
                 "counterparty", "counterparty_account", "payer", "payer_account", "payee", "payee_account",
                 "reference"):  # fmt: skip
        taken = set(one.values())
        candidates = [
            (places[name], column) for column, places in meanings.items() if name in places and column not in taken
        ]
        if candidates:
            one[name] = min(candidates)[1]
    if "day" not in one or one.keys().isdisjoint(("amount", "income", "outgo")):
        return None
    outgo = headings.get(one.get("outgo", -1), "")
    remarks = [column for column, places in meanings.items() if "remark" in places]
    return _Columns(one, remarks, headings, "-" in outgo)


def _account_above(rows: list[Row]) -> str:
    for row in rows:
        joined = " ".join(text_of(value) for value in row)
        found = _ACCOUNT.search(joined)
        if found:
            return _digits(found[1])
    return ""


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit() or each == "*")


def _is_no_line(row: Row, columns: _Columns, headings: set[str]) -> bool:
    """Totals, comments, printed headings and blank lines: no day, or a word of totals where the day should be."""
    filled = [text_of(value) for value in row if not is_blank(value)]
    if not filled or filled[0].startswith(("#", "-----", "=====")):
        return True
    if sum(text in headings for text in filled) * 2 > len(filled):
        return True
    day = text_of(row[columns.one["day"]])
    if parse_day(row[columns.one["day"]]) is not None:
        return False
    if any(TOTALS.search(text) for text in filled[:3]):
        return True
    amounts = [row[columns.one[name]] for name in ("amount", "income", "outgo") if name in columns.one]
    return day == "" and all(not parse_amount(value) for value in amounts)


def _read_line(sheet: Sheet, number: int, row: Row, columns: _Columns) -> StatementLine:
    def cell(name: str) -> str:
        return text_of(row[columns.one[name]]) if name in columns.one else ""

    if len(row) > max(columns.headings) + 1 and any(not is_blank(each) for each in row[max(columns.headings) + 1 :]):
        raise _LineRefused("wide")
    day = parse_day(row[columns.one["day"]])
    if day is None:
        raise _LineRefused("day", columns.one["day"], cell("day"))
    currency = cell("currency").upper().replace(" ", "")
    if currency not in _YUAN and not currency.startswith(("人民币", "CNY")):
        raise _LineRefused("currency", columns.one["currency"], cell("currency"))
    amount_fen = _amount_of(row, columns)
    balance_fen = parse_amount(row[columns.one["balance"]]) if cell("balance") else None
    reference = cell("reference")
    if reference.strip("0-") == "":
        reference = ""
    if not reference and balance_fen is None:
        raise _LineRefused("unidentified")
    whose = ("payer" if amount_fen > 0 else "payee") if "payer" in columns.one else "counterparty"
    remarks = list(dict.fromkeys(text for column in columns.remarks if (text := text_of(row[column]))))
    return StatementLine(
        sheet=sheet.name,
        row=number,
        day=day[0],
        time=day[1] or (parse_time(row[columns.one["time"]]) if "time" in columns.one else ""),
        amount_fen=amount_fen,
        balance_fen=balance_fen,
        counterparty=cell(whose),
        counterparty_account=cell(f"{whose}_account"),
        remark=" ".join(remarks),
        reference=reference,
    )


def _amount_of(row: Row, columns: _Columns) -> int:
    """What came (above zero) or went (below)."""
    income, outgo = (_amount_in(row, columns, name) for name in ("income", "outgo"))
    if columns.outgo_is_negative:
        outgo = abs(outgo)
    if income and outgo:
        raise _LineRefused("both", columns.one["outgo"])
    if income or outgo:
        return income - outgo
    amount = _amount_in(row, columns, "amount")
    if not amount:
        raise _LineRefused("none")
    if "direction" in columns.one:
        said = text_of(row[columns.one["direction"]])
        incoming = is_incoming(said)
        if incoming is None and amount > 0:
            raise _LineRefused("direction", columns.one["direction"], said)
        return abs(amount) if incoming else -abs(amount)
    return amount


def _amount_in(row: Row, columns: _Columns, name: str) -> int:
    if name not in columns.one:
        return 0
    value = row[columns.one[name]]
    amount = parse_amount(value)
    if amount is None:
        raise _LineRefused("amount", columns.one[name], text_of(value))
    return amount


def _fault(sheet: Sheet, number: int, columns: _Columns, refused: _LineRefused) -> FaultWithText:
    zh, en, hint_zh, hint_en = _WORDS[refused.word]
    column = refused.column
    return FaultWithText(
        sheet=sheet.name,
        row=number,
        col=None if column is None else column_letters(column),
        header=None if column is None else columns.headings.get(column),
        code=f"bank_statement_{refused.word}",
        value=refused.value or None,
        words=(zh.format(value=refused.value), en.format(value=refused.value), hint_zh, hint_en),
    )
