"""The life of a statement: generate, send, confirm, settle, close (SETTLE-1 to SETTLE-6)."""

from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.selectors.cases import count_open_cases_of_sale, list_lines_in_open_cases
from brands.selectors.brands import get_brand, require_staff
from brands.services import lock_brand_against_cases
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.rules import Phase
from flashsales.selectors.sales import get_sale, sale_totals
from kernel.money import format_yuan
from kernel.period import shanghai_date
from kernel.refusal import Conflict
from ledger.rules import BRAND_FEE, COMMISSION, AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import post
from settlement import sql
from settlement.models import BrandDebt, Statement, StatementDeduction
from settlement.rules.debts import DebtKind, pay_or_carry
from settlement.rules.periods import StatementKind, kind_on, period_of
from settlement.rules.statements import TRANSITIONS, StatementAct, StatementState, state_at
from settlement.selectors.debts import get_open_debt_fen
from settlement.selectors.statements import NoSuchStatement, StatementView, get_statement, get_statement_for, scope_of
from settlement.selectors.terms import list_terms
from settlement.sql import LineScope, LineSums

NO_REFERENCE = "-"
"""Stands for the bank's reference where nothing was payable."""


class SaleNotOver(Conflict):
    code = "settlement.sale_not_over"
    zh = "专场未结束，或仍有 {held_units} 件待付款，暂不能出结算单"
    en = "The sale is not over, or {held_units} units still wait for payment; no statement yet"
    held_units: int


class SettledByPeriod(Conflict):
    code = "settlement.settled_by_period"
    zh = "这个品牌按月或按发货日结算，专场 {sale_id} 不单独出结算单"
    en = "The brand is settled by month or delivery date; sale {sale_id} has no statement of its own"
    sale_id: int


class NotSettledSo(Conflict):
    code = "settlement.not_settled_so"
    zh = "这个品牌没有按这种方式结算（{kind}），不能出这样的结算单"
    en = "The brand is not settled so ({kind}); there is no such statement"
    kind: str


class PeriodNotOver(Conflict):
    code = "settlement.period_not_over"
    zh = "这一期到 {last_date} 才结束，之后才能出结算单"
    en = "The period ends on {last_date}; generate its statement after that"
    last_date: date


class InLaterDraft(Conflict):
    code = "settlement.in_later_draft"
    zh = "到 {last_date} 的明细已经在结算单 {statement_id} 的草稿里，不用另出"
    en = "The lines up to {last_date} are in the draft of statement {statement_id} already"
    last_date: date
    statement_id: int


class NothingToSettle(Conflict):
    code = "settlement.nothing_to_settle"
    zh = "到 {last_date} 没有待结算的明细，不用出结算单"
    en = "No line up to {last_date} waits for a statement"
    last_date: date


class NothingReady(Conflict):
    code = "settlement.nothing_ready"
    zh = "结算单 {statement_id} 没有一条明细可以定稿：未发货、售后期未过或售后未了结"
    en = "No line of statement {statement_id} is ready: not shipped, within its after-sales window, or in an open case"
    statement_id: int


class AfterSalesWindowOpen(Conflict):
    code = "settlement.after_sales_window_open"
    zh = "售后期到 {settleable_from} 才结束，届时方可定稿发给品牌"
    en = "The after-sales window ends at {settleable_from}; send it to the brand then"
    settleable_from: datetime


class UnshippedUnitsRemain(Conflict):
    code = "settlement.unshipped_units_remain"
    zh = "还有 {units} 件已付款的货未发出，发货或退款后方可定稿"
    en = "{units} paid units are not shipped; ship or refund them first"
    units: int


class OpenCasesRemain(Conflict):
    code = "settlement.open_cases_remain"
    zh = "还有 {cases} 张售后单未了结，了结后方可定稿"
    en = "{cases} after-sales cases are open; end them first"
    cases: int


class InvalidStatementTransition(Conflict):
    code = "settlement.invalid_transition"
    zh = "结算单 {statement_id} 现在的状态不能这样处理，请刷新页面看看"
    en = "Statement {statement_id} is {state}; that cannot be done now"
    statement_id: int
    state: str


