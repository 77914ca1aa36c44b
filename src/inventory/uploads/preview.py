"""The preview of an upload, computed by sets: what it would add and change, what it does not name, and what the stock refuses.

Rows go by COPY: a brand's first goods straight into the list of what would change, for there is nothing to compare them with; all others
into a temporary table of this transaction, to meet the catalogue (`services.meeting`). Nothing of the stock changes here. Ids of styles and
goods that would be added are drawn now, so that landing is a plain insert.
"""

import csv
import gc
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, repeat
from typing import Any

from django.conf import settings
from django.db import connection

from db import sql
from imports.stock_sheet.rows import Reading, Rows
from inventory.models import Sku, Upload, UploadChange
from inventory.rules import STYLE_FIELDS, FaultKind, Sentence, style_change, words_of_fault
from inventory.uploads import match
from inventory.uploads.price_baselines import mark_jumps
from inventory.uploads.validate import FileStyle, Finding, Judge

_Line = tuple[FaultKind, bool, tuple[str, int, str, str], str, str, Sentence]
CHUNK = 2000
MAX_SHEET_LENGTH = 80
_HEADERS = {"style_no": "款号", "barcode": "条码", "quantity": "库存", "category": "类目", "name": "品名", "season": "季节",
            "year": "年份", "gender": "性别", "colour": "颜色", "size": "尺码"}  # fmt: skip
_AS_READ = ("row", "col", "style_no", "colour", "size", "barcode", "tag_price_fen", "base_price_fen")
_GOODS = ("upload_id", "kind", "style_id", "sheet", *_AS_READ, "on_hand", "on_hand_delta")
_STYLES = ("upload_id", "style_id", "exists", "sheet", "row", "style_no", *STYLE_FIELDS, "old")
_NEVER_NULL = {"sheet", "col", "colour", "name", "season", "gender", "picture", "defects"}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows have no cycles, and every search for some would go through all of their millions of cells."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_uncollected()
def stage(upload: Upload, reading: Reading) -> dict[str, int]:
    """Write the preview of what was read and give its counts, by the names of the upload's columns."""
    UploadChange.objects.of(upload).delete()
    sql.execute("DELETE FROM inventory_uploadstyle WHERE upload_id = %(upload)s", {"upload": upload.pk})
    sql.execute("DELETE FROM inventory_uploadfault WHERE upload_id = %(upload)s", {"upload": upload.pk})
    # The sets of one upload are sorted and hashed in memory, and only for the length of this transaction. Nothing is known of how the
    # file meets the catalogue: the planner would guess a row or billions of pairs, and go through them one by one or sort them.
    sql.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_mergejoin = off; SET LOCAL enable_nestloop = off", {})
    judge = Judge(reading.rows, upload.brand_id)
    _meet_styles(judge.styles, upload.brand_id)
    parameters = {
        "upload": upload.pk,
        "brand": upload.brand_id,
        "as_of": upload.as_of,
        "own": settings.OWN_PRICE_JUMP,
        "first": _next_change_id(),
    }
    if Sku.objects.filter(brand_id=upload.brand_id).exists():
        match.prepare()
        rows = _copy(match.ROWS, _GOODS, _goods(reading.rows, judge, upload.pk, judge.barred))
        met = match.meet(parameters | {"rows": rows})
    else:
        met = _first_goods(reading.rows, judge, upload.pk)
    changed = (_style_row(upload.pk, style) for style in judge.styles if style.id in met.styles)
    styles_changed = _copy("inventory_uploadstyle", _STYLES, filter(None, changed))
    parameters["last"] = _next_change_id()
    refused = judge.barred | {each.n for each in met.found if each.kind is FaultKind.FAULT}
    jumps = met.jumps + (mark_jumps(reading.rows, judge.style_of, refused, parameters) if met.added else 0)
    faults, warnings = _write_faults(upload.pk, reading, [*judge.found, *met.found])
    return {
        "changes_from": parameters["first"],
        "changes_to": parameters["last"],
        "rows": met.added + met.changed + met.unchanged,
        "added": met.added,
        "changed": met.changed,
        "unchanged": met.unchanged,
        "absent": met.absent,
        "styles_changed": styles_changed,
        "faults": faults,
        "warnings": warnings,
        "jumps": jumps,
    }


def _first_goods(rows: Rows, judge: Judge, upload_id: int) -> match.Met:
    """All rows that may land are new goods."""
    styles = judge.styles
    if judge.barred:
        rows = rows[:]
        rows.keep([n for n in range(len(rows)) if n not in judge.barred])
        styles = [judge.style_of[style_no] for style_no in set(rows.columns["style_no"])]
    added = _copy("inventory_uploadchange", _GOODS, _goods(rows, judge, upload_id, set()))
    return match.Met(added=added, styles={style.id for style in styles})


def _next_change_id() -> int:
    """An id of the list of changes that no row will have: what this session wrote before has lower ones, what it writes later higher ones.

    A session draws them by the thousand, so the lists of others may lie between two of these.
    """
    return int(sql.rows("SELECT nextval('inventory_uploadchange_id_seq') AS id", {})[0]["id"])


