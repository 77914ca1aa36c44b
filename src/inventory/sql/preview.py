"""Writing the preview of an upload: styles, ranges of ids, price jumps, and removing an earlier preview."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from db import sql

COPY_ROWS = 2000
_NEVER_NULL = {
    "sheet",
    "col",
    "colour",
    "name",
    "season",
    "gender",
    "picture",
    "defects",
    "fabric",
    "origin",
    "selling_point",
}

_STYLES_BY_NUMBER = """
SELECT f.n, t.id, t.name, t.category_id, t.season, t.year, t.gender, t.picture, t.defects,
       t.fabric, t.origin, t.selling_point,
       ARRAY(SELECT sha256::text FROM inventory_stylepicture p WHERE p.style_id = t.id) AS known_pictures
FROM unnest(%(style_numbers)s::text[]) WITH ORDINALITY f(style_no, n)
JOIN inventory_style t ON t.brand_id = %(brand_id)s AND upper(t.style_no) = upper(f.style_no)
"""

_CATALOGUE_BASELINES = """
SELECT t.category_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY s.tag_price_fen) AS tag,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY s.base_price_fen) AS base
FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id AND t.brand_id = s.brand_id
WHERE s.brand_id = %(brand_id)s AND s.listed
GROUP BY 1 HAVING count(*) >= %(min_skus)s
"""

_TAG_IS_FAR = "(c.tag_price_fen >= u.tag * %(factor)s OR c.tag_price_fen * %(factor)s <= u.tag)"
_BASE_IS_FAR = "(c.base_price_fen >= u.base * %(factor)s OR c.base_price_fen * %(factor)s <= u.base)"
_FLAG_PRICE_JUMPS = f"""
UPDATE inventory_uploadchange c
SET price_jump = CASE WHEN {_TAG_IS_FAR} THEN 'tag' ELSE 'base' END,
    baseline_fen = CASE WHEN {_TAG_IS_FAR} THEN u.tag ELSE u.base END
FROM unnest(%(style_ids)s::bigint[], %(tag_baselines)s::bigint[], %(base_baselines)s::bigint[]) AS u(style_id, tag, base)
WHERE c.id BETWEEN %(changes_from)s AND %(changes_to)s AND c.upload_id = %(upload_id)s AND c.kind = 'added' AND u.style_id = c.style_id
  AND ({_TAG_IS_FAR} OR {_BASE_IS_FAR})
"""  # noqa: S608

# A picture stays while a style names it, the preview of an upload does, or an undo would name it again.
_DELETE_UNUSED_PICTURES = """
DELETE FROM inventory_picture p WHERE p.stored_at <= %(before)s
  AND NOT EXISTS (SELECT FROM inventory_style s WHERE s.picture = p.sha256)
  AND NOT EXISTS (SELECT FROM inventory_stylepicture s WHERE s.sha256 = p.sha256)
  AND NOT EXISTS (SELECT FROM inventory_uploadstyle u WHERE u.picture = p.sha256)
  AND p.sha256 NOT IN (
      SELECT pair->>1 FROM inventory_uploadstyle u, jsonb_array_elements(u.pictures) pair WHERE pair->>1 IS NOT NULL)
  AND NOT EXISTS (SELECT FROM inventory_uploadstyle u WHERE u.old->>'picture' = p.sha256)