@atomic_with_retry
def generate_statement(*, actor: Actor, sale_id: int, now: datetime) -> StatementView:
    """Generate the statement of a sale that is over and has no unpaid units (SETTLE-1). A draft is computed again; later ones stand."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    ended_sale = get_sale(sale_id, at=now)
    held_units = sale_totals(sale_id).held
    if kind_on(list_terms(ended_sale.brand_id), shanghai_date(ended_sale.ends_at)) is not StatementKind.SALE:
        raise SettledByPeriod(sale_id=sale_id)
    if ended_sale.phase is not Phase.ENDED or held_units or ended_sale.closed_at is None:
        raise SaleNotOver(held_units=held_units)
    earlier = Statement.objects.select_for_update().filter(sale_id=sale_id).first()
    if earlier and earlier.state != StatementState.DRAFT.value:
        return get_statement(earlier.pk)
    scope = LineScope(sale_id, ended_sale.brand_id, StatementKind.SALE, None)
    row, _ = Statement.objects.update_or_create(
        sale_id=sale_id, defaults={"brand_id": scope.brand_id, **_figures(sql.total_lines_of(scope), now)}
    )
    return _record_draft(row, scope, actor, now)


@atomic_with_retry
def generate_period_statement(
    *, actor: Actor, brand_id: int, kind: StatementKind, day: date, now: datetime
) -> StatementView:
    """Generate the statement of the month or day that `day` belongs to, once it is over, where the brand is settled so (SETTLE-9).

    It is about the lines of ended sales up to the end of the period that neither another statement nor the draft of an earlier period has.
    A draft is computed again. Refuses where no line is left.
    """
    require_roles(actor, Role.OPS, Role.FINANCE)
    get_brand(brand_id)
    if kind is StatementKind.SALE or kind not in {each.kind for each in list_terms(brand_id)}:
        raise NotSettledSo(kind=kind.value)
    period = period_of(kind, day)
    if period.ends_at > now:
        raise PeriodNotOver(last_date=period.last_date)
    named: dict[str, Any] = {"brand_id": brand_id, "kind": kind.value, "first_date": period.first_date}
    earlier = Statement.objects.select_for_update().filter(**named).first()
    if earlier and earlier.state != StatementState.DRAFT.value:
        return get_statement(earlier.pk)
    drafts = Statement.objects.filter(brand_id=brand_id, kind=kind.value, state=StatementState.DRAFT.value)
    later = drafts.filter(first_date__gt=period.first_date).order_by("first_date").first()
    if earlier is None and later is not None:
        raise InLaterDraft(last_date=period.last_date, statement_id=later.pk)
    scope = LineScope(None, brand_id, kind, period.ends_at)
    sums = sql.total_lines_of(scope)
    if not sums.units:
        raise NothingToSettle(last_date=period.last_date)
    figures = _figures(sums, now) | {"settleable_from": period.ends_at + settings.AFTER_SALES_WINDOW}
    row, _ = Statement.objects.update_or_create(**named, defaults={"last_date": period.last_date, **figures})
    return _record_draft(row, scope, actor, now)


def _record_draft(row: Statement, scope: LineScope, actor: Actor, now: datetime) -> StatementView:
    _balance_draft(row, scope, now)
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


def _balance_draft(row: Statement, scope: LineScope, now: datetime) -> None:
    row.deductions_fen = sql.write_deductions(scope, statement_id=row.pk, is_draft=True, now=now)
    row.netted_fen = get_open_debt_fen(row.brand_id)
    set_balance(row, row.payable_fen - row.deductions_fen - row.netted_fen)
    row.save()


def _recalculate_drafts(brand_id: int, kind: str, actor: Actor, now: datetime) -> None:
    """Compute the brand's drafts of periods again after one was sent: what it left out is theirs now. One without a line is dropped."""
    drafts = Statement.objects.filter(brand_id=brand_id, kind=kind, sale=None, state=StatementState.DRAFT.value)
    for row in drafts.select_for_update().order_by("last_date"):
        scope = scope_of(row)
        sums = sql.total_lines_of(scope)
        if sums.units:
            settleable_from = row.settleable_from
            for name, value in _figures(sums, now).items():
                setattr(row, name, value)
            row.settleable_from = settleable_from
            _balance_draft(row, scope, now)
        else:
            StatementDeduction.objects.filter(statement=row).delete()
            record(
                actor=actor, action="settlement.drop_draft", kind="statement", subject_id=row.pk, details={}, now=now
            )
            row.delete()


