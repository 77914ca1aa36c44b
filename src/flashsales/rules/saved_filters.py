"""Filters that a reseller keeps under a name (SALE-17). No framework."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final

from flashsales.rules.finder import FEW_UNITS, StyleFilter

MAX_SAVED_FILTERS: Final = 20
MAX_FILTER_NAME: Final = 20
MAX_COUNTED_NEW: Final = 100
"""New styles of a saved filter are counted up to so many: below it the count is exact, and then it is "99+"."""

_EMPTY: Final = StyleFilter()
_NAMES: Final = frozenset(each.name for each in fields(StyleFilter))


def clean_name(name: str) -> str | None:
    """The name without blanks around it and with single ones inside; None where it is empty, too long, or holds invisible characters."""
    cleaned = " ".join(name.split())
    is_visible = all(unicodedata.category(each)[0] != "C" for each in cleaned)
    return cleaned if cleaned and len(cleaned) <= MAX_FILTER_NAME and is_visible else None


def name_key(name: str) -> str:
    """Names that differ in letter case or width only are the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def can_be_saved(filters: StyleFilter) -> bool:
    """Whether a filter asks for something, beside an order, over all live sales; and only for what the finder's page can show."""
    return (
        filters.sale_id is None
        and filters.max_left in (None, FEW_UNITS)
        and replace(filters, sort=_EMPTY.sort) != _EMPTY
    )


def to_json(filters: StyleFilter) -> dict[str, Any]:
    """What differs from a filter that asks for nothing."""
    empty = asdict(_EMPTY)
    return {name: value for name, value in asdict(filters).items() if value != empty[name] or name == "sort"}


def from_json(stored: Mapping[str, Any]) -> StyleFilter:
    """The filter again; what this version does not know is left out."""
    return StyleFilter(**{name: value for name, value in stored.items() if name in _NAMES})
