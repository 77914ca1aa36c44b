"""Applying an upload and undoing it: its list of changes moves into styles and SKUs, and back (STOCK-3, STOCK-8).

Each statement names the upload's changes by their range of ids, which the primary key finds (docs/decisions/0020).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import ForeignKey, ForeignObjectRel, Model

from db import sql
from inventory.models import Sku, Style, Upload
from inventory.rules import MAX_STYLE_PICTURES


@dataclass(frozen=True, slots=True)
class ChangeList:
    """Where the changes of an upload lie."""

    upload_id: int
    brand_id: int
    changes_from: int
    changes_to: int

    @classmethod
    def of(cls, upload: Upload) -> "ChangeList":
        return cls(upload.pk, upload.brand_id, upload.changes_from, upload.changes_to)

    def parameters(self) -> dict[str, object]:
        return {
            "upload_id": self.upload_id,
            "brand_id": self.brand_id,
            "changes_from": self.changes_from,
            "changes_to": self.changes_to,
        }


_OF_UPLOAD = "c.id BETWEEN %(changes_from)s AND %(changes_to)s AND c.upload_id = %(upload_id)s"
_CHOSEN = "(c.kind <> 'missing' OR c.zeroed)"
"""A SKU that the file does not name changes only where the clerk set it to zero."""

_LOCK_SKUS = f"""
SELECT s.id FROM inventory_sku s JOIN inventory_uploadchange c ON c.sku_id = s.id
WHERE {_OF_UPLOAD} AND (c.exists OR %(with_added)s) AND {_CHOSEN}
ORDER BY s.id FOR UPDATE OF s
"""  # noqa: S608

_ALLOTTED_MEANWHILE = f"""
SELECT count(*) AS skus, coalesce(sum(s.allotted), 0)::bigint AS units
FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
WHERE {_OF_UPLOAD} AND c.exists
  AND ((c.kind <> 'missing' AND s.on_hand + c.on_hand_delta < s.allotted) OR (c.zeroed AND s.allotted > 0))
"""  # noqa: S608

_UPDATE_KNOWN_SKUS = f"""
UPDATE inventory_sku s SET colour = c.colour, size = c.size, barcode = c.barcode, tag_price_fen = c.tag_price_fen,
       base_price_fen = c.base_price_fen, on_hand = s.on_hand + c.on_hand_delta, listed = true
FROM inventory_uploadchange c
WHERE {_OF_UPLOAD} AND c.kind IN ('added', 'changed') AND c.exists AND s.id = c.sku_id
"""  # noqa: S608

# What the clerk chose to set to zero becomes zero, whatever was sold since the preview.
_FIX_ZEROED_CHANGES = f"""
UPDATE inventory_uploadchange c SET on_hand_delta = -s.on_hand, on_hand = 0
FROM inventory_sku s
WHERE {_OF_UPLOAD} AND c.kind = 'missing' AND c.zeroed AND s.id = c.sku_id
"""  # noqa: S608

_ZERO_SKUS = f"""
UPDATE inventory_sku s SET on_hand = 0
FROM inventory_uploadchange c
WHERE {_OF_UPLOAD} AND c.kind = 'missing' AND c.zeroed AND s.id = c.sku_id
"""  # noqa: S608

_INSERT_STYLES = """
INSERT INTO inventory_style (id, brand_id, style_no, name, category_id, season, year, gender, picture, defects,
    fabric, origin, selling_point)
SELECT style_id, %(brand_id)s, style_no, name, category_id, season, year, gender, picture, defects, fabric, origin, selling_point
FROM inventory_uploadstyle WHERE upload_id = %(upload_id)s AND NOT exists
"""

_UPDATE_STYLES = """
UPDATE inventory_style t SET name = c.name, category_id = c.category_id, season = c.season, year = c.year,
       gender = c.gender, picture = c.picture, defects = c.defects,
       fabric = c.fabric, origin = c.origin, selling_point = c.selling_point
