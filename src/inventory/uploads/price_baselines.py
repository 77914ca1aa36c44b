"""Prices of new SKUs far from what SKUs of their category cost (STOCK-6).

The baseline is the brand's own catalogue, or the file itself where the brand has no SKUs yet. Where no price is far from its
baseline, as in most files, nothing is written.
"""

from collections import Counter
from typing import NamedTuple

from django.conf import settings

from imports.stock_sheet.rows import Rows
from inventory.models import Sku, Upload
from inventory.rules import is_far, median_price
from inventory.sql import preview as sql_preview
from inventory.uploads.validate import FileStyle

_CategoryId = int | None


class PriceBaseline(NamedTuple):
    """The median prices of SKUs of one category, in fen."""

    tag: int
    base: int


class _PriceCounts(NamedTuple):
    """How many SKUs of one category have each price, in fen."""

    tag: Counter[int]
    base: Counter[int]

    def has_far_price(self, baseline: PriceBaseline, factor: int) -> bool:
        return any(is_far(price, baseline.tag, factor) for price in self.tag) or any(
            is_far(price, baseline.base, factor) for price in self.base
        )


def flag_price_jumps(
    rows: Rows,
    styles_by_number: dict[str, FileStyle],
    refused: set[int],
    upload: Upload,
    *,
    changes_from: int,
    changes_to: int,
) -> int:
    """Flag the added SKUs of the upload whose prices are far from the baseline; returns how many.

    `refused` are the places of rows that are not in the list of changes, which lies between the ids `changes_from` and `changes_to`.
    """
    categories = {style_no: _category_id(style) for style_no, style in styles_by_number.items()}
    prices = _prices_of_file(rows, categories, refused)
    baselines = catalogue_baselines(upload.brand_id)
    if baselines is None:
        baselines = {
            category: PriceBaseline(median_price(counts.tag), median_price(counts.base))
            for category, counts in prices.items()
            if counts.tag.total() >= settings.MIN_FOR_BASELINE
        }
    factor = settings.NORM_PRICE_JUMP
    far = {
        category
        for category, baseline in baselines.items()
        if category in prices and prices[category].has_far_price(baseline, factor)
    }
    if not far:
        return 0
    compared = {
        style.id: baselines[category] for style in styles_by_number.values() if (category := _category_id(style)) in far
    }
    return sql_preview.flag_price_jumps(
        upload_id=upload.pk,
        changes_from=changes_from,
        changes_to=changes_to,
        factor=factor,
        style_ids=list(compared),
        tag_baselines=[baseline.tag for baseline in compared.values()],
        base_baselines=[baseline.base for baseline in compared.values()],
    )


def catalogue_baselines(brand_id: int) -> dict[_CategoryId, PriceBaseline] | None:
    """The baselines of the brand's listed SKUs, for categories with enough of them; None where the brand has no listed SKU."""
    if not Sku.objects.filter(brand_id=brand_id, listed=True).exists():
        return None
    found = sql_preview.catalogue_baselines(brand_id=brand_id, min_skus=settings.MIN_FOR_BASELINE)
    return {each.category_id: PriceBaseline(each.tag, each.base) for each in found}


def _category_id(style: FileStyle) -> _CategoryId:
    """The category that the style has, or will have once the upload is applied."""
    return style.values.get("category_id") or (style.present["category_id"] if style.present else None)


def _prices_of_file(
    rows: Rows, categories: dict[str, _CategoryId], refused: set[int]
) -> dict[_CategoryId, _PriceCounts]:
    columns = rows.columns
    prices: dict[_CategoryId, _PriceCounts] = {}
    counts = Counter(
        zip(
            map(categories.__getitem__, columns["style_no"]),
            columns["tag_price_fen"],
            columns["base_price_fen"],
            strict=True,
        )
    )
    for n in refused:
        style_no, tag, base = (columns[name][n] for name in ("style_no", "tag_price_fen", "base_price_fen"))
        counts[categories[style_no], tag, base] -= 1
    for (category, tag, base), count in (+counts).items():
        of_category = prices.setdefault(category, _PriceCounts(Counter(), Counter()))
        of_category.tag[tag] += count
        of_category.base[base] += count
    return prices
