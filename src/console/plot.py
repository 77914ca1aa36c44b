"""Distributions drawn as SVG on the server: geometry in attributes only, since the policy of pages allows no inline style."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.money import display_yuan
from pricing.selectors.compare import Bucket

WIDTH, HEIGHT, TOP, BOTTOM = 460, 150, 18, 22
BARS = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot: its place, and what it says when one points at it."""

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
    """A plot of how many goods there are at each amount; `right` has bars only where two sets are compared."""

    bars: list[Bar]
    marks: list[Mark]
    most: int
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
    return _drawn([Bucket(start, start + width, count, 0) for start, count in sorted(counts.items())], both=False)


def comparison(buckets: Sequence[Bucket]) -> Histogram:
    """Two distributions over the same steps, side by side."""
    return _drawn(buckets, both=True)


def _drawn(buckets: Sequence[Bucket], *, both: bool) -> Histogram:
    if not buckets:
        return Histogram([], [], 0)
    low, high = buckets[0].low_fen, max(bucket.high_fen for bucket in buckets)
    most = max(max(bucket.base, bucket.other) for bucket in buckets)
    per_fen = WIDTH / max(high - low, 1)
    bars = []
    for bucket in buckets:
        x, whole = (bucket.low_fen - low) * per_fen, (bucket.high_fen - bucket.low_fen) * per_fen
        sides = [("left", bucket.base), ("right", bucket.other)] if both else [("left", bucket.base)]
        for place, (side, count) in enumerate(sides):
            if count:
                width = (whole - 2) / len(sides)
                tall = (HEIGHT - TOP - BOTTOM) * count / most
                span = f"{display_yuan(bucket.low_fen)} – {display_yuan(bucket.high_fen)}"
                bars.append(_bar(x + 1 + place * width, tall, width, side, f"{span}: {count}"))
    return Histogram(bars, _marks(low, high), most)


def _bar(x: float, tall: float, width: float, side: str, title: str) -> Bar:
    tall = max(tall, 1.5)
    return Bar(round(x, 1), round(HEIGHT - BOTTOM - tall, 1), round(max(width, 1), 1), round(tall, 1), side, title)


def _marks(low: int, high: int) -> list[Mark]:
    places = ((0, "start"), (1, "middle"), (2, "middle"), (3, "middle"), (4, "end"))
    return [Mark(WIDTH * step / 4, display_yuan(low + (high - low) * step // 4), anchor) for step, anchor in places]
