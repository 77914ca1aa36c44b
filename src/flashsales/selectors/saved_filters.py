"""The filters that a reseller keeps, and how many styles are new to her in each (SALE-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from flashsales.models import SavedFilter
from flashsales.rules.finder import StyleFilter
from flashsales.rules.saved_filters import MAX_COUNTED_NEW, MAX_SAVED_FILTERS, from_json
from flashsales.selectors.finder import categories_of
from flashsales.sql import finder as statements
from kernel.refusal import Missing


class NoSuchSavedFilter(Missing):
    code = "flashsales.no_such_saved_filter"
    zh = "没有这组筛选，可能已经删除"
    en = "There is no such saved filter; it may have been deleted"


@dataclass(frozen=True, slots=True)
class SavedFilterView:
    """A filter under its name. `new_styles`: those of sales that opened since she looked, exact to 99 (`is_exact`), else 99."""

    id: int
    name: str
    filters: StyleFilter
    saved_at: datetime
    looked_at: datetime
    new_styles: int
    is_exact: bool

    @property
    def new_words(self) -> str:
        return f"{self.new_styles}" if self.is_exact else f"{self.new_styles}+"


def list_saved_filters(*, reseller_id: int, tier: int, at: datetime) -> list[SavedFilterView]:
    """All filters of a reseller in the order in which she saved them; two statements, or one where she has none."""
    rows = list(SavedFilter.objects.filter(reseller=reseller_id).order_by("saved_at", "pk")[:MAX_SAVED_FILTERS])
    return _views(rows, tier, at)


def get_saved_filter(*, reseller_id: int, filter_id: int) -> StyleFilter:
    """One of her filters. Refuses one that is not hers."""
    row = SavedFilter.objects.filter(pk=filter_id, reseller=reseller_id).first()
    if row is None:
        raise NoSuchSavedFilter
    return from_json(row.filters)


def saved_filter_view(row: SavedFilter, *, tier: int, at: datetime) -> SavedFilterView:
    [view] = _views([row], tier, at)
    return view


def _views(rows: Sequence[SavedFilter], tier: int, at: datetime) -> list[SavedFilterView]:
    filters = [from_json(row.filters) for row in rows]
    asked = [(each, categories_of(each), row.looked_at) for each, row in zip(filters, rows, strict=True)]
    counted = statements.count_new(tier=tier, at=at, lists=asked, limit=MAX_COUNTED_NEW)
    new = {each.list: each.count for each in counted}
    return [
        view_of(
            SavedFilterView,
            row,
            filters=filters[place],
            new_styles=min(new[place], MAX_COUNTED_NEW - 1),
            is_exact=new[place] < MAX_COUNTED_NEW,
        )
        for place, row in enumerate(rows)
    ]
