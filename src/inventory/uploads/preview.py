"""Build the preview of an upload: what it would add and change, what it does not name, and which rows are refused.

Rows go into the database by COPY. Where the brand has no SKUs yet, they go straight into the list of changes, for there is nothing to
compare them with; otherwise into a temporary table, to be matched with the catalogue. No stock changes here. The ids of styles and SKUs
that would be added are drawn now, so that applying the upload is a plain insert.
"""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import repeat
from typing import Any, NamedTuple

from imports.stock_sheet.rows import Reading, Rows
from inventory.models import Sku, Upload
from inventory.rules import STYLE_FIELDS, FaultKind, Sentence, fault_sentences, style_change
from inventory.sql import preview as sql_preview
from inventory.sql.preview import copy_rows, copy_texts
from inventory.uploads.match import StockMatch, match_stock
from inventory.uploads.price_baselines import flag_price_jumps
from inventory.uploads.size_charts import ChartFault, plan_charts
from inventory.uploads.validate import CatalogueFault, FileStyle, ValidatedRows, category_tree, validate_rows

MAX_SHEET_LENGTH = 80
MAX_HEADER_LENGTH = 200
MAX_VALUE_LENGTH = 500
_HEADERS = {"style_no": "款号", "barcode": "条码", "quantity": "库存", "category": "类目", "name": "品名", "season": "季节",
            "year": "年份", "gender": "性别", "colour": "颜色", "size": "尺码"}  # fmt: skip
"""What a fault calls a column that the file does not have."""
_AS_READ = ("row", "col", "style_no", "colour", "size", "barcode", "tag_price_fen", "base_price_fen")
_ROW_COLUMNS = ("upload_id", "kind", "style_id", "sheet", *_AS_READ, "on_hand", "on_hand_delta")
_STYLE_COLUMNS = (
    "upload_id",
    "style_id",
    "exists",
    "sheet",
    "row",
    "style_no",
    *STYLE_FIELDS,
    "old",
    "pictures",
    "picture_links",
)
_FAULT_COLUMNS = (
    "upload_id", "kind", "from_catalogue", "sheet", "row", "col", "header", "code", "value",
    "message_zh", "message_en", "hint_zh", "hint_en",
)  # fmt: skip


class _FaultRow(NamedTuple):
    kind: FaultKind
    from_catalogue: bool
    sheet: str
    row: int
    col: str
    header: str
    code: str
    value: str
    sentences: Sentence


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Rows have no cycles, and each search for cycles would go through their millions of cells."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_garbage_collection()
def build_preview(upload: Upload, reading: Reading) -> dict[str, int]:
    """Write the preview of what was read; returns its counts by the names of the upload's columns."""
    sql_preview.delete_preview(upload_id=upload.pk, changes_from=upload.changes_from, changes_to=upload.changes_to)
    sql_preview.plan_for_large_sets()
    validated = validate_rows(reading.rows, upload.brand_id)
    _match_styles(validated.styles, upload.brand_id)
    changes_from = sql_preview.next_change_id()
    if not len(reading.rows):
        match = StockMatch()  # a workbook of size charts alone names no SKU, and misses none
    elif Sku.objects.filter(brand_id=upload.brand_id).exists():
        match = match_stock(upload, _ROW_COLUMNS, _sku_rows(reading.rows, validated, upload.pk, validated.excluded))
    else:
        match = _add_all_rows(reading.rows, validated, upload.pk)
    style_rows = (_style_row(upload.pk, style) for style in validated.styles if style.id in match.style_ids)
    styles_changed = copy_rows("inventory_uploadstyle", _STYLE_COLUMNS, filter(None, style_rows))
    changes_to = sql_preview.next_change_id()
    if match.added:
        refused = validated.excluded | {each.n for each in match.faults if each.kind is FaultKind.FAULT}
        match.price_jumps += flag_price_jumps(
            reading.rows, validated.styles_by_number, refused, upload, changes_from=changes_from, changes_to=changes_to
        )
    styles = [style for style in validated.styles if style.present is not None or style.id in match.style_ids]
    charts = plan_charts(upload, reading.size_charts, styles, category_tree())
    faults, warnings = _write_faults(upload.pk, reading, [*validated.faults, *match.faults], charts.faults)
    return {
        "changes_from": changes_from,
        "changes_to": changes_to,
        "rows": match.added + match.changed + match.unchanged,
        "added": match.added,
        "changed": match.changed,
        "unchanged": match.unchanged,
        "missing": match.missing,
        "styles_changed": styles_changed,
        "size_charts": charts.count,
        "faults": faults,
        "warnings": warnings,
        "price_jumps": match.price_jumps,
    }


