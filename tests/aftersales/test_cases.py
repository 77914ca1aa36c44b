"""Cases as kept: opened, decided, sent back, refunded, lapsed (AFTER-3, 4, 5, 6, 7, 8)."""

import pytest
from pytest_django import Settings

from accounts.rules import NotAllowed
from aftersales.models import Case, Refund
from aftersales.rules import CaseReason, CaseState, RefundReason, Returnability
from aftersales.selectors.cases import (
    NoSuchCase,
    count_waiting_cases,
    get_own_case,
    get_return_options,
    list_brand_cases,
    list_cases,
    list_own_cases,
)
from aftersales.services import cases as aftersales_cases
from aftersales.services import refunds
from aftersales.tasks import expire_overdue
from flashsales.services.running import close_ended
from integrity.selectors import all_violations
from inventory.models import Movement, Sku
from kernel import clock
from kernel.refusal import InvalidTracking, ReasonRequired
from ledger.rules import COMMISSION, AccountKind, AccountRef
from ledger.selectors import get_balance_fen
from membership.models import Reseller
from orders.models import OrderLine
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.services.refund import NothingToRefund
from settlement import services as settlement
from settlement.services import OpenCasesRemain
from tests.aftersales.bought import DAY, HOME, SHIPPED, Bought
from tests.builders import HOUR, NOW, item_of, units_of

pytestmark = pytest.mark.django_db


def state_of(case_id: int) -> CaseState:
    return CaseState(Case.objects.get(pk=case_id).state)


