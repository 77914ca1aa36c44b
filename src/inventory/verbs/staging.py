"""The preview of an upload, computed by sets: what it would add and change, what it does not name, and what the books refuse.

Rows go by COPY into a temporary table of this transaction, are matched with the brand's goods (STOCK-9), judged, and what would
change is written down. Nothing of the stock changes here. Ids of goods that would be added are drawn now, so that landing is a
plain insert.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection

from imports.stock_sheet import Reading, Rows
from inventory.models import BrandCategory, Category, Upload, UploadChange
from inventory.queries import with_descendants
from inventory.rules import (
    CategoryWords,
    FaultKind,
    Sentence,
    category_of,
    words_of_fault,
)
from wire import sql

_Line = tuple[FaultKind, bool, tuple[str, int, str, str], str, str, Sentence]
CHUNK = 2000
LONGEST = {"style_no": 64, "colour": 40, "size": 20, "barcode": 32, "name": 120, "season": 20, "gender": 10}
_STYLE_FIELDS = ("name", "category", "season", "year", "gender", "picture")
_STAGED = (
    "sheet", "row", "col", "style_no", "colour", "size", "barcode", "tag_price_fen", "base_price_fen", "quantity",
)  # fmt: skip
_HEADERS = {"style_no": "款号", "barcode": "条码", "quantity": "库存", "category": "类目", "name": "品名", "season": "季节",
            "year": "年份", "gender": "性别", "colour": "颜色", "size": "尺码"}  # fmt: skip
_FIELD_WORDS = {"name": "品名", "category": "类目", "season": "季节", "year": "年份", "gender": "性别"}

_TABLES = """
CREATE TEMP TABLE landing_row (
    n int, barred bool, sheet text, row int, col text, style_no text, colour text, size text, barcode text,
    tag bigint, base bigint, quantity int
) ON COMMIT DROP;
CREATE TEMP TABLE landing_style (
    n int, sheet text, row int, style_no text, name text, category_id bigint, season text, year int, gender text, picture text
) ON COMMIT DROP;
CREATE TEMP TABLE landing_fault (n int, code text, field text, value text, more text) ON COMMIT DROP;
"""

_DROP = "DROP TABLE landing_row, landing_style, landing_fault, landing_match, landing_known_style, landing_norm CASCADE"

_MATCH = """
CREATE TEMP TABLE landing_match ON COMMIT DROP AS
WITH book AS MATERIALIZED (
    SELECT s.*, t.style_no AS book_style_no, upper(t.style_no) AS style_key,
           upper(concat_ws(chr(31), t.style_no, s.colour, s.size)) AS sku_key
    FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id WHERE s.brand_id = %(brand)s
), file AS MATERIALIZED (
    SELECT n, sheet, row, col, style_no, coalesce(colour, '') AS colour, size, barcode, tag, base, quantity, barred,
           upper(style_no) AS style_key, upper(concat_ws(chr(31), style_no, coalesce(colour, ''), size)) AS sku_key
    FROM landing_row
), moved AS (
    SELECT sku_id, sum(on_hand_delta) AS units FROM inventory_movement WHERE id > %(as_of)s GROUP BY 1
), matched AS (
    SELECT file.*, by_key.id AS by_key, by_code.id AS by_code, by_code.style_key = file.style_key AS code_in_style,
           coalesce(by_key.id, CASE WHEN by_code.style_key = file.style_key THEN by_code.id END) AS sku_id
    FROM file
    LEFT JOIN book by_key ON by_key.sku_key = file.sku_key
    LEFT JOIN book by_code ON by_code.barcode = file.barcode
)
SELECT m.n, m.sheet, m.row, m.col, m.style_no, m.style_key, m.sku_key, m.size, m.colour, m.barcode, m.tag, m.base, m.quantity,
       m.barred, m.by_key, m.by_code, m.code_in_style, m.sku_id,
       b.style_id, b.colour AS old_colour, b.size AS old_size, b.barcode AS old_barcode, b.tag_price_fen AS old_tag,
       b.base_price_fen AS old_base, b.on_hand AS old_on_hand, b.allotted, b.listed,
       m.quantity - coalesce(b.on_hand, 0) + coalesce(moved.units, 0)::int AS delta
