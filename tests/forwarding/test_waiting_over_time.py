"""Customers who wait while sales end, orders run out and wishes change (FORWARD-29)."""

import pytest

from flashsales.rules import QuantityTerms
from flashsales.services import ending
from flashsales.services.quantities import set_quantity_terms
from flashsales.services.waiting_list import NeverEnough
from forwarding.models import Forward, Wish, WishLine
from forwarding.rules.packs import SoldOut
from forwarding.rules.wishes import MAX_OPEN_WISHES, MAX_WAITING_SHOWN, PickedUnits, WishState
from forwarding.selectors.tasks import get_task_counts
from forwarding.selectors.wish_desk import list_desk_wishes
from forwarding.selectors.wishes import count_new_wishes
from forwarding.services import storefronts
from forwarding.services.waiting_customers import NothingToWaitFor, let_wish_wait, tell_of_units
from forwarding.services.wish_limits import TooManyOpenWishes
from forwarding.services.wish_orders import WishChoice, correct_wish, order_wishes
from inventory.models import Style
from orders.services.grab import cancel_unpaid
from orders.services.recipients import RecipientFields
from tests.builders import NOW
from tests.forwarding.test_waiting_customers import MINUTE, WaitedShop
from tests.violations import all_violations

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
    assert storefronts.open_storefront(actor=shop.amy.actor, now=NOW + MINUTE).new_wishes == 0
    ending.end_early(actor=shop.market.ops, sale_id=second_sale, reason="提前", now=NOW + 2 * MINUTE)
    later = NOW + 3 * MINUTE
    assert [row.wish.id for row in list_desk_wishes(shop.amy.id, 0, at=later).items] == [wish.pk]
    counts = get_task_counts(shop.amy.id, at=later)
    assert (counts.wishes, count_new_wishes(shop.amy.id, at=later), counts.waiting_customers) == (1, 1, 0)
    assert shop.sizes(after=3 * MINUTE) == []
    storefront = storefronts.open_storefront(actor=shop.amy.actor, now=later)
    assert (storefront.wishes, storefront.new_wishes) == (1, 1)
    page = shop.page(wish, after=3 * MINUTE)
    assert (page.waits, page.is_there, page.waited_in_vain) == (False, False, True)
    ending.end_early(actor=shop.market.ops, sale_id=shop.sale, reason="提前", now=later)
    after = later + MINUTE
    assert (list_desk_wishes(shop.amy.id, 0, at=after).items, get_task_counts(shop.amy.id, at=after).wishes) == ([], 0)


def test_the_size_that_came_back_is_told_of_and_not_the_first_of_the_wish() -> None:
    shop = WaitedShop(units=1)
    wish, _ = shop.wish_of_two_sales()
    second = wish.lines.order_by("pk")[1].item_id
    holder = shop.market.reseller()
    held = holder.grab(second, 3, now=NOW)
    let_wish_wait(token=wish.token, now=NOW)
    assert [line.is_awaited for line in wish.lines.order_by("pk")] == [False, True]
    assert tell_of_units(now=NOW + MINUTE) == 0
    cancel_unpaid(actor=holder.actor, order_id=held.id, now=NOW + MINUTE)
    assert tell_of_units(now=NOW + 2 * MINUTE) == 1
    assert shop.told()[0].startswith("K8 ")
    [size] = shop.sizes(after=3 * MINUTE)
    assert (size.item_id, size.style_no) == (second, "K8")
    assert all_violations() == []


def test_of_two_sizes_the_one_that_was_gone_last_is_told_of() -> None:
    shop = WaitedShop(units=1)
    wish, _ = shop.wish_of_two_sales()
    first, second = (line.item_id for line in wish.lines.order_by("pk"))
    holder = shop.market.reseller()
    held = holder.grab(second, 3, now=NOW)
    let_wish_wait(token=wish.token, now=NOW)
    other = shop.market.reseller()
    gone = other.grab(first, 5, now=NOW)
    tell_of_units(now=NOW + MINUTE)
    assert [line.is_awaited for line in wish.lines.order_by("pk")] == [True, True]
    cancel_unpaid(actor=holder.actor, order_id=held.id, now=NOW + MINUTE)
    tell_of_units(now=NOW + 2 * MINUTE)
    assert [line.is_awaited for line in wish.lines.order_by("pk")] == [True, False]
    cancel_unpaid(actor=other.actor, order_id=gone.id, now=NOW + 2 * MINUTE)
    assert tell_of_units(now=NOW + 3 * MINUTE) == 1
    assert shop.told()[0].startswith("K7 黑 L")


def test_a_waiting_wish_from_before_sizes_were_kept_is_told_of_by_its_first_size() -> None:
    shop = WaitedShop(units=1)
    wish = shop.wish()
    wish.lines.update(is_awaited=False)
    shop.give_back()
    assert tell_of_units(now=NOW + 2 * MINUTE) == 1
    assert shop.told()[0].startswith("K7 黑 M")


