"""Ids of SKUs, and whether a category or a style exists: what other apps ask before they apply rules to goods."""

from inventory.models import Category, Sku, Style


def sku_ids_of_brand(brand_id: int) -> list[int]:
    """All SKUs of a brand, in stock or not."""
    return list(Sku.objects.filter(brand_id=brand_id).values_list("pk", flat=True))


def sku_ids_in_stock(brand_id: int | None = None) -> list[int]:
    """SKUs of which units are on hand, of one brand or of all."""
    rows = Sku.objects.filter(on_hand__gt=0)
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    return list(rows.values_list("pk", flat=True))


def category_exists(category_id: int) -> bool:
    return Category.objects.filter(pk=category_id).exists()


def style_exists(style_id: int, *, brand_id: int) -> bool:
    """Whether the brand has this style."""
    return Style.objects.filter(pk=style_id, brand_id=brand_id).exists()