FROM matched m LEFT JOIN book b ON b.id = m.sku_id LEFT JOIN moved ON moved.sku_id = m.sku_id
"""

# Every rule of the books is asked of every row, so that all faults are told at once. What stands twice is counted first, so that
# only then the places are put together.
_JUDGE = """
INSERT INTO landing_fault
WITH twin_key AS (SELECT sku_key FROM landing_match GROUP BY 1 HAVING count(*) > 1),
     twin_code AS (SELECT barcode FROM landing_match WHERE barcode IS NOT NULL GROUP BY 1 HAVING count(*) > 1),
     twin_sku AS (SELECT sku_id FROM landing_match WHERE sku_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1)
SELECT n, 'barcode_taken', 'barcode', barcode, other.said FROM landing_match m
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', t.style_no, s.colour, s.size) AS said
    FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id WHERE s.id = m.by_code
) other
WHERE by_code IS NOT NULL AND (by_key <> by_code OR (by_key IS NULL AND NOT code_in_style))
UNION ALL
SELECT n, 'stock_bound', 'quantity', quantity::text, (quantity + allotted - old_on_hand - delta)::text
FROM landing_match WHERE old_on_hand + delta < allotted
UNION ALL
SELECT m.n, 'conflicting_duplicate', 'style_no', m.style_no, twin.said FROM landing_match m
JOIN (SELECT sku_key, string_agg(concat_ws('!', sheet, row), ' ' ORDER BY n) AS said
      FROM landing_match JOIN twin_key USING (sku_key) GROUP BY 1) twin ON twin.sku_key = m.sku_key
UNION ALL
SELECT m.n, 'conflicting_duplicate', 'barcode', m.barcode, twin.said FROM landing_match m
JOIN (SELECT barcode, string_agg(concat_ws('!', sheet, row), ' ' ORDER BY n) AS said
      FROM landing_match JOIN twin_code USING (barcode) GROUP BY 1) twin ON twin.barcode = m.barcode
UNION ALL
SELECT m.n, 'conflicting_duplicate', 'style_no', m.style_no, twin.said FROM landing_match m
JOIN (SELECT sku_id, string_agg(concat_ws('!', sheet, row), ' ' ORDER BY n) AS said
      FROM landing_match JOIN twin_sku USING (sku_id) GROUP BY 1 HAVING count(DISTINCT sku_key) > 1) twin ON twin.sku_id = m.sku_id
"""

_STYLES = """
CREATE TEMP TABLE landing_known_style ON COMMIT DROP AS
SELECT f.*, coalesce(t.id, nextval('inventory_style_id_seq')) AS style_id, t.id IS NOT NULL AS known,
       upper(f.style_no) AS style_key, t.name AS old_name, t.category_id AS old_category_id, t.season AS old_season,
       t.year AS old_year, t.gender AS old_gender, t.picture AS old_picture
FROM landing_style f LEFT JOIN inventory_style t ON t.brand_id = %(brand)s AND upper(t.style_no) = upper(f.style_no)
WHERE EXISTS (SELECT FROM landing_good g WHERE g.style_key = upper(f.style_no))
"""

# A blank cell says nothing, so it changes nothing.
_STYLE_CHANGES = """
INSERT INTO inventory_uploadstyle
    (upload_id, style_id, exists, sheet, row, style_no, name, category_id, season, year, gender, picture, old)
SELECT %(upload)s, style_id, known, left(coalesce(sheet, ''), 80), row, style_no, coalesce(name, old_name, ''),
       coalesce(category_id, old_category_id), coalesce(season, old_season, ''), coalesce(year, old_year),
       coalesce(gender, old_gender, ''), coalesce(picture, old_picture, ''), old
FROM landing_known_style CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT known THEN '{}'::jsonb ELSE
        CASE WHEN name <> old_name THEN jsonb_build_object('name', old_name) ELSE '{}' END ||
        CASE WHEN category_id IS DISTINCT FROM old_category_id AND category_id IS NOT NULL
             THEN jsonb_build_object('category_id', old_category_id) ELSE '{}' END ||
        CASE WHEN season <> old_season THEN jsonb_build_object('season', old_season) ELSE '{}' END ||
        CASE WHEN year IS DISTINCT FROM old_year AND year IS NOT NULL THEN jsonb_build_object('year', old_year) ELSE '{}' END ||
        CASE WHEN gender <> old_gender THEN jsonb_build_object('gender', old_gender) ELSE '{}' END ||
        CASE WHEN picture <> old_picture THEN jsonb_build_object('picture', old_picture) ELSE '{}' END
    END AS old
) differs
WHERE NOT known OR old <> '{}' ORDER BY n
"""

_NORMS = """
CREATE TEMP TABLE landing_norm ON COMMIT DROP AS
WITH book AS (
    SELECT t.category_id, s.tag_price_fen AS tag, s.base_price_fen AS base
    FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id WHERE s.brand_id = %(brand)s AND s.listed
), file AS (
    SELECT k.category_id, g.tag, g.base FROM landing_good g JOIN landing_known_style k USING (style_key)
    WHERE NOT EXISTS (SELECT FROM book)
)
SELECT category_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY tag) AS tag, percentile_disc(0.5) WITHIN GROUP (ORDER BY base) AS base
FROM (SELECT * FROM book UNION ALL SELECT * FROM file) goods GROUP BY category_id HAVING count(*) >= %(least)s
"""

_CHANGES = """
INSERT INTO inventory_uploadchange
    (upload_id, kind, sku_id, style_id, exists, sheet, row, col, style_no, colour, size, barcode, tag_price_fen, base_price_fen,
     on_hand, on_hand_delta, old, jump, norm_fen, zeroed)
