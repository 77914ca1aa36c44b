"""Reads of the daily bills of providers, and their comparison with what is booked (PAY-13)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from db import sql
from db.rows import view_of
from kernel.refusal import Missing
from payments.models import ProviderBill, ProviderBillLine
from payments.rules.bills import BillKind, BillState, LineKind, day_bounds
from payments.rules.payments import Provider
from web.pagination import Page, paginate

MAX_DIFFERENCES = 1000


class NoSuchBill(Missing):
    code = "payments.no_such_bill"
    zh = "没有这份渠道账单"
    en = "There is no such bill of a provider"


class BillDifference(enum.StrEnum):
    """In what a bill and the bookings of a day differ."""

    PAYMENT_NOT_BOOKED = "payment_not_booked"
    PAYMENT_NOT_IN_BILL = "payment_not_in_bill"
    PAYMENT_AMOUNT = "payment_amount"
    REFUND_NOT_BOOKED = "refund_not_booked"
    REFUND_NOT_IN_BILL = "refund_not_in_bill"
    REFUND_AMOUNT = "refund_amount"
    FEES = "fees"
    """The fees of the trades and those of the movements differ. `number` is empty."""


@dataclass(frozen=True, slots=True)
class ProviderBillView:
    """A bill of one day and kind. `failure`: why it was not taken yet, "" for nothing. Fees and pay-outs are those of a bill of funds."""

    id: int
    provider: Provider
    kind: BillKind
    day: date
    state: BillState
    lines_count: int
    fee_fen: int
    to_bank_fen: int
    failure: str
    digest: str
    asked_at: datetime | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillDifferenceRow:
    """One difference. `number` is ours, of the payment or refund; `payment_id` None where we have no such payment.

    `bill_fen` is what the bill says, `booked_fen` what is booked; None where it is missing there. Refunds are positive.
    """

    kind: BillDifference
    number: str
    transaction_id: str
    payment_id: int | None
    bill_fen: int | None
    booked_fen: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class BillSums:
    """The sums of a day at a provider, as its bills say and as we booked. Refunds, fees and pay-outs are positive."""

    payments_in_bill_fen: int
    payments_booked_fen: int
    refunds_in_bill_fen: int
    refunds_booked_fen: int
    fees_of_trades_fen: int
    fees_booked_fen: int
    to_bank_fen: int
    other_fen: int


@dataclass(frozen=True, slots=True)
class BillComparison:
    """A day at a provider: `is_complete` where both bills are there. Without a bill of trades nothing is compared.

    `differences` holds at most `MAX_DIFFERENCES`; `has_more` says that some were left out.
    """

    provider: Provider
    day: date
    is_complete: bool
    is_compared: bool
    bills: list[ProviderBillView]
    sums: BillSums
    differences: list[BillDifferenceRow]
    has_more: bool


@dataclass(frozen=True, slots=True)
class PayoutToBank:
    """Money that a provider paid out to our bank account, by the bill of a day that was taken: it is booked (PAY-12)."""

    bill_id: int
    amount_fen: int
    day: date


def list_payouts_to_bank(*, amounts: Collection[int], first: date, last: date) -> list[PayoutToBank]:
    """Pay-outs of these amounts in bills of these days, the oldest first."""
    rows = ProviderBillLine.objects.filter(
        kind=LineKind.TO_BANK.value,
        amount_fen__in=[-each for each in amounts],
        bill__day__range=(first, last),
        bill__state=BillState.TAKEN.value,
    )
    found = rows.order_by("bill__day", "pk").values_list("bill_id", "amount_fen", "bill__day")
    return [PayoutToBank(bill_id, -amount_fen, day) for bill_id, amount_fen, day in found]


def list_bills(*, provider: str = "", state: str = "", cursor: str = "", limit: int = 50) -> Page[ProviderBillView]:
    """Bills, the newest day first: of one provider or state where they are given."""
    rows = ProviderBill.objects.all()
    if provider:
        rows = rows.filter(provider=provider)
    if state:
        rows = rows.filter(state=state)
    return paginate(
        rows,
        name="payments.bills",
        order=("-day", "-id"),
        cursor=cursor,
        limit=limit,
        view=lambda row: view_of(ProviderBillView, row),
    )


def compare_bill(day: date, provider: Provider) -> BillComparison:
    """What the bills of a day say, and in what the bookings differ: three statements, whatever their number.

    A payment belongs to the day on which the provider took it, a refund to the day on which we heard that it was paid out. One that is
    booked is looked for in the bills of all days, since a refund may stand in an earlier one.
    """
    rows = ProviderBill.objects.filter(provider=provider.value, day=day).order_by("kind")
    bills = [view_of(ProviderBillView, row) for row in rows]
    had = {each.kind for each in bills if each.state is not BillState.WANTED}
    parameters = _parameters(day, provider)
    sums = sql.fetch_one(BillSums, _SUMS, parameters)
    is_complete, is_compared = had == set(BillKind), BillKind.TRADE in had
    found = sql.fetch(BillDifferenceRow, _DIFFERENCES, parameters) if is_compared else []
    if is_complete and sums.fees_of_trades_fen != sums.fees_booked_fen:
        fees = BillDifferenceRow(BillDifference.FEES, "", "", None, sums.fees_of_trades_fen, sums.fees_booked_fen, None)
        found = [fees, *found]
    return BillComparison(
        provider=provider,
        day=day,
        is_complete=is_complete,
        is_compared=is_compared,
        bills=bills,
        sums=sums,
        differences=found[:MAX_DIFFERENCES],
        has_more=len(found) > MAX_DIFFERENCES,
    )


@dataclass(frozen=True, slots=True)
class ProviderBalance:
    """What a provider holds for us at the end of a day, by its bills of funds since the first, and by what we booked of that time.

    A payment counts from when the provider took it, a refund from when it was paid out, a fee and a pay-out from the day of their bill.
    `missing`: how many bills of funds up to the day are not there; then the figures mean nothing.
    """

    in_bills_fen: int
    booked_fen: int
    bills: int
    missing: int


def get_provider_balance(day: date, provider: Provider) -> ProviderBalance:
    """The balance at a provider at the end of a day, as both sides have it: one statement."""
    return sql.fetch_one(ProviderBalance, _BALANCE, _parameters(day, provider))


def compare_bill_of(bill_id: int) -> BillComparison:
    """`compare_bill` for the day and provider of a bill."""
    bill = ProviderBill.objects.filter(pk=bill_id).first()
    if bill is None:
        raise NoSuchBill
    return compare_bill(bill.day, Provider(bill.provider))


def list_differences_of(bill_id: int, *, cursor: str = "", limit: int = 50) -> Page[BillDifferenceRow]:
    """The differences of the day of a bill as one page, for files."""
    return Page(compare_bill_of(bill_id).differences, None)


def _parameters(day: date, provider: Provider) -> Mapping[str, object]:
    begins_at, ends_at = day_bounds(day)
    return {
        "provider": provider.value,
        "day": day,
        "begins_at": begins_at,
        "ends_at": ends_at,
        "at_most": MAX_DIFFERENCES + 1,
    }


_LINES = """
    SELECT l.*, b.kind AS bill_kind FROM payments_providerbillline l JOIN payments_providerbill b ON b.id = l.bill_id
    WHERE b.provider = %(provider)s AND b.day = %(day)s
