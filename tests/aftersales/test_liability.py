"""Who bears a refund, how much of it is refunded, and where the goods are afterwards (AFTER-9, 10, 11)."""

import pytest

from accounts.rules import NotAllowed
from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.rules import CaseReason, CaseState, Disposition, Party
from aftersales.selectors.cases import get_case
from aftersales.services import cases, refunds
from aftersales.services.case_refunds import (
    InvalidBearer,
    Liability,
    LiabilityReasonRequired,
    RefundOnlyNotAllowed,
)
from aftersales.services.case_steps import InvalidCaseTransition
from aftersales.services.restocking import CutGoodsNotRestocked
from brands import services as brands
from brands.selectors.brands import NoSuchBrand
from flashsales.services.ending import close_ended
from inventory.models import Movement, Sku
from ledger.rules import CARRIER_CLAIM, COMMISSION
from ledger.selectors.accounts import get_balance_fen
from membership.models import Reseller
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.services import shipping
from orders.services.parcel_plan import LineUnits
from orders.services.refund import RefundExceedsPayment
from settlement import workbook
from settlement.selectors.statements import get_statement
from settlement.services import statements as settlement
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.builders import HOUR, NOW, item_of, units_of
from tests.statements import settle_draft
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def balances(purchase: Purchase) -> tuple[int, int, int, int]:
    """Wallet, brand payable, commission, carrier claim."""
    return (
        get_wallet_balance_fen(purchase.daigou.id),
        purchase.payable_fen(),
        get_balance_fen(COMMISSION),
        get_balance_fen(CARRIER_CLAIM),
    )


