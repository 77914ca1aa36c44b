"""Freight from the terms of a sale to the statement (SALE-18, ORDER-16, AFTER-22, SETTLE-1)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from aftersales.models.refunds import Refund
from aftersales.rules import CaseReason
from aftersales.services import cases
from aftersales.services.exchanges import exchange
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from flashsales.rules.freight import FREE, FreightTerms, ReturnPayer, freight_of
from flashsales.selectors.freight import get_sale_freight
from flashsales.services import publishing
from flashsales.services.freight import InvalidFreightTerms, set_brand_freight, set_sale_freight
from flashsales.services.locking import NotADraft
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from membership.models import GrowthEntry
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.freight import FreightLine, PaidFreight, freight_of_lines, freight_to_return
from orders.rules.lines import Take
from orders.selectors.orders import OrderView, get_wallet_balance_fen
from orders.services import cart, recipients
from orders.services.credit import UnpaidLimitExceeded
from orders.services.freight import FreightChanged
from orders.services.payment import TotalChanged, pay, pay_orders
from orders.services.placing import GrabLine, place_orders
from orders.services.shipping import ship
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

PIECES = FreightTerms(first_fen=8_00, further_fen=2_00)
THREE_FREE = FreightTerms(first_fen=8_00, further_fen=2_00, free_from_units=3)

_terms = st.builds(
    FreightTerms,
    first_fen=st.integers(0, 100_00),
    further_fen=st.integers(0, 50_00),
    free_from_fen=st.none() | st.integers(1, 500_00),
    free_from_units=st.none() | st.integers(2, 20),
)
_lines = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.integers(1, 90_00)), min_size=1, max_size=8)


@given(units=st.integers(0, 500), goods_fen=st.integers(0, 10_000_00), terms=_terms)
def test_freight_of_is_never_negative_and_grows_with_units_without_thresholds(
    units: int, goods_fen: int, terms: FreightTerms
) -> None:
    fen = freight_of(units=units, goods_fen=goods_fen, terms=terms)
    assert fen >= 0
    if terms.free_from_fen is None and terms.free_from_units is None:
        assert freight_of(units=units + 1, goods_fen=goods_fen, terms=terms) >= fen
    assert freight_of(units=units, goods_fen=goods_fen, terms=FREE) == 0


@given(lines=_lines, terms=_terms)
def test_freight_of_lines_is_the_sum_over_the_groups(lines: list[tuple[int, int, int]], terms: FreightTerms) -> None:
    wanted = [FreightLine(group, units, price, terms) for group, units, price in lines]
    freight = freight_of_lines(wanted)
    assert min(freight) >= 0
    for group in {group for group, *_ in lines}:
        own = [(units, price) for each, units, price in lines if each == group]
        due = freight_of(
            units=sum(units for units, _ in own), goods_fen=sum(units * price for units, price in own), terms=terms
        )
        assert sum(fen for fen, (each, *_) in zip(freight, lines, strict=True) if each == group) == due


@given(lines=_lines, terms=_terms, data=st.data())
def test_freight_to_return_gives_all_back_in_the_end_and_never_more_than_was_paid(
    lines: list[tuple[int, int, int]], terms: FreightTerms, data: st.DataObject
) -> None:
    freight = freight_of_lines([FreightLine("one", units, price, terms) for _, units, price in lines])
    left = {n: [units, price, fen] for n, ((_, units, price), fen) in enumerate(zip(lines, freight, strict=True))}
    while any(units for units, *_ in left.values()):
        line_id = data.draw(st.sampled_from([n for n, (units, *_) in left.items() if units]))
        units = data.draw(st.integers(1, left[line_id][0]))
        rows = [PaidFreight(n, *each) for n, each in left.items()]
        for other, fen in freight_to_return(rows, line_id=line_id, units=units, terms=terms).items():
            left[other][2] -= fen
            assert left[other][2] >= 0
        left[line_id][0] -= units
        kept = sum(fen for *_, fen in left.values())
        goods_fen = sum(units * price for units, price, _ in left.values())
        owed = freight_of(units=sum(units for units, *_ in left.values()), goods_fen=goods_fen, terms=terms)
        assert kept <= max(owed, 0) or not owed
    assert sum(fen for *_, fen in left.values()) == 0


@built_once_class
class FreightSale:
    """A live sale of two SKUs at ¥20 and ¥30 with freight, and a reseller with ¥1,000."""

    def __init__(self, terms: FreightTerms = PIECES, wallet_fen: int = 1_000_00) -> None:
        self.market = Marketplace()
        skus = [
            self.market.sku(base_price_fen=20_00, style_no="F1", size="M"),
            self.market.sku(base_price_fen=30_00, style_no="F2", size="M"),
            self.market.sku(base_price_fen=20_00, style_no="F1", size="L"),
        ]
        set_brand_freight(actor=self.market.ops, brand_id=self.market.brand_id, terms=terms, now=NOW)
        self.sale_id = self.market.sale(*skus)
        self.items = [item_of(self.sale_id, sku) for sku in skus]
        self.daigou: Daigou = self.market.reseller(wallet_fen=wallet_fen)

    def place(self, *units: int, expected_fen: int | None = None, take: Take = Take.ALL, key: str = "k") -> OrderView:
        lines = [
            GrabLine(item, count, self.daigou.recipient_id)
            for item, count in zip(self.items, units, strict=False)
            if count
        ]
        return place_orders(
            actor=self.daigou.actor, lines=lines, key=key, take=take, expected_freight_fen=expected_fen, now=NOW
        )

    def paid(self, *units: int) -> OrderView:
        return pay(actor=self.daigou.actor, order_id=self.place(*units).id, now=NOW)

    def ship(self, order: OrderView) -> None:
        consignment = Consignment.objects.get(order_id=order.id)
        ship(
            actor=self.market.clerk,
            consignment_id=consignment.pk,
            carrier="顺丰速运",
            tracking_no="SF1234567890123",
            now=NOW,
        )

    @property
    def payable_fen(self) -> int:
        return get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, self.market.brand_id))


def _nothing_is_wrong() -> None:
    assert [violation.what for violation in all_violations()] == []


@pytest.mark.django_db
def test_place_orders_adds_the_freight_of_each_recipient() -> None:
    shop = FreightSale()
    other = recipients.add_recipient(
        actor=shop.daigou.actor, name="李四", phone="13900139000", address="上海市徐汇区漕溪路 2 号", now=NOW
    )
    lines = [
        GrabLine(shop.items[0], 2, shop.daigou.recipient_id),
        GrabLine(shop.items[1], 1, shop.daigou.recipient_id),
        GrabLine(shop.items[0], 1, other.id),
    ]
    order = place_orders(actor=shop.daigou.actor, lines=lines, key="two", expected_freight_fen=20_00, now=NOW)
    assert (order.freight_fen, order.total_fen) == (12_00 + 8_00, 90_00 + 20_00)
    assert [line.freight_fen for line in order.lines] == [8_00, 4_00, 8_00]
    pay_orders(actor=shop.daigou.actor, order_ids=[order.id], expected_total_fen=110_00, now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00 - 110_00
    # The brand gets its part of the goods (80 %) and all of the freight; growth counts goods only.
    assert shop.payable_fen == 72_00 + 20_00
    assert GrowthEntry.objects.get(order_id=order.id, kind=1).amount_fen == 90_00
    _nothing_is_wrong()


@pytest.mark.django_db
def test_place_orders_at_another_freight_than_she_saw_orders_nothing() -> None:
    shop = FreightSale()
    with pytest.raises(FreightChanged) as refused:
        shop.place(1, 1, expected_fen=8_00)
    assert (refused.value.expected_fen, refused.value.freight_fen) == (8_00, 10_00)
    assert (Order.objects.count(), units_of(shop.items[0])) == (0, (10, 10, 0, 0))
    free = FreightSale(FREE)
    with pytest.raises(FreightChanged):
        free.place(1, expected_fen=8_00)
    assert free.place(1, expected_fen=0).total_fen == 20_00


@pytest.mark.django_db
def test_freight_counts_against_the_unpaid_limit() -> None:
    """A trial member may hold ¥2,000: 66 units of ¥30 are within it, with their freight they are not."""
    market = Marketplace()
    sku = market.sku(base_price_fen=30_00, units=100)
    set_brand_freight(actor=market.ops, brand_id=market.brand_id, terms=PIECES, now=NOW)
    item, daigou = item_of(market.sale(sku), sku), market.reseller()
    lines = [GrabLine(item, 66, daigou.recipient_id)]
    with pytest.raises(UnpaidLimitExceeded) as refused:
        place_orders(actor=daigou.actor, lines=lines, key="a", now=NOW)
    assert refused.value.order_total_fen == 66 * 30_00 + 8_00 + 65 * 2_00
    assert (Order.objects.count(), units_of(item)) == (0, (100, 100, 0, 0))
    order = place_orders(actor=daigou.actor, lines=lines, key="b", take=Take.WHAT_IS_LEFT, now=NOW)
    assert order.total_fen <= 2_000_00
    assert order.units < 66


@pytest.mark.django_db
def test_a_change_in_the_cart_counts_freight_again() -> None:
    shop = FreightSale(THREE_FREE)
    order = shop.place(2, 1)
    assert (order.freight_fen, order.total_fen) == (0, 70_00)
    changed = cart.change_units(actor=shop.daigou.actor, line_id=order.lines[0].id, units=1, now=NOW)
    assert (changed.freight_fen, changed.total_fen) == (10_00, 60_00)
    with pytest.raises(TotalChanged):
        pay_orders(actor=shop.daigou.actor, order_ids=[order.id], expected_total_fen=50_00, now=NOW)
    pay_orders(actor=shop.daigou.actor, order_ids=[order.id], expected_total_fen=60_00, now=NOW)
    _nothing_is_wrong()


@pytest.mark.django_db
def test_refunds_before_shipping_return_what_is_owed_no_more() -> None:
    shop = FreightSale()
    order = shop.paid(2, 1)
    first, second = order.lines
    assert (order.freight_fen, [line.freight_fen for line in order.lines]) == (12_00, [8_00, 4_00])
    before = get_wallet_balance_fen(shop.daigou.id)
    refund_unshipped(actor=shop.market.ops, line_id=second.id, units=1, note="", key="a", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == before + 30_00 + 2_00
    report_out_of_stock(actor=shop.market.clerk, line_id=first.id, units=1, note="", key="b", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == before + 50_00 + 4_00
    _nothing_is_wrong()
    report_out_of_stock(actor=shop.market.clerk, line_id=first.id, units=1, note="", key="c", now=NOW)
    assert (get_wallet_balance_fen(shop.daigou.id), shop.payable_fen) == (1_000_00, 0)
    assert list(OrderLine.objects.order_by("pk").values_list("freight_fen", "returned_freight_fen")) == [
        (8_00, 8_00),
        (4_00, 4_00),
    ]
    assert list(Refund.objects.order_by("pk").values_list("freight_fen", flat=True)) == [2_00, 2_00, 8_00]
    _nothing_is_wrong()


@pytest.mark.django_db
def test_a_refund_below_the_free_threshold_asks_for_nothing() -> None:
    shop = FreightSale(THREE_FREE)
    order = shop.paid(3)
    refund_unshipped(actor=shop.market.ops, line_id=order.lines[0].id, units=2, note="", key="a", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00 - 20_00
    _nothing_is_wrong()


@pytest.mark.django_db
def test_exchange_takes_the_freight_with_the_goods() -> None:
    shop = FreightSale()
    order = shop.paid(2)
    exchange(actor=shop.daigou.actor, line_id=order.lines[0].id, item_id=shop.items[2], key="x", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00 - 40_00 - 10_00
    assert list(Order.objects.order_by("pk").values_list("freight_fen", "total_fen")) == [(10_00, 50_00)] * 2
    assert shop.payable_fen == 32_00 + 10_00
    _nothing_is_wrong()


@pytest.mark.django_db
@pytest.mark.parametrize("payer", [ReturnPayer.BRAND, ReturnPayer.PLATFORM, ReturnPayer.RESELLER])
def test_a_returned_case_pays_return_freight_by_the_terms(payer: ReturnPayer) -> None:
    shop = FreightSale(FreightTerms(first_fen=8_00, return_fen=10_00, fault_payer=payer))
    order = shop.paid(2)
    shop.ship(order)
    line_id, before = order.lines[0].id, get_wallet_balance_fen(shop.daigou.id)
    case = cases.open_case(
        actor=shop.daigou.actor, line_id=line_id, units=1, reason=CaseReason.FAULTY, evidence="开线", key="c", now=NOW
    )
    cases.approve(actor=shop.market.ops, case_id=case.id, return_address="杭州市 1 号", now=NOW)
    cases.send_back(
        actor=shop.daigou.actor, case_id=case.id, carrier="顺丰速运", tracking_no="SF1234567890999", now=NOW
    )
    cases.receive_and_refund(actor=shop.market.ops, case_id=case.id, now=NOW + timedelta(hours=3))
    paid_fen = 0 if payer is ReturnPayer.RESELLER else 10_00
    assert get_wallet_balance_fen(shop.daigou.id) == before + 20_00 + paid_fen
    # Shipping was carried out, so its freight stays with the brand.
    assert shop.payable_fen == 16_00 + 8_00 - (10_00 if payer is ReturnPayer.BRAND else 0)
    refund = Refund.objects.get()
    assert (refund.amount_fen, refund.return_freight_fen) == (20_00, paid_fen)
    _nothing_is_wrong()


@pytest.mark.django_db
def test_return_freight_does_not_spend_what_other_lines_earned() -> None:
    shop = FreightSale(FreightTerms(return_fen=10_00, fault_payer=ReturnPayer.BRAND))
    order = shop.paid(1, 1)
    shop.ship(order)
    for line, number in zip(order.lines, "12", strict=True):
        case = cases.open_case(
            actor=shop.daigou.actor,
            line_id=line.id,
            units=1,
            reason=CaseReason.FAULTY,
            evidence="开线",
            key=number,
            now=NOW,
        )
        cases.approve(actor=shop.market.ops, case_id=case.id, return_address="杭州市 1 号", now=NOW)
        tracking_no = f"SF123456789099{number}"
        cases.send_back(actor=shop.daigou.actor, case_id=case.id, carrier="顺丰速运", tracking_no=tracking_no, now=NOW)
        cases.receive_and_refund(actor=shop.market.ops, case_id=case.id, now=NOW + timedelta(hours=3))
    # Nothing is left of either line for its freight, so the platform bears it, and the second refund has its money.
    assert set(Refund.objects.values_list("return_freight_by", "return_freight_fen")) == {("platform", 10_00)}
    assert (shop.payable_fen, get_wallet_balance_fen(shop.daigou.id)) == (0, 1_000_00 + 20_00)
    _nothing_is_wrong()


@pytest.mark.django_db
def test_terms_are_frozen_at_publication() -> None:
    market = Marketplace()
    sku, other = market.sku(base_price_fen=20_00), market.sku(base_price_fen=20_00)
    set_brand_freight(actor=market.ops, brand_id=market.brand_id, terms=PIECES, now=NOW)
    sale_id, draft_id = market.sale(sku), market.draft(other)
    set_brand_freight(actor=market.ops, brand_id=market.brand_id, terms=FREE, now=NOW)
    assert get_sale_freight(sale_id).terms == PIECES
    assert get_sale_freight(draft_id).terms == FREE
    set_sale_freight(actor=market.ops, sale_id=draft_id, terms=THREE_FREE, now=NOW)
    publishing.publish(actor=market.ops, sale_id=draft_id, now=NOW)
    view = get_sale_freight(draft_id)
    assert (view.terms, view.are_own, view.are_frozen) == (THREE_FREE, True, True)
    with pytest.raises(NotADraft):
        set_sale_freight(actor=market.ops, sale_id=draft_id, terms=FREE, now=NOW)
    assert get_sale_freight(draft_id).terms == THREE_FREE
    assert AuditEntry.objects.filter(action="flashsales.set_freight").count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        (FreightTerms(first_fen=-1), "amount"),
        (FreightTerms(first_fen=1_000_01), "amount"),
        (FreightTerms(first_fen=1, further_fen=2), "order"),
        (FreightTerms(free_from_units=3), "free_from"),
        (FreightTerms(first_fen=8_00, free_from_units=1), "free_from"),
    ],
)
def test_terms_that_make_no_sense_are_refused(terms: FreightTerms, fault: str) -> None:
    market = Marketplace()
    with pytest.raises(InvalidFreightTerms) as refused:
        set_brand_freight(actor=market.ops, brand_id=market.brand_id, terms=terms, now=NOW)
    assert refused.value.fault == fault
    assert not AuditEntry.objects.filter(action="flashsales.set_freight").exists()
