"""Matching the rows of a workbook with the brand's SKUs, by sets, in temporary tables of the caller's transaction (STOCK-9).

The steps run in the order of the functions below. `upload_row` has the rows in the order of the file; those of kind `excluded` have a
fault already, and only tell that their SKU is named by the file.
"""

from dataclasses import dataclass

from db import sql

ROW_TABLE = "upload_row"


@dataclass(frozen=True, slots=True)
class WrittenChanges:
    added: int
    changed: int
    price_jumps: int


@dataclass(frozen=True, slots=True)
class AcceptedRows:
    """The styles of which a row is accepted, and how many rows are."""

    style_ids: list[int]
    rows: int


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why the stock refuses a row: its place in the file, the code of the fault, and the field and value that it concerns."""

    n: int
    code: str
    field: str
    value: str
    more: str


_CREATE_ROW_TABLES = """
CREATE TEMP TABLE upload_row (
    n int GENERATED ALWAYS AS IDENTITY (MINVALUE 0 START 0), upload_id bigint, kind text, style_id bigint, sheet text, row int, col text,
    style_no text, colour text, size text, barcode text, tag_price_fen bigint, base_price_fen bigint, on_hand int, on_hand_delta int
) ON COMMIT DROP;
CREATE TEMP TABLE row_fault (n int, code text, field text, value text, more text) ON COMMIT DROP;
"""

_DROP_ROW_TABLES = "DROP TABLE upload_row, row_fault, moved_since_baseline, unchanged_row, row_match CASCADE"

# What moved since the quantities of the file were true. What applied uploads moved does not count: of those that came since, the only one
# is this very file, applied once already (STOCK-4).
_MOVED_SINCE_BASELINE = """
CREATE TEMP TABLE moved_since_baseline ON COMMIT DROP AS
SELECT sku_id, sum(on_hand_delta)::int AS units FROM inventory_movement
WHERE id > %(baseline_seq)s AND cause NOT IN (
    SELECT 'upload:' || id FROM inventory_upload
    WHERE brand_id = %(brand_id)s AND state = 'applied' AND NOT changes_are_movements AND applied_at_seq > %(baseline_seq)s
)
GROUP BY 1
"""

# In most files most rows equal the SKU that they name: the cheapest join takes them out first. A row with that SKU's barcode can mean no
# other SKU, so no rule can refuse it.
_UNCHANGED_ROWS = """
CREATE TEMP TABLE unchanged_row ON COMMIT DROP AS
SELECT r.n, r.style_id, s.id AS sku_id
FROM upload_row r
JOIN inventory_sku s ON s.style_id = r.style_id AND s.colour = r.colour AND s.size = r.size
LEFT JOIN moved_since_baseline moved ON moved.sku_id = s.id
WHERE r.kind <> 'excluded' AND s.brand_id = %(brand_id)s AND s.listed AND s.barcode IS NOT DISTINCT FROM r.barcode
  AND s.tag_price_fen = r.tag_price_fen AND s.base_price_fen = r.base_price_fen AND s.on_hand = r.on_hand + coalesce(moved.units, 0)
"""

# The other rows, by key and by barcode. Where there are none, `has_unmatched` is false and the planner skips all of it.
_MATCH_ROWS = """
CREATE TEMP TABLE row_match ON COMMIT DROP AS
WITH catalogue AS MATERIALIZED (
    SELECT id, style_id, colour, size, barcode, tag_price_fen, base_price_fen, on_hand, allotted, listed
    FROM inventory_sku WHERE brand_id = %(brand_id)s
), matched AS (
    SELECT r.n, r.kind = 'excluded' AS excluded, r.style_id, r.colour, r.size, r.barcode, r.tag_price_fen AS tag, r.base_price_fen AS base,
           r.on_hand AS quantity, by_key.id AS by_key, by_code.id AS by_code, by_code.style_id = r.style_id AS code_in_style,
           coalesce(by_key.id, CASE WHEN by_code.style_id = r.style_id THEN by_code.id END) AS sku_id
    FROM upload_row r
    LEFT JOIN catalogue by_key
           ON by_key.style_id = r.style_id AND upper(by_key.colour) = upper(r.colour) AND upper(by_key.size) = upper(r.size)
    LEFT JOIN catalogue by_code ON by_code.barcode = r.barcode
    WHERE %(has_unmatched)s AND NOT EXISTS (SELECT FROM unchanged_row same WHERE same.n = r.n)
)
SELECT m.*, b.colour AS old_colour, b.size AS old_size, b.barcode AS old_barcode, b.tag_price_fen AS old_tag,
       b.base_price_fen AS old_base, b.on_hand AS old_on_hand, b.allotted, b.listed,
       m.quantity - coalesce(b.on_hand, 0) + coalesce(moved.units, 0) AS delta
