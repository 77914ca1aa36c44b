"""Waiting for sold-out goods: what comes back is reserved in the order of asking, and ordered as usual (SALE-13, SALE-14)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.people import deactivate
from aftersales.services import refunds
from config.inboxes import inbox_of
from events.selectors import list_events
from flashsales.models import ItemTally, Reservation, WaitingEntry
from flashsales.rules import QuantityTerms
from flashsales.selectors.offers import get_offers
from flashsales.selectors.waiting_list import list_demand, list_own_entries
from flashsales.services import ending
from flashsales.services.quantities import set_quantity_terms
from flashsales.services.reservations import (
    NoSuchReservation,
    decline,
    expire_reservations,
    reserve_what_was_missed,
)
from flashsales.services.units import OverLimit, SaleNotLive, SoldOut
from flashsales.services.waiting_list import (
    AlreadyWaiting,
    InvalidWaiting,
    NeverEnough,
    NoSuchWaitingEntry,
    NotSoldOut,
    WaitingLine,
    ask_for,
    withdraw,
)
from inventory.models import Sku
from orders.models.lines import OrderLine
from orders.models.recipients import Recipient
from orders.rules.lines import Take
from orders.selectors.orders import OrderView
from orders.services.cart import change_units
from orders.services.grab import cancel_unpaid, expire_unpaid, grab
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from orders.uploads.commit import commit_upload
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.orders.order_files import line, preview
from tests.violations import all_violations

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


class SoldOutSale:
    """A sale with one size of which somebody holds all units unpaid."""

    def __init__(self, units: int = 1, *, limit_units: int | None = None, item_limit: int | None = None) -> None:
        self.market = Marketplace()
        self.sku = self.market.sku(units=units)
        self.sale = self.market.sale(self.sku, limit_units=limit_units, item_limit=item_limit)
        self.item = item_of(self.sale, self.sku)
        self.holders = [self.market.reseller() for _ in range(units)]
        self.orders = [holder.grab(self.item, 1) for holder in self.holders]

    def waits(self, units: int = 1, *, after: timedelta = timedelta(0)) -> Daigou:
        daigou = self.market.reseller(wallet_fen=1000_00)
        self.ask(daigou, units, after=after)
        return daigou

    def ask(self, daigou: Daigou, units: int = 1, *, source: str = "", after: timedelta = timedelta(0)) -> int:
        line = WaitingLine(self.item, units, source)
        return ask_for(actor=daigou.actor, lines=[line], now=NOW + after)[0]

    def waits_for_customers(self, count: int) -> Daigou:
        daigou = self.market.reseller(wallet_fen=1000_00)
        for _ in range(count):
            self.ask_for_customer(daigou)
        return daigou

    def ask_for_customer(self, daigou: Daigou) -> int:
        """Ask for a unit for a customer of hers who is in no other entry."""
        customer = Recipient.objects.create(
            reseller_id=daigou.id, name="李小丽", phone=f"139{Recipient.objects.count():08}", address="杭州市西湖区"
        )
        return self.ask(daigou, source=f"recipient:{customer.pk}")

    def give_back(self, number: int = 0, *, after: timedelta = MINUTE) -> None:
        cancel_unpaid(actor=self.holders[number].actor, order_id=self.orders[number].id, now=NOW + after)

    def reserved(self) -> list[tuple[int, int]]:
        rows = Reservation.objects.filter(item_id=self.item, ended_at=None).order_by("reserved_at", "pk")
        return list(rows.values_list("reseller_id", "units"))


def test_a_unit_that_comes_back_is_reserved_for_who_asked_first_and_she_pays_as_usual() -> None:
    sale = SoldOutSale()
    amy, bea = sale.waits(), sale.waits(after=MINUTE / 2)
    sale.give_back()
    assert sale.reserved() == [(amy.id, 1)]
    assert units_of(sale.item) == (1, 0, 1, 0)
    [entry] = list_own_entries(amy.id, at=NOW + MINUTE)
    assert (entry.place, entry.reserved_units, entry.reserved_until) == (1, 1, NOW + 16 * MINUTE)
    [other] = list_own_entries(bea.id, at=NOW + MINUTE)
    assert (other.place, other.reserved_units) == (2, 0)
    [event] = list_events(inbox_of(amy.actor)).items
    assert event.zh.endswith("补到 1 件，为您留 15 分钟")
    assert list_events(inbox_of(bea.actor)).items == []
    for stranger in (*sale.holders, bea):
        with pytest.raises(SoldOut):
            stranger.grab(sale.item, 1, key="late", now=NOW + 2 * MINUTE)
    order = amy.grab(sale.item, 1, now=NOW + 2 * MINUTE)
    pay(actor=amy.actor, order_id=order.id, now=NOW + 3 * MINUTE)
    row = Reservation.objects.get()
    assert (row.outcome, row.taken_units, row.taken_by) == ("taken", 1, f"order:{order.id}")
    assert WaitingEntry.objects.get(reseller=amy.id).end == "served"
    assert units_of(sale.item) == (1, 0, 0, 1)
    assert [violation.what for violation in all_violations()] == []


def test_a_reservation_that_lapses_goes_to_the_next_and_the_last_one_frees_the_unit() -> None:
    sale = SoldOutSale()
    amy, bea = sale.waits(), sale.waits()
    sale.give_back()
    assert expire_reservations(now=NOW + 16 * MINUTE - MINUTE / 60) == 0
    assert expire_reservations(now=NOW + 16 * MINUTE) == 1
    assert sale.reserved() == [(bea.id, 1)]
    with pytest.raises(SoldOut):
        amy.grab(sale.item, 1, now=NOW + 17 * MINUTE)
    assert expire_reservations(now=NOW + 31 * MINUTE) == 1
    assert sale.reserved() == []
    assert units_of(sale.item) == (1, 1, 0, 0)
    assert list(WaitingEntry.objects.order_by("pk").values_list("end", flat=True)) == ["lapsed", "lapsed"]
    assert amy.grab(sale.item, 1, now=NOW + 32 * MINUTE).units == 1
    assert [violation.what for violation in all_violations()] == []


def test_the_clock_decides_and_not_the_job_whether_a_reservation_holds() -> None:
    sale = SoldOutSale()
    amy = sale.waits()
    sale.give_back()
    with pytest.raises(SoldOut):
        amy.grab(sale.item, 1, now=NOW + 16 * MINUTE)
    assert sale.reserved() == [(amy.id, 1)]


def test_a_lapse_at_night_keeps_the_place_and_rests_until_the_morning() -> None:
    sale = SoldOutSale()
    night = timedelta(hours=13)  # one o'clock in China
    amy = sale.waits()
    assert expire_unpaid(now=NOW + night) == 1
    assert expire_reservations(now=NOW + night + 15 * MINUTE) == 1
    assert (units_of(sale.item), sale.reserved()) == ((1, 1, 0, 0), [])
    assert reserve_what_was_missed(now=NOW + night + HOUR) == 0
    assert reserve_what_was_missed(now=NOW + 20 * HOUR) == 1
    assert sale.reserved() == [(amy.id, 1)]


@pytest.mark.parametrize("sources", [2, 5])
def test_who_lets_a_reservation_lapse_by_day_waits_for_nobody_any_more(sources: int) -> None:
    sale = SoldOutSale()
    amy = sale.waits_for_customers(sources)
    bea = sale.waits(after=MINUTE / 2)
    sale.give_back()
    assert sale.reserved() == [(amy.id, 1)]
    assert expire_reservations(now=NOW + 16 * MINUTE) == 1
    assert sale.reserved() == [(bea.id, 1)]
    assert set(WaitingEntry.objects.filter(reseller=amy.id).values_list("end", flat=True)) == {"lapsed"}
    assert expire_reservations(now=NOW + 31 * MINUTE) == 1
    assert (sale.reserved(), units_of(sale.item)) == ([], (1, 1, 0, 0))
    assert [violation.what for violation in all_violations()] == []


def test_a_lapse_at_night_lets_all_her_entries_of_the_size_rest_and_others_wait_on() -> None:
    sale = SoldOutSale()
    night = timedelta(hours=13)  # one o'clock in China
    amy = sale.waits_for_customers(2)
    bea = sale.waits(after=MINUTE)
    assert expire_unpaid(now=NOW + night) == 1
    assert expire_reservations(now=NOW + night + 15 * MINUTE) == 1
    assert sale.reserved() == [(bea.id, 1)]
    assert expire_reservations(now=NOW + night + 30 * MINUTE) == 1
    assert (units_of(sale.item), sale.reserved()) == ((1, 1, 0, 0), [])
    assert reserve_what_was_missed(now=NOW + 20 * HOUR) == 1
    assert sale.reserved() == [(amy.id, 1)]
    assert WaitingEntry.objects.filter(ended_at=None).count() == 3


def test_all_ways_in_which_units_come_back_follow_the_order_of_asking() -> None:
    sale = SoldOutSale(units=3)
    waiting = [sale.waits(after=MINUTE * number / 10) for number in range(3)]
    sale.give_back(0)
    assert sale.reserved() == [(waiting[0].id, 1)]
    sale.market.top_up(sale.holders[1], 5000_00)
    pay(actor=sale.holders[1].actor, order_id=sale.orders[1].id, now=NOW + 2 * MINUTE)
    line = OrderLine.objects.get(order=sale.orders[1].id)
    refunds.refund_unshipped(actor=sale.market.ops, line_id=line.pk, units=1, note="", key="mind", now=NOW + 3 * MINUTE)
    assert sale.reserved() == [(each.id, 1) for each in waiting[:2]]
    assert expire_unpaid(now=NOW + 15 * MINUTE) == 1
    assert sale.reserved() == [(each.id, 1) for each in waiting]
    assert units_of(sale.item) == (3, 0, 3, 0)
    assert [violation.what for violation in all_violations()] == []


def test_part_of_what_she_waits_for_is_reserved_and_the_rest_keeps_its_place() -> None:
    sale = SoldOutSale(units=4)
    amy, bea = sale.waits(3), sale.waits(1)
    sale.give_back(0)
    sale.give_back(1)  # while one unit is reserved for Amy, the next one is Bea's
    assert sale.reserved() == [(amy.id, 1), (bea.id, 1)]
    amy.grab(sale.item, 1, now=NOW + 2 * MINUTE)
    entry = WaitingEntry.objects.get(reseller=amy.id)
    assert (entry.taken_units, entry.ended_at) == (1, None)
    sale.give_back(2, after=3 * MINUTE)
    assert sale.reserved() == [(bea.id, 1), (amy.id, 1)]
    assert [violation.what for violation in all_violations()] == []


def test_who_takes_fewer_than_are_reserved_leaves_the_rest_to_the_next() -> None:
    sale = SoldOutSale(units=2)
    amy = sale.market.reseller()
    two = GrabLine(sale.item, 2, amy.recipient_id)
    for number in range(2):
        sale.give_back(number)
    both = grab(actor=amy.actor, lines=[two], key="both", now=NOW + MINUTE)
    bea, cleo = sale.waits(2), sale.waits(1, after=MINUTE)
    cancel_unpaid(actor=amy.actor, order_id=both.id, now=NOW + 2 * MINUTE)
    assert sale.reserved() == [(bea.id, 2)]
    bea.grab(sale.item, 1, now=NOW + 3 * MINUTE)
    assert sale.reserved() == [(cleo.id, 1)]
    assert WaitingEntry.objects.get(reseller=bea.id).end == "served"
    assert [violation.what for violation in all_violations()] == []


def test_a_reserved_unit_can_be_declined_and_an_entry_withdrawn() -> None:
    sale = SoldOutSale()
    amy, bea = sale.waits(), sale.waits()
    sale.give_back()
    reservation = Reservation.objects.get()
    with pytest.raises(NoSuchReservation):
        decline(actor=bea.actor, reservation_id=reservation.pk, now=NOW + 2 * MINUTE)
    decline(actor=amy.actor, reservation_id=reservation.pk, now=NOW + 2 * MINUTE)
    assert sale.reserved() == [(bea.id, 1)]
    with pytest.raises(NoSuchReservation):
        decline(actor=amy.actor, reservation_id=reservation.pk, now=NOW + 2 * MINUTE)
    entry = WaitingEntry.objects.get(reseller=bea.id)
    with pytest.raises(NoSuchWaitingEntry):
        withdraw(actor=amy.actor, entry_id=entry.pk, now=NOW + 3 * MINUTE)
    for _ in range(2):
        withdraw(actor=bea.actor, entry_id=entry.pk, now=NOW + 3 * MINUTE)
    entry.refresh_from_db()
    assert (entry.end, sale.reserved(), units_of(sale.item)) == ("withdrawn", [], (1, 1, 0, 0))
    assert [violation.what for violation in all_violations()] == []


@pytest.mark.parametrize("gives_up", ["declines", "withdraws"])
@pytest.mark.parametrize("after", [2 * MINUTE, 16 * MINUTE - MINUTE / 60])
def test_who_gives_reserved_units_up_is_not_served_by_her_next_entry(gives_up: str, after: timedelta) -> None:
    sale = SoldOutSale()
    amy = sale.waits_for_customers(2)
    sale.give_back()
    [reservation] = Reservation.objects.all()
    if gives_up == "declines":
        decline(actor=amy.actor, reservation_id=reservation.pk, now=NOW + after)
    else:
        withdraw(actor=amy.actor, entry_id=reservation.entry_id, now=NOW + after)
    assert (sale.reserved(), units_of(sale.item)) == ([], (1, 1, 0, 0))
    assert reserve_what_was_missed(now=NOW + after + 14 * MINUTE) == 0
    assert sale.market.reseller().grab(sale.item, 1, now=NOW + after + 14 * MINUTE).units == 1
    assert [violation.what for violation in all_violations()] == []


def test_what_nobody_took_is_reserved_for_her_other_entry_once_that_has_rested() -> None:
    sale = SoldOutSale()
    amy, bea = sale.waits_for_customers(1), sale.waits(after=MINUTE)
    other = sale.ask_for_customer(amy)
    sale.give_back(after=2 * MINUTE)
    decline(actor=amy.actor, reservation_id=Reservation.objects.get().pk, now=NOW + 3 * MINUTE)
    assert sale.reserved() == [(bea.id, 1)]
    decline(actor=bea.actor, reservation_id=Reservation.objects.latest("pk").pk, now=NOW + 4 * MINUTE)
    assert (sale.reserved(), units_of(sale.item)) == ([], (1, 1, 0, 0))
    assert reserve_what_was_missed(now=NOW + 18 * MINUTE) == 1
    assert sale.reserved() == [(amy.id, 1)]
    assert Reservation.objects.latest("pk").entry_id == other
    assert [violation.what for violation in all_violations()] == []


def test_ask_for_refuses_what_can_be_had_and_what_never_could() -> None:
    sale = SoldOutSale(units=2, item_limit=2)
    amy = sale.market.reseller()
    sale.give_back(0)
    with pytest.raises(NotSoldOut) as left:
        sale.ask(amy)
    assert left.value.available == 1
    sale.holders[0].grab(sale.item, 1, now=NOW + MINUTE)
    with pytest.raises(OverLimit):
        sale.ask(amy, 3)
    for lines in ([], [WaitingLine(sale.item, 0)], [WaitingLine(sale.item, 1)] * 2):
        with pytest.raises(InvalidWaiting):
            ask_for(actor=amy.actor, lines=lines, now=NOW)
    with pytest.raises(SaleNotLive):
        sale.ask(amy, after=48 * HOUR)
    entry = sale.ask(amy, 2)
    assert sale.ask(amy, 2) == entry
    with pytest.raises(AlreadyWaiting):
        sale.ask(amy, 1)
    assert sale.ask(amy, 1, source="wish:7") != entry
    assert WaitingEntry.objects.count() == 2


def test_ask_for_refuses_units_that_the_terms_of_each_size_do_not_allow() -> None:
    sale = SoldOutSale(units=3)
    style = Sku.objects.get(pk=sale.sku).style_id
    terms = QuantityTerms(min_units=3, multiple_of=3, per_sku=True)
    set_quantity_terms(actor=sale.market.ops, brand_id=sale.market.brand_id, style_ids=[style], terms=terms, now=NOW)
    amy = sale.market.reseller()
    with pytest.raises(NeverEnough):
        sale.ask(amy, 2)
    sale.ask(amy, 3)
    for number in range(2):
        sale.give_back(number)
    assert (sale.reserved(), units_of(sale.item)) == ([], (3, 2, 1, 0))
    sale.give_back(2)
    assert sale.reserved() == [(amy.id, 3)]


def test_a_limit_and_a_deactivated_reseller_leave_units_to_those_behind() -> None:
    sale = SoldOutSale(units=2, limit_units=1)
    amy, bea, cleo = sale.waits(), sale.waits(), sale.waits()
    deactivate(actor=sale.market.ops, person_id=amy.actor.own_id, reason="停用", now=NOW)
    sale.give_back(0)
    assert sale.reserved() == [(bea.id, 1)]
    sale.give_back(1)
    assert sale.reserved() == [(bea.id, 1), (cleo.id, 1)]


def test_what_is_reserved_counts_as_available_to_her_alone() -> None:
    sale = SoldOutSale(item_limit=1)
    amy, bea = sale.waits(), sale.market.reseller()
    sale.give_back()

    def offer(daigou: Daigou) -> tuple[int, int]:
        found = get_offers(item_ids=[sale.item], tier=0, reseller_id=daigou.id, at=NOW + MINUTE)[sale.item]
        return found.available, found.item_taken

    assert (offer(amy), offer(bea)) == ((1, 0), (0, 0))


def test_a_placement_of_what_is_left_takes_what_is_reserved_and_keeps_what_it_cannot_take() -> None:
    sale = SoldOutSale(units=2)
    amy = sale.waits(2)
    sale.give_back()
    lines = [GrabLine(sale.item, 2, amy.recipient_id)]
    order = place_orders(actor=amy.actor, lines=lines, key="left", take=Take.WHAT_IS_LEFT, now=NOW + 2 * MINUTE)
    assert (order.units, len(order.refused_lines)) == (1, 1)
    assert Reservation.objects.get().taken_by == f"order:{order.id}"
    sale.give_back(1, after=3 * MINUTE)
    changed = change_units(actor=amy.actor, line_id=order.lines[0].id, units=2, now=NOW + 4 * MINUTE)
    assert changed.units == 2
    assert WaitingEntry.objects.get(reseller=amy.id).end == "served"
    assert [violation.what for violation in all_violations()] == []


def test_the_sale_ends_and_reserved_units_return_to_free_stock() -> None:
    sale = SoldOutSale()
    amy = sale.waits()
    sale.give_back()
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale, reason="提前", now=NOW + 2 * MINUTE)
    with pytest.raises(SaleNotLive):
        amy.grab(sale.item, 1, now=NOW + 3 * MINUTE)
    assert Sku.objects.get(pk=sale.sku).allotted == 0
    assert list(WaitingEntry.objects.values_list("end", flat=True)) == ["sale_over"]
    assert expire_reservations(now=NOW + 20 * MINUTE) == 0
    assert [violation.what for violation in all_violations()] == []


class ReservedBesideOthers:
    """A unit of one size is reserved for Amy; another size has units left, of the same sale or of another one."""

    def __init__(self, *, limit_units: int | None = None, same_sale: bool = True) -> None:
        self.market = Marketplace()
        self.sku, other_sku = self.market.sku(units=1), self.market.sku(units=9)
        skus = (self.sku, other_sku) if same_sale else (self.sku,)
        self.sale = self.market.sale(*skus, limit_units=limit_units)
        self.item = item_of(self.sale, self.sku)
        self.other = item_of(self.sale if same_sale else self.market.sale(other_sku), other_sku)
        self.skus = (other_sku, self.sku)
        holder = self.market.reseller()
        order = holder.grab(self.item, 1)
        self.amy = self.market.reseller(wallet_fen=5000_00)
        ask_for(actor=self.amy.actor, lines=[WaitingLine(self.item, 1)], now=NOW)
        cancel_unpaid(actor=holder.actor, order_id=order.id, now=NOW)

    def place_what_is_left(self, units: int, *, after: timedelta = MINUTE) -> OrderView:
        """Order units of the other size and, behind them, the one that is reserved."""
        lines = [GrabLine(self.other, units, self.amy.recipient_id), GrabLine(self.item, 1, self.amy.recipient_id)]
        return place_orders(actor=self.amy.actor, lines=lines, key="left", take=Take.WHAT_IS_LEFT, now=NOW + after)

    def taken_of_item(self) -> int:
        return ItemTally.objects.get(item_id=self.item, reseller_id=self.amy.id).units


def test_a_reservation_that_a_limit_leaves_no_room_for_ends_and_counts_as_taken_no_more() -> None:
    sale = ReservedBesideOthers(limit_units=2)
    order = sale.place_what_is_left(2)
    assert (order.units, len(order.refused_lines)) == (2, 1)
    assert (units_of(sale.item), sale.taken_of_item()) == ((1, 1, 0, 0), 0)
    assert WaitingEntry.objects.get(reseller=sale.amy.id).end == "declined"
    assert [violation.what for violation in all_violations()] == []


def test_a_workbook_whose_limit_leaves_no_room_for_what_is_reserved_orders_the_lines_above_it() -> None:
    sale = ReservedBesideOthers(limit_units=2)
    upload = preview(sale.amy, line(sale.skus[0], 2), line(sale.skus[1], 1))
    result = commit_upload(actor=sale.amy.actor, upload_id=upload.id, take=Take.WHAT_IS_LEFT, now=NOW + MINUTE)
    assert result.order.units == 2
    assert (units_of(sale.item), sale.taken_of_item()) == ((1, 1, 0, 0), 0)
    assert [violation.what for violation in all_violations()] == []


def test_an_order_takes_nothing_that_is_reserved_in_a_sale_that_was_closed() -> None:
    sale = ReservedBesideOthers(same_sale=False)
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale, reason="提前", now=NOW + MINUTE)
    order = sale.place_what_is_left(1, after=2 * MINUTE)
    assert (order.units, len(order.refused_lines)) == (1, 1)
    assert (Sku.objects.get(pk=sale.sku).allotted, sale.taken_of_item()) == (0, 0)
    assert [violation.what for violation in all_violations()] == []


def test_ops_see_the_demand_of_each_size() -> None:
    sale = SoldOutSale(units=2)
    sale.waits(3)
    sale.waits(2)
    sale.give_back()
    [demand] = list_demand(sale.sale)
    assert (demand.waiting_units, demand.resellers, demand.reserved_units) == (5, 2, 1)


def test_a_grab_takes_no_more_statements_because_somebody_waits() -> None:
    sale = SoldOutSale(units=2)
    buyers = [sale.market.reseller() for _ in range(2)]
    other = sale.market.sale(sku := sale.market.sku(units=9))
    item = item_of(other, sku)

    def statements(buyer: Daigou) -> int:
        with CaptureQueriesContext(connection) as captured:
            grab(actor=buyer.actor, lines=[GrabLine(item, 1, buyer.recipient_id)], key="count", now=NOW)
        return len(captured)

    before = statements(buyers[0])
    sale.waits()
    assert statements(buyers[1]) == before
