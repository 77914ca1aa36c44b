from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from flashsales.models import Sale, SaleItem
from flashsales.rules import Phase, SaleState, Units, max_units_for, phase_at, trial_batch
from flashsales.rules.filling import TRIAL_BATCH
from flashsales.rules.finder import StyleFilter
from flashsales.selectors import finder, sales
from flashsales.services import ending, planning, publishing
from flashsales.services.ending import HasOrders, NotRunning
from flashsales.services.locking import NotADraft
from flashsales.services.publishing import BrandMayNotSell, InsufficientStock, NothingToSell
from flashsales.services.units import SaleNotLive
from flashsales.services.windows import (
    AlreadyOnSale,
    EndBeforeStart,
    EndInPast,
    EndNotLater,
    InvalidWindow,
    PreviewAfterStart,
    SaleTooLong,
)
from integrity.selectors.checks import violations_of
from inventory.models import Category, Movement, Sku
from kernel.period import Period
from pricing.models import PriceListRow
from pricing.rules.controls import Action, ControlFields
from pricing.rules.terms import SaleTerms
from pricing.services.checks import HigherTierPaysMore
from pricing.services.price_rules import create_control
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of

WEEK = timedelta(days=7)


# SALE-1
@given(st.integers(-200, 200), st.integers(0, 24), st.integers(1, 96))
def test_phase_at_of_a_published_sale_is_live_exactly_within_its_window(
    hours: int, preview_before: int, length: int
) -> None:
    period = Period.starting(NOW, length * HOUR)
    at = NOW + hours * HOUR
    found = phase_at(state=SaleState.PUBLISHED, preview_at=NOW - preview_before * HOUR, period=period, at=at)
    assert (found is Phase.LIVE) is period.contains(at)
    assert (found is Phase.ENDED) is (at >= period.ends_at)
    assert (found is Phase.PREVIEW) is (NOW - preview_before * HOUR <= at < NOW)


@pytest.mark.parametrize("state", [SaleState.DRAFT, SaleState.CANCELLED])
def test_phase_at_of_an_unpublished_sale_is_never_live(state: SaleState) -> None:
    period = Period.starting(NOW, HOUR)
    assert phase_at(state=state, preview_at=NOW, period=period, at=NOW).value == state.value


# SALE-6
@given(st.dictionaries(st.integers(1, 20), st.integers(0, 3000), min_size=1), st.integers(1, 600))
def test_trial_batch_takes_at_most_max_units_and_at_most_the_stock(units: dict[int, int], most: int) -> None:
    batch = trial_batch(units, max_units=most)
    assert sum(batch.values()) == min(most, sum(units.values()))
    assert all(0 <= batch[sku] <= units[sku] for sku in units)


# SALE-4
@given(st.integers(0, 50), st.lists(st.tuples(st.none() | st.integers(1, 20), st.integers(0, 25)), max_size=3))
def test_max_units_for_is_bounded_by_stock_and_every_limit(
    available: int, limits: list[tuple[int | None, int]]
) -> None:
    left = max_units_for(available=available, limits=limits)
    assert 0 <= left <= available
    assert all(left <= max(limit - taken, 0) for limit, taken in limits if limit is not None)


# SALE-3
def test_units_are_consistent_only_where_they_add_up() -> None:
    assert Units(allotted=6, available=3, held=2, sold=1).is_consistent
    assert not Units(allotted=6, available=3, held=2, sold=2).is_consistent
    assert not Units(allotted=1, available=2, held=0, sold=-1).is_consistent