FROM inventory_uploadstyle c WHERE c.upload_id = %(upload_id)s AND c.exists AND t.id = c.style_id
"""

# New pictures come behind those that the style has, in the order of the file.
_INSERT_PICTURES = """
INSERT INTO inventory_stylepicture (style_id, sha256, colour, position, source, upload_id, added_at, has_logo)
SELECT c.style_id, pair.value->>1, left(pair.value->>0, 40), there.next + pair.ordinality - 1, 'workbook', %(upload_id)s, %(now)s, false
FROM inventory_uploadstyle c
CROSS JOIN LATERAL (
    SELECT coalesce(max(p.position) + 1, 0) AS next, count(*) AS pictures FROM inventory_stylepicture p WHERE p.style_id = c.style_id
) there
CROSS JOIN LATERAL jsonb_array_elements(c.pictures) WITH ORDINALITY pair
WHERE c.upload_id = %(upload_id)s AND c.pictures <> '[]' AND there.pictures + pair.ordinality <= %(max_pictures)s
ORDER BY c.id, pair.ordinality
ON CONFLICT (style_id, sha256) DO NOTHING
"""

# An address that has brought a picture of the style before is not fetched again.
_INSERT_LINKS = """
INSERT INTO inventory_picturelink (upload_id, style_id, colour, address, position, sheet, "row")
SELECT %(upload_id)s, c.style_id, left(link.value->>0, 40), link.value->>1, link.ordinality - 1, link.value->>2, (link.value->>3)::int
FROM inventory_uploadstyle c CROSS JOIN LATERAL jsonb_array_elements(c.picture_links) WITH ORDINALITY link
WHERE c.upload_id = %(upload_id)s AND c.picture_links <> '[]' AND NOT EXISTS (
    SELECT FROM inventory_picturelink earlier
    WHERE earlier.style_id = c.style_id AND earlier.address = link.value->>1 AND earlier.state <> 'refused'
)
ORDER BY c.id, link.ordinality
"""

_DELETE_PICTURES = """
DELETE FROM inventory_stylepicture WHERE upload_id = %(upload_id)s
"""

_DELETE_LINKS = """
DELETE FROM inventory_picturelink WHERE upload_id = %(upload_id)s
"""

_INSERT_SKUS = f"""
INSERT INTO inventory_sku
    (id, brand_id, style_id, colour, size, barcode, tag_price_fen, base_price_fen, on_hand, allotted, listed)
