"""What the first page of finance shows: the equation of all money, what is due, and cash over the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bank_statements.selectors.lines import OpenLines, count_open_lines
from invoices.selectors.invoices import WaitingInvoices, count_waiting
from kernel.money import display_yuan
from ledger.rules import HELD, AccountKind
from ledger.selectors.days import KindDayView, balances_by_kind, list_closed_days, list_kind_days
from payments.rules.refunds import RefundState
from payments.selectors.refunds import RefundSum, sum_refunds
from settlement.rules.statements import StatementState
from settlement.selectors.statements import (
    DueStatements,
    StatementSum,
    StatementView,
    list_due,
    list_sales_without_statement,
    sum_statements,
)
from settlement.selectors.terms import list_periods_to_draw
from treasury.selectors.batches import count_requests_for_batch
from treasury.selectors.closes import count_open_differences
from treasury.selectors.requests import (
    WaitingRequests,
    count_blocked_requests,
    count_waiting_requests,
    list_statements_to_pay,
)
from web.column_plot import ColumnPlot, ColumnValue, draw_columns

PLOT_DAYS = 30
_GROUPS: tuple[tuple[str | Promise, tuple[AccountKind, ...]], ...] = (
    (_("代购"), (AccountKind.WALLET, AccountKind.REFUND_IN_TRANSIT, AccountKind.WITHDRAWAL_IN_TRANSIT)),
    (_("品牌货款"), (AccountKind.BRAND_PAYABLE, AccountKind.BRAND_SETTLED)),
    (_("保证金"), (AccountKind.DEPOSIT, AccountKind.DEPOSIT_IN_TRANSIT)),
)


@dataclass(frozen=True, slots=True)
class EquationLine:
    """A kind of accounts in the equation; `fen` as it is added up there."""

    kind: AccountKind
    fen: int


@dataclass(frozen=True, slots=True)
class EquationGroup:
    title: str | Promise
    lines: list[EquationLine]

    @property
    def fen(self) -> int:
        return sum(line.fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Equation:
    """Cash = what is owed to resellers, brands and for deposits, and what is the platform's. Every kind of account stands in it once."""

    cash: EquationGroup
    owed: list[EquationGroup]

    @property
    def owed_fen(self) -> int:
        return sum(group.fen for group in self.owed)

    @property
    def difference_fen(self) -> int:
        """0 while the ledger balances."""
        return self.cash.fen - self.owed_fen


@dataclass(frozen=True, slots=True)
class CashDay:
    closed_day_id: int
    day: date
    cash_fen: int
    change_fen: int


@dataclass(frozen=True, slots=True)
class FinanceHome:
    """The first page of finance. `to_draw` sales and periods are over and have no statement. `to_pay` waits for a file for the bank,
    `blocked` cannot be paid; `open_lines` are lines of bank statements that nobody has dealt with."""

    equation: Equation
    money: WaitingRequests
    to_pay: WaitingRequests
    blocked: WaitingRequests
    to_draw: int
    due: DueStatements
    statements_to_pay: list[StatementView]
    sent: StatementSum
    unpaid: StatementSum
    abnormal: RefundSum
    differences: int
    open_lines: OpenLines
    invoices: WaitingInvoices
    days: list[CashDay]
    plot: ColumnPlot
    closed_through: date | None


def equation_of(balances: Mapping[AccountKind, int]) -> Equation:
    """The equation of these balances as they are shown, in fen. What belongs to no group of owners is the platform's."""
    grouped = {kind for _title, kinds in _GROUPS for kind in kinds}
    own = [kind for kind in AccountKind if kind not in grouped and kind not in HELD]
    cash = EquationGroup(_("银行和渠道"), [EquationLine(kind, balances.get(kind, 0)) for kind in HELD])
    owed = [
        EquationGroup(title, [EquationLine(kind, balances.get(kind, 0)) for kind in kinds])
        for title, kinds in (*_GROUPS, (_("平台"), tuple(own)))
    ]
    return Equation(cash, owed)


def get_finance_home(at: datetime) -> FinanceHome:
    closed = list_closed_days(limit=PLOT_DAYS + 1).items
    days = cash_days({each.day: each.id for each in closed}, list_kind_days([each.day for each in closed]))
    soon = at + timedelta(days=7)
    return FinanceHome(
        equation=equation_of(balances_by_kind()),
        money=count_waiting_requests(),
        to_pay=count_requests_for_batch(),
        blocked=count_blocked_requests(),
        to_draw=len(list_sales_without_statement()) + len(list_periods_to_draw(at=at)),
        due=list_due(at=at),
        statements_to_pay=list_statements_to_pay(),
        sent=sum_statements(state=StatementState.SENT, confirm_before=soon),
        unpaid=sum_statements(state=StatementState.SETTLED),
        abnormal=sum_refunds(state=RefundState.ABNORMAL),
        differences=count_open_differences(),
        open_lines=count_open_lines(),
        invoices=count_waiting(),
        days=days,
        plot=plot_of(days),
        closed_through=closed[0].day if closed else None,
    )


def cash_days(closed: Mapping[date, int], rows: Sequence[KindDayView]) -> list[CashDay]:
    """Cash at the end of each day, the last day last. `closed`: the ids of the closed days."""
    by_day: dict[date, list[KindDayView]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).extend([row] if row.kind in HELD else [])
    return [
        CashDay(
            closed[day],
            day,
            sum(row.closing_fen for row in of_day),
            sum(row.in_fen - row.out_fen for row in of_day),
        )
        for day, of_day in sorted(by_day.items())
    ][-PLOT_DAYS:]


def plot_of(days: Sequence[CashDay]) -> ColumnPlot:
    """Cash by day in whole yuan; a day on which cash became less has another colour."""
    values = [
        ColumnValue(
            place,
            max(each.cash_fen // 100, 0),
            "wait" if each.change_fen < 0 else "good",
            f"{each.day:%m-%d} {display_yuan(each.cash_fen)}",
        )
        for place, each in enumerate(days, start=1)
    ]
    if not any(each.value for each in values):
        return ColumnPlot([], [], 0)
    return draw_columns(values, first=1, last=PLOT_DAYS, label_every=PLOT_DAYS + 1)
