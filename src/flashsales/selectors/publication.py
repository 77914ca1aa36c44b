"""What ops should know of a draft before it is published."""

from datetime import datetime

from flashsales.models import Sale, SaleItem
from flashsales.rules import SaleState
from flashsales.selectors.sales import NoSuchSale
from pricing.rules.terms import SaleTerms
from pricing.selectors.effects import PublicationCheck, check_publication


def publication_check(sale_id: int, *, at: datetime) -> PublicationCheck | None:
    """SKUs whose label only a discount cuts, floors that begin during the sale, tiers that a price ending makes equal (PRICE-14).

    None for a sale that is no draft, and for a draft without items.
    """
    row = Sale.objects.filter(pk=sale_id).first()
    if row is None:
        raise NoSuchSale(sale_id=sale_id)
    sku_ids = list(SaleItem.objects.filter(sale=row).values_list("sku_id", flat=True))
    if row.state != SaleState.DRAFT.value or not sku_ids:
        return None
    return check_publication(
        sku_ids=sku_ids,
        terms=SaleTerms.from_json(row.terms),
        brand_id=row.brand_id,
        starts_at=max(row.starts_at, at),
        ends_at=row.ends_at,
    )
