"""Wishes that are ordered, corrected and withdrawn at the same instant become an order at most once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from forwarding.models import Wish, WishLine
from forwarding.rules.wishes import WishState
from forwarding.selectors.wish_desk import desk_views
from forwarding.selectors.wishes import with_lines
from forwarding.services import wish_orders, wishes
from forwarding.services.wish_orders import WishChoice, WishOrderView
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from tests.builders import NOW, units_of
from tests.contention.concurrency import THREADS, run_concurrently
from tests.forwarding.test_wish_orders import Desk

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def ordering(desk: Desk, choices: list[WishChoice], key: str) -> Callable[[], WishOrderView]:
    return lambda: wish_orders.order_and_pay_wishes(actor=desk.shop.daigou.actor, choices=choices, key=key, now=NOW)


def orders_of(results: list[object]) -> list[WishOrderView]:
    """The results, all of which must be orders and none an exception."""
    assert all(isinstance(each, WishOrderView) for each in results), results
    return [each for each in results if isinstance(each, WishOrderView)]


def test_control_without_the_lock_of_the_wishes_one_wish_is_ordered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.wish(1)
    choices, read = desk.choices(), desk_views
    other = ordering(desk, choices, "other device")

    def load_without_lock(reseller_id: int, ids: list[int]) -> list[Wish]:
        return list(with_lines(Wish.objects.filter(pk__in=ids, reseller_id=reseller_id)).select_related("order"))

    def order_beside(*args: Any, **named: Any) -> Any:
        """The other device orders after this one has read that the wish is open."""
        monkeypatch.setattr(wish_orders, "desk_views", read)
        run_concurrently([other])
        return read(*args, **named)

    monkeypatch.setattr(wish_orders, "lock_wishes", load_without_lock)
    monkeypatch.setattr(wish_orders, "lock_person", lambda _: None)
    monkeypatch.setattr(wish_orders, "lock_credit", lambda _: None)
    monkeypatch.setattr(wish_orders, "desk_views", order_beside)
    orders_of([ordering(desk, choices, "this device")()])
    assert (Order.objects.count(), units_of(desk.item_id)) == (2, (5, 3, 0, 2))


def test_two_devices_order_the_same_wishes_once() -> None:
    desk = Desk()
    for number in range(1, 4):
        desk.wish(number)
    choices = desk.choices()
    results = orders_of(run_concurrently([ordering(desk, choices, f"device {number}") for number in range(THREADS)]))
    assert sorted(each.ordered_count for each in results) == [0] * (THREADS - 1) + [3]
    refused = [each.refusal.code for result in results for each in result.wishes if each.refusal]
    assert set(refused) == {"forwarding.wish_already_ordered"}
    assert (Order.objects.count(), OrderLine.objects.count(), units_of(desk.item_id)) == (1, 3, (5, 2, 0, 3))


def test_the_same_key_at_once_orders_and_pays_once() -> None:
    desk = Desk()
    for number in range(1, 4):
        desk.wish(number)
    choices = desk.choices()
    results = orders_of(run_concurrently([ordering(desk, choices, "one key")] * THREADS))
    assert {each.order.id for each in results if each.order} == {Order.objects.get().pk}
    assert all(each.ordered_count == 3 for each in results)
    assert (Recipient.objects.filter(reseller_id=desk.shop.daigou.id).count(), units_of(desk.item_id)) == (
        4,
        (5, 2, 0, 3),
    )


def test_a_wish_withdrawn_while_it_is_ordered_is_one_of_the_two() -> None:
    desk = Desk()
    ids = [desk.wish(number) for number in range(1, 4)]
    choices = desk.choices()
    token = Wish.objects.get(pk=ids[0]).token
    ordered, withdrawn = run_concurrently(
        [ordering(desk, choices, "k"), lambda: wishes.withdraw_wish(token=token, now=NOW)]
    )
    state = WishState(Wish.objects.get(pk=ids[0]).state)
    assert isinstance(ordered, WishOrderView)
    if isinstance(withdrawn, wishes.WishAlreadyAnswered):
        assert (state, ordered.ordered_count) == (WishState.ORDERED, 3)
    else:
        assert (state, ordered.ordered_count) == (WishState.WITHDRAWN, 2)
    assert OrderLine.objects.count() == ordered.ordered_count
    assert WishLine.objects.filter(order_line__isnull=False).count() == ordered.ordered_count


def test_two_devices_want_the_last_units_for_other_wishes() -> None:
    """Five coats for eight wishes: five are ordered, the others stay open with their reason."""
    desk = Desk()
    for number in range(1, 9):
        desk.wish(number)
    choices = desk.choices()
    # Not paid at once: the first payment would raise her tier, and the other order would be refused for its prices.
    order = partial(wish_orders.order_wishes, actor=desk.shop.daigou.actor, now=NOW)
    results = orders_of(
        run_concurrently([partial(order, choices=choices[:4], key="a"), partial(order, choices=choices[4:], key="b")])
    )
    assert sum(each.ordered_count for each in results) == 5
    assert units_of(desk.item_id) == (5, 0, 5, 0)
    assert {row.wish.refusal.code for row in desk.rows() if row.wish.refusal} == {"flashsales.sold_out"}
    assert len(desk.rows()) == 3
