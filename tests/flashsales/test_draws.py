"""The draw of scarce goods: who wins follows from a seed that was committed to, and everybody can run it again (SALE-25)."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from subprocess import run
from sys import executable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import NotAllowed
from accounts.services.people import close_account, deactivate
from config.inboxes import inbox_of
from events.selectors import list_events
from flashsales.models import Draw, DrawEntry, Reservation, SaleItem, WaitingEntry
from flashsales.rules import QuantityTerms, check_draw
from flashsales.rules.check_draw import NoDraw, NothingToCheck, faults_of, notes_of, read_draw, winners_of
from flashsales.rules.draw import (
    Drawn,
    DrawState,
    Won,
    award,
    can_be_drawn,
    commitment_to,
    digest_of_entries,
    rank_entries,
    state_of,
)
from flashsales.selectors.draws import (
    NoSuchDraw,
    get_draw_for_ops,
    get_draw_for_reseller,
    get_draw_settings,
    get_published_draw,
)
from flashsales.services import ending, planning, publishing
from flashsales.services.draws import (
    InvalidDraw,
    InvalidEntryUnits,
    NoSuchDrawEntry,
    NotDrawn,
    NothingToDraw,
    NoTimeToEnter,
    NoTimeToOrder,
    NotTakingEntries,
    TermsNotDrawable,
    UnknownGoods,
    enter,
    hold_draws,
    set_draw,
    withdraw_entry,
)
from flashsales.services.head_start import set_head_start
from flashsales.services.locking import NotADraft
from flashsales.services.quantities import set_quantity_terms
from flashsales.services.reservations import decline, expire_reservations
from flashsales.services.units import GivenOutByDraw, NoSuchItem, OverLimit, SaleNotLive, SoldOut
from flashsales.services.waiting_list import WaitingLine, ask_for
from flashsales.services.waiting_room import DrawWithWaitingRoom, set_waiting_room
from inventory.models import Sku
from orders.rules.lines import Take
from orders.services.batches import GrabRequest, place_batch
from orders.services.grab import cancel_unpaid
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
OPENS = NOW + HOUR
CLOSES = OPENS + 30 * MINUTE
ENTERS = NOW + MINUTE


@built_once_class
@dataclass
class DrawnSale:
    """A sale in preview with a size of three units that is drawn and one of nine that is not, and four resellers."""

    market: Marketplace = field(default_factory=Marketplace)
    limit_units: int | None = None
    resellers: list[Daigou] = field(init=False)
    sale_id: int = field(init=False)
    item_id: int = field(init=False)
    other_item_id: int = field(init=False)

    def __post_init__(self) -> None:
        market = self.market
        self.resellers = [market.reseller() for _ in range(4)]
        scarce = market.sku(units=3, style_no="SCARCE", size="M")
        other = market.sku(units=9, style_no="PLENTY")
        self.sale_id = draft_with(market, {scarce: 3, other: 9}, limit_units=self.limit_units)
        set_draw(actor=market.ops, sale_id=self.sale_id, entry_minutes=30, order_minutes=60, codes=["SCARCE"], now=NOW)
        publishing.publish(actor=market.ops, sale_id=self.sale_id, now=NOW)
        self.item_id, self.other_item_id = item_of(self.sale_id, scarce), item_of(self.sale_id, other)

    def enter(self, *units: int, at: datetime = ENTERS) -> list[int]:
        return [
            enter(actor=each.actor, item_id=self.item_id, units=count, now=at)
            for each, count in zip(self.resellers, units, strict=False)
        ]

    def published(self, at: datetime) -> dict[str, Any]:
        return as_json(get_published_draw(self.sale_id, at=at))

    def by_rank(self) -> list[DrawEntry]:
        return list(DrawEntry.objects.filter(item_id=self.item_id, rank__isnull=False).order_by("rank"))

    def daigou(self, entry: DrawEntry) -> Daigou:
        return next(each for each in self.resellers if each.id == entry.reseller_id)


def draft_with(market: Marketplace, units: dict[int, int], *, limit_units: int | None = None) -> int:
    draft = planning.schedule(
        actor=market.ops,
        brand_id=market.brand_id,
        title="抽签专场",
        starts_at=OPENS,
        preview_at=NOW,
        limit_units=limit_units,
        now=NOW,
    )
    lines = [planning.PlannedUnits(sku, count) for sku, count in units.items()]
    planning.add_items(actor=market.ops, sale_id=draft.id, lines=lines, now=NOW)
    return draft.id


def as_json(published: object) -> dict[str, Any]:
    """As the published file has it."""
    stored: dict[str, Any] = json.loads(json.dumps(asdict(published), default=str))  # type: ignore[call-overload]
    return stored


def kinds_of(daigou: Daigou) -> list[str]:
    return [event.kind for event in list_events(inbox_of(daigou.actor)).items]


# The rule

ENTRIES = st.lists(
    st.builds(Drawn, number=st.integers(1, 10**9), item_id=st.integers(1, 3), units=st.integers(1, 5)),
    max_size=30,
    unique_by=lambda each: each.number,
)
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(ENTRIES, SEEDS, st.randoms(use_true_random=False))
def test_ranking_is_a_permutation_that_no_order_of_arrival_changes(entries: list[Drawn], seed: str, lots: Any) -> None:
    ranks = rank_entries(entries, seed=seed)
    for item_id in (1, 2, 3):
        own = [each.number for each in entries if each.item_id == item_id]
        assert sorted(ranks[number] for number in own) == list(range(1, len(own) + 1))
    shuffled = lots.sample(entries, len(entries))
    assert rank_entries(shuffled, seed=seed) == ranks
    assert digest_of_entries(shuffled) == digest_of_entries(entries)


@given(ENTRIES, SEEDS, st.dictionaries(st.integers(1, 3), st.integers(0, 20)), st.data())
def test_checker_finds_no_fault_in_what_the_rule_says_and_one_in_each_change(
    entries: list[Drawn], seed: str, units: dict[int, int], data: st.DataObject
) -> None:
    draw = published_by_rule(entries, seed, {item_id: units.get(item_id, 2) for item_id in (1, 2, 3)})
    assert read_draw(json.dumps(draw)) == draw
    assert faults_of(draw) == faults_of(draw, commitment=commitment_to(seed)) == []
    assert faults_of(draw, commitment="0" * 64) != []
    assert len(winners_of(draw)) == sum(1 for each in draw["entries"] if each["won_units"])
    if not entries:
        return
    changed = data.draw(st.sampled_from(draw["entries"]))
    key, value = data.draw(
        st.sampled_from([("units", changed["units"] + 1), ("rank", changed["rank"] + 1), ("number", 10**9 + 1)])
    )
    changed[key] = value
    assert faults_of(draw) != []


def published_by_rule(entries: list[Drawn], seed: str, units: dict[int, int]) -> dict[str, Any]:
    ranks = rank_entries(entries, seed=seed)
    won: dict[int, Won] = {}
    for item_id, available in units.items():
        ranked = sorted((each for each in entries if each.item_id == item_id), key=lambda each: ranks[each.number])
        left, got = available, {}
        for each in ranked:
            got[each.number] = min(left, each.units)
            left -= got[each.number]
        won |= {each.number: each for each in award(available, ranked, got)}
    return {
        "format": "weicang-draw-1",
        "state": "drawn",
        "seed": seed,
        "commitment": commitment_to(seed),
        "entries_digest": digest_of_entries(entries),
        "goods": [
            {
                "item_id": item_id,
                "goods": f"G{item_id}",
                "units": count,
                "entry_count": sum(each.item_id == item_id for each in entries),
            }
            for item_id, count in units.items()
        ],
        "entries": [
            {
                "item_id": each.item_id,
                "number": each.number,
                "units": each.units,
                "rank": ranks[each.number],
                "won_units": won[each.number].units,
                "limit_units": won[each.number].limit_units,
            }
            for each in entries
        ],
    }


def test_ranking_is_that_of_the_documented_function() -> None:
    """Worked out by hand from the rule: SHA-256 of seed, digest of the entries, item and number."""
    seed = "00" * 32
    entries = [Drawn(11, 5, 1), Drawn(12, 5, 2), Drawn(13, 5, 1)]
    digest = sha256(b"5:11:1\n5:12:2\n5:13:1").hexdigest()
    lots = {number: sha256(f"{seed}:{digest}:5:{number}".encode()).hexdigest() for number in (11, 12, 13)}
    by_lot = sorted(lots, key=lots.__getitem__)
    assert rank_entries(entries, seed=seed) == {number: place for place, number in enumerate(by_lot, 1)}
    assert commitment_to(seed) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


def test_award_names_what_something_else_than_the_number_of_units_took() -> None:
    ranked = [Drawn(1, 5, 2), Drawn(2, 5, 2), Drawn(3, 5, 2), Drawn(4, 5, 1)]
    assert award(3, ranked, {1: 2, 3: 1}) == [Won(1, 2), Won(2, 0, 0), Won(3, 1), Won(4, 0)]


def test_award_limits_nobody_where_the_terms_let_nobody_order_what_is_left() -> None:
    ranked = [Drawn(1, 5, 2), Drawn(2, 5, 4), Drawn(3, 5, 2), Drawn(4, 5, 2)]
    terms = QuantityTerms(min_units=2, multiple_of=2, per_sku=True)
    assert award(5, ranked, {1: 2, 2: 2}, terms=terms) == [Won(1, 2), Won(2, 2), Won(3, 0), Won(4, 0)]
    assert award(5, ranked, {2: 4}, terms=terms) == [Won(1, 0, 0), Won(2, 4), Won(3, 0), Won(4, 0)]


def test_checker_notices_figures_that_do_not_fit() -> None:
    entries = [Drawn(number, 5, 2) for number in (11, 12, 13)]

    def changed(**goods: object) -> dict[str, Any]:
        draw = published_by_rule(entries, "ab" * 32, {5: 5})
        draw["goods"][0] |= goods
        return draw

    assert faults_of(changed()) == []
    assert faults_of(changed(entry_count=4)) == ["G5: 4 entries are counted, 3 are in the list"]
    twice = changed()
    twice["goods"] *= 2
    assert "goods stand in the list twice" in faults_of(twice)
    unknown = changed()
    for each in unknown["entries"]:
        each["won_units"] = None
    [fault] = faults_of(unknown)
    assert "units are not given out" in fault
    called_off = changed() | {"state": "called_off"}
    assert faults_of(called_off) == ["G5: units were given out of a draw that is called_off"]
    # What is left may be too few to be ordered; then nobody behind gets it.
    by_rank = sorted((rest := changed())["entries"], key=lambda each: each["rank"])
    by_rank[2]["won_units"] = 0
    assert faults_of(rest) == []
    assert notes_of(rest) == ["G5: 1 of its units went to nobody, because by its terms so few are not sold"]
    by_rank[0]["won_units"] = 0
    assert len(faults_of(rest)) == 2
    by_rank[0] |= {"won_units": 0, "limit_units": 0}
    by_rank[2]["won_units"] = 1
    assert len(faults_of(rest)) == 1
    by_rank[2]["won_units"] = 2
    assert faults_of(rest) == []
    assert notes_of(rest)[0].endswith(f"number {by_rank[0]['number']}")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"seed": "xyz"},
        {"goods": {}},
        {"goods": [1]},
        {"entries": [{"item_id": 5}]},
        {"entries": [{"item_id": 5, "number": 1, "units": 1, "rank": 1, "won_units": "1", "limit_units": None}]},
        {"entries": [{"item_id": 5, "number": 1, "units": 1, "rank": 1, "won_units": 1}]},
        {"state": None},
    ],
)
def test_checker_says_what_is_wrong_with_a_file_that_is_none_of_a_draw(change: dict[str, Any]) -> None:
    draw = published_by_rule([Drawn(1, 5, 1)], "ab" * 32, {5: 1})
    assert read_draw(json.dumps(draw)) == draw
    with pytest.raises(NoDraw):
        read_draw(json.dumps(draw | change))
    for text in ("", "[]", "3", "{}"):
        with pytest.raises(NoDraw):
            read_draw(text)


def test_state_follows_from_the_clock() -> None:
    def at(now: datetime, *, is_over: bool = False, drawn_at: datetime | None = None) -> DrawState:
        return state_of(is_over=is_over, opens_at=NOW, closes_at=CLOSES, drawn_at=drawn_at, at=now)

    assert at(NOW - MINUTE) is DrawState.WAITING
    assert at(NOW) is DrawState.OPEN
    assert at(CLOSES - timedelta(microseconds=1)) is DrawState.OPEN
    assert at(CLOSES) is DrawState.CLOSED
    assert at(CLOSES, is_over=True) is DrawState.CALLED_OFF
    assert at(CLOSES, is_over=True, drawn_at=CLOSES) is DrawState.DRAWN
    assert state_of(is_over=False, opens_at=None, closes_at=None, drawn_at=None, at=NOW) is DrawState.DRAFT


def test_sizes_that_cannot_be_ordered_by_themselves_cannot_be_drawn() -> None:
    assert can_be_drawn(None)
    assert can_be_drawn(QuantityTerms(min_units=2, per_sku=True))
    assert not can_be_drawn(QuantityTerms(min_units=2))
    assert not can_be_drawn(QuantityTerms(multiple_of=3))
    assert not can_be_drawn(QuantityTerms(pack={"M": 1, "L": 1}))


# A draft


def test_set_draw_marks_styles_and_barcodes_and_takes_them_back() -> None:
    market = Marketplace()
    whole, single, free = (
        market.sku(style_no="A1"),
        market.sku(style_no="B1", size="M"),
        market.sku(style_no="B1", size="L"),
    )
    Sku.objects.filter(pk=single).update(barcode="690001")
    draft = draft_with(market, {whole: 2, single: 2, free: 2})
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=0, codes=["A1", "690001"], now=NOW)
    drawn = SaleItem.objects.filter(sale=draft, is_drawn=True)
    assert set(drawn.values_list("sku_id", flat=True)) == {whole, single}
    settings = get_draw_settings(draft)
    assert settings is not None
    assert (settings.entry_minutes, settings.order_minutes, settings.codes) == (0, 120, ["A1", "690001"])
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=None, now=NOW)
    assert not drawn.exists()
    assert get_draw_settings(draft) is None


def test_set_draw_refuses_what_makes_no_sense_and_changes_nothing() -> None:
    market = Marketplace()
    sku = market.sku(style_no="A1")
    draft = draft_with(market, {sku: 2})

    def attempt(entry_minutes: int = 30, order_minutes: int = 60, codes: tuple[str, ...] = ("A1",)) -> None:
        set_draw(
            actor=market.ops,
            sale_id=draft,
            entry_minutes=entry_minutes,
            order_minutes=order_minutes,
            codes=codes,
            now=NOW,
        )

    for entry_minutes, order_minutes in ((-1, 60), (30, 14), (30, 1441)):
        with pytest.raises(InvalidDraw):
            attempt(entry_minutes, order_minutes)
    with pytest.raises(NothingToDraw):
        attempt(codes=())
    with pytest.raises(UnknownGoods) as unknown:
        attempt(codes=("A1", "NONE"))
    assert unknown.value.codes == ["NONE"]
    with pytest.raises(NotAllowed):
        set_draw(actor=market.clerk, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    assert not Draw.objects.exists()
    assert not SaleItem.objects.filter(is_drawn=True).exists()


def test_sale_has_a_draw_or_a_waiting_room() -> None:
    market = Marketplace()
    draft = draft_with(market, {market.sku(style_no="A1"): 2})
    set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=5, now=NOW)
    with pytest.raises(DrawWithWaitingRoom):
        set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=None, now=NOW)
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    with pytest.raises(DrawWithWaitingRoom):
        set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=5, now=NOW)


def test_quantity_terms_that_bind_sizes_together_are_refused_before_and_after_marking() -> None:
    market = Marketplace()
    sku = market.sku(style_no="A1")
    style_id = Sku.objects.get(pk=sku).style_id
    draft = draft_with(market, {sku: 4})

    def set_terms(terms: QuantityTerms | None, sale_id: int | None = None) -> None:
        set_quantity_terms(
            actor=market.ops, brand_id=market.brand_id, style_ids=[style_id], terms=terms, sale_id=sale_id, now=NOW
        )

    set_terms(QuantityTerms(min_units=2))
    with pytest.raises(TermsNotDrawable):
        set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    set_terms(QuantityTerms(), draft)
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    with pytest.raises(TermsNotDrawable):
        set_terms(None, draft)
    with pytest.raises(TermsNotDrawable):
        set_terms(QuantityTerms(pack={"M": 2}), draft)
    set_terms(QuantityTerms(min_units=2, multiple_of=2, per_sku=True), draft)
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    with pytest.raises(TermsNotDrawable):
        set_terms(None, draft)
    daigou = market.reseller()
    with pytest.raises(InvalidEntryUnits):
        enter(actor=daigou.actor, item_id=item_of(draft, sku), units=1, now=ENTERS)
    assert enter(actor=daigou.actor, item_id=item_of(draft, sku), units=2, now=ENTERS) > 0


@pytest.mark.parametrize(
    ("entry_minutes", "order_minutes", "refusal"), [(0, 60, NoTimeToEnter), (47 * 60, 90, NoTimeToOrder)]
)
def test_publish_refuses_a_draw_that_leaves_no_time(
    entry_minutes: int, order_minutes: int, refusal: type[Exception]
) -> None:
    market = Marketplace()
    sku = market.sku(style_no="A1")
    draft = market.draft(sku, units=2, starts_at=NOW)
    set_draw(
        actor=market.ops, sale_id=draft, entry_minutes=entry_minutes, order_minutes=order_minutes, codes=["A1"], now=NOW
    )
    with pytest.raises(refusal):
        publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    assert SaleItem.objects.get(sale=draft).allotted == 0


def test_item_that_leaves_the_draft_leaves_the_draw() -> None:
    market = Marketplace()
    scarce, other = market.sku(style_no="A1"), market.sku()
    draft = draft_with(market, {scarce: 2, other: 2})
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    planning.remove_items(actor=market.ops, sale_id=draft, sku_ids=[scarce], now=NOW)
    with pytest.raises(NothingToDraw):
        publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    planning.add_items(actor=market.ops, sale_id=draft, lines=[planning.PlannedUnits(scarce, 1)], now=NOW)
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    planning.add_items(actor=market.ops, sale_id=draft, lines=[planning.PlannedUnits(scarce, 2)], now=NOW)
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    assert units_of(item_of(draft, scarce)) == (2, 0, 2, 0)


def test_size_that_is_added_to_a_style_that_is_drawn_as_a_whole_is_drawn_too() -> None:
    market = Marketplace()
    first, second, third = (market.sku(style_no="A1", size=size) for size in ("S", "M", "L"))
    other = market.sku(style_no="B1", size="S")
    draft = draft_with(market, {first: 2, second: 2, other: 2})
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)

    def add(*skus: int) -> None:
        lines = [planning.PlannedUnits(sku, 2) for sku in skus]
        planning.add_items(actor=market.ops, sale_id=draft, lines=lines, now=NOW)

    planning.remove_items(actor=market.ops, sale_id=draft, sku_ids=[second], now=NOW)
    add(second, third, market.sku(style_no="B1", size="M"))
    drawn = SaleItem.objects.filter(sale=draft, is_drawn=True)
    assert set(drawn.values_list("sku_id", flat=True)) == {first, second, third}
    settings = get_draw_settings(draft)
    assert settings is not None
    assert settings.codes == ["A1"]


def test_drawn_size_without_a_barcode_is_named_by_its_style() -> None:
    market = Marketplace()
    drawn, free = (market.sku(style_no="A1", size=size) for size in ("S", "M"))
    draft = draft_with(market, {drawn: 2, free: 2})
    Sku.objects.filter(pk=drawn).update(barcode="690001")
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["690001"], now=NOW)
    Sku.objects.filter(pk=drawn).update(barcode=None)
    settings = get_draw_settings(draft)
    assert settings is not None
    assert settings.codes == ["A1"]


def test_published_draw_cannot_be_changed() -> None:
    sale = DrawnSale()
    with pytest.raises(NotADraft):
        set_draw(actor=sale.market.ops, sale_id=sale.sale_id, entry_minutes=60, codes=["SCARCE"], now=ENTERS)


def test_entries_close_after_the_opening_for_all_where_tiers_have_a_head_start() -> None:
    market = Marketplace()
    draft = draft_with(market, {market.sku(style_no="A1"): 2})
    set_head_start(actor=market.ops, sale_id=draft, minutes=[0, 0, 0, 0, 0, 20], now=NOW)
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["A1"], now=NOW)
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    assert Draw.objects.get().closes_at == CLOSES


# Entering


def test_commitment_is_published_before_anybody_enters_and_the_seed_is_not() -> None:
    sale = DrawnSale()
    draw = Draw.objects.get()
    before = sale.published(NOW)
    assert before["commitment"] == commitment_to(draw.seed)
    assert (before["seed"], before["entries_digest"], before["entries"]) == (None, None, [])
    assert draw.seed not in json.dumps(before)
    sale.enter(1, 2)
    during = sale.published(CLOSES - MINUTE)
    assert (during["commitment"], during["seed"], during["entries"]) == (before["commitment"], None, [])
    assert during["goods"] == [{"item_id": sale.item_id, "goods": f"#{sale.item_id}", "units": 3, "entry_count": 2}]


def test_commitment_is_published_with_the_sale_and_goods_by_their_numbers() -> None:
    market = Marketplace()
    draft = planning.schedule(
        actor=market.ops,
        brand_id=market.brand_id,
        title="抽签专场",
        starts_at=OPENS,
        preview_at=OPENS - MINUTE,
        now=NOW,
    )
    line = planning.PlannedUnits(market.sku(units=3, style_no="SCARCE", size="M"), 3)
    planning.add_items(actor=market.ops, sale_id=draft.id, lines=[line], now=NOW)
    set_draw(actor=market.ops, sale_id=draft.id, entry_minutes=30, order_minutes=60, codes=["SCARCE"], now=NOW)
    with pytest.raises(NoSuchDraw):
        get_published_draw(draft.id, at=NOW)
    publishing.publish(actor=market.ops, sale_id=draft.id, now=NOW)
    before, shown = get_published_draw(draft.id, at=NOW), get_published_draw(draft.id, at=OPENS - MINUTE)
    assert before.commitment == shown.commitment == Draw.objects.get().commitment
    assert (before.state, before.seed, before.entries) == (DrawState.WAITING, None, [])
    numbered = [(f"#{SaleItem.objects.get(sale=draft.id).pk}", 3)]
    assert [(each.goods, each.units) for each in before.goods] == numbered
    assert [(each.goods, each.units) for each in shown.goods] == numbered
    with pytest.raises(NoSuchDraw):
        get_draw_for_reseller(draft.id, reseller_id=market.reseller().id, at=NOW)
    ending.cancel(actor=market.ops, sale_id=draft.id, reason="撤货", now=NOW + MINUTE)
    after = get_published_draw(draft.id, at=CLOSES)
    assert after.state is DrawState.CALLED_OFF


def test_draw_that_ops_call_off_after_its_close_is_published_with_its_seed() -> None:
    sale = DrawnSale()
    sale.enter(2, 2, 1)
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale_id, reason="提前", now=CLOSES)
    found, draw = sale.published(CLOSES), Draw.objects.get()
    assert (found["state"], found["seed"], draw.drawn_at) == ("called_off", draw.seed, None)
    assert sorted(each["rank"] for each in found["entries"]) == [1, 2, 3]
    assert [each["won_units"] for each in found["entries"]] == [None, None, None]
    assert faults_of(found, commitment=draw.commitment) == []
    assert notes_of(found) == [f"#{sale.item_id}: nobody got units, the draw was called off"]
    assert [violation.what for violation in all_violations()] == []


def test_draw_that_is_called_off_before_its_close_keeps_its_seed() -> None:
    sale = DrawnSale()
    sale.enter(2, 2, 1)
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale_id, reason="提前", now=CLOSES - MINUTE)
    found = sale.published(CLOSES)
    assert (found["state"], found["seed"], found["entries_digest"], found["entries"]) == ("called_off", None, None, [])
    with pytest.raises(NothingToCheck):
        faults_of(found)


def test_enter_once_and_change_the_units_of_the_entry() -> None:
    sale = DrawnSale()
    [number] = sale.enter(1)
    assert sale.enter(2) == [number]
    assert list(DrawEntry.objects.values_list("units", flat=True)) == [2]
    view = get_draw_for_reseller(sale.sale_id, reseller_id=sale.resellers[0].id, at=ENTERS)
    assert view.takes_entries
    [item] = view.items
    assert (item.max_units, item.entry_count) == (3, 1)
    assert item.entry is not None
    assert (item.entry.number, item.entry.units, item.entry.rank) == (number, 2, None)
    withdraw_entry(actor=sale.resellers[0].actor, number=number, now=ENTERS)
    withdraw_entry(actor=sale.resellers[0].actor, number=number, now=ENTERS)
    assert sale.enter(1) != [number]
    assert DrawEntry.objects.filter(withdrawn_at=None).count() == 1
    assert [violation.what for violation in all_violations()] == []


def test_enter_is_refused_outside_of_its_time_to_the_instant() -> None:
    sale = DrawnSale()
    moment = timedelta(microseconds=1)
    with pytest.raises((NotTakingEntries, SaleNotLive)):
        sale.enter(1, at=NOW - moment)
    with pytest.raises(NotTakingEntries):
        sale.enter(1, at=CLOSES)
    [number] = sale.enter(1, at=CLOSES - moment)
    with pytest.raises(NotTakingEntries):
        withdraw_entry(actor=sale.resellers[0].actor, number=number, now=CLOSES)
    with pytest.raises(NotTakingEntries):
        sale.enter(2, at=CLOSES)
    assert list(DrawEntry.objects.values_list("units", "withdrawn_at")) == [(1, None)]


def test_enter_refuses_other_goods_units_and_people() -> None:
    sale = DrawnSale(limit_units=2)
    daigou, other = sale.resellers[:2]
    with pytest.raises(NotDrawn):
        enter(actor=daigou.actor, item_id=sale.other_item_id, units=1, now=ENTERS)
    with pytest.raises(NoSuchItem):
        enter(actor=daigou.actor, item_id=10**9, units=1, now=ENTERS)
    for units in (0, 4):
        with pytest.raises(InvalidEntryUnits):
            sale.enter(units)
    with pytest.raises(OverLimit):
        sale.enter(3)
    with pytest.raises(NotAllowed):
        enter(actor=sale.market.clerk, item_id=sale.item_id, units=1, now=ENTERS)
    [number] = sale.enter(1)
    with pytest.raises(NoSuchDrawEntry):
        withdraw_entry(actor=other.actor, number=number, now=ENTERS)
    assert DrawEntry.objects.filter(withdrawn_at=None).count() == 1


def test_drawn_goods_can_be_neither_grabbed_nor_waited_for() -> None:
    sale = DrawnSale()
    daigou, at = sale.resellers[0], OPENS + MINUTE
    with pytest.raises(GivenOutByDraw):
        daigou.grab(sale.item_id, 1, now=at)
    with pytest.raises(GivenOutByDraw):
        ask_for(actor=daigou.actor, lines=[WaitingLine(sale.item_id, 1)], now=at)
    line = GrabLine(sale.item_id, 1, daigou.recipient_id)
    [outcome] = place_batch([GrabRequest([line], "batch", Take.ALL, at, actor=daigou.actor)])
    assert isinstance(outcome, GivenOutByDraw)
    lines = [line, GrabLine(sale.other_item_id, 1, daigou.recipient_id)]
    order = place_orders(actor=daigou.actor, lines=lines, key="both", take=Take.WHAT_IS_LEFT, now=at)
    assert [each.code for each in order.refused_lines] == ["flashsales.given_out_by_draw"]
    assert units_of(sale.item_id) == (3, 0, 3, 0)
    assert [violation.what for violation in all_violations()] == []


# Drawing


def test_draw_reserves_in_the_order_of_the_published_seed() -> None:
    sale = DrawnSale()
    sale.enter(2, 2, 1, 1)
    assert hold_draws(now=CLOSES - timedelta(microseconds=1)) == 0
    assert hold_draws(now=CLOSES) == 2
    draw = sale.published(CLOSES)
    assert draw["seed"] == Draw.objects.get().seed
    assert faults_of(draw) == []
    entries = sale.by_rank()
    seed = draw["seed"]
    assert rank_entries([Drawn(each.pk, each.item_id, each.units) for each in entries], seed=seed) == {
        each.pk: each.rank for each in entries
    }
    left = 3
    for each in entries:
        due = min(each.units, left)
        assert (each.won_units, each.limit_units) == (due, None)
        kept = Reservation.objects.filter(entry=each.waiting_entry_id, ended_at=None)
        assert list(kept.values_list("units", "until")) == ([(due, CLOSES + HOUR)] if due else [])
        assert kinds_of(sale.daigou(each))[0] == ("draw_won" if due else "draw_not_won")
        left -= due
    waiting = WaitingEntry.objects.order_by("asked_at", "pk").values_list("pk", flat=True)
    assert list(waiting) == [each.waiting_entry_id for each in entries]
    assert units_of(sale.item_id) == (3, 0, 3, 0)
    assert [violation.what for violation in all_violations()] == []


def test_draw_is_held_once() -> None:
    sale = DrawnSale()
    sale.enter(1, 1)
    hold_draws(now=CLOSES)
    before = (sale.published(CLOSES), list(Reservation.objects.values_list("pk", "units")))
    assert hold_draws(now=CLOSES + MINUTE) == 0
    assert (sale.published(CLOSES), list(Reservation.objects.values_list("pk", "units"))) == before


def test_worker_that_dies_between_order_and_units_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = DrawnSale()
    sale.enter(1, 1)

    def dies(**_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as worker:
        worker.setattr("flashsales.sql.draws.insert_waiting_entries", dies)
        assert hold_draws(now=CLOSES) == 1
    drawn = sale.published(CLOSES)
    assert drawn["state"] == "drawn"
    assert [each["won_units"] for each in drawn["entries"]] == [None, None]
    assert faults_of(drawn) == [
        f"#{sale.item_id}: units are not given out; if the draw was held just now, load the file again"
    ]
    assert [violation.what for violation in all_violations()] == []
    assert hold_draws(now=CLOSES + MINUTE) == 1
    after = sale.published(CLOSES + MINUTE)
    assert [each["won_units"] for each in after["entries"]] == [1, 1]
    assert [each["rank"] for each in after["entries"]] == [each["rank"] for each in drawn["entries"]]
    assert units_of(sale.item_id) == (3, 1, 2, 0)


def test_winner_orders_what_she_won_and_the_rest_goes_to_the_next() -> None:
    sale = DrawnSale()
    sale.enter(2, 2, 2)
    hold_draws(now=CLOSES)
    first, _, third = sale.by_rank()
    winner, late = sale.daigou(first), CLOSES + 61 * MINUTE
    sale.market.top_up(winner, 10_000_00)
    order = winner.grab(sale.item_id, 2, now=CLOSES + MINUTE)
    pay(actor=winner.actor, order_id=order.id, now=CLOSES + MINUTE)
    with pytest.raises(SoldOut):
        sale.daigou(third).grab(sale.item_id, 1, now=CLOSES + MINUTE)
    assert WaitingEntry.objects.get(draw_entry=first.pk).end == "served"
    # The second lets her hour pass, and the third gets the unit for an hour.
    assert expire_reservations(now=late) == 1
    kept = Reservation.objects.get(ended_at=None)
    assert (kept.entry_id, kept.units, kept.until) == (third.waiting_entry_id, 1, late + HOUR)
    assert kinds_of(sale.daigou(third))[:2] == ["draw_won", "draw_not_won"]
    assert faults_of(sale.published(late)) == []
    view = get_draw_for_ops(sale.sale_id, limit=10, at=late)
    assert view is not None
    results = [(each.rank, each.won_units, each.taken_units, each.reserved_units, each.end) for each in view.results]
    assert results == [(1, 2, 2, 0, "served"), (2, 1, 0, 0, "lapsed"), (3, 0, 0, 1, "")]
    # The third declines: nobody is left, and the unit is open to everybody.
    decline(actor=sale.daigou(third).actor, reservation_id=kept.pk, now=late)
    assert sale.resellers[3].grab(sale.item_id, 1, now=late).units == 1
    assert [violation.what for violation in all_violations()] == []


def test_units_that_nobody_entered_for_are_open_to_everybody() -> None:
    sale = DrawnSale()
    sale.enter(1)
    hold_draws(now=CLOSES)
    assert units_of(sale.item_id) == (3, 2, 1, 0)
    assert sale.resellers[3].grab(sale.item_id, 2, now=CLOSES).units == 2


def test_draw_without_entries_opens_the_goods() -> None:
    sale = DrawnSale()
    assert hold_draws(now=CLOSES) == 2
    assert units_of(sale.item_id) == (3, 3, 0, 0)
    assert faults_of(sale.published(CLOSES)) == []


@pytest.mark.parametrize("leave", [deactivate, close_account])
def test_member_who_is_gone_before_the_draw_is_passed_over_and_stays_in_the_list(leave: Callable[..., object]) -> None:
    sale = DrawnSale()
    sale.enter(3, 3)
    gone = sale.resellers[0]
    leave(actor=sale.market.ops, person_id=gone.actor.own_id, reason="违规", now=ENTERS)
    hold_draws(now=CLOSES)
    by_reseller = {each.reseller_id: each for each in sale.by_rank()}
    mine, other = by_reseller[gone.id], by_reseller[sale.resellers[1].id]
    assert (mine.won_units, mine.limit_units) == (0, 0 if mine.rank == 1 else None)
    assert (other.won_units, other.limit_units) == (3, None)
    draw = sale.published(CLOSES)
    assert len(draw["entries"]) == 2
    assert faults_of(draw) == []
    assert [violation.what for violation in all_violations()] == []


def test_purchase_limit_at_the_draw_counts_what_she_took_since_she_entered() -> None:
    sale = DrawnSale(limit_units=2)
    sale.enter(2)
    sale.resellers[0].grab(sale.other_item_id, 1, now=OPENS)
    hold_draws(now=CLOSES)
    [entry] = sale.by_rank()
    assert (entry.won_units, entry.limit_units) == (1, 1)
    assert faults_of(sale.published(CLOSES)) == []
    assert [violation.what for violation in all_violations()] == []


def test_who_is_passed_over_by_her_limit_is_told_so_and_not_that_she_comes_next() -> None:
    sale = DrawnSale(limit_units=2)
    sale.enter(2)
    sale.resellers[0].grab(sale.other_item_id, 2, now=OPENS)
    hold_draws(now=CLOSES)
    [entry] = sale.by_rank()
    assert (entry.won_units, entry.limit_units) == (0, 0)
    assert kinds_of(sale.resellers[0])[0] == "draw_passed_over"
    assert [violation.what for violation in all_violations()] == []


def test_units_that_the_terms_let_nobody_order_limit_nobody() -> None:
    sale = DrawnSale()
    set_quantity_terms(
        actor=sale.market.ops,
        brand_id=sale.market.brand_id,
        style_ids=[SaleItem.objects.get(pk=sale.item_id).style_id],
        terms=QuantityTerms(min_units=2, multiple_of=2, per_sku=True),
        sale_id=None,
        now=NOW,
    )
    sale.enter(2, 2, 2)
    hold_draws(now=CLOSES)
    assert [(each.won_units, each.limit_units) for each in sale.by_rank()] == [(2, None), (0, None), (0, None)]
    assert units_of(sale.item_id) == (3, 1, 2, 0)
    published = sale.published(CLOSES)
    assert faults_of(published) == []
    assert notes_of(published) == [
        f"#{sale.item_id}: 1 of its units went to nobody, because by its terms so few are not sold"
    ]
    assert [violation.what for violation in all_violations()] == []


def test_stand_alone_checker_runs_without_the_service(tmp_path: Path) -> None:
    sale = DrawnSale()
    sale.enter(2, 2, 1)
    hold_draws(now=CLOSES)
    draw, file = sale.published(CLOSES), tmp_path / "draw.json"
    checker = Path(check_draw.__file__)

    def check(*arguments: str) -> tuple[int, str]:
        file.write_text(json.dumps(draw), encoding="utf-8")
        done = run([executable, "-I", checker, file, *arguments], capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    code, said = check()
    first = sale.by_rank()[0]
    assert code == 0
    assert f"#{sale.item_id}: place 1, number {first.pk}, {first.won_units} units" in said
    assert f"Commitment {draw['commitment']}: that of the file" in said
    code, said = check("--commitment", draw["commitment"].upper())
    assert (code, "the one that you noted" in said) == (0, True)
    assert check("--commitment", "xyz")[0] == 2
    # Whoever changes the seed can change the commitment of the file with it, but not the one that was noted.
    noted, draw["commitment"] = draw["commitment"], commitment_to("11" * 32)
    assert check("--commitment", noted)[0] == 1
    draw["commitment"], draw["seed"] = noted, "11" * 32
    code, said = check()
    assert code == 1
    assert "the seed is not the one that was committed to" in said
    draw["seed"] = None
    code, said = check()
    assert code == 2
    assert "nothing to check" in said
    draw["entries"] = [7]
    code, said = check()
    assert code == 2
    assert "cannot be checked: an entry is no object" in said


# The end of the sale


@pytest.mark.parametrize("has_begun", [False, True])
def test_sale_that_is_cancelled_before_the_draw_calls_it_off(has_begun: bool) -> None:
    sale = DrawnSale()
    sale.enter(1, 1)
    at = OPENS + MINUTE if has_begun else ENTERS
    ending.cancel(actor=sale.market.ops, sale_id=sale.sale_id, reason="品牌撤货", now=at)
    assert units_of(sale.item_id) == (0, 0, 0, 0)
    assert kinds_of(sale.resellers[0])[0] == "draw_called_off"
    assert sale.published(at)["state"] == "called_off"
    assert hold_draws(now=CLOSES) == 0
    assert sale.published(CLOSES)["seed"] is None
    with pytest.raises(NoSuchItem):
        sale.enter(1, at=at)
    assert [violation.what for violation in all_violations()] == []


def test_sale_that_ends_early_before_the_draw_calls_it_off_and_returns_the_units() -> None:
    sale = DrawnSale()
    sale.enter(1)
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale_id, reason="提前", now=OPENS + MINUTE)
    item = SaleItem.objects.get(pk=sale.item_id)
    assert (item.allotted, item.returned, item.draw_units) == (0, 3, 0)
    assert kinds_of(sale.resellers[0])[0] == "draw_called_off"
    with pytest.raises(SaleNotLive):
        sale.enter(1, at=OPENS + MINUTE)
    assert hold_draws(now=CLOSES) == 0
    assert [violation.what for violation in all_violations()] == []


def test_sale_that_ends_early_after_the_draw_ends_what_is_reserved() -> None:
    sale = DrawnSale()
    sale.enter(1, 1)
    hold_draws(now=CLOSES)
    with pytest.raises(ending.HasOrders):
        ending.cancel(actor=sale.market.ops, sale_id=sale.sale_id, reason="品牌撤货", now=CLOSES)
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale_id, reason="提前", now=CLOSES + MINUTE)
    item = SaleItem.objects.get(pk=sale.item_id)
    assert (item.allotted, item.held, item.returned) == (0, 0, 3)
    assert not Reservation.objects.filter(ended_at=None).exists()
    assert set(WaitingEntry.objects.values_list("end", flat=True)) == {"sale_over"}
    for each in sale.resellers[:2]:
        told = list_events(inbox_of(each.actor)).items[0]
        assert (told.kind, told.data["goods"], told.data["units"]) == ("won_units_ended", "SCARCE 黑 M", 1)
        [own] = get_draw_for_reseller(sale.sale_id, reseller_id=each.id, at=CLOSES + MINUTE).items
        assert own.entry is not None
        assert (own.entry.reserved_units, own.entry.is_over) == (0, True)
    with pytest.raises(SaleNotLive):
        sale.resellers[0].grab(sale.item_id, 1, now=CLOSES + MINUTE)
    assert expire_reservations(now=CLOSES + HOUR) == 0
    assert sale.published(CLOSES + HOUR)["state"] == "drawn"
    assert [violation.what for violation in all_violations()] == []


def test_early_end_ends_what_is_reserved_for_the_waiting_list_and_leaves_orders() -> None:
    sale = DrawnSale()
    buyer, waits, at = sale.resellers[0], sale.resellers[1], OPENS + MINUTE
    order = buyer.grab(sale.other_item_id, 4, now=OPENS)
    buyer_of_rest = sale.resellers[2]
    rest = buyer_of_rest.grab(sale.other_item_id, 5, now=OPENS)
    ask_for(actor=waits.actor, lines=[WaitingLine(sale.other_item_id, 2)], now=at)
    cancel_unpaid(actor=buyer.actor, order_id=order.id, now=at)
    assert units_of(sale.other_item_id) == (9, 2, 7, 0)
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale_id, reason="提前", now=at + MINUTE)
    item = SaleItem.objects.get(pk=sale.other_item_id)
    assert (item.available, item.held, item.returned) == (0, rest.units, 4)
    assert kinds_of(waits)[0] == "reservation_ended"
    assert WaitingEntry.objects.get(reseller=waits.id).end == "sale_over"
    assert [violation.what for violation in all_violations()] == []


def test_end_of_the_sale_tells_nobody_whose_time_was_over_with_it() -> None:
    sale = DrawnSale()
    sale.enter(1)
    hold_draws(now=CLOSES)
    ends_at = OPENS + 48 * HOUR
    assert ending.close_ended(now=ends_at) == 1
    assert not Reservation.objects.filter(ended_at=None).exists()
    assert kinds_of(sale.resellers[0])[0] == "draw_won"
    assert [violation.what for violation in all_violations()] == []


def test_what_is_reserved_for_somebody_who_was_deactivated_goes_to_the_next() -> None:
    sale = DrawnSale()
    sale.enter(3, 3)
    hold_draws(now=CLOSES)
    first, second = sale.by_rank()
    deactivate(actor=sale.market.ops, person_id=sale.daigou(first).actor.own_id, reason="违规", now=CLOSES + MINUTE)
    assert expire_reservations(now=CLOSES + MINUTE) == 1
    kept = Reservation.objects.get(ended_at=None)
    assert (kept.entry_id, kept.units) == (second.waiting_entry_id, 3)
    assert expire_reservations(now=CLOSES + MINUTE) == 0
    assert [violation.what for violation in all_violations()] == []


def test_sale_whose_draw_no_worker_held_until_its_end_is_closed_without_it() -> None:
    sale = DrawnSale()
    sale.enter(1)
    ends_at = OPENS + 48 * HOUR
    assert hold_draws(now=ends_at) == 0
    assert sale.published(ends_at)["state"] == "called_off"
    assert ending.close_ended(now=ends_at) == 1
    assert SaleItem.objects.get(pk=sale.item_id).returned == 3
    assert kinds_of(sale.resellers[0])[0] == "draw_called_off"
    assert [violation.what for violation in all_violations()] == []


def test_extending_the_sale_moves_no_time_of_the_draw() -> None:
    sale = DrawnSale()
    sale.enter(1)
    ending.extend(
        actor=sale.market.ops, sale_id=sale.sale_id, ends_at=OPENS + 60 * HOUR, reason="加时", now=OPENS + MINUTE
    )
    assert Draw.objects.get().closes_at == CLOSES
    assert hold_draws(now=CLOSES) == 2


def test_rerun_has_no_draw_unless_ops_set_one() -> None:
    sale = DrawnSale()
    ending.end_early(actor=sale.market.ops, sale_id=sale.sale_id, reason="提前", now=OPENS + MINUTE)
    again = planning.rerun(
        actor=sale.market.ops, sale_id=sale.sale_id, starts_at=OPENS + 24 * HOUR, now=OPENS + 2 * MINUTE
    )
    assert get_draw_settings(again.id) is None
    assert not SaleItem.objects.filter(sale=again.id, is_drawn=True).exists()


def test_stepper_goes_as_far_as_her_limits_and_the_terms_let_her() -> None:
    sale = DrawnSale(limit_units=2)
    daigou = sale.resellers[0]

    def most(at: datetime) -> int:
        [item] = get_draw_for_reseller(sale.sale_id, reseller_id=daigou.id, at=at).items
        return item.max_units

    assert most(ENTERS) == 2
    daigou.grab(sale.other_item_id, 1, now=OPENS)
    assert most(OPENS) == 1
    with pytest.raises(OverLimit):
        sale.enter(2, at=OPENS)
    daigou.grab(sale.other_item_id, 1, now=OPENS)
    assert most(OPENS) == 0
