"""Customers who wait while sales end, orders run out and wishes change (FORWARD-29)."""

import pytest

from flashsales.services import ending
from forwarding.selectors.tasks import get_task_counts
from forwarding.selectors.wish_desk import list_desk_wishes
from forwarding.selectors.wishes import count_new_wishes
from forwarding.services.waiting_customers import NothingToWaitFor, let_wish_wait
from tests.builders import NOW
from tests.forwarding.test_waiting_customers import MINUTE, WaitedShop

pytestmark = pytest.mark.django_db


def test_a_wish_of_which_a_sale_is_over_does_not_begin_to_wait() -> None:
    shop = WaitedShop()
    wish, second_sale = shop.wish_of_two_sales()
    shop.market.reseller().grab(shop.other, 5)
    assert shop.page(wish).can_wait
    ending.end_early(actor=shop.market.ops, sale_id=second_sale, reason="提前", now=NOW + MINUTE)
    assert not shop.page(wish, after=2 * MINUTE).can_wait
    with pytest.raises(NothingToWaitFor):
        let_wish_wait(token=wish.token, now=NOW + 2 * MINUTE)
    assert [row.wish.id for row in list_desk_wishes(shop.amy.id, 0, at=NOW + 2 * MINUTE).items] == [wish.pk]


def test_a_waiting_wish_of_which_one_sale_ends_comes_back_to_the_desk() -> None:
    shop = WaitedShop()
    wish, second_sale = shop.wish_of_two_sales()
    shop.market.reseller().grab(shop.other, 5)
    let_wish_wait(token=wish.token, now=NOW + MINUTE)
    assert list_desk_wishes(shop.amy.id, 0, at=NOW + MINUTE).items == []
    assert count_new_wishes(shop.amy.id, at=NOW + MINUTE) == 0
    ending.end_early(actor=shop.market.ops, sale_id=second_sale, reason="提前", now=NOW + 2 * MINUTE)
    later = NOW + 3 * MINUTE
    assert [row.wish.id for row in list_desk_wishes(shop.amy.id, 0, at=later).items] == [wish.pk]
    counts = get_task_counts(shop.amy.id, at=later)
    assert (counts.wishes, count_new_wishes(shop.amy.id, at=later), counts.waiting_customers) == (1, 1, 0)
    assert shop.sizes(after=3 * MINUTE) == []
    ending.end_early(actor=shop.market.ops, sale_id=shop.sale, reason="提前", now=later)
    after = later + MINUTE
    assert (list_desk_wishes(shop.amy.id, 0, at=after).items, get_task_counts(shop.amy.id, at=after).wishes) == ([], 0)
