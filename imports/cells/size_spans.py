"""Sizes that are written as a span: socks 35-38, hats 54-56, the heights 90-100 of children (IMPORT-21).

26-30 may be one size, or five sizes with one figure for all of them. A span by itself does not tell; the spans beside it do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Final

Span = tuple[int, int]

_SPAN = re.compile(r"(\d{2,3})(?:码|号|cm)?\s*[-~～—–至到]\s*(\d{2,3})(?:码|号|cm)?", re.IGNORECASE)
GOODS_IN_SPANS: Final = re.compile(
    r"袜|帽|手套|护膝|腿套|socks?\b|hosiery|stockings?\b|tights|\bhats?\b|\bcaps?\b|beanie|gloves?\b|mittens?\b",
    re.IGNORECASE,
)
"""Goods whose sizes are spans even where a sheet has only one of them."""
_FIRST_HAT = 48
_LAST_HAT = 66


def span_of(text: str) -> Span | None:
    """The span of a text that can be one size of feet, of heads, or of heights in centimetres; None for any other text."""
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    low, high = int(match.group(1)), int(match.group(2))
    return (low, high) if _scale((low, high)) else None


def are_sizes(spans: Collection[Span], *, of_one_style: bool) -> bool:
    """Whether spans of one scale share it out among themselves: at least two, none of which overlap.

    The spans of one style adjoin or are equally wide; those of different styles are equally wide.
    """
    ordered = sorted(set(spans))
    if len(ordered) < 2 or len({_scale(span) for span in ordered}) > 1:
        return False
    for (low, high), (next_low, next_high) in pairwise(ordered):
        is_equal = next_high - next_low == high - low
        if next_low < high or not (is_equal or (of_one_style and next_low - high <= 1)):
            return False
    return True


def by_scale(spans: Iterable[Span]) -> list[set[Span]]:
    """The spans of feet, those of heads and those of heights."""
    scales: dict[str, set[Span]] = {}
    for span in spans:
        scales.setdefault(_scale(span), set()).add(span)
    return list(scales.values())


def has_within(span: Span, numbers: Iterable[int]) -> bool:
    """Whether a single size lies between the ends of the span, which would then be several sizes."""
    return any(span[0] < number < span[1] for number in numbers)


def _scale(span: Span) -> str:
    low, high = span
    width = high - low
    if low >= 60 and high <= 190 and low % 5 == high % 5 == 0 and 5 <= width <= 20:
        return "height"
    if low >= _FIRST_HAT and high <= _LAST_HAT and 2 <= width <= 4:
        return "head"
    if 10 <= low < _FIRST_HAT and high <= 50 and 2 <= width <= 5:
        return "foot"
    return ""
