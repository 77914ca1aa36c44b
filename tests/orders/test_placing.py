"""Placing many lines in one order: all or none, or what is left (ORDER-7)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.services.tokens import issue_token
from flashsales.rules import Offer, Phase, Shortfall
from flashsales.services.units import OverLimit, SoldOut
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.lines import MAX_LINES, AllocatedUnits, OrderShortfall, RequestedUnits, Take, allocate
from orders.selectors.orders import OrderView
from orders.services.credit import UnpaidLimitExceeded
from orders.services.placing import GrabLine, InvalidGrab, OrderKeyConflict, RemarkTooLong, place_orders
from orders.services.placing_refusals import LinesRefused
from orders.services.recipients import add_recipient
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class


@built_once_class
class Shop:
    """Two brands with a sale each; a reseller with two recipients."""

    def __init__(self) -> None:
        self.market = Marketplace()
        other = self.market.brand()
        self.plenty_sku = self.market.sku(units=50, base_price_fen=10_00)
        self.scarce_sku = self.market.sku(units=3, base_price_fen=20_00)
        self.other_sku = self.market.sku(units=5, base_price_fen=30_00, brand_id=other)
        sale = self.market.sale(self.plenty_sku, self.scarce_sku)
        self.plenty, self.scarce = item_of(sale, self.plenty_sku), item_of(sale, self.scarce_sku)
        self.other = item_of(self.market.sale(self.other_sku, brand_id=other), self.other_sku)
        self.daigou: Daigou = self.market.reseller()
        self.aunt = add_recipient(
            actor=self.daigou.actor, name="李婶", phone="13900139000", address="上海市徐汇区衡山路 2 号", now=NOW
        ).id

    def place(self, *lines: GrabLine, key: str = "k", take: Take = Take.WHAT_IS_LEFT) -> OrderView:
        return place_orders(actor=self.daigou.actor, lines=lines, key=key, take=take, now=NOW)

    def line(self, item: int, units: int, recipient: int = 0, **more: object) -> GrabLine:
        return GrabLine(item, units, recipient or self.daigou.recipient_id, **more)  # type: ignore[arg-type]


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def test_place_orders_takes_lines_of_several_sales_and_recipients_in_one_order(shop: Shop) -> None:
    order = shop.place(
        shop.line(shop.plenty, 2, remark="送礼，请附袋"),
        shop.line(shop.plenty, 1, shop.aunt),
        shop.line(shop.other, 1, shop.aunt, source="wish:7"),
        take=Take.ALL,
    )
    assert (order.total_fen, order.units, order.refused_lines) == (60_00, 4, [])
    assert [(line.recipient.id, line.remark) for line in order.lines] == [
        (shop.daigou.recipient_id, "送礼，请附袋"),
        (shop.aunt, ""),
        (shop.aunt, ""),
    ]
    assert list(OrderLine.objects.order_by("pk").values_list("source", flat=True)) == ["", "", "wish:7"]
    assert units_of(shop.plenty) == (50, 47, 3, 0)


def test_place_orders_of_all_names_each_line_that_cannot_be_had_and_takes_nothing(shop: Shop) -> None:
    with pytest.raises(LinesRefused) as refused:
        shop.place(shop.line(shop.plenty, 1), shop.line(shop.scarce, 4), shop.line(shop.other, 6), take=Take.ALL)
    assert [(line["line"], line["item_id"], line["units"], line["code"]) for line in refused.value.lines] == [
        (2, shop.scarce, 1, "flashsales.sold_out"),
        (3, shop.other, 1, "flashsales.sold_out"),
    ]
    assert "第 2 行 手慢了" in refused.value.sentence("zh")
    assert Order.objects.count() == 0
    assert [units_of(item)[2] for item in (shop.plenty, shop.scarce, shop.other)] == [0, 0, 0]


def test_place_orders_of_what_is_left_takes_it_in_the_order_of_the_lines(shop: Shop) -> None:
    order = shop.place(
        shop.line(shop.scarce, 2), shop.line(shop.scarce, 2, shop.aunt), shop.line(shop.other, 9), shop.line(10**9, 1)
    )
    assert [(line.item_id, line.recipient.id, line.units) for line in order.lines] == [
        (shop.scarce, shop.daigou.recipient_id, 2),
        (shop.scarce, shop.aunt, 1),
        (shop.other, shop.daigou.recipient_id, 5),
    ]
    assert [(each.line, each.units, each.code) for each in order.refused_lines] == [
        (2, 1, "flashsales.sold_out"),
        (3, 4, "flashsales.sold_out"),
        (4, 1, "flashsales.no_such_item"),
    ]
    assert (order.total_fen, units_of(shop.scarce), units_of(shop.other)) == (210_00, (3, 0, 3, 0), (5, 0, 5, 0))


def test_place_orders_with_the_same_key_returns_the_same_order_with_what_was_refused(shop: Shop) -> None:
    lines = (shop.line(shop.scarce, 2), shop.line(shop.other, 9))
    first = shop.place(*lines)
    assert shop.place(*lines) == first
    assert units_of(shop.other) == (5, 0, 5, 0)
    with pytest.raises(OrderKeyConflict):
        shop.place(shop.line(shop.scarce, 2), shop.line(shop.other, 5))
    assert Order.objects.count() == 1


def test_place_orders_refuses_where_nothing_is_left_and_leaves_the_key_free(shop: Shop) -> None:
    shop.market.reseller().grab(shop.scarce, 3)
    with pytest.raises(SoldOut) as refused:
        shop.place(shop.line(shop.scarce, 1))
    assert refused.value.available == 0
    assert Order.objects.count() == 1
    assert shop.place(shop.line(shop.plenty, 1)).units == 1


@pytest.mark.django_db
def test_place_orders_of_what_is_left_stops_at_limits_and_credit() -> None:
    market = Marketplace()
    skus = [market.sku(units=40, base_price_fen=100_00) for _ in range(2)]
    limited = market.sale(*skus, item_limit=8, limit_units=14)
    free_sku = market.sku(units=40, base_price_fen=100_00)
    free = item_of(market.sale(free_sku), free_sku)
    daigou = market.reseller()
    lines = [GrabLine(item_of(limited, sku), 10, daigou.recipient_id) for sku in skus]
    lines.append(GrabLine(free, 10, daigou.recipient_id))
    order = place_orders(actor=daigou.actor, lines=lines, key="k", take=Take.WHAT_IS_LEFT, now=NOW)
    assert [line.units for line in order.lines] == [8, 6, 6]
    assert [(each.line, each.units, each.code) for each in order.refused_lines] == [
        (1, 2, OverLimit.code),
        (2, 4, OverLimit.code),
        (3, 4, UnpaidLimitExceeded.code),
    ]
    assert order.total_fen == 2_000_00


def test_place_orders_refuses_a_line_whose_price_changed_and_takes_the_others(shop: Shop) -> None:
    order = shop.place(
        shop.line(shop.plenty, 1, expected_price_fen=10_00), shop.line(shop.other, 1, expected_price_fen=29_00)
    )
    assert [line.item_id for line in order.lines] == [shop.plenty]
    [refused] = order.refused_lines
    assert (refused.code, refused.units) == ("orders.price_changed", 1)
    assert "¥29.00" in refused.zh
    assert "¥30.00" in refused.zh


def test_place_orders_refuses_a_long_remark_and_too_many_lines(shop: Shop) -> None:
    with pytest.raises(RemarkTooLong) as refused:
        shop.place(shop.line(shop.plenty, 1), shop.line(shop.other, 1, remark="长" * 101))
    assert refused.value.line == 2
    with pytest.raises(InvalidGrab):
        shop.place(*[shop.line(item, 1) for item in range(1, MAX_LINES + 2)])
    assert Order.objects.count() == 0


@pytest.mark.django_db
def test_place_orders_of_fifty_lines_needs_as_many_statements_as_of_one() -> None:
    market = Marketplace()
    skus = [market.sku(units=9, base_price_fen=1_00) for _ in range(50)]
    sale = market.sale(*skus)
    daigou = market.reseller()
    lines = [GrabLine(item_of(sale, sku), 2, daigou.recipient_id) for sku in skus]
    counts = {}
    for take in Take:
        for count in (1, 50):
            with CaptureQueriesContext(connection) as queries:
                place_orders(actor=daigou.actor, lines=lines[:count], key=f"{take} {count}", take=take, now=NOW)
            counts[take, count] = len(queries)
    assert counts[Take.ALL, 50] == counts[Take.ALL, 1] <= 13
    assert counts[Take.WHAT_IS_LEFT, 50] == counts[Take.WHAT_IS_LEFT, 1] <= 15
    again = []
    for count in (1, 50):
        with CaptureQueriesContext(connection) as queries:
            place_orders(actor=daigou.actor, lines=lines[:count], key=f"{Take.ALL} {count}", take=Take.ALL, now=NOW)
        again.append(len(queries))
    assert again[1] == again[0] <= 16, "the same key again"


def test_place_orders_by_api_says_what_was_refused(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    headers = {"Authorization": f"Bearer {issue_token(actor=shop.daigou.actor, label='erp', now=NOW)}"}
    lines = [
        {"item_id": shop.plenty, "units": 1, "recipient_id": shop.aunt, "remark": "先发"},
        {"item_id": shop.scarce, "units": 4, "recipient_id": shop.aunt},
    ]
    body = {"key": "api", "lines": lines, "take": "what_is_left"}
    answer = client.post("/api/v1/orders", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201
    order = answer.json()
    assert [(line["units"], line["remark"]) for line in order["lines"]] == [(1, "先发"), (3, "")]
    assert [(each["line"], each["units"], each["code"]) for each in order["refused_lines"]] == [
        (2, 1, "flashsales.sold_out")
    ]


def offer(item_id: int, available: int, **more: object) -> Offer:
    base = Offer(item_id, 1, 1, 1, 1, "黑", "M", "goods", "sale", Phase.LIVE, 10, available, None, 0, None, 0)
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("requests", "offers", "allowance", "expected"),
    [
        ([RequestedUnits(1, 2)], [offer(1, 5)], None, [(2, None)]),
        ([RequestedUnits(1, 2), RequestedUnits(1, 2)], [offer(1, 3)], None, [(2, None), (1, Shortfall.SOLD_OUT)]),
        ([RequestedUnits(1, 2)], [offer(1, 5, phase=Phase.ENDED)], None, [(0, Shortfall.NOT_LIVE)]),
        ([RequestedUnits(1, 2)], [offer(1, 5, price_fen=None)], None, [(0, Shortfall.NO_SUCH_ITEM)]),
        ([RequestedUnits(1, 3, 9)], [offer(1, 2)], None, [(0, OrderShortfall.PRICE_CHANGED)]),
        ([RequestedUnits(1, 3)], [offer(1, 5)], 25, [(2, OrderShortfall.OVER_CREDIT)]),
        ([RequestedUnits(1, 3)], [offer(1, 5)], -5, [(0, OrderShortfall.OVER_CREDIT)]),
        ([RequestedUnits(1, 3)], [offer(1, 5, item_limit=4, item_taken=3)], None, [(1, Shortfall.OVER_ITEM_LIMIT)]),
        (
            [RequestedUnits(1, 3), RequestedUnits(2, 3)],
            [offer(1, 5, sale_limit=4), offer(2, 5, sale_limit=4)],
            None,
            [(3, None), (1, Shortfall.OVER_SALE_LIMIT)],
        ),
    ],
)
def test_allocate(
    requests: Sequence[RequestedUnits],
    offers: Sequence[Offer],
    allowance: int | None,
    expected: list[tuple[int, Shortfall | OrderShortfall | None]],
) -> None:
    by_id = {each.item_id: each for each in offers}
    assert allocate(requests, by_id, allowance_fen=allowance) == [AllocatedUnits(*each) for each in expected]


@given(
    requests=st.lists(
        st.builds(RequestedUnits, st.integers(1, 3), st.integers(1, 6), st.sampled_from([None, None, 10, 11])),
        max_size=8,
    ),
    available=st.lists(st.integers(0, 8), min_size=3, max_size=3),
    item_limit=st.none() | st.integers(0, 6),
    sale_limit=st.none() | st.integers(0, 12),
    allowance=st.none() | st.integers(-20, 200),
)
def test_allocate_never_exceeds_stock_limits_or_credit(
    requests: list[RequestedUnits],
    available: list[int],
    item_limit: int | None,
    sale_limit: int | None,
    allowance: int | None,
) -> None:
    offers = {
        number: offer(number, units, item_limit=item_limit, sale_limit=sale_limit)
        for number, units in enumerate(available, 1)
    }
    allocated = allocate(requests, offers, allowance_fen=allowance)
    taken = dict.fromkeys(offers, 0)
    for request, got in zip(requests, allocated, strict=True):
        assert 0 <= got.units <= request.units
        assert (got.shortfall is None) == (got.units == request.units)
        taken[request.item_id] += got.units
    assert all(units <= offers[item].available for item, units in taken.items())
    assert item_limit is None or all(units <= item_limit for units in taken.values())
    assert sale_limit is None or sum(taken.values()) <= sale_limit
    assert allowance is None or sum(taken.values()) * 10 <= max(allowance, 0)
