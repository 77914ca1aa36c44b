"""Columns drawn as SVG on the server: geometry in attributes only, since the policy of pages allows no inline style."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, TOP, BOTTOM = 480, 140, 16, 20


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """A value at a whole place of the axis, on top of `below`. `tone` is `good`, `wait`, `bad` or `plain`; a pointer shows `title`."""

    place: int
    value: int
    tone: str
    title: str
    below: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class AxisLabel:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class ColumnPlot:
    columns: list[Column]
    labels: list[AxisLabel]
    max_value: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM

    def __bool__(self) -> bool:
        return bool(self.columns)


def draw_columns(values: Sequence[ColumnValue], *, first: int, last: int, label_every: int) -> ColumnPlot:
    """Columns over the places `first` to `last`. Places that `label_every` divides are labelled."""
    if not values:
        return ColumnPlot([], [], 0)
    step = WIDTH / (last - first + 1)
    max_value = max(each.below + each.value for each in values)
    scale = (HEIGHT - TOP - BOTTOM) / max(max_value, 1)
    gap = min(1.0, step / 8)
    columns = []
    for each in values:
        height = max(each.value * scale, 1.5)
        x = (min(max(each.place, first), last) - first) * step + gap
        y = HEIGHT - BOTTOM - each.below * scale - height
        width = max(step - 2 * gap, 0.5)
        columns.append(Column(round(x, 1), round(y, 1), round(width, 1), round(height, 1), each.tone, each.title))
    labels = [
        AxisLabel(round((place - first + 0.5) * step, 1), str(place))
        for place in range(first, last + 1)
        if place % label_every == 0
    ]
    return ColumnPlot(columns, labels, max_value)
