"""Cases as kept: opened, decided, sent back, refunded, lapsed (AFTER-3, 4, 5, 6, 7, 8)."""

import pytest
from pytest_django import Settings

from accounts.rules import NotAllowed
from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
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
from aftersales.services.case_refunds import RefundOnlyNotAllowed
from aftersales.services.case_steps import InvalidCaseTransition
from aftersales.tasks import expire_overdue
from flashsales.services.ending import close_ended
from inventory.models import Movement, Sku
from kernel import clock
from kernel.refusal import InvalidTracking, ReasonRequired
from ledger.rules import COMMISSION, AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from membership.models import Reseller
from orders.models.lines import OrderLine
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.services.refund import NothingToRefund
from settlement.services import statements as settlement
from settlement.services.statements import OpenCasesRemain
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.builders import HOUR, NOW, item_of, units_of
from tests.statements import settle_draft
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def state_of(case_id: int) -> CaseState:
    return CaseState(Case.objects.get(pk=case_id).state)


class TestOpen:
    def test_labelled_goods_may_be_asked_back_because_they_are_no_longer_wanted(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case(CaseReason.NO_LONGER_WANTED, units=2, evidence="")
        view = get_own_case(purchase.daigou.id, case_id, at=SHIPPED)
        assert (view.state, view.units, view.amount_fen) == (CaseState.REQUESTED, 2, 2 * purchase.price_fen)
        assert view.due_at == SHIPPED + 2 * DAY
        assert all_violations() == []

    def test_cut_goods_that_are_no_longer_wanted_are_refused_with_the_reason_named(self) -> None:
        purchase = Purchase(cut=True)
        with pytest.raises(aftersales_cases.ReasonNotAccepted) as refused:
            purchase.open_case(CaseReason.NO_LONGER_WANTED)
        assert refused.value.sentence("zh").startswith("QH9 是剪标商品，不接受「不想要了」退货")
        assert not Case.objects.exists()

    @pytest.mark.parametrize("reason", [CaseReason.FAULTY, CaseReason.WRONG_GOODS, CaseReason.DAMAGED])
    def test_cut_goods_are_taken_up_for_a_fault_wrong_goods_or_damage(self, reason: CaseReason) -> None:
        assert state_of(Purchase(cut=True).open_case(reason)) is CaseState.REQUESTED

    def test_a_complaint_says_what_is_wrong(self) -> None:
        purchase = Purchase()
        for evidence in ("", "  ", "字" * 1001):
            with pytest.raises(aftersales_cases.InvalidEvidence):
                purchase.open_case(evidence=evidence)
        assert not Case.objects.exists()

    def test_what_is_not_shipped_is_not_returned(self) -> None:
        with pytest.raises(aftersales_cases.NotReturnable) as refused:
            Purchase(ship=False).open_case()
        assert refused.value.why == Returnability.NOT_SHIPPED
        assert not Case.objects.exists()

    def test_the_window_runs_from_shipping_and_its_end_is_outside(self) -> None:
        purchase = Purchase()
        with pytest.raises(aftersales_cases.NotReturnable) as refused:
            purchase.open_case(now=SHIPPED + 7 * DAY)
        assert refused.value.why == Returnability.TOO_LATE
        assert state_of(purchase.open_case(now=SHIPPED + 7 * DAY - HOUR)) is CaseState.REQUESTED

    def test_open_case_for_units_in_a_case_or_refunded_is_refused(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case(units=2)
        with pytest.raises(NothingToRefund) as refused:
            purchase.open_case(units=2, key="more")
        assert refused.value.refundable_units == 1
        aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        with pytest.raises(NothingToRefund):
            purchase.open_case(units=2, key="more")
        purchase.open_case(units=1, key="the last")
        with pytest.raises(aftersales_cases.NotReturnable) as nothing:
            purchase.open_case(units=1, key="none left")
        assert nothing.value.why == Returnability.NOTHING_LEFT
        assert all_violations() == []

    @pytest.mark.parametrize("units", [0, -1, 4])
    def test_units_that_were_not_bought_are_refused(self, units: int) -> None:
        with pytest.raises(NothingToRefund):
            Purchase().open_case(units=units)
        assert not Case.objects.exists()

    def test_open_case_with_a_used_key_returns_that_case_or_is_refused(self) -> None:
        purchase = Purchase()
        assert purchase.open_case(key="tap") == purchase.open_case(key="tap")
        with pytest.raises(aftersales_cases.CaseKeyConflict):
            purchase.open_case(units=2, key="tap")
        assert Case.objects.count() == 1

    def test_open_case_of_another_resellers_line_is_missing(self) -> None:
        purchase = Purchase()
        stranger = purchase.market.reseller()
        with pytest.raises(refunds.NoSuchOrderLine):
            aftersales_cases.open_case(
                actor=stranger.actor, line_id=purchase.line_id, units=1, reason=CaseReason.FAULTY,
                evidence="坏了", key="k", now=SHIPPED,
            )  # fmt: skip
        case_id = purchase.open_case()
        with pytest.raises(NoSuchCase):
            aftersales_cases.withdraw(actor=stranger.actor, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.REQUESTED

    def test_return_options_say_whether_until_when_and_why_not(self) -> None:
        purchase = Purchase(cut=True, ship=False)
        before = get_return_options(purchase.order, at=NOW)[purchase.line_id]
        assert (before.returnability, before.returnable_until) == (Returnability.NOT_SHIPPED, None)
        purchase.ship_it()
        order = get_own_order(purchase.daigou.id, purchase.order.id)
        case_id = purchase.open_case(units=2)
        after = get_return_options(order, at=SHIPPED)[purchase.line_id]
        assert (after.is_returnable, after.returnable_units, after.returnable_until) == (True, 1, SHIPPED + 7 * DAY)
        assert CaseReason.NO_LONGER_WANTED not in after.reasons
        assert after.case_ids == (case_id,)


class TestRefund:
    def test_receive_and_refund_changes_money_growth_and_payable_by_their_part(self) -> None:
        purchase = Purchase()
        line = OrderLine.objects.get()
        money, growth = (
            get_wallet_balance_fen(purchase.daigou.id),
            Reseller.objects.get(pk=purchase.daigou.id).growth_milli,
        )
        commission = get_balance_fen(COMMISSION)
        case_id = purchase.sent_back_case(units=2)
        view = aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 3 * DAY)
        amount = 2 * purchase.price_fen
        assert (view.state, view.received_at, view.due_at) == (CaseState.REFUNDED, SHIPPED + 3 * DAY, None)
        assert get_wallet_balance_fen(purchase.daigou.id) == money + amount
        assert Reseller.objects.get(pk=purchase.daigou.id).growth_milli == growth - amount
        assert purchase.payable_fen() == line.payable_fen
        assert get_balance_fen(COMMISSION) == commission - 2 * line.commission_fen
        refund = Refund.objects.get()
        assert (refund.reason, refund.units, refund.amount_fen) == (RefundReason.RETURNED, 2, amount)
        assert all_violations() == []

    def test_receive_and_refund_moves_no_stock(self) -> None:
        purchase = Purchase()
        item = item_of(purchase.sale_id, purchase.sku)
        before = (units_of(item), Sku.objects.get(pk=purchase.sku).on_hand, Movement.objects.count())
        case_id = purchase.sent_back_case()
        aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert (units_of(item), Sku.objects.get(pk=purchase.sku).on_hand, Movement.objects.count()) == before
        assert all_violations() == []

    def test_receive_and_refund_twice_refunds_once(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case()
        first = aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        money = get_wallet_balance_fen(purchase.daigou.id)
        again = aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 3 * DAY)
        assert again.refund_id == first.refund_id
        assert get_wallet_balance_fen(purchase.daigou.id) == money

    def test_refund_only_counts_all_cases_of_a_line_against_the_limit(self, settings: Settings) -> None:
        purchase = Purchase()
        ops = purchase.market.ops
        settings.REFUND_ONLY_MAX_FEN = 100_00
        first, second = (purchase.open_case(key=key) for key in "ab")
        aftersales_cases.refund_only(actor=ops, case_id=first, amount_fen=60_00, now=SHIPPED)
        view = list_cases(at=SHIPPED).items[0]
        assert (view.id, view.max_refund_only_fen) == (second, 40_00)
        with pytest.raises(RefundOnlyNotAllowed) as refused:
            aftersales_cases.refund_only(actor=ops, case_id=second, amount_fen=40_01, now=SHIPPED)
        assert (refused.value.max_amount_fen, Refund.objects.count()) == (40_00, 1)
        aftersales_cases.refund_only(actor=ops, case_id=second, amount_fen=40_00, now=SHIPPED)
        missing = purchase.open_case(CaseReason.MISSING, key="c")
        aftersales_cases.refund_only(actor=ops, case_id=missing, now=SHIPPED)
        assert all_violations() == []

    def test_refund_only_of_a_small_complaint(self, settings: Settings) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        settings.REFUND_ONLY_MAX_FEN = purchase.price_fen - 1
        with pytest.raises(RefundOnlyNotAllowed):
            aftersales_cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
        assert not Refund.objects.exists()
        settings.REFUND_ONLY_MAX_FEN = purchase.price_fen
        view = aftersales_cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
        assert (view.state, view.received_at) == (CaseState.REFUNDED, None)
        assert Refund.objects.get().reason == RefundReason.REFUND_ONLY
        assert all_violations() == []

    def test_receive_and_refund_before_sending_back_is_refused(self) -> None:
        purchase = Purchase()
        case_id = purchase.approved_case()
        with pytest.raises(InvalidCaseTransition):
            aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
        assert not Refund.objects.exists()
        assert state_of(case_id) is CaseState.APPROVED


class TestTurns:
    def test_reject_needs_a_reason_and_ends_the_case(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        with pytest.raises(ReasonRequired):
            aftersales_cases.reject(actor=purchase.market.ops, case_id=case_id, reason=" ", now=SHIPPED)
        view = aftersales_cases.reject(actor=purchase.market.ops, case_id=case_id, reason="照片看不出问题", now=SHIPPED)
        assert (view.state, view.decision, view.ended_at) == (CaseState.REJECTED, "照片看不出问题", SHIPPED)
        with pytest.raises(InvalidCaseTransition):
            aftersales_cases.approve(actor=purchase.market.ops, case_id=case_id, return_address=HOME, now=SHIPPED)

    def test_reject_after_the_goods_arrived_not_as_described(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case()
        aftersales_cases.receive(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        aftersales_cases.reject(actor=purchase.market.ops, case_id=case_id, reason="已穿着洗涤", now=SHIPPED + 3 * DAY)
        assert state_of(case_id) is CaseState.REJECTED
        assert all_violations() == []

    def test_receive_by_the_brand_and_not_by_another_brand(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case()
        stranger = purchase.market.new_clerk(purchase.market.brand())
        with pytest.raises(NoSuchCase):
            aftersales_cases.receive(actor=stranger, case_id=case_id, now=SHIPPED + 2 * DAY)
        with pytest.raises(NotAllowed):
            aftersales_cases.receive(actor=purchase.daigou.actor, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert state_of(case_id) is CaseState.SENT_BACK
        aftersales_cases.receive(actor=purchase.market.clerk, case_id=case_id, now=SHIPPED + 2 * DAY)
        view = aftersales_cases.receive(actor=purchase.market.clerk, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert view.state is CaseState.RECEIVED
        assert not hasattr(view, "amount_fen")
        assert Refund.objects.count() == 0
        aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 3 * DAY)
        assert state_of(case_id) is CaseState.REFUNDED
        assert all_violations() == []

    def test_receive_before_sending_back_is_refused(self) -> None:
        purchase = Purchase()
        case_id = purchase.approved_case()
        with pytest.raises(InvalidCaseTransition):
            aftersales_cases.receive(actor=purchase.market.clerk, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.APPROVED

    def test_decisions_of_other_roles_are_refused(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        for actor in (purchase.market.finance, purchase.market.clerk, purchase.daigou.actor):
            with pytest.raises(NotAllowed):
                aftersales_cases.approve(actor=actor, case_id=case_id, return_address=HOME, now=SHIPPED)
            with pytest.raises(NotAllowed):
                aftersales_cases.refund_only(actor=actor, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.REQUESTED

    def test_send_back_with_the_same_parcel_changes_nothing_with_another_is_refused(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case()
        parcel = {"actor": purchase.daigou.actor, "case_id": case_id, "now": SHIPPED + 2 * DAY}
        again = aftersales_cases.send_back(carrier="中通快递", tracking_no="ZT0000001", **parcel)  # type: ignore[arg-type]
        assert again.sent_back_at == SHIPPED + DAY
        with pytest.raises(InvalidCaseTransition):
            aftersales_cases.send_back(carrier="中通快递", tracking_no="ZT0000002", **parcel)  # type: ignore[arg-type]
        with pytest.raises(InvalidTracking):
            aftersales_cases.send_back(carrier="中通快递", tracking_no="单号", **parcel)  # type: ignore[arg-type]

    def test_withdraw_frees_the_units_and_is_refused_after_sending_back(self) -> None:
        purchase = Purchase()
        case_id = purchase.approved_case(units=3)
        aftersales_cases.withdraw(actor=purchase.daigou.actor, case_id=case_id, now=SHIPPED)
        assert state_of(case_id) is CaseState.WITHDRAWN
        other = purchase.open_case(units=3, key="again")
        aftersales_cases.approve(actor=purchase.market.ops, case_id=other, return_address=HOME, now=SHIPPED)
        aftersales_cases.send_back(
            actor=purchase.daigou.actor, case_id=other, carrier="中通", tracking_no="ZT0000009", now=SHIPPED
        )
        with pytest.raises(InvalidCaseTransition):
            aftersales_cases.withdraw(actor=purchase.daigou.actor, case_id=other, now=SHIPPED)

    def test_send_back_after_the_deadline_is_refused_before_and_after_the_job(self) -> None:
        purchase = Purchase()
        case_id = purchase.approved_case(units=3)
        late = SHIPPED + 7 * DAY
        with pytest.raises(InvalidCaseTransition) as refused:
            aftersales_cases.send_back(
                actor=purchase.daigou.actor, case_id=case_id, carrier="中通", tracking_no="ZT0000009", now=late
            )
        assert refused.value.state == CaseState.EXPIRED
        with clock.set_to(late - HOUR):
            assert expire_overdue() == 0
        with clock.set_to(late):
            assert expire_overdue() == 1
            assert expire_overdue() == 0
        assert state_of(case_id) is CaseState.EXPIRED
        assert all_violations() == []

    def test_open_case_finds_the_units_of_an_expired_case_free_before_the_job(self, settings: Settings) -> None:
        settings.AFTER_SALES_WINDOW = 30 * DAY
        purchase = Purchase()
        first = purchase.approved_case(units=3)
        purchase.open_case(units=3, key="again", now=SHIPPED + 7 * DAY)
        assert state_of(first) is CaseState.EXPIRED
        assert all_violations() == []

    def test_expire_overdue_ends_no_case_that_waits_for_ops(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        with clock.set_to(SHIPPED + 30 * DAY):
            assert expire_overdue() == 0
        assert count_waiting_cases(at=SHIPPED + 30 * DAY).late == 1
        aftersales_cases.approve(
            actor=purchase.market.ops, case_id=case_id, return_address=HOME, now=SHIPPED + 30 * DAY
        )
        assert state_of(case_id) is CaseState.APPROVED


class TestSettlement:
    def over(self, purchase: Purchase) -> int:
        end = NOW + 48 * HOUR
        close_ended(now=end)
        return settlement.generate_statement(actor=purchase.market.finance, sale_id=purchase.sale_id, now=end).id

    def test_settle_with_an_open_case_is_refused_and_totals_include_its_refund(self) -> None:
        purchase = Purchase()
        statement = self.over(purchase)
        case_id = purchase.sent_back_case(units=2)
        due = SHIPPED + 7 * DAY
        with pytest.raises(OpenCasesRemain) as refused:
            settle_draft(purchase.market, statement, now=due)
        assert refused.value.cases == 1
        aftersales_cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=due)
        settled = settle_draft(purchase.market, statement, now=due)
        assert (settled.totals.refunded_units, settled.totals.refunded_fen) == (2, 2 * purchase.price_fen)
        assert settled.totals.payable_fen == OrderLine.objects.get().payable_fen
        assert (
            get_balance_fen(AccountRef(AccountKind.BRAND_SETTLED, purchase.market.brand_id))
            == settled.totals.payable_fen
        )
        assert purchase.payable_fen() == 0
        assert all_violations() == []

    def test_settle_before_the_last_window_ends_is_refused(self) -> None:
        purchase = Purchase()
        statement = self.over(purchase)
        with pytest.raises(settlement.AfterSalesWindowOpen) as refused:
            settle_draft(purchase.market, statement, now=SHIPPED + 7 * DAY - HOUR)
        assert refused.value.settleable_from == SHIPPED + 7 * DAY
        settle_draft(purchase.market, statement, now=SHIPPED + 7 * DAY)
        with pytest.raises(aftersales_cases.NotReturnable):
            purchase.open_case(now=SHIPPED + 7 * DAY)

    def test_open_case_of_a_settled_sale_is_refused_even_by_a_slow_clock(self) -> None:
        purchase = Purchase()
        statement = self.over(purchase)
        settle_draft(purchase.market, statement, now=SHIPPED + 7 * DAY)
        with pytest.raises(aftersales_cases.SaleAlreadySettled):
            purchase.open_case(now=SHIPPED + 7 * DAY - HOUR)
        assert not Case.objects.exists()

    def test_settle_ignores_an_expired_case(self) -> None:
        purchase = Purchase()
        statement = self.over(purchase)
        purchase.approved_case()
        settle_draft(purchase.market, statement, now=SHIPPED + 7 * DAY)
        assert all_violations() == []


class TestReads:
    def test_list_cases_shows_the_most_urgent_first_and_ended_ones_by_state(self) -> None:
        purchase = Purchase()
        agreed = purchase.approved_case()
        asked = purchase.open_case(key="two", now=SHIPPED + HOUR)
        ended = purchase.open_case(key="three", now=SHIPPED + HOUR)
        aftersales_cases.reject(actor=purchase.market.ops, case_id=ended, reason="不符", now=SHIPPED + HOUR)
        at = SHIPPED + HOUR
        assert [each.id for each in list_cases(at=at).items] == [asked, agreed]
        assert [each.id for each in list_cases(at=at, state="rejected").items] == [ended]
        first = list_cases(at=at, limit=1)
        assert first.next_cursor is not None
        assert [each.id for each in list_cases(at=at, limit=1, cursor=first.next_cursor).items] == [agreed]
        assert [each.id for each in list_own_cases(purchase.daigou.id, at=at).items] == [ended, asked, agreed]

    def test_list_brand_cases_hides_the_reseller_and_her_price(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        [view] = list_brand_cases(purchase.market.brand_id).items
        assert (view.id, view.reason, view.evidence) == (case_id, CaseReason.FAULTY, "袖口脱线")
        assert not {"reseller_id", "reseller_name", "amount_fen", "order_id"} & set(dir(view))
        assert list_brand_cases(purchase.market.brand(name="别家")).items == []