"""

_SUMS = f"""
    WITH lines AS MATERIALIZED ({_LINES}), of_bills AS (
        SELECT coalesce(sum(amount_fen) FILTER (WHERE bill_kind = 'trade' AND kind = 'payment'), 0)::bigint AS payments_in_bill_fen,
               coalesce(-sum(amount_fen) FILTER (WHERE bill_kind = 'trade' AND kind = 'refund'), 0)::bigint AS refunds_in_bill_fen,
               coalesce(sum(fee_fen) FILTER (WHERE bill_kind = 'trade'), 0)::bigint AS fees_of_trades_fen,
               coalesce(-sum(amount_fen) FILTER (WHERE bill_kind = 'fund' AND kind = 'fee'), 0)::bigint AS fees_booked_fen,
               coalesce(-sum(amount_fen) FILTER (WHERE bill_kind = 'fund' AND kind = 'to_bank'), 0)::bigint AS to_bank_fen,
               coalesce(sum(amount_fen) FILTER (WHERE bill_kind = 'fund' AND kind = 'other'), 0)::bigint AS other_fen
        FROM lines
    )
    SELECT of_bills.*, p.payments_booked_fen, r.refunds_booked_fen FROM of_bills,
        (SELECT coalesce(sum(amount_fen), 0)::bigint AS payments_booked_fen FROM payments_payment
         WHERE provider = %(provider)s AND state = 'paid' AND paid_at >= %(begins_at)s AND paid_at < %(ends_at)s) p,
        (SELECT coalesce(sum(r.amount_fen), 0)::bigint AS refunds_booked_fen FROM payments_providerrefund r
         JOIN payments_payment p ON p.id = r.payment_id
         WHERE p.provider = %(provider)s AND r.state = 'succeeded' AND r.ended_at >= %(begins_at)s AND r.ended_at < %(ends_at)s) r
