"""The funnel of shared pages as an SVG drawing; geometry stands in attributes, since pages allow no inline style."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from forwarding.selectors.funnel import FunnelRowView

WIDTH, STEP_HEIGHT, BAR_HEIGHT, MIN_BAR = 340, 40, 22, 2


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A bar with its words; `percent` is its share of the step before.

    None where it is the first, or is more than that: wishes of group lists come from no page that was opened.
    """

    words: str
    count: int
    percent: int | None
    x: float
    y: int
    width: float

    @property
    def bar_y(self) -> int:
        return self.y + STEP_HEIGHT - BAR_HEIGHT - 2

    @property
    def words_y(self) -> int:
        return self.y + 11


@dataclass(frozen=True, slots=True)
class FunnelPlot:
    steps: list[FunnelStep]
    width: int = WIDTH
    bar_height: int = BAR_HEIGHT

    @property
    def height(self) -> int:
        return STEP_HEIGHT * len(self.steps)

    def __bool__(self) -> bool:
        return any(each.count for each in self.steps)


def draw_funnel(row: FunnelRowView) -> FunnelPlot:
    """Views, wishes, ordered and paid wishes: bars in the middle, as wide as their counts."""
    counts = [(_("打开"), row.views), (_("心愿"), row.wishes), (_("下单"), row.ordered), (_("付款"), row.paid)]
    highest = max(count for _words, count in counts)
    steps = []
    for place, (words, count) in enumerate(counts):
        width = max(WIDTH * count / highest, MIN_BAR) if highest else MIN_BAR
        before = counts[place - 1][1] if place else 0
        percent = round(100 * count / before) if 0 < before >= count else None
        steps.append(FunnelStep(words, count, percent, (WIDTH - width) / 2, place * STEP_HEIGHT, width))
    return FunnelPlot(steps)
