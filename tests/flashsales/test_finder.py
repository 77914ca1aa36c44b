"""The finder: filters, orders, words and counts (SALE-11, SALE-12). SQL finds exactly what the pure rules find."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Person
from aftersales.services.refunds import report_out_of_stock
from flashsales.models import SaleItem, StyleListing, StyleSearch, StyleUnitsChange
from flashsales.rules import SaleState
from flashsales.rules.finder import (
    SORTS,
    OfferedStyle,
    Sort,
    StyleFilter,
    has_words,
    is_found,
    parse_words,
    sort_key,
    tokens_of,
    tsquery_of,
    tsvector_of,
)
from flashsales.selectors import finder
from flashsales.selectors.facets import FacetCounts, get_facet_counts, keep_facet_counts
from flashsales.services import ending, planning, publishing
from flashsales.services.finding import count_changed_styles
from flashsales.sql import finder as statements
from flashsales.sql.publishing import find_searchable_styles
from inventory.models import Category, Style
from kernel.clock import set_to
from orders.services.grab import cancel_unpaid
from orders.services.payment import pay
from pricing.rules.terms import Ending, MarkdownSchedule, SaleTerms, marked_down_price
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.built_once import built_once_class
from tests.own_cache import clear_own_cache
from tests.violations import all_violations
from web.pagination import InvalidCursor

pytestmark = pytest.mark.django_db
MARKED_DOWN_AT = NOW + 47 * HOUR
SCHEDULE = MarkdownSchedule(last_minutes=120, every_minutes=30, rate=Decimal("0.10"))
SIZES = ("S", "M", "L")


@built_once_class
@dataclass
class Wardrobe:
    """Two live sales of two brands, one with a markdown schedule, and a preview; sold-out sizes and styles among them."""

    market: Marketplace = field(default_factory=Marketplace)
    other_brand: int = field(init=False)
    sale_ids: list[int] = field(init=False)

    def __post_init__(self) -> None:
        market = self.market
        self.other_brand = market.brand(name="雪松")
        kinds = ("women-coats", "women-tops", "shoes", "men-coats")
        ours = self._styles(market.brand_id, "AB-10", ("羊毛双面呢大衣", "白衬衫", "运动鞋", "男夹克"), kinds)
        theirs = self._styles(self.other_brand, "C2", ("连衣裙", "羊毛衫", "长靴", "风衣"), kinds)
        previewed = self._styles(market.brand_id, "P-", ("羊毛围巾",), ("hats-scarves",))
        self.sale_ids = [
            self._sale(market.brand_id, ours, SaleTerms(commission_rate=Decimal("0.8"), margin_rate=Decimal(0))),
            self._sale(
                self.other_brand,
                theirs,
                SaleTerms(markdown_schedule=SCHEDULE, commission_rate=Decimal("0.9"), margin_rate=Decimal(0)),
            ),
            self._sale(market.brand_id, previewed, SaleTerms(), starts_at=NOW + 60 * HOUR),
        ]
        # What is held is not available: some sizes are gone, one style wholly, others have one unit left.
        items = SaleItem.objects.order_by("pk")
        for place, item in enumerate(items):
            left = (item.allotted, 0, 1, 2, 3)[place % 5] if place > 5 else 0 if place < 3 else 10
            SaleItem.objects.filter(pk=item.pk).update(available=left, held=F("allotted") - left)
        count_changed_styles()

    def _styles(self, brand_id: int, prefix: str, names: tuple[str, ...], kinds: tuple[str, ...]) -> list[int]:
        skus = []
        for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            for at, size in enumerate(SIZES[: 2 + number % 2] if kind != "shoes" else ("38", "39")):
                skus.append(
                    self.market.sku(
                        brand_id=brand_id, style_no=f"{prefix}{number}", size=size, category=kind,
                        colour=("驼色", "黑")[at % 2], base_price_fen=(60 + 40 * number) * 100 + at,
                        tag_price_fen=(300 + 200 * (number % 3)) * 100,
                    )
                )  # fmt: skip
            style = Style.objects.get(brand_id=brand_id, style_no=f"{prefix}{number}")
            style.name, style.picture = name, "a" * 64 if number % 2 else ""
            style.save()
        return skus

    def _sale(self, brand_id: int, skus: list[int], terms: SaleTerms, starts_at: datetime = NOW) -> int:
        ops = self.market.ops
        sale = planning.schedule(
            actor=ops, brand_id=brand_id, title="秋冬", starts_at=starts_at, preview_at=NOW, terms=terms, now=NOW
        )
        lines = [planning.PlannedUnits(sku, 10) for sku in skus]
        planning.add_items(actor=ops, sale_id=sale.id, lines=lines, now=NOW)
        publishing.publish(actor=ops, sale_id=sale.id, now=NOW)
        return sale.id

    def offered(self, tier: int, at: datetime, sale_id: int | None) -> list[OfferedStyle]:
        """What is on show, read row by row."""
        shown = []
        for row in StyleListing.objects.filter(tier=tier).select_related("sale__brand", "style__category__parent"):
            sale = row.sale
            is_live = sale.starts_at <= at < sale.ends_at
            if sale.state != SaleState.PUBLISHED or not (is_live or (sale_id and sale.preview_at <= at < sale.ends_at)):
                continue
            terms = SaleTerms.from_json(sale.terms)
            units, taken_units = dict.fromkeys(row.sizes, 0), 0
            for item in SaleItem.objects.filter(sale=sale, style=row.style).select_related("sku"):
                units[item.sku.size] += item.available
                taken_units += item.held + item.sold
            category = row.style.category
            assert category is not None
            [words] = [each for each in find_searchable_styles(sale_id=sale.pk) if each.style_id == row.style_id]
            assert sale.price_list is not None
            resolved = sale.price_list.terms["resolved"]
            shown.append(
                OfferedStyle(
                    listing_id=StyleSearch.objects.get(sale=sale, style=row.style).pk,
                    sale_id=sale.pk,
                    brand_id=sale.brand_id,
                    category_ids=frozenset({category.pk, *([category.parent_id] if category.parent_id else [])}),
                    starts_at=sale.starts_at,
                    frozen_price_fen=row.from_price_fen,
                    price_fen=marked_down_price(
                        wholesale_fen=row.from_price_fen, lowest_fen=row.lowest_fen,
                        markdown_schedule=terms.markdown_schedule, ending=Ending(resolved["ending"]), ends_at=sale.ends_at, at=at,
                    ),
                    tag_price_fen=row.tag_price_fen,
                    label_cut=row.label_cut,
                    has_picture=bool(row.style.picture),
                    tokens=frozenset(tokens_of(numbers=[words.style_no], texts=words.texts)),
                    units=units,
                    taken_units=taken_units,
                )
            )  # fmt: skip
        return shown


def all_pages(tier: int, at: datetime, filters: StyleFilter, limit: int) -> list[tuple[int, int, int, int]]:
    """Every style of a filter, page by page: its sale, style, price and units left."""
    found, cursor = [], ""
    while True:
        page = finder.find_styles(tier=tier, at=at, filters=filters, cursor=cursor, limit=limit)
        found += [(row.sale_id, row.style_id, row.from_price_fen, row.available) for row in page.items]
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


WORDS = (
    "羊毛", "羊毛 大衣", "大衣 羊", "毛", "ab10", "AB-100", "ab 101", "c2", "C21", "雪松", "雪松 裙", "coats", "驼色", "連衣裙", "呢大",
    "no-such", "'", "\\", "ab:*|c", "!", "   ",
)  # fmt: skip


def filter_of(conditions: list[tuple[str, Any]], sort: Sort) -> StyleFilter:
    """Units are asked for of a size: M where the conditions name none."""
    values = dict(conditions)
    if values.get("size_units"):
        values.setdefault("size", "M")
    return StyleFilter(**values, sort=sort)


def test_sql_finds_orders_and_counts_what_the_rules_do() -> None:
    """SALE-11: for any filter, order and page length, in any instant."""
    wardrobe = Wardrobe()
    instants = (NOW, MARKED_DOWN_AT)
    cache: dict[Any, list[OfferedStyle]] = {}
    categories = [
        None,
        *Category.objects.filter(code__in=["women", "women-coats", "shoes", "children"]).values_list("pk", flat=True),
    ]
    prices = st.integers(40_00, 200_00)
    asked: dict[str, st.SearchStrategy[Any]] = {
        "sale_id": st.sampled_from(wardrobe.sale_ids),
        "brand_id": st.just(wardrobe.other_brand),
        "category_id": st.sampled_from(categories),
        "words": st.sampled_from(WORDS),
        "size": st.sampled_from(["S", "M", "L", "38", "XS"]),
        "size_units": st.integers(0, 3),
        "min_price_fen": prices,
        "max_price_fen": prices,
        "max_percent_of_tag": st.integers(5, 60),
        "available": st.just(value=True),
        "max_left": st.integers(1, 12),
        "full_run": st.just(value=True),
        "has_picture": st.just(value=True),
        "label_cut": st.booleans(),
    }
    # A filter of all of them at once would find nothing.
    conditions = st.lists(
        st.one_of([st.tuples(st.just(name), values) for name, values in asked.items()]),
        max_size=3,
        unique_by=lambda each: each[0],
    )

    @settings(max_examples=300)
    @given(
        st.builds(filter_of, conditions, st.sampled_from(SORTS)),
        st.sampled_from([0, 5]),
        st.sampled_from(instants),
        st.integers(1, 5),
    )
    def check(filters: StyleFilter, tier: int, at: datetime, limit: int) -> None:
        key = (tier, at, filters.sale_id)
        if key not in cache:
            cache[key] = wardrobe.offered(*key)
        wanted = sorted(
            (each for each in cache[key] if is_found(each, filters)), key=lambda each: sort_key(each, filters.sort)
        )
        if filters.sale_id is None:
            # SALE-17: two lists in one statement; all live sales opened at NOW.
            lists = [(filters, finder.categories_of(filters), NOW - HOUR), (filters, [], NOW)]
            new = statements.count_new(tier=tier, at=at, lists=lists, limit=4)
            assert {each.list: each.count for each in new} == {0: min(len(wanted), 4), 1: 0}
        styles = dict(StyleSearch.objects.values_list("pk", "style_id"))
        assert all_pages(tier, at, filters, limit) == [
            (each.sale_id, styles[each.listing_id], each.price_fen, each.units_left) for each in wanted
        ]
        hits = finder.count_styles(tier=tier, at=at, filters=filters)
        assert (hits.count, hits.is_exact) == (len(wanted), True)

    check()
    assert len(wardrobe.offered(0, NOW, None)) == 8


texts = st.text(alphabet="羊毛大衣ab12-_ '\\&|!:*（）Ａ\u3000", max_size=12)


@given(texts, st.lists(texts, max_size=3), texts)
@settings(max_examples=200)
def test_postgresql_matches_words_as_the_rules_do(number: str, names: list[str], typed: str) -> None:
    tokens, query = tokens_of(numbers=[number], texts=names), parse_words(typed)
    if not query:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [tsvector_of(tokens), tsquery_of(query)])
        assert cursor.fetchone() == (has_words(query, tokens),)


@pytest.mark.parametrize(
    ("typed", "is_there"),
    [
        ("大衣", True), ("双面呢", True), ("羊 驼", True), ("羊绒", False), ("AB-1203", True), ("ab1203", True), ("ab12", True),
        ("1203", True), ("203", False), ("女外套 羊毛", True), ("Coats", True), ("coat", True), ("雙面呢", True), ("ＡＢ１２", True),
        ("云杉 大衣", True), ("云松", False), ("驼色", True), ("，", True),
    ],
)  # fmt: skip
def test_words_find_a_style_by_name_number_colour_brand_and_category(typed: str, is_there: bool) -> None:
    """SALE-12."""
    tokens = tokens_of(numbers=["AB-1203"], texts=["羊毛双面呢大衣", "云杉", "女外套", "Women's coats", "驼色"])
    assert has_words(parse_words(typed), tokens) is is_there


def test_the_number_of_hits_is_exact_to_999(monkeypatch: pytest.MonkeyPatch) -> None:
    wardrobe = Wardrobe()
    assert str(finder.count_styles(tier=0, at=NOW, filters=StyleFilter())) == "8"
    monkeypatch.setattr(statements, "COUNT_LIMIT", 8)
    assert str(finder.count_styles(tier=0, at=NOW, filters=StyleFilter())) == "7+"
    assert str(finder.count_styles(tier=0, at=NOW, filters=StyleFilter(brand_id=wardrobe.other_brand))) == "4"


def test_a_cursor_belongs_to_its_order() -> None:
    Wardrobe()
    sorts: tuple[Sort, ...] = SORTS
    for sort in sorts:
        after = finder.find_styles(tier=0, at=NOW, filters=StyleFilter(sort=sort), limit=1).next_cursor
        for other in set(sorts) - {sort}:
            with pytest.raises(InvalidCursor):
                finder.find_styles(tier=0, at=NOW, filters=StyleFilter(sort=other), limit=1, cursor=after or "")


def test_statements_do_not_grow_with_the_styles() -> None:
    Wardrobe()
    counts = []
    for limit in (1, 8):
        with CaptureQueriesContext(connection) as made:
            finder.find_styles(tier=0, at=NOW, filters=StyleFilter(words="羊毛", size="M"), limit=limit)
            finder.count_styles(tier=0, at=NOW, filters=StyleFilter(words="羊毛", size="M"))
            finder.get_choices(at=NOW)
        counts.append(len(made))
    assert counts == [3, 3]


def test_choices_are_those_of_the_sales_on_show() -> None:
    wardrobe = Wardrobe()
    choices = finder.get_choices(at=NOW)
    assert choices.sizes == ["S", "M", "L", "38", "39"]
    assert list(choices.brands) == [wardrobe.market.brand_id, wardrobe.other_brand]
    of_preview = finder.get_choices(at=NOW, sale_id=wardrobe.sale_ids[2])
    assert of_preview.sizes == ["S", "M"]
    assert of_preview.category_ids == {Category.objects.get(code="hats-scarves").pk}


def test_words_of_a_sale_are_deleted_when_it_closes() -> None:
    market = Marketplace()
    sale_id = market.sale(market.sku(style_no="GONE-1"))
    assert StyleSearch.objects.filter(sale_id=sale_id).count() == 1
    assert all_violations() == []
    ending.end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + HOUR)
    assert not StyleSearch.objects.filter(sale_id=sale_id).exists()
    assert all_violations() == []


def test_units_that_change_are_counted_again_by_the_job() -> None:
    """A grab, a cancellation and an extension: what the finder knows follows; a second run finds nothing to do."""
    market = Marketplace()
    skus = [market.sku(style_no="A-1", size=size, units=2) for size in SIZES]
    sale_id = market.sale(*skus)
    daigou = market.reseller(wallet_fen=1000_00)
    row = StyleSearch.objects.get()
    assert (row.units, row.taken_units, row.left_sizes, row.left_units) == (6, 0, ["L", "M", "S"], [2, 2, 2])
    order = daigou.grab(item_of(sale_id, skus[1]), 2)
    assert StyleUnitsChange.objects.count() == 1
    assert all_violations() == []
    assert (count_changed_styles(), count_changed_styles()) == (1, 0)
    row.refresh_from_db()
    assert (row.units, row.taken_units, row.left_sizes, row.left_units) == (4, 2, ["L", "S"], [2, 2])
    assert row.facets == ["size:L", "size:M", "size:S", "left:L", "left:S"]
    assert finder.find_styles(tier=0, at=NOW, filters=StyleFilter(size="M", size_units=1)).items == []
    pay(actor=daigou.actor, order_id=order.id, now=NOW)
    assert count_changed_styles() == 0  # neither what is left nor what is taken
    [line] = order.lines
    report_out_of_stock(actor=market.clerk, line_id=line.id, units=1, note="", key="short", now=NOW + HOUR)
    assert count_changed_styles() == 1
    row.refresh_from_db()
    assert (row.units, row.taken_units) == (4, 1)
    other = daigou.grab(item_of(sale_id, skus[0]), 2)
    cancel_unpaid(actor=daigou.actor, order_id=other.id, now=NOW)
    assert count_changed_styles() == 2
    row.refresh_from_db()
    assert (row.units, row.taken_units, row.left_sizes) == (4, 1, ["L", "S"])
    ending.extend(actor=market.ops, sale_id=sale_id, ends_at=NOW + 60 * HOUR, reason="品牌要求", now=NOW)
    row.refresh_from_db()
    assert row.ends_at == NOW + 60 * HOUR
    assert all_violations() == []


def test_rows_of_the_release_before_are_completed_by_the_job() -> None:
    market = Marketplace()
    market.sale(market.sku(style_no="A-1", units=2))
    was = StyleSearch.objects.values().get()
    StyleSearch.objects.update(prices=None, starts_at=None, ends_at=None, units=None, facets=None)
    assert all_violations() == []
    count_changed_styles()
    assert StyleSearch.objects.values().get() == was


def test_choices_tell_how_many_styles_have_them() -> None:
    """The job counts what is on show and not sold out; a request counts where the job is late, and then not again for a minute."""
    clear_own_cache()
    wardrobe = Wardrobe()
    offered = [each for each in wardrobe.offered(0, NOW, None) if each.units_left]
    counts = get_facet_counts(at=NOW)
    assert counts.brands == Counter(each.brand_id for each in offered)
    assert counts.sizes == Counter(size for each in offered for size, left in each.units.items() if left)
    assert sum(counts.categories.values()) == len(offered)
    StyleSearch.objects.update(units=0, facets=[])
    assert get_facet_counts(at=NOW + timedelta(seconds=59)) == counts
    assert get_facet_counts(at=NOW + timedelta(seconds=60)) == FacetCounts()
    StyleSearch.objects.update(units=1)
    assert keep_facet_counts(at=NOW + timedelta(seconds=61)) > 0
    assert get_facet_counts(at=NOW + timedelta(seconds=62)).brands == Counter(
        each.brand_id for each in wardrobe.offered(0, NOW, None)
    )


def test_the_finder_page_tells_the_counts_of_its_choices() -> None:
    clear_own_cache()
    wardrobe = Wardrobe()
    client = Client()
    client.force_login(Person.objects.get(pk=wardrobe.market.reseller().actor.own_id))
    with set_to(NOW):
        page = client.get("/shop/styles/").content.decode()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    counts = get_facet_counts(at=NOW)
    assert f"雪松 ({counts.brands[wardrobe.other_brand]})" in shown
    assert f"38 {counts.sizes['38']}" in shown
