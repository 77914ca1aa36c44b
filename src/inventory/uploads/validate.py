"""What the rows of a workbook say, judged before they meet the catalogue: lengths, categories, and each style as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from imports.cells.text import fold_case
from imports.stock_sheet.rows import Rows
from inventory.models import BrandCategory, Category
from inventory.rules import CategoryWords, FaultKind, category_of, defects_of
from inventory.selectors.stock import with_descendants

_NAMES_OF_GOODS = ("style_no", "colour", "size", "barcode")
"""What tells goods apart: cut, it might be another's."""
MAX_CATEGORY_TEXTS = 10_000
"""Ways to write a category in one file: each is compared with every word of the tree."""
MAX_LENGTH = {"style_no": 64, "colour": 40, "size": 20, "barcode": 32, "name": 120, "season": 20, "gender": 10}
_SAID_OF_STYLES = ("name", "category", "season", "year", "gender", "picture")
_FIELD_WORDS = {"name": "品名", "category": "类目", "season": "季节", "year": "年份", "gender": "性别"}


@dataclass(slots=True)
class Finding:
    """A fault or warning of the catalogue at the row `n` of a reading."""

    n: int
    kind: FaultKind
    code: str
    field: str
    value: str
    more: str


@dataclass(slots=True)
class FileStyle:
    """What the rows of one style say of it: of each field the first that is filled (`said` has no others), and what the catalogue says."""

    n: int
    sheet: str
    row: int
    style_no: str
    said: dict[str, Any] = field(default_factory=dict)
    disagreed: set[str] = field(default_factory=set)
    id: int = 0
    book: dict[str, Any] | None = None


class Judge:
    """Goes through the rows once. `barred` are the rows that may not land, `style_of` gives the style of each style number."""

    def __init__(self, rows: Rows, brand_id: int) -> None:
        tree = list(Category.objects.all())
        self._tree = [CategoryWords(c.pk, c.name_zh, c.admitted, (c.name_zh, c.name_en, *c.words)) for c in tree]
        own = BrandCategory.objects.filter(brand_id=brand_id).values_list("category_id", flat=True)
        self._may = {pk for root in own for pk in with_descendants(root)}
        self._of_text: dict[tuple[str, str], CategoryWords | None] = {}
        self.found: list[Finding] = []
        self.style_of: dict[str, FileStyle] = {}
        columns = rows.columns
        # Columns are judged whole, so that good rows cost next to nothing.
        self.barred = set(self._too_long(columns))
        self.barred.update(self._forbidden(columns["category"], columns["gender"]))
        self._gather(columns)
        self._gather_defects(columns)
        self.styles = list({id(style): style for style in self.style_of.values()}.values())
        for style in self.styles:
            category = self._category(style.said.pop("category", ""), style.said.get("gender", ""))
            if category:
                style.said["category_id"] = category.id

    def _too_long(self, columns: dict[str, list[Any]]) -> Iterator[int]:
        for name, longest in MAX_LENGTH.items():
            values = columns[name]
            # Most columns repeat a few values; barcodes do not.
            longest_here = max(map(len, filter(None, values if name == "barcode" else set(values))), default=0)
            if longest_here > longest:
                for n, value in enumerate(values):
                    if not value or len(value) <= longest:
                        continue
                    columns[name][n] = value[:longest]
                    if name in _NAMES_OF_GOODS:
                        self._tell(n, FaultKind.FAULT, "text_too_long", name, value, str(longest))
                        yield n
                    else:
                        self._tell(n, FaultKind.WARNING, "text_cut", name, value, str(longest))

    def _forbidden(self, categories: list[str | None], genders: list[str | None]) -> Iterator[int]:
        verdicts = {pair: self._verdict(*pair) for pair in set(zip(categories, genders, strict=True))}
        if not any(verdicts.values()):
            return
        for n, pair in enumerate(zip(categories, genders, strict=True)):
            verdict = verdicts[pair]
            if verdict is not None:
                code, more = verdict
                self._tell(n, FaultKind.FAULT, code, "category", pair[0] or "", more)
                yield n

    def _verdict(self, text: str | None, gender: str | None) -> tuple[str, str] | None:
        if not text:
            return None
        if len(self._of_text) >= MAX_CATEGORY_TEXTS and (text, gender or "") not in self._of_text:
            return "too_many_categories", str(MAX_CATEGORY_TEXTS)
        category = self._category(text, gender or "")
        if category is None:
            return None
        if not category.admitted:
            return "category_forbidden", category.name_zh
        if self._may and category.id not in self._may:
            return "category_not_admitted", category.name_zh
        return None

    def _gather(self, columns: dict[str, list[Any]]) -> None:
        styles: dict[str, FileStyle] = {}
        # From the end, so that of rows that say the same the first one stays.
        backwards = zip(*(reversed(columns[name]) for name in ("style_no", *_SAID_OF_STYLES)), strict=True)
        first_of = dict(zip(backwards, reversed(range(len(columns["style_no"]))), strict=True))
        for (style_no, *values), n in sorted(first_of.items(), key=itemgetter(1)):
            said = {name: value for name, value in zip(_SAID_OF_STYLES, values, strict=True) if value}
            style = self.style_of.get(style_no) or styles.get(fold_case(style_no))
            if style is None:
                style = styles[fold_case(style_no)] = FileStyle(
                    n, columns["sheet"][n] or "", columns["row"][n], style_no, said
                )
                self._doubt_category(n, said)
            else:
                self._hear_more(style, n, said)
            self.style_of[style_no] = style

    def _gather_defects(self, columns: dict[str, list[Any]]) -> None:
        """What remarks say of defects, of all rows of each style that has any."""
        stated = {
            style_no for style_no, said in zip(columns["style_no"], columns["defect"], strict=True) if said is not None
        }
        if not stated:
            return
        rows: dict[int, list[tuple[str, str, str | None]]] = {}
        styles = {id(style): style for style_no in stated for style in (self.style_of[style_no],)}
        for style_no, *said in zip(*(columns[name] for name in ("style_no", "colour", "size", "defect")), strict=True):
            style = self.style_of[style_no]
            if id(style) in styles:
                colour, size, defect = said
                rows.setdefault(id(style), []).append((colour or "", size, defect))
        for key, style in styles.items():
            style.said["defects"] = defects_of(rows[key])

    def _hear_more(self, style: FileStyle, n: int, said: dict[str, Any]) -> None:
        had_category = "category" in style.said
        for name, value in said.items():
            before = style.said.setdefault(name, value)
            if before != value and name in _FIELD_WORDS and name not in style.disagreed:
                style.disagreed.add(name)
                more = f"{_FIELD_WORDS[name]}（{before} / {value}）"
                self._tell(n, FaultKind.WARNING, "style_disagrees", name, str(value), more)
        if not had_category:
            self._doubt_category(n, style.said)

    def _doubt_category(self, n: int, said: dict[str, Any]) -> None:
        """A word for a category that nobody knows is told of once a style."""
        value = said.get("category", "")
        if value and self._category(value, said.get("gender", "")) is None:
            self._tell(n, FaultKind.WARNING, "unknown_category", "category", value, "")

    def _category(self, text: str, gender: str) -> CategoryWords | None:
        if (text, gender) not in self._of_text:
            full = len(self._of_text) >= MAX_CATEGORY_TEXTS
            self._of_text[text, gender] = None if full else category_of(text, gender, self._tree)
        return self._of_text[text, gender]

    def _tell(self, n: int, kind: FaultKind, code: str, name: str, value: str, more: str) -> None:
        self.found.append(Finding(n, kind, code, name, value, more))