class TestOpen:
    def test_labelled_goods_may_be_asked_back_because_they_are_no_longer_wanted(self) -> None:
        bought = Bought()
        case_id = bought.open_case(CaseReason.NO_LONGER_WANTED, units=2, evidence="")
        view = get_own_case(bought.daigou.id, case_id, at=SHIPPED)
        assert (view.state, view.units, view.amount_fen) == (CaseState.REQUESTED, 2, 2 * bought.price_fen)
        assert view.due_at == SHIPPED + 2 * DAY
        assert all_violations() == []

    def test_cut_goods_that_are_no_longer_wanted_are_refused_with_the_reason_named(self) -> None:
        bought = Bought(cut=True)
        with pytest.raises(aftersales_cases.ReasonNotAccepted) as refused:
            bought.open_case(CaseReason.NO_LONGER_WANTED)
        assert refused.value.sentence("zh").startswith("QH9 是剪标商品，不接受「不想要了」退货")
        assert not Case.objects.exists()

    @pytest.mark.parametrize("reason", [CaseReason.FAULTY, CaseReason.WRONG_GOODS, CaseReason.DAMAGED])
    def test_cut_goods_are_taken_up_for_a_fault_wrong_goods_or_damage(self, reason: CaseReason) -> None:
        assert state_of(Bought(cut=True).open_case(reason)) is CaseState.REQUESTED

    def test_a_complaint_says_what_is_wrong(self) -> None:
        bought = Bought()
        for evidence in ("", "  ", "字" * 1001):
            with pytest.raises(aftersales_cases.InvalidEvidence):
                bought.open_case(evidence=evidence)
        assert not Case.objects.exists()

    def test_what_is_not_shipped_is_not_returned(self) -> None:
        with pytest.raises(aftersales_cases.NotReturnable) as refused:
            Bought(ship=False).open_case()
        assert refused.value.why == Returnability.NOT_SHIPPED
        assert not Case.objects.exists()

    def test_the_window_runs_from_shipping_and_its_end_is_outside(self) -> None:
        bought = Bought()
        with pytest.raises(aftersales_cases.NotReturnable) as refused:
            bought.open_case(now=SHIPPED + 7 * DAY)
        assert refused.value.why == Returnability.TOO_LATE
        assert state_of(bought.open_case(now=SHIPPED + 7 * DAY - HOUR)) is CaseState.REQUESTED

    def test_units_in_an_open_case_or_refunded_cannot_be_asked_again(self) -> None:
        bought = Bought()
        case_id = bought.sent_back_case(units=2)
        with pytest.raises(NothingToRefund) as refused:
            bought.open_case(units=2, key="more")
        assert refused.value.left == 1
        aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        with pytest.raises(NothingToRefund):
            bought.open_case(units=2, key="more")
        bought.open_case(units=1, key="the last")
        with pytest.raises(aftersales_cases.NotReturnable) as nothing:
            bought.open_case(units=1, key="none left")
        assert nothing.value.why == Returnability.NOTHING_LEFT
        assert all_violations() == []

    @pytest.mark.parametrize("units", [0, -1, 4])
    def test_units_that_were_not_bought_are_refused(self, units: int) -> None:
        with pytest.raises(NothingToRefund):
            Bought().open_case(units=units)
        assert not Case.objects.exists()

    def test_the_same_key_opens_one_case_and_serves_no_other(self) -> None:
        bought = Bought()
        assert bought.open_case(key="tap") == bought.open_case(key="tap")
        with pytest.raises(aftersales_cases.CaseKeyConflict):
            bought.open_case(units=2, key="tap")
        assert Case.objects.count() == 1

    def test_somebody_elses_line_does_not_exist(self) -> None:
        bought = Bought()
        stranger = bought.market.reseller()
        with pytest.raises(refunds.NoSuchOrderLine):
            aftersales_cases.open_case(
                actor=stranger.actor, line_id=bought.line_id, units=1, reason=CaseReason.FAULTY,
                evidence="坏了", key="k", now=SHIPPED,
            )  # fmt: skip
        case_id = bought.open_case()
        with pytest.raises(NoSuchCase):
            aftersales_cases.withdraw(actor=stranger.actor, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.REQUESTED

    def test_the_order_says_what_may_come_back_until_when_and_why_not(self) -> None:
        bought = Bought(cut=True, ship=False)
        before = get_return_options(bought.order, at=NOW)[bought.line_id]
        assert (before.returnability, before.returnable_until) == (Returnability.NOT_SHIPPED, None)
        bought.ship_it()
        order = get_own_order(bought.daigou.id, bought.order.id)
        case_id = bought.open_case(units=2)
        after = get_return_options(order, at=SHIPPED)[bought.line_id]
        assert (after.is_returnable, after.returnable_units, after.returnable_until) == (True, 1, SHIPPED + 7 * DAY)
        assert CaseReason.NO_LONGER_WANTED not in after.reasons
        assert after.case_ids == (case_id,)


class TestRefund:
    def test_goods_that_came_back_give_money_growth_and_payable_back_by_exactly_their_part(self) -> None:
        bought = Bought()
        line = OrderLine.objects.get()
        money, growth = get_wallet_balance_fen(bought.daigou.id), Reseller.objects.get(pk=bought.daigou.id).growth_milli
        commission = get_balance_fen(COMMISSION)
        case_id = bought.sent_back_case(units=2)
        view = aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 3 * DAY)
        amount = 2 * bought.price_fen
        assert (view.state, view.received_at, view.due_at) == (CaseState.REFUNDED, SHIPPED + 3 * DAY, None)
        assert get_wallet_balance_fen(bought.daigou.id) == money + amount
        assert Reseller.objects.get(pk=bought.daigou.id).growth_milli == growth - amount
        assert bought.payable_fen() == line.payable_fen
        assert get_balance_fen(COMMISSION) == commission - 2 * line.commission_fen
        refund = Refund.objects.get()
        assert (refund.reason, refund.units, refund.amount_fen) == (RefundReason.RETURNED, 2, amount)
        assert all_violations() == []

    def test_returned_goods_move_no_stock_and_stay_sold(self) -> None:
        bought = Bought()
        item = item_of(bought.sale_id, bought.sku)
        before = (units_of(item), Sku.objects.get(pk=bought.sku).on_hand, Movement.objects.count())
        case_id = bought.sent_back_case()
        aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert (units_of(item), Sku.objects.get(pk=bought.sku).on_hand, Movement.objects.count()) == before
        assert all_violations() == []

    def test_a_case_is_refunded_once(self) -> None:
        bought = Bought()
        case_id = bought.sent_back_case()
        first = aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        money = get_wallet_balance_fen(bought.daigou.id)
        again = aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 3 * DAY)
        assert again.refund_id == first.refund_id
        assert get_wallet_balance_fen(bought.daigou.id) == money

    def test_a_complaint_of_small_worth_is_refunded_without_the_goods(self, settings: Settings) -> None:
        bought = Bought()
        case_id = bought.open_case()
        settings.REFUND_ONLY_MAX_FEN = bought.price_fen - 1
        with pytest.raises(aftersales_cases.RefundOnlyNotAllowed):
            aftersales_cases.refund_only(actor=bought.market.ops, case_id=case_id, now=SHIPPED)
        assert not Refund.objects.exists()
        settings.REFUND_ONLY_MAX_FEN = bought.price_fen
        view = aftersales_cases.refund_only(actor=bought.market.ops, case_id=case_id, now=SHIPPED)
        assert (view.state, view.received_at) == (CaseState.REFUNDED, None)
        assert Refund.objects.get().reason == RefundReason.REFUND_ONLY
        assert all_violations() == []

    def test_nothing_is_refunded_before_the_goods_were_sent_back(self) -> None:
        bought = Bought()
        case_id = bought.approved_case()
        with pytest.raises(aftersales_cases.InvalidCaseTransition):
            aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED)
        assert not Refund.objects.exists()
        assert state_of(case_id) is CaseState.APPROVED


