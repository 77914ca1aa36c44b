"""Which styles the finder shows, in which order, and how words find them (SALE-11, SALE-12). No framework.

`flashsales/sql/finder.py` says the same in SQL; a test compares the two on generated goods.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from kernel.traditional import simplified

Sort = Literal["price", "-price", "newest", "discount", "units", "taken"]
"""The order of a list: the lowest price first, or with the minus sign the highest; the sale that opened last first; the lowest share of
the tag price first; the most units left first; the most units held or sold first. Prices are the frozen ones, which stay where they are
while somebody turns pages."""

SORTS: Final[tuple[Sort, ...]] = ("price", "-price", "newest", "discount", "units", "taken")
MAX_WORDS: Final = 8
MAX_WORD_LENGTH: Final = 40
MIN_RUN_SIZES: Final = 3
"""A full size run has at least so many sizes."""
LISTED: Final = "size:"
LEFT: Final = "left:"
FULL_RUN: Final = "full run"
"""Facets of a style: each size that it has, each with units left, and a full size run."""

_CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS: Final = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_PARTS: Final = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class StyleFilter:
    """Which styles a reseller wants to see, and in which order. Prices are in fen at her tier.

    `words`: all of them are found in the style (SALE-12). `size_units`: so many units are left in `size`. `max_percent_of_tag`: the
    price is at most this share of the tag price (30 for 3折). `available`: some unit is left; `max_left`: some are, at most so many.
    `full_run`: there are at least MIN_RUN_SIZES sizes, with units left in each. `label_cut`: goods with the label cut, or without.
    """

    sale_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = None
    words: str = ""
    size: str = ""
    size_units: int = 0
    min_price_fen: int | None = None
    max_price_fen: int | None = None
    max_percent_of_tag: int | None = None
    available: bool = False
    max_left: int | None = None
    full_run: bool = False
    has_picture: bool = False
    label_cut: bool | None = None
    sort: Sort = "price"


FEW_UNITS: Final = 3
"""The last pieces of a style are at most so many."""
FIRST_PAGE_LISTS: Final[Mapping[str, StyleFilter]] = {
    "few": StyleFilter(max_left=FEW_UNITS, sort="newest"),
    "newest": StyleFilter(available=True, sort="newest"),
    "run": StyleFilter(full_run=True, sort="discount"),
    "percent": StyleFilter(available=True, max_percent_of_tag=20, sort="discount"),
}
"""The rows of goods of the first page, over all live sales (SALE-15)."""


@dataclass(frozen=True, slots=True)
class OfferedStyle:
    """What the finder knows of a style in a sale at one tier. `units` are those left in each of its sizes; prices in fen."""

    listing_id: int
    sale_id: int
    brand_id: int
    category_ids: frozenset[int]
    starts_at: datetime
    frozen_price_fen: int
    price_fen: int
    tag_price_fen: int
    label_cut: bool
    has_picture: bool
    tokens: frozenset[str]
    units: Mapping[str, int] = field(default_factory=dict)
    taken_units: int = 0

    @property
    def units_left(self) -> int:
        return sum(self.units.values())


@dataclass(frozen=True, slots=True)
class Term:
    """A token that a style must have; with `is_prefix` one that begins with it."""

    token: str
    is_prefix: bool

    def is_in(self, tokens: Collection[str]) -> bool:
        if not self.is_prefix:
            return self.token in tokens
        return any(each.startswith(self.token) for each in tokens)


Query = tuple[tuple[tuple[Term, ...], ...], ...]
"""Words, all of which must be found; a word is one or more alternatives; an alternative is terms that must all be found."""


def fold(text: str) -> str:
    """Letter case, width and traditional characters do not tell words apart."""
    return simplified(unicodedata.normalize("NFKC", text).casefold())


def tokens_of(*, numbers: Iterable[str], texts: Iterable[str]) -> set[str]:
    """What a style is found by (SALE-12).

    Of Chinese text every character and every two neighbours; of other text its words, and the letters and digits of a word by themselves.
    A style number is also found without its separators.
    """
    found: set[str] = set()
    for text in (*numbers, *texts):
        for run in _RUNS.findall(fold(text)):
            found |= set(run) | _pairs(run) if _is_cjk(run) else {run, *_PARTS.findall(run)}
    for number in numbers:
        found.add("".join(_RUNS.findall(fold(number))))
    return {each for each in found if 0 < len(each) <= MAX_WORD_LENGTH}


def parse_words(text: str) -> Query:
    """The query of what somebody typed. Signs between words mean nothing; the first MAX_WORDS words count."""
    words = [fold(word)[:MAX_WORD_LENGTH] for word in text.split()[:MAX_WORDS]]
    return tuple(alternatives for word in words if (alternatives := _alternatives(word)))


def _alternatives(word: str) -> tuple[tuple[Term, ...], ...]:
    runs = _RUNS.findall(word)
    terms = tuple(term for run in runs for term in _terms(run))
    if len(runs) > 1 and not any(_is_cjk(run) for run in runs):
        return (terms, (Term("".join(runs), is_prefix=True),))
    return (terms,) if terms else ()


def _terms(run: str) -> Iterable[Term]:
    if not _is_cjk(run):
        return [Term(run, is_prefix=True)]
    return [Term(token, is_prefix=False) for token in (sorted(_pairs(run)) if len(run) > 1 else [run])]


def _pairs(run: str) -> set[str]:
    return {run[at : at + 2] for at in range(len(run) - 1)}


def _is_cjk(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff" or "\uf900" <= run[0] <= "\ufaff"


def has_words(query: Query, tokens: Collection[str]) -> bool:
    return all(any(all(term.is_in(tokens) for term in terms) for terms in word) for word in query)


def tsvector_of(tokens: Collection[str]) -> str:
    """The tokens in the language of PostgreSQL's `tsvector`."""
    return " ".join(_quoted(Term(token, is_prefix=False)) for token in sorted(tokens))


