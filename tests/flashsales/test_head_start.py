"""A sale opens for higher tiers before it opens for all (SALE-19): each grab by the tier and the instant of arrival, also in a batch."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from accounts.rules import SYSTEM, Actor, NotAllowed
from config.inboxes import inbox_of
from db import sql
from events.selectors import list_events
from flashsales.models import AnnouncedOpening, Sale, SaleItem
from flashsales.rules import Phase
from flashsales.rules.finder import StyleFilter
from flashsales.rules.head_start import (
    MAX_HEAD_START,
    HeadStartFault,
    delays_of,
    head_start_fault,
    head_starts_of,
    opens_at,
    opens_to_all_at,
    period_of_tier,
)
from flashsales.selectors import finder, goods
from flashsales.selectors.facets import FacetCounts, get_facet_counts
from flashsales.selectors.hero import get_pinned_sale
from flashsales.selectors.offers import get_live_offers
from flashsales.selectors.openings import list_openings
from flashsales.selectors.sales import get_sale, list_open_sales
from flashsales.selectors.styles import get_style_in_sale
from flashsales.services import ending, hero, planning, publishing, waiting_list
from flashsales.services.head_start import InvalidHeadStart, set_head_start
from flashsales.services.locking import NotADraft
from flashsales.services.openings import (
    REMINDED_BEFORE,
    announce_head_starts,
    announce_openings,
    remind_of_openings,
)
from flashsales.services.reminders import NotInPreview, ask_reminder
from flashsales.services.units import SaleNotLive, SaleOpensLaterForTier
from flashsales.services.waiting_list import WaitingLine
from flashsales.services.windows import PreviewAfterStart
from flashsales.sql.openings import not_open_sql, opens_at_sql
from forwarding.selectors.forwards import get_own_customer_page
from forwarding.services import forwards, prices
from inventory.models import Style
from kernel.clock import set_to
from kernel.period import Period
from membership.rules.tiers import TIER_COUNT, Tier
from membership.services import adjustments
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.selectors.orders import OrderView
from orders.services.batches import GrabRequest, place_batch
from orders.services.grab import grab
from orders.services.placing import GrabLine, place_orders
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.membership.test_api import Caller
from tests.own_cache import clear_own_cache
from tests.violations import all_violations

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
MINUTES = [0, 0, 0, 5, 10, 15]
TO_ALL = NOW + HOUR
FIRST = TO_ALL - 15 * MINUTE
"""When the sale opens for VIP5."""

head_starts = st.lists(st.integers(1, MAX_HEAD_START) | st.just(0), min_size=5, max_size=5).map(
    lambda minutes: [0, *sorted(minutes)]
)


@built_once_class
@dataclass
class Early:
    """A sale of two units in preview: it opens at FIRST for VIP5, 5 minutes later for VIP4, again for VIP3, at TO_ALL for the rest."""

    market: Marketplace = field(default_factory=Marketplace)
    by_tier: dict[Tier, Daigou] = field(init=False)
    sale_id: int = field(init=False)
    item_id: int = field(init=False)
    sku_id: int = field(init=False)
    units: int = 2

    def __post_init__(self) -> None:
        market = self.market
        self.by_tier = {tier: market.reseller() for tier in Tier}
        for tier, daigou in self.by_tier.items():
            if tier:
                adjustments.match_tier(actor=SYSTEM, reseller_id=daigou.id, tier=tier, months=1, reason="test", now=NOW)
        self.sku_id = market.sku(style_no="EARLY-1", units=self.units)
        draft = planning.schedule(
            actor=market.ops, brand_id=market.brand_id, title="提前专场", starts_at=TO_ALL, preview_at=NOW, now=NOW
        )
        planning.add_items(
            actor=market.ops, sale_id=draft.id, lines=[planning.PlannedUnits(self.sku_id, self.units)], now=NOW
        )
        set_head_start(actor=market.ops, sale_id=draft.id, minutes=MINUTES, now=NOW)
        publishing.publish(actor=market.ops, sale_id=draft.id, now=NOW)
        self.sale_id, self.item_id = draft.id, item_of(draft.id, self.sku_id)

    @property
    def style_id(self) -> int:
        return Style.objects.get(style_no="EARLY-1").pk


def request_of(daigou: Daigou, item_id: int, at: datetime) -> GrabRequest:
    return GrabRequest([GrabLine(item_id, 1, daigou.recipient_id)], uuid4().hex, Take.ALL, at, actor=daigou.actor)


def login_of(actor: Actor) -> str:
    return Person.objects.get(pk=actor.own_id).login


# The rule


@given(head_starts)
def test_a_higher_tier_never_waits_longer_and_the_opening_for_all_stays(minutes: list[int]) -> None:
    assert head_start_fault(minutes) is None
    delays = delays_of(minutes)
    starts_at = TO_ALL - max(minutes) * MINUTE
    openings = [opens_at(starts_at, delays, tier) for tier in Tier]
    assert openings == [TO_ALL - each * MINUTE for each in minutes]
    assert openings == sorted(openings, reverse=True)
    assert opens_to_all_at(starts_at, delays) == TO_ALL
    assert openings[Tier.VIP5] == starts_at
    assert head_starts_of(delays) == minutes
    assert (delays is None) == (max(minutes) == 0)


@pytest.mark.parametrize(
    ("minutes", "fault"),
    [
        ([0, 0, 0, 5, 10], HeadStartFault.COUNT),
        ([0, 0, 0, 5, 10, MAX_HEAD_START + 1], HeadStartFault.RANGE),
        ([0, 0, 0, -1, 10, 15], HeadStartFault.RANGE),
        ([1, 1, 1, 5, 10, 15], HeadStartFault.TRIAL),
        ([0, 0, 6, 5, 10, 15], HeadStartFault.ORDER),
    ],
)
def test_set_head_start_refuses_what_makes_no_sense(minutes: list[int], fault: HeadStartFault) -> None:
    market = Marketplace()
    draft = market.draft(market.sku(), starts_at=TO_ALL)
    before = Sale.objects.values().get()
    with pytest.raises(InvalidHeadStart) as refused:
        set_head_start(actor=market.ops, sale_id=draft, minutes=minutes, now=NOW)
    assert refused.value.fault == fault
    assert Sale.objects.values().get() == before


def test_a_sale_that_ended_before_it_opened_for_a_tier_has_ended_for_it() -> None:
    window = Period(FIRST, FIRST + 2 * MINUTE)
    assert period_of_tier(window, delays_of(MINUTES), Tier.TRIAL).ends_at == window.ends_at
    early = Early()
    ending.end_early(actor=early.market.ops, sale_id=early.sale_id, reason="品牌要求", now=FIRST + MINUTE)
    for tier in Tier:
        assert get_sale(early.sale_id, at=FIRST + 2 * MINUTE, tier=tier).phase is Phase.ENDED
    with pytest.raises(SaleNotLive):
        early.by_tier[Tier.TRIAL].grab(early.item_id, now=FIRST + 2 * MINUTE)
    assert all_violations() == []


def test_the_statements_say_what_the_rule_says() -> None:
    market = Marketplace()
    sale_id = market.sale(market.sku(), starts_at=TO_ALL)
    ends_at = TO_ALL + 48 * HOUR

    @given(minutes=head_starts, tier=st.sampled_from(Tier), after=st.integers(-5, MAX_HEAD_START + 5))
    def compare(minutes: list[int], tier: Tier, after: int) -> None:
        starts_at, delays = TO_ALL - max(minutes) * MINUTE, delays_of(minutes)
        Sale.objects.filter(pk=sale_id).update(preview_at=starts_at, starts_at=starts_at, opening_delays=delays)
        at = starts_at + after * MINUTE
        opening = opens_at(starts_at, delays, tier)
        parameters = {"at": at, "tier": int(tier)}
        assert sql.value(f"SELECT {opens_at_sql('%(tier)s::int')} FROM flashsales_sale s", parameters) == opening
        assert sql.value(f"SELECT {opens_at_sql('NULL::int')} FROM flashsales_sale s", parameters) == starts_at
        waits = [sale_id] if starts_at <= at < min(opening, ends_at) else []
        assert sql.value(f"SELECT {not_open_sql('%(tier)s::int')}", parameters) == waits

    compare()


# Entering it


def test_set_head_start_moves_the_window_and_leaves_the_opening_for_all() -> None:
    market = Marketplace()
    draft = market.draft(market.sku(), starts_at=TO_ALL)
    ends_at = Sale.objects.get().ends_at
    view = set_head_start(actor=market.ops, sale_id=draft, minutes=MINUTES, now=NOW)
    assert (view.preview_at, view.starts_at, view.ends_at) == (FIRST, FIRST, ends_at)
    assert view.head_start_minutes == MINUTES
    assert [(each.tier, each.opens_at) for each in view.openings] == [
        (Tier.VIP5, FIRST),
        (Tier.VIP4, FIRST + 5 * MINUTE),
        (Tier.VIP3, FIRST + 10 * MINUTE),
        (Tier.TRIAL, TO_ALL),
    ]
    shorter = set_head_start(actor=market.ops, sale_id=draft, minutes=[0, 0, 0, 0, 0, 3], now=NOW)
    assert shorter.starts_at == TO_ALL - 3 * MINUTE
    none = set_head_start(actor=market.ops, sale_id=draft, minutes=[0] * TIER_COUNT, now=NOW)
    assert (none.preview_at, none.starts_at, none.openings) == (TO_ALL, TO_ALL, [])
    assert Sale.objects.get().opening_delays is None
    assert list_openings(TO_ALL, None) == []


def test_set_head_start_is_for_ops_and_before_the_publication() -> None:
    early = Early()
    before = Sale.objects.values().get()
    for actor in (early.market.clerk, early.by_tier[Tier.VIP5].actor):
        with pytest.raises(NotAllowed):
            set_head_start(actor=actor, sale_id=early.sale_id, minutes=[0] * TIER_COUNT, now=NOW)
    with pytest.raises(NotADraft):
        set_head_start(actor=early.market.ops, sale_id=early.sale_id, minutes=[0] * TIER_COUNT, now=NOW)
    assert Sale.objects.values().get() == before


def test_set_head_start_refuses_a_preview_after_the_first_tier() -> None:
    market = Marketplace()
    draft = planning.schedule(
        actor=market.ops, brand_id=market.brand_id, title="x", starts_at=TO_ALL, preview_at=TO_ALL - MINUTE, now=NOW
    )
    with pytest.raises(PreviewAfterStart):
        set_head_start(actor=market.ops, sale_id=draft.id, minutes=MINUTES, now=NOW)
    assert Sale.objects.get().opening_delays is None


def test_a_rerun_has_the_head_starts_of_its_sale() -> None:
    early = Early()
    ending.end_early(actor=early.market.ops, sale_id=early.sale_id, reason="品牌要求", now=TO_ALL + HOUR)
    opens = TO_ALL + 30 * HOUR
    draft = planning.rerun(actor=early.market.ops, sale_id=early.sale_id, starts_at=opens, now=TO_ALL + 2 * HOUR)
    assert (draft.starts_at, draft.head_start_minutes) == (opens - 15 * MINUTE, MINUTES)


# The grab


@pytest.mark.parametrize("tier", list(Tier))
def test_grab_is_judged_by_tier_and_instant(tier: Tier) -> None:
    early = Early()
    daigou = early.by_tier[tier]
    opening = TO_ALL - MINUTES[tier] * MINUTE
    line = [GrabLine(early.item_id, 1, daigou.recipient_id)]
    just_before = opening - timedelta.resolution
    for take in Take:
        with pytest.raises(SaleOpensLaterForTier if just_before >= FIRST else SaleNotLive):
            place_orders(actor=daigou.actor, lines=line, key=f"single-{take}", take=take, now=just_before)
        with pytest.raises(SaleNotLive):
            grab(actor=daigou.actor, lines=line, key=f"batch-{take}", take=take, now=just_before)
    assert Order.objects.count() == 0
    assert units_of(early.item_id) == (2, 2, 0, 0)
    grab(actor=daigou.actor, lines=line, key="a", now=opening)
    place_orders(actor=daigou.actor, lines=line, key="b", now=opening)
    assert units_of(early.item_id) == (2, 0, 2, 0)
    assert all_violations() == []


def test_a_batch_judges_each_grab_by_its_own_tier_and_arrival() -> None:
    early = Early()
    trial, vip3, vip5 = (early.by_tier[tier] for tier in (Tier.TRIAL, Tier.VIP3, Tier.VIP5))
    at = FIRST + 10 * MINUTE
    outcomes = place_batch(
        [
            request_of(trial, early.item_id, at),
            request_of(vip3, early.item_id, at - timedelta.resolution),
            request_of(vip3, early.item_id, at),
            request_of(vip5, early.item_id, at),
        ]
    )
    refused = [each.opens_at for each in outcomes if isinstance(each, SaleOpensLaterForTier)]
    assert refused == [TO_ALL, at]
    assert [type(each) for each in outcomes[2:]] == [OrderView, OrderView]
    assert units_of(early.item_id) == (2, 0, 2, 0)
    assert all_violations() == []


def test_a_member_whose_tier_rises_during_the_head_start_is_let_in_at_once() -> None:
    early = Early()
    trial = early.by_tier[Tier.TRIAL]
    with pytest.raises(SaleOpensLaterForTier) as refused:
        trial.grab(early.item_id, now=FIRST)
    assert refused.value.sentence("zh") == "专场「提前专场」2026-11-22 13:00 对您的等级开抢"
    adjustments.match_tier(actor=SYSTEM, reseller_id=trial.id, tier=Tier.VIP5, months=1, reason="test", now=FIRST)
    assert trial.grab(early.item_id, now=FIRST).tier == Tier.VIP5


def test_nobody_waits_for_sold_out_sizes_before_her_own_opening() -> None:
    early = Early()
    early.by_tier[Tier.VIP5].grab(early.item_id, 2, now=FIRST)
    ask = [WaitingLine(early.item_id, 1)]
    vip4 = early.by_tier[Tier.VIP4]
    with pytest.raises(SaleOpensLaterForTier):
        waiting_list.ask_for(actor=vip4.actor, lines=ask, now=FIRST)
    assert len(waiting_list.ask_for(actor=vip4.actor, lines=ask, now=FIRST + 5 * MINUTE)) == 1


# What is shown


def test_lists_show_a_sale_as_live_from_her_own_opening_on() -> None:
    early = Early()
    clear_own_cache()
    hero.pin_hero(actor=early.market.ops, sale_id=early.sale_id, now=NOW)
    for at in (FIRST - MINUTE, FIRST, FIRST + 5 * MINUTE, FIRST + 10 * MINUTE, TO_ALL):
        for tier in Tier:
            daigou, is_open = early.by_tier[tier], at >= TO_ALL - MINUTES[tier] * MINUTE
            [shown] = list_open_sales(at=at, tier=tier).items
            assert (shown.phase is Phase.LIVE) == is_open
            assert shown.starts_at == TO_ALL - MINUTES[tier] * MINUTE
            found = finder.find_styles(tier=tier, at=at, filters=StyleFilter())
            assert len(found.items) == is_open
            assert finder.count_styles(tier=tier, at=at, filters=StyleFilter()).count == is_open
            assert len(finder.find_styles(tier=tier, at=at, filters=StyleFilter(sale_id=early.sale_id)).items) == 1
            place = (early.sale_id, early.style_id)
            assert len(finder.get_listed(tier=tier, at=at, places=[place])) == is_open
            assert bool(finder.get_choices(tier=tier, at=at).brands) == is_open
            assert (get_pinned_sale(at=at, tier=tier) is not None) == is_open
            offers = get_live_offers(sku_ids=[early.sku_id], tier=tier, reseller_id=daigou.id, at=at)
            assert len(offers) == (at >= FIRST)
            assert all((offer.phase is Phase.LIVE) == is_open for offer in offers.values())
            listed = goods.list_goods_for_sale(tier=tier, reseller_id=daigou.id, at=at, limit=9)
            assert len(listed) == is_open
            style = get_style_in_sale(
                sale_id=early.sale_id, style_id=early.style_id, tier=tier, reseller_id=daigou.id, at=at
            )
            assert [item.max_units for item in style.items] == [2 if is_open else 0]


def test_counts_of_choices_begin_with_the_opening_for_all() -> None:
    Early()
    clear_own_cache()
    assert get_facet_counts(at=TO_ALL - MINUTE) == FacetCounts()
    assert sum(get_facet_counts(at=TO_ALL + MINUTE).brands.values()) == 1


def test_the_pages_tell_each_tier_its_own_instant() -> None:
    early = Early()

    def page(tier: Tier, at: datetime) -> str:
        client = Client()
        client.force_login(Person.objects.get(pk=early.by_tier[tier].actor.own_id))
        with set_to(at):
            return client.get(f"/shop/sales/{early.sale_id}/").content.decode()

    assert "您是VIP4，2026-11-22 12:50 对您开抢" in page(Tier.VIP4, FIRST)
    assert "距结束" in page(Tier.VIP5, FIRST)
    assert "您是体验会员，2026-11-22 13:00 对您开抢" in page(Tier.TRIAL, FIRST)


def test_pages_of_customers_open_with_the_tier_of_their_reseller() -> None:
    early = Early()
    opened = {}
    for tier in (Tier.TRIAL, Tier.VIP5):
        daigou = early.by_tier[tier]
        prices.set_retail_price(
            actor=daigou.actor, sale_id=early.sale_id, style_id=early.style_id, price_fen=300_00, now=NOW
        )
        forward = forwards.create_forward(actor=daigou.actor, sale_id=early.sale_id, style_id=None, now=NOW)
        page = get_own_customer_page(daigou.id, forward.id, at=FIRST)
        opened[tier] = (page.phase, page.starts_at, [each.starts_at for each in page.view.styles])
    assert opened == {
        Tier.TRIAL: (Phase.PREVIEW, TO_ALL, [TO_ALL]),
        Tier.VIP5: (Phase.LIVE, FIRST, [FIRST]),
    }


# What is told


def test_reminders_come_before_her_own_opening() -> None:
    early = Early()
    trial, vip5 = early.by_tier[Tier.TRIAL], early.by_tier[Tier.VIP5]
    for each in (trial, vip5):
        ask_reminder(actor=each.actor, sale_id=early.sale_id, now=NOW)
    assert remind_of_openings(now=FIRST - REMINDED_BEFORE - MINUTE) == 0
    assert remind_of_openings(now=FIRST - REMINDED_BEFORE) == 1
    assert len(list_events(inbox_of(vip5.actor)).items) == 1
    with pytest.raises(NotInPreview):
        ask_reminder(actor=early.by_tier[Tier.VIP5].actor, sale_id=early.sale_id, now=FIRST)
    ask_reminder(actor=early.by_tier[Tier.VIP4].actor, sale_id=early.sale_id, now=FIRST)
    assert remind_of_openings(now=FIRST) == 1
    assert remind_of_openings(now=TO_ALL - REMINDED_BEFORE) == 1
    [event] = list_events(inbox_of(trial.actor)).items
    assert event.zh == "您要提醒的专场「提前专场」5 分钟后开售"
    assert remind_of_openings(now=TO_ALL) == 0


def test_each_tier_is_told_once_when_the_sale_opens_for_it() -> None:
    early = Early()
    assert announce_openings(now=FIRST) == 0
    assert [announce_head_starts(now=FIRST) for _ in range(2)] == [1, 0]
    assert announce_head_starts(now=FIRST + 10 * MINUTE) == 2
    assert announce_head_starts(now=TO_ALL) == 0
    assert announce_openings(now=TO_ALL) == 1
    assert list(AnnouncedOpening.objects.order_by("tier").values_list("tier", flat=True)) == [3, 4, 5]
    told = {tier: len(list_events(inbox_of(daigou.actor)).items) for tier, daigou in early.by_tier.items()}
    assert told == {Tier.TRIAL: 1, Tier.VIP1: 1, Tier.VIP2: 1, Tier.VIP3: 2, Tier.VIP4: 2, Tier.VIP5: 2}
    assert all_violations() == []


def test_the_window_of_the_head_start_keeps_its_skus_out_of_other_sales() -> None:
    """SALE-2 holds during the head start too."""
    Early()
    item = SaleItem.objects.get()
    assert item.sale_window is not None
    assert item.sale_window.lower == FIRST


def test_the_api_sets_head_starts_and_shows_her_own_opening() -> None:
    market = Marketplace()
    draft = market.draft(market.sku(), starts_at=TO_ALL)
    with set_to(NOW):
        ops = Caller(login_of(market.ops))
        refused = ops.put(f"sales/{draft}/head-start", {"minutes": [0, 9, 0, 5, 10, 15]})
        assert (refused.status_code, refused.json()["code"]) == (422, "flashsales.invalid_head_start")
        assert Sale.objects.get().opening_delays is None
        set_to_all = ops.put(f"sales/{draft}/head-start", {"minutes": MINUTES}).json()
        assert set_to_all["head_start_minutes"] == MINUTES
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    with set_to(FIRST):
        [shown] = Caller(login_of(market.reseller().actor)).get("sales/open").json()["items"]
    assert (shown["phase"], shown["starts_at"]) == ("preview", "2026-11-22T05:00:00Z")
