from datetime import timedelta
from functools import partial

import pytest

from accounts.models import AuditEntry
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from flashsales.models import SaleItem
from flashsales.services.ending import close_ended, end_early
from flashsales.services.planning import set_limits
from flashsales.services.units import OverLimit, SaleNotLive, SoldOut
from inventory.models import Movement, Sku
from kernel.masking import mask_name
from kernel.refusal import InvalidTracking
from ledger.rules import COMMISSION, AccountKind, AccountRef, InsufficientBalance
from ledger.selectors.accounts import get_balance_fen
from membership.models import Reseller
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment, Parcel
from orders.rules.states import ConsignmentState, OrderState
from orders.selectors import consignments, orders
from orders.selectors.consignments import NoSuchConsignment
from orders.selectors.orders import NoSuchOrder, NoSuchRecipient
from orders.services import grab, payment, recipients, shipping
from orders.services.grab import OrderNotUnpaid
from orders.services.parcel_plan import TRACKING_NUMBER_REUSED_AFTER, LineUnits
from orders.services.payment import PaymentTooLate
from orders.services.placing import GrabLine, InvalidGrab, OrderKeyConflict
from orders.services.refund import AlreadyShipped, NothingToRefund
from orders.services.shipping import CannotCorrect
from orders.services.shipping_refusals import CannotShip, NumberWasCorrected, TrackingNumberTaken
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def wallet(daigou: Daigou) -> int:
    return orders.get_wallet_balance_fen(daigou.id)


