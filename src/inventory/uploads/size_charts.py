"""What the size charts of a workbook are for, and which of them set anything (STOCK-17)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from imports.cells.text import fold_case
from imports.size_charts.chart import ChartTable
from imports.size_charts.words import bare_caption
from inventory.models import Upload
from inventory.rules import CategoryWords, category_of
from inventory.size_chart_models import SizeChart, StyleSizeChart, UploadSizeChart
from inventory.sql.preview import styles_by_number
from inventory.uploads.validate import FileStyle

_SEPARATORS = re.compile(r"[、,，;；/\s]+")
_SAYS_NOTHING = re.compile(r"(?:19|20)\d\d|年|[春夏秋冬]+(?:季|装|款)?|新款|款式?|全部|所有|通用|品牌|[\s\W_]")
"""What stands in the title of any chart: a year, a season."""
MAX_SHEET_LENGTH = 80


@dataclass(frozen=True, slots=True)
class ChartFault:
    """A chart that is not taken, at the place that says what it is for."""

    chart: ChartTable
    code: str
    value: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A style, a category, or with neither all goods of the brand."""

    style_id: int | None = None
    category_id: int | None = None
    style_no: str = ""


@dataclass(slots=True)
class PlannedCharts:
    """How many charts an upload sets, and which of its charts are not taken."""

    count: int = 0
    faults: list[ChartFault] = field(default_factory=list)


def plan_charts(
    upload: Upload, charts: Sequence[ChartTable], styles: Iterable[FileStyle], categories: Sequence[CategoryWords]
) -> PlannedCharts:
    """Write the charts that differ from what is set into the preview. `styles` are those of the file that there will be."""
    planned = PlannedCharts()
    if not charts:
        return planned
    planner = _ChartPlanner(upload, charts, styles, categories, planned.faults)
    wanted = planner.wanted()
    present = _present_charts(upload.brand_id, wanted)
    rows = [
        UploadSizeChart(
            upload=upload,
            category_id=subject.category_id,
            style_id=subject.style_id,
            style_no=subject.style_no[:64],
            sheet=(chart.sheet or "")[:MAX_SHEET_LENGTH],
            row=chart.row,
            rows=[list(line) for line in chart.lines],
        )
        for subject, chart in wanted.items()
        if present.get(subject) != [list(line) for line in chart.lines]
    ]
    UploadSizeChart.objects.bulk_create(rows)
    planned.count = len(rows)
    return planned


class _ChartPlanner:
    """Finds the subject of each chart: style numbers of the brand or of the file, a category, or all goods."""

    def __init__(
        self,
        upload: Upload,
        charts: Sequence[ChartTable],
        styles: Iterable[FileStyle],
        categories: Sequence[CategoryWords],
        faults: list[ChartFault],
    ) -> None:
        self._charts, self._categories, self._faults = charts, categories, faults
        self._brand = fold_case(upload.brand.name)
        self._styles = {fold_case(style.style_no): _Subject(style.id, None, style.style_no) for style in styles}
        texts = {text for chart in charts for text in (chart.style_no, *chart.captions, chart.sheet or "") if text}
        asked = sorted({part for text in texts for part in (text, *_SEPARATORS.split(text)) if part})
        for known in styles_by_number(brand_id=upload.brand_id, style_numbers=asked):
            written = asked[known.n - 1]
            self._styles.setdefault(fold_case(written), _Subject(known.id, None, written))

    def wanted(self) -> dict[_Subject, ChartTable]:
        """The chart of each subject; of two that differ the first one."""
        wanted: dict[_Subject, ChartTable] = {}
        for chart in self._charts:
            for subject in self._subjects(chart):
                first = wanted.setdefault(subject, chart)
                if first.lines != chart.lines:
                    said = chart.style_no or chart.category or next(iter(chart.captions), "")
                    place = f"{first.sheet or ''}!{first.col}{first.row}"
                    self._faults.append(ChartFault(chart, "chart_twice", said, place))
        return wanted

    def _subjects(self, chart: ChartTable) -> list[_Subject]:
        if chart.style_no:
            return list(self._styles_named(chart))
        if chart.category:
            return self._category_named(chart)
        captions = [text for text in map(self._without_brand, chart.captions) if _SAYS_NOTHING.sub("", text)]
        for text in captions:
            if found := self._understood(text):
                return found
        if captions:
            self._faults.append(ChartFault(chart, "chart_for_unknown", captions[0]))
            return []
        return self._understood(self._without_brand(bare_caption(chart.sheet or ""))) or [_Subject()]

    def _styles_named(self, chart: ChartTable) -> Iterator[_Subject]:
        whole = self._styles.get(fold_case(chart.style_no))
        if whole is not None:
            yield whole
            return
        for part in filter(None, _SEPARATORS.split(chart.style_no)):
            subject = self._styles.get(fold_case(part))
            if subject is None:
                self._faults.append(ChartFault(chart, "chart_style_unknown", part))
            else:
                yield subject

    def _category_named(self, chart: ChartTable) -> list[_Subject]:
        category_id = self._category(chart.category)
        if category_id is None:
            self._faults.append(ChartFault(chart, "chart_category_unknown", chart.category))
            return []
        return [_Subject(None, category_id)]

    def _category(self, text: str) -> int | None:
        found = category_of(text, "", self._categories)
        return found.id if found is not None and found.admitted else None

    def _understood(self, text: str) -> list[_Subject]:
        """The styles, or else the category, that a caption names; empty where it names neither."""
        if not text:
            return []
        whole = self._styles.get(fold_case(text))
        if whole is not None:
            return [whole]
        parts = [part for part in _SEPARATORS.split(text) if part]
        named = [self._styles[fold_case(part)] for part in parts if fold_case(part) in self._styles]
        others = [part for part in parts if fold_case(part) not in self._styles]
        if named and not any(any(map(str.isdigit, part)) for part in others):
            return named
        category_id = self._category(text)
        return [] if category_id is None else [_Subject(None, category_id)]

    def _without_brand(self, text: str) -> str:
        at = fold_case(text).find(self._brand) if self._brand else -1
        return text if at < 0 else (text[:at] + " " + text[at + len(self._brand) :]).strip()


def _present_charts(brand_id: int, wanted: Iterable[_Subject]) -> dict[_Subject, list[list[str]]]:
    """What is set now for these subjects."""
    by_style = {subject.style_id: subject for subject in wanted if subject.style_id is not None}
    present = {
        by_style[row.style_id]: row.rows for row in StyleSizeChart.objects.filter(style_id__in=by_style) if row.rows
    }
    for row in SizeChart.objects.filter(brand_id=brand_id):
        present[_Subject(None, row.category_id)] = row.rows
    return present
