"""Validate the rows of a workbook before they are matched with the catalogue: lengths, categories, and each style as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from imports.cells.text import fold_case
from imports.stock_sheet.rows import Rows
from inventory.models import BrandCategory, Category
from inventory.rules import MAX_STYLE_PICTURES, CategoryWords, FaultKind, category_of, defects_of
from inventory.selectors.stock import with_descendants

_KEY_COLUMNS = ("style_no", "colour", "size", "barcode")
"""What tells SKUs apart: a value that was cut might name another SKU."""
MAX_CATEGORY_TEXTS = 10_000
"""Ways to write a category in one file: each is compared with every word of the tree."""
MAX_LENGTH = {"style_no": 64, "colour": 40, "size": 20, "barcode": 32, "name": 120, "season": 20, "gender": 10,
              "fabric": 120, "origin": 60, "selling_point": 200}  # fmt: skip
_STYLE_COLUMNS = ("name", "category", "season", "year", "gender", "picture", "fabric", "origin", "selling_point")
_FIELD_WORDS = {"name": "品名", "category": "类目", "season": "季节", "year": "年份", "gender": "性别",
                "fabric": "面料成分", "origin": "产地"}  # fmt: skip


@dataclass(slots=True)
class CatalogueFault:
    """A fault or warning that comparing with the catalogue found at the place `n` of the rows."""

    n: int
    kind: FaultKind
    code: str
    field: str
    value: str
    more: str


@dataclass(slots=True)
class FileStyle:
    """A style of the file: of each field the first value that a row has (`values` has no empty ones), and the `present` ones."""

    n: int
    sheet: str
    row: int
    style_no: str
    values: dict[str, Any] = field(default_factory=dict)
    disagreeing: set[str] = field(default_factory=set)
    id: int = 0
    present: dict[str, Any] | None = None
    pictures: list[tuple[str, str]] = field(default_factory=list)
    """Colour and SHA-256; "" as the colour where several colours have the picture."""
    picture_links: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Colour, address, sheet and row."""
    known_pictures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ValidatedRows:
    """`excluded` are the places of rows that may not be applied; `styles_by_number` has every spelling of a number in the file."""

    excluded: set[int]
    styles: list[FileStyle]
    styles_by_number: dict[str, FileStyle]
    faults: list[CatalogueFault]


def validate_rows(rows: Rows, brand_id: int) -> ValidatedRows:
    """Check the rows against the brand's catalogue; texts that are too long are cut in `rows`."""
    validator = _RowValidator(brand_id)
    columns = rows.columns
    # Columns are checked whole, so that rows without faults cost next to nothing.
    excluded = set(validator.cut_long_texts(columns))
    excluded.update(validator.check_categories(columns["category"], columns["gender"]))
    validator.collect_styles(columns)
    validator.collect_defects(columns)
    validator.collect_pictures(columns)
    return ValidatedRows(excluded, validator.resolve_categories(), validator.styles_by_number, validator.faults)


def category_tree() -> list[CategoryWords]:
    return [
        CategoryWords(c.pk, c.name_zh, c.admitted, (c.name_zh, c.name_en, *c.words)) for c in Category.objects.all()
    ]


