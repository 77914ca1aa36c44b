"""Bars by day drawn as SVG on the server: geometry in attributes only, since the policy of pages allows no inline style."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

TOP, BOTTOM = 18, 22


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day of the plot: its rectangle, its side of the line of zero, and the words that a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    side: str
    title: str


@dataclass(frozen=True, slots=True)
class DayPlot:
    """Amounts by day; `floor` is the line of zero. Empty where there is nothing to draw."""

    bars: list[DayBar]
    floor: float
    first: str
    last: str
    highest: str
    width: int
    height: int

    def __bool__(self) -> bool:
        return bool(self.bars)


def draw_days(
    amounts: Sequence[tuple[date, int]], words: Callable[[int], str], *, width: int = 340, height: int = 140
) -> DayPlot:
    """A bar for each of some consecutive days; `words` says an amount."""
    values = [amount for _day, amount in amounts]
    high, low = max([*values, 0]), min([*values, 0])
    if high == low:
        return DayPlot([], 0, "", "", "", width, height)
    scale = (height - TOP - BOTTOM) / (high - low)
    floor = TOP + high * scale
    step = width / len(amounts)
    gap = min(2.0, step / 4)
    bars = [
        DayBar(
            x=round(place * step + gap / 2, 1),
            y=round(floor - max(amount, 0) * scale, 1),
            width=round(step - gap, 1),
            height=round(max(abs(amount) * scale, 1.5), 1),
            side="right" if amount < 0 else "left",
            title=f"{day:%m-%d} {words(amount)}",
        )
        for place, (day, amount) in enumerate(amounts)
        if amount
    ]
    return DayPlot(
        bars, round(floor, 1), f"{amounts[0][0]:%m-%d}", f"{amounts[-1][0]:%m-%d}", words(high), width, height
    )
