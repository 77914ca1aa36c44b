"""Orders and the quantity terms of their goods: minimum, multiple, packs, and the minimum of a brand (ORDER-14, SALE-9, BRAND-5)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from accounts.services.tokens import issue_token
from brands.rules import OrderMinimum
from brands.selectors.brands import NoSuchBrand
from brands.services import InvalidOrderMinimum, set_order_minimum
from flashsales.models import StyleQuantityTerms
from flashsales.rules import QuantityTerms
from flashsales.selectors.quantities import get_quantity_terms, list_sale_quantities, list_style_quantities
from flashsales.services.ending import end_early
from flashsales.services.planning import rerun
from flashsales.services.quantities import (
    InvalidQuantityTerms,
    NoSuchStyles,
    PackSizesMissing,
    set_quantity_terms,
)
from inventory.models import Style
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.selectors.orders import OrderView
from orders.services.cart import AlreadyInOrder, NotInPacks, change_packs, change_units, swap_item, take_out_style
from orders.services.placing import GrabLine, place_orders
from orders.services.placing_refusals import LinesRefused
from orders.services.quantity_refusals import BelowOrderAmount, BelowOrderUnits, NotWholePacks, QuantityNotAllowed
from orders.services.recipients import add_recipient
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class

PACK = {"S": 1, "M": 2, "L": 1}


@built_once_class
class Shop:
    """A style of three sizes and another style of one, in one sale; a reseller with two recipients."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.skus = {
            size: self.market.sku(units=20, base_price_fen=10_00, style_no="NOVA", size=size)
            for size in ("S", "M", "L")
        }
        self.plain_sku = self.market.sku(units=20, base_price_fen=20_00)
        self.sale = self.market.sale(*self.skus.values(), self.plain_sku)
        self.items = {size: item_of(self.sale, sku) for size, sku in self.skus.items()}
        self.plain = item_of(self.sale, self.plain_sku)
        self.style_id = Style.objects.get(style_no="NOVA").pk
        self.daigou: Daigou = self.market.reseller(wallet_fen=5_000_00)
        self.aunt = add_recipient(
            actor=self.daigou.actor, name="李婶", phone="13900139000", address="上海市徐汇区衡山路 2 号", now=NOW
        ).id

    def terms(self, terms: QuantityTerms | None, *, sale_id: int | None = None) -> None:
        actor = self.market.clerk if sale_id is None else self.market.ops
        set_quantity_terms(
            actor=actor,
            brand_id=self.market.brand_id,
            style_ids=[self.style_id],
            terms=terms,
            sale_id=sale_id,
            now=NOW,
        )

    def minimum(self, minimum: OrderMinimum) -> None:
        set_order_minimum(actor=self.market.clerk, brand_id=self.market.brand_id, minimum=minimum, now=NOW)

    def lines(self, recipient: int = 0, **units: int) -> list[GrabLine]:
        """Lines by size; `plain` is the other style."""
        items = self.items | {"plain": self.plain}
        return [GrabLine(items[size], count, recipient or self.daigou.recipient_id) for size, count in units.items()]

    def place(self, *lines: GrabLine, key: str = "k", take: Take = Take.ALL) -> OrderView:
        return place_orders(actor=self.daigou.actor, lines=lines, key=key, take=take, now=NOW)

    def held(self) -> list[int]:
        return [units_of(item)[2] for item in (*self.items.values(), self.plain)]


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def line_of(order: OrderView, item_id: int) -> int:
    return next(line.id for line in order.lines if line.item_id == item_id)


def test_place_orders_below_the_minimum_names_what_is_needed_and_orders_nothing(shop: Shop) -> None:
    shop.terms(QuantityTerms(6, 3))
    with pytest.raises(QuantityNotAllowed) as refused:
        shop.place(*shop.lines(S=2, M=2), *shop.lines(plain=1))
    assert refused.value.fields() == {
        "style_id": shop.style_id,
        "goods": "NOVA",
        "terms_zh": "6 件起批，按 3 件的倍数（可混色混码）",
        "terms_en": "at least 6 units, in multiples of 3 (colours and sizes mixed)",
        "units": 4,
        "min_units": 6,
        "multiple_of": 3,
        "needed_units": 6,
        "missing_units": 2,
    }
    assert "请改成 6 件" in refused.value.sentence("zh")
    assert (Order.objects.count(), shop.held()) == (0, [0, 0, 0, 0])