"""


@dataclass(frozen=True, slots=True)
class CatalogueStyle:
    """A style of the catalogue that a file names: `n` is the place of its number in the file, from 1."""

    n: int
    id: int
    name: str
    category_id: int | None
    season: str
    year: int | None
    gender: str
    picture: str
    defects: str
    fabric: str
    origin: str
    selling_point: str
    known_pictures: list[str]


@dataclass(frozen=True, slots=True)
class CategoryBaseline:
    """The median prices of a category in the catalogue of a brand, in fen."""

    category_id: int | None
    tag: int
    base: int


def delete_preview(*, upload_id: int, changes_from: int, changes_to: int) -> None:
    """Delete all rows of an upload's preview."""
    parameters = {"upload_id": upload_id, "changes_from": changes_from, "changes_to": changes_to}
    sql.execute(
        """
        DELETE FROM inventory_uploadchange
        WHERE id BETWEEN %(changes_from)s AND %(changes_to)s AND upload_id = %(upload_id)s
        """,
        parameters,
    )
    sql.execute("DELETE FROM inventory_uploadstyle WHERE upload_id = %(upload_id)s", parameters)
    sql.execute("DELETE FROM inventory_uploadsizechart WHERE upload_id = %(upload_id)s", parameters)
    sql.execute("DELETE FROM inventory_uploadfault WHERE upload_id = %(upload_id)s", parameters)


def plan_for_large_sets() -> None:
    """For this transaction: sort and hash in memory, and join by hashing.

    Nothing is known of how a file meets the catalogue. The planner would guess one row, or billions of pairs, and go through them one by
    one or sort them.
    """
    sql.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_mergejoin = off; SET LOCAL enable_nestloop = off", {})


def next_change_id() -> int:
    """An id of the list of changes that no row will have: rows that this session wrote before have lower ones, later rows higher ones.

    A session draws ids by the thousand, so the lists of other uploads may lie between two of these.
    """
    return int(sql.value("SELECT nextval('inventory_uploadchange_id_seq')", {}))


def next_style_ids(*, count: int) -> list[int]:
    return sql.column("SELECT nextval('inventory_style_id_seq') FROM generate_series(1, %(count)s)", {"count": count})


def styles_by_number(*, brand_id: int, style_numbers: Sequence[str]) -> list[CatalogueStyle]:
    """The brand's styles with these numbers in any letter case; `n` is the place of the number, from 1."""
    return sql.fetch(CatalogueStyle, _STYLES_BY_NUMBER, {"brand_id": brand_id, "style_numbers": list(style_numbers)})


def catalogue_baselines(*, brand_id: int, min_skus: int) -> list[CategoryBaseline]:
    """The median prices of each category with at least `min_skus` listed SKUs."""
    return sql.fetch(CategoryBaseline, _CATALOGUE_BASELINES, {"brand_id": brand_id, "min_skus": min_skus})


def flag_price_jumps(
    *,
    upload_id: int,
    changes_from: int,
    changes_to: int,
    factor: int,
    style_ids: Sequence[int],
    tag_baselines: Sequence[int],
    base_baselines: Sequence[int],
) -> int:
    """Flag the added SKUs whose price is `factor` times the baseline of their style, or less than that part of it; returns how many."""
    parameters = {
        "upload_id": upload_id,
        "changes_from": changes_from,
        "changes_to": changes_to,
        "factor": factor,
        "style_ids": list(style_ids),
        "tag_baselines": list(tag_baselines),
        "base_baselines": list(base_baselines),
    }
    return sql.execute(_FLAG_PRICE_JUMPS, parameters)


def delete_unused_pictures(*, before: datetime) -> int:
    return sql.execute(_DELETE_UNUSED_PICTURES, {"before": before})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Stream rows into a table by COPY; returns how many. In columns that are never null an empty value is an empty text."""
    count = 0
    never_null = ", ".join(sorted(_NEVER_NULL.intersection(columns)))
    force = f", FORCE_NOT_NULL ({never_null})" if never_null else ""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv{force})"
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        waiting = iter(rows)
        while chunk := list(islice(waiting, COPY_ROWS)):
            writer.writerows(chunk)
            copy.write(buffer.getvalue().replace("\x00", ""))
            buffer.seek(0)
            buffer.truncate()
            count += len(chunk)
    return count


def copy_texts(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Stream rows of few texts into a table by COPY, value by value."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([value.replace("\x00", "") if isinstance(value, str) else value for value in row])