def _add_all_rows(rows: Rows, validated: ValidatedRows, upload_id: int) -> StockMatch:
    """The first upload of a brand: every row without a fault is a new SKU."""
    styles = validated.styles
    if validated.excluded:
        rows = rows[:]
        rows.keep([n for n in range(len(rows)) if n not in validated.excluded])
        styles = [validated.styles_by_number[style_no] for style_no in set(rows.columns["style_no"])]
    added = copy_rows("inventory_uploadchange", _ROW_COLUMNS, _sku_rows(rows, validated, upload_id, set()))
    return StockMatch(added=added, style_ids={style.id for style in styles})


def _match_styles(styles: list[FileStyle], brand_id: int) -> None:
    """Give each style its id, a new one where the brand has none of that number, and its present values in the catalogue."""
    numbers = [style.style_no for style in styles]
    for known in sql_preview.styles_by_number(brand_id=brand_id, style_numbers=numbers):
        style, present = styles[known.n - 1], asdict(known)
        style.known_pictures = present.pop("known_pictures")
        del present["n"], present["id"]
        style.id, style.present = known.id, present
    new = [style for style in styles if style.present is None]
    for style, style_id in zip(new, sql_preview.next_style_ids(count=len(new)), strict=True):
        style.id = style_id


def _style_row(upload_id: int, style: FileStyle) -> tuple[Any, ...] | None:
    """What the upload does to a style; None where it stays as it is."""
    values, old = style_change(style.values, style.present, style.known_pictures)
    known = set(style.known_pictures)
    pictures = [pair for pair in style.pictures if pair[1] not in known]
    if style.present is not None and not old and not pictures and not style.picture_links:
        return None
    place = style.sheet[:MAX_SHEET_LENGTH], style.row, style.style_no
    lists = json.dumps(pictures), json.dumps(style.picture_links)
    old_values = json.dumps(old) if old else "{}"
    return (upload_id, style.id, style.present is not None, *place, *values.values(), old_values, *lists)


def _sku_rows(rows: Rows, validated: ValidatedRows, upload_id: int, excluded: set[int]) -> Iterator[tuple[Any, ...]]:
    """The rows with _ROW_COLUMNS, as new SKUs; those at the places `excluded` are of that kind."""
    columns, size = rows.columns, len(rows)
    style_ids = {style_no: style.id for style_no, style in validated.styles_by_number.items()}
    sheets = {name: (name or "")[:MAX_SHEET_LENGTH] for name in set(columns["sheet"])}
    return zip(
        repeat(upload_id, size),
        ("excluded" if n in excluded else "added" for n in range(size)) if excluded else repeat("added", size),
        map(style_ids.__getitem__, columns["style_no"]),
        map(sheets.__getitem__, columns["sheet"]),
        *(columns[name] for name in _AS_READ),
        columns["quantity"],
        columns["quantity"],
        strict=True,
    )


def _write_faults(
    upload_id: int, reading: Reading, from_catalogue: list[CatalogueFault], of_charts: list[ChartFault]
) -> tuple[int, int]:
    """Write all faults and warnings, the reader's and the catalogue's, in the order of the file; returns how many of each."""
    rows = []
    for kind, faults in ((FaultKind.FAULT, reading.faults), (FaultKind.WARNING, reading.warnings)):
        for fault in faults:
            sentences = Sentence(fault.message_zh, fault.message_en, fault.hint_zh, fault.hint_en)
            place = (fault.sheet or "", fault.row, fault.col or "", fault.header or "")
            rows.append(_FaultRow(kind, False, *place, fault.code, fault.value or "", sentences))
    for each in from_catalogue:
        sheet, row = (reading.rows.columns[name][each.n] for name in ("sheet", "row"))
        col, header = reading.place(each.n, each.field)
        place = (sheet or "", row, col, header or _HEADERS.get(each.field, ""))
        sentences = fault_sentences(each.code, each.value, each.more)
        rows.append(_FaultRow(each.kind, True, *place, each.code, each.value, sentences))
    for of_chart in of_charts:
        place = (of_chart.chart.sheet or "", of_chart.chart.row, of_chart.chart.col, "")
        sentences = fault_sentences(of_chart.code, of_chart.value, of_chart.more)
        rows.append(_FaultRow(FaultKind.FAULT, True, *place, of_chart.code, of_chart.value, sentences))
    order_of_sheets = {name or "": at for at, name in enumerate(reading.lines)}
    rows.sort(key=lambda fault: (order_of_sheets.get(fault.sheet, 0), fault.row))
    copy_texts("inventory_uploadfault", _FAULT_COLUMNS, (_fault_values(upload_id, fault) for fault in rows))
    faults_written = sum(fault.kind is FaultKind.FAULT for fault in rows)
    return faults_written, len(rows) - faults_written


def _fault_values(upload_id: int, fault: _FaultRow) -> tuple[Any, ...]:
    place = (fault.sheet[:MAX_SHEET_LENGTH], fault.row, fault.col, fault.header[:MAX_HEADER_LENGTH])
    texts = (fault.code, fault.value[:MAX_VALUE_LENGTH], *fault.sentences)
    return (upload_id, fault.kind.value, fault.from_catalogue, *place, *texts)