@pytest.mark.django_db
class TestPublish:
    # SALE-5
    def test_publish_binds_the_stock_and_freezes_six_prices_a_sku(self) -> None:
        market = Marketplace()
        sku = market.sku(units=10)
        sale_id = market.sale(sku, units=8)
        assert units_of(item_of(sale_id, sku)) == (8, 8, 0, 0)
        row = Sku.objects.get(pk=sku)
        assert (row.on_hand, row.allotted) == (10, 8)
        assert Movement.objects.get(sku_id=sku, kind="allot").cause == f"sale:{sale_id}"
        price_list = Sale.objects.get(pk=sale_id).price_list
        assert price_list is not None
        assert price_list.rows.filter(sku_id=sku).count() == 6

    # SALE-5
    def test_publish_without_the_deposit_is_refused_and_changes_nothing(self) -> None:
        market = Marketplace()
        brand_id = market.brand(deposit=False)
        sku = market.sku(brand_id=brand_id)
        sale_id = market.draft(sku, brand_id=brand_id)
        with pytest.raises(BrandMayNotSell):
            publishing.publish(actor=market.ops, sale_id=sale_id, now=NOW)
        assert Sku.objects.get(pk=sku).allotted == 0
        assert sales.get_sale(sale_id, at=NOW).phase is Phase.DRAFT

    def test_publish_with_insufficient_stock_is_refused_and_names_the_skus(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5, style_no="QH1", colour="酒红", size="L")
        sale_id = market.draft(sku, units=6)
        with pytest.raises(InsufficientStock) as refused:
            publishing.publish(actor=market.ops, sale_id=sale_id, now=NOW)
        assert refused.value.description == "QH1 酒红 L（5 < 6）"
        assert Sku.objects.get(pk=sku).allotted == 0

    # SALE-2
    def test_publish_of_a_sku_in_another_sale_is_refused(self) -> None:
        market = Marketplace()
        sku = market.sku(units=10)
        first = market.sale(sku, units=4)
        second = market.draft(sku, units=4, starts_at=NOW + 47 * HOUR)
        with pytest.raises(AlreadyOnSale) as refused:
            publishing.publish(actor=market.ops, sale_id=second, now=NOW)
        assert refused.value.skus == [{"sku_id": sku, "sale_id": first}]
        assert Sku.objects.get(pk=sku).allotted == 4
        assert SaleItem.objects.get(sale_id=second).sale_window is None

    def test_publish_accepts_windows_that_only_touch(self) -> None:
        market = Marketplace()
        sku = market.sku(units=10)
        market.sale(sku, units=4)
        later = market.sale(sku, units=4, starts_at=NOW + 48 * HOUR)
        assert sales.get_sale(later, at=NOW).phase is Phase.WAITING

    def test_publish_of_an_empty_draft_is_refused(self) -> None:
        market = Marketplace()
        sale_id = market.draft()
        with pytest.raises(NothingToSell):
            publishing.publish(actor=market.ops, sale_id=sale_id, now=NOW)

    def test_publish_twice_is_refused(self) -> None:
        market = Marketplace()
        sale_id = market.sale(market.sku())
        with pytest.raises(NotADraft):
            publishing.publish(actor=market.ops, sale_id=sale_id, now=NOW)

    def test_publish_is_for_ops_only(self) -> None:
        market = Marketplace()
        sale_id = market.draft(market.sku())
        for actor in (market.clerk, market.finance, market.reseller().actor):
            with pytest.raises(NotAllowed):
                publishing.publish(actor=actor, sale_id=sale_id, now=NOW)

    def test_add_items_to_a_published_sale_is_refused(self) -> None:
        market = Marketplace()
        sale_id = market.sale(market.sku())
        with pytest.raises(NotADraft):
            planning.add_items(
                actor=market.ops, sale_id=sale_id, lines=[planning.PlannedUnits(market.sku(), 1)], now=NOW
            )

    def test_add_free_stock_adds_trial_batches_where_requested(self) -> None:
        market = Marketplace()
        for size, units in (("S", 600), ("M", 300), ("L", 100)):
            market.sku(style_no="BIG", size=size, units=units)
        market.sku(style_no="SMALL", units=40)
        sale_id = market.draft()
        assert planning.add_free_stock(actor=market.ops, sale_id=sale_id, filters=TRIAL_BATCH, now=NOW) == 4
        planned = SaleItem.objects.filter(sale_id=sale_id).values_list("style__style_no", "planned")
        assert sorted(planned) == [("BIG", 50), ("BIG", 150), ("BIG", 300), ("SMALL", 40)]

    # PRICE-9
    def test_schedule_refuses_a_tier_table_in_which_a_higher_tier_pays_more(self) -> None:
        market = Marketplace()
        table = tuple(Decimal(rate) for rate in ("0", "0.02", "0.01", "0.03", "0.04", "0.05"))
        with pytest.raises(HigherTierPaysMore):
            planning.schedule(
                actor=market.ops,
                brand_id=market.brand_id,
                title="x",
                starts_at=NOW,
                terms=SaleTerms(discounts=table),
                now=NOW,
            )
        assert not Sale.objects.exists()

    @pytest.mark.parametrize(
        ("preview", "start", "end", "refusal"),
        [
            (3, 2, 50, PreviewAfterStart),
            (None, 2, 2, EndBeforeStart),
            (None, 2, 1, EndBeforeStart),
            (None, -3, 0, EndInPast),
            (None, 2, 24 * 31, SaleTooLong),
        ],
    )
    def test_schedule_refuses_each_invalid_time_by_name(
        self, preview: int | None, start: int, end: int, refusal: type[InvalidWindow]
    ) -> None:
        market = Marketplace()
        with pytest.raises(refusal):
            planning.schedule(
                actor=market.ops,
                brand_id=market.brand_id,
                title="专场",
                preview_at=None if preview is None else NOW + preview * HOUR,
                starts_at=NOW + start * HOUR,
                ends_at=NOW + end * HOUR,
                now=NOW,
            )
        assert not Sale.objects.exists()

    @pytest.mark.parametrize(("end", "refusal"), [(48, EndNotLater), (24 * 31, SaleTooLong)])
    def test_extend_refuses_each_invalid_time_by_name(self, end: int, refusal: type[InvalidWindow]) -> None:
        market = Marketplace()
        sale_id = market.sale(market.sku())
        with pytest.raises(refusal):
            ending.extend(actor=market.ops, sale_id=sale_id, ends_at=NOW + end * HOUR, reason="热卖", now=NOW)


