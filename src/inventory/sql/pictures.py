"""The pictures of styles."""

from collections.abc import Collection
from dataclasses import dataclass

from db import sql

# A cover from before styles had several pictures has no row of its own.
_PICTURES = """
WITH shown AS (
    SELECT p.style_id, p.sha256, p.colour, p.source, p.has_logo, p.position, p.id
    FROM inventory_stylepicture p WHERE p.style_id = ANY(%(style_ids)s)
    UNION ALL
    SELECT y.id, y.picture, '', 'workbook', false, 0, 0 FROM inventory_style y
    WHERE y.id = ANY(%(style_ids)s) AND y.picture <> ''
      AND NOT EXISTS (SELECT FROM inventory_stylepicture p WHERE p.style_id = y.id AND p.sha256 = y.picture)
)
SELECT shown.style_id, shown.sha256, shown.colour, shown.source, shown.has_logo, y.picture = shown.sha256 AS is_cover,
       coalesce(stored.width > 0, false) AS ready
FROM shown JOIN inventory_style y ON y.id = shown.style_id LEFT JOIN inventory_picture stored ON stored.sha256 = shown.sha256
WHERE NOT (shown.has_logo AND %(without_logos)s)
ORDER BY shown.style_id, is_cover DESC, shown.position, shown.id
"""


@dataclass(frozen=True, slots=True)
class StylePictureView:
    """A picture of a style. `ready` is whether its web sizes are there."""

    style_id: int
    sha256: str
    colour: str
    source: str
    has_logo: bool
    is_cover: bool
    ready: bool


def find_pictures(*, style_ids: Collection[int], without_logos: bool) -> list[StylePictureView]:
    """The pictures of these styles, style by style, the cover first."""
    return sql.fetch(StylePictureView, _PICTURES, {"style_ids": sorted(style_ids), "without_logos": without_logos})