SELECT %(upload)s, CASE WHEN listed THEN 'changed' ELSE 'added' END,
       coalesce(sku_id, nextval('inventory_sku_id_seq')), style_id, listed IS NOT NULL,
       left(coalesce(sheet, ''), 80), row, coalesce(col, ''), style_no, new_colour, new_size, new_barcode, tag, base,
       coalesce(old_on_hand, 0) + delta, delta, old,
       CASE WHEN tag_jumps THEN 'tag' WHEN base_jumps THEN 'base' ELSE '' END,
       CASE WHEN tag_jumps THEN tag_norm WHEN base_jumps THEN base_norm END, false
FROM (
    SELECT g.*, tag_norm IS NOT NULL AND (tag >= tag_norm * factor OR tag * factor <= tag_norm) AS tag_jumps,
           base_norm IS NOT NULL AND (base >= base_norm * factor OR base * factor <= base_norm) AS base_jumps
    FROM (
        SELECT g.n, g.sheet, g.row, g.col, g.style_no, g.sku_id, g.listed, g.tag, g.base, g.delta, g.old_on_hand, g.old,
               g.new_colour, g.new_size, g.new_barcode, k.style_id,
               CASE WHEN g.listed THEN g.old_tag ELSE n.tag END AS tag_norm,
               CASE WHEN g.listed THEN g.old_base ELSE n.base END AS base_norm,
               CASE WHEN g.listed THEN %(own)s ELSE %(norm)s END AS factor
        FROM landing_good g JOIN landing_known_style k USING (style_key)
        LEFT JOIN landing_norm n ON n.category_id IS NOT DISTINCT FROM k.category_id AND NOT coalesce(g.listed, false)
    ) g
) g
WHERE listed IS NOT TRUE OR old <> '{}'
ORDER BY n
"""

# A view: the four who ask of it want different columns, and writing it down costs more than to find it again.
_GOOD = """
CREATE TEMP VIEW landing_good AS
SELECT m.*, named.new_colour, named.new_size, named.new_barcode,
       CASE WHEN listed THEN
           CASE WHEN old_colour <> new_colour THEN jsonb_build_object('colour', old_colour) ELSE '{}' END ||
           CASE WHEN old_size <> new_size THEN jsonb_build_object('size', old_size) ELSE '{}' END ||
           CASE WHEN old_barcode IS DISTINCT FROM new_barcode THEN jsonb_build_object('barcode', old_barcode) ELSE '{}' END ||
           CASE WHEN old_tag <> tag THEN jsonb_build_object('tag_price_fen', old_tag) ELSE '{}' END ||
           CASE WHEN old_base <> base THEN jsonb_build_object('base_price_fen', old_base) ELSE '{}' END ||
           CASE WHEN delta <> 0 THEN jsonb_build_object('on_hand', old_on_hand) ELSE '{}' END
       ELSE '{}'::jsonb END AS old
FROM landing_match m CROSS JOIN LATERAL (
    SELECT CASE WHEN upper(old_colour) = upper(colour) THEN old_colour ELSE colour END AS new_colour,
           CASE WHEN upper(old_size) = upper(size) THEN old_size ELSE size END AS new_size,
           coalesce(barcode, old_barcode) AS new_barcode
) named
WHERE NOT barred AND NOT EXISTS (SELECT FROM landing_fault f WHERE f.n = m.n)
"""

_ABSENT = """
INSERT INTO inventory_uploadchange
    (upload_id, kind, sku_id, style_id, exists, sheet, col, style_no, colour, size, barcode, tag_price_fen, base_price_fen,
     on_hand, on_hand_delta, old, jump, zeroed)
