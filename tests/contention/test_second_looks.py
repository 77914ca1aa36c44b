"""Acts that meet at one instant and share no obvious row: late money, repeated orders, terms, claims, cases, erasure."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from aftersales.models.cases import Case
from aftersales.models.refunds import CarrierClaim, Exchange
from aftersales.rules import CaseReason, ClaimState
from aftersales.selectors.carrier_claims import CarrierClaimView, list_claims
from aftersales.services import carrier_claims, cases
from aftersales.services.carrier_claims import ClaimHasEnded, mark_claimed, record_claim_payment, reject_claim
from aftersales.services.exchanges import exchange
from aftersales.services.refunds import refund_unshipped
from flashsales.rules import QuantityTerms
from flashsales.services.quantities import set_quantity_terms
from forwarding.models import Wish
from forwarding.services.wish_addresses import change_address
from forwarding.services.wish_orders import order_wishes
from forwarding.services.wishes import WishAlreadyAnswered, withdraw_wish
from inventory.models import Sku
from kernel.refusal import Refusal
from ledger.models import Posting
from ledger.rules import PostingKeyConflict
from orders import sql
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment, Parcel
from orders.rules.payments import PaymentOutcome
from orders.selectors.orders import OrderView
from orders.selectors.received_payments import ReceivedPaymentView
from orders.services import recipients
from orders.services.again import AgainLine, order_again
from orders.services.erasure import erase_orders
from orders.services.grab import expire_unpaid
from orders.services.parcel_plan import LineUnits
from orders.services.parcel_tracking import follow_parcels, receive_push
from orders.services.quantity_refusals import QuantityNotAllowed
from orders.services.received_payments import receive_payment
from orders.services.recipients import RecipientFields
from orders.services.shipping import ship
from tests.aftersales.purchases import SHIPPED, Purchase
from tests.builders import NOW, Marketplace, all_violations_of_parts, approval_by, item_of, units_of
from tests.contention.concurrency import THREADS, run_concurrently
from tests.contention.test_month_rollover import somebody_waits
from tests.contention.test_tracking import AT, WALK
from tests.forwarding.test_wish_orders import Desk
from tests.tracking.conftest import kuaidi100, running_kuaidi100  # noqa: F401 - fixtures
from tests.tracking.kuaidi100_server import Kuaidi100
from tests.tracking.shipped import YTO, ShippedOrder
from tracking.models import WaybillEvent
from tracking.services.kuaidi100 import read_push

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
LATE = NOW + timedelta(minutes=20)


def beside(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """What two acts answer where the second begins before the first has committed; the first waits until the second waits or is through."""
    written, through = threading.Event(), threading.Event()

    def begin() -> object:
        with transaction.atomic():
            answer = first()
            written.set()
            ends_at = time.monotonic() + 10
            while not through.is_set() and not somebody_waits() and time.monotonic() < ends_at:
                time.sleep(0.02)
        return answer

    def follow() -> object:
        written.wait(timeout=20)
        try:
            return second()
        finally:
            through.set()

    return run_concurrently([begin, follow])


class LateOrder:
    """An order of two of ten pieces that ran out unpaid; its money comes late, and its buyer orders the goods again."""

    def __init__(self) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=10, base_price_fen=10_00)
        self.item = item_of(self.market.sale(sku), sku)
        self.buyer = self.market.reseller()
        self.order = self.buyer.grab(self.item, 2)
        expire_unpaid(now=LATE)

    def receive(self) -> ReceivedPaymentView:
        return receive_payment(
            actor=self.market.finance,
            approval=approval_by(self.market.finance),
            order_id=self.order.id,
            amount_fen=20_00,
            reference="bank",
            now=LATE,
        )

    def order_again(self) -> OrderView:
        [line] = self.order.lines
        return order_again(actor=self.buyer.actor, lines=[AgainLine(line.id, 2, 10_00)], key="again", now=LATE)

    def outcome(self) -> PaymentOutcome:
        """What becomes of money that arrives while the goods are ordered again."""
        _, received = beside(self.order_again, self.receive)
        assert isinstance(received, ReceivedPaymentView)
        return PaymentOutcome(received.outcome)


def test_control_without_the_lock_of_placements_late_money_buys_what_is_ordered_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = LateOrder()
    monkeypatch.setattr(sql, "lock_credit", lambda **_: None)
    assert late.outcome() is PaymentOutcome.PAID_LATE
    assert units_of(late.item)[2:] == (2, 2)


# ORDER-15
def test_late_money_while_the_goods_are_ordered_again_stays_in_the_wallet() -> None:
    late = LateOrder()
    assert late.outcome() is PaymentOutcome.ORDERED_AGAIN
    assert units_of(late.item)[2:] == (2, 0)
    assert all_violations_of_parts() == []


def test_late_money_and_many_repeats_of_an_order_at_once_lose_nothing() -> None:
    late = LateOrder()
    run_concurrently([late.receive, late.order_again, late.receive, late.order_again])
    states = sorted(Order.objects.values_list("state", flat=True))
    assert states in (["cancelled", "unpaid"], ["paid", "unpaid"])
    assert units_of(late.item)[2:] == (2, 2 * states.count("paid"))
    assert Posting.objects.filter(kind="top_up").count() == 1
    assert all_violations_of_parts() == []


class LateWish:
    """A wish whose order ran out unpaid, with its money on the way and its reseller about to order it again."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.desk.wish(1)
        order = self.desk.order(self.desk.choices(), key="first", pay=False).order
        assert order is not None
        self.order = order
        expire_unpaid(now=LATE)

    def ordered_twice(self) -> bool:
        choices = self.desk.choices()
        shop = self.desk.shop
        beside(
            partial(
                receive_payment,
                actor=shop.market.finance,
                approval=approval_by(shop.market.finance),
                order_id=self.order.id,
                amount_fen=self.order.total_fen,
                reference="bank",
                now=LATE,
            ),
            partial(order_wishes, actor=shop.daigou.actor, choices=choices, key="second", now=LATE),
        )
        return Order.objects.exclude(state="cancelled").count() == 2