@pytest.mark.django_db
class TestRunning:
    def test_sale_ends_by_the_clock_without_any_job(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku)
        daigou = market.reseller()
        last_instant = NOW + 48 * HOUR - timedelta(microseconds=1)
        assert daigou.grab(item_of(sale_id, sku), now=last_instant).units == 1
        with pytest.raises(SaleNotLive) as refused:
            daigou.grab(item_of(sale_id, sku), now=NOW + 48 * HOUR)
        assert refused.value.phase == "ended"

    def test_close_ended_returns_unsold_units_once(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku)
        market.paid_order(market.reseller(wallet_fen=1000_00), item_of(sale_id, sku), 2)
        assert ending.close_ended(now=NOW + 47 * HOUR) == 0
        assert ending.close_ended(now=NOW + 48 * HOUR) == 1
        assert ending.close_ended(now=NOW + 48 * HOUR) == 0
        row = Sku.objects.get(pk=sku)
        assert (row.on_hand, row.allotted) == (3, 0)
        item = SaleItem.objects.get(sale_id=sale_id)
        assert (item.allotted, item.available, item.sold, item.returned) == (2, 0, 2, 3)

    def test_close_ended_goes_on_after_a_sale_that_cannot_be_closed(self) -> None:
        market = Marketplace()
        broken, sound = market.sku(units=5), market.sku(units=5)
        first, second = market.sale(broken), market.sale(sound)
        Sku.objects.filter(pk=broken).update(allotted=0)  # there is nothing to take back
        assert ending.close_ended(now=NOW + 48 * HOUR) == 1
        assert set(Sale.objects.filter(closed_at=None).values_list("pk", flat=True)) == {first}
        assert SaleItem.objects.get(sale_id=first).available == 5
        assert SaleItem.objects.get(sale_id=second).returned == 5

    def test_end_early_ends_now_and_frees_the_skus_for_another_sale(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku)
        view = ending.end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + HOUR)
        assert (view.phase, view.ends_at) == (Phase.ENDED, NOW + HOUR)
        market.now = NOW + HOUR
        assert market.sale(sku, starts_at=NOW + HOUR) > sale_id
        entry = AuditEntry.objects.get(action="flashsales.end_early")
        assert (entry.details["reason"], entry.person_id) == ("品牌要求", market.ops.person_id)

    def test_extend_into_the_window_of_another_sale_is_refused(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        first = market.sale(sku, units=2)
        market.sale(sku, units=2, starts_at=NOW + 50 * HOUR)
        assert ending.extend(
            actor=market.ops, sale_id=first, ends_at=NOW + 50 * HOUR, reason="热卖", now=NOW
        ).ends_at == (NOW + 50 * HOUR)
        with pytest.raises(AlreadyOnSale):
            ending.extend(actor=market.ops, sale_id=first, ends_at=NOW + 51 * HOUR, reason="热卖", now=NOW)
        assert sales.get_sale(first, at=NOW).ends_at == NOW + 50 * HOUR
        assert violations_of("flashsales") == []

    def test_cancel_returns_all_units_before_the_first_grab(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku, starts_at=NOW + HOUR)
        assert ending.cancel(actor=market.ops, sale_id=sale_id, reason="改期", now=NOW).phase is Phase.CANCELLED
        assert Sku.objects.get(pk=sku).allotted == 0
        assert violations_of("flashsales") == []

    # SALE-7
    def test_cancel_after_a_grab_is_refused(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku)
        market.reseller().grab(item_of(sale_id, sku), 2)
        with pytest.raises(HasOrders) as refused:
            ending.cancel(actor=market.ops, sale_id=sale_id, reason="改期", now=NOW)
        assert refused.value.units == 2
        assert units_of(item_of(sale_id, sku)) == (5, 3, 2, 0)

    def test_extend_with_a_clock_read_before_the_end_is_refused(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku)
        ending.end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + 2 * HOUR)
        before = Sale.objects.values().get(pk=sale_id)
        with pytest.raises(NotRunning) as refused:
            ending.extend(
                actor=market.ops,
                sale_id=sale_id,
                ends_at=NOW + 50 * HOUR,
                reason="热卖",
                now=NOW + 2 * HOUR - HOUR / 3600,
            )
        assert refused.value.phase == "ended"
        assert Sale.objects.values().get(pk=sale_id) == before
        assert violations_of("flashsales") == []

    def test_extend_and_end_early_of_an_ended_sale_are_refused(self) -> None:
        market = Marketplace()
        sale_id = market.sale(market.sku())
        after = NOW + 49 * HOUR
        with pytest.raises(NotRunning):
            ending.extend(actor=market.ops, sale_id=sale_id, ends_at=after + HOUR, reason="再卖", now=after)
        with pytest.raises(NotRunning):
            ending.end_early(actor=market.ops, sale_id=sale_id, reason="再卖", now=after)

    def test_end_early_at_the_instant_of_the_start_is_refused(self) -> None:
        market = Marketplace()
        sale_id = market.sale(market.sku())
        starts_at = Sale.objects.get(pk=sale_id).starts_at
        with pytest.raises(NotRunning):
            ending.end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=starts_at)

    def test_rerun_drafts_the_returned_units(self) -> None:
        market = Marketplace()
        sku = market.sku(units=5)
        sale_id = market.sale(sku)
        market.paid_order(market.reseller(wallet_fen=1000_00), item_of(sale_id, sku), 2)
        ending.end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + HOUR)
        again = planning.rerun(actor=market.ops, sale_id=sale_id, starts_at=NOW + WEEK, now=NOW + 49 * HOUR)
        assert (again.phase, again.rerun_of_id) == (Phase.DRAFT, sale_id)
        assert again.ends_at - again.starts_at == 48 * HOUR
        assert SaleItem.objects.get(sale_id=again.id).planned == 3

    def test_rerun_keeps_the_limits_of_the_sale_and_of_each_sku(self) -> None:
        market = Marketplace()
        limited, free = market.sku(units=5), market.sku(units=5)
        sale_id = market.sale(limited, free, limit_units=7)
        limits: dict[int, int | None] = {item_of(sale_id, limited): 2}
        planning.set_limits(actor=market.ops, sale_id=sale_id, limit_units=7, item_limits=limits, now=NOW)
        ending.end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + HOUR)
        again = planning.rerun(actor=market.ops, sale_id=sale_id, starts_at=NOW + WEEK, now=NOW + 49 * HOUR)
        assert again.limit_units == 7
        kept = SaleItem.objects.filter(sale_id=again.id).values_list("sku_id", "planned", "limit_units")
        assert set(kept) == {(limited, 5, 2), (free, 5, None)}

    def test_publish_removes_skus_that_a_control_excludes_even_if_in_another_sale(self) -> None:
        market = Marketplace()
        low, high = market.sku(style_no="LOW", base_price_fen=50_00), market.sku(base_price_fen=200_00)
        market.sale(low, units=5)
        create_control(
            actor=market.ops,
            now=NOW,
            control=ControlFields(
                brand_id=market.brand_id, action=Action.EXCLUDE, starts_on=NOW.date(), floor_fen=100_00
            ),
        )
        published = publishing.publish(actor=market.ops, sale_id=market.draft(low, high, units=5), now=NOW)
        assert published.excluded_sku_ids == [low]
        with pytest.raises(AlreadyOnSale) as refused:
            publishing.publish(actor=market.ops, sale_id=market.draft(low, high, units=1), now=NOW)
        assert [each["sku_id"] for each in refused.value.skus] == [high]