"""

_DIFFERENCES = f"""
    WITH lines AS MATERIALIZED (SELECT * FROM ({_LINES}) AS l WHERE l.bill_kind = 'trade'), found AS (
        SELECT CASE WHEN p.id IS NULL THEN 'payment_not_booked' ELSE 'payment_amount' END AS kind, l.number, l.transaction_id,
               p.id AS payment_id, l.amount_fen AS bill_fen, p.amount_fen AS booked_fen, l.at
        FROM lines l LEFT JOIN payments_payment p ON p.number = l.number AND p.provider = %(provider)s AND p.state = 'paid'
        WHERE l.kind = 'payment' AND p.amount_fen IS DISTINCT FROM l.amount_fen
        UNION ALL
        SELECT 'payment_not_in_bill', p.number, p.transaction_id, p.id, NULL, p.amount_fen, p.paid_at FROM payments_payment p
        WHERE p.provider = %(provider)s AND p.state = 'paid' AND p.paid_at >= %(begins_at)s AND p.paid_at < %(ends_at)s
          AND NOT EXISTS (
              SELECT FROM payments_providerbillline l JOIN payments_providerbill b ON b.id = l.bill_id
              WHERE l.number = p.number AND l.kind = 'payment' AND b.provider = %(provider)s AND b.kind = 'trade')
        UNION ALL
        SELECT CASE WHEN r.id IS NULL THEN 'refund_not_booked' ELSE 'refund_amount' END, l.refund_number, l.transaction_id,
               p.id, -l.amount_fen, r.amount_fen, l.at
        FROM lines l LEFT JOIN payments_payment p ON p.number = l.number AND p.provider = %(provider)s
        LEFT JOIN payments_providerrefund r ON r.number = l.refund_number AND r.payment_id = p.id AND r.state <> 'failed'
        WHERE l.kind = 'refund' AND r.amount_fen IS DISTINCT FROM -l.amount_fen
        UNION ALL
        SELECT 'refund_not_in_bill', r.number, p.transaction_id, p.id, NULL, r.amount_fen, r.ended_at FROM payments_providerrefund r
        JOIN payments_payment p ON p.id = r.payment_id
        WHERE p.provider = %(provider)s AND r.state = 'succeeded' AND r.ended_at >= %(begins_at)s AND r.ended_at < %(ends_at)s
          AND NOT EXISTS (
              SELECT FROM payments_providerbillline l JOIN payments_providerbill b ON b.id = l.bill_id
              WHERE l.refund_number = r.number AND l.kind = 'refund' AND b.provider = %(provider)s AND b.kind = 'trade')
    )
    SELECT * FROM found ORDER BY kind, number LIMIT %(at_most)s
"""

_BALANCE = """
    SELECT coalesce((SELECT sum(l.amount_fen) FROM payments_providerbillline l JOIN payments_providerbill b ON b.id = l.bill_id
                     WHERE b.provider = %(provider)s AND b.kind = 'fund' AND b.day <= %(day)s), 0)::bigint AS in_bills_fen,
           (coalesce((SELECT sum(p.amount_fen) FROM payments_payment p
                      WHERE p.provider = %(provider)s AND p.state = 'paid' AND p.paid_at < %(ends_at)s), 0)
            - coalesce((SELECT sum(r.amount_fen) FROM payments_providerrefund r JOIN payments_payment p ON p.id = r.payment_id
                        WHERE p.provider = %(provider)s AND r.state = 'succeeded' AND r.ended_at < %(ends_at)s), 0)
            - coalesce((SELECT sum(b.fee_fen + b.to_bank_fen) FROM payments_providerbill b
                        WHERE b.provider = %(provider)s AND b.kind = 'fund' AND b.day <= %(day)s), 0))::bigint AS booked_fen,
           (SELECT count(*) FROM payments_providerbill b
            WHERE b.provider = %(provider)s AND b.kind = 'fund' AND b.day <= %(day)s)::int AS bills,
           (SELECT count(*) FROM payments_providerbill b
            WHERE b.provider = %(provider)s AND b.kind = 'fund' AND b.day <= %(day)s AND b.state = 'wanted')::int AS missing
"""
