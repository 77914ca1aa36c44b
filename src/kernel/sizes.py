"""Letter sizes and the order of sizes: one source for readers of workbooks, selectors and pages. Standard library only."""

from typing import Final

LETTER_SIZES: Final = ("XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL", "XXXXXL", "XXXXXXL")
"""From small to large."""

_ALIASES: Final = {
    "3XS": "XXXS",
    "2XS": "XXS",
    "2XL": "XXL",
    "3XL": "XXXL",
    "4XL": "XXXXL",
    "5XL": "XXXXXL",
    "6XL": "XXXXXXL",
}
_RANKS: Final = {size: rank for rank, size in enumerate(LETTER_SIZES)}


def letter_rank(size: str) -> int | None:
    """The place of a letter size from small to large (2XL is XXL); None for any other size."""
    name = size.upper().removesuffix("码")
    return _RANKS.get(_ALIASES.get(name, name))


def size_sort_key(size: str) -> tuple[int, float, str]:
    """The order in which people expect sizes: letters from small to large, then numbers (36, 36.5, 160/84A), then the rest."""
    rank = letter_rank(size)
    if rank is not None:
        return 0, rank, size
    digits = size.split("/")[0]
    if digits.replace(".", "", 1).isdigit():
        return 1, float(digits), size
    return 2, 0, size