def changes(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(new - old for old, new in zip(before, after, strict=True))


class TestBearer:
    @pytest.mark.parametrize(
        ("borne_by", "expected"),
        [(Party.BRAND, (1, -1, -1, 0)), (Party.PLATFORM, (1, 0, -1, 0)), (Party.CARRIER, (1, 0, 0, -1))],
    )
    def test_receive_and_refund_books_the_amount_to_who_bears_it(
        self, borne_by: Party, expected: tuple[int, int, int, int]
    ) -> None:
        purchase = Purchase()
        line = OrderLine.objects.get()
        case_id, before = purchase.sent_back_case(units=2), balances(purchase)
        view = cases.receive_and_refund(
            actor=purchase.market.ops,
            case_id=case_id,
            liability=Liability(borne_by=borne_by, reason="与品牌协商"),
            now=SHIPPED + 2 * DAY,
        )
        price, parts = 2 * line.price_fen, (2 * line.payable_fen, 2 * line.commission_fen)
        commission = parts[1] if borne_by is Party.BRAND else price
        whole = (price, parts[0], commission, price)
        assert changes(before, balances(purchase)) == tuple(a * b for a, b in zip(expected, whole, strict=True))
        assert (view.borne_by, view.refunded_fen, Refund.objects.get().borne_by) == (borne_by, price, borne_by.value)
        assert all_violations() == []

    def test_damage_is_claimed_from_the_carrier_unless_ops_say_otherwise(self) -> None:
        purchase = Purchase()
        case_id, before = purchase.open_case(CaseReason.DAMAGED), balances(purchase)
        cases.refund_only(actor=purchase.market.ops, case_id=case_id, amount_fen=30_00, now=SHIPPED)
        assert changes(before, balances(purchase)) == (30_00, 0, 0, -30_00)
        view = get_case(case_id, at=SHIPPED)
        assert (view.fault, view.borne_by, view.liability_reason) == (Party.CARRIER, Party.CARRIER, "")
        assert all_violations() == []

    def test_another_bearer_without_a_reason_is_refused_and_changes_nothing(self) -> None:
        purchase = Purchase()
        case_id, before = purchase.sent_back_case(), balances(purchase)
        for liability in (
            Liability(borne_by=Party.PLATFORM),
            Liability(fault=Party.CARRIER),
            Liability(Party.PLATFORM),
        ):
            with pytest.raises(LiabilityReasonRequired):
                cases.receive_and_refund(
                    actor=purchase.market.ops, case_id=case_id, liability=liability, now=SHIPPED + 2 * DAY
                )
        with pytest.raises(InvalidBearer):
            cases.receive_and_refund(
                actor=purchase.market.ops,
                case_id=case_id,
                liability=Liability(borne_by=Party.RESELLER, reason="穿过"),
                now=SHIPPED + 2 * DAY,
            )
        assert (balances(purchase), Refund.objects.count()) == (before, 0)
        assert Case.objects.get().state == CaseState.SENT_BACK

    def test_liability_of_the_approval_stays_for_the_refund(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        cases.approve(
            actor=purchase.market.ops,
            case_id=case_id,
            return_address=HOME,
            liability=Liability(Party.PLATFORM, reason="商品页写错了尺码"),
            now=SHIPPED,
        )
        cases.send_back(
            actor=purchase.daigou.actor, case_id=case_id, carrier="中通", tracking_no="ZT0000001", now=SHIPPED
        )
        before = balances(purchase)
        view = cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + DAY)
        assert (view.fault, view.borne_by, view.liability_reason) == (
            Party.PLATFORM,
            Party.PLATFORM,
            "商品页写错了尺码",
        )
        assert changes(before, balances(purchase)) == (purchase.price_fen, 0, -purchase.price_fen, 0)

    def test_statement_has_the_refunds_of_every_bearer_and_its_workbook_adds_up(self) -> None:
        purchase = Purchase(units=4)
        line = OrderLine.objects.get()
        for number, borne_by in enumerate((Party.PLATFORM, Party.CARRIER, Party.BRAND)):
            case_id = purchase.open_case(key=f"k{number}")
            cases.refund_only(
                actor=purchase.market.ops,
                case_id=case_id,
                amount_fen=33_33,
                liability=Liability(borne_by=borne_by, reason="协商"),
                now=SHIPPED,
            )
        end = NOW + 48 * HOUR
        close_ended(now=end)
        drawn = settlement.generate_statement(actor=purchase.market.finance, sale_id=purchase.sale_id, now=end)
        assert all_violations() == []
        settled = settle_draft(purchase.market, drawn.id, now=SHIPPED + 7 * DAY).totals
        brand_part = 33_33 * line.payable_fen // line.price_fen
        assert (settled.refunded_units, settled.refunded_fen, settled.carrier_claims_fen) == (0, 3 * 33_33, 33_33)
        assert settled.payable_fen == 4 * line.payable_fen - brand_part
        assert settled.commission_fen == 4 * line.commission_fen - 33_33 - (33_33 - brand_part)
        assert settled.adds_up
        assert purchase.payable_fen() == 0
        assert workbook.write_statement_workbook(get_statement(drawn.id))
        assert all_violations() == []


class TestAmounts:
    def test_refund_only_of_a_part_leaves_the_units_sold_and_takes_growth_for_the_amount(self) -> None:
        purchase = Purchase()
        growth = Reseller.objects.get(pk=purchase.daigou.id).growth_milli
        case_id = purchase.open_case(units=2)
        view = cases.refund_only(actor=purchase.market.ops, case_id=case_id, amount_fen=12_34, now=SHIPPED)
        line, refund = OrderLine.objects.get(), Refund.objects.get()
        assert (view.state, view.refunded_fen, refund.units, refund.reason) == ("refunded", 12_34, 0, "allowance")
        assert (line.refunded_units, line.refund_adjustment_fen) == (0, 12_34)
        assert Reseller.objects.get(pk=purchase.daigou.id).growth_milli == growth - 12_34
        assert get_own_order(purchase.daigou.id, purchase.order.id).refunded_fen == 12_34
        assert all_violations() == []

    def test_returning_all_units_after_an_allowance_refunds_exactly_the_rest(self) -> None:
        purchase = Purchase()
        cases.refund_only(
            actor=purchase.market.ops, case_id=purchase.open_case(key="part"), amount_fen=33_33, now=SHIPPED
        )
        case_id = purchase.sent_back_case(units=3)
        assert get_case(case_id, at=SHIPPED).amount_fen == 3 * purchase.price_fen - 33_33
        cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        line = OrderLine.objects.get()
        assert get_own_order(purchase.daigou.id, purchase.order.id).refunded_fen == 3 * purchase.price_fen
        assert (line.refund_adjustment_fen, line.payable_adjustment_fen, purchase.payable_fen()) == (0, 0, 0)
        assert get_balance_fen(COMMISSION) == 0
        assert all_violations() == []

    def test_amounts_beyond_what_was_paid_are_refused(self) -> None:
        purchase = Purchase()
        before = balances(purchase)
        case_id = purchase.sent_back_case(units=2)
        for amount_fen in (0, -1, 2 * purchase.price_fen + 1):
            with pytest.raises(RefundExceedsPayment) as refused:
                cases.receive_and_refund(
                    actor=purchase.market.ops, case_id=case_id, amount_fen=amount_fen, now=SHIPPED + 2 * DAY
                )
            assert refused.value.refundable_fen == 2 * purchase.price_fen
        assert balances(purchase) == before
        cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, amount_fen=150_00, now=SHIPPED + 2 * DAY)
        line = OrderLine.objects.get()
        assert (line.refunded_units, line.refund_adjustment_fen) == (2, 150_00 - 2 * purchase.price_fen)
        assert all_violations() == []

    def test_allowances_for_shipped_units_leave_what_was_paid_for_units_to_ship(self) -> None:
        """Otherwise a shortage of the rest could not be refunded, and the sale never be settled."""
        purchase = Purchase(units=2, ship=False)
        market, [consignment] = purchase.market, Consignment.objects.all()
        one = [LineUnits(purchase.line_id, 1)]
        shipping.ship(
            actor=market.clerk,
            consignment_id=consignment.pk,
            carrier="顺丰",
            tracking_no="SF123456",
            lines=one,
            now=SHIPPED,
        )
        cases.refund_only(actor=market.ops, case_id=purchase.open_case(key="a"), amount_fen=99_00, now=SHIPPED)
        second = purchase.open_case(key="b")
        left_fen = purchase.price_fen - 99_00
        assert get_case(second, at=SHIPPED).amount_fen == left_fen
        before = balances(purchase)
        with pytest.raises(RefundExceedsPayment) as refused:
            cases.refund_only(actor=market.ops, case_id=second, amount_fen=left_fen + 1, now=SHIPPED)
        assert (refused.value.refundable_fen, balances(purchase)) == (left_fen, before)
        cases.refund_only(actor=market.ops, case_id=second, now=SHIPPED)
        refund = refunds.report_out_of_stock(
            actor=market.clerk, line_id=purchase.line_id, units=1, note="", key="short", now=SHIPPED
        )
        assert refund.amount_fen == purchase.price_fen
        assert get_own_order(purchase.daigou.id, purchase.order.id).refunded_fen == 2 * purchase.price_fen
        assert all_violations() == []

    def test_refund_only_of_missing_goods_has_no_limit_and_no_return(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case(CaseReason.MISSING, units=2, evidence="少了两件")
        with pytest.raises(cases.NothingToSendBack):
            cases.approve(actor=purchase.market.ops, case_id=case_id, return_address=HOME, now=SHIPPED)
        view = cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
        assert (view.refunded_fen, Refund.objects.get().units) == (2 * purchase.price_fen, 2)
        assert all_violations() == []

    def test_refund_only_above_the_limit_is_refused_and_a_part_within_it_is_not(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case(units=3)
        with pytest.raises(RefundOnlyNotAllowed):
            cases.refund_only(actor=purchase.market.ops, case_id=case_id, amount_fen=100_01, now=SHIPPED)
        assert not Refund.objects.exists()
        cases.refund_only(actor=purchase.market.ops, case_id=case_id, amount_fen=100_00, now=SHIPPED)
        assert Refund.objects.get().amount_fen == 100_00


class TestDisposition:
    def test_receive_leaves_goods_with_the_brand_unless_it_counts_them_as_stock(self) -> None:
        purchase = Purchase()
        on_hand, sold = Sku.objects.get(pk=purchase.sku).on_hand, units_of(item_of(purchase.sale_id, purchase.sku))
        left = purchase.sent_back_case()
        assert cases.receive(actor=purchase.market.clerk, case_id=left, now=SHIPPED + DAY).disposition == "brand"
        assert Sku.objects.get(pk=purchase.sku).on_hand == on_hand
        other = purchase.open_case(units=2, key="other")
        cases.approve(actor=purchase.market.ops, case_id=other, return_address=HOME, now=SHIPPED)
        cases.send_back(
            actor=purchase.daigou.actor, case_id=other, carrier="中通", tracking_no="ZT0000002", now=SHIPPED
        )
        for _ in range(2):
            view = cases.receive(
                actor=purchase.market.clerk, case_id=other, disposition=Disposition.STOCK, now=SHIPPED + DAY
            )
            assert view.disposition is Disposition.STOCK
        assert Sku.objects.get(pk=purchase.sku).on_hand == on_hand + 2
        movement = Movement.objects.get(kind="returned")
        assert (movement.on_hand_delta, movement.allotted_delta, movement.cause) == (2, 0, f"case:{other}")
        cases.receive_and_refund(actor=purchase.market.ops, case_id=other, now=SHIPPED + 2 * DAY)
        assert Sku.objects.get(pk=purchase.sku).on_hand == on_hand + 2
        assert units_of(item_of(purchase.sale_id, purchase.sku)) == sold
        assert all_violations() == []

    def test_receive_of_cut_goods_into_stock_is_refused(self) -> None:
        purchase = Purchase(cut=True)
        case_id, on_hand = purchase.sent_back_case(), Sku.objects.get(pk=purchase.sku).on_hand
        with pytest.raises(CutGoodsNotRestocked):
            cases.receive(
                actor=purchase.market.clerk, case_id=case_id, disposition=Disposition.STOCK, now=SHIPPED + DAY
            )
        assert (Case.objects.get().state, Sku.objects.get(pk=purchase.sku).on_hand) == ("sent_back", on_hand)

    def test_receive_after_a_refund_into_stock_is_refused_and_moves_nothing(self) -> None:
        purchase = Purchase()
        case_id, market, now = purchase.sent_back_case(), purchase.market, SHIPPED + DAY
        cases.receive_and_refund(actor=market.ops, case_id=case_id, disposition=Disposition.STOCK, now=now)
        on_hand = Sku.objects.get(pk=purchase.sku).on_hand
        with pytest.raises(InvalidCaseTransition):
            cases.receive(actor=market.clerk, case_id=case_id, disposition=Disposition.STOCK, now=now)
        assert Sku.objects.get(pk=purchase.sku).on_hand == on_hand
        assert Movement.objects.filter(kind="returned").count() == 1
        assert all_violations() == []


class TestReturnAddress:
    def test_approve_takes_the_address_of_the_brand_and_refuses_without_any(self) -> None:
        purchase = Purchase()
        case_id, ops = purchase.open_case(), purchase.market.ops
        with pytest.raises(cases.ReturnAddressRequired):
            cases.approve(actor=ops, case_id=case_id, now=SHIPPED)
        view = brands.set_return_address(
            actor=purchase.market.clerk, brand_id=purchase.market.brand_id, return_address=f" {HOME} ", now=SHIPPED
        )
        assert view.return_address == HOME
        assert cases.approve(actor=ops, case_id=case_id, now=SHIPPED).return_address == HOME

    def test_set_return_address_of_another_brand_or_of_nothing_is_refused(self) -> None:
        purchase = Purchase()
        other = purchase.market.new_clerk(purchase.market.brand())
        terms = {"brand_id": purchase.market.brand_id, "now": SHIPPED}
        with pytest.raises(NoSuchBrand):
            brands.set_return_address(actor=other, return_address=HOME, **terms)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            brands.set_return_address(actor=purchase.daigou.actor, return_address=HOME, **terms)  # type: ignore[arg-type]
        for address in (" ", "字" * 201):
            with pytest.raises(brands.InvalidReturnAddress):
                brands.set_return_address(actor=purchase.market.ops, return_address=address, **terms)  # type: ignore[arg-type]