FROM matched m LEFT JOIN catalogue b ON b.id = m.sku_id LEFT JOIN moved_since_baseline moved ON moved.sku_id = m.sku_id
"""

# Every rule of the catalogue is checked for every row, so that the clerk sees all faults at once. The reader reports what stands twice in
# the file; here two rows mean one SKU only where one of them found it by its barcode.
_FIND_FAULTS = """
INSERT INTO row_fault
WITH twin AS (SELECT sku_id FROM row_match WHERE sku_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1)
SELECT n, 'barcode_taken', 'barcode', barcode, other.sku_text FROM row_match m
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', t.style_no, s.colour, s.size) AS sku_text
    FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id WHERE s.id = m.by_code
) other
WHERE by_code IS NOT NULL AND (by_key <> by_code OR (by_key IS NULL AND NOT code_in_style))
UNION ALL
SELECT n, 'stock_bound', 'quantity', quantity::text, (quantity + allotted - old_on_hand - delta)::text
FROM row_match WHERE old_on_hand + delta < allotted
UNION ALL
SELECT m.n, 'conflicting_duplicate', 'style_no', r.style_no, twins.sku_text
FROM row_match m JOIN upload_row r USING (n)
JOIN (SELECT sku_id, string_agg(concat_ws('!', sheet, row), ' ' ORDER BY n) AS sku_text
      FROM row_match JOIN twin USING (sku_id) JOIN upload_row USING (n) GROUP BY 1) twins USING (sku_id)
"""

# A view: its three readers need different columns, and writing the rows to a table costs more than computing them again.
_CREATE_ACCEPTED_ROWS = """
CREATE TEMP VIEW accepted_row AS
SELECT m.*, named.new_colour, named.new_size, named.new_barcode,
       CASE WHEN listed THEN
           CASE WHEN old_colour <> new_colour THEN jsonb_build_object('colour', old_colour) ELSE '{}' END ||
           CASE WHEN old_size <> new_size THEN jsonb_build_object('size', old_size) ELSE '{}' END ||
           CASE WHEN old_barcode IS DISTINCT FROM new_barcode THEN jsonb_build_object('barcode', old_barcode) ELSE '{}' END ||
           CASE WHEN old_tag <> tag THEN jsonb_build_object('tag_price_fen', old_tag) ELSE '{}' END ||
           CASE WHEN old_base <> base THEN jsonb_build_object('base_price_fen', old_base) ELSE '{}' END ||
           CASE WHEN delta <> 0 THEN jsonb_build_object('on_hand', old_on_hand) ELSE '{}' END
       ELSE '{}'::jsonb END AS old
FROM row_match m CROSS JOIN LATERAL (
    SELECT CASE WHEN upper(old_colour) = upper(colour) THEN old_colour ELSE colour END AS new_colour,
           CASE WHEN upper(old_size) = upper(size) THEN old_size ELSE size END AS new_size,
           coalesce(barcode, old_barcode) AS new_barcode
) named
WHERE NOT excluded AND NOT EXISTS (SELECT FROM row_fault f WHERE f.n = m.n)
"""

# The price of a known SKU is compared with its present one here. A new SKU is compared with its category once all changes are written.
_WRITE_CHANGES = """
WITH written AS (
INSERT INTO inventory_uploadchange
    (upload_id, kind, sku_id, style_id, exists, sheet, row, col, style_no, colour, size, barcode, tag_price_fen, base_price_fen,
     on_hand, on_hand_delta, old, price_jump, baseline_fen)
SELECT %(upload_id)s, CASE WHEN listed THEN 'changed' ELSE 'added' END,
       coalesce(sku_id, nextval('inventory_sku_id_seq')), g.style_id, listed IS NOT NULL,
       coalesce(r.sheet, ''), r.row, coalesce(r.col, ''), r.style_no, new_colour, new_size, new_barcode, tag, base,
       coalesce(old_on_hand, 0) + delta, delta, old,
       CASE WHEN tag_jumps THEN 'tag' WHEN base_jumps THEN 'base' ELSE '' END,
       CASE WHEN tag_jumps THEN old_tag WHEN base_jumps THEN old_base END
FROM (
    SELECT *, listed AND (tag >= old_tag * %(factor)s OR tag * %(factor)s <= old_tag) AS tag_jumps,
           listed AND (base >= old_base * %(factor)s OR base * %(factor)s <= old_base) AS base_jumps
    FROM accepted_row WHERE listed IS NOT TRUE OR old <> '{}'
) g JOIN upload_row r USING (n)
ORDER BY n
RETURNING kind, price_jump
)
SELECT count(*) FILTER (WHERE kind = 'added') AS added, count(*) FILTER (WHERE kind = 'changed') AS changed,
       count(*) FILTER (WHERE price_jump <> '') AS price_jumps
