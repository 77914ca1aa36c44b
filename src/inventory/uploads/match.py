"""The rows of a workbook meet the brand's goods, by sets: which they mean (STOCK-9), what differs, and what the stock refuses.

Works in tables of the caller's transaction: the caller fills ROWS, in the order of the reading, and `meet` writes what would change.
"""

from dataclasses import dataclass, field
from typing import Any

from db import sql
from inventory.rules import FaultKind
from inventory.uploads.validate import Finding

ROWS = "landing_row"

_ROWS = """
CREATE TEMP TABLE landing_row (
    n int GENERATED ALWAYS AS IDENTITY (MINVALUE 0 START 0), upload_id bigint, kind text, style_id bigint, sheet text, row int, col text,
    style_no text, colour text, size text, barcode text, tag_price_fen bigint, base_price_fen bigint, on_hand int, on_hand_delta int
) ON COMMIT DROP;
CREATE TEMP TABLE landing_fault (n int, code text, field text, value text, more text) ON COMMIT DROP;
"""

_DROP = "DROP TABLE landing_row, landing_fault, landing_moved, landing_same, landing_match CASCADE"

# What has moved since the file speaks, but for what uploads that stand have moved: of those that came since, that is only this very file
# (STOCK-4). What they moved is a page, or has rows where they landed before there were pages.
_MOVED = """
CREATE TEMP TABLE landing_moved ON COMMIT DROP AS
SELECT sku_id, sum(on_hand_delta)::int AS units FROM inventory_movement
WHERE id > %(as_of)s AND cause NOT IN (
    SELECT 'upload:' || id FROM inventory_upload
    WHERE brand_id = %(brand)s AND state = 'committed' AND NOT is_page AND landed_mark > %(as_of)s
)
GROUP BY 1
"""

# Most rows of most files equal the SKU that they name. A row with that SKU's barcode can mean no other SKU, so no rule can refuse it.
_SAME = """
CREATE TEMP TABLE landing_same ON COMMIT DROP AS
SELECT r.n, r.style_id, s.id AS sku_id
FROM landing_row r
JOIN inventory_sku s ON s.style_id = r.style_id AND s.colour = r.colour AND s.size = r.size
LEFT JOIN landing_moved moved ON moved.sku_id = s.id
WHERE r.kind <> 'barred' AND s.brand_id = %(brand)s AND s.listed AND s.barcode IS NOT DISTINCT FROM r.barcode
  AND s.tag_price_fen = r.tag_price_fen AND s.base_price_fen = r.base_price_fen AND s.on_hand = r.on_hand + coalesce(moved.units, 0)
"""

# Where no row is left, the planner knows it from `unmet`, and goes through nothing once more.
_MATCH = """
CREATE TEMP TABLE landing_match ON COMMIT DROP AS
WITH book AS MATERIALIZED (
    SELECT id, style_id, colour, size, barcode, tag_price_fen, base_price_fen, on_hand, allotted, listed
    FROM inventory_sku WHERE brand_id = %(brand)s
), matched AS (
    SELECT r.n, r.kind = 'barred' AS barred, r.style_id, r.colour, r.size, r.barcode, r.tag_price_fen AS tag, r.base_price_fen AS base,
           r.on_hand AS quantity, by_key.id AS by_key, by_code.id AS by_code, by_code.style_id = r.style_id AS code_in_style,
           coalesce(by_key.id, CASE WHEN by_code.style_id = r.style_id THEN by_code.id END) AS sku_id
    FROM landing_row r
    LEFT JOIN book by_key ON by_key.style_id = r.style_id AND upper(by_key.colour) = upper(r.colour) AND upper(by_key.size) = upper(r.size)
    LEFT JOIN book by_code ON by_code.barcode = r.barcode
    WHERE %(unmet)s AND NOT EXISTS (SELECT FROM landing_same same WHERE same.n = r.n)
)
SELECT m.*, b.colour AS old_colour, b.size AS old_size, b.barcode AS old_barcode, b.tag_price_fen AS old_tag,
       b.base_price_fen AS old_base, b.on_hand AS old_on_hand, b.allotted, b.listed,
       m.quantity - coalesce(b.on_hand, 0) + coalesce(moved.units, 0) AS delta
FROM matched m LEFT JOIN book b ON b.id = m.sku_id LEFT JOIN landing_moved moved ON moved.sku_id = m.sku_id
"""

# Every rule of the catalogue is asked of every row, so that all faults are told at once. What stands twice in the file itself is the
# reader's to tell; here two rows can mean one SKU only where one of them found it by its barcode.
_JUDGE = """
INSERT INTO landing_fault
WITH twin AS (SELECT sku_id FROM landing_match WHERE sku_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1)
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
SELECT m.n, 'conflicting_duplicate', 'style_no', r.style_no, twins.said
FROM landing_match m JOIN landing_row r USING (n)
JOIN (SELECT sku_id, string_agg(concat_ws('!', sheet, row), ' ' ORDER BY n) AS said
      FROM landing_match JOIN twin USING (sku_id) JOIN landing_row USING (n) GROUP BY 1) twins USING (sku_id)
"""