@pytest.mark.django_db
class TestBrowsing:
    def test_find_styles_shows_the_price_of_the_tier_lowest_first(self) -> None:
        market = Marketplace()
        dear, cheap = market.sku(base_price_fen=200_00), market.sku(base_price_fen=100_00)
        sale_id = market.sale(dear, cheap)
        shown = finder.find_styles(tier=0, at=NOW, filters=StyleFilter()).items
        frozen = PriceListRow.objects.filter(price_list__sale=sale_id, tier=0)
        trial = dict(frozen.values_list("sku_id", "wholesale_fen"))
        assert [row.from_price_fen for row in shown] == sorted(trial.values())
        vip = finder.find_styles(tier=5, at=NOW, filters=StyleFilter()).items
        assert vip[0].from_price_fen < shown[0].from_price_fen

    def test_find_styles_filters_by_category_size_price_and_availability(self) -> None:
        market = Marketplace()
        coat = market.sku(category="women-coats", size="L", base_price_fen=300_00)
        shoe = market.sku(category="shoes", size="38", base_price_fen=100_00)
        market.sale(coat, shoe)

        def found(**wanted: object) -> list[str]:
            page = finder.find_styles(tier=0, at=NOW, filters=StyleFilter(**wanted))  # type: ignore[arg-type]
            return sorted(size for row in page.items for size in row.sizes)

        women = Category.objects.get(code="women").pk
        assert found(category_id=women) == ["L"]
        assert found(size="38") == ["38"]
        assert found(max_price_fen=150_00) == ["38"]
        assert found(min_price_fen=150_00) == ["L"]
        assert found(max_percent_of_tag=20) == ["38"]
        assert found(available=True) == ["38", "L"]

    def test_find_styles_continues_after_the_previous_page(self) -> None:
        market = Marketplace()
        market.sale(*(market.sku(base_price_fen=100_00 + number) for number in range(7)))
        first = finder.find_styles(tier=0, at=NOW, filters=StyleFilter(), limit=4)
        second = finder.find_styles(tier=0, at=NOW, filters=StyleFilter(), limit=4, cursor=first.next_cursor or "")
        assert len(first.items) == 4
        assert len(second.items) == 3
        assert second.next_cursor is None
        assert not {row.style_id for row in first.items} & {row.style_id for row in second.items}

    def test_find_styles_omits_previews_and_ended_sales(self) -> None:
        market = Marketplace()
        market.sale(market.sku(), starts_at=NOW + HOUR)
        assert finder.find_styles(tier=0, at=NOW, filters=StyleFilter()).items == []
        assert len(finder.find_styles(tier=0, at=NOW + HOUR, filters=StyleFilter()).items) == 1
        assert finder.find_styles(tier=0, at=NOW + 49 * HOUR, filters=StyleFilter()).items == []