@atomic_with_retry
def send(*, actor: Actor, statement_id: int, now: datetime) -> StatementView:
    """Make the lines and figures of a statement final and send it to the brand (SETTLE-2).

    That of a period leaves out lines that are not ready; the next one has them (SETTLE-9). That of a sale refuses within the after-sales
    window, and while paid units are unshipped or cases are open: a refund could still follow. The brand is locked first, so that a case
    which is being opened either counts or is refused.
    """
    require_roles(actor, Role.FINANCE)
    lock_brand_against_cases(get_brand_id(statement_id))
    row = lock_statement(statement_id)
    row.state = next_state(row, StatementAct.SEND, now).value
    # Cases are read before the lines: the refund of a case that ends later is then in the lines that are read.
    open_cases = count_open_cases_of_sale(row.sale_id, at=now) if row.sale_id else 0
    in_cases = list_lines_in_open_cases(row.brand_id, at=now) if row.sale_id is None else []
    scope = scope_of(row)
    sums = sql.write_items(
        scope,
        statement_id=row.pk,
        changed_before=now - settings.AFTER_SALES_WINDOW,
        in_cases=in_cases,
    )
    settleable_from = row.settleable_from
    for name, value in _figures(sums, now).items():
        setattr(row, name, value)
    if row.sale_id is None or sums.changed_at is None:
        # Of a sale without paid lines, the window counts from when the statement was drawn.
        row.settleable_from = settleable_from
    if now < row.settleable_from:
        raise AfterSalesWindowOpen(settleable_from=row.settleable_from)
    if sums.unshipped_units:
        raise UnshippedUnitsRemain(units=sums.unshipped_units)
    if open_cases:
        raise OpenCasesRemain(cases=open_cases)
    if row.sale_id is None and not sums.units:
        raise NothingReady(statement_id=row.pk)
    row.deductions_fen = sql.write_deductions(scope, statement_id=row.pk, is_draft=False, now=now)
    row.netted_fen = _pay_open_debts(row)
    set_balance(row, row.payable_fen - row.deductions_fen - row.netted_fen)
    row.sent_at, row.confirm_by = now, now + settings.STATEMENT_CONFIRMATION
    row.save()
    if row.sale_id is None:
        _recalculate_drafts(row.brand_id, row.kind, actor, now)
    details = {"payable": format_yuan(row.payable_fen)}
    tell_brand(row, EventKind.STATEMENT_SENT, now, days=settings.STATEMENT_CONFIRMATION.days)
    record(actor=actor, action="settlement.send", kind="statement", subject_id=row.pk, details=details, now=now)
    return get_statement(row.pk)


@atomic_with_retry
def confirm(*, actor: Actor, statement_id: int, now: datetime) -> StatementView:
    """A clerk confirms a statement of her brand, before its time is over (SETTLE-4)."""
    get_statement_for(actor, statement_id)
    row = lock_statement(statement_id)
    require_staff(actor, row.brand_id)
    row.state = next_state(row, StatementAct.CONFIRM, now).value
    row.confirmed_at, row.confirmed_by_id = now, actor.own_id
    row.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    data: dict[str, str | int | bool | None] = {"statement_id": row.pk, "payable": format_yuan(row.payable_fen)}
    publish([EventDraft(EventKind.STATEMENT_CONFIRMED, row.pk, brand_id=row.brand_id, data=data)], now=now)
    record(actor=actor, action="settlement.confirm", kind="statement", subject_id=row.pk, details={}, now=now)
    return get_statement(row.pk)


@atomic_with_retry
def settle(*, actor: Actor, statement_id: int, now: datetime) -> StatementView:
    """Book what a confirmed statement makes payable: the platform owes it to the brand (SETTLE-2).

    One that nobody disputed in time counts as confirmed.
    """
    require_roles(actor, Role.FINANCE)
    row = lock_statement(statement_id)
    is_stored_as_sent = row.state == StatementState.SENT.value
    state = next_state(row, StatementAct.SETTLE, now)
    if is_stored_as_sent:
        row.confirmed_at = row.confirm_by
    balance_fen = row.payable_fen - row.carried_fen
    earned_fen = balance_fen - row.adjustments_fen + row.deductions_fen + row.netted_fen
    post(
        kind=PostingKind.SETTLEMENT,
        key=f"settlement:{row.pk}",
        cause=f"statement:{row.pk}",
        entries=[
            EntryDraft(AccountRef(AccountKind.BRAND_PAYABLE, row.brand_id), -earned_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_SETTLED, row.brand_id), row.payable_fen),
            EntryDraft(COMMISSION, -row.adjustments_fen),
            EntryDraft(BRAND_FEE, row.deductions_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_DEBT, row.brand_id), row.netted_fen - row.carried_fen),
        ],
        actor=actor,
        now=now,
    )
    if row.carried_fen:
        BrandDebt.objects.create(
            brand_id=row.brand_id, kind=DebtKind.CARRIED.value, amount_fen=row.carried_fen, source=row, at=now
        )
    row.state, row.settled_at = state.value, now
    row.save(update_fields=["state", "settled_at", "confirmed_at"])
    tell_brand(row, EventKind.STATEMENT_READY, now)
    record(actor=actor, action="settlement.settle", kind="statement", subject_id=row.pk, details={}, now=now)
    if row.payable_fen == 0:
        close_unpaid(row, actor, now)
    return get_statement(row.pk)


