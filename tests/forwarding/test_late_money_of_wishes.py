"""Money that comes late for the order of a wish pays nothing that its customer or her reseller does not want any more (ORDER-15)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from events.models import Event
from forwarding.models import Wish
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.services.wish_addresses import change_address
from forwarding.services.wish_orders import correct_wish
from forwarding.services.wishes import answer_wish, link_order, withdraw_wish
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.selectors.orders import get_wallet_balance_fen
from orders.selectors.received_payments import ReceivedPaymentView
from orders.services.grab import expire_unpaid
from orders.services.received_payments import receive_payment
from orders.services.recipients import RecipientFields
from tests.builders import NOW, all_violations_of_parts, approval_by, item_of, units_of
from tests.forwarding.test_wish_orders import Desk

pytestmark = pytest.mark.django_db
LATE = NOW + timedelta(minutes=30)
STREET = "江苏省南京市鼓楼区中山路 3 号"


class LateWishes:
    """Two wishes of one order that ran out unpaid, of which the first may change; the money for the order comes late."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.wish_id, self.other_id = self.desk.wish(1), self.desk.wish(2)
        order = self.desk.order(self.desk.choices(), key="first", pay=False).order
        assert order is not None
        self.order, self.shop = order, self.desk.shop
        self.actor = self.shop.daigou.actor
        self.item = item_of(self.shop.sale_id, self.shop.coat_sku)
        expire_unpaid(now=LATE)

    @property
    def token(self) -> str:
        return Wish.objects.get(pk=self.wish_id).token

    def receive(self) -> ReceivedPaymentView:
        return receive_payment(
            actor=self.shop.market.finance,
            approval=approval_by(self.shop.market.finance),
            order_id=self.order.id,
            amount_fen=self.order.total_fen,
            reference="bank",
            now=LATE,
        )


def _change_address(late: LateWishes) -> None:
    change_address(token=late.token, text=STREET, now=LATE)


def _correct_recipient(late: LateWishes) -> None:
    recipient = RecipientFields("王芳", "13912345678", STREET)
    correct_wish(actor=late.actor, wish_id=late.wish_id, recipient=recipient, now=LATE)


def _correct_units(late: LateWishes) -> None:
    correct_wish(actor=late.actor, wish_id=late.wish_id, lines=[PickedUnits(late.item, 2)], now=LATE)


def _withdraw(late: LateWishes) -> None:
    withdraw_wish(token=late.token, now=LATE)


def _decline(late: LateWishes) -> None:
    answer_wish(actor=late.actor, wish_id=late.wish_id, state=WishState.DECLINED, now=LATE)


def _done(late: LateWishes) -> None:
    answer_wish(actor=late.actor, wish_id=late.wish_id, state=WishState.DONE, now=LATE)


def _order_again(late: LateWishes) -> None:
    assert late.desk.order(late.desk.choices(late.wish_id), key="second", pay=False).ordered_count == 1


def _order_again_and_run_out(late: LateWishes) -> None:
    _order_again(late)
    Order.objects.filter(state="unpaid").update(pay_before=LATE)
    expire_unpaid(now=LATE)


def _grab_and_link(late: LateWishes) -> None:
    order = late.shop.daigou.grab(late.item, 1, key="by hand")
    link_order(actor=late.actor, wish_id=late.wish_id, order_id=order.id, now=LATE)


@pytest.mark.parametrize(
    ("happens", "outcome", "reason"),
    [
        (_change_address, "wish_changed", "顾客的心愿后来改过"),
        (_correct_recipient, "wish_changed", "顾客的心愿后来改过"),
        (_correct_units, "wish_changed", "顾客的心愿后来改过"),
        (_withdraw, "wish_withdrawn", "顾客已撤回心愿"),
        (_decline, "wish_answered", "您已答复这条心愿"),
        (_done, "wish_answered", "您已答复这条心愿"),
        (_order_again, "ordered_again", "这些货您已重新下单"),
        (_order_again_and_run_out, "ordered_again", "这些货您已重新下单"),
        (_grab_and_link, "ordered_again", "这些货您已重新下单"),
    ],
)
def test_late_money_takes_nothing_again_of_a_wish_that_became_another(
    happens: Callable[[LateWishes], None], outcome: str, reason: str
) -> None:
    late = LateWishes()
    happens(late)
    before = list(Order.objects.order_by("pk").values()), units_of(late.item), Consignment.objects.count()
    balance_fen = get_wallet_balance_fen(late.shop.daigou.id)
    view = late.receive()
    assert (view.outcome, view.balance_fen) == (outcome, balance_fen + late.order.total_fen)
    assert (list(Order.objects.order_by("pk").values()), units_of(late.item), Consignment.objects.count()) == before
    assert reason in Event.objects.get(kind="late_payment_refunded").data["reason_zh"]
    assert all_violations_of_parts() == []


def test_late_money_pays_for_wishes_that_stayed_as_they_were() -> None:
    late = LateWishes()
    address = OrderLine.objects.filter(order=late.order.id).order_by("pk")[0].recipient
    recipient = RecipientFields(address.name, address.phone, address.address)
    # She confirms what was read, and changes nothing.
    correct_wish(actor=late.actor, wish_id=late.wish_id, recipient=recipient, now=LATE)
    assert late.receive().outcome == "paid_late"
    assert set(OrderLine.objects.values_list("given_up", flat=True)) == {""}
    assert all_violations_of_parts() == []


def test_money_in_time_pays_for_a_wish_that_was_declined() -> None:
    """She declined what is in her cart and then paid for it: the last word counts."""
    desk = Desk()
    wish_id = desk.wish(1)
    order = desk.order(desk.choices(), pay=False).order
    assert order is not None
    answer_wish(actor=desk.shop.daigou.actor, wish_id=wish_id, state=WishState.DECLINED, now=NOW)
    view = receive_payment(
        actor=desk.shop.market.finance,
        approval=approval_by(desk.shop.market.finance),
        order_id=order.id,
        amount_fen=order.total_fen,
        reference="bank",
        now=NOW,
    )
    assert view.outcome == "paid"
    assert all_violations_of_parts() == []


def test_a_wish_that_was_paid_gives_up_nothing_of_its_order() -> None:
    late = LateWishes()
    assert late.receive().outcome == "paid_late"
    answer_wish(actor=late.actor, wish_id=late.wish_id, state=WishState.DONE, now=LATE)
    assert set(OrderLine.objects.values_list("given_up", flat=True)) == {""}
