"""Customers who wait for a sold-out size: they leave a wish for it, and are served once units come back (FORWARD-29)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.inboxes import inbox_of
from events.selectors import list_events
from flashsales.models import WaitingEntry
from flashsales.services import ending
from flashsales.services.reservations import expire_reservations
from flashsales.services.waiting_list import WaitingLine
from forwarding.models import Wish
from forwarding.rules.wishes import MAX_WISHES_PER_PAGE_AND_HOUR, PickedUnits, WishState
from forwarding.selectors.tasks import get_task_counts
from forwarding.selectors.waiting_wishes import WaitedSizeView, list_waited_sizes
from forwarding.selectors.wish_desk import list_desk_wishes
from forwarding.selectors.wish_pages import WishPageView, get_wish_page
from forwarding.selectors.wishes import NoSuchWish, count_new_wishes
from forwarding.services import forwards, prices, storefronts, waiting, wishes
from forwarding.services.waiting_customers import NothingToWaitFor, let_wish_wait, tell_of_units
from forwarding.services.wish_limits import TooManyWishes
from forwarding.services.wish_orders import WishChoice, order_and_pay_wishes
from forwarding.services.wishes import (
    ItemNotOffered,
    WishAlreadyAnswered,
    WishFields,
    withdraw_wish,
)
from inventory.models import Sku
from orders.services.grab import cancel_unpaid
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
WRITTEN = (
    "王芳 13912345678 浙江省杭州市西湖区文三路 1 号",
    "李敏 13812345678 江苏省南京市鼓楼区中山路 3 号",
    "赵云 13712345678 上海市徐汇区漕溪北路 1 号 502 室",
)


class WaitedShop:
    """Amy forwards a style in two sizes: all units of M are held by somebody else, unpaid; of L five are left."""

    def __init__(self, units: int = 2) -> None:
        self.market = Marketplace()
        skus = [self.market.sku(units=each, style_no="K7", size=size) for size, each in (("M", units), ("L", 5))]
        self.sale = self.market.sale(*skus)
        self.item, self.other = (item_of(self.sale, sku) for sku in skus)
        self.style = Sku.objects.get(pk=skus[0]).style_id
        self.holders = [self.market.reseller() for _ in range(units)]
        self.orders = [holder.grab(self.item, 1) for holder in self.holders]
        self.amy = self.market.reseller(wallet_fen=5000_00)
        prices.set_retail_price(actor=self.amy.actor, sale_id=self.sale, style_id=self.style, price_fen=300_00, now=NOW)
        self.token = forwards.create_forward(
            actor=self.amy.actor, sale_id=self.sale, style_id=self.style, now=NOW
        ).token

    def wish(
        self,
        number: int = 0,
        units: int = 1,
        *,
        item: int | None = None,
        may_wait: bool = True,
        address: str | None = None,
        after: timedelta = timedelta(0),
    ) -> Wish:
        view = wishes.create_wish(
            token=self.token,
            lines=[PickedUnits(item or self.item, units)],
            fields=WishFields(f"顾客{number}", address=WRITTEN[number % 3] if address is None else address),
            visitor=f"v{number}",
            network="",
            key=f"k{number}",
            may_wait=may_wait,
            now=NOW + after,
        )
        return Wish.objects.get(pk=view.id)

    def wish_of_two_sales(self) -> tuple[Wish, int]:
        """An open wish for L and for a style of a second sale, with the id of that sale."""
        sale, item = self.second_sale()
        return self._wish_in_storefront(self.other, item, after=timedelta(0)), sale

    def wish_in_a_second_sale(self, *, after: timedelta = timedelta(0)) -> Wish:
        """A wish that waits for a style of a second sale."""
        _, item = self.second_sale()
        self.market.reseller().grab(item, 3, now=NOW + after)
        return self._wish_in_storefront(item, after=after)

    def second_sale(self) -> tuple[int, int]:
        """A sale of three units of one size that Amy shows in her storefront, and its item."""
        sku = self.market.sku(units=3, style_no="K8")
        sale = self.market.sale(sku)
        style = Sku.objects.get(pk=sku).style_id
        prices.set_retail_price(actor=self.amy.actor, sale_id=sale, style_id=style, price_fen=300_00, now=NOW)
        return sale, item_of(sale, sku)

    def _wish_in_storefront(self, *items: int, after: timedelta) -> Wish:
        view = wishes.create_wish(
            token=storefronts.open_storefront(actor=self.amy.actor, now=NOW).token,
            lines=[PickedUnits(item, 1) for item in items],
            fields=WishFields("顾客", address=WRITTEN[0]),
            visitor="storefront",
            network="",
            key="storefront",
            may_wait=True,
            now=NOW + after,
        )
        return Wish.objects.get(pk=view.id)

    def repeat(self, wish: Wish, times: int) -> None:
        """Store so many more wishes like one, as customers leave them over days."""
        lines = list(wish.lines.all())
        for number in range(times):
            wish.pk, wish.key, wish.token = None, f"r{number}", f"r{number}"
            wish.created_at = NOW - timedelta(hours=2)
            wish.save(force_insert=True)
            for line in lines:
                line.pk, line.wish = None, wish
                line.save(force_insert=True)

    def give_back(self, number: int = 0, *, after: timedelta = MINUTE) -> None:
        cancel_unpaid(actor=self.holders[number].actor, order_id=self.orders[number].id, now=NOW + after)

    def sizes(self, after: timedelta = MINUTE) -> list[WaitedSizeView]:
        return list_waited_sizes(self.amy.id, 0, at=NOW + after)

    def wait_for(self, size: WaitedSizeView, *, after: timedelta = MINUTE) -> None:
        line = WaitingLine(size.item_id, size.missing_units, size.wait_source)
        waiting.ask_for(actor=self.amy.actor, lines=[line], now=NOW + after)

    def order(self, size: WaitedSizeView, *, after: timedelta = MINUTE) -> int:
        choices = [WishChoice(row.wish.id, row.version, row.prices_fen) for row in size.ordered_now]
        result = order_and_pay_wishes(actor=self.amy.actor, choices=choices, key="all", now=NOW + after)
        return result.ordered_count

    def page(self, wish: Wish, after: timedelta = MINUTE) -> WishPageView:
        return get_wish_page(wish.token, at=NOW + after)

    def told(self, daigou: Daigou | None = None) -> list[str]:
        return [event.zh for event in list_events(inbox_of((daigou or self.amy).actor)).items]


def test_a_customer_waits_for_a_sold_out_size_and_her_reseller_is_told() -> None:
    shop = WaitedShop()
    with pytest.raises(ItemNotOffered):
        shop.wish(may_wait=False)
    assert Wish.objects.count() == 0
    wish = shop.wish()
    assert wish.is_waiting
    assert shop.told() == ["有顾客在等 K7 黑 M 补货"]
    assert (count_new_wishes(shop.amy.id, at=NOW), list_desk_wishes(shop.amy.id, 0, at=NOW).items) == (0, [])
    [size] = shop.sizes()
    assert (size.size, size.units, size.available, size.missing_units, size.reached) == ("M", 1, 0, 1, [])
    counts = get_task_counts(shop.amy.id, at=NOW + MINUTE)
    assert (counts.wishes, counts.waiting_customers, counts.reached_customers) == (0, 1, 0)
    page = shop.page(wish)
    assert (page.waits, page.is_there, page.waited_in_vain) == (True, False, False)
    assert [violation.what for violation in all_violations()] == []


def test_a_size_that_came_back_while_she_wrote_is_an_ordinary_wish() -> None:
    shop = WaitedShop()
    shop.give_back()
    wish = shop.wish(after=2 * MINUTE)
    assert not wish.is_waiting
    assert shop.told() == [f"新心愿 {wish.pk}：1 件"]


def test_units_that_come_back_are_told_of_once_and_ordered_in_one_act_in_the_order_of_asking() -> None:
    shop = WaitedShop(units=3)
    customers = [shop.wish(number, units) for number, units in enumerate((2, 2, 1))]
    assert tell_of_units(now=NOW + MINUTE) == 0
    shop.give_back(0)
    shop.give_back(1)
    shop.give_back(2)
    assert tell_of_units(now=NOW + 2 * MINUTE) == 1
    assert tell_of_units(now=NOW + 3 * MINUTE) == 0
    assert shop.told()[0] == "K7 黑 M 有货了，您有 3 位顾客在等，快去下单"
    assert all(shop.page(each).is_there for each in customers)
    [size] = shop.sizes()
    assert (size.units, size.available, size.missing_units) == (5, 3, 0)
    assert size.reached == [customers[0].pk, customers[2].pk]
    assert get_task_counts(shop.amy.id, at=NOW + MINUTE).reached_customers == 3
    assert shop.order(size, after=4 * MINUTE) == 2
    states = list(Wish.objects.order_by("pk").values_list("state", flat=True))
    assert states == [WishState.ORDERED, WishState.NEW, WishState.ORDERED]
    [size] = shop.sizes(after=4 * MINUTE)
    assert (size.units, size.available, [row.wish.id for row in size.wishes]) == (2, 0, [customers[1].pk])
    assert [violation.what for violation in all_violations()] == []


def test_a_customer_whose_recipient_is_not_sure_is_left_out_of_the_one_act() -> None:
    shop = WaitedShop()
    shop.wish(0, address="")
    sure = shop.wish(1)
    shop.give_back()
    [size] = shop.sizes()
    assert size.reached == [sure.pk]
    assert shop.order(size) == 1


def test_one_tap_waits_for_the_units_of_all_customers_and_they_are_ordered_from_the_reservation() -> None:
    shop = WaitedShop()
    first, second = shop.wish(0), shop.wish(1)
    [size] = shop.sizes()
    shop.wait_for(size)
    entry = WaitingEntry.objects.get()
    assert (entry.units, entry.source) == (2, f"wishes:{second.pk}")
    [size] = shop.sizes()
    assert (size.own_units, size.missing_units) == (2, 0)
    third = shop.wish(2)
    [size] = shop.sizes()
    assert (size.missing_units, size.wait_source) == (1, f"wishes:{third.pk}")
    shop.give_back(after=2 * MINUTE)
    assert tell_of_units(now=NOW + 3 * MINUTE) == 0  # The reservation tells of it.
    assert shop.told()[0].startswith("您等的 K7 黑 M 补到 1 件")
    [size] = shop.sizes(after=3 * MINUTE)
    assert (size.available, size.reserved_units, size.reached) == (1, 1, [first.pk])
    assert shop.page(first, after=3 * MINUTE).is_there
    assert shop.order(size, after=3 * MINUTE) == 1
    assert [violation.what for violation in all_violations()] == []


def test_units_that_go_and_come_back_are_told_of_again_after_an_hour() -> None:
    shop = WaitedShop()
    shop.wish()
    shop.give_back()
    assert tell_of_units(now=NOW + MINUTE) == 1
    bea = shop.market.reseller()
    for minutes, told in ((5, 0), (90, 1)):
        order = bea.grab(shop.item, 1, key=f"g{minutes}", now=NOW + minutes * MINUTE)
        assert tell_of_units(now=NOW + minutes * MINUTE) == 0
        cancel_unpaid(actor=bea.actor, order_id=order.id, now=NOW + (minutes + 1) * MINUTE)
        assert tell_of_units(now=NOW + (minutes + 2) * MINUTE) == told
    assert Wish.objects.get().told_back_at == NOW + 92 * MINUTE
    assert [violation.what for violation in all_violations()] == []


def test_a_size_is_told_of_once_an_hour_whoever_waits_for_it() -> None:
    """FORWARD-29."""
    shop = WaitedShop()
    shop.wish()
    shop.give_back()
    assert tell_of_units(now=NOW + MINUTE) == 1
    bea = shop.market.reseller()
    order = bea.grab(shop.item, 1, now=NOW + 5 * MINUTE)
    second = shop.wish(1, after=6 * MINUTE)
    cancel_unpaid(actor=bea.actor, order_id=order.id, now=NOW + 7 * MINUTE)
    assert [tell_of_units(now=NOW + minutes * MINUTE) for minutes in (7, 60, 61, 62)] == [0, 0, 1, 0]
    second.refresh_from_db()
    assert second.told_back_at == NOW + 61 * MINUTE
    assert shop.told()[0] == "K7 黑 M 有货了，您有 1 位顾客在等，快去下单"
    assert [violation.what for violation in all_violations()] == []


def test_another_size_is_told_of_within_the_hour() -> None:
    """FORWARD-29."""
    shop = WaitedShop()
    shop.wish()
    holder = shop.market.reseller()
    held = holder.grab(shop.other, 5, now=NOW)
    shop.wish(1, item=shop.other)
    shop.give_back()
    assert tell_of_units(now=NOW + MINUTE) == 1
    cancel_unpaid(actor=holder.actor, order_id=held.id, now=NOW + 2 * MINUTE)
    assert tell_of_units(now=NOW + 3 * MINUTE) == 1


def test_the_clock_ends_the_waiting_with_the_sale_and_nothing_is_told() -> None:
    shop = WaitedShop()
    wish = shop.wish()
    shop.give_back()
    ending.end_early(actor=shop.market.ops, sale_id=shop.sale, reason="提前", now=NOW + 2 * MINUTE)
    later = 3 * MINUTE
    assert tell_of_units(now=NOW + later) == 0
    assert shop.sizes(after=later) == []
    assert get_task_counts(shop.amy.id, at=NOW + later).waiting_customers == 0
    page = shop.page(wish, after=later)
    assert (page.waits, page.is_there, page.waited_in_vain) == (False, False, True)
    with pytest.raises(wishes.PageClosed):
        shop.wish(1, after=later)


def test_an_open_wish_whose_size_sold_out_begins_to_wait_on_its_page() -> None:
    shop = WaitedShop()
    ordinary = shop.wish(item=shop.other, units=2)
    assert not ordinary.is_waiting
    with pytest.raises(NothingToWaitFor):
        let_wish_wait(token=ordinary.token, now=NOW)
    shop.market.reseller().grab(shop.other, 5)
    assert shop.page(ordinary).can_wait
    for _ in range(2):
        let_wish_wait(token=ordinary.token, now=NOW + MINUTE)
    ordinary.refresh_from_db()
    assert (ordinary.is_waiting, shop.page(ordinary).can_wait, shop.page(ordinary).waits) == (True, False, True)
    assert shop.told()[0] == "有顾客在等 K7 黑 L 补货"
    assert len(shop.told()) == 2
    withdraw_wish(token=ordinary.token, now=NOW + MINUTE)
    with pytest.raises(WishAlreadyAnswered):
        let_wish_wait(token=ordinary.token, now=NOW + MINUTE)
    assert shop.sizes() == []


def test_waiting_wishes_have_limits_of_their_own_on_a_page() -> None:
    shop = WaitedShop()
    for number in range(MAX_WISHES_PER_PAGE_AND_HOUR):
        shop.wish(number)
    with pytest.raises(TooManyWishes):
        shop.wish(100)
    assert Wish.objects.count() == MAX_WISHES_PER_PAGE_AND_HOUR
    assert not shop.wish(101, item=shop.other).is_waiting


def test_a_reservation_that_lapses_leaves_the_customers_waiting() -> None:
    shop = WaitedShop()
    wish = shop.wish()
    [size] = shop.sizes()
    shop.wait_for(size)
    shop.give_back(after=2 * MINUTE)
    assert expire_reservations(now=NOW + 20 * MINUTE) == 1
    assert shop.page(wish, after=20 * MINUTE).is_there  # The unit is available to everybody now.
    assert tell_of_units(now=NOW + 20 * MINUTE) == 1
    assert [violation.what for violation in all_violations()] == []


def test_strange_wishes_are_refused_as_a_reason_to_wait() -> None:
    shop = WaitedShop()
    wish = shop.wish()
    bea = shop.market.reseller()
    with pytest.raises(NoSuchWish):
        waiting.ask_for(actor=bea.actor, lines=[WaitingLine(shop.item, 1, f"wishes:{wish.pk}")], now=NOW)
    assert WaitingEntry.objects.count() == 0


def test_statements_do_not_grow_with_the_customers_who_wait() -> None:
    shop = WaitedShop()

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            shop.sizes()
        return len(captured)

    shop.wish(0)
    before = statements()
    for number in range(1, 9):
        shop.wish(number)
    assert statements() == before


def test_personal_data_of_a_waiting_customer_are_erased_as_those_of_others() -> None:
    shop = WaitedShop()
    wish = shop.wish()
    assert wishes.anonymize_wishes(now=NOW + timedelta(days=40), retention=timedelta(days=30)) == 1
    wish.refresh_from_db()
    assert (wish.name, wish.address, wish.token, wish.is_waiting) == ("", "", "", True)