@atomic_with_retry
def close(*, actor: Actor, statement_id: int, now: datetime) -> StatementView:
    """A clerk says that the money of a paid statement arrived, or finance close it (SETTLE-6)."""
    require_roles(actor, Role.FINANCE, Role.BRAND)
    get_statement_for(actor, statement_id)
    row = lock_statement(statement_id)
    row.state, row.closed_at = next_state(row, StatementAct.CLOSE, now).value, now
    row.brand_has_money = actor.role is Role.BRAND
    row.save(update_fields=["state", "closed_at", "brand_has_money"])
    record(actor=actor, action="settlement.close", kind="statement", subject_id=row.pk, details={}, now=now)
    return get_statement(row.pk)


def close_unpaid(row: Statement, actor: Actor, now: datetime) -> None:
    """Close a locked statement that was settled and over which nothing is payable: no bank, account or code is needed (SETTLE-3)."""
    row.state, row.paid_at, row.closed_at = next_state(row, StatementAct.CLOSE_UNPAID, now).value, now, now
    row.payout_reference = NO_REFERENCE
    row.save(update_fields=["state", "paid_at", "closed_at", "payout_reference"])
    record(actor=actor, action="settlement.close", kind="statement", subject_id=row.pk, details={}, now=now)


def _pay_open_debts(row: Statement) -> int:
    """Pay the debts that the brand has now; returns their sum. One that another statement leaves meanwhile stays open."""
    open_debts = BrandDebt.objects.select_for_update().filter(brand_id=row.brand_id, statement=None, paid_as="")
    amounts = dict(open_debts.order_by("pk").values_list("pk", "amount_fen"))
    BrandDebt.objects.filter(pk__in=amounts).update(statement=row)
    return sum(amounts.values())


def lock_statement(statement_id: int) -> Statement:
    row = Statement.objects.select_for_update().filter(pk=statement_id).first()
    if row is None:
        raise NoSuchStatement(statement_id=statement_id)
    return row


def get_brand_id(statement_id: int) -> int:
    brand_id = Statement.objects.filter(pk=statement_id).values_list("brand_id", flat=True).first()
    if brand_id is None:
        raise NoSuchStatement(statement_id=statement_id)
    return brand_id


def next_state(row: Statement, act: StatementAct, now: datetime) -> StatementState:
    """The state after an act. Refuses one that the state of this instant does not allow."""
    state = state_at(StatementState(row.state), row.confirm_by, now)
    if (state, act) not in TRANSITIONS:
        raise InvalidStatementTransition(statement_id=row.pk, state=state.value)
    return TRANSITIONS[state, act]


def set_balance(row: Statement, balance_fen: int) -> None:
    """What the statement pays, or, below zero, what the brand owes after it (SETTLE-12)."""
    row.payable_fen, row.carried_fen = pay_or_carry(balance_fen)


def tell_brand(row: Statement, kind: EventKind, now: datetime, **more: int) -> None:
    data: dict[str, str | int | bool | None] = {"statement_id": row.pk, "payable": format_yuan(row.payable_fen), **more}
    publish([EventDraft(kind, row.pk, brand_id=row.brand_id, data=data)], now=now)


def _figures(sums: LineSums, now: datetime) -> dict[str, int | datetime]:
    totals = sums.totals
    return {
        "units": totals.units,
        "refunded_units": totals.refunded_units,
        "sold_fen": totals.sold_fen,
        "refunded_fen": totals.refunded_fen,
        "commission_fen": totals.commission_fen,
        "payable_fen": totals.payable_fen,
        "carrier_claims_fen": totals.carrier_claims_fen,
        "freight_fen": totals.freight_fen,
        "deductions_fen": 0,
        "netted_fen": 0,
        "carried_fen": 0,
        "generated_at": now,
        "settleable_from": (sums.changed_at or now) + settings.AFTER_SALES_WINDOW,
    }
