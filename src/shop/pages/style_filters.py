"""How she picks goods: the filters of a list, as they stand in the address. What makes no sense in it filters nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from flashsales.selectors.styles import StyleFilter
from kernel.money import display_yuan

PRICE_BANDS_YUAN: dict[str, tuple[int | None, int | None]] = {
    "0-100": (None, 100),
    "100-300": (100, 300),
    "300-600": (300, 600),
    "600-": (600, None),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that are set: as typed, and as they are asked for."""

    category: str
    brand: str
    size: str
    band: str
    order: str
    left: bool
    wanted: StyleFilter

    @property
    def bands(self) -> list[Choice]:
        words = {"": _("不限价格")} | {value: _band_in_words(*span) for value, span in PRICE_BANDS_YUAN.items()}
        return [Choice(value, label, value == self.band) for value, label in words.items()]

    @property
    def count(self) -> int:
        """How many filters besides the category are set."""
        return sum(bool(each) for each in (self.brand, self.size, self.band, self.left))


def parse_filters(query: QueryDict, *, sale_id: int | None = None) -> Filters:
    category, brand, size = query.get("category", ""), query.get("brand", ""), query.get("size", "")[:20]
    band = query.get("band", "") if query.get("band", "") in PRICE_BANDS_YUAN else ""
    least, most = PRICE_BANDS_YUAN.get(band, (None, None))
    order = "dear" if query.get("order") == "dear" else "cheap"
    wanted = StyleFilter(
        sale_id=sale_id,
        brand_id=_whole(brand),
        category_id=_whole(category),
        size=size,
        least_fen=None if least is None else least * 100,
        most_fen=None if most is None else most * 100,
        only_left=query.get("left") == "1",
        dearest_first=order == "dear",
    )
    return Filters(category, brand, size, band, order, wanted.only_left, wanted)


def _band_in_words(least: int | None, most: int | None) -> str:
    if least is None:
        return _("{price} 以下").format(price=display_yuan((most or 0) * 100))
    if most is None:
        return _("{price} 以上").format(price=display_yuan(least * 100))
    return f"{display_yuan(least * 100)} – {display_yuan(most * 100)}"


def choices_of(chosen: str, values: Iterable[str]) -> list[Choice]:
    """Choices that are called what they are."""
    return [Choice(value, value, value == chosen) for value in values]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
