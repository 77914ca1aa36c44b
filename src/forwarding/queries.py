"""Reads of retail prices."""

from forwarding.models import RetailPrice


def retail_prices(*, reseller_id: int, sale_id: int) -> dict[int, int]:
    """Her retail prices of a sale in fen, by style."""
    rows = RetailPrice.objects.filter(reseller_id=reseller_id, sale_id=sale_id)
    return dict(rows.values_list("style_id", "price_fen"))


def retail_price_fen(*, reseller_id: int, sale_id: int, style_id: int) -> int | None:
    return retail_prices(reseller_id=reseller_id, sale_id=sale_id).get(style_id)
