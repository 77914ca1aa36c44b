"""What a customer sees of a reseller's storefront (FORWARD-19, FORWARD-20)."""

import enum
import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from forwarding.rules.pages import CustomerStyle, CustomerView, PageSource, SourceStyle, customer_style
from forwarding.rules.redaction import brand_words, fold_text, redact, redactor

MAX_STOREFRONT_NAME = 30
MAX_STOREFRONT_NOTICE = 200
STYLES_PER_STOREFRONT_PAGE = 24
MAX_SEARCHED_STYLES = 3000
"""Of those that were priced last; a search of words reads so many names."""
MAX_SEARCH = 40


class StorefrontSort(enum.StrEnum):
    """In which order the goods stand."""

    NEWEST = "newest"
    """The style that she priced last comes first."""
    CHEAPEST = "cheapest"
    DEAREST = "dearest"


@dataclass(frozen=True, slots=True)
class OfferedBrand:
    """A brand of which the storefront offers goods, or offered some in a sale that is open, with their numbers; `has_cut`: some of them
    are sold with their label cut."""

    name: str
    has_cut: bool
    style_nos: Sequence[str] = ()


def hidden_brands(brands: Sequence[OfferedBrand]) -> frozenset[str]:
    """The names of the brands that the storefront does not reveal (FORWARD-20).

    A brand is hidden as soon as any of its goods there has its label cut, and so is one whose name shares a word with a hidden brand:
    otherwise goods with a label would tell by comparison what is cut of the same brand.
    """
    hidden = {each.name for each in brands if each.has_cut}
    others = {each.name for each in brands} - hidden
    while True:
        words = [fold_text(word) for name in hidden for word in brand_words(name)]
        akin = {name for name in others if any(word and word in fold_text(name) for word in words)}
        if not akin:
            return frozenset(hidden)
        hidden |= akin
        others -= akin


def storefront_secrets(brands: Sequence[OfferedBrand]) -> tuple[str, ...]:
    """What no text of the storefront may hold: the words of hidden brands, and the style numbers of all their goods there."""
    hidden = hidden_brands(brands)
    words = (word for name in sorted(hidden) for word in brand_words(name))
    numbers = sorted({number for each in brands if each.name in hidden for number in each.style_nos})
    return tuple(dict.fromkeys((*words, *numbers)))


def storefront_view(source: PageSource, brands: Sequence[OfferedBrand]) -> CustomerView:
    """What a customer sees of these goods of a storefront: each style by itself, the words of hidden brands nowhere (FORWARD-20).

    `brands` are those of all that the storefront offers, on this page or not. `source.reseller_name` is the name of the storefront,
    `source.remark` her notice.
    """
    hidden, secrets = hidden_brands(brands), storefront_secrets(brands)
    return CustomerView(
        brand_hidden=bool(hidden),
        brand="",
        title="",
        reseller_name=redact(source.reseller_name, secrets),
        styles=tuple(_style(each, each.brand_name in hidden, secrets) for each in source.styles if each.is_visible),
        remark=redact(source.remark, secrets),
    )


def _style(style: SourceStyle, is_hidden: bool, secrets: Sequence[str]) -> CustomerStyle:
    shown_no = _shown_no(style.style_no, is_hidden, redactor(secrets))
    shown = customer_style(style, secrets, shown_no, without_logos=is_hidden)
    return replace(shown, brand="" if is_hidden else style.brand_name, starts_at=style.starts_at, ends_at=style.ends_at)


def _shown_no(style_no: str, is_hidden: bool, without: Callable[[str], str]) -> str:
    """The style number where the page shows it: not of a hidden brand, and not where it holds what must not be told."""
    return "" if is_hidden or without(style_no) != style_no else style_no


@dataclass(frozen=True, slots=True)
class NamedGoods:
    """A style that the storefront offers, by the id of its retail price, with the names in which a customer searches."""

    price_id: int
    brand_name: str
    style_no: str
    name: str
    category: str


def matching_goods(goods: Iterable[NamedGoods], words: str, brands: Sequence[OfferedBrand]) -> list[int]:
    """The goods in whose shown names every word occurs: a search finds nothing that the page does not show (FORWARD-20)."""
    wanted = [folded for word in words.split() if (folded := fold_text(word))]
    if not wanted:
        return []
    hidden = hidden_brands(brands)
    without = functools.cache(redactor(storefront_secrets(brands)))
    found = []
    for each in goods:
        is_hidden = each.brand_name in hidden
        brand = "" if is_hidden else without(each.brand_name)
        said = (without(each.name), without(each.category), _shown_no(each.style_no, is_hidden, without), brand)
        shown = "\n".join(fold_text(text) for text in said)
        if all(word in shown for word in wanted):
            found.append(each.price_id)
    return found


def ordered_categories(category_ids: Iterable[int], order: Sequence[int], hidden: Iterable[int]) -> list[int]:
    """The categories as the page lists them: those that she put in order first, the others behind, the hidden ones not at all."""
    places = {each: place for place, each in enumerate(order)}
    kept = set(category_ids) - set(hidden)
    return sorted(kept, key=lambda each: (places.get(each, len(places)), each))
