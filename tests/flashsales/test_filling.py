"""Filling a draft with free stock that passes a filter (SALE-6, SALE-20). SQL chooses and shares what the pure rules do."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from flashsales.models import SaleItem
from flashsales.rules import MAX_UNITS
from flashsales.rules.filling import ALL_STOCK, TRIAL_BATCH, FreeSku, StockFilter, planned_units
from flashsales.services import planning
from flashsales.services.planning import InvalidStockFilter, InvalidUnits, NoFreeStock, PlannedUnits, SkusOfOtherBrand
from inventory.models import Category, Sku, Style
from inventory.selectors.stock import count_free_skus
from tests.builders import NOW, Marketplace
from tests.built_once import built_once_class

pytestmark = pytest.mark.django_db
KINDS = ("women-coats", "women-tops", "shoes", "men-coats")
NAMES = ("羊毛双面呢大衣", "白衬衫", "Sneaker", "男夹克")


@built_once_class
@dataclass
class Warehouse:
    """Eight styles of a brand in four categories, with three to five sizes, some of them allotted; and one style of another brand."""

    market: Marketplace = field(default_factory=Marketplace)

    def __post_init__(self) -> None:
        for number in range(8):
            for at, size in enumerate(("S", "M", "L", "XL", "XXL")[: 3 + number % 3]):
                self.market.sku(
                    units=[600, 7, 1, 33, 100, 2][(number * 3 + at) % 6],
                    style_no=f"{'AB' if number % 2 else 'ab'}-{number}",
                    size=size,
                    category=KINDS[number % 4],
                )
            style = Style.objects.get(style_no__iexact=f"ab-{number}")
            style.name, style.season, style.year = NAMES[number % 4], "春秋冬"[number % 3], 2024 + number % 2
            style.save()
        for number, row in enumerate(Sku.objects.order_by("pk")):
            if number % 7 == 3:
                Sku.objects.filter(pk=row.pk).update(allotted=row.on_hand)
            elif number % 7 == 5:
                Sku.objects.filter(pk=row.pk).update(allotted=row.on_hand // 2)
        self.market.sku(units=50, style_no="AB-other", brand_id=self.market.brand())

    def free(self) -> list[FreeSku]:
        rows = Sku.objects.filter(brand_id=self.market.brand_id).select_related("style__category")
        return [
            FreeSku(
                sku_id=row.pk,
                style_id=row.style_id,
                style_no=row.style.style_no,
                name=row.style.name,
                category_ids=frozenset(with_parents(row.style.category)),
                season=row.style.season,
                year=row.style.year,
                free_units=row.on_hand - row.allotted,
            )
            for row in rows
        ]


def with_parents(category: Category | None) -> set[int]:
    return set() if category is None else {category.pk, *with_parents(category.parent)}


def test_sql_chooses_and_shares_what_the_rules_do() -> None:
    """SALE-6, SALE-20: for any filter."""
    warehouse = Warehouse()
    market, free = warehouse.market, warehouse.free()
    sale_id = market.draft()
    codes = ["women", "women-coats", "shoes", "children"]
    categories = list(Category.objects.filter(code__in=codes).values_list("pk", flat=True))
    asked: dict[str, st.SearchStrategy[Any]] = {
        "search": st.sampled_from(["ab", "AB-1", "羊毛", "衬", "sneak", "b-", "%", "_", "'"]),
        "category_id": st.sampled_from(categories),
        "season": st.sampled_from(["春", "秋", "夏"]),
        "year": st.sampled_from([2024, 2025, 2023]),
        "min_units": st.sampled_from([1, 2, 8, 34, 601]),
        "max_style_units": st.integers(1, 700),
    }
    conditions = st.lists(
        st.one_of([st.tuples(st.just(name), values) for name, values in asked.items()]),
        max_size=3,
        unique_by=lambda each: each[0],
    )

    @settings(max_examples=200)
    @given(conditions)
    def check(chosen: list[tuple[str, Any]]) -> None:
        filters = StockFilter(**dict(chosen))
        wanted = planned_units(free, filters)
        SaleItem.objects.filter(sale_id=sale_id).delete()
        if not wanted:
            with pytest.raises(NoFreeStock):
                planning.add_free_stock(actor=market.ops, sale_id=sale_id, filters=filters, now=NOW)
        else:
            added = planning.add_free_stock(actor=market.ops, sale_id=sale_id, filters=filters, now=NOW)
            assert added == len(wanted)
        assert dict(SaleItem.objects.filter(sale_id=sale_id).values_list("sku_id", "planned")) == wanted

    check()
    assert len(planned_units(free, ALL_STOCK)) == count_free_skus(market.brand_id, limit=100) == 27


@given(
    st.builds(
        StockFilter, search=st.text(max_size=5), min_units=st.integers(1, 9), year=st.none() | st.integers(2000, 2030)
    )
)
def test_a_filter_is_stored_and_read_again(filters: StockFilter) -> None:
    assert StockFilter.from_json(filters.to_json()) == filters
    assert StockFilter(**filters.conditions()) == filters


def test_a_trial_batch_takes_500_units_of_a_style_by_largest_remainder() -> None:
    """SALE-6."""
    rows = [
        FreeSku(sku_id, 1, "A", "", frozenset(), "", None, units) for sku_id, units in ((1, 333), (2, 333), (3, 334))
    ]
    assert planned_units(rows, TRIAL_BATCH) == {1: 167, 2: 166, 3: 167}


def test_add_free_stock_gives_items_that_are_there_new_units_and_limit() -> None:
    market = Marketplace()
    sku, other = market.sku(units=10), market.sku(units=4)
    sale_id = market.draft(sku, units=3, item_limit=1)
    [item_id] = SaleItem.objects.filter(sale_id=sale_id).values_list("pk", flat=True)
    assert planning.add_free_stock(actor=market.ops, sale_id=sale_id, limit_units=2, now=NOW) == 2
    rows = list(SaleItem.objects.order_by("sku_id").values_list("sku_id", "planned", "limit_units", "allotted"))
    assert rows == sorted([(sku, 10, 2, 0), (other, 4, 2, 0)])
    assert SaleItem.objects.get(sku_id=sku).pk == item_id
    entry = AuditEntry.objects.filter(action="flashsales.add_items").latest("pk")
    assert (entry.person_id, entry.details) == (market.ops.person_id, {"skus": 2, "filters": {}})


@pytest.mark.parametrize(
    ("filters", "limit_units", "refusal"),
    [
        (StockFilter(search="nothing"), None, NoFreeStock),
        (StockFilter(min_units=0), None, InvalidStockFilter),
        (StockFilter(max_style_units=0), None, InvalidStockFilter),
        (StockFilter(max_style_units=MAX_UNITS + 1), None, InvalidStockFilter),
        (StockFilter(search="x" * 65), None, InvalidStockFilter),
        (ALL_STOCK, 0, InvalidUnits),
    ],
)
def test_add_free_stock_refuses_what_makes_no_sense_or_finds_nothing(
    filters: StockFilter, limit_units: int | None, refusal: type[Exception]
) -> None:
    """SALE-20."""
    market = Marketplace()
    sku = market.sku(units=10)
    sale_id = market.draft(sku, units=3)
    with pytest.raises(refusal):
        planning.add_free_stock(actor=market.ops, sale_id=sale_id, filters=filters, limit_units=limit_units, now=NOW)
    assert list(SaleItem.objects.values_list("planned", "limit_units")) == [(3, None)]


def test_add_free_stock_refuses_more_units_of_a_sku_than_a_sale_takes() -> None:
    market = Marketplace()
    market.sku(units=MAX_UNITS + 1)
    sale_id = market.draft()
    with pytest.raises(InvalidUnits):
        planning.add_free_stock(actor=market.ops, sale_id=sale_id, now=NOW)
    assert not SaleItem.objects.exists()


def test_add_free_stock_is_for_ops_only() -> None:
    market = Marketplace()
    market.sku()
    sale_id = market.draft()
    for actor in (market.clerk, market.finance):
        with pytest.raises(NotAllowed):
            planning.add_free_stock(actor=actor, sale_id=sale_id, now=NOW)
    assert not SaleItem.objects.exists()


def test_add_items_of_another_brand_is_refused_whole() -> None:
    market = Marketplace()
    own, other = market.sku(), market.sku(brand_id=market.brand())
    sale_id = market.draft()
    with pytest.raises(SkusOfOtherBrand) as refused:
        planning.add_items(
            actor=market.ops, sale_id=sale_id, lines=[PlannedUnits(own, 1), PlannedUnits(other, 1)], now=NOW
        )
    assert refused.value.skus == [other]
    assert not SaleItem.objects.exists()