class _RowValidator:
    def __init__(self, brand_id: int) -> None:
        self._tree = category_tree()
        own = BrandCategory.objects.filter(brand_id=brand_id).values_list("category_id", flat=True)
        self._admitted_ids = {pk for root in own for pk in with_descendants(root)}
        self._category_of_text: dict[tuple[str, str], CategoryWords | None] = {}
        self.faults: list[CatalogueFault] = []
        self.styles_by_number: dict[str, FileStyle] = {}

    def cut_long_texts(self, columns: dict[str, list[Any]]) -> Iterator[int]:
        """Cut them; yields the rows that are excluded because their SKU is no longer certain."""
        for name, max_length in MAX_LENGTH.items():
            values = columns[name]
            # Most columns repeat a few values; barcodes do not.
            longest = max(map(len, filter(None, values if name == "barcode" else set(values))), default=0)
            if longest <= max_length:
                continue
            for n, value in enumerate(values):
                if not value or len(value) <= max_length:
                    continue
                columns[name][n] = value[:max_length]
                if name in _KEY_COLUMNS:
                    self._report(n, FaultKind.FAULT, "text_too_long", name, value, str(max_length))
                    yield n
                else:
                    self._report(n, FaultKind.WARNING, "text_cut", name, value, str(max_length))

    def check_categories(self, categories: list[str | None], genders: list[str | None]) -> Iterator[int]:
        """Yields the rows whose category is forbidden, or none of the brand's own."""
        faults = {pair: self._category_fault(*pair) for pair in set(zip(categories, genders, strict=True))}
        if not any(faults.values()):
            return
        for n, pair in enumerate(zip(categories, genders, strict=True)):
            fault = faults[pair]
            if fault is not None:
                code, more = fault
                self._report(n, FaultKind.FAULT, code, "category", pair[0] or "", more)
                yield n

    def _category_fault(self, text: str | None, gender: str | None) -> tuple[str, str] | None:
        if not text:
            return None
        if len(self._category_of_text) >= MAX_CATEGORY_TEXTS and (text, gender or "") not in self._category_of_text:
            return "too_many_categories", str(MAX_CATEGORY_TEXTS)
        category = self._category(text, gender or "")
        if category is None:
            return None
        if not category.admitted:
            return "category_forbidden", category.name_zh
        if self._admitted_ids and category.id not in self._admitted_ids:
            return "category_not_admitted", category.name_zh
        return None

    def collect_styles(self, columns: dict[str, list[Any]]) -> None:
        styles: dict[str, FileStyle] = {}
        # From the end, so that of rows with equal values the first one stays.
        backwards = zip(*(reversed(columns[name]) for name in ("style_no", *_STYLE_COLUMNS)), strict=True)
        first_row_of = dict(zip(backwards, reversed(range(len(columns["style_no"]))), strict=True))
        for (style_no, *cells), n in sorted(first_row_of.items(), key=itemgetter(1)):
            values = {name: value for name, value in zip(_STYLE_COLUMNS, cells, strict=True) if value}
            style = self.styles_by_number.get(style_no) or styles.get(fold_case(style_no))
            if style is None:
                place = (columns["sheet"][n] or "", columns["row"][n])
                style = styles[fold_case(style_no)] = FileStyle(n, *place, style_no, values)
                self._warn_unknown_category(n, values)
            else:
                self._merge_row(style, n, values)
            self.styles_by_number[style_no] = style

    def collect_defects(self, columns: dict[str, list[Any]]) -> None:
        """The defects that remarks name, from all rows of each style that has a remark."""
        with_remarks = {
            style_no
            for style_no, defect in zip(columns["style_no"], columns["defect"], strict=True)
            if defect is not None
        }
        if not with_remarks:
            return
        rows: dict[int, list[tuple[str, str, str | None]]] = {}
        styles = {id(style): style for style_no in with_remarks for style in (self.styles_by_number[style_no],)}
        cells = zip(*(columns[name] for name in ("style_no", "colour", "size", "defect")), strict=True)
        for style_no, colour, size, defect in cells:
            style = self.styles_by_number[style_no]
            if id(style) in styles:
                rows.setdefault(id(style), []).append((colour or "", size, defect))
        for key, style in styles.items():
            style.values["defects"] = defects_of(rows[key])

    def collect_pictures(self, columns: dict[str, list[Any]]) -> None:
        """All pictures and links of each style in the order of its rows, each once (STOCK-13)."""
        names = ("style_no", "colour", "picture", "more_pictures", "picture_links", "sheet", "row")
        pictures: dict[int, dict[str, set[str]]] = {}
        links: dict[int, dict[str, list[tuple[str, str, int]]]] = {}
        styles: dict[int, FileStyle] = {}
        for style_no, colour, first, more, addresses, sheet, row in zip(
            *(columns[name] for name in names), strict=True
        ):
            if first is None and addresses is None:
                continue
            style = self.styles_by_number[style_no]
            styles[id(style)] = style
            for digest in filter(None, (first, *(more or ()))):
                pictures.setdefault(id(style), {}).setdefault(digest, set()).add(colour or "")
            for address in addresses or ():
                links.setdefault(id(style), {}).setdefault(address, []).append((colour or "", sheet or "", row))
        for key, style in styles.items():
            found = list(pictures.get(key, {}).items())[:MAX_STYLE_PICTURES]
            style.pictures = [(_only(colours), digest) for digest, colours in found]
            for address, places in list(links.get(key, {}).items())[:MAX_STYLE_PICTURES]:
                _colour, sheet, row = places[0]
                style.picture_links.append((_only({place[0] for place in places}), address, sheet[:80], row))

    def resolve_categories(self) -> list[FileStyle]:
        """Put the id of its category into each style, in place of the text; returns the styles."""
        styles = list({id(style): style for style in self.styles_by_number.values()}.values())
        for style in styles:
            category = self._category(style.values.pop("category", ""), style.values.get("gender", ""))
            if category:
                style.values["category_id"] = category.id
        return styles

    def _merge_row(self, style: FileStyle, n: int, values: dict[str, Any]) -> None:
        had_category = "category" in style.values
        for name, value in values.items():
            first = style.values.setdefault(name, value)
            if first != value and name in _FIELD_WORDS and name not in style.disagreeing:
                style.disagreeing.add(name)
                more = f"{_FIELD_WORDS[name]}（{first} / {value}）"
                self._report(n, FaultKind.WARNING, "style_disagrees", name, str(value), more)
        if not had_category:
            self._warn_unknown_category(n, style.values)

    def _warn_unknown_category(self, n: int, values: dict[str, Any]) -> None:
        """Once per style."""
        text = values.get("category", "")
        if text and self._category(text, values.get("gender", "")) is None:
            self._report(n, FaultKind.WARNING, "unknown_category", "category", text, "")

    def _category(self, text: str, gender: str) -> CategoryWords | None:
        if (text, gender) not in self._category_of_text:
            is_full = len(self._category_of_text) >= MAX_CATEGORY_TEXTS
            self._category_of_text[text, gender] = None if is_full else category_of(text, gender, self._tree)
        return self._category_of_text[text, gender]

    def _report(self, n: int, kind: FaultKind, code: str, name: str, value: str, more: str) -> None:
        self.faults.append(CatalogueFault(n, kind, code, name, value, more))


def _only(colours: set[str]) -> str:
    """The colour that a picture shows; "" where rows of several colours have it."""
    return next(iter(colours)) if len(colours) == 1 else ""