class TestGrab:
    def test_grab_holds_units_and_makes_an_unpaid_order_at_her_price(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=10)
        item = item_of(market.sale(sku), sku)
        order = market.reseller().grab(item, 3)
        [line] = order.lines
        assert (order.state, order.total_fen, order.units) == (OrderState.UNPAID, 3 * line.price_fen, 3)
        assert order.pay_before == NOW + 15 * MINUTE
        assert units_of(item) == (10, 7, 3, 0)

    def test_grab_of_more_than_is_left_says_how_many_are_left_and_changes_nothing(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=2, style_no="QH9", colour="黑", size="S")
        item = item_of(market.sale(sku), sku)
        with pytest.raises(SoldOut) as refused:
            market.reseller().grab(item, 3)
        assert refused.value.sentence("zh") == "手慢了：QH9 黑 S 只剩 2 件"
        assert units_of(item) == (2, 2, 0, 0)
        assert not Order.objects.exists()

    # ORDER-1
    def test_grab_of_several_lines_takes_all_or_none(self) -> None:
        market = Marketplace()
        plenty, scarce = market.sku(units=10), market.sku(units=1)
        sale_id = market.sale(plenty, scarce)
        daigou = market.reseller()
        lines = [
            GrabLine(item_of(sale_id, plenty), 2, daigou.recipient_id),
            GrabLine(item_of(sale_id, scarce), 2, daigou.recipient_id),
        ]
        with pytest.raises(SoldOut):
            grab.grab(actor=daigou.actor, lines=lines, key="k", now=NOW)
        assert units_of(item_of(sale_id, plenty)) == (10, 10, 0, 0)
        assert all_violations() == []

    # ORDER-2
    def test_grab_with_the_same_key_again_gives_the_same_order(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller()
        first = daigou.grab(item, 5, key="tap")
        assert daigou.grab(item, 5, key="tap").id == first.id
        assert units_of(item) == (5, 0, 5, 0)

    # ORDER-2
    def test_grab_with_the_same_key_and_other_lines_is_refused(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller()
        first = daigou.grab(item, 1, key="tap")
        with pytest.raises(OrderKeyConflict) as refused:
            daigou.grab(item, 2, key="tap")
        assert refused.value.order_id == first.id
        assert units_of(item) == (5, 4, 1, 0)

    def test_grab_by_two_resellers_with_the_same_key(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        item = item_of(market.sale(sku), sku)
        assert market.reseller().grab(item, key="tap").id != market.reseller().grab(item, key="tap").id

    def test_grab_beyond_the_limit_of_a_sku_is_refused_without_cancelled_orders(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=10)
        item = item_of(market.sale(sku, item_limit=3), sku)
        daigou = market.reseller()
        first = daigou.grab(item, 2)
        with pytest.raises(OverLimit) as refused:
            daigou.grab(item, 2)
        assert (refused.value.limit, refused.value.taken, refused.value.available) == (3, 2, 1)
        grab.cancel_unpaid(actor=daigou.actor, order_id=first.id, now=NOW)
        assert daigou.grab(item, 3).units == 3
        assert market.reseller().grab(item, 3).units == 3
        assert all_violations() == []

    def test_grab_beyond_the_limit_of_a_sale_is_refused(self) -> None:
        market = Marketplace()
        one, two = market.sku(), market.sku()
        sale_id = market.sale(one, two, limit_units=3)
        daigou = market.reseller()
        daigou.grab(item_of(sale_id, one), 2)
        with pytest.raises(OverLimit) as refused:
            daigou.grab(item_of(sale_id, two), 2)
        assert (refused.value.limit, refused.value.available) == (3, 1)
        set_limits(actor=market.ops, sale_id=sale_id, limit_units=None, item_limits={}, now=NOW)
        assert daigou.grab(item_of(sale_id, two), 2).units == 2

    def test_grab_before_the_sale_starts_is_refused(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        item = item_of(market.sale(sku, starts_at=NOW + HOUR), sku)
        daigou = market.reseller()
        with pytest.raises(SaleNotLive):
            daigou.grab(item, now=NOW + HOUR - MINUTE)
        assert daigou.grab(item, now=NOW + HOUR).units == 1

    def test_grab_for_somebody_elses_recipient_is_refused(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        item = item_of(market.sale(sku), sku)
        daigou, other = market.reseller(), market.reseller()
        wanted = [GrabLine(item, 1, other.recipient_id)]
        with pytest.raises(NoSuchRecipient):
            grab.grab(actor=daigou.actor, lines=wanted, key="k", now=NOW)

    @pytest.mark.parametrize(("units", "key"), [(0, "k"), (-1, "k"), (1000, "k"), (1, ""), (1, "k" * 65)])
    def test_grab_with_invalid_lines_or_key_is_refused(self, units: int, key: str) -> None:
        market, sku = (market := Marketplace()), market.sku()
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller()
        with pytest.raises(InvalidGrab):
            grab.grab(actor=daigou.actor, lines=[GrabLine(item, units, daigou.recipient_id)], key=key, now=NOW)


class TestPay:
    # ORDER-3
    def test_pay_moves_money_stock_growth_and_makes_a_consignment(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=10, base_price_fen=100_00)
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller(wallet_fen=1000_00)
        order = market.paid_order(daigou, item, 4)
        line = OrderLine.objects.get()
        assert (order.state, order.paid_at) == (OrderState.PAID, NOW)
        assert wallet(daigou) == 1000_00 - order.total_fen
        assert get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, market.brand_id)) == 4 * line.payable_fen == 320_00
        assert get_balance_fen(COMMISSION) == 4 * line.commission_fen
        assert units_of(item) == (10, 6, 0, 4)
        row = Sku.objects.get(pk=sku)
        assert (row.on_hand, row.allotted) == (6, 6)
        assert Reseller.objects.get(pk=daigou.id).growth_milli == order.total_fen
        consignment = Consignment.objects.get()
        assert (consignment.state, consignment.ship_by) == ("to_ship", NOW + 24 * HOUR)
        assert all_violations() == []

    def test_pay_twice_pays_once(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        daigou = market.reseller(wallet_fen=1000_00)
        order = market.paid_order(daigou, item_of(market.sale(sku), sku))
        left = wallet(daigou)
        assert payment.pay(actor=daigou.actor, order_id=order.id, now=NOW).state is OrderState.PAID
        assert wallet(daigou) == left

    # ORDER-3
    def test_pay_is_refused_with_too_little_money_and_nothing_moves(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller(wallet_fen=1)
        order = daigou.grab(item)
        with pytest.raises(InsufficientBalance):
            payment.pay(actor=daigou.actor, order_id=order.id, now=NOW)
        assert wallet(daigou) == 1
        assert units_of(item) == (10, 9, 1, 0)
        assert not Consignment.objects.exists()
        assert all_violations() == []

    def test_pay_at_the_last_instant_and_not_after_it_whatever_the_sweep_did(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller(wallet_fen=1000_00)
        first, second = daigou.grab(item), daigou.grab(item)
        just_before = NOW + 15 * MINUTE - timedelta(microseconds=1)
        assert payment.pay(actor=daigou.actor, order_id=first.id, now=just_before).state is OrderState.PAID
        with pytest.raises(PaymentTooLate):
            payment.pay(actor=daigou.actor, order_id=second.id, now=NOW + 15 * MINUTE)

    def test_pay_of_another_resellers_order_is_missing(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        order = market.reseller().grab(item_of(market.sale(sku), sku))
        other = market.reseller(wallet_fen=1000_00)
        with pytest.raises(NoSuchOrder):
            payment.pay(actor=other.actor, order_id=order.id, now=NOW)
        with pytest.raises(NoSuchOrder):
            orders.get_own_order(other.id, order.id)

    def test_pay_creates_a_consignment_per_brand_and_recipient(self) -> None:
        market = Marketplace()
        other = market.brand()
        mine, theirs = market.sku(), market.sku(brand_id=other)
        items = item_of(market.sale(mine), mine), item_of(market.sale(theirs, brand_id=other), theirs)
        daigou = market.reseller(wallet_fen=2000_00)
        aunt = recipients.add_recipient(
            actor=daigou.actor, name="李阿姨", phone="13900139000", address="上海市徐汇区漕溪北路 1 号", now=NOW
        )
        lines = [
            GrabLine(items[0], 1, daigou.recipient_id),
            GrabLine(items[0], 1, aunt.id),
            GrabLine(items[1], 1, daigou.recipient_id),
        ]
        order = grab.grab(actor=daigou.actor, lines=lines, key="k", now=NOW)
        payment.pay(actor=daigou.actor, order_id=order.id, now=NOW)
        places = sorted(Consignment.objects.values_list("brand_id", "name"))
        assert places == sorted([(market.brand_id, "王小美"), (market.brand_id, "李阿姨"), (other, "王小美")])
        assert all_violations() == []


class TestUnpaid:
    def test_expire_unpaid_gives_units_back_to_the_live_sale(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller()
        order = daigou.grab(item, 5)
        assert grab.expire_unpaid(now=NOW + 14 * MINUTE) == 0
        assert grab.expire_unpaid(now=NOW + 15 * MINUTE) == 1
        assert grab.expire_unpaid(now=NOW + 15 * MINUTE) == 0
        assert orders.get_own_order(daigou.id, order.id).state is OrderState.CANCELLED
        assert units_of(item) == (5, 5, 0, 0)
        assert all_violations() == []

    def test_expire_unpaid_goes_on_after_an_order_that_fails(self) -> None:
        market = Marketplace()
        broken, sound = (item_of(market.sale(sku), sku) for sku in (market.sku(), market.sku()))
        first, second = (market.reseller().grab(item, 2) for item in (broken, sound))
        SaleItem.objects.filter(pk=broken).update(held=0, available=10)  # there is nothing to give back
        assert grab.expire_unpaid(now=NOW + 15 * MINUTE) == 1
        states = dict(Order.objects.values_list("pk", "state"))
        assert states == {first.id: OrderState.UNPAID.value, second.id: OrderState.CANCELLED.value}
        assert (units_of(broken), units_of(sound)) == ((10, 10, 0, 0), (10, 10, 0, 0))

    def test_expire_unpaid_after_the_sale_releases_to_free_stock(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        sale_id = market.sale(sku)
        item = item_of(sale_id, sku)
        market.reseller().grab(item, 2, now=NOW + 48 * HOUR - MINUTE)
        close_ended(now=NOW + 48 * HOUR)
        assert units_of(item) == (2, 0, 2, 0)
        assert Sku.objects.get(pk=sku).allotted == 2
        grab.expire_unpaid(now=NOW + 49 * HOUR)
        assert units_of(item) == (0, 0, 0, 0)
        row = Sku.objects.get(pk=sku)
        assert (row.on_hand, row.allotted) == (5, 0)
        assert all_violations() == []

    def test_pay_after_the_end_of_the_sale(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        sale_id = market.sale(sku)
        daigou = market.reseller(wallet_fen=1000_00)
        order = daigou.grab(item_of(sale_id, sku), 2)
        end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + MINUTE)
        payment.pay(actor=daigou.actor, order_id=order.id, now=NOW + 2 * MINUTE)
        assert units_of(item_of(sale_id, sku)) == (2, 0, 0, 2)
        assert all_violations() == []

    def test_cancel_unpaid_of_a_paid_order_is_refused(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        daigou = market.reseller(wallet_fen=1000_00)
        order = market.paid_order(daigou, item_of(market.sale(sku), sku))
        with pytest.raises(OrderNotUnpaid):
            grab.cancel_unpaid(actor=daigou.actor, order_id=order.id, now=NOW)


class TestShip:
    def paid(self, market: Marketplace, units: int = 2) -> tuple[Daigou, Consignment]:
        sku = market.sku()
        daigou = market.reseller(wallet_fen=2000_00)
        market.paid_order(daigou, item_of(market.sale(sku), sku), units)
        return daigou, Consignment.objects.get(order__reseller_id=daigou.id)

    def test_ship_tells_the_reseller_the_tracking_number(self) -> None:
        market = Marketplace()
        daigou, consignment = self.paid(market)
        view = shipping.ship(
            actor=market.clerk,
            consignment_id=consignment.pk,
            carrier="顺丰",
            tracking_no="SF1234567890",
            now=NOW + HOUR,
        )
        assert (view.state, view.is_late) == (ConsignmentState.SHIPPED, False)
        [line] = orders.get_own_order(daigou.id, consignment.order_id).lines
        assert (line.shipping, line.carrier, line.tracking_no) == ("shipped", "顺丰速运", "SF1234567890")

    def test_ship_with_the_same_number_again_changes_nothing_and_another_is_refused(self) -> None:
        market = Marketplace()
        _, consignment = self.paid(market)
        for at in (NOW, NOW + HOUR):
            shipping.ship(
                actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF123456", now=at
            )
        consignment.refresh_from_db()
        assert consignment.shipped_at == NOW
        with pytest.raises(CannotShip):
            shipping.ship(
                actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF999999", now=NOW
            )

    def test_ship_with_a_number_of_another_recipient_is_refused_for_90_days(self) -> None:
        market = Marketplace()
        _, first = self.paid(market)
        _, second = self.paid(market)
        Consignment.objects.filter(pk=second.pk).update(name="另一位")
        later = NOW + TRACKING_NUMBER_REUSED_AFTER
        ship = partial(shipping.ship, actor=market.clerk, carrier="顺丰")
        correct = partial(
            shipping.correct_tracking, actor=market.clerk, carrier="中通", consignment_id=second.pk, now=later
        )
        ship(consignment_id=first.pk, tracking_no="SF123456", now=NOW)
        with pytest.raises(TrackingNumberTaken) as refused:
            ship(consignment_id=second.pk, tracking_no="sf123456", now=later - HOUR)
        # What has shipped is masked for the brand.
        assert (refused.value.other, refused.value.name) == (first.pk, mask_name(first.name))
        ship(consignment_id=second.pk, tracking_no="SF123457", now=later - HOUR)
        assert correct(tracking_no="SF123456").tracking_no == "SF123456"

    def test_ship_with_one_number_for_two_orders_of_a_recipient(self) -> None:
        market = Marketplace()
        _, first = self.paid(market)
        _, second = self.paid(market)
        assert (first.name, first.phone, first.address) == (second.name, second.phone, second.address)
        for each in (first, second):
            shipping.ship(actor=market.clerk, consignment_id=each.pk, carrier="顺丰", tracking_no="SF123456", now=NOW)

    def test_correct_tracking_keeps_the_time_of_shipping(self) -> None:
        market = Marketplace()
        daigou, consignment = self.paid(market)
        correct = partial(shipping.correct_tracking, consignment_id=consignment.pk, carrier="中通")
        with pytest.raises(CannotCorrect):
            correct(actor=market.clerk, tracking_no="ZT000001", now=NOW)
        shipping.ship(
            actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF123456", now=NOW
        )
        with pytest.raises(InvalidTracking):
            correct(actor=market.clerk, tracking_no="1", now=NOW)
        stranger = market.new_clerk(market.brand())
        with pytest.raises(NoSuchConsignment):
            correct(actor=stranger, tracking_no="ZT000001", now=NOW)
        view = correct(actor=market.clerk, tracking_no="ZT000001", now=NOW + HOUR)
        assert (view.carrier, view.tracking_no, view.shipped_at) == ("中通快递", "ZT000001", NOW)
        [line] = orders.get_own_order(daigou.id, consignment.order_id).lines
        assert line.tracking_no == "ZT000001"
        trail = AuditEntry.objects.get(action="orders.correct_tracking")
        assert trail.details == {"from": "顺丰速运 SF123456", "to": "中通快递 ZT000001"}
        with pytest.raises(CannotCorrect):
            correct(actor=market.clerk, tracking_no="ZT000002", now=NOW + timedelta(days=7, minutes=1))

    def test_ship_a_part_again_under_a_number_that_was_corrected_is_refused(self) -> None:
        market = Marketplace()
        _, consignment = self.paid(market, units=5)
        line = OrderLine.objects.get(order_id=consignment.order_id)
        ship = partial(
            shipping.ship,
            actor=market.clerk,
            consignment_id=consignment.pk,
            carrier="顺丰",
            tracking_no="sf123456",
            lines=[LineUnits(line.pk, 2)],
            now=NOW,
        )
        for number in ("SF123456", "sf123456"):
            ship(tracking_no=number)
            line.refresh_from_db()
            assert line.shipped_units == 2
        correct = partial(shipping.correct_tracking, actor=market.clerk, consignment_id=consignment.pk, now=NOW)
        correct(carrier="中通", tracking_no="ZT000001")
        for lines in ([LineUnits(line.pk, 2)], [LineUnits(line.pk, 3)], []):
            with pytest.raises(NumberWasCorrected) as refused:
                ship(lines=lines)
            assert refused.value.corrected_no == "ZT000001"
        line.refresh_from_db()
        assert line.shipped_units == 2
        assert list(Parcel.objects.values_list("tracking_no", flat=True)) == ["ZT000001"]
        # Corrected back, the number is the parcel's again, and the other one is refused.
        correct(carrier="顺丰", tracking_no="SF123456")
        ship()
        with pytest.raises(NumberWasCorrected):
            ship(carrier="中通", tracking_no="ZT000001")
        ship(tracking_no="SF999999", lines=[LineUnits(line.pk, 3)])
        line.refresh_from_db()
        assert line.shipped_units == 5

    def test_ship_by_a_clerk_of_another_brand_is_missing(self) -> None:
        market = Marketplace()
        _, consignment = self.paid(market)
        stranger = market.new_clerk(market.brand())
        with pytest.raises(NoSuchConsignment):
            shipping.ship(
                actor=stranger, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF123456", now=NOW
            )

    @pytest.mark.parametrize(
        ("carrier", "number"), [("", "SF123456"), ("顺丰", ""), ("顺丰", "单号 12"), ("顺丰", "12")]
    )
    def test_ship_refuses_a_tracking_number_that_cannot_be_one(self, carrier: str, number: str) -> None:
        market = Marketplace()
        _, consignment = self.paid(market)
        with pytest.raises(InvalidTracking):
            shipping.ship(
                actor=market.clerk, consignment_id=consignment.pk, carrier=carrier, tracking_no=number, now=NOW
            )

    # ORDER-4
    def test_a_consignment_is_late_after_24_hours(self) -> None:
        market = Marketplace()
        self.paid(market)
        assert consignments.list_consignments(at=NOW + 24 * HOUR, brand_id=market.brand_id, late_only=True).items == []
        [late] = consignments.list_consignments(
            at=NOW + 24 * HOUR + MINUTE, brand_id=market.brand_id, late_only=True
        ).items
        assert late.is_late


class TestRefund:
    # AFTER-1
    def test_refund_gives_back_exactly_what_was_paid_and_the_goods_are_on_sale_again(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=10)
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller(wallet_fen=2000_00)
        order = market.paid_order(daigou, item, 3)
        refund = refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="拍错", key="r1", now=NOW)
        assert refund.amount_fen == order.lines[0].price_fen
        assert wallet(daigou) == 2000_00 - order.total_fen + refund.amount_fen
        assert Reseller.objects.get(pk=daigou.id).growth_milli == order.total_fen - refund.amount_fen
        assert units_of(item) == (10, 8, 0, 2)
        assert all_violations() == []

    def test_refund_with_the_same_key_refunds_once(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        daigou = market.reseller(wallet_fen=2000_00)
        order = market.paid_order(daigou, item_of(market.sale(sku), sku), 3)
        for _ in range(2):
            refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="", key="r1", now=NOW)
        assert OrderLine.objects.get().refunded_units == 1

    # AFTER-2
    @pytest.mark.parametrize("units", [0, -1, 4])
    def test_refund_of_more_than_was_paid_is_refused_and_changes_nothing(self, units: int) -> None:
        market, sku = (market := Marketplace()), market.sku()
        daigou = market.reseller(wallet_fen=2000_00)
        order = market.paid_order(daigou, item_of(market.sale(sku), sku), 3)
        before = wallet(daigou)
        with pytest.raises(NothingToRefund):
            refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=units, note="", key="r", now=NOW)
        assert wallet(daigou) == before
        assert all_violations() == []

    # AFTER-2
    def test_out_of_stock_refunds_by_itself_and_puts_nothing_back_on_sale(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=10)
        item = item_of(market.sale(sku), sku)
        daigou = market.reseller(wallet_fen=2000_00)
        order = market.paid_order(daigou, item, 3)
        report_out_of_stock(actor=market.clerk, line_id=order.lines[0].id, units=3, note="仓库无货", key="r", now=NOW)
        assert wallet(daigou) == 2000_00
        assert units_of(item) == (7, 7, 0, 0)
        assert Sku.objects.get(pk=sku).on_hand == 7
        assert Consignment.objects.get().state == "cancelled"
        assert not Movement.objects.filter(kind="cancelled").exists()
        assert all_violations() == []

    def test_refund_unshipped_of_shipped_units_is_refused(self) -> None:
        market, sku = (market := Marketplace()), market.sku()
        daigou = market.reseller(wallet_fen=2000_00)
        order = market.paid_order(daigou, item_of(market.sale(sku), sku))
        consignment = Consignment.objects.get()
        shipping.ship(
            actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF123456", now=NOW
        )
        with pytest.raises(AlreadyShipped):
            refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="", key="r", now=NOW)
        assert all_violations() == []

    def test_refund_after_the_end_releases_to_free_stock(self) -> None:
        market, sku = (market := Marketplace()), market.sku(units=5)
        sale_id = market.sale(sku)
        order = market.paid_order(market.reseller(wallet_fen=2000_00), item_of(sale_id, sku), 2)
        close_ended(now=NOW + 48 * HOUR)
        refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=2, note="", key="r", now=NOW + 49 * HOUR)
        row = Sku.objects.get(pk=sku)
        assert (row.on_hand, row.allotted) == (5, 0)
        assert all_violations() == []


def test_add_recipient_twice_creates_one_and_hide_recipient_removes_it() -> None:
    daigou = Marketplace().reseller()
    aunt = {"name": "李阿姨", "phone": "13900139000", "address": "上海市徐汇区漕溪北路 1 号"}
    first = recipients.add_recipient(actor=daigou.actor, **aunt, now=NOW)
    assert recipients.add_recipient(actor=daigou.actor, **aunt | {"phone": "139-0013-9000"}, now=NOW).id == first.id
    recipients.hide_recipient(actor=daigou.actor, recipient_id=first.id, now=NOW)
    assert first.id not in [each.id for each in orders.list_own_recipients(daigou.id).items]
    assert Recipient.objects.filter(pk=first.id).exists()


def test_grab_for_a_hidden_recipient_is_refused() -> None:
    market = Marketplace()
    sku = market.sku()
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller()
    recipients.hide_recipient(actor=daigou.actor, recipient_id=daigou.recipient_id, now=NOW)
    with pytest.raises(NoSuchRecipient):
        daigou.grab(item)
    assert units_of(item)[2] == 0


def test_a_cancelled_consignment_shows_no_address() -> None:
    market = Marketplace()
    sku = market.sku()
    daigou = market.reseller(wallet_fen=2000_00)
    order = market.paid_order(daigou, item_of(market.sale(sku), sku))
    report_out_of_stock(actor=market.clerk, line_id=order.lines[0].id, units=1, note="", key="1", now=NOW)
    [view] = consignments.list_consignments(at=NOW, brand_id=market.brand_id).items
    assert (view.state, view.name, view.phone, view.address) == (ConsignmentState.CANCELLED, "", "", "")
