"""SkuToPrice in the database for the tests of pricing."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal

from brands.models import Brand
from inventory.models import Category, Sku, Style

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
_count = itertools.count(1)


def brand(rate: str = "0.20") -> int:
    row = Brand.objects.create(
        name=f"price brand {next(_count)}",
        status="admitted",
        annual_sales_fen=1,
        offline_shops=1,
        deposit_required_fen=1,
        commission_rate=Decimal(rate),
        applied_at=NOW,
    )
    return row.pk


def sku(
    brand_id: int,
    *,
    tag_fen: int = 1000_00,
    base_fen: int = 300_00,
    style_no: str = "",
    category: Category | None = None,
    season: str = "冬",
    year: int | None = 2025,
    on_hand: int = 5,
) -> Sku:
    style = Style.objects.create(
        brand_id=brand_id, style_no=style_no or f"S{next(_count)}", category=category, season=season, year=year
    )
    return Sku.objects.create(
        brand_id=brand_id,
        style=style,
        colour="黑",
        size="M",
        tag_price_fen=tag_fen,
        base_price_fen=base_fen,
        on_hand=on_hand,
    )


def category_chain() -> tuple[Category, Category, Category]:
    """A root, its child, and the child's child."""
    found: list[Category] = []
    for depth in range(3):
        code = f"p{next(_count)}"
        found.append(
            Category.objects.create(code=code, name_zh=code, name_en=code, parent=found[depth - 1] if depth else None)
        )
    return found[0], found[1], found[2]