class TestTurns:
    def test_refuse_needs_a_reason_and_ends_the_case(self) -> None:
        bought = Bought()
        case_id = bought.open_case()
        with pytest.raises(ReasonRequired):
            aftersales_cases.reject(actor=bought.market.ops, case_id=case_id, reason=" ", now=SHIPPED)
        view = aftersales_cases.reject(actor=bought.market.ops, case_id=case_id, reason="照片看不出问题", now=SHIPPED)
        assert (view.state, view.decision, view.ended_at) == (CaseState.REJECTED, "照片看不出问题", SHIPPED)
        with pytest.raises(aftersales_cases.InvalidCaseTransition):
            aftersales_cases.approve(actor=bought.market.ops, case_id=case_id, return_address=HOME, now=SHIPPED)

    def test_goods_that_arrived_otherwise_than_described_may_still_be_refused(self) -> None:
        bought = Bought()
        case_id = bought.sent_back_case()
        aftersales_cases.receive(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        aftersales_cases.reject(actor=bought.market.ops, case_id=case_id, reason="已穿着洗涤", now=SHIPPED + 3 * DAY)
        assert state_of(case_id) is CaseState.REJECTED
        assert all_violations() == []

    def test_the_brand_confirms_that_goods_arrived_and_another_brand_does_not_know_of_them(self) -> None:
        bought = Bought()
        case_id = bought.sent_back_case()
        stranger = bought.market.new_clerk(bought.market.brand())
        with pytest.raises(NoSuchCase):
            aftersales_cases.receive(actor=stranger, case_id=case_id, now=SHIPPED + 2 * DAY)
        with pytest.raises(NotAllowed):
            aftersales_cases.receive(actor=bought.daigou.actor, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert state_of(case_id) is CaseState.SENT_BACK
        aftersales_cases.receive(actor=bought.market.clerk, case_id=case_id, now=SHIPPED + 2 * DAY)
        view = aftersales_cases.receive(actor=bought.market.clerk, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert view.state is CaseState.RECEIVED
        assert not hasattr(view, "amount_fen")
        assert Refund.objects.count() == 0
        aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=SHIPPED + 3 * DAY)
        assert state_of(case_id) is CaseState.REFUNDED
        assert all_violations() == []

    def test_nothing_arrives_that_was_not_sent_back(self) -> None:
        bought = Bought()
        case_id = bought.approved_case()
        with pytest.raises(aftersales_cases.InvalidCaseTransition):
            aftersales_cases.receive(actor=bought.market.clerk, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.APPROVED

    def test_only_ops_decide(self) -> None:
        bought = Bought()
        case_id = bought.open_case()
        for actor in (bought.market.finance, bought.market.clerk, bought.daigou.actor):
            with pytest.raises(NotAllowed):
                aftersales_cases.approve(actor=actor, case_id=case_id, return_address=HOME, now=SHIPPED)
            with pytest.raises(NotAllowed):
                aftersales_cases.refund_only(actor=actor, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.REQUESTED

    def test_the_same_parcel_again_changes_nothing_and_another_is_refused(self) -> None:
        bought = Bought()
        case_id = bought.sent_back_case()
        parcel = {"actor": bought.daigou.actor, "case_id": case_id, "now": SHIPPED + 2 * DAY}
        again = aftersales_cases.send_back(carrier="中通快递", tracking_no="ZT0000001", **parcel)  # type: ignore[arg-type]
        assert again.sent_back_at == SHIPPED + DAY
        with pytest.raises(aftersales_cases.InvalidCaseTransition):
            aftersales_cases.send_back(carrier="中通快递", tracking_no="ZT0000002", **parcel)  # type: ignore[arg-type]
        with pytest.raises(InvalidTracking):
            aftersales_cases.send_back(carrier="中通快递", tracking_no="单号", **parcel)  # type: ignore[arg-type]

    def test_withdraw_frees_the_units_until_something_is_sent(self) -> None:
        bought = Bought()
        case_id = bought.approved_case(units=3)
        aftersales_cases.withdraw(actor=bought.daigou.actor, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.WITHDRAWN
        other = bought.open_case(units=3, key="again")
        aftersales_cases.approve(actor=bought.market.ops, case_id=other, return_address=HOME, now=SHIPPED)
        aftersales_cases.send_back(
            actor=bought.daigou.actor, case_id=other, carrier="中通", tracking_no="ZT0000009", now=SHIPPED
        )
        with pytest.raises(aftersales_cases.InvalidCaseTransition):
            aftersales_cases.withdraw(actor=bought.daigou.actor, case_id=other, now=SHIPPED)

    def test_an_agreement_lapses_by_the_clock_whether_or_not_the_sweep_has_run(self) -> None:
        bought = Bought()
        case_id = bought.approved_case(units=3)
        late = SHIPPED + 7 * DAY
        with pytest.raises(aftersales_cases.InvalidCaseTransition) as refused:
            aftersales_cases.send_back(
                actor=bought.daigou.actor, case_id=case_id, carrier="中通", tracking_no="ZT0000009", now=late
            )
        assert refused.value.state == CaseState.EXPIRED
        with clock.set_to(late - HOUR):
            assert expire_overdue() == 0
        with clock.set_to(late):
            assert expire_overdue() == 1
            assert expire_overdue() == 0
        assert state_of(case_id) is CaseState.EXPIRED
        assert all_violations() == []

    def test_a_new_case_finds_the_units_of_a_lapsed_one_free_before_the_sweep(self, settings: Settings) -> None:
        settings.AFTER_SALES_WINDOW = 30 * DAY
        bought = Bought()
        first = bought.approved_case(units=3)
        bought.open_case(units=3, key="again", now=SHIPPED + 7 * DAY)
        assert state_of(first) is CaseState.EXPIRED
        assert all_violations() == []

    def test_ops_do_not_lose_a_case_to_their_own_slowness(self) -> None:
        bought = Bought()
        case_id = bought.open_case()
        with clock.set_to(SHIPPED + 30 * DAY):
            assert expire_overdue() == 0
        assert count_waiting_cases(at=SHIPPED + 30 * DAY).late == 1
        aftersales_cases.approve(actor=bought.market.ops, case_id=case_id, return_address=HOME, now=SHIPPED + 30 * DAY)
        assert state_of(case_id) is CaseState.APPROVED


class TestSettlement:
    def over(self, bought: Bought) -> int:
        end = NOW + 48 * HOUR
        close_ended(now=end)
        return settlement.generate_statement(actor=bought.market.finance, sale_id=bought.sale_id, now=end).id

    def test_a_sale_with_an_open_case_is_not_settled_and_the_refund_is_in_its_figures(self) -> None:
        bought = Bought()
        statement = self.over(bought)
        case_id = bought.sent_back_case(units=2)
        due = SHIPPED + 7 * DAY
        with pytest.raises(OpenCasesRemain) as refused:
            settlement.settle(actor=bought.market.finance, statement_id=statement, now=due)
        assert refused.value.cases == 1
        aftersales_cases.receive_and_refund(actor=bought.market.ops, case_id=case_id, now=due)
        settled = settlement.settle(actor=bought.market.finance, statement_id=statement, now=due)
        assert (settled.totals.refunded_units, settled.totals.refunded_fen) == (2, 2 * bought.price_fen)
        assert settled.totals.payable_fen == OrderLine.objects.get().payable_fen
        assert (
            get_balance_fen(AccountRef(AccountKind.BRAND_SETTLED, bought.market.brand_id)) == settled.totals.payable_fen
        )
        assert bought.payable_fen() == 0
        assert all_violations() == []

    def test_settling_begins_when_the_last_line_can_no_longer_be_asked_back(self) -> None:
        bought = Bought()
        statement = self.over(bought)
        with pytest.raises(settlement.AfterSalesWindowOpen) as refused:
            settlement.settle(actor=bought.market.finance, statement_id=statement, now=SHIPPED + 7 * DAY - HOUR)
        assert refused.value.settleable_from == SHIPPED + 7 * DAY
        settlement.settle(actor=bought.market.finance, statement_id=statement, now=SHIPPED + 7 * DAY)
        with pytest.raises(aftersales_cases.NotReturnable):
            bought.open_case(now=SHIPPED + 7 * DAY)

    def test_nothing_of_a_settled_sale_is_asked_back_even_by_a_clock_that_is_behind(self) -> None:
        bought = Bought()
        statement = self.over(bought)
        settlement.settle(actor=bought.market.finance, statement_id=statement, now=SHIPPED + 7 * DAY)
        with pytest.raises(aftersales_cases.SaleAlreadySettled):
            bought.open_case(now=SHIPPED + 7 * DAY - HOUR)
        assert not Case.objects.exists()

    def test_a_lapsed_agreement_does_not_hold_up_the_settling(self) -> None:
        bought = Bought()
        statement = self.over(bought)
        bought.approved_case()
        settlement.settle(actor=bought.market.finance, statement_id=statement, now=SHIPPED + 7 * DAY)
        assert all_violations() == []


class TestReads:
    def test_the_desk_sees_the_most_urgent_first_and_ended_ones_by_state(self) -> None:
        bought = Bought()
        agreed = bought.approved_case()
        asked = bought.open_case(key="two", now=SHIPPED + HOUR)
        ended = bought.open_case(key="three", now=SHIPPED + HOUR)
        aftersales_cases.reject(actor=bought.market.ops, case_id=ended, reason="不符", now=SHIPPED + HOUR)
        at = SHIPPED + HOUR
        assert [each.id for each in list_cases(at=at).items] == [asked, agreed]
        assert [each.id for each in list_cases(at=at, state="rejected").items] == [ended]
        first = list_cases(at=at, limit=1)
        assert first.next_cursor is not None
        assert [each.id for each in list_cases(at=at, limit=1, cursor=first.next_cursor).items] == [agreed]
        assert [each.id for each in list_own_cases(bought.daigou.id, at=at).items] == [ended, asked, agreed]

    def test_a_brand_sees_its_own_goods_and_neither_the_reseller_nor_her_price(self) -> None:
        bought = Bought()
        case_id = bought.open_case()
        [view] = list_brand_cases(bought.market.brand_id).items
        assert (view.id, view.reason, view.evidence) == (case_id, CaseReason.FAULTY, "袖口脱线")
        assert not {"reseller_id", "reseller_name", "amount_fen", "order_id"} & set(dir(view))
        assert list_brand_cases(bought.market.brand(name="别家")).items == []