def _meet_styles(styles: list[FileStyle], brand_id: int) -> None:
    """Give each style its id, a new one where the brand has none of that number, and what the catalogue says of it."""
    known = sql.rows(
        """
        SELECT f.n, t.id, t.name, t.category_id, t.season, t.year, t.gender, t.picture, t.defects
        FROM unnest(%(numbers)s::text[]) WITH ORDINALITY f(style_no, n)
        JOIN inventory_style t ON t.brand_id = %(brand)s AND upper(t.style_no) = upper(f.style_no)
        """,
        {"brand": brand_id, "numbers": [style.style_no for style in styles]},
    )
    for row in known:
        style = styles[row.pop("n") - 1]
        style.id, style.book = row.pop("id"), row
    new = [style for style in styles if style.book is None]
    drawn = sql.rows("SELECT nextval('inventory_style_id_seq') AS id FROM generate_series(1, %(n)s)", {"n": len(new)})
    for style, row in zip(new, drawn, strict=True):
        style.id = row["id"]


def _style_row(upload_id: int, style: FileStyle) -> tuple[Any, ...] | None:
    """What the upload does to a style; None where it stays as it is."""
    values, old = style_change(style.said, style.book)
    if style.book is not None and not old:
        return None
    place = style.sheet[:MAX_SHEET_LENGTH], style.row, style.style_no
    return (upload_id, style.id, style.book is not None, *place, *values.values(), json.dumps(old) if old else "{}")


def _goods(rows: Rows, judge: Judge, upload_id: int, barred: set[int]) -> Iterator[tuple[Any, ...]]:
    """The rows as the list of changes has new goods; those at the places `barred` are of that kind."""
    columns, size = rows.columns, len(rows)
    style_ids = {style_no: style.id for style_no, style in judge.style_of.items()}
    sheets = {name: (name or "")[:MAX_SHEET_LENGTH] for name in set(columns["sheet"])}
    return zip(
        repeat(upload_id, size),
        ("barred" if n in barred else "added" for n in range(size)) if barred else repeat("added", size),
        map(style_ids.__getitem__, columns["style_no"]),
        map(sheets.__getitem__, columns["sheet"]),
        *(columns[name] for name in _AS_READ),
        columns["quantity"],
        columns["quantity"],
        strict=True,
    )


def _copy(table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> int:
    """Stream rows into a table; gives how many."""
    count = 0
    never_null = ", ".join(sorted(_NEVER_NULL.intersection(columns)))
    force = f", FORCE_NOT_NULL ({never_null})" if never_null else ""
    copying = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv{force})"
    with connection.cursor() as cursor, cursor.cursor.copy(copying) as copy:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        waiting = iter(rows)
        while chunk := list(islice(waiting, CHUNK)):
            writer.writerows(chunk)
            copy.write(buffer.getvalue().replace("\x00", ""))
            buffer.seek(0)
            buffer.truncate()
            count += len(chunk)
    return count


def _write_faults(upload_id: int, reading: Reading, found: list[Finding]) -> tuple[int, int]:
    """All faults and warnings, of the reader and of the matching, in the order of the file; gives how many of each."""
    lines: list[_Line] = []
    for kind, faults in ((FaultKind.FAULT, reading.faults), (FaultKind.WARNING, reading.warnings)):
        for fault in faults:
            words = Sentence(fault.message_zh, fault.message_en, fault.hint_zh, fault.hint_en)
            place = (fault.sheet or "", fault.row, fault.col or "", fault.header or "")
            lines.append((kind, False, place, fault.code, fault.value or "", words))
    for each in found:
        sheet, row = (reading.rows.columns[name][each.n] for name in ("sheet", "row"))
        col, heading = reading.place(each.n, each.field)
        place = (sheet or "", row, col, heading or _HEADERS.get(each.field, ""))
        lines.append((each.kind, True, place, each.code, each.value, words_of_fault(each.code, each.value, each.more)))
    sheets = {name or "": at for at, name in enumerate(reading.lines)}
    lines.sort(key=lambda line: (sheets.get(line[2][0], 0), line[2][1]))
    _copy_faults(upload_id, lines)
    refused = sum(line[0] is FaultKind.FAULT for line in lines)
    return refused, len(lines) - refused


def _copy_faults(upload_id: int, lines: Iterable[_Line]) -> None:
    columns = "upload_id, kind, landing, sheet, row, col, header, code, value, message_zh, message_en, hint_zh, hint_en"
    copying = f"COPY inventory_uploadfault ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.cursor.copy(copying) as copy:
        for kind, landing, (sheet, row, col, header), code, value, words in lines:
            texts = (code, value[:500], *words)
            clean = (text.replace("\x00", "") for text in texts)
            copy.write_row((upload_id, kind.value, landing, sheet[:MAX_SHEET_LENGTH], row, col, header[:200], *clean))
