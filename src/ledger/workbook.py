"""The statement of an account as a workbook: an entry a row, balances and sums as formulas, so that each can be checked in Excel."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter
from django.utils.translation import gettext as _

from kernel.money import format_yuan
from kernel.period import SHANGHAI
from ledger.selectors.statements import AccountStatement

_FIRST_ROW = 9
"""The row of the first entry, as Excel counts."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """An entry in the words of who reads it: what moved the money, and what it is about."""

    at: datetime
    kind: str
    cause: str
    note: str
    amount_fen: int
    balance_fen: int


def write_account_workbook(statement: AccountStatement, name: str, entries: Iterable[StatementRow]) -> bytes:
    """The .xlsx; amounts in yuan. `name` says whose account it is. `entries` come the last first and are written the first first."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet = book.add_worksheet(_("账户明细"))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 3, 22)
    sheet.set_column(4, 6, 14)
    rows = list(entries)[::-1]
    last_row = _FIRST_ROW + len(rows) - 1
    heads = (_("时间 (北京时间)"), _("类型"), _("来源"), _("备注"), _("收入"), _("支出"), _("余额"))
    sheet.write_row(_FIRST_ROW - 2, 0, heads, bold)
    sheet.freeze_panes(_FIRST_ROW - 1, 0)
    for row, each in enumerate(rows, start=_FIRST_ROW):
        sheet.write_string(row - 1, 0, f"{each.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
        sheet.write_string(row - 1, 1, each.kind)
        sheet.write_string(row - 1, 2, each.cause)
        sheet.write_string(row - 1, 3, each.note)
        column = 4 if each.amount_fen > 0 else 5
        sheet.write_number(row - 1, column, float(format_yuan(abs(each.amount_fen))), money)
        before = "B3" if row == _FIRST_ROW else f"G{row - 1}"
        balance = float(format_yuan(each.balance_fen))
        sheet.write_formula(row - 1, 6, f"={before}+E{row}-F{row}", money, balance)
    sheet.write_string(0, 0, _("账户"), bold)
    sheet.write_string(0, 1, name)
    sheet.write_string(1, 0, _("起止"), bold)
    sheet.write_string(1, 1, f"{statement.first} – {statement.last}")
    has_rows = bool(rows)
    sums = (
        (_("期初余额"), None, statement.opening_fen),
        (_("收入"), f"=SUM(E{_FIRST_ROW}:E{last_row})" if has_rows else "=0", statement.in_fen),
        (_("支出"), f"=SUM(F{_FIRST_ROW}:F{last_row})" if has_rows else "=0", statement.out_fen),
        (_("期末余额"), "=B3+B4-B5", statement.closing_fen),
    )
    for row, (label, formula, fen) in enumerate(sums, start=2):
        sheet.write_string(row, 0, label, bold)
        if formula is None:
            sheet.write_number(row, 1, float(format_yuan(fen)), money)
        else:
            sheet.write_formula(row, 1, formula, money, float(format_yuan(fen)))
    book.close()
    return buffer.getvalue()
