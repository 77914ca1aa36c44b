"""The daily close: closed days are compared with bills and balances, and each difference is kept until it is gone (MONEY-15, MONEY-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from kernel.period import shanghai_date
from kernel.refusal import Conflict, Missing, require_reason
from ledger.selectors.days import get_closed_day, list_balance_differences, list_closed_days
from payments.rules.payments import Provider
from payments.selectors.bills import compare_bill, get_provider_balance
from treasury.models import CloseDifference, DayComparison
from treasury.rules.closes import (
    MAX_EXPLANATION,
    Compared,
    ComparisonState,
    Difference,
    DifferenceState,
    state_after,
)
from treasury.selectors.closes import CloseDifferenceView, difference_view

COMPARED_AGAIN = timedelta(days=10)
"""For so long after its end a day is compared again by itself: bills come late, and what was late is booked."""
BILLS = {Compared.WECHAT_BILL: Provider.WECHAT, Compared.ALIPAY_BILL: Provider.ALIPAY}
PROVIDER_BALANCES = {Compared.WECHAT_BALANCE: Provider.WECHAT, Compared.ALIPAY_BALANCE: Provider.ALIPAY}


class NoSuchDifference(Missing):
    code = "treasury.no_such_difference"
    zh = "没有这条差异（{difference_id}）"
    en = "There is no difference {difference_id}"
    difference_id: int


class DifferenceResolved(Conflict):
    code = "treasury.difference_resolved"
    zh = "差异 {difference_id} 已经消除，不用说明"
    en = "The difference {difference_id} is resolved already; it needs no explanation"
    difference_id: int


@dataclass(frozen=True, slots=True)
class _Found:
    """One comparison: its state, both sums, and the differences with what they are about."""

    state: ComparisonState
    ledger_fen: int | None
    other_fen: int | None
    differences: Sequence["_FoundDifference"] = ()


@dataclass(frozen=True, slots=True)
class _FoundDifference:
    kind: str
    figures: Difference
    payment_id: int | None = None
    account_id: int | None = None


def compare_days(*, now: datetime) -> int:
    """Compare the days that were closed lately, each in a transaction of its own; returns how many. A second run finds the same."""
    oldest = shanghai_date(now - COMPARED_AGAIN)
    closed = list_closed_days(limit=COMPARED_AGAIN.days + 2).items
    days = sorted(each.day for each in closed if each.summed_at is not None and each.day >= oldest)
    for day in days:
        compare_day(day=day, now=now)
    return len(days)


@transaction.atomic
def compare_day(*, day: date, now: datetime) -> None:
    """Compare a closed day with the bills of the providers, with our balance there, and the accounts with their entries (MONEY-15).

    Refuses a day that is not closed. What was found before and is not found now is resolved.
    """
    get_closed_day(day)
    for compared in Compared:
        found = _compare(day, compared)
        row, _ = DayComparison.objects.select_for_update().get_or_create(
            day=day, compared=compared.value, defaults={"state": found.state.value, "compared_at": now}
        )
        row.state, row.compared_at = found.state.value, now
        row.ledger_fen, row.other_fen = found.ledger_fen, found.other_fen
        row.save()
        if found.state is not ComparisonState.WAITING:
            _keep_differences(day, compared, found.differences, now)


def compare_by_hand(*, actor: Actor, day: date, now: datetime) -> None:
    """Compare a closed day again at once: `compare_day` by a person of finance."""
    require_roles(actor, Role.FINANCE)
    compare_day(day=day, now=now)


def explain_difference(*, actor: Actor, difference_id: int, explanation: str, now: datetime) -> CloseDifferenceView:
    """Say why a difference stands. It stays explained until its figures change; it is resolved by a comparison, and by nobody."""
    require_roles(actor, Role.FINANCE)
    explanation = require_reason(explanation, max_length=MAX_EXPLANATION)
    with transaction.atomic():
        row = CloseDifference.objects.select_for_update().filter(pk=difference_id).first()
        if row is None:
            raise NoSuchDifference(difference_id=difference_id)
        if row.state == DifferenceState.RESOLVED.value:
            raise DifferenceResolved(difference_id=difference_id)
        row.state, row.explanation = DifferenceState.EXPLAINED.value, explanation
        row.explained_by_id, row.explained_at = actor.own_id, now
        row.save()
        record(
            actor=actor,
            action="treasury.explain_difference",
            kind="close_difference",
            subject_id=row.pk,
            details={"day": row.day.isoformat(), "explanation": explanation},
            now=now,
        )
    return difference_view(row)


def _compare(day: date, compared: Compared) -> _Found:
    if compared in BILLS:
        return _compare_bill(day, BILLS[compared])
    if compared in PROVIDER_BALANCES:
        return _compare_balance(day, PROVIDER_BALANCES[compared])
    differing = list_balance_differences(day)
    found = [
        _FoundDifference(
            "balance",
            Difference(f"{each.kind.value}:{each.owner_id}", each.entries_fen, each.balance_fen),
            account_id=each.account_id,
        )
        for each in differing
    ]
    state = ComparisonState.DIFFERS if found else ComparisonState.AGREES
    return _Found(
        state, sum(each.entries_fen for each in differing), sum(each.balance_fen for each in differing), found
    )


def _compare_bill(day: date, provider: Provider) -> _Found:
    bill = compare_bill(day, provider)
    if not bill.bills:
        # Bills are wanted for each day since the first payment through the provider: without one there is nothing to compare.
        return _Found(ComparisonState.AGREES, None, None)
    ledger_fen = bill.sums.payments_booked_fen - bill.sums.refunds_booked_fen
    other_fen = bill.sums.payments_in_bill_fen - bill.sums.refunds_in_bill_fen
    if not bill.is_compared:
        return _Found(ComparisonState.WAITING, ledger_fen, None)
    found = [
        _FoundDifference(each.kind.value, Difference(each.number, each.booked_fen, each.bill_fen), each.payment_id)
        for each in bill.differences
    ]
    state = ComparisonState.DIFFERS if found else ComparisonState.AGREES
    return _Found(state, ledger_fen, other_fen, found)


def _compare_balance(day: date, provider: Provider) -> _Found:
    balance = get_provider_balance(day, provider)
    if not balance.bills:
        return _Found(ComparisonState.AGREES, None, None)
    if balance.missing:
        return _Found(ComparisonState.WAITING, balance.booked_fen, None)
    if balance.in_bills_fen == balance.booked_fen:
        return _Found(ComparisonState.AGREES, balance.booked_fen, balance.in_bills_fen)
    figures = Difference(provider.value, balance.booked_fen, balance.in_bills_fen)
    return _Found(
        ComparisonState.DIFFERS,
        balance.booked_fen,
        balance.in_bills_fen,
        [_FoundDifference("provider_balance", figures)],
    )


def _keep_differences(day: date, compared: Compared, found: Sequence[_FoundDifference], now: datetime) -> None:
    """Write what was found: new ones are open, those that are gone are resolved, and one with other figures is open again."""
    by_key = {(each.kind, each.figures.subject): each for each in found}
    known = CloseDifference.objects.select_for_update().filter(day=day, compared=compared.value)
    for row in known:
        now_found = by_key.pop((row.kind, row.subject), None)
        before = Difference(row.subject, row.ledger_fen, row.other_fen)
        state = state_after(DifferenceState(row.state), before, now_found.figures if now_found else None)
        if now_found is not None:
            row.ledger_fen, row.other_fen = now_found.figures.ledger_fen, now_found.figures.other_fen
        if state is DifferenceState.RESOLVED:
            row.resolved_at = row.resolved_at or now
        else:
            row.resolved_at = None
        row.state = state.value
        row.save()
    CloseDifference.objects.bulk_create(
        CloseDifference(
            day=day,
            compared=compared.value,
            kind=each.kind,
            subject=each.figures.subject,
            payment_id=each.payment_id,
            account_id=each.account_id,
            ledger_fen=each.figures.ledger_fen,
            other_fen=each.figures.other_fen,
            state=DifferenceState.OPEN.value,
            found_at=now,
        )
        for each in by_key.values()
    )