def test_place_orders_counts_the_minimum_over_sizes_and_recipients(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    order = shop.place(*shop.lines(S=2, M=2), *shop.lines(shop.aunt, M=2))
    assert (order.units, shop.held()) == (6, [2, 4, 0, 0])


def test_place_orders_counts_each_sku_where_the_terms_say_so(shop: Shop) -> None:
    shop.terms(QuantityTerms(3, per_sku=True))
    with pytest.raises(QuantityNotAllowed) as refused:
        shop.place(*shop.lines(S=3, M=2))
    assert (refused.value.goods, refused.value.units, refused.value.needed_units) == ("NOVA 黑 M", 2, 3)
    assert shop.place(*shop.lines(S=3, M=4)).units == 7


def test_place_orders_of_packs_refuses_what_is_no_whole_pack_for_a_recipient(shop: Shop) -> None:
    shop.terms(QuantityTerms(pack=PACK))
    with pytest.raises(NotWholePacks) as refused:
        shop.place(*shop.lines(S=1, M=3, L=1))
    assert (refused.value.asked, refused.value.needed) == ({"S": 1, "M": 3, "L": 1}, {"S": 2, "M": 4, "L": 2})
    # Two halves for two recipients are no pack.
    with pytest.raises(LinesRefused) as both:
        shop.place(*shop.lines(S=1, M=1), *shop.lines(shop.aunt, M=1, L=1))
    assert [(each["line"], each["code"]) for each in both.value.lines] == [
        (1, "orders.not_whole_packs"),
        (3, "orders.not_whole_packs"),
    ]
    assert Order.objects.count() == 0
    assert shop.place(*shop.lines(**PACK), *shop.lines(shop.aunt, S=2, M=4, L=2)).units == 12


def test_place_orders_below_the_minimum_of_a_brand_is_refused(shop: Shop) -> None:
    shop.minimum(OrderMinimum(min_fen=100_00, min_units=6))
    with pytest.raises(BelowOrderAmount) as amount:
        shop.place(*shop.lines(S=3, plain=2))
    assert (amount.value.min_fen, amount.value.asked_fen, amount.value.missing_fen) == (100_00, 70_00, 30_00)
    with pytest.raises(BelowOrderUnits) as units:
        shop.place(*shop.lines(plain=5))
    assert (units.value.units, units.value.missing_units) == (5, 1)
    assert Order.objects.count() == 0
    assert shop.place(*shop.lines(S=2, plain=4)).total_fen == 100_00


def test_place_orders_of_what_is_left_leaves_out_the_style_that_falls_below_its_minimum(shop: Shop) -> None:
    shop.terms(QuantityTerms(18))
    shop.market.reseller().grab(shop.plain, 1)
    shop.terms(None)
    shop.place(*shop.lines(S=15, M=15), key="before")
    shop.terms(QuantityTerms(18))
    order = shop.place(*shop.lines(S=10, M=10), *shop.lines(plain=2), key="k", take=Take.WHAT_IS_LEFT)
    assert [(line.item_id, line.units) for line in order.lines] == [(shop.plain, 2)]
    assert [(each.line, each.units, each.code) for each in order.refused_lines] == [
        (1, 10, "orders.too_few_left_for_terms"),
        (2, 10, "orders.too_few_left_for_terms"),
    ]
    assert "NOVA" in order.refused_lines[0].zh


def test_place_orders_of_what_is_left_takes_whole_packs(shop: Shop) -> None:
    shop.place(*shop.lines(M=15), key="before")
    shop.terms(QuantityTerms(pack=PACK))
    order = shop.place(*shop.lines(S=3, M=6, L=3), key="k", take=Take.WHAT_IS_LEFT)
    assert [line.units for line in order.lines] == [2, 4, 2]
    assert [(each.line, each.units, each.code) for each in order.refused_lines] == [
        (1, 1, "orders.too_few_left_for_terms"),
        (2, 2, "flashsales.sold_out"),
        (3, 1, "orders.too_few_left_for_terms"),
    ]


def test_place_orders_with_the_same_key_returns_the_order_though_the_terms_changed_since(shop: Shop) -> None:
    order = shop.place(*shop.lines(S=1))
    shop.terms(QuantityTerms(6))
    assert shop.place(*shop.lines(S=1)) == order


def test_place_orders_with_terms_needs_as_many_statements_for_many_lines_as_for_few(shop: Shop) -> None:
    counts = {}
    shop.place(*shop.lines(plain=1), key="warm")
    for name, terms in (("none", None), ("terms", QuantityTerms(2))):
        shop.terms(terms)
        for take in Take:
            for lines in (shop.lines(S=2), shop.lines(S=1, M=1, L=1, plain=1)):
                with CaptureQueriesContext(connection) as queries:
                    shop.place(*lines, key=f"{name} {take} {len(lines)}", take=take)
                counts[name, take, len(lines)] = len(queries)
    assert all(counts[name, take, 1] == counts[name, take, 4] for name, take, _ in counts)
    assert counts["terms", Take.ALL, 4] == counts["none", Take.ALL, 4] + 1
    assert counts["terms", Take.WHAT_IS_LEFT, 4] == counts["none", Take.WHAT_IS_LEFT, 4]


def test_ops_overrides_the_terms_of_a_style_in_one_sale(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    shop.terms(QuantityTerms(), sale_id=shop.sale)
    assert get_quantity_terms(shop.style_id, sale_id=shop.sale) is None
    assert shop.place(*shop.lines(S=1), key="free").units == 1
    [nova, _plain] = list_sale_quantities(shop.sale, shop.market.brand_id)
    assert (nova.brand_terms, nova.is_set_for_sale, nova.terms) == (QuantityTerms(6), True, None)
    shop.terms(None, sale_id=shop.sale)
    with pytest.raises(QuantityNotAllowed):
        shop.place(*shop.lines(S=1))


def test_rerun_keeps_the_terms_of_the_sale(shop: Shop) -> None:
    shop.terms(QuantityTerms(4), sale_id=shop.sale)
    end_early(actor=shop.market.ops, sale_id=shop.sale, reason="清仓", now=NOW + HOUR)
    again = rerun(actor=shop.market.ops, sale_id=shop.sale, starts_at=NOW + 2 * HOUR, now=NOW + HOUR)
    assert get_quantity_terms(shop.style_id, sale_id=again.id) == QuantityTerms(4)


def test_set_quantity_terms_of_many_styles_is_one_audited_act(shop: Shop) -> None:
    plain_id = Style.objects.exclude(style_no="NOVA").get().pk
    changed = set_quantity_terms(
        actor=shop.market.clerk,
        brand_id=shop.market.brand_id,
        style_ids=[shop.style_id, plain_id],
        terms=QuantityTerms(4, 2),
        now=NOW,
    )
    assert changed == 2
    views = {view.style_id: view for view in list_style_quantities(shop.market.brand_id).items}
    assert {style_id: view.terms for style_id, view in views.items()} == {
        shop.style_id: QuantityTerms(4, 2),
        plain_id: QuantityTerms(4, 2),
    }
    assert views[shop.style_id].sizes == ["S", "M", "L"]
    [entry] = AuditEntry.objects.filter(action="flashsales.set_quantity_terms")
    assert (entry.details["styles"], entry.details["terms"]["min_units"]) == (2, 4)


def test_set_quantity_terms_writes_sizes_as_the_style_does_and_refuses_others(shop: Shop) -> None:
    shop.terms(QuantityTerms(pack={"s": 1, "m": 2}))
    assert get_quantity_terms(shop.style_id, sale_id=shop.sale) == QuantityTerms(pack={"S": 1, "M": 2})
    with pytest.raises(PackSizesMissing) as refused:
        shop.terms(QuantityTerms(pack={"S": 1, "XL": 1}))
    assert (refused.value.style_no, refused.value.sizes) == ("NOVA", ["XL"])
    with pytest.raises(InvalidQuantityTerms) as invalid:
        shop.terms(QuantityTerms(7, 3))
    assert "请改成 9" in invalid.value.sentence("zh")
    assert get_quantity_terms(shop.style_id, sale_id=shop.sale) == QuantityTerms(pack={"S": 1, "M": 2})


def test_set_quantity_terms_is_for_the_brand_and_ops_only(shop: Shop) -> None:
    other = shop.market.new_clerk(shop.market.brand())
    brand_id, styles, terms = shop.market.brand_id, [shop.style_id], QuantityTerms(2)
    with pytest.raises(NoSuchBrand):
        set_quantity_terms(actor=other, brand_id=brand_id, style_ids=styles, terms=terms, now=NOW)
    with pytest.raises(NotAllowed):
        set_quantity_terms(actor=shop.daigou.actor, brand_id=brand_id, style_ids=styles, terms=terms, now=NOW)
    with pytest.raises(NotAllowed):
        set_quantity_terms(
            actor=shop.market.clerk, brand_id=brand_id, style_ids=styles, terms=terms, sale_id=shop.sale, now=NOW
        )
    with pytest.raises(NoSuchStyles):
        set_quantity_terms(actor=shop.market.ops, brand_id=brand_id, style_ids=[10**9], terms=terms, now=NOW)
    assert StyleQuantityTerms.objects.count() == 0


def test_set_order_minimum_is_audited_and_refuses_what_makes_no_sense(shop: Shop) -> None:
    shop.minimum(OrderMinimum(300_00, None))
    [entry] = AuditEntry.objects.filter(action="brands.set_order_minimum")
    assert entry.details["to"] == {"min_fen": 300_00, "min_units": None}
    with pytest.raises(InvalidOrderMinimum):
        shop.minimum(OrderMinimum(0, None))
    with pytest.raises(NotAllowed):
        set_order_minimum(
            actor=shop.daigou.actor, brand_id=shop.market.brand_id, minimum=OrderMinimum(1, None), now=NOW
        )
    assert AuditEntry.objects.filter(action="brands.set_order_minimum").count() == 1


def test_change_units_keeps_the_minimum_and_a_whole_style_can_be_taken_out(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    order = shop.place(*shop.lines(S=4, M=3, plain=1))
    line = line_of(order, shop.items["M"])
    with pytest.raises(QuantityNotAllowed) as refused:
        change_units(actor=shop.daigou.actor, line_id=line, units=1, now=NOW)
    assert (refused.value.units, refused.value.needed_units, shop.held()) == (5, 6, [4, 3, 0, 1])
    with pytest.raises(QuantityNotAllowed):
        change_units(actor=shop.daigou.actor, line_id=line, units=0, now=NOW)
    assert change_units(actor=shop.daigou.actor, line_id=line, units=2, now=NOW).units == 7
    assert change_units(actor=shop.daigou.actor, line_id=line, units=9, now=NOW).total_fen == 150_00
    rest = take_out_style(actor=shop.daigou.actor, line_id=line, now=NOW)
    assert ([(each.item_id, each.units) for each in rest.lines], rest.total_fen) == ([(shop.plain, 1)], 20_00)
    assert shop.held() == [0, 0, 0, 1]


def test_take_out_style_of_the_last_style_cancels_the_order(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    order = shop.place(*shop.lines(S=4, M=3))
    ended = take_out_style(actor=shop.daigou.actor, line_id=order.lines[0].id, now=NOW)
    assert (ended.state, shop.held()) == ("cancelled", [0, 0, 0, 0])


def test_taking_out_keeps_the_minimum_of_the_brand(shop: Shop) -> None:
    shop.minimum(OrderMinimum(min_units=5))
    order = shop.place(*shop.lines(S=4, plain=4))
    with pytest.raises(BelowOrderUnits):
        change_units(actor=shop.daigou.actor, line_id=line_of(order, shop.plain), units=0, now=NOW)
    assert shop.held() == [4, 0, 0, 4]
    assert change_units(actor=shop.daigou.actor, line_id=line_of(order, shop.plain), units=1, now=NOW).units == 5


def test_swap_item_keeps_the_terms(shop: Shop) -> None:
    shop.terms(QuantityTerms(pack=PACK))
    order = shop.place(*shop.lines(**PACK))
    with pytest.raises(NotWholePacks):
        change_units(actor=shop.daigou.actor, line_id=line_of(order, shop.items["M"]), units=3, now=NOW)
    with pytest.raises(AlreadyInOrder):
        swap_item(actor=shop.daigou.actor, line_id=line_of(order, shop.items["M"]), item_id=shop.items["S"], now=NOW)
    shop.terms(QuantityTerms(3, per_sku=True))
    mixed = shop.place(*shop.lines(S=3), key="sku")
    swapped = swap_item(actor=shop.daigou.actor, line_id=mixed.lines[0].id, item_id=shop.items["M"], now=NOW)
    assert [(line.item_id, line.units) for line in swapped.lines] == [(shop.items["M"], 3)]
    shop.terms(QuantityTerms(pack={"S": 1}))
    with pytest.raises(NotWholePacks):
        swap_item(actor=shop.daigou.actor, line_id=swapped.lines[0].id, item_id=shop.items["L"], now=NOW)
    assert shop.held() == [1, 5, 1, 0]


def test_change_packs_changes_all_sizes_at_once(shop: Shop) -> None:
    shop.terms(QuantityTerms(pack=PACK))
    order = shop.place(*shop.lines(**PACK), *shop.lines(shop.aunt, **PACK), *shop.lines(plain=1))
    line = order.lines[0].id
    more = change_packs(actor=shop.daigou.actor, line_id=line, packs=3, now=NOW)
    assert [each.units for each in more.lines] == [3, 6, 3, 1, 2, 1, 1]
    assert (more.total_fen, shop.held()) == (180_00, [4, 8, 4, 1])
    fewer = change_packs(actor=shop.daigou.actor, line_id=line, packs=0, now=NOW)
    assert ([each.units for each in fewer.lines], shop.held()) == ([1, 2, 1, 1], [1, 2, 1, 1])
    with pytest.raises(NotInPacks):
        change_packs(actor=shop.daigou.actor, line_id=line_of(fewer, shop.plain), packs=2, now=NOW)


def test_change_packs_beyond_the_stock_changes_nothing(shop: Shop) -> None:
    shop.terms(QuantityTerms(pack=PACK))
    order = shop.place(*shop.lines(**PACK))
    with pytest.raises(Exception, match="sold_out"):
        change_packs(actor=shop.daigou.actor, line_id=order.lines[0].id, packs=11, now=NOW)
    assert shop.held() == [1, 2, 1, 0]


def test_the_api_shows_the_terms_and_refuses_with_fields(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    clerk = {"Authorization": f"Bearer {issue_token(actor=shop.market.clerk, label='erp', now=NOW)}"}
    body = {"style_ids": [shop.style_id], "pack": PACK}
    answer = client.put("/api/v1/quantity-terms", body, content_type="application/json", headers=clerk)
    assert (answer.status_code, answer.json()) == (200, {"styles": 1})
    minimum = client.put(
        "/api/v1/brands/mine/order-minimum", {"min_amount": "50.00"}, content_type="application/json", headers=clerk
    )
    assert minimum.json()["min_order"] == "50.00"
    headers = {"Authorization": f"Bearer {issue_token(actor=shop.daigou.actor, label='erp', now=NOW)}"}
    style = client.get(f"/api/v1/sales/{shop.sale}/styles/{shop.style_id}", headers=headers).json()
    assert style["quantity_terms"]["pack"] == PACK
    assert style["quantity_terms"]["zh"] == "整手 S×1 M×2 L×1"
    assert style["order_minimum"] == {"min": "50.00", "min_units": None}
    line = {"item_id": shop.items["M"], "units": 3, "recipient_id": shop.aunt}
    refused = client.post(
        "/api/v1/orders", {"key": "a", "lines": [line]}, content_type="application/json", headers=headers
    )
    assert refused.status_code == 409
    assert [each["code"] for each in refused.json()["fields"]["lines"]] == [
        "orders.not_whole_packs",
        "orders.below_order_amount",
    ]
    line["units"] = 6
    packs = client.post(
        "/api/v1/orders", {"key": "a", "lines": [line]}, content_type="application/json", headers=headers
    ).json()
    assert (packs["code"], packs["fields"]["needed"]) == ("orders.not_whole_packs", {"S": 3, "M": 6, "L": 3})
    assert Order.objects.count() == 0