FROM written
"""

_WRITE_MISSING = """
INSERT INTO inventory_uploadchange
    (upload_id, kind, sku_id, style_id, exists, sheet, col, style_no, colour, size, barcode, tag_price_fen, base_price_fen,
     on_hand, on_hand_delta)
SELECT %(upload_id)s, 'missing', s.id, s.style_id, true, '', '', t.style_no, s.colour, s.size, s.barcode, s.tag_price_fen,
       s.base_price_fen, s.on_hand, -s.on_hand
FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id AND t.brand_id = s.brand_id
WHERE s.brand_id = %(brand_id)s AND s.listed AND s.on_hand > 0
  AND NOT EXISTS (SELECT FROM unchanged_row m WHERE m.sku_id = s.id)
  AND NOT EXISTS (SELECT FROM row_match m WHERE m.sku_id = s.id)
  AND NOT EXISTS (SELECT FROM row_match m WHERE m.by_code = s.id)
ORDER BY s.id
"""

_COUNT_ACCEPTED_ROWS = """
SELECT coalesce(array_agg(DISTINCT style_id), '{}') AS style_ids, coalesce(sum(rows), 0)::int AS rows FROM (
    SELECT style_id, count(*) AS rows FROM unchanged_row GROUP BY 1
    UNION ALL
    SELECT style_id, count(*) FROM accepted_row GROUP BY 1
) accepted
"""


def create_row_tables() -> None:
    sql.execute(_CREATE_ROW_TABLES, {})


def analyze_row_table() -> None:
    sql.execute("ANALYZE upload_row (n)", {})


def find_moved_since_baseline(*, brand_id: int, baseline_seq: int) -> None:
    sql.execute(_MOVED_SINCE_BASELINE, {"brand_id": brand_id, "baseline_seq": baseline_seq})


def find_unchanged_rows(*, brand_id: int) -> int:
    """Returns how many rows equal their SKU."""
    return sql.execute(_UNCHANGED_ROWS, {"brand_id": brand_id})


def match_rows(*, brand_id: int, has_unmatched: bool) -> None:
    sql.execute(_MATCH_ROWS, {"brand_id": brand_id, "has_unmatched": has_unmatched})


def find_faults() -> None:
    sql.execute(_FIND_FAULTS, {})


def create_accepted_rows() -> None:
    sql.execute(_CREATE_ACCEPTED_ROWS, {})


def write_changes(*, upload_id: int, own_price_jump: int) -> WrittenChanges:
    """Write what the accepted rows add and change; returns how many SKUs.

    A known price that becomes `own_price_jump` times as much or as little is a price jump (STOCK-6).
    """
    return sql.fetch_one(WrittenChanges, _WRITE_CHANGES, {"upload_id": upload_id, "factor": own_price_jump})


def write_missing(*, upload_id: int, brand_id: int) -> int:
    """Write the SKUs with units that no row of the file names; returns how many."""
    return sql.execute(_WRITE_MISSING, {"upload_id": upload_id, "brand_id": brand_id})


def count_accepted_rows() -> AcceptedRows:
    return sql.fetch_one(AcceptedRows, _COUNT_ACCEPTED_ROWS, {})


def faults() -> list[RowFault]:
    """The faults of the rows, in the order of the file."""
    statement = (
        "SELECT n, code, field, coalesce(value, '') AS value, coalesce(more, '') AS more FROM row_fault ORDER BY n"
    )
    return sql.fetch(RowFault, statement, {})


def drop_row_tables() -> None:
    sql.execute(_DROP_ROW_TABLES, {})
