"""Distributions drawn as SVG on the server: geometry in attributes only, since the policy of pages allows no inline style."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.money import display_yuan
from pricing.rules.comparison import Bucket

WIDTH, HEIGHT, TOP, BOTTOM = 460, 150, 18, 22
BARS = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot: its rectangle, and the title that a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    side: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """A plot of how many SKUs there are at each amount. Bars of the side `right` exist only where two sets of rules are compared."""

    bars: list[Bar]
    marks: list[Mark]
    max_count: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM

    def __bool__(self) -> bool:
        return bool(self.bars)


def histogram(amounts_fen: Sequence[int]) -> Histogram:
    """The distribution of some amounts in fen."""
    if not amounts_fen:
        return Histogram([], [], 0)
    low, high = min(amounts_fen), max(amounts_fen)
    width = max((high - low) // BARS + 1, 1)
    counts: dict[int, int] = {}
    for fen in amounts_fen:
        start = low + width * ((fen - low) // width)
        counts[start] = counts.get(start, 0) + 1
    return _draw([Bucket(start, start + width, count, 0) for start, count in sorted(counts.items())], both=False)


def comparison(buckets: Sequence[Bucket]) -> Histogram:
    """Two distributions over the same ranges, side by side."""
    return _draw(buckets, both=True)


def _draw(buckets: Sequence[Bucket], *, both: bool) -> Histogram:
    if not buckets:
        return Histogram([], [], 0)
    low, high = buckets[0].low_fen, max(bucket.high_fen for bucket in buckets)
    max_count = max(max(bucket.base, bucket.other) for bucket in buckets)
    per_fen = WIDTH / max(high - low, 1)
    bars = []
    for bucket in buckets:
        x, bucket_width = (bucket.low_fen - low) * per_fen, (bucket.high_fen - bucket.low_fen) * per_fen
        sides = [("left", bucket.base), ("right", bucket.other)] if both else [("left", bucket.base)]
        for place, (side, count) in enumerate(sides):
            if count:
                width = (bucket_width - 2) / len(sides)
                height = (HEIGHT - TOP - BOTTOM) * count / max_count
                span = f"{display_yuan(bucket.low_fen)} – {display_yuan(bucket.high_fen)}"
                bars.append(_bar(x + 1 + place * width, height, width, side, f"{span}: {count}"))
    return Histogram(bars, _marks(low, high), max_count)


def _bar(x: float, height: float, width: float, side: str, title: str) -> Bar:
    height = max(height, 1.5)
    return Bar(round(x, 1), round(HEIGHT - BOTTOM - height, 1), round(max(width, 1), 1), round(height, 1), side, title)


def _marks(low: int, high: int) -> list[Mark]:
    places = ((0, "start"), (1, "middle"), (2, "middle"), (3, "middle"), (4, "end"))
    return [Mark(WIDTH * step / 4, display_yuan(low + (high - low) * step // 4), anchor) for step, anchor in places]
