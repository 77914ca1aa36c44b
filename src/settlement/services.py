"""Services of statements: generate, settle, pay out."""

from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.selectors.cases import count_open_cases_of_sale
from db.transactions import atomic_with_retry
from events.rules import EventKind
from events.services import EventDraft, publish
from flashsales.rules import Phase
from flashsales.selectors.sales import get_sale, sale_totals
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from ledger.rules import (
    CLEARING,
    AccountKind,
    AccountRef,
    Approval,
    EntryDraft,
    PostingKind,
    require_second_person,
)
from ledger.services import post
from orders.selectors.sold import iterate_paid_lines, last_payment_or_shipment_at
from orders.services.refund import lock_paid_lines
from settlement.models import Statement
from settlement.rules import StatementState, total_lines
from settlement.selectors.statements import NoSuchStatement, StatementView, get_statement


class SaleNotOver(Conflict):
    code = "settlement.sale_not_over"
    zh = "专场未结束，或仍有 {held_units} 件待付款，暂不能出结算单"
    en = "The sale is not over, or {held_units} units still wait for payment; no statement yet"
    held_units: int


class AfterSalesWindowOpen(Conflict):
    code = "settlement.after_sales_window_open"
    zh = "售后期到 {settleable_from} 才结束，届时方可结算"
    en = "The after-sales window ends at {settleable_from}; settle then"
    settleable_from: datetime


class UnshippedUnitsRemain(Conflict):
    code = "settlement.unshipped_units_remain"
    zh = "还有 {units} 件已付款的货未发出，发货或退款后方可结算"
    en = "{units} paid units are not shipped; ship or refund them first"
    units: int


class OpenCasesRemain(Conflict):
    code = "settlement.open_cases_remain"
    zh = "还有 {cases} 张售后单未了结，了结后方可结算"
    en = "{cases} after-sales cases are open; end them first"
    cases: int


class InvalidStatementTransition(Conflict):
    code = "settlement.invalid_transition"
    zh = "结算单现在的状态不能这样处理，请刷新页面看看"
    en = "The statement is {state}; that cannot be done now"
    state: str


class BankReferenceRequired(Invalid):
    code = "settlement.bank_reference_required"
    zh = "请填写银行流水号"
    en = "Give the bank's reference"


@atomic_with_retry
def generate_statement(*, actor: Actor, sale_id: int, now: datetime) -> StatementView:
    """Generate the statement of a sale that is over and has no unpaid units (SETTLE-1). A draft is computed again; later ones stand."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    ended_sale = get_sale(sale_id, at=now)
    held_units = sale_totals(sale_id).held
    if ended_sale.phase is not Phase.ENDED or held_units or ended_sale.closed_at is None:
        raise SaleNotOver(held_units=held_units)
    earlier = Statement.objects.select_for_update().filter(sale_id=sale_id).first()
    if earlier and earlier.state != StatementState.DRAFT.value:
        return get_statement(earlier.pk)
    row = _write_totals(sale_id, ended_sale.brand_id, now)
    details = {"payable": format_yuan(row.payable_fen)}
    record(
        actor=actor,
        action="settlement.generate_statement",
        kind="statement",
        subject_id=row.pk,
        details=details,
        now=now,
    )
    return get_statement(row.pk)


@atomic_with_retry
def settle(*, actor: Actor, statement_id: int, now: datetime) -> StatementView:
    """Make a statement final: the platform owes the brand what was payable (SETTLE-2).

    Refuses within the after-sales window, and while paid units are unshipped or cases are open: a refund could still follow.
    """
    require_roles(actor, Role.FINANCE)
    row = _lock_statement(statement_id, StatementState.DRAFT)
    to_ship = lock_paid_lines(row.sale_id)
    row = _write_totals(row.sale_id, row.brand_id, now)
    if now < row.settleable_from:
        raise AfterSalesWindowOpen(settleable_from=row.settleable_from)
    if to_ship:
        raise UnshippedUnitsRemain(units=to_ship)
    if cases := count_open_cases_of_sale(row.sale_id, at=now):
        raise OpenCasesRemain(cases=cases)
    post(
        kind=PostingKind.SETTLEMENT,
        key=f"settlement:{row.pk}",
        cause=f"statement:{row.pk}",
        entries=[
            EntryDraft(AccountRef(AccountKind.BRAND_PAYABLE, row.brand_id), -row.payable_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_SETTLED, row.brand_id), row.payable_fen),
        ],
        actor=actor,
        now=now,
    )
    row.state, row.settled_at = StatementState.SETTLED.value, now
    row.save(update_fields=["state", "settled_at"])
    data: dict[str, str | int | bool | None] = {"statement_id": row.pk, "payable": format_yuan(row.payable_fen)}
    publish([EventDraft(EventKind.STATEMENT_READY, row.pk, brand_id=row.brand_id, data=data)], now=now)
    record(actor=actor, action="settlement.settle", kind="statement", subject_id=row.pk, details={}, now=now)
    return get_statement(row.pk)


@atomic_with_retry
def pay_out(
    *, actor: Actor, approval: Approval | None, statement_id: int, reference: str, now: datetime
) -> StatementView:
    """Book that the brand was paid a settled statement through the bank (SETTLE-3), with the approval of a second person (MONEY-1)."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    if not reference.strip():
        raise BankReferenceRequired
    row = _lock_statement(statement_id, StatementState.SETTLED)
    post(
        kind=PostingKind.PAYOUT,
        key=f"payout:{row.pk}",
        cause=f"statement:{row.pk}",
        entries=[
            EntryDraft(AccountRef(AccountKind.BRAND_SETTLED, row.brand_id), -row.payable_fen),
            EntryDraft(CLEARING, row.payable_fen),
        ],
        actor=actor,
        now=now,
        note=reference.strip()[:200],
    )
    row.state, row.paid_at, row.payout_reference = StatementState.PAID.value, now, reference.strip()[:80]
    row.save(update_fields=["state", "paid_at", "payout_reference"])
    record(actor=actor, action="settlement.pay_out", kind="statement", subject_id=row.pk, details={}, now=now)
    return get_statement(row.pk)


def _write_totals(sale_id: int, brand_id: int, now: datetime) -> Statement:
    sums = total_lines(iterate_paid_lines(sale_id))
    row, _ = Statement.objects.update_or_create(
        sale_id=sale_id,
        defaults={
            "brand_id": brand_id,
            "units": sums.units,
            "refunded_units": sums.refunded_units,
            "sold_fen": sums.sold_fen,
            "refunded_fen": sums.refunded_fen,
            "commission_fen": sums.commission_fen,
            "payable_fen": sums.payable_fen,
            "carrier_claims_fen": sums.carrier_claims_fen,
            "generated_at": now,
            "settleable_from": (last_payment_or_shipment_at(sale_id) or now) + settings.AFTER_SALES_WINDOW,
        },
    )
    return row


def _lock_statement(statement_id: int, expected: StatementState) -> Statement:
    row = Statement.objects.select_for_update().filter(pk=statement_id).first()
    if row is None:
        raise NoSuchStatement(statement_id=statement_id)
    if row.state != expected.value:
        raise InvalidStatementTransition(state=row.state)
    return row
