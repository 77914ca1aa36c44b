"""Paid units are exchanged for another colour or size until the brand downloaded a list with them (ORDER-12)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from aftersales.models.refunds import Exchange, Refund
from aftersales.selectors.exchanges import ExchangeView, get_current_lines, get_exchange_options, list_exchanges
from aftersales.services.exchanges import ExchangeBreaksTerms, ListDownloaded, NotExchangeable, exchange
from aftersales.services.refunds import (
    MAX_KEY,
    NoSuchOrderLine,
    RefundKeyConflict,
    report_out_of_stock,
    report_short_total,
)
from flashsales.rules import QuantityTerms
from flashsales.services.quantities import set_quantity_terms
from flashsales.services.units import OverLimit, SaleNotLive, SoldOut
from kernel.refusal import KeyRequired
from ledger.rules import InsufficientBalance
from membership.models import GrowthEntry
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView, get_own_order, get_wallet_balance_fen
from orders.services.cart import OtherStyle
from orders.services.parcel_plan import LineUnits
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from orders.services.placing_refusals import PriceChanged
from orders.services.refund import NothingToRefund
from orders.services.shipping import ship
from orders.services.shipping_lists import make_picking_list
from orders.services.shipping_workbook import write_shipping_list
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR
WALLET_FEN = 400_00


@built_once_class
class Shop:
    """A style in M and L at ¥100, XL at ¥120 and S at ¥80, and another style; five pieces each, four at most for a reseller."""

    def __init__(self) -> None:
        self.market = Marketplace()
        prices = {"M": 100_00, "L": 100_00, "XL": 120_00, "S": 80_00}
        skus = {
            size: self.market.sku(units=5, base_price_fen=price, style_no="K1", size=size)
            for size, price in prices.items()
        }
        skus["other"] = self.market.sku(units=5, base_price_fen=50_00)
        self.sale_id = self.market.sale(*skus.values(), item_limit=4)
        self.items = {size: item_of(self.sale_id, sku) for size, sku in skus.items()}
        self.daigou = self.market.reseller(wallet_fen=WALLET_FEN)
        lines = [GrabLine(self.items["M"], 2, self.daigou.recipient_id, remark="礼盒")]
        placed = place_orders(actor=self.daigou.actor, lines=lines, key="first", now=NOW)
        self.order = pay(actor=self.daigou.actor, order_id=placed.id, now=NOW)
        self.line = self.order.lines[0].id

    def exchange(self, size: str, *, actor: Daigou | None = None, **sent: object) -> ExchangeView:
        named = {"line_id": self.line, "item_id": self.items[size], "key": "x", "now": LATER} | sent
        return exchange(actor=(actor or self.daigou).actor, **named)  # type: ignore[arg-type]

    def state(self) -> tuple[object, ...]:
        return (
            list(OrderLine.objects.order_by("pk").values_list("item_id", "units", "refunded_units", "cancelled_units")),
            list(Order.objects.order_by("pk").values_list("state", "total_fen")),
            [units_of(item) for item in self.items.values()],
            get_wallet_balance_fen(self.daigou.id),
            Refund.objects.count(),
            Exchange.objects.count(),
        )

    def old_order(self) -> OrderView:
        return get_own_order(self.daigou.id, self.order.id)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def require_integrity() -> None:
    assert [violation.what for violation in all_violations()] == []


def test_exchange_at_the_same_price_moves_units_and_no_money(shop: Shop) -> None:
    done = shop.exchange("L")
    (new,) = get_own_order(shop.daigou.id, done.new_order_id).lines
    assert (done.units, done.refunded_fen, done.paid_fen) == (2, 200_00, 200_00)
    assert (new.size, new.units, new.price_fen, new.remark, new.recipient.id) == (
        "L",
        2,
        100_00,
        "礼盒",
        shop.daigou.recipient_id,
    )
    assert (units_of(shop.items["M"]), units_of(shop.items["L"])) == ((5, 5, 0, 0), (5, 3, 0, 2))
    assert get_wallet_balance_fen(shop.daigou.id) == WALLET_FEN - 200_00
    assert list(Consignment.objects.order_by("pk").values_list("state", "ship_by")) == [
        ("cancelled", NOW + 24 * HOUR),
        ("to_ship", LATER + 24 * HOUR),
    ]
    assert list_exchanges([shop.order.id]) == [done] == list_exchanges([done.new_order_id])
    require_integrity()


@pytest.mark.parametrize(("size", "price", "balance"), [("XL", 120_00, 160_00), ("S", 80_00, 240_00)])
def test_exchange_at_another_price_pays_or_refunds_the_difference(
    shop: Shop, size: str, price: int, balance: int
) -> None:
    done = shop.exchange(size, expected_price_fen=price)
    assert (done.refunded_fen, done.paid_fen) == (200_00, 2 * price)
    assert get_wallet_balance_fen(shop.daigou.id) == balance
    # The growth is that of what was paid in the end.
    assert sum(GrowthEntry.objects.values_list("milli", flat=True)) == 2 * price
    require_integrity()


def test_exchange_of_a_part_leaves_the_rest_and_can_be_exchanged_again(shop: Shop) -> None:
    first = shop.exchange("L", units=1)
    assert [(line.units, line.cancelled_units) for line in shop.old_order().lines] == [(2, 1)]
    assert Consignment.objects.get(order=shop.order.id).state == "to_ship"
    again = OrderLine.objects.get(order=first.new_order_id).pk
    assert shop.exchange("M", line_id=again).new_goods.endswith("M")
    assert (units_of(shop.items["M"]), units_of(shop.items["L"])) == ((5, 3, 0, 2), (5, 5, 0, 0))
    require_integrity()


def test_exchange_with_the_same_key_exchanges_once(shop: Shop) -> None:
    first = shop.exchange("L", units=1)
    before = shop.state()
    assert shop.exchange("L", units=1) == first
    for size, units in (("L", 2), ("XL", 1)):
        with pytest.raises(RefundKeyConflict):
            shop.exchange(size, units=units)
    assert shop.state() == before


@pytest.mark.parametrize("key", ["short:1", "case:1"])
def test_exchange_takes_no_key_of_a_shortage_or_a_case(shop: Shop, key: str) -> None:
    """She chooses the key of an exchange; it must not be in the way of what the brand or ops do with the line later."""
    shop.exchange("L", units=1, key=key)
    assert report_short_total(actor=shop.market.clerk, line_id=shop.line, units=1, now=LATER) is not None
    assert not Refund.objects.filter(key=key, reason="changed_mind").exists()
    require_integrity()


def test_exchange_refuses_a_key_that_is_too_long(shop: Shop) -> None:
    before = shop.state()
    with pytest.raises(KeyRequired):
        shop.exchange("L", key="k" * (MAX_KEY + 1))
    assert shop.state() == before
    assert shop.exchange("L", key="k" * MAX_KEY).units == 2


def test_exchange_is_not_stopped_by_an_order_with_a_key_of_its_form(shop: Shop) -> None:
    first = shop.exchange("L", units=1)
    following = Refund.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    shop.daigou.grab(shop.items["S"], 1, key=f"exchange:{following}")
    assert shop.exchange("L", units=1, key="y").new_order_id != first.new_order_id
    require_integrity()


def test_exchange_of_all_that_the_limit_allows_gives_back_first(shop: Shop) -> None:
    shop.market.top_up(shop.daigou, 1000_00)
    sku = [shop.market.sku(units=5, style_no="K9", size=size) for size in ("M", "L")]
    sale = shop.market.sale(*sku, limit_units=2)
    order = shop.market.paid_order(shop.daigou, item_of(sale, sku[0]), 2)
    options = get_exchange_options(order, reseller_id=shop.daigou.id, tier=0, at=LATER)
    assert [(each.size, each.max_units) for each in options[order.lines[0].id].choices] == [("L", 2)]
    done = shop.exchange("L", line_id=order.lines[0].id, item_id=item_of(sale, sku[1]))
    assert done.units == 2
    require_integrity()


def test_exchange_does_not_count_against_the_unpaid_limit(shop: Shop) -> None:
    big = shop.market.sku(units=9, base_price_fen=500_00)
    shop.daigou.grab(item_of(shop.market.sale(big), big), 4)
    assert shop.exchange("L").units == 2
    require_integrity()


@pytest.mark.parametrize(
    "fault",
    ["sold out", "limit", "price", "wallet", "over", "style", "itself", "not hers", "too many", "none", "unpaid",
     "shipped", "short", "shipping list", "picking list", "no key"],
)  # fmt: skip
def test_exchange_refused_changes_nothing(shop: Shop, fault: str) -> None:  # noqa: C901 - one case each
    actor, size = shop.daigou, "L"
    sent: dict[str, object] = {}
    refusal: type[Exception]
    match fault:
        case "sold out":
            other = shop.market.reseller()
            other.grab(shop.items["L"], 4)
            refusal = SoldOut
        case "limit":
            shop.daigou.grab(shop.items["L"], 3)
            refusal = OverLimit
        case "price":
            size, refusal = "XL", PriceChanged
        case "wallet":
            shop.market.paid_order(shop.daigou, shop.items["other"], 4)
            size, sent, refusal = "XL", {"expected_price_fen": 120_00}, InsufficientBalance
        case "over":
            sent, refusal = {"now": NOW + timedelta(hours=48)}, SaleNotLive
        case "style":
            size, refusal = "other", OtherStyle
        case "itself":
            size, refusal = "M", OtherStyle
        case "not hers":
            actor, refusal = shop.market.reseller(), NoSuchOrderLine
        case "too many":
            sent, refusal = {"units": 3}, NothingToRefund
        case "none":
            sent, refusal = {"units": 0}, NothingToRefund
        case "unpaid":
            sent, refusal = {"line_id": shop.daigou.grab(shop.items["M"], 1).lines[0].id}, NotExchangeable
        case "shipped":
            consignment_id = Consignment.objects.get().pk
            lines = [LineUnits(shop.line, 1)]
            number = "SF1234567890"
            ship(
                actor=shop.market.clerk,
                consignment_id=consignment_id,
                carrier="顺丰",
                tracking_no=number,
                lines=lines,
                now=NOW,
            )
            refusal = NotExchangeable
        case "short":
            report_out_of_stock(actor=shop.market.clerk, line_id=shop.line, units=1, note="", key="s", now=NOW)
            refusal = NotExchangeable
        case "shipping list":
            write_shipping_list(actor=shop.market.clerk, now=NOW)
            refusal = ListDownloaded
        case "picking list":
            make_picking_list(actor=shop.market.clerk, now=NOW)
            refusal = ListDownloaded
        case _:
            sent, refusal = {"key": " "}, KeyRequired
    before = shop.state()
    with pytest.raises(refusal):
        shop.exchange(size, actor=actor, **sent)
    assert shop.state() == before


def sign_in(client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: LATER)
    client.force_login(Person.objects.get(pk=shop.daigou.actor.own_id))


def test_order_page_exchanges_with_one_tap(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(client, shop, monkeypatch)
    page = client.get(f"/shop/orders/{shop.order.id}/").content.decode()
    assert "换颜色、尺码" in page
    xl = shop.items["XL"]
    sent = {"item": xl, f"price-{xl}": "12000", "units": "1", "key": "page"}
    after = client.post(f"/shop/orders/{shop.order.id}/lines/{shop.line}/exchange/", sent, follow=True).content.decode()
    assert "XL ×1" in after
    assert f"由订单 {shop.order.id} 的" in after
    assert "已换 1 件为" in client.get(f"/shop/orders/{shop.order.id}/").content.decode()
    write_shipping_list(actor=shop.market.clerk, now=LATER)
    assert "换颜色、尺码" not in client.get(f"/shop/orders/{shop.order.id}/").content.decode()
    refused = client.post(
        f"/shop/orders/{shop.order.id}/lines/{shop.line}/exchange/", sent | {"key": "k2"}, follow=True
    )
    assert "品牌已下载发货单" in refused.content.decode()
    assert Exchange.objects.count() == 1


def test_api_lists_options_and_exchanges(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: LATER)
    token = issue_token(actor=shop.daigou.actor, label="erp", now=NOW)
    headers = {"Authorization": f"Bearer {token}"}
    options = client.get(f"/api/v1/orders/{shop.order.id}/exchange-options", headers=headers).json()
    assert [(each["size"], each["price"], each["max_units"]) for each in options[0]["choices"]] == [
        ("S", "80.00", 2),
        ("L", "100.00", 2),
        ("XL", "120.00", 2),
    ]
    path = f"/api/v1/order-lines/{shop.line}/exchange"
    body = {"item_id": shop.items["S"], "expected_price": "80.00", "key": "erp-1"}
    answer = client.post(path, body, headers=headers, content_type="application/json")
    assert (answer.status_code, answer.json()["paid"], answer.json()["units"]) == (201, "160.00", 2)
    listed = client.get(f"/api/v1/orders/{shop.order.id}/exchanges", headers=headers).json()
    assert listed == [answer.json()]


def test_brand_lists_by_api_mark_what_is_to_ship(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: LATER)

    def get(path: str, actor: Actor) -> object:
        token = issue_token(actor=actor, label="erp", now=NOW)
        answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        return b"".join(answer.streaming_content) if answer.streaming else answer.json()  # type: ignore[attr-defined]

    get("/consignments?state=shipped", shop.market.clerk)
    get("/consignments", shop.market.ops)
    assert Consignment.objects.get().listed_at is None
    for path in (
        "/consignments",
        "/consignments?late_only=true",
        "/consignments/picking-list",
        "/consignments/workbook",
        "/brand/consignments/export?format=csv",
    ):
        Consignment.objects.update(listed_at=None)
        get(path, shop.market.clerk)
        assert Consignment.objects.get().listed_at == LATER, path


def test_wish_page_follows_an_exchange(shop: Shop) -> None:
    first = shop.exchange("L")
    second = shop.exchange("XL", line_id=OrderLine.objects.get(order=first.new_order_id).pk, expected_price_fen=120_00)
    lines = get_current_lines(shop.old_order(), reseller_id=shop.daigou.id)
    assert [(line_id, each.line.size) for line_id, each in lines.items()] == [(shop.line, "XL")]
    assert second.new_order_id != first.new_order_id


def test_exchange_of_a_style_in_packs_is_refused_and_one_with_a_mixed_minimum_is_not() -> None:
    shop = Shop()
    style_ids = [shop.order.lines[0].style_id]

    def set_terms(terms: QuantityTerms) -> None:
        brand_id = shop.market.brand_id
        set_quantity_terms(actor=shop.market.clerk, brand_id=brand_id, style_ids=style_ids, terms=terms, now=NOW)

    set_terms(QuantityTerms(pack={"M": 1, "L": 1}))
    with pytest.raises(ExchangeBreaksTerms):
        shop.exchange("L")
    assert get_exchange_options(shop.order, reseller_id=shop.daigou.id, tier=0, at=LATER) == {}
    assert (Exchange.objects.count(), units_of(shop.items["L"])[3]) == (0, 0)
    set_terms(QuantityTerms(2))
    assert shop.exchange("L").units == 2
