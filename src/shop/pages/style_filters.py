"""The filters of a list of styles, as they stand in the address of the page (SALE-11)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from flashsales.rules.finder import FEW_UNITS, SORTS, Sort, StyleFilter
from flashsales.selectors.facets import FacetCounts
from flashsales.selectors.finder import OfferedChoices
from inventory.selectors.stock import CategoryView
from kernel.money import typed_yuan
from web.query_parameters import Check, cursor, flag, number, one_of, parse_number, text

PERCENTS_OF_TAG = (50, 30, 20)
LABELS = {"kept": False, "cut": True}
_SORT_WORDS = {
    "newest": gettext_lazy("最新"),
    "price": gettext_lazy("价格从低到高"),
    "-price": gettext_lazy("价格从高到低"),
    "discount": gettext_lazy("折扣最大"),
    "units": gettext_lazy("件数最多"),
    "taken": gettext_lazy("抢得最多"),
}


def yuan(value: str) -> tuple[str, str] | None:
    try:
        typed_yuan(value)
    except ValueError:
        return "这里要一个金额，如 99 或 99.50", "an amount is wanted here, such as 99 or 99.50"
    return None


MAX_TYPED_NAME = 80
"""So much of a refused name of a filter comes back into the field."""
FILTER_PARAMETERS: dict[str, Check] = {
    "q": text(80),
    "category": number,
    "sub": number,
    "brand": number,
    "size": text(20),
    "units": number,
    "min": yuan,
    "max": yuan,
    "percent": number,
    "label": one_of(LABELS),
    "few": flag,
    "run": flag,
    "pictures": flag,
    "available": flag,
    "sort": one_of(SORTS),
    "cursor": cursor,
    "name": text(MAX_TYPED_NAME),
}
"""The query parameters of a list of styles."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers; `styles`: how many have it, where that is known."""

    value: str
    words: str
    chosen: bool
    styles: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that are set: the values in the address, the choices that the page offers, and the filter of the selector."""

    values: dict[str, str]
    style_filter: StyleFilter
    categories: list[Choice]
    subcategories: list[Choice]
    brands: list[Choice]
    sizes: list[Choice]

    @property
    def percents(self) -> list[Choice]:
        chosen = self.values["percent"]
        offered = sorted({*PERCENTS_OF_TAG, *([int(chosen)] if chosen else [])}, reverse=True)
        words = [Choice("", _("不限"), not chosen)]
        return words + [Choice(str(each), percent_words(each), str(each) == chosen) for each in offered]

    @property
    def labels(self) -> list[Choice]:
        words = {"": _("不限"), "kept": _("保留吊牌"), "cut": _("剪标")}
        return [Choice(value, label, value == self.values["label"]) for value, label in words.items()]

    @property
    def sorts(self) -> list[Choice]:
        return [Choice(value, str(words), value == self.style_filter.sort) for value, words in _SORT_WORDS.items()]

    @property
    def count(self) -> int:
        """How many filters are set; words, category and order are seen without opening the filters."""
        names = ("brand", "size", "min", "max", "percent", "label", "few", "run", "pictures", "available")
        return sum(bool(self.values[name]) for name in names)


def percent_words(percent: int) -> str:
    """A share of the tag price as it is said: 5折, or 50% off."""
    if get_language() == "en":
        return f"{100 - percent}% off or more"
    return f"{percent / 10:g} 折以下"


def parse_filters(
    query: QueryDict,
    *,
    choices: OfferedChoices,
    tree: Sequence[CategoryView],
    counts: FacetCounts | None = None,
    sale_id: int | None = None,
    default_sort: Sort = "price",
) -> Filters:
    """What the address asks for; `accepts_parameters` has refused what makes no sense. `counts` are told beside the choices."""
    values = {name: query.get(name, "").strip() for name in FILTER_PARAMETERS}
    sort = next((each for each in SORTS if each == values["sort"]), default_sort)
    units = parse_number(values["units"])
    category_id, categories, subcategories = _category_choices(
        tree,
        choices.category_ids,
        parse_number(values["category"]),
        parse_number(values["sub"]),
        # A sale has few categories: all of them are one tap away.
        is_flat=sale_id is not None,
    )
    style_filter = StyleFilter(
        sale_id=sale_id,
        brand_id=parse_number(values["brand"]),
        category_id=category_id,
        words=values["q"],
        size=values["size"],
        # Who asks for a size wants to buy it.
        size_units=min(max(1, units or 1), 9999) if values["size"] else 0,
        min_price_fen=_fen(values["min"]),
        max_price_fen=_fen(values["max"]),
        max_percent_of_tag=min(parse_number(values["percent"]) or 0, 100) or None,
        available=values["available"] == "1",
        max_left=FEW_UNITS if values["few"] == "1" else None,
        full_run=values["run"] == "1",
        has_picture=values["pictures"] == "1",
        label_cut=LABELS.get(values["label"]),
        sort=sort,
    )
    brands = [Choice(str(pk), name, str(pk) == values["brand"]) for pk, name in choices.brands.items()]
    sizes = choices_of(values["size"], choices.sizes)
    if counts is not None:
        brands = _counted(brands, {str(pk): styles for pk, styles in counts.brands.items()})
        sizes = _counted(sizes, counts.sizes)
        of_categories = _with_those_above(tree, counts.categories)
        categories, subcategories = _counted(categories, of_categories), _counted(subcategories, of_categories)
    return Filters(values, style_filter, categories, subcategories, brands, sizes)


def address_of(style_filter: StyleFilter, tree: Sequence[CategoryView]) -> str:
    """The query of an address that `parse_filters` reads as this filter, over all live sales."""
    by_id = {each.id: each for each in tree}
    path = _path(by_id, style_filter.category_id) or ([style_filter.category_id] if style_filter.category_id else [])
    has_size = bool(style_filter.size)
    labels = {value: name for name, value in LABELS.items()}
    values = {
        "q": style_filter.words,
        "category": path[0] if path else "",
        "sub": path[-1] if len(path) > 1 else "",
        "brand": style_filter.brand_id or "",
        "size": style_filter.size,
        "units": style_filter.size_units if has_size and style_filter.size_units > 1 else "",
        "min": _yuan_text(style_filter.min_price_fen),
        "max": _yuan_text(style_filter.max_price_fen),
        "percent": style_filter.max_percent_of_tag or "",
        "label": labels.get(style_filter.label_cut, "") if style_filter.label_cut is not None else "",
        "few": "1" if style_filter.max_left is not None else "",
        "run": "1" if style_filter.full_run else "",
        "pictures": "1" if style_filter.has_picture else "",
        "available": "1" if style_filter.available else "",
        "sort": style_filter.sort,
    }
    return urlencode({name: value for name, value in values.items() if value != ""})


def _counted(choices: Sequence[Choice], styles: Mapping[str, int]) -> list[Choice]:
    return [replace(each, styles=styles.get(each.value)) if each.value else each for each in choices]


def _with_those_above(tree: Sequence[CategoryView], styles: Mapping[int, int]) -> dict[str, int]:
    """The counts of categories, each with those below it."""
    by_id, sums = {each.id: each for each in tree}, Counter[str]()
    for category_id, count in styles.items():
        for each in _path(by_id, category_id):
            sums[str(each)] += count
    return sums


def choices_of(chosen: str, values: Iterable[str]) -> list[Choice]:
    """Choices whose labels are their values."""
    return [Choice(value, value, value == chosen) for value in values]


def _category_choices(
    tree: Sequence[CategoryView], offered: set[int], category: int | None, below: int | None, *, is_flat: bool
) -> tuple[int | None, list[Choice], list[Choice]]:
    """The category that is meant, the top categories that have goods, and those below the chosen one.

    With `is_flat` the lowest ones are the only row; so are those below the only top category. `below` counts where it is below `category`:
    a form that changes the top category still carries it.
    """
    by_id = {each.id: each for each in tree}
    if is_flat:
        return category, _named(by_id, [pk for pk in by_id if pk in offered], category), []
    paths = [_path(by_id, pk) for pk in sorted(offered) if pk in by_id]
    roots = list(dict.fromkeys(path[0] for path in paths))
    meant = below if category in _path(by_id, below)[:-1] else category
    top = roots[0] if len(roots) == 1 else category
    leaves = list(dict.fromkeys(path[1] for path in paths if path[0] == top and len(path) > 1))
    if len(roots) == 1:
        return meant, _named(by_id, leaves, meant), []
    return meant, _named(by_id, roots, category), _named(by_id, leaves, meant) if leaves else []


def _named(by_id: dict[int, CategoryView], ids: Sequence[int], chosen: int | None) -> list[Choice]:
    words = [Choice(str(pk), by_id[pk].name, pk == chosen) for pk in ids]
    return [Choice("", _("全部"), not any(each.chosen for each in words)), *words]


def _path(by_id: dict[int, CategoryView], category_id: int | None) -> list[int]:
    """The categories from the top down to this one."""
    path: list[int] = []
    while category_id is not None and category_id in by_id:
        path.insert(0, category_id)
        category_id = by_id[category_id].parent_id
    return path


def _yuan_text(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100}.{fen % 100:02}".removesuffix(".00")


def _fen(typed: str) -> int | None:
    return typed_yuan(typed) if typed else None
