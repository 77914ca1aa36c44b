"""The waiting room of a sale: nobody grabs before her turn, and no more are let in than the rate allows (SALE-24)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from accounts.rules import SYSTEM, NotAllowed
from flashsales.models import RoomTicket, WaitingEntry, WaitingRoom
from flashsales.rules.waiting_room import EARLY, MAX_POLL, admissions, interval_of, place_at
from flashsales.selectors.waiting_room import WaitingRoomView, get_room
from flashsales.services import ending, planning, publishing
from flashsales.services.head_start import set_head_start
from flashsales.services.locking import NotADraft
from flashsales.services.units import SaleNotLive
from flashsales.services.waiting_list import WaitingLine, ask_for
from flashsales.services.waiting_room import (
    InvalidAdmissionRate,
    InWaitingRoom,
    set_waiting_room,
    take_place,
    take_places,
)
from kernel.clock import set_to
from membership.rules.tiers import Tier
from membership.services import adjustments
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.selectors.cart import get_lines_again
from orders.selectors.orders import OrderView
from orders.services.again import AgainLine, order_again
from orders.services.batches import GrabRequest, NotDecided, place_batch
from orders.services.grab import expire_unpaid, grab
from orders.services.placing import GrabLine, place_orders
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.membership.test_api import Caller
from tests.violations import all_violations

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
OPENS = NOW + HOUR
RATE = 2
HALF = SECOND / 2


@built_once_class
@dataclass
class Crowded:
    """A sale in preview of which two resellers per second are admitted from OPENS on, and four resellers."""

    market: Marketplace = field(default_factory=Marketplace)
    resellers: list[Daigou] = field(init=False)
    sale_id: int = field(init=False)
    item_id: int = field(init=False)

    def __post_init__(self) -> None:
        market = self.market
        self.resellers = [market.reseller() for _ in range(4)]
        sku = market.sku(units=9)
        self.sale_id = planning.schedule(
            actor=market.ops, brand_id=market.brand_id, title="等候专场", starts_at=OPENS, preview_at=NOW, now=NOW
        ).id
        planning.add_items(actor=market.ops, sale_id=self.sale_id, lines=[planning.PlannedUnits(sku, 9)], now=NOW)
        set_waiting_room(actor=market.ops, sale_id=self.sale_id, admission_rate=RATE, now=NOW)
        publishing.publish(actor=market.ops, sale_id=self.sale_id, now=NOW)
        self.item_id = item_of(self.sale_id, sku)

    def admitted_from(self, daigou: Daigou, at: datetime) -> datetime | None:
        place = take_place(actor=daigou.actor, sale_id=self.sale_id, now=at)
        assert place is not None
        assert place.is_admitted == (place.admitted_from is not None and place.admitted_from <= at)
        return place.admitted_from


# The rule


@given(
    st.integers(1, 1000),
    st.lists(st.integers(0, 5_000_000), max_size=40),
    st.none() | st.integers(0, 2_000_000),
)
def test_no_more_are_admitted_than_the_rate_allows(rate: int, arrivals: list[int], next_at: int | None) -> None:
    """In every stretch of time, at most rate × time and the one at its beginning; nobody waits while the room is idle."""
    interval = interval_of(rate)
    arrived = [OPENS + timedelta(microseconds=each) for each in sorted(arrivals)]
    first = None if next_at is None else OPENS + timedelta(microseconds=next_at)
    admitted, last = admissions(arrived, interval=interval, next_at=first)
    assert all(at >= arrival for at, arrival in zip(admitted, arrived, strict=True))
    assert admitted == sorted(admitted)
    for place, begin in enumerate(admitted):
        for count, end in enumerate(admitted[place:], 1):
            assert count <= (end - begin) / SECOND * rate + 1.001
    for place, (at, arrival) in enumerate(zip(admitted, arrived, strict=True)):
        before = admitted[place - 1] + interval if place else first
        assert at in (arrival, before)
    assert last == (admitted[-1] + interval if admitted else first)


def test_interval_is_rounded_so_that_the_rate_is_not_exceeded() -> None:
    assert interval_of(3) == timedelta(microseconds=333_334)
    assert all(interval_of(rate) * rate >= SECOND for rate in range(1, 1001))


def test_place_tells_position_and_estimate() -> None:
    def at(seconds: float) -> tuple[int, int, bool, int]:
        now = OPENS + timedelta(seconds=seconds)
        place = place_at(sale_id=1, opens_at=OPENS, admitted_from=OPENS + 30 * SECOND, interval=interval_of(2), at=now)
        return place.position, place.wait_seconds, place.is_admitted, place.poll_seconds

    assert at(0) == (60, 30, False, 7)
    assert at(29.4) == (2, 1, False, 1)
    assert at(30) == (0, 0, True, 1)
    waits = place_at(sale_id=1, opens_at=OPENS, admitted_from=None, interval=SECOND, at=OPENS - 10 * 60 * SECOND)
    assert (waits.position, waits.wait_seconds, waits.is_admitted, waits.poll_seconds) == (0, 600, False, MAX_POLL)


# Entering it


def test_set_waiting_room_is_for_ops_and_drafts() -> None:
    market = Marketplace()
    draft = market.draft(market.sku(), starts_at=OPENS)
    for rate in (0, 1001):
        with pytest.raises(InvalidAdmissionRate):
            set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=rate, now=NOW)
    with pytest.raises(NotAllowed):
        set_waiting_room(actor=market.clerk, sale_id=draft, admission_rate=5, now=NOW)
    assert not WaitingRoom.objects.exists()
    for rate in (5, 7):
        set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=rate, now=NOW)
    assert list(WaitingRoom.objects.values_list("sale_id", "rate")) == [(draft, 7)]
    set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=None, now=NOW)
    assert not WaitingRoom.objects.exists()
    crowded = Crowded()
    with pytest.raises(NotADraft):
        set_waiting_room(actor=crowded.market.ops, sale_id=crowded.sale_id, admission_rate=None, now=NOW)
    assert WaitingRoom.objects.get().rate == RATE


def test_a_rerun_has_the_waiting_room_of_its_sale() -> None:
    crowded = Crowded()
    ending.end_early(actor=crowded.market.ops, sale_id=crowded.sale_id, reason="品牌要求", now=OPENS + HOUR)
    draft = planning.rerun(
        actor=crowded.market.ops, sale_id=crowded.sale_id, starts_at=OPENS + 50 * HOUR, now=OPENS + 2 * HOUR
    )
    assert WaitingRoom.objects.get(sale=draft.id).rate == RATE


# Tickets


def test_who_comes_after_the_opening_is_admitted_in_order_of_arrival() -> None:
    crowded = Crowded()
    first, second, third, late = crowded.resellers
    assert [crowded.admitted_from(each, OPENS) for each in (first, second, third)] == [
        OPENS,
        OPENS + HALF,
        OPENS + 2 * HALF,
    ]
    assert crowded.admitted_from(second, OPENS + 9 * SECOND) == OPENS + HALF
    assert crowded.admitted_from(late, OPENS + 9 * SECOND) == OPENS + 9 * SECOND
    assert RoomTicket.objects.count() == 4
    assert get_room(crowded.sale_id, at=OPENS + HALF) == WaitingRoomView(RATE, early=0, waiting=2, admitted=2)
    assert all_violations() == []


def test_who_comes_before_the_opening_gets_a_random_place_and_goes_first() -> None:
    crowded = Crowded()
    *early, late = crowded.resellers
    for number, each in enumerate(early):
        assert crowded.admitted_from(each, OPENS - EARLY + number * SECOND) is None
    assert crowded.admitted_from(late, OPENS) == OPENS + 3 * HALF
    places = {crowded.admitted_from(each, OPENS) for each in early}
    assert places == {OPENS, OPENS + HALF, OPENS + 2 * HALF}
    assert all_violations() == []


def test_coming_early_is_no_advantage_over_coming_at_the_last_moment() -> None:
    """Of two who wait before the opening each is first about as often: 40 openings, and never the same one in all of them."""
    crowded = Crowded()
    hours, moment = crowded.resellers[:2]
    winners: Counter[int] = Counter()
    for _ in range(40):
        RoomTicket.objects.all().delete()
        WaitingRoom.objects.update(next_admission_at=None)
        crowded.admitted_from(hours, OPENS - EARLY)
        crowded.admitted_from(moment, OPENS - SECOND)
        winners[hours.id if crowded.admitted_from(hours, OPENS) == OPENS else moment.id] += 1
    assert len(winners) == 2


def test_it_is_too_early_to_wait_long_before_the_opening_and_too_late_after_the_end() -> None:
    crowded = Crowded()
    [daigou] = crowded.resellers[:1]
    for at in (OPENS - EARLY - SECOND, OPENS + 48 * HOUR):
        assert take_place(actor=daigou.actor, sale_id=crowded.sale_id, now=at) is None
    other = crowded.market.sale(crowded.market.sku())
    assert take_place(actor=daigou.actor, sale_id=other, now=NOW) is None
    assert take_places(reseller_id=daigou.id, tier=0, sale_ids=[], now=NOW) == []
    assert RoomTicket.objects.count() == 0


def test_a_look_at_ones_place_is_one_statement_and_a_new_ticket_three() -> None:
    crowded = Crowded()
    daigou = crowded.resellers[0]
    for expected in (3, 1, 1):
        with CaptureQueriesContext(connection) as queries:
            take_places(reseller_id=daigou.id, tier=0, sale_ids=[crowded.sale_id], now=OPENS)
        assert len([each for each in queries if "SAVEPOINT" not in each["sql"]]) == expected


def test_tiers_with_a_head_start_are_let_in_at_their_own_opening() -> None:
    market = Marketplace()
    vip, trial = market.reseller(), market.reseller()
    adjustments.match_tier(actor=SYSTEM, reseller_id=vip.id, tier=Tier.VIP5, months=1, reason="test", now=NOW)
    draft = market.draft(market.sku(), starts_at=OPENS)
    set_head_start(actor=market.ops, sale_id=draft, minutes=[0, 0, 0, 0, 0, 10], now=NOW)
    set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=1, now=NOW)
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    early = OPENS - 10 * 60 * SECOND

    def admitted(daigou: Daigou, at: datetime) -> datetime | None:
        place = take_place(actor=daigou.actor, sale_id=draft, now=at)
        assert place is not None
        return place.admitted_from

    assert admitted(trial, early) is None
    assert admitted(vip, early) == early
    assert admitted(trial, OPENS) == OPENS
    assert all_violations() == []


def test_a_tier_that_rises_before_the_opening_moves_her_ticket_forward() -> None:
    market = Marketplace()
    daigou = market.reseller()
    draft = market.draft(market.sku(), starts_at=OPENS)
    set_head_start(actor=market.ops, sale_id=draft, minutes=[0, 0, 0, 0, 0, 10], now=NOW)
    set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=1, now=NOW)
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    early = OPENS - 5 * 60 * SECOND
    assert take_place(actor=daigou.actor, sale_id=draft, now=early)
    adjustments.match_tier(actor=SYSTEM, reseller_id=daigou.id, tier=Tier.VIP5, months=1, reason="test", now=early)
    place = take_place(actor=daigou.actor, sale_id=draft, now=early)
    assert place is not None
    assert place.is_admitted
    assert RoomTicket.objects.get().opens_at == OPENS - 10 * 60 * SECOND


# The grab


@pytest.mark.parametrize("take", list(Take))
def test_a_grab_without_an_admitted_ticket_is_refused_with_her_place(take: Take) -> None:
    crowded = Crowded()
    first, second, third, _ = crowded.resellers
    lines = {each.id: [GrabLine(crowded.item_id, 1, each.recipient_id)] for each in crowded.resellers}
    with pytest.raises(SaleNotLive):
        grab(actor=first.actor, lines=lines[first.id], key="before", take=take, now=OPENS - SECOND)
    assert RoomTicket.objects.count() == 0
    assert grab(actor=first.actor, lines=lines[first.id], key="a", take=take, now=OPENS).units == 1
    with pytest.raises(InWaitingRoom) as refused:
        grab(actor=second.actor, lines=lines[second.id], key="b", take=take, now=OPENS)
    assert (refused.value.position, refused.value.headers()) == (1, {"Retry-After": "1"})
    with pytest.raises(InWaitingRoom) as refused:
        place_orders(actor=third.actor, lines=lines[third.id], key="c", take=take, now=OPENS)
    assert refused.value.sentence("zh") == "专场「等候专场」在排队入场，没有下单：您排第 2 位，约 1 秒后轮到您"
    assert Order.objects.count() == 1
    assert units_of(crowded.item_id) == (9, 8, 1, 0)
    with pytest.raises(InWaitingRoom):
        grab(actor=second.actor, lines=lines[second.id], key="b", take=take, now=OPENS + HALF / 2)
    grab(actor=second.actor, lines=lines[second.id], key="b", take=take, now=OPENS + HALF)
    place_orders(actor=third.actor, lines=lines[third.id], key="c", take=take, now=OPENS + SECOND)
    assert units_of(crowded.item_id) == (9, 6, 3, 0)
    assert all_violations() == []


def test_an_order_of_what_is_left_draws_a_ticket_though_other_lines_are_ordered() -> None:
    crowded = Crowded()
    first, second, *_ = crowded.resellers
    crowded.admitted_from(first, OPENS)
    sku = crowded.market.sku(units=3)
    other = item_of(crowded.market.sale(sku), sku)
    lines = [GrabLine(item, 1, second.recipient_id) for item in (other, crowded.item_id)]
    order = place_orders(actor=second.actor, lines=lines, key="k", take=Take.WHAT_IS_LEFT, now=OPENS)
    assert [line.item_id for line in order.lines] == [other]
    assert [each.code for each in order.refused_lines] == [InWaitingRoom.code]
    assert RoomTicket.objects.get(reseller=second.id).admitted_from == OPENS + HALF
    assert units_of(crowded.item_id) == (9, 9, 0, 0)
    assert all_violations() == []


def test_asking_for_sold_out_goods_draws_a_ticket_and_is_refused_with_her_place() -> None:
    crowded = Crowded()
    first, second, *_ = crowded.resellers
    ask = [WaitingLine(crowded.item_id, 1)]
    with pytest.raises(SaleNotLive):
        ask_for(actor=second.actor, lines=ask, now=OPENS - SECOND)
    assert RoomTicket.objects.get().admitted_from is None
    RoomTicket.objects.all().delete()
    first.grab(crowded.item_id, 9, now=OPENS)
    with pytest.raises(InWaitingRoom) as refused:
        ask_for(actor=second.actor, lines=ask, now=OPENS)
    assert (type(refused.value), refused.value.position) == (InWaitingRoom, 1)
    assert RoomTicket.objects.get(reseller=second.id).admitted_from == OPENS + HALF
    assert not WaitingEntry.objects.exists()
    [entry_id] = ask_for(actor=second.actor, lines=ask, now=OPENS + HALF)
    assert WaitingEntry.objects.get().pk == entry_id
    assert all_violations() == []


def test_ordering_again_what_she_has_to_queue_for_draws_a_ticket_and_names_her_place() -> None:
    crowded = Crowded()
    first, second, *_ = crowded.resellers
    old = second.grab(crowded.item_id, now=OPENS)
    late = OPENS + HOUR
    expire_unpaid(now=late)
    RoomTicket.objects.all().delete()
    assert crowded.admitted_from(first, late) == late
    [shown] = get_lines_again(second.id, old.id, tier=0, at=late)
    assert (shown.item_id, shown.max_units, shown.can_be_ordered) == (crowded.item_id, 1, True)
    again = [AgainLine(shown.line.id, 1, shown.price_fen or 0)]
    with pytest.raises(InWaitingRoom) as refused:
        order_again(actor=second.actor, lines=again, key="again", now=late)
    assert refused.value.position == 1
    assert RoomTicket.objects.get(reseller=second.id).admitted_from == late + HALF
    assert units_of(crowded.item_id) == (9, 9, 0, 0)
    order = order_again(actor=second.actor, lines=again, key="again", now=late + HALF)
    assert [each.item_id for each in order.lines] == [crowded.item_id]


def test_a_batch_refuses_who_waits_and_leaves_who_has_no_ticket_to_the_single_placement() -> None:
    crowded = Crowded()
    first, waiting, stranger, _ = crowded.resellers
    for each in (first, waiting):
        crowded.admitted_from(each, OPENS)

    def request(daigou: Daigou) -> GrabRequest:
        lines = [GrabLine(crowded.item_id, 1, daigou.recipient_id)]
        return GrabRequest(lines, "key", Take.ALL, OPENS, actor=daigou.actor)

    outcomes = place_batch([request(first), request(waiting), request(stranger)])
    assert [type(each) for each in outcomes] == [OrderView, InWaitingRoom, NotDecided]
    assert units_of(crowded.item_id) == (9, 8, 1, 0)


# Pages and programs


def page_of(daigou: Daigou, address: str, at: datetime, **headers: str) -> tuple[str, str]:
    client = Client(headers={"accept": "text/html", **headers})
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    with set_to(at):
        answer = client.get(address)
    return answer.content.decode(), answer.headers.get("HX-Refresh", "")


def test_the_page_tells_her_place_and_goes_on_by_itself() -> None:
    crowded = Crowded()
    daigou, *others = crowded.resellers
    for each in others:
        crowded.admitted_from(each, OPENS)
    address = f"/shop/sales/{crowded.sale_id}/"
    shown, _ = page_of(daigou, address, OPENS)
    assert "您排在第" in shown
    assert f'hx-get="{address}waiting-room/"' in shown
    part, refresh = page_of(daigou, f"{address}waiting-room/", OPENS + SECOND, **{"HX-Request": "true"})
    assert "大约还要 1 秒" in part
    assert refresh == ""
    assert page_of(daigou, f"{address}waiting-room/", OPENS + 2 * SECOND, **{"HX-Request": "true"}) == ("", "true")
    shown, _ = page_of(daigou, address, OPENS + 2 * SECOND)
    assert "距结束" in shown


def test_the_page_of_a_preview_draws_a_ticket_shortly_before_the_opening() -> None:
    crowded = Crowded()
    daigou = crowded.resellers[0]
    address = f"/shop/sales/{crowded.sale_id}/"
    assert "您已在等候室" not in page_of(daigou, address, OPENS - EARLY - SECOND)[0]
    assert "您已在等候室" in page_of(daigou, address, OPENS - EARLY)[0]
    assert RoomTicket.objects.get().reseller_id == daigou.id


def test_the_api_sets_a_rate_and_tells_places() -> None:
    market = Marketplace()
    draft = market.draft(market.sku(), starts_at=OPENS)
    login = {role: Person.objects.get(pk=actor.own_id).login for role, actor in
             (("ops", market.ops), ("reseller", market.reseller().actor))}  # fmt: skip
    with set_to(NOW):
        ops = Caller(login["ops"])
        refused = ops.put(f"sales/{draft}/waiting-room", {"admission_rate": 1001})
        assert (refused.status_code, refused.json()["code"]) == (422, "flashsales.invalid_admission_rate")
        assert ops.put(f"sales/{draft}/waiting-room", {"admission_rate": 1}).status_code == 200
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    with set_to(OPENS):
        caller = Caller(login["reseller"])
        place = caller.post(f"sales/{draft}/place", {}).json()
    assert (place["is_admitted"], place["position"], place["wait_seconds"]) == (True, 0, 0)


def test_ops_are_told_before_the_publication_that_nobody_can_wait_early() -> None:
    market = Marketplace()
    for preview_at, is_warned in ((None, True), (OPENS - EARLY + SECOND, True), (OPENS - EARLY, False)):
        draft = planning.schedule(
            actor=market.ops,
            brand_id=market.brand_id,
            title="等候专场",
            starts_at=OPENS,
            preview_at=preview_at,
            now=NOW,
        ).id
        set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=RATE, now=NOW)
        room = get_room(draft, at=NOW)
        assert room is not None
        assert room.lets_wait_early is not is_warned
        client = Client(headers={"accept": "text/html"})
        client.force_login(Person.objects.get(pk=market.ops.own_id))
        with set_to(NOW):
            page = client.get(f"/console/sales/{draft}/").content.decode()
        assert ("预告不到 15 分钟" in page) is is_warned