def test_a_wish_whose_order_ran_out_is_told_of_when_units_come_back() -> None:
    shop = WaitedShop()
    wish = shop.wish()
    shop.give_back()
    [size] = shop.sizes()
    choices = [WishChoice(row.wish.id, row.version, row.prices_fen) for row in size.ordered_now]
    result = order_wishes(actor=shop.amy.actor, choices=choices, key="all", now=NOW + MINUTE)
    assert result.order is not None
    assert tell_of_units(now=NOW + MINUTE) == 0
    cancel_unpaid(actor=shop.amy.actor, order_id=result.order.id, now=NOW + 2 * MINUTE)
    wish.refresh_from_db()
    assert wish.state == WishState.ORDERED
    assert tell_of_units(now=NOW + 3 * MINUTE) == 1
    bea = shop.market.reseller()
    order = bea.grab(shop.item, 1, now=NOW + 90 * MINUTE)
    assert tell_of_units(now=NOW + 90 * MINUTE) == 0
    cancel_unpaid(actor=bea.actor, order_id=order.id, now=NOW + 91 * MINUTE)
    assert tell_of_units(now=NOW + 92 * MINUTE) == 1


def test_waiting_wishes_of_ended_sales_hide_nobody_who_waits_in_a_live_one() -> None:
    shop = WaitedShop()
    ended = shop.wish()
    shop.repeat(ended, MAX_WAITING_SHOWN)
    wish = shop.wish_in_a_second_sale()
    ending.end_early(actor=shop.market.ops, sale_id=shop.sale, reason="提前", now=NOW + MINUTE)
    [size] = shop.sizes(after=2 * MINUTE)
    assert [row.wish.id for row in size.wishes] == [wish.pk]


def test_waiting_wishes_of_ended_sales_do_not_count_towards_the_limit_of_a_storefront() -> None:
    shop = WaitedShop()
    shop.token = storefronts.open_storefront(actor=shop.amy.actor, now=NOW).token
    shop.repeat(shop.wish(), MAX_OPEN_WISHES)
    with pytest.raises(TooManyOpenWishes):
        shop.wish(1)
    ending.end_early(actor=shop.market.ops, sale_id=shop.sale, reason="提前", now=NOW + MINUTE)
    assert shop.wish_in_a_second_sale(after=2 * MINUTE).is_waiting


def test_a_recipient_is_confirmed_where_the_page_hides_the_size_that_is_waited_for() -> None:
    shop = WaitedShop()
    wish = shop.wish(address="")
    Forward.objects.update(sold_out=SoldOut.NEVER)
    fields = RecipientFields("王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号")
    same = [PickedUnits(shop.item, 1)]
    correct_wish(actor=shop.amy.actor, wish_id=wish.pk, recipient=fields, lines=same, now=NOW + MINUTE)
    correct_wish(actor=shop.amy.actor, wish_id=wish.pk, lines=[PickedUnits(shop.item, 2)], now=NOW + MINUTE)
    line = WishLine.objects.get()
    assert (line.units, line.shown_size, line.retail_fen) == (2, "M", 300_00)
    assert Wish.objects.get().recipient_name == "王芳"


def test_a_customer_who_begins_to_wait_later_gets_a_place_of_her_own_on_the_waiting_list() -> None:
    shop = WaitedShop()
    older = shop.wish(0, item=shop.other)
    shop.market.reseller().grab(shop.other, 5)
    shop.wish(1, item=shop.other)
    [size] = shop.sizes()
    shop.wait_for(size)
    let_wish_wait(token=older.token, now=NOW + MINUTE)
    [size] = shop.sizes()
    assert (size.units, size.missing_units) == (2, 1)
    shop.wait_for(size)
    [size] = shop.sizes()
    assert (size.own_units, size.missing_units) == (2, 0)


def test_units_added_to_a_wish_that_waits_can_be_waited_for() -> None:
    shop = WaitedShop(units=3)
    wish = shop.wish()
    [size] = shop.sizes()
    shop.wait_for(size)
    correct_wish(actor=shop.amy.actor, wish_id=wish.pk, lines=[PickedUnits(shop.item, 3)], now=NOW + MINUTE)
    [size] = shop.sizes()
    assert size.missing_units == 2
    shop.wait_for(size)
    assert shop.sizes()[0].missing_units == 0


def test_units_that_the_terms_of_a_size_forbid_are_left_out_of_the_entries_for_all_sizes() -> None:
    shop = WaitedShop()
    shop.wish()
    assert shop.sizes()[0].can_be_asked_for
    set_quantity_terms(
        actor=shop.market.ops,
        brand_id=Style.objects.get(pk=shop.style).brand_id,
        style_ids=[shop.style],
        terms=QuantityTerms(2, per_sku=True),
        now=NOW,
    )
    [size] = shop.sizes()
    assert (size.missing_units, size.can_be_asked_for) == (1, False)
    with pytest.raises(NeverEnough):
        shop.wait_for(size)
