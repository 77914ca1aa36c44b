"""The freight terms of brands and sales (SALE-18)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from flashsales.models import Sale, SaleFreightTerms
from flashsales.rules import Phase
from flashsales.rules.freight import FREE, FreightTerms, ProvinceSurcharge
from flashsales.selectors.sales import NoSuchSale, get_sale

FREIGHT_TERMS = """(
    SELECT s.id AS sale_id, f.first_fen, f.further_fen, f.free_from_fen, f.free_from_units, f.surcharges, f.no_delivery
    FROM flashsales_sale s JOIN flashsales_salefreightterms f ON f.id = s.freight_terms_id
)"""
"""The frozen terms of every published sale that has some, for the checks of other apps. To stand after FROM or JOIN."""


@dataclass(frozen=True, slots=True)
class EnteredFreightTerms:
    """Terms as somebody entered them; `entered_by` is None for rows of the service itself."""

    terms: FreightTerms
    entered_at: datetime
    entered_by: str | None


@dataclass(frozen=True, slots=True)
class SaleFreightView:
    """The terms of a sale: those in force (of a draft, those that its publication would freeze), and those of its brand.

    `are_own`: ops entered them for this sale. `are_frozen`: it is published, and they do not change any more.
    """

    terms: FreightTerms
    brand_terms: FreightTerms
    are_own: bool
    are_frozen: bool


def freight_terms_of(row: SaleFreightTerms | None) -> FreightTerms:
    """The terms in a row; without one, shipping is free."""
    if row is None:
        return FREE
    surcharges = tuple(ProvinceSurcharge(**each) for each in row.surcharges)
    return view_of(FreightTerms, row, surcharges=surcharges, no_delivery=tuple(row.no_delivery))


def find_row_in_force(sale: Sale) -> SaleFreightTerms | None:
    """The row of which the publication of a sale freezes the terms: its own, else the latest of its brand."""
    own = SaleFreightTerms.objects.filter(for_sale=sale).first()
    if own is not None:
        return own
    return SaleFreightTerms.objects.filter(brand_id=sale.brand_id, for_sale=None).order_by("-pk").first()


def get_brand_freight(brand_id: int) -> FreightTerms:
    """What sales of a brand freeze now, where ops have entered nothing else for them."""
    return freight_terms_of(SaleFreightTerms.objects.filter(brand_id=brand_id, for_sale=None).order_by("-pk").first())


def list_brand_freight(brand_id: int, *, limit: int = 20) -> list[EnteredFreightTerms]:
    """The terms that were entered for a brand, the latest first."""
    rows = SaleFreightTerms.objects.filter(brand_id=brand_id, for_sale=None).select_related("entered_by")
    return [
        EnteredFreightTerms(freight_terms_of(row), row.entered_at, row.entered_by.name if row.entered_by else None)
        for row in rows.order_by("-pk")[:limit]
    ]


def get_sale_freight(sale_id: int) -> SaleFreightView:
    """The terms of a sale that exists."""
    sale = Sale.objects.select_related("freight_terms").get(pk=sale_id)
    is_frozen = sale.published_at is not None
    row = sale.freight_terms if is_frozen else find_row_in_force(sale)
    return SaleFreightView(
        terms=freight_terms_of(row),
        brand_terms=get_brand_freight(sale.brand_id),
        are_own=row is not None and row.for_sale_id == sale_id,
        are_frozen=is_frozen,
    )


def get_freight_of_open_sale(sale_id: int, *, at: datetime) -> FreightTerms:
    """The terms of a sale that resellers see: from its preview on."""
    view = get_sale(sale_id, at=at)
    if view.phase not in (Phase.PREVIEW, Phase.LIVE, Phase.ENDED):
        raise NoSuchSale(sale_id=sale_id)
    return get_freight_of_sales([sale_id])[sale_id]


def get_freight_of_sales(sale_ids: Collection[int]) -> dict[int, FreightTerms]:
    """The frozen terms of published sales, by the id of the sale; one statement."""
    rows = Sale.objects.filter(pk__in=sale_ids).select_related("freight_terms")
    return {row.pk: freight_terms_of(row.freight_terms) for row in rows}
