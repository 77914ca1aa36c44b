"""What a bank statement gives: plain data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from imports.report import FaultWithText, Outcome


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line. `amount_fen` is above zero for money that came, below for money that went.

    `reference` is the bank's as written, "" where the sheet has none. `balance_fen` is the balance after it where the sheet has it.
    """

    sheet: str | None
    row: int
    day: dt.date
    time: str
    amount_fen: int
    balance_fen: int | None
    counterparty: str
    counterparty_account: str
    remark: str
    reference: str


@dataclass(frozen=True, slots=True)
class BalanceGap:
    """The balance of a line is not that of the line before it and its amount: something is missing between them, or was changed."""

    sheet: str | None
    row: int
    expected_fen: int
    found_fen: int


@dataclass(slots=True)
class StatementReading:
    """`lines` in the order of the file; `faults` are lines that were refused; `account` is the number that the sheet names, "" for none.

    `details` fill the sentence of `reason`, where the file as a whole was refused.
    """

    outcome: Outcome = "accept"
    reason: str | None = None
    details: tuple[str, ...] = ()
    account: str = ""
    lines: list[StatementLine] = field(default_factory=list)
    faults: list[FaultWithText] = field(default_factory=list)
    gaps: list[BalanceGap] = field(default_factory=list)
    skipped: int = 0