def test_control_without_the_lock_of_placements_a_wish_is_paid_late_and_ordered_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = LateWish()
    monkeypatch.setattr(sql, "lock_credit", lambda **_: None)
    assert late.ordered_twice()


def test_a_wish_whose_order_is_paid_late_at_this_instant_is_not_ordered_again() -> None:
    late = LateWish()
    assert not late.ordered_twice()
    assert Order.objects.get().state == "paid"
    assert all_violations_of_parts() == []


class ChangingWish(LateWish):
    """The same, with its customer about to correct the address of the wish, or to withdraw it."""

    def receive(self) -> ReceivedPaymentView:
        market = self.desk.shop.market
        return receive_payment(
            actor=market.finance,
            approval=approval_by(market.finance),
            order_id=self.order.id,
            amount_fen=self.order.total_fen,
            reference="bank",
            now=LATE,
        )

    def change_address(self) -> None:
        change_address(token=Wish.objects.get().token, text="江苏省南京市鼓楼区中山路 3 号", now=LATE)

    def withdraw(self) -> None:
        withdraw_wish(token=Wish.objects.get().token, now=LATE)

    def both_happened(self) -> bool:
        """Whether the order was paid although its wish became another."""
        wish = Wish.objects.get()
        is_other = wish.state == "withdrawn" or "南京" in wish.address
        return is_other and Order.objects.get().state == "paid"


