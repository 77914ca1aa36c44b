"""The filters of a list of styles, as they stand in the address of the page. A value that makes no sense filters nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from flashsales.selectors.styles import Sort, StyleFilter
from kernel.money import display_yuan
from web.query_parameters import parse_number

PRICE_BANDS_YUAN: dict[str, tuple[int | None, int | None]] = {
    "0-100": (None, 100),
    "100-300": (100, 300),
    "300-600": (300, 600),
    "600-": (600, None),
}
SORTS: tuple[Sort, ...] = ("price", "-price")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that are set: the values in the address, and the filter of the selector."""

    category: str
    brand: str
    size: str
    price: str
    sort: str
    available: bool
    style_filter: StyleFilter

    @property
    def price_bands(self) -> list[Choice]:
        words = {"": _("不限价格")} | {value: _band_label(*span) for value, span in PRICE_BANDS_YUAN.items()}
        return [Choice(value, label, value == self.price) for value, label in words.items()]

    @property
    def count(self) -> int:
        """How many filters are set, the category not counted."""
        return sum(bool(each) for each in (self.brand, self.size, self.price, self.available))


def parse_filters(query: QueryDict, *, sale_id: int | None = None) -> Filters:
    category, brand, size = query.get("category", ""), query.get("brand", ""), query.get("size", "")[:20]
    price = query.get("price", "") if query.get("price", "") in PRICE_BANDS_YUAN else ""
    min_yuan, max_yuan = PRICE_BANDS_YUAN.get(price, (None, None))
    sort: Sort = "-price" if query.get("sort") == "-price" else "price"
    style_filter = StyleFilter(
        sale_id=sale_id,
        brand_id=parse_number(brand),
        category_id=parse_number(category),
        size=size,
        min_price_fen=None if min_yuan is None else min_yuan * 100,
        max_price_fen=None if max_yuan is None else max_yuan * 100,
        available=query.get("available") == "1",
        sort=sort,
    )
    return Filters(category, brand, size, price, sort, style_filter.available, style_filter)


def _band_label(min_yuan: int | None, max_yuan: int | None) -> str:
    if min_yuan is None:
        return _("{price} 以下").format(price=display_yuan((max_yuan or 0) * 100))
    if max_yuan is None:
        return _("{price} 以上").format(price=display_yuan(min_yuan * 100))
    return f"{display_yuan(min_yuan * 100)} – {display_yuan(max_yuan * 100)}"


def choices_of(chosen: str, values: Iterable[str]) -> list[Choice]:
    """Choices whose labels are their values."""
    return [Choice(value, value, value == chosen) for value in values]
