"""Fees of a brand's contract: what is deducted, waived, disputed, and carried over (SETTLE-10 to SETTLE-12)."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from accounts.rules import NotAllowed
from aftersales.rules import CaseAction, CaseReason
from aftersales.services.cases import open_case
from aftersales.services.decisions import DecisionDraft, decide
from aftersales.services.refunds import report_out_of_stock
from brands.services import suspend_brand
from closings.rules import OpenKind
from closings.selectors.open_things import list_open_of_brand
from flashsales.services.ending import close_ended
from kernel.clock import set_to
from kernel.period import shanghai_date
from ledger.rules import BRAND_FEE, AccountKind
from ledger.selectors.accounts import get_balance_fen
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.services.shipping import ship
from pricing.rules.commission import CommissionFields
from pricing.services.price_rules import create_commission
from settlement.models import BrandDebt, ContractFee, FeeWaiver, StatementDeduction, StatementDispute
from settlement.rules.debts import pay_or_carry
from settlement.rules.fees import (
    RATES,
    FeeBasis,
    FeeKind,
    FeeTerms,
    LineFacts,
    WaiverTerms,
    deductions_of,
    fee_fen,
    fee_on,
)
from settlement.rules.statements import StatementState
from settlement.selectors.debts import get_open_debt_fen, list_debts_of
from settlement.selectors.fees import all_deductions, list_deductions, list_fees, list_waivers
from settlement.selectors.statements import get_statement
from settlement.services import disputes, fees
from settlement.services import statements as services
from settlement.services.disputes import AnswerDraft, DisputeDraft
from settlement.services.fees import FeeDraft
from settlement.workbook import write_statement_workbook
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.settlement.test_life import balance
from tests.settlement.test_periods import signed_in
from tests.statements import settle_draft
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.services.deposits import DepositTied, enter_deposit_return

DAY = timedelta(days=1)
END = NOW + 48 * HOUR
OVER = END + 7 * DAY
BEFORE = NOW - 10 * DAY
TODAY = shanghai_date(NOW)

fee_kinds, bases = st.sampled_from(FeeKind), st.sampled_from(FeeBasis)
near = st.dates(TODAY - 3 * DAY, TODAY + 3 * DAY)


@st.composite
def terms(draw: st.DrawFn, number: int = 1) -> FeeTerms:
    basis, first = draw(bases), draw(near)
    is_rate = basis in RATES
    return FeeTerms(
        id=number,
        kind=draw(fee_kinds),
        basis=basis,
        amount_fen=None if is_rate else draw(st.integers(1, 10_000)),
        rate=Decimal(draw(st.integers(1, 10_000))) / 10_000 if is_rate else None,
        cap_fen=draw(st.none() | st.integers(1, 5_000)),
        from_date=first,
        to_date=draw(st.none() | st.dates(first, TODAY + 4 * DAY)),
    )


@st.composite
def facts(draw: st.DrawFn) -> LineFacts:
    price = draw(st.integers(1, 10**6))
    return LineFacts(
        line_id=1,
        sale_id=1,
        placed_on=TODAY,
        ship_by=NOW,
        shipped_at=draw(st.none() | st.sampled_from([NOW, NOW + timedelta(microseconds=1)])),
        shipped_units=draw(st.integers(0, 50)),
        short_units=draw(st.integers(0, 50)),
        fault_units=draw(st.integers(0, 50)),
        price_fen=price,
        payable_fen=draw(st.integers(0, price)),
    )


# SETTLE-10
@given(st.lists(terms(), max_size=4), facts())
def test_each_kind_is_deducted_once_within_its_cap_and_in_proportion(held: list[FeeTerms], line: LineFacts) -> None:
    found = deductions_of(line, held)
    assert len({each.kind for each in found}) == len(found)
    for each in found:
        fee = fee_on(held, each.kind, line.placed_on)
        assert fee is not None
        assert fee.holds_on(line.placed_on)
        assert all(
            other.from_date <= fee.from_date for other in held if other.kind is each.kind and other.holds_on(TODAY)
        )
        assert 0 < each.amount_fen <= (fee.cap_fen or each.amount_fen)
        most = {FeeBasis.PAYABLE_RATE: line.payable_fen, FeeBasis.PRICE_RATE: line.price_fen}.get(fee.basis)
        assert most is None or each.amount_fen <= each.units * most
    assert deductions_of(line, []) == []


# SETTLE-10
@given(terms(), st.integers(1, 50), st.integers(1, 10**6))
def test_a_fee_never_falls_with_the_units(fee: FeeTerms, units: int, price: int) -> None:
    one, more = (fee_fen(fee, units=n, price_fen=price, payable_fen=price // 2) for n in (units, units + 1))
    assert 0 <= one <= more


# SETTLE-11
@given(facts(), fee_kinds, st.none() | fee_kinds, st.none() | st.integers(1, 2), near, near)
def test_a_waiver_covers_what_it_names(
    line: LineFacts, kind: FeeKind, waived: FeeKind | None, sale_id: int | None, first: date, last: date
) -> None:
    waiver = WaiverTerms(1, waived, sale_id, None, first, last)
    expected = waived in (None, kind) and sale_id in (None, 1) and first <= TODAY <= last
    assert waiver.covers(kind, line) == expected


# SETTLE-12
@given(st.integers(-(10**9), 10**9))
def test_a_statement_pays_or_carries(balance_fen: int) -> None:
    paid, carried = pay_or_carry(balance_fen)
    assert paid - carried == balance_fen
    assert 0 in (paid, carried)
    assert min(paid, carried) >= 0


def agree(
    market: Marketplace,
    kind: FeeKind,
    basis: FeeBasis = FeeBasis.UNIT,
    *,
    amount_fen: int | None = None,
    rate: str | None = None,
    cap_fen: int | None = None,
    day: date = TODAY,
) -> int:
    draft = FeeDraft(kind, basis, amount_fen, Decimal(rate) if rate else None, cap_fen, day)
    fees.enter_fee(actor=market.ops, brand_id=market.brand_id, fee=draft, now=BEFORE)
    return ContractFee.objects.get(brand=market.brand_id, kind=kind.value, from_date=day).pk


def troubled_sale(market: Marketplace) -> tuple[int, list[int]]:
    """An ended sale at ¥100 a unit (¥80 for the brand) with three lines of three units: in time, late, and one of which a unit was short
    and one came back for a fault."""
    skus = [market.sku(units=10, base_price_fen=100_00) for _ in range(3)]
    sale_id = market.sale(*skus)
    buyer: Daigou = market.reseller(wallet_fen=9000_00)
    lines = [market.paid_order(buyer, item_of(sale_id, sku), 3).lines[0].id for sku in skus]
    report_out_of_stock(actor=market.clerk, line_id=lines[2], units=1, note="", key="short", now=NOW)
    for number, line_id in enumerate(lines):
        consignment = Consignment.objects.get(lines=line_id)
        at = NOW + 25 * HOUR if number == 1 else NOW
        ship(actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no=f"SF90000{number}", now=at)
    case = open_case(
        actor=buyer.actor, line_id=lines[2], units=1, reason=CaseReason.FAULTY, evidence="脱线", key="c", now=NOW + HOUR
    )
    refund = DecisionDraft(case.id, CaseAction.REFUND_ONLY)
    [result] = decide(actor=market.ops, decisions=[refund], key="refund", now=NOW + 2 * HOUR)
    assert result.is_done, result
    close_ended(now=END)
    return sale_id, lines


def stored(market: Marketplace, fee: FeeTerms) -> FeeTerms:
    row = ContractFee.objects.create(
        brand_id=market.brand_id,
        kind=fee.kind.value,
        basis=fee.basis.value,
        amount_fen=fee.amount_fen,
        rate=fee.rate,
        cap_fen=fee.cap_fen,
        from_date=fee.from_date,
        to_date=fee.to_date,
        entered_by_id=market.ops.own_id,
        entered_at=BEFORE,
    )
    return replace(fee, id=row.pk)


def change_line(line_id: int, facts: LineFacts) -> None:
    """Give a line these facts. Units that were neither shipped nor short were refunded before shipping."""
    units = facts.shipped_units + facts.short_units + 50
    Consignment.objects.filter(lines=line_id).update(ship_by=facts.ship_by)
    OrderLine.objects.filter(pk=line_id).update(
        units=units,
        refunded_units=units - facts.shipped_units,
        cancelled_units=units - facts.shipped_units,
        shipped_units=facts.shipped_units,
        short_units=facts.short_units,
        shipped_at=facts.shipped_at,
        price_fen=facts.price_fen,
        payable_fen=facts.payable_fen,
        commission_fen=facts.price_fen - facts.payable_fen,
        refund_adjustment_fen=0,
        payable_adjustment_fen=0,
    )


def drawn(market: Marketplace, sale_id: int) -> int:
    return services.generate_statement(actor=market.finance, sale_id=sale_id, now=END).id


def deducted(statement_id: int) -> list[tuple[int, FeeKind, int, int]]:
    return [(each.line_id, each.kind, each.units, each.amount_fen) for each in all_deductions(statement_id)]


@pytest.mark.django_db
class TestFees:
    # SETTLE-10
    def test_the_statement_says_the_same_as_the_rule(self) -> None:
        market = Marketplace()
        sale_id, ids = troubled_sale(market)

        @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
        @given(st.lists(terms(), max_size=5), st.lists(facts(), min_size=3, max_size=3))
        def compare(held: list[FeeTerms], lines: list[LineFacts]) -> None:
            with transaction.atomic():
                kept = [stored(market, fee) for fee in {(fee.kind, fee.from_date): fee for fee in held}.values()]
                expected = []
                for line_id, each in zip(ids, lines, strict=True):
                    change_line(line_id, each)
                    read = replace(each, line_id=line_id, fault_units=1 if line_id == ids[2] else 0)
                    expected += [(d.line_id, d.kind, d.units, d.amount_fen) for d in deductions_of(read, kept)]
                statement_id = drawn(market, sale_id)
                assert sorted(deducted(statement_id)) == sorted(expected)
                totals = get_statement(statement_id).totals
                assert totals.deductions_fen == sum(each[3] for each in expected)
                assert totals.adds_up
                transaction.set_rollback(True)

        compare()

    # SETTLE-10, SETTLE-2
    def test_deductions_lower_the_payable_and_are_booked_as_income_of_their_own(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.LINE, amount_fen=5_00)
        agree(market, FeeKind.SHORTAGE, FeeBasis.PRICE_RATE, rate="0.1")
        agree(market, FeeKind.FAULT_RETURN, FeeBasis.PAYABLE_RATE, rate="0.5", cap_fen=12_34)
        sale_id, lines = troubled_sale(market)
        statement_id = drawn(market, sale_id)
        expected = [
            (lines[1], FeeKind.LATE_SHIPMENT, 3, 5_00),
            (lines[2], FeeKind.SHORTAGE, 1, 9_90),
            (lines[2], FeeKind.FAULT_RETURN, 1, 12_34),
        ]
        assert sorted(deducted(statement_id)) == sorted(expected)
        settle_draft(market, statement_id, now=OVER)
        totals = get_statement(statement_id).totals
        assert (totals.earned_fen, totals.deductions_fen, totals.payable_fen) == (560_00, 27_24, 532_76)
        assert sorted(deducted(statement_id)) == sorted(expected)
        assert (balance(AccountKind.BRAND_PAYABLE, market), balance(AccountKind.BRAND_SETTLED, market)) == (0, 532_76)
        assert get_balance_fen(BRAND_FEE) == 27_24
        page = list_deductions(statement_id, limit=2)
        assert len(list_deductions(statement_id, cursor=page.next_cursor or "").items) == 1
        assert all_violations() == []

    # SETTLE-10
    def test_an_order_keeps_the_fee_of_its_day(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.SHORTAGE, amount_fen=1_00)
        agree(market, FeeKind.SHORTAGE, amount_fen=9_00, day=TODAY + DAY)
        sale_id, _ = troubled_sale(market)
        assert [each[3] for each in deducted(drawn(market, sale_id))] == [1_00]

    # SETTLE-10
    def test_a_fee_begins_on_a_future_day_and_is_possible(self) -> None:
        market = Marketplace()
        good = FeeDraft(FeeKind.SHORTAGE, FeeBasis.UNIT, 1_00, None, None, TODAY + DAY)
        for changes, refusal in (
            ({"from_date": TODAY}, fees.FeeInThePast),
            ({"amount_fen": 0}, fees.InvalidFee),
            ({"amount_fen": None}, fees.InvalidFee),
            ({"rate": Decimal("0.1")}, fees.InvalidFee),
            ({"basis": FeeBasis.PRICE_RATE}, fees.InvalidFee),
            ({"basis": FeeBasis.PRICE_RATE, "amount_fen": None, "rate": Decimal("1.01")}, fees.InvalidFee),
            ({"cap_fen": 0}, fees.InvalidFee),
            ({"to_date": TODAY}, fees.InvalidFee),
        ):
            draft = FeeDraft(**{**{name: getattr(good, name) for name in FeeDraft.__slots__}, **changes})
            with pytest.raises(refusal):
                fees.enter_fee(actor=market.ops, brand_id=market.brand_id, fee=draft, now=NOW)
        with pytest.raises(NotAllowed):
            fees.enter_fee(actor=market.clerk, brand_id=market.brand_id, fee=good, now=NOW)
        assert list_fees(market.brand_id) == []
        _, entered = [
            fees.enter_fee(
                actor=market.ops, brand_id=market.brand_id, fee=replace(good, amount_fen=amount_fen), now=NOW
            )
            for amount_fen in (1_00, 2_00)
        ]
        assert [(each.amount_fen, each.to_date) for each in entered] == [(2_00, None)]

    # SETTLE-10
    def test_a_fee_ends_with_today_and_one_that_has_not_begun_is_removed(self) -> None:
        market = Marketplace()
        begun, later = (
            agree(market, FeeKind.SHORTAGE, amount_fen=1),
            agree(market, FeeKind.LATE_SHIPMENT, amount_fen=1, day=TODAY + DAY),
        )
        with pytest.raises(fees.NoSuchFee):
            fees.end_fee(actor=market.ops, brand_id=market.brand(), fee_id=begun, now=NOW)
        _, left = [
            fees.end_fee(actor=market.finance, brand_id=market.brand_id, fee_id=fee_id, now=NOW)
            for fee_id in (begun, later)
        ]
        assert [(each.id, each.to_date) for each in left] == [(begun, TODAY)]

    # SETTLE-11
    def test_a_waived_fee_is_shown_and_not_deducted(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.SHORTAGE, amount_fen=10_00)
        agree(market, FeeKind.LATE_SHIPMENT, amount_fen=1_00)
        sale_id, lines = troubled_sale(market)
        waived: dict[str, Any] = {"actor": market.ops, "brand_id": market.brand_id, "reason": "台风停运", "now": NOW}
        fees.enter_waiver(**waived, kind=FeeKind.LATE_SHIPMENT, line_id=lines[1])
        back = fees.enter_waiver(**waived, sale_id=sale_id)
        fees.end_waiver(actor=market.finance, brand_id=market.brand_id, waiver_id=back, now=NOW + HOUR)
        statement_id = drawn(market, sale_id)
        assert get_statement(statement_id).totals.deductions_fen == 10_00
        settle_draft(market, statement_id, now=OVER)
        late, short = sorted(all_deductions(statement_id), key=lambda each: each.amount_fen)
        assert (late.waived_because, short.waived_because) == ("台风停运", "")
        assert get_statement(statement_id).totals.payable_fen == 550_00
        assert all_violations() == []
        with pytest.raises(fees.LineWasSent):
            fees.enter_waiver(**waived, line_id=lines[2])
        with pytest.raises(fees.NoSuchWaiver):
            fees.end_waiver(actor=market.finance, brand_id=market.brand_id, waiver_id=back, now=OVER)
        assert len(list_waivers(brand_id=market.brand_id).items) == FeeWaiver.objects.count() == 2

    # SETTLE-11
    def test_a_waiver_names_its_own_brand_and_a_reason(self) -> None:
        market = Marketplace()
        sale_id, lines = troubled_sale(market)
        other = market.brand()
        for named in ({"sale_id": sale_id}, {"line_id": lines[0]}):
            with pytest.raises(fees.NotOfBrand):
                fees.enter_waiver(actor=market.ops, brand_id=other, reason="错", now=NOW, **named)  # type: ignore[arg-type]
        with pytest.raises(fees.InvalidWaiver):
            fees.enter_waiver(
                actor=market.ops, brand_id=other, reason="x", from_date=TODAY, to_date=TODAY - DAY, now=NOW
            )
        with pytest.raises(NotAllowed):
            fees.enter_waiver(actor=market.clerk, brand_id=market.brand_id, reason="自免", now=NOW)
        assert not FeeWaiver.objects.exists()

    # SETTLE-5, SETTLE-10
    def test_a_deduction_is_disputed_like_a_line(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.SHORTAGE, amount_fen=10_00)
        sale_id, lines = troubled_sale(market)
        statement_id = drawn(market, sale_id)
        services.send(actor=market.finance, statement_id=statement_id, now=OVER)
        (found,) = all_deductions(statement_id)

        def raised(claimed_fen: int, deduction_id: int = found.id) -> None:
            draft = DisputeDraft(found.line_id, claimed_fen, "已补货", deduction_id=deduction_id)
            disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[draft], now=OVER)

        for claimed_fen in (-1, 10_00, 10_01):
            with pytest.raises(disputes.ImpossibleDeduction):
                raised(claimed_fen)
        with pytest.raises(disputes.NoSuchDeduction):
            raised(1, deduction_id=999_999)
        assert not StatementDispute.objects.exists()
        raised(4_00)
        with pytest.raises(disputes.AlreadyDisputed):
            raised(3_00)
        line = DisputeDraft(lines[2], 70_00, "少算")
        disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[line], now=OVER)
        answers = [
            AnswerDraft(each.pk, each.deduction_id is not None, "核对过") for each in StatementDispute.objects.all()
        ]
        view = disputes.answer(actor=market.finance, statement_id=statement_id, answers=answers, now=OVER)
        assert (view.totals.adjustments_fen, view.totals.deductions_fen, view.totals.payable_fen) == (
            6_00,
            10_00,
            556_00,
        )
        services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        assert balance(AccountKind.BRAND_SETTLED, market) == 556_00
        assert all_violations() == []

    # SETTLE-12
    def test_what_is_not_earned_is_carried_to_the_next_statement_that_is_sent(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.LINE, amount_fen=700_00)
        first, second = troubled_sale(market)[0], troubled_sale(market)[0]
        fees.enter_waiver(actor=market.ops, brand_id=market.brand_id, sale_id=second, reason="只罚一次", now=NOW)
        first_id, second_id = drawn(market, first), drawn(market, second)
        settle_draft(market, first_id, now=OVER)
        totals = get_statement(first_id).totals
        assert (totals.payable_fen, totals.carried_fen, totals.adds_up) == (0, 140_00, True)
        assert balance(AccountKind.BRAND_DEBT, market) == -140_00
        assert get_open_debt_fen(market.brand_id) == 140_00
        assert all_violations() == []
        settle_draft(market, second_id, now=OVER)
        totals = get_statement(second_id).totals
        assert (totals.netted_fen, totals.payable_fen, totals.adds_up) == (140_00, 420_00, True)
        assert [each.source_id for each in list_debts_of(brand_id=market.brand_id, statement_id=second_id)] == [
            first_id
        ]
        assert (balance(AccountKind.BRAND_DEBT, market), get_open_debt_fen(market.brand_id)) == (0, 0)
        assert BrandDebt.objects.count() == 1
        assert all_violations() == []

    # SETTLE-12, MONEY-12, MONEY-17
    def test_a_brand_that_owes_is_not_closed_and_its_deposit_stays(self) -> None:
        market = Marketplace()
        market.money.bank_account(brand_id=market.brand_id, now=NOW)
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.LINE, amount_fen=700_00)
        settle_draft(market, drawn(market, troubled_sale(market)[0]), now=OVER)
        suspend_brand(actor=market.ops, brand_id=market.brand_id, reason="合同到期", now=OVER)
        found = list_open_of_brand(market.brand_id, at=OVER)
        assert [(each.kind, each.count) for each in found] == [(OpenKind.UNSETTLED, 1)]
        with pytest.raises(DepositTied) as refused:
            enter_deposit_return(
                actor=market.finance, brand_id=market.brand_id, amount_fen=1, reason="终止合作", key="b", now=OVER
            )
        assert refused.value.debt_fen == 140_00
        assert not MoneyRequest.objects.filter(kind="deposit_return").exists()

    # SETTLE-10
    def test_another_line_of_a_consignment_that_was_sent_again_stays_late(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.LINE, amount_fen=5_00)
        sale_id, lines = troubled_sale(market)
        consignments = Consignment.objects.filter(lines=lines[1])
        consignments.update(paid_ship_by=F("ship_by"), ship_by=END)
        assert [each[0] for each in deducted(drawn(market, sale_id))] == [lines[1]]
        OrderLine.objects.filter(pk=lines[1]).update(resent_units=1)
        assert deducted(drawn(market, sale_id)) == []

    # SETTLE-11
    def test_a_waiver_that_waited_while_a_statement_was_sent_does_not_count_for_it(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.LINE, amount_fen=5_00)
        sale_id, _ = troubled_sale(market)
        waived: dict[str, Any] = {"actor": market.ops, "brand_id": market.brand_id, "reason": "台风", "now": OVER}
        ended = fees.enter_waiver(**waived | {"now": NOW}, kind=FeeKind.SHORTAGE)
        settle_draft(market, drawn(market, sale_id), now=OVER + HOUR)
        late = FeeWaiver.objects.get(pk=fees.enter_waiver(**waived))
        fees.end_waiver(actor=market.ops, brand_id=market.brand_id, waiver_id=ended, now=OVER)
        after = OVER + HOUR + timedelta(microseconds=1)
        assert (late.entered_at, FeeWaiver.objects.get(pk=ended).ended_at) == (after, after)
        assert all_violations() == []

    # SETTLE-12, SETTLE-5
    def test_an_answer_moves_the_balance_from_carried_to_payable(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.LINE, amount_fen=700_00)
        statement_id = drawn(market, troubled_sale(market)[0])
        services.send(actor=market.finance, statement_id=statement_id, now=OVER)
        (found,) = all_deductions(statement_id)
        draft = DisputeDraft(found.line_id, 500_00, "太多", deduction_id=found.id)
        disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[draft], now=OVER)
        (row,) = StatementDispute.objects.all()
        answers = [AnswerDraft(row.pk, True, "同意")]
        view = disputes.answer(actor=market.finance, statement_id=statement_id, answers=answers, now=OVER)
        assert (view.totals.payable_fen, view.totals.carried_fen, view.state) == (60_00, 0, StatementState.SENT)
        services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        assert not BrandDebt.objects.exists()
        assert all_violations() == []

    # SETTLE-10
    def test_a_draft_that_is_computed_again_has_its_deductions_once(self) -> None:
        market = Marketplace()
        agree(market, FeeKind.SHORTAGE, amount_fen=10_00)
        sale_id, _ = troubled_sale(market)
        assert drawn(market, sale_id) == (statement_id := drawn(market, sale_id))
        assert StatementDeduction.objects.filter(statement=statement_id).count() == 1
        assert get_statement(statement_id).totals.deductions_fen == 10_00
        assert all_violations() == []

    # SETTLE-10, SETTLE-11
    def test_pages_show_fees_deductions_and_waivers_and_take_disputes(self) -> None:
        market = Marketplace()
        sale_id, lines = troubled_sale(market)
        agree(market, FeeKind.SHORTAGE, amount_fen=10_00)
        agree(market, FeeKind.LATE_SHIPMENT, FeeBasis.PAYABLE_RATE, rate="0.055")
        statement_id = drawn(market, sale_id)
        office, clerk = signed_in(market.finance), signed_in(market.clerk)
        fees_page, statement_page = f"/console/brands/{market.brand_id}/fees/", f"/portal/statements/{statement_id}/"
        with set_to(NOW):
            assert "货款的 5.5%" in office.get(fees_page).content.decode()
            waiver = {"form_action": "enter_waiver", "enter_waiver-line_id": lines[1], "enter_waiver-reason": "台风"}
            assert office.post(fees_page, waiver).status_code == 302
            fee = {
                "form_action": "enter_fee",
                "enter_fee-kind": "shortage",
                "enter_fee-basis": "unit",
                "enter_fee-amount_fen": "0",
                "enter_fee-from_date": TODAY + DAY,
            }
            assert "按行、按件的费用填金额" in office.post(fees_page, fee).content.decode()
        services.send(actor=market.finance, statement_id=statement_id, now=OVER)
        with set_to(OVER):
            shown = clerk.get(statement_page).content.decode()
            assert "免收：台风" in shown
            assert "−¥10.00" in shown
            assert "每件 ¥10.00" in clerk.get("/portal/statements/").content.decode()
            (short,) = [each for each in all_deductions(statement_id) if not each.waived_because]
            typed = {"deduction_ids": short.id, f"deduction-{short.id}": "4", "reason": "已补货"}
            assert clerk.post(f"{statement_page}dispute/", typed).status_code == 302
            (row,) = StatementDispute.objects.all()
            assert (row.deduction_id, row.payable_fen, row.claimed_fen) == (short.id, -10_00, -4_00)
            listed = clerk.get(f"/api/v1/statements/{statement_id}/deductions").json()["items"]
            assert [each["amount"] for each in listed] == ["13.20", "10.00"]
            assert clerk.get(f"/api/v1/brands/{market.brand()}/fees").status_code == 404
            assert "−¥10.00" in clerk.get(f"{statement_page}print/").content.decode()
        book = openpyxl.load_workbook(io.BytesIO(write_statement_workbook(get_statement(statement_id))), data_only=True)
        assert [row[6] for row in book["扣款"].iter_rows(min_row=2, values_only=True)] == [0, 10]
        sums = {row[0]: row[1] for row in book["结算单"].iter_rows(max_col=2, values_only=True)}
        assert (sums["明细应结"], sums["扣款"], sums["应结货款"]) == (560, 10, 550)


@pytest.mark.django_db
class TestFrozenCommission:
    # SETTLE-1
    def test_a_new_rate_between_order_shipment_and_settlement_changes_no_line(self) -> None:
        market = Marketplace()
        sku = market.sku(units=10, base_price_fen=100_00)
        sale_id = market.sale(sku)
        order = market.paid_order(market.reseller(wallet_fen=900_00), item_of(sale_id, sku), 2)
        line_id = order.lines[0].id
        figures = []

        def rate_becomes(rate: str, at: datetime) -> None:
            row = OrderLine.objects.get(pk=line_id)
            figures.append((row.price_fen, row.payable_fen, row.commission_fen))
            rule = CommissionFields(rate=Decimal(rate), from_at=at + HOUR, brand_id=market.brand_id)
            create_commission(actor=market.ops, commission=rule, now=at)

        rate_becomes("0.35", NOW + HOUR)
        consignment = Consignment.objects.get(order=order.id)
        ship(
            actor=market.clerk,
            consignment_id=consignment.pk,
            carrier="顺丰",
            tracking_no="SF900001",
            now=NOW + 5 * HOUR,
        )
        rate_becomes("0.30", NOW + 6 * HOUR)
        close_ended(now=END)
        statement_id = drawn(market, sale_id)
        rate_becomes("0.60", END)
        settle_draft(market, statement_id, now=OVER)
        rate_becomes("0.30", OVER)
        assert figures == [(100_00, 80_00, 20_00)] * 4
        totals = get_statement(statement_id).totals
        assert (totals.commission_fen, totals.payable_fen) == (40_00, 160_00)
        assert balance(AccountKind.BRAND_SETTLED, market) == 160_00
        assert all_violations() == []