# A view: the three who ask of it want different columns, and writing it down costs more than to find it again.
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

# Known goods are measured against their own price here; what is new, against its category's, when all of it stands written.
_CHANGES = """
WITH written AS (
INSERT INTO inventory_uploadchange
    (upload_id, kind, sku_id, style_id, exists, sheet, row, col, style_no, colour, size, barcode, tag_price_fen, base_price_fen,
     on_hand, on_hand_delta, old, jump, norm_fen)
SELECT %(upload)s, CASE WHEN listed THEN 'changed' ELSE 'added' END,
       coalesce(sku_id, nextval('inventory_sku_id_seq')), g.style_id, listed IS NOT NULL,
       coalesce(r.sheet, ''), r.row, coalesce(r.col, ''), r.style_no, new_colour, new_size, new_barcode, tag, base,
       coalesce(old_on_hand, 0) + delta, delta, old,
       CASE WHEN tag_jumps THEN 'tag' WHEN base_jumps THEN 'base' ELSE '' END,
       CASE WHEN tag_jumps THEN old_tag WHEN base_jumps THEN old_base END
FROM (
    SELECT *, listed AND (tag >= old_tag * %(own)s OR tag * %(own)s <= old_tag) AS tag_jumps,
           listed AND (base >= old_base * %(own)s OR base * %(own)s <= old_base) AS base_jumps
    FROM landing_good WHERE listed IS NOT TRUE OR old <> '{}'
) g JOIN landing_row r USING (n)
ORDER BY n
RETURNING kind, jump
)
SELECT count(*) FILTER (WHERE kind = 'added') AS added, count(*) FILTER (WHERE kind = 'changed') AS changed,
       count(*) FILTER (WHERE jump <> '') AS jumps
FROM written
"""

_ABSENT = """
INSERT INTO inventory_uploadchange
    (upload_id, kind, sku_id, style_id, exists, sheet, col, style_no, colour, size, barcode, tag_price_fen, base_price_fen,
     on_hand, on_hand_delta)
SELECT %(upload)s, 'absent', s.id, s.style_id, true, '', '', t.style_no, s.colour, s.size, s.barcode, s.tag_price_fen,
       s.base_price_fen, s.on_hand, -s.on_hand
FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id AND t.brand_id = s.brand_id
WHERE s.brand_id = %(brand)s AND s.listed AND s.on_hand > 0
  AND NOT EXISTS (SELECT FROM landing_same m WHERE m.sku_id = s.id)
  AND NOT EXISTS (SELECT FROM landing_match m WHERE m.sku_id = s.id)
  AND NOT EXISTS (SELECT FROM landing_match m WHERE m.by_code = s.id)
ORDER BY s.id
"""

_STYLES = """
SELECT array_agg(DISTINCT style_id) AS ids, sum(rows)::int AS rows FROM (
    SELECT style_id, count(*) AS rows FROM landing_same GROUP BY 1
    UNION ALL
    SELECT style_id, count(*) FROM landing_good GROUP BY 1
) good
"""


@dataclass(slots=True)
class Met:
    """How the rows met the catalogue: counts of goods, `styles` of which a row is good, `found` what the stock refuses."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    absent: int = 0
    jumps: int = 0
    styles: set[int] = field(default_factory=set)
    found: list[Finding] = field(default_factory=list)


def prepare() -> None:
    """Make ROWS, in which rows of the kind `barred` only say that their goods are not absent."""
    sql.execute(_ROWS, {})


def meet(parameters: dict[str, Any]) -> Met:
    """Write what the rows would change.

    `parameters`: upload, brand, rows (how many were filled in), as_of (the movement up to which the file speaks), own (the move of a known
    price that is a jump).
    """
    sql.execute("ANALYZE landing_row (n)", {})
    sql.execute(_MOVED, parameters)
    same = sql.execute(_SAME, parameters)
    sql.execute(_MATCH, parameters | {"unmet": same < parameters["rows"]})
    for statement in (_JUDGE, _GOOD):
        sql.execute(statement, parameters)
    met = Met(**sql.rows(_CHANGES, parameters)[0])
    met.absent = sql.execute(_ABSENT, parameters)
    good = sql.rows(_STYLES, {})[0]
    met.styles = set(good["ids"] or ())
    met.unchanged = (good["rows"] or 0) - met.added - met.changed
    met.found = [
        Finding(each["n"], FaultKind.FAULT, each["code"], each["field"], each["value"] or "", each["more"] or "")
        for each in sql.rows("SELECT * FROM landing_fault ORDER BY n", {})
    ]
    sql.execute(_DROP, {})
    return met
