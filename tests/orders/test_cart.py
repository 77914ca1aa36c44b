"""The cart: lines are changed, exchanged, taken out and ordered again (ORDER-10, ORDER-11)."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client

from accounts.services.tokens import issue_token
from flashsales.services.units import OverLimit, SaleNotLive, SoldOut
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.selectors.cart import CartView, get_cart, get_lines_again
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import OrderView
from orders.services.again import AgainLine, NotOnSale, order_again
from orders.services.cart import (
    AlreadyInOrder,
    NoSuchLine,
    OtherStyle,
    RemarkTooLate,
    change_units,
    set_remark,
    swap_item,
)
from orders.services.credit import UnpaidLimitExceeded
from orders.services.grab import OrderNotUnpaid, expire_unpaid
from orders.services.payment import PaymentTooLate, pay
from orders.services.placing import GrabLine, InvalidGrab, place_orders
from orders.services.placing_refusals import PriceChanged
from orders.services.recipients import hide_recipient
from orders.services.shipping import ship
from orders.services.shipping_workbook import write_shipping_list
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


@built_once_class
class Shop:
    """A style in M and L at ¥100 and in XL at ¥120, another style, all in one sale of five pieces each."""

    def __init__(self) -> None:
        self.market = Marketplace()
        sizes = {"M": 100_00, "L": 100_00, "XL": 120_00}
        skus = {
            size: self.market.sku(units=5, base_price_fen=price, style_no="K1", size=size)
            for size, price in sizes.items()
        }
        skus["other"] = self.market.sku(units=5, base_price_fen=50_00)
        self.sale_id = self.market.sale(*skus.values(), item_limit=4)
        self.skus = skus
        self.items = {size: item_of(self.sale_id, sku) for size, sku in skus.items()}
        self.daigou = self.market.reseller(wallet_fen=1_000_00)
        self.order = self.place("M", "other")
        self.line = self.order.lines[0].id

    def place(self, *sizes: str, units: int = 2, key: str = "first") -> OrderView:
        lines = [GrabLine(self.items[size], units, self.daigou.recipient_id) for size in sizes]
        return place_orders(actor=self.daigou.actor, lines=lines, key=key, now=NOW)

    def state(self) -> tuple[object, ...]:
        lines = OrderLine.objects.order_by("pk").values_list("item_id", "units", "price_fen", "remark")
        return (
            list(lines),
            list(Order.objects.order_by("pk").values_list("state", "total_fen")),
            [units_of(item) for item in self.items.values()],
        )

    def cart(self) -> CartView:
        return get_cart(self.daigou.id, tier=0, at=NOW)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def require_integrity() -> None:
    assert [violation.what for violation in all_violations()] == []


@pytest.mark.parametrize(("units", "total"), [(4, 500_00), (1, 200_00), (2, 300_00)])
def test_change_units_holds_or_releases_and_sums_up(shop: Shop, units: int, total: int) -> None:
    order = change_units(actor=shop.daigou.actor, line_id=shop.line, units=units, now=NOW)
    assert (order.id, order.lines[0].units, order.total_fen) == (shop.order.id, units, total)
    assert order.pay_before == shop.order.pay_before
    assert units_of(shop.items["M"]) == (5, 5 - units, units, 0)
    require_integrity()
    assert pay(actor=shop.daigou.actor, order_id=order.id, now=NOW).total_fen == total
    require_integrity()


def test_change_units_to_none_takes_the_line_out_and_with_the_last_the_order(shop: Shop) -> None:
    order = change_units(actor=shop.daigou.actor, line_id=shop.line, units=0, now=NOW)
    assert ([line.item_id for line in order.lines], order.total_fen) == ([shop.items["other"]], 100_00)
    assert units_of(shop.items["M"]) == (5, 5, 0, 0)
    require_integrity()
    ended = change_units(actor=shop.daigou.actor, line_id=order.lines[0].id, units=0, now=NOW)
    assert (ended.state, len(ended.lines)) == ("cancelled", 1)
    assert units_of(shop.items["other"]) == (5, 5, 0, 0)
    require_integrity()


@pytest.mark.parametrize("fault", ["sold out", "limit", "credit", "late", "paid", "not hers", "senseless", "sale over"])
def test_change_units_refused_changes_nothing(shop: Shop, fault: str) -> None:
    actor, line, units, now = shop.daigou.actor, shop.line, 3, NOW
    refusal: type[Exception]
    match fault:
        case "sold out":
            shop.market.reseller().grab(shop.items["M"], 3)
            refusal = SoldOut
        case "limit":
            units, refusal = 5, OverLimit
        case "credit":
            shop.place("XL", units=4, key="k2")
            shop.place("L", units=4, key="k3")
            shop.place("other", units=2, key="k4")
            big = shop.market.sku(units=9, base_price_fen=350_00)
            shop.daigou.grab(item_of(shop.market.sale(big), big), 2)
            refusal = UnpaidLimitExceeded
        case "late":
            now, refusal = NOW + QUARTER, PaymentTooLate
        case "paid":
            pay(actor=actor, order_id=shop.order.id, now=NOW)
            refusal = OrderNotUnpaid
        case "not hers":
            actor, refusal = shop.market.reseller().actor, NoSuchLine
        case "senseless":
            units, refusal = -1, InvalidGrab
        case _:
            lines = [GrabLine(shop.items["L"], 1, shop.daigou.recipient_id)]
            end = NOW + timedelta(hours=48)
            line = place_orders(actor=actor, lines=lines, key="late", now=end - QUARTER / 3).lines[0].id
            units, now, refusal = 2, end, SaleNotLive
    before = shop.state()
    with pytest.raises(refusal):
        change_units(actor=actor, line_id=line, units=units, now=now)
    assert shop.state() == before


def test_swap_item_exchanges_the_size_in_place(shop: Shop) -> None:
    order = swap_item(actor=shop.daigou.actor, line_id=shop.line, item_id=shop.items["L"], now=NOW)
    assert (order.id, order.lines[0].id, order.lines[0].size, order.total_fen) == (
        shop.order.id, shop.line, "L", 300_00,
    )  # fmt: skip
    assert (units_of(shop.items["M"]), units_of(shop.items["L"])) == ((5, 5, 0, 0), (5, 3, 2, 0))
    require_integrity()
    dearer = swap_item(
        actor=shop.daigou.actor,
        line_id=shop.line,
        item_id=shop.items["XL"],
        expected_price_fen=120_00,
        now=NOW,
    )
    assert (dearer.lines[0].price_fen, dearer.total_fen) == (120_00, 340_00)
    require_integrity()
    pay(actor=shop.daigou.actor, order_id=dearer.id, now=NOW)
    require_integrity()


def test_swap_item_within_a_limit_that_she_has_used_up() -> None:
    market = Marketplace()
    skus = [market.sku(units=5, style_no="K1", size=size) for size in ("S", "M")]
    sale = market.sale(*skus, limit_units=2)
    daigou = market.reseller()
    order = daigou.grab(item_of(sale, skus[0]), 2)
    swapped = swap_item(actor=daigou.actor, line_id=order.lines[0].id, item_id=item_of(sale, skus[1]), now=NOW)
    assert (swapped.lines[0].size, swapped.lines[0].units) == ("M", 2)
    require_integrity()


@pytest.mark.parametrize("fault", ["dearer", "other style", "there already", "sold out"])
def test_swap_item_refused_changes_nothing(shop: Shop, fault: str) -> None:
    size, refusal = {
        "dearer": ("XL", PriceChanged), "other style": ("other", OtherStyle),
        "there already": ("L", AlreadyInOrder), "sold out": ("L", SoldOut),
    }[fault]  # fmt: skip
    line = shop.line
    if fault == "there already":
        line = shop.place("M", "L", units=1, key="both").lines[0].id
    if fault == "sold out":
        shop.market.reseller().grab(shop.items["L"], 4)
    before = shop.state()
    with pytest.raises(refusal):
        swap_item(actor=shop.daigou.actor, line_id=line, item_id=shop.items[size], now=NOW)
    assert shop.state() == before


def test_set_remark_until_the_line_is_shipped(shop: Shop) -> None:
    order = set_remark(actor=shop.daigou.actor, line_id=shop.line, remark=" 尽快，\n送人 ", now=NOW)
    assert order.lines[0].remark == "尽快， 送人"
    pay(actor=shop.daigou.actor, order_id=order.id, now=NOW)
    [consignment_view] = list_consignments(at=NOW, brand_id=shop.market.brand_id).items
    assert [line.remark for line in consignment_view.lines] == ["尽快， 送人", ""]
    shipping_list = openpyxl.load_workbook(io.BytesIO(write_shipping_list(actor=shop.market.clerk, now=NOW)))
    headings, first, *_ = shipping_list["发货单"].iter_rows(values_only=True)
    assert (headings[14], first[14]) == ("备注", "尽快， 送人")
    assert set_remark(actor=shop.daigou.actor, line_id=shop.line, remark="", now=NOW).lines[0].remark == ""
    consignment = OrderLine.objects.get(pk=shop.line).consignment_id
    assert consignment is not None
    ship(
        actor=shop.market.clerk, consignment_id=consignment, carrier="顺丰速运", tracking_no="SF1380013800012", now=NOW
    )
    with pytest.raises(RemarkTooLate):
        set_remark(actor=shop.daigou.actor, line_id=shop.line, remark="x", now=NOW)


def test_cart_groups_the_lines_of_all_unpaid_orders_by_sale(shop: Shop) -> None:
    sku = shop.market.sku(units=5, base_price_fen=10_00)
    other_sale = shop.market.sale(sku)
    shop.daigou.grab(item_of(other_sale, sku), now=NOW + timedelta(minutes=1))
    shop.place("L", key="second")
    cart = shop.cart()
    assert [(sale.sale_id, sale.total_fen, len(sale.lines)) for sale in cart.sales] == [
        (shop.sale_id, 500_00, 3),
        (other_sale, 10_00, 1),
    ]
    assert (cart.total_fen, cart.units, len(cart.order_ids), cart.pay_before) == (510_00, 7, 3, NOW + QUARTER)
    first = cart.sales[0].lines[0]
    assert (first.line.size, first.max_units, first.price_now_fen) == ("M", 4, 100_00)
    assert [(each.size, each.price_fen, each.max_units) for each in first.choices] == [
        ("L", 100_00, 2),
        ("XL", 120_00, 4),
    ]


def test_order_again_places_what_ran_out_once(shop: Shop) -> None:
    late = NOW + QUARTER
    shop.market.reseller().grab(shop.items["M"], 3, now=NOW)
    cart = get_cart(shop.daigou.id, tier=0, at=late)
    assert (cart.order_ids, [(each.line.units, each.max_units) for each in cart.expired]) == ([], [(2, 0), (2, 2)])
    lines = [AgainLine(each.line.id, each.line.units, each.price_fen or 0) for each in cart.expired]
    order = order_again(actor=shop.daigou.actor, lines=lines, key="again", now=late)
    assert ([line.units for line in order.lines], order.refused_lines) == ([2, 2], [])
    assert Order.objects.get(pk=shop.order.id).state == "cancelled"
    assert get_cart(shop.daigou.id, tier=0, at=late).expired == []
    assert order_again(actor=shop.daigou.actor, lines=lines, key="again", now=late) == order
    require_integrity()


def test_order_again_names_what_is_gone_and_what_costs_another_price(shop: Shop) -> None:
    late = NOW + QUARTER
    expire_unpaid(now=late)
    shop.market.reseller().grab(shop.items["M"], 4, now=late)
    lines = [AgainLine(line.id, 2, 100_00 if line.item_id == shop.items["M"] else 45_00) for line in shop.order.lines]
    order = order_again(actor=shop.daigou.actor, lines=lines, key="again", now=late)
    assert [(line.item_id, line.units) for line in order.lines] == [(shop.items["M"], 1)]
    assert [each.code for each in order.refused_lines] == ["flashsales.sold_out", "orders.price_changed"]
    assert "¥45.00" in order.refused_lines[1].zh


def test_order_again_of_a_paid_order_takes_the_goods_from_the_sale_that_has_them_now(shop: Shop) -> None:
    pay(actor=shop.daigou.actor, order_id=shop.order.id, now=NOW)
    lines = get_lines_again(shop.daigou.id, shop.order.id, tier=0, at=NOW)
    assert [(each.item_id, each.price_fen, each.max_units) for each in lines] == [
        (shop.items["M"], 100_00, 2),
        (shop.items["other"], 50_00, 2),
    ]
    after = NOW + timedelta(hours=49)
    gone = get_lines_again(shop.daigou.id, shop.order.id, tier=0, at=after)
    assert [(each.item_id, each.can_be_ordered) for each in gone] == [(None, False)] * 2
    with pytest.raises(NotOnSale):
        order_again(actor=shop.daigou.actor, lines=[AgainLine(shop.line, 1, 100_00)], key="k", now=after)
    hide_recipient(actor=shop.daigou.actor, recipient_id=shop.daigou.recipient_id, now=NOW)
    assert not any(each.can_be_ordered for each in get_lines_again(shop.daigou.id, shop.order.id, tier=0, at=NOW))


def test_cart_by_api(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    headers = {"Authorization": f"Bearer {issue_token(actor=shop.daigou.actor, label='erp', now=NOW)}"}

    def post(path: str, body: dict[str, object]) -> dict[str, object]:
        answer = client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()  # type: ignore[no-any-return]

    assert post(f"/order-lines/{shop.line}/units", {"units": 1})["total"] == "200.00"
    swap = {"item_id": shop.items["XL"], "expected_price": "120.00"}
    assert post(f"/order-lines/{shop.line}/swap", swap)["total"] == "220.00"
    post(f"/order-lines/{shop.line}/remark", {"remark": "送人"})
    cart = client.get("/api/v1/cart", headers=headers).json()
    assert (cart["total"], cart["balance"], cart["order_ids"]) == ("220.00", "1000.00", [shop.order.id])
    assert cart["sales"][0]["lines"][0]["line"]["remark"] == "送人"
    post("/payments", {"order_ids": cart["order_ids"], "expected_total": cart["total"]})
    again = client.get(f"/api/v1/orders/{shop.order.id}/again", headers=headers).json()
    assert [(each["price"], each["can_be_ordered"]) for each in again] == [("120.00", True), ("50.00", True)]
    line = {"line_id": shop.line, "units": 1, "expected_price": "120.00"}
    assert post("/orders/again", {"key": "again", "lines": [line]})["total"] == "120.00"


def test_cart_is_empty_an_hour_later(shop: Shop) -> None:
    cart = get_cart(shop.daigou.id, tier=0, at=NOW + HOUR)
    assert (cart.sales, cart.total_fen, cart.pay_before) == ([], 0, None)
