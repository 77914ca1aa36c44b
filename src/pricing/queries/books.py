"""What must hold in the books of pricing: every frozen list recomputes to the same fen (invariant 3: orders stand on frozen prices)."""

from collections.abc import Iterator

from kernel.books import Breach
from pricing.models import PriceList, PriceListItem, PriceListRow
from pricing.queries.lists import findings_of
from pricing.rules import TIERS, ListTerms, Quote, quotes_of

BATCH = 2000


def breaches() -> list[Breach]:
    """Every row of a frozen list that the law does not recompute from what the list kept, and every row that is missing."""
    return [breach for row in PriceList.objects.order_by("id") for breach in _of_list(row)]


def _of_list(frozen: PriceList) -> Iterator[Breach]:
    terms = ListTerms.from_json(frozen.terms["resolved"])
    items = PriceListItem.objects.filter(price_list=frozen).order_by("sku_id")
    rows = PriceListRow.objects.filter(price_list=frozen).order_by("sku_id", "tier").iterator(BATCH)
    row = next(rows, None)
    priced = excluded = 0
    for item in items.iterator(BATCH):
        own: list[PriceListRow] = []
        while row is not None and row.sku_id <= item.sku_id:
            if row.sku_id < item.sku_id:
                yield Breach(3, "pricing_pricelistrow", row.pk, "is a price of goods that the list knows nothing of")
            else:
                own.append(row)
            row = next(rows, None)
        excluded += item.excluded
        priced += not item.excluded
        yield from _of_item(item, own, terms)
    while row is not None:
        yield Breach(3, "pricing_pricelistrow", row.pk, "is a price of goods that the list knows nothing of")
        row = next(rows, None)
    if (frozen.priced, frozen.excluded) != (priced, excluded):
        yield Breach(3, "pricing_pricelist", frozen.pk, f"says {frozen.priced} goods are priced, {priced} are")


def _of_item(item: PriceListItem, rows: list[PriceListRow], terms: ListTerms) -> Iterator[Breach]:
    expected = [] if item.excluded else list(range(TIERS))
    if [row.tier for row in rows] != expected:
        yield Breach(
            3, "pricing_pricelistitem", item.pk, f"has prices for tiers {[row.tier for row in rows]}, not {expected}"
        )
        return
    for row, quote in zip(rows, quotes_of(findings_of(item), terms), strict=False):
        if _figures(row) != _lawful(quote, item):
            what = f"{row.wholesale_fen} fen ({row.labelling}) does not recompute: the law gives {quote.wholesale_fen} ({quote.labelling})"
            yield Breach(3, "pricing_pricelistrow", row.pk, what)


def _figures(row: PriceListRow) -> tuple[object, ...]:
    return (
        row.wholesale_fen,
        row.labelling,
        row.retail_floor_fen,
        row.lowest_fen,
        row.brand_payable_fen,
        row.commission_fen,
        row.tag_price_fen,
        row.base_price_fen,
        False,
    )


def _lawful(quote: Quote, item: PriceListItem) -> tuple[object, ...]:
    return (
        quote.wholesale_fen,
        quote.labelling.value,
        quote.retail_floor_fen,
        quote.lowest_fen,
        quote.brand_payable_fen,
        quote.commission_fen,
        item.tag_price_fen,
        item.base_price_fen,
        quote.excluded or quote.broken is not None,
    )
