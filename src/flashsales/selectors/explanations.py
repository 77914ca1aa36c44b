"""Explanations of a price in a sale, for its brand and for a reseller. Each sees only its own side (PRICE-12)."""

from datetime import datetime

from accounts.rules import Role
from flashsales.models import Sale
from flashsales.selectors.sales import NoSuchSale
from flashsales.selectors.styles import StyleNotInSale, get_style_in_sale
from pricing.rules.explanations import ExplainedStep
from pricing.selectors.price_lists import explain_price


def explain_to_brand(*, brand_id: int, sale_id: int, sku_id: int) -> list[ExplainedStep]:
    """The steps from the tag price to what the brand is paid, and the effect of its floor on the label; the same for every tier.

    Refuses a sale of another brand, and a draft, whose prices are not frozen yet.
    """
    row = Sale.objects.filter(pk=sale_id, brand_id=brand_id, price_list__isnull=False).first()
    if row is None or row.price_list_id is None:
        raise NoSuchSale(sale_id=sale_id)
    return explain_price(list_id=row.price_list_id, sku_id=sku_id, tier=0, role=Role.BRAND)


def explain_to_reseller(
    *, sale_id: int, style_id: int, sku_id: int, tier: int, reseller_id: int, at: datetime
) -> list[ExplainedStep]:
    """The steps from the tag price to what she pays at an instant, markdown steps included. Refuses sales that she cannot see."""
    view = get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=tier, reseller_id=reseller_id, at=at)
    item = next((item for item in view.items if item.sku_id == sku_id), None)
    if item is None or view.sale.price_list_id is None:
        raise StyleNotInSale
    return explain_price(
        list_id=view.sale.price_list_id, sku_id=sku_id, tier=tier, role=Role.RESELLER, paid_fen=item.price_fen
    )