SELECT %(upload)s, 'absent', s.id, s.style_id, true, '', '', t.style_no, s.colour, s.size, s.barcode, s.tag_price_fen,
       s.base_price_fen, s.on_hand, -s.on_hand, '{}', '', false
FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id
WHERE s.brand_id = %(brand)s AND s.listed AND s.on_hand > 0
  AND NOT EXISTS (SELECT FROM landing_match m WHERE m.sku_id = s.id)
  AND NOT EXISTS (SELECT FROM landing_match m WHERE m.by_code = s.id)
ORDER BY s.id
"""


@dataclass(slots=True)
class _Style:
    """What the rows of one style say of it: of each field the first that is filled."""

    n: int
    sheet: str
    row: int
    style_no: str
    said: dict[str, Any] = field(default_factory=dict)
    disagreed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Finding:
    """A fault or warning of the books at a row of the file."""

    n: int
    kind: FaultKind
    code: str
    field: str
    value: str
    more: str


def stage(upload: Upload, reading: Reading) -> dict[str, int]:
    """Write the preview of what was read and give its counts, by the names of the upload's columns."""
    UploadChange.objects.of(upload).delete()
    sql.execute("DELETE FROM inventory_uploadstyle WHERE upload_id = %(upload)s", {"upload": upload.pk})
    sql.execute("DELETE FROM inventory_uploadfault WHERE upload_id = %(upload)s", {"upload": upload.pk})
    with connection.cursor() as cursor:
        # The sets of one upload are sorted and hashed in memory, and only for the length of this transaction.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        # Nothing is known of how the file meets the books; the planner then guesses billions of pairs and sorts them by long texts.
        cursor.execute("SET LOCAL enable_mergejoin = off")
        cursor.execute(_TABLES)
    judge = _Judge(upload.brand_id)
    rows = _copy("landing_row", judge.rows(reading.rows))
    _copy("landing_style", judge.styles())
    sql.execute("ANALYZE landing_row (n)", {})
    parameters = {
        "upload": upload.pk,
        "brand": upload.brand_id,
        "as_of": upload.as_of,
        "least": settings.LEAST_FOR_NORM,
        "own": settings.OWN_PRICE_JUMP,
        "norm": settings.NORM_PRICE_JUMP,
    }
    sql.execute(_MATCH, parameters)
    sql.execute(_JUDGE, parameters)
    sql.execute(_GOOD, parameters)
    sql.execute(_STYLES, parameters)
    styles_changed = sql.execute(_STYLE_CHANGES, parameters)
    sql.execute(_NORMS, parameters)
    first = _next_change_id()
    changes = sql.execute(_CHANGES, parameters)
    absent = sql.execute(_ABSENT, parameters)
    last = _next_change_id()
    faults, warnings = _write_faults(upload.pk, reading, judge)
    counted = sql.rows(
        """SELECT count(*) FILTER (WHERE kind = 'added') AS added, count(*) FILTER (WHERE jump <> '') AS jumps
           FROM inventory_uploadchange WHERE id BETWEEN %(first)s AND %(last)s AND upload_id = %(upload)s""",
        parameters | {"first": first, "last": last},
    )[0]
    good = sql.rows("SELECT count(*) AS rows FROM landing_good", {})[0]["rows"]
    sql.execute(_DROP, {})
    return {
        "changes_from": first,
        "changes_to": last,
        "rows": rows,
        "added": counted["added"],
        "changed": changes - counted["added"],
        "unchanged": good - changes,
        "absent": absent,
        "styles_changed": styles_changed,
        "faults": faults,
        "warnings": warnings,
        "jumps": counted["jumps"],
    }


def _next_change_id() -> int:
    """An id of the list of changes that no row will have: all rows written later have higher ones."""
    return int(sql.rows("SELECT nextval('inventory_uploadchange_id_seq') AS id", {})[0]["id"])