SELECT sku_id, %(brand_id)s, style_id, colour, size, barcode, tag_price_fen, base_price_fen, on_hand, 0, true
FROM inventory_uploadchange c
WHERE {_OF_UPLOAD} AND kind = 'added' AND NOT exists
"""  # noqa: S608

_HAS_ALLOTMENT_SINCE = f"""
SELECT EXISTS (
    SELECT FROM inventory_uploadchange c JOIN inventory_movement m ON m.sku_id = c.sku_id
    WHERE {_OF_UPLOAD} AND {_CHOSEN} AND m.kind = 'allot' AND m.id > %(applied_at_seq)s
) AS allotted
"""  # noqa: S608

_WOULD_BREAK_ALLOTMENT = f"""
SELECT EXISTS (
    SELECT FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
    WHERE {_OF_UPLOAD} AND {_CHOSEN}
      AND CASE WHEN c.kind = 'added' THEN 0 ELSE s.on_hand - c.on_hand_delta END < s.allotted
) AS broken
"""  # noqa: S608

# SKUs that this upload added and to which no row refers: no movement, no draft of a sale, no rule. Their only history is this upload.
_FIND_REMOVABLE_SKUS = f"""
CREATE TEMP TABLE undone_sku ON COMMIT DROP AS
SELECT c.sku_id, s.brand_id FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
WHERE {_OF_UPLOAD} AND c.kind = 'added' AND NOT c.exists AND {{unreferenced}}
"""  # noqa: S608
_NOT_REMOVABLE = "NOT EXISTS (SELECT FROM undone_sku removed WHERE removed.sku_id = c.sku_id)"

_WRITE_OUT_MOVEMENTS = f"""
INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
SELECT c.sku_id, 'upload', 'upload:' || u.id, c.on_hand_delta, 0, u.ended_at, u.applied_by_id
FROM inventory_upload u JOIN inventory_uploadchange c ON c.upload_id = u.id
WHERE u.id = %(upload_id)s AND u.changes_are_movements AND {_OF_UPLOAD} AND c.on_hand_delta <> 0 AND {_CHOSEN} AND {_NOT_REMOVABLE}
ORDER BY c.id
"""  # noqa: S608

# A SKU that the upload added goes to zero, with whatever was adjusted by hand since.
_WRITE_UNDO_MOVEMENTS = f"""
INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
SELECT sku_id, 'upload', 'upload:' || %(upload_id)s || ':undo', delta, 0, %(now)s, %(person_id)s FROM (
    SELECT c.id, c.sku_id, CASE WHEN c.kind = 'added' THEN -s.on_hand ELSE -c.on_hand_delta END AS delta
    FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
    WHERE {_OF_UPLOAD} AND {_CHOSEN} AND {_NOT_REMOVABLE}
) undone WHERE delta <> 0 ORDER BY id
"""  # noqa: S608

_UNLIST_ADDED_SKUS = f"""
UPDATE inventory_sku s SET on_hand = 0, listed = false, barcode = NULL
FROM inventory_uploadchange c
WHERE {_OF_UPLOAD} AND c.kind = 'added' AND s.id = c.sku_id
"""  # noqa: S608

_RESTORE_SKUS = f"""
UPDATE inventory_sku s SET
    on_hand = s.on_hand - c.on_hand_delta,
    colour = CASE WHEN c.old ? 'colour' THEN c.old->>'colour' ELSE s.colour END,
    size = CASE WHEN c.old ? 'size' THEN c.old->>'size' ELSE s.size END,
    barcode = CASE WHEN c.old ? 'barcode' THEN c.old->>'barcode' ELSE s.barcode END,
    tag_price_fen = coalesce((c.old->>'tag_price_fen')::bigint, s.tag_price_fen),
    base_price_fen = coalesce((c.old->>'base_price_fen')::bigint, s.base_price_fen)
FROM inventory_uploadchange c
WHERE {_OF_UPLOAD} AND (c.kind = 'changed' OR (c.kind = 'missing' AND c.zeroed)) AND s.id = c.sku_id
"""  # noqa: S608

_RESTORE_STYLES = """
UPDATE inventory_style t SET
    name = coalesce(c.old->>'name', t.name),
    category_id = CASE WHEN c.old ? 'category_id' THEN (c.old->>'category_id')::bigint ELSE t.category_id END,
    season = coalesce(c.old->>'season', t.season),
    year = CASE WHEN c.old ? 'year' THEN (c.old->>'year')::smallint ELSE t.year END,
    gender = coalesce(c.old->>'gender', t.gender),
    picture = coalesce(c.old->>'picture', t.picture),
    defects = coalesce(c.old->>'defects', t.defects),
    fabric = coalesce(c.old->>'fabric', t.fabric),
    origin = coalesce(c.old->>'origin', t.origin),
    selling_point = coalesce(c.old->>'selling_point', t.selling_point)
FROM inventory_uploadstyle c WHERE c.upload_id = %(upload_id)s AND c.exists AND t.id = c.style_id
"""

_DELETE_STYLES = """
DELETE FROM inventory_style t USING inventory_uploadstyle c
WHERE c.upload_id = %(upload_id)s AND NOT c.exists AND t.id = c.style_id AND {unreferenced}
"""


@dataclass(frozen=True, slots=True)
class AllottedSkus:
    """How many SKUs, and how many units of them are allotted to sales."""

    skus: int
    units: int


def check_keys_at_once() -> None:
    """Check foreign keys in each statement, which costs half of the deferred queue, and sort and hash in memory, for this transaction."""
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL work_mem = '64MB'", {})


def lock_skus(changes: ChangeList, *, with_added: bool) -> None:
    """Lock the SKUs in the order of their ids, as everybody does. SKUs that are only being added are nobody else's yet."""
    sql.execute(_LOCK_SKUS, changes.parameters() | {"with_added": with_added})