def tsquery_of(query: Query) -> str:
    """The query in the language of PostgreSQL's `tsquery`."""
    words = [" | ".join(f"({' & '.join(map(_quoted, terms))})" for terms in word) for word in query]
    return " & ".join(f"({word})" for word in words)


def _quoted(term: Term) -> str:
    token = term.token.replace("\\", "\\\\").replace("'", "''")
    return f"'{token}'{':*' if term.is_prefix else ''}"


def facets_of(units: Mapping[str, int]) -> set[str]:
    """The facets of a style with so many units left in each of its sizes."""
    facets = {LISTED + size for size in units} | {LEFT + size for size, left in units.items() if left > 0}
    return facets | {FULL_RUN} if len(units) >= MIN_RUN_SIZES and all(units.values()) else facets


def is_found(style: OfferedStyle, filters: StyleFilter) -> bool:
    """Whether a style that is on show passes a filter (SALE-11); its sale and brand are those asked for."""
    left = style.units_left
    # An alternative reads as: nothing is asked, or it holds.
    return (
        filters.sale_id in (None, style.sale_id)
        and filters.brand_id in (None, style.brand_id)
        and (filters.category_id is None or filters.category_id in style.category_ids)
        and has_words(parse_words(filters.words), style.tokens)
        and (not filters.size or (filters.size in style.units and style.units[filters.size] >= filters.size_units))
        and (filters.min_price_fen is None or style.price_fen >= filters.min_price_fen)
        and (filters.max_price_fen is None or style.price_fen <= filters.max_price_fen)
        and (
            filters.max_percent_of_tag is None
            or style.price_fen * 100 <= style.tag_price_fen * filters.max_percent_of_tag
        )
        and (not filters.available or left > 0)
        and (filters.max_left is None or 0 < left <= filters.max_left)
        and (not filters.full_run or FULL_RUN in facets_of(style.units))
        and (not filters.has_picture or style.has_picture)
        and filters.label_cut in (None, style.label_cut)
    )


def sort_key(style: OfferedStyle, sort: Sort) -> tuple[float, int]:
    """The place of a style in an order, ascending; the listing's id breaks ties in the direction of the order."""
    match sort:
        case "price":
            return style.frozen_price_fen, style.listing_id
        case "-price":
            return -style.frozen_price_fen, -style.listing_id
        case "newest":
            return -style.starts_at.timestamp(), -style.listing_id
        case "discount":
            return style.frozen_price_fen * 10_000 // style.tag_price_fen, style.listing_id
        case "units":
            return -style.units_left, -style.listing_id
        case "taken":
            return -style.taken_units, -style.listing_id