@pytest.mark.parametrize("change", [ChangingWish.change_address, ChangingWish.withdraw])
@pytest.mark.parametrize("is_first", [True, False])
def test_control_without_the_lock_of_placements_a_wish_changes_while_its_order_is_paid_late(
    change: Callable[[ChangingWish], None], is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = ChangingWish()
    monkeypatch.setattr(sql, "lock_credit", lambda **_: None)
    acts: list[Callable[[], object]] = [partial(change, late), late.receive]
    beside(*(acts if is_first else reversed(acts)))
    assert late.both_happened()


# ORDER-15
@pytest.mark.parametrize("change", [ChangingWish.change_address, ChangingWish.withdraw])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_wish_that_changes_while_its_order_is_paid_late_does_one_of_the_two(
    change: Callable[[ChangingWish], None], is_first: bool
) -> None:
    late = ChangingWish()
    acts: list[Callable[[], object]] = [partial(change, late), late.receive]
    answers = beside(*(acts if is_first else reversed(acts)))
    assert not late.both_happened()
    assert isinstance(answers[1], ReceivedPaymentView if is_first else WishAlreadyAnswered)
    assert Order.objects.get().state == ("cancelled" if is_first else "paid")
    assert all_violations_of_parts() == []


# ORDER-14
def test_terms_that_change_while_orders_are_placed_hold_for_all_that_are_placed_afterwards() -> None:
    market = Marketplace()
    sku = market.sku(units=50, base_price_fen=10_00)
    item = item_of(market.sale(sku), sku)
    style_id = Sku.objects.get(pk=sku).style_id
    buyers = [market.reseller() for _ in range(8)]

    def change(terms: QuantityTerms | None) -> int:
        return set_quantity_terms(
            actor=market.clerk, brand_id=market.brand_id, style_ids=[style_id], terms=terms, now=NOW
        )

    answers = run_concurrently(
        [
            *(partial(buyer.grab, item, 1) for buyer in buyers),
            *(partial(change, terms) for terms in (QuantityTerms(min_units=3), None, QuantityTerms(min_units=3))),
        ]
    )
    placed = [answer for answer in answers if isinstance(answer, OrderView)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert {type(answer) for answer in refused} <= {QuantityNotAllowed}
    assert len(placed) + len(refused) == len(buyers)
    assert units_of(item)[2] == len(placed)
    change(QuantityTerms(min_units=3))
    # The control: what is placed after the change is refused.
    with pytest.raises(QuantityNotAllowed):
        market.reseller().grab(item, 1)
    assert all_violations_of_parts() == []


def claimed() -> tuple[Marketplace, CarrierClaimView]:
    purchase = Purchase()
    case_id = purchase.open_case(reason=CaseReason.DAMAGED)
    cases.refund_only(actor=purchase.market.ops, case_id=case_id, amount_fen=33_33, now=SHIPPED)
    [claim] = list_claims().items
    return purchase.market, claim


def pay_claim(market: Marketplace, claim_id: int, reference: str = "B-1") -> CarrierClaimView:
    return record_claim_payment(
        actor=market.finance, claim_id=claim_id, amount_fen=30_00, reference=reference, now=SHIPPED
    )


def reject(market: Marketplace, claim_id: int) -> CarrierClaimView:
    return reject_claim(actor=market.finance, claim_id=claim_id, reason="包装不合格", now=SHIPPED)


def test_control_without_its_lock_a_claim_is_only_saved_by_the_key_of_its_posting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market, claim = claimed()

    def load(claim_id: int, *, may_have_ended: bool = False) -> CarrierClaim:
        """As another request that has read the claim before either of them has written."""
        return CarrierClaim.objects.select_related("refund").get(pk=claim_id)

    monkeypatch.setattr(carrier_claims, "_lock", load)
    first, second = beside(partial(pay_claim, market, claim.id), partial(reject, market, claim.id))
    assert isinstance(first, CarrierClaimView)
    assert isinstance(second, PostingKeyConflict)


# AFTER-16
def test_a_claim_that_is_paid_rejected_and_marked_at_once_ends_once() -> None:
    market, claim = claimed()
    answers = run_concurrently(
        [
            *(partial(pay_claim, market, claim.id) for _ in range(3)),
            partial(pay_claim, market, claim.id, "B-2"),
            *(partial(reject, market, claim.id) for _ in range(2)),
            partial(mark_claimed, actor=market.ops, claim_id=claim.id, reference="LP-7", now=SHIPPED),
        ]
    )
    assert {type(answer) for answer in answers} == {CarrierClaimView, ClaimHasEnded}
    row = CarrierClaim.objects.get()
    assert row.state in (ClaimState.PAID.value, ClaimState.REJECTED.value)
    assert row.paid_fen == (30_00 if row.state == ClaimState.PAID.value else 0)
    assert Posting.objects.filter(kind="carrier_claim").count() == 1
    assert all_violations_of_parts() == []


def test_a_line_that_is_shipped_exchanged_refunded_and_complained_about_at_once_shares_its_units() -> None:
    market = Marketplace()
    skus = [market.sku(units=20, base_price_fen=10_00, style_no="K1", size=size) for size in ("S", "M")]
    sale = market.sale(*skus)
    small, medium = (item_of(sale, sku) for sku in skus)
    buyer = market.reseller(wallet_fen=500_00)
    [line] = market.paid_order(buyer, small, 6).lines
    consignment_id = Consignment.objects.get().pk
    send = partial(ship, actor=market.clerk, consignment_id=consignment_id, carrier="顺丰", now=NOW)
    send(tracking_no="SF1234567890", lines=[LineUnits(line.id, 2)])
    ask = partial(
        cases.open_case, actor=buyer.actor, line_id=line.id, reason=CaseReason.FAULTY, evidence="脱线", now=NOW
    )
    run_concurrently(
        [
            partial(send, tracking_no="SF1234567891"),
            partial(exchange, actor=buyer.actor, line_id=line.id, item_id=medium, units=2, key="x", now=NOW),
            partial(refund_unshipped, actor=market.ops, line_id=line.id, units=1, note="", key="r", now=NOW),
            partial(ask, units=2, key="a"),
            partial(ask, units=2, key="b"),
        ]
    )
    row = OrderLine.objects.get(pk=line.id)
    exchanged = sum(Exchange.objects.values_list("refund__units", flat=True))
    refunded = row.cancelled_units - exchanged
    assert exchanged in (0, 2)
    assert refunded in (0, 1)
    assert row.shipped_units in (2, 6 - row.cancelled_units)
    assert sum(Case.objects.values_list("units", flat=True)) <= row.shipped_units
    assert all_violations_of_parts() == []


def test_pasted_recipients_sent_twice_and_in_another_order_are_entered_once() -> None:
    daigou = Marketplace().reseller()
    before = Recipient.objects.count()
    fields = [
        RecipientFields(f"顾客{name}", f"1391234567{place}", "杭州市西湖区文三路 1 号")
        for place, name in enumerate("甲乙丙丁戊")
    ]
    enter = partial(recipients.find_or_add_recipients, actor=daigou.actor, now=NOW)
    answers = run_concurrently(
        [partial(enter, recipients=fields if number % 2 else fields[::-1]) for number in range(THREADS)]
    )
    assert Recipient.objects.count() == before + len(fields)
    ids = [{each.id for each in answer} for answer in answers if isinstance(answer, list)]
    assert (len(ids), len(set(map(frozenset, ids)))) == (THREADS, 1)


# PRIVACY-5, TRACK-8
@pytest.mark.parametrize("pushed_first", [True, False])
def test_a_push_beside_the_erasure_of_its_order_leaves_no_text(
    kuaidi100: Kuaidi100,  # noqa: F811
    pushed_first: bool,
) -> None:
    order = ShippedOrder()
    follow_parcels(now=NOW)
    reports = [read_push(kuaidi100.push_form(YTO, WALK[:count])["param"]) for count in (1, 3)]
    # The control: a push without an erasure leaves texts.
    receive_push(report=reports[0], now=AT)
    assert WaybillEvent.objects.count() == 1
    push: Callable[[], object] = partial(receive_push, report=reports[1], now=AT)
    erase: Callable[[], object] = partial(erase_orders, [order.order_id], now=AT)
    beside(push if pushed_first else erase, erase if pushed_first else push)
    assert WaybillEvent.objects.count() == 0
    assert list(OrderLine.objects.values_list("recipient__name", "recipient__phone")) == [("", "")]
    assert Parcel.objects.get().status == ("delivered" if pushed_first else "in_transit")
    receive_push(report=reports[1], now=AT)
    assert WaybillEvent.objects.count() == 0
    assert all_violations_of_parts() == []