def allotted_meanwhile(changes: ChangeList) -> AllottedSkus:
    """The SKUs of the preview that have been allotted to sales meanwhile so that it cannot be applied."""
    return sql.fetch_one(AllottedSkus, _ALLOTTED_MEANWHILE, changes.parameters())


def update_known_skus(changes: ChangeList) -> None:
    for statement in (_UPDATE_KNOWN_SKUS, _FIX_ZEROED_CHANGES, _ZERO_SKUS):
        sql.execute(statement, changes.parameters())


def write_styles(changes: ChangeList, *, now: datetime) -> None:
    """Write the styles, their pictures (at most MAX_STYLE_PICTURES each), and the links that a worker will follow."""
    for statement in (_INSERT_STYLES, _UPDATE_STYLES):
        sql.execute(statement, changes.parameters())
    of_pictures = {"upload_id": changes.upload_id, "now": now, "max_pictures": MAX_STYLE_PICTURES}
    sql.execute(_INSERT_PICTURES, of_pictures)
    sql.execute(_INSERT_LINKS, of_pictures)


def insert_skus(changes: ChangeList) -> None:
    sql.execute(_INSERT_SKUS, changes.parameters())


def has_allotment_since(changes: ChangeList, *, applied_at_seq: int) -> bool:
    """Whether a unit of the upload's SKUs was allotted to a sale after the upload was applied."""
    return bool(sql.value(_HAS_ALLOTMENT_SINCE, changes.parameters() | {"applied_at_seq": applied_at_seq}))


def would_break_allotment(changes: ChangeList) -> bool:
    """Whether undoing would leave a SKU with fewer units than are allotted."""
    return bool(sql.value(_WOULD_BREAK_ALLOTMENT, changes.parameters()))


def find_removable_skus(changes: ChangeList) -> None:
    """Keep the SKUs that undoing may delete in the temporary table `undone_sku`."""
    sql.execute(_FIND_REMOVABLE_SKUS.format(unreferenced=_unreferenced(Sku, "s")), changes.parameters())


def write_undo_movements(changes: ChangeList, *, person_id: int | None, now: datetime) -> None:
    """Write the upload's changes as movements, and their reverse behind them, for all SKUs that stay."""
    sql.execute(_WRITE_OUT_MOVEMENTS, changes.parameters())
    sql.execute(_WRITE_UNDO_MOVEMENTS, changes.parameters() | {"person_id": person_id, "now": now})


def restore_skus_and_styles(changes: ChangeList) -> None:
    for statement in (_UNLIST_ADDED_SKUS, _RESTORE_SKUS, _RESTORE_STYLES, _DELETE_PICTURES, _DELETE_LINKS):
        sql.execute(statement, changes.parameters())


def delete_removable(changes: ChangeList) -> tuple[int, int]:
    """Delete what the upload added and nothing refers to; returns how many SKUs and styles."""
    skus = sql.execute("DELETE FROM inventory_sku s USING undone_sku removed WHERE s.id = removed.sku_id", {})
    styles = sql.execute(_DELETE_STYLES.format(unreferenced=_unreferenced(Style, "t")), changes.parameters())
    sql.execute("DROP TABLE undone_sku", {})
    return skus, styles


def _unreferenced(model: type[Model], alias: str) -> str:
    """An SQL condition: no row of any table refers to the row `alias` of `model` by a foreign key."""
    conditions = []
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            table, column = relation.related_model._meta.db_table, relation.field.column
            # The index of SKUs by style begins with the brand.
            of_brand = f" AND r.brand_id = {alias}.brand_id" if table == "inventory_sku" else ""
            conditions.append(f'NOT EXISTS (SELECT FROM "{table}" r WHERE r."{column}" = {alias}.id{of_brand})')
    return " AND ".join(conditions)
