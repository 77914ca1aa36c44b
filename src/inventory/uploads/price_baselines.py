"""Prices of new goods far from what goods of their category cost (STOCK-6).

The baseline is the brand's own catalogue, or the file itself where the brand has no SKUs yet. Where no price is far from its
baseline, as in most files, nothing is written.
"""

from collections import Counter
from typing import Any, NamedTuple

from django.conf import settings

from db import sql
from imports.stock_sheet.rows import Rows
from inventory.models import Sku
from inventory.rules import is_far, norm_of
from inventory.uploads.validate import FileStyle

_Category = int | None


class Norms(NamedTuple):
    """What goods of one category usually cost, in fen."""

    tag: int
    base: int


class _Prices(NamedTuple):
    """How many goods of one category ask each price, in fen."""

    tag: Counter[int]
    base: Counter[int]

    def any_far_from(self, norms: Norms, times: int) -> bool:
        return any(is_far(p, norms.tag, times) for p in self.tag) or any(
            is_far(p, norms.base, times) for p in self.base
        )


_NORMS_OF_BOOK = """
SELECT t.category_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY s.tag_price_fen) AS tag,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY s.base_price_fen) AS base
FROM inventory_sku s JOIN inventory_style t ON t.id = s.style_id AND t.brand_id = s.brand_id
WHERE s.brand_id = %(brand)s AND s.listed
GROUP BY 1 HAVING count(*) >= %(least)s
"""

_MARK = """
UPDATE inventory_uploadchange c
SET jump = CASE WHEN c.tag_price_fen >= u.tag * %(norm)s OR c.tag_price_fen * %(norm)s <= u.tag THEN 'tag' ELSE 'base' END,
    norm_fen = CASE WHEN c.tag_price_fen >= u.tag * %(norm)s OR c.tag_price_fen * %(norm)s <= u.tag THEN u.tag ELSE u.base END
FROM unnest(%(styles)s::bigint[], %(tags)s::bigint[], %(bases)s::bigint[]) AS u(style_id, tag, base)
WHERE c.id BETWEEN %(first)s AND %(last)s AND c.upload_id = %(upload)s AND c.kind = 'added' AND u.style_id = c.style_id
  AND (c.tag_price_fen >= u.tag * %(norm)s OR c.tag_price_fen * %(norm)s <= u.tag
       OR c.base_price_fen >= u.base * %(norm)s OR c.base_price_fen * %(norm)s <= u.base)
"""


def mark_jumps(rows: Rows, style_of: dict[str, FileStyle], refused: set[int], parameters: dict[str, Any]) -> int:
    """Mark the new goods whose prices jump, in the list of what the upload changes; gives how many.

    `refused` are the rows that are not in that list, `parameters`: upload, brand, first and last (between these ids the list lies).
    """
    categories = {style_no: _category(style) for style_no, style in style_of.items()}
    prices = _prices_of_file(rows, categories, refused)
    norms = norms_of_book(parameters["brand"])
    if norms is None:
        norms = {
            category: Norms(norm_of(asked.tag), norm_of(asked.base))
            for category, asked in prices.items()
            if asked.tag.total() >= settings.MIN_FOR_BASELINE
        }
    times = settings.NORM_PRICE_JUMP
    far = {
        category
        for category, norm in norms.items()
        if category in prices and prices[category].any_far_from(norm, times)
    }
    if not far:
        return 0
    measured = {style.id: norms[category] for style in style_of.values() if (category := _category(style)) in far}
    arrays = {
        "styles": list(measured),
        "tags": [norm.tag for norm in measured.values()],
        "bases": [norm.base for norm in measured.values()],
    }
    return sql.execute(_MARK, parameters | arrays | {"norm": times})


def norms_of_book(brand_id: int) -> dict[_Category, Norms] | None:
    """What the brand's listed goods cost, by category where there are enough of them; None where it has none at all."""
    if not Sku.objects.filter(brand_id=brand_id, listed=True).exists():
        return None
    found = sql.rows(_NORMS_OF_BOOK, {"brand": brand_id, "least": settings.MIN_FOR_BASELINE})
    return {row["category_id"]: Norms(row["tag"], row["base"]) for row in found}


def _category(style: FileStyle) -> _Category:
    """That which the style has, or will have once the upload has landed."""
    return style.said.get("category_id") or (style.book["category_id"] if style.book else None)


def _prices_of_file(rows: Rows, categories: dict[str, _Category], refused: set[int]) -> dict[_Category, _Prices]:
    columns = rows.columns
    found: dict[_Category, _Prices] = {}
    goods = zip(
        map(categories.__getitem__, columns["style_no"]),
        columns["tag_price_fen"],
        columns["base_price_fen"],
        strict=True,
    )
    asked = Counter(goods)
    for n in refused:
        style_no, tag, base = (columns[name][n] for name in ("style_no", "tag_price_fen", "base_price_fen"))
        asked[categories[style_no], tag, base] -= 1
    for (category, tag, base), times in (+asked).items():
        of_category = found.setdefault(category, _Prices(Counter(), Counter()))
        of_category.tag[tag] += times
        of_category.base[base] += times
    return found