class _Judge:
    """Goes through the rows once: gathers what they say of styles, and bars what category or length forbids."""

    def __init__(self, brand_id: int) -> None:
        self.found: list[_Finding] = []
        self._styles: dict[str, _Style] = {}
        tree = list(Category.objects.all())
        self._tree = [CategoryWords(c.pk, c.name_zh, c.admitted, (c.name_zh, c.name_en, *c.words)) for c in tree]
        own = BrandCategory.objects.filter(brand_id=brand_id).values_list("category_id", flat=True)
        self._may = {pk for root in own for pk in with_descendants(root)}
        self._of_text: dict[tuple[str, str], CategoryWords | None] = {}

    def rows(self, rows: Rows) -> Iterator[tuple[Any, ...]]:
        """The rows as they are staged. Columns are judged whole first, so that good rows cost next to nothing."""
        columns = rows.columns
        barred = set(self._too_long(columns))
        barred.update(self._forbidden(columns["category"], columns["gender"]))
        self._gather(columns)
        numbers = range(len(rows))
        return zip(numbers, map(barred.__contains__, numbers), *(columns[name] for name in _STAGED), strict=True)

    def styles(self) -> Iterator[tuple[Any, ...]]:
        for style in self._styles.values():
            said = style.said
            category = self._category(said.get("category", ""), said.get("gender", ""))
            yield (
                style.n, style.sheet, style.row, style.style_no, said.get("name"), category.id if category else None,
                said.get("season"), said.get("year"), said.get("gender"), said.get("picture"),
            )  # fmt: skip

    def _too_long(self, columns: dict[str, list[Any]]) -> Iterator[int]:
        for name, longest in LONGEST.items():
            values = columns[name]
            if max(map(len, filter(None, values)), default=0) > longest:
                for n, value in enumerate(values):
                    if value and len(value) > longest:
                        columns[name][n] = value[:longest]
                        self._tell(n, FaultKind.FAULT, "text_too_long", name, value, str(longest))
                        yield n

    def _forbidden(self, categories: list[str | None], genders: list[str | None]) -> Iterator[int]:
        verdicts = {pair: self._verdict(*pair) for pair in set(zip(categories, genders, strict=True))}
        if not any(verdicts.values()):
            return
        for n, pair in enumerate(zip(categories, genders, strict=True)):
            verdict = verdicts[pair]
            if verdict is not None:
                code, category = verdict
                self._tell(n, FaultKind.FAULT, code, "category", pair[0] or "", category.name_zh)
                yield n

    def _verdict(self, text: str | None, gender: str | None) -> tuple[str, CategoryWords] | None:
        category = self._category(text or "", gender or "")
        if category is None:
            return None
        if not category.admitted:
            return "category_forbidden", category
        if self._may and category.id not in self._may:
            return "category_not_admitted", category
        return None

    def _gather(self, columns: dict[str, list[Any]]) -> None:
        said_before: set[tuple[Any, ...]] = set()
        for n, said in enumerate(zip(columns["style_no"], *(columns[name] for name in _STYLE_FIELDS), strict=True)):
            if said not in said_before:
                said_before.add(said)
                self._hear(n, columns["sheet"][n], columns["row"][n], said)

    def _hear(self, n: int, sheet: str | None, row: int, said: tuple[Any, ...]) -> None:
        style_no, *values = said
        style = self._styles.get(style_no.upper())
        if style is None:
            style = self._styles[style_no.upper()] = _Style(n, sheet or "", row, style_no)
        for name, value in zip(_STYLE_FIELDS, values, strict=True):
            if not value:
                continue
            before = style.said.setdefault(name, value)
            if before != value and name in _FIELD_WORDS and name not in style.disagreed:
                style.disagreed.add(name)
                more = f"{_FIELD_WORDS[name]}（{before} / {value}）"
                self._tell(n, FaultKind.WARNING, "style_disagrees", name, str(value), more)
            if name == "category" and before is value and self._category(value, style.said.get("gender", "")) is None:
                self._tell(n, FaultKind.WARNING, "unknown_category", name, value, "")

    def _category(self, text: str, gender: str) -> CategoryWords | None:
        if (text, gender) not in self._of_text:
            self._of_text[text, gender] = category_of(text, gender, self._tree)
        return self._of_text[text, gender]

    def _tell(self, n: int, kind: FaultKind, code: str, name: str, value: str, more: str) -> None:
        self.found.append(_Finding(n, kind, code, name, value, more))


def _copy(table: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """Stream rows into a table; gives how many."""
    count = 0
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
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


def _write_faults(upload_id: int, reading: Reading, judge: _Judge) -> tuple[int, int]:
    """All faults and warnings, of the reader and of the books, in the order of the file; gives how many of each."""
    by_sets = [
        _Finding(each["n"], FaultKind.FAULT, each["code"], each["field"], each["value"] or "", each["more"] or "")
        for each in sql.rows("SELECT * FROM landing_fault ORDER BY n", {})
    ]
    found = [*judge.found, *by_sets]
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
            copy.write_row((upload_id, kind.value, landing, sheet[:80], row, col, header[:200], *clean))
