"""Goods of a draft that nobody could order because of their quantity terms (SALE-9)."""

from dataclasses import dataclass

from flashsales.models import Sale, SaleItem
from flashsales.rules import TermsWarning, terms_warnings
from flashsales.selectors.quantities import get_terms_of_listed
from flashsales.selectors.sales import NoSuchSale


@dataclass(frozen=True, slots=True)
class StyleTermsWarning:
    """A warning about a style of a sale, with its terms in words."""

    style_id: int
    style_no: str
    terms_zh: str
    terms_en: str
    warning: TermsWarning


def list_terms_warnings(sale_id: int) -> list[StyleTermsWarning]:
    """The warnings about a sale as it is planned, by style number; three statements for any number of styles."""
    sale = Sale.objects.filter(pk=sale_id).first()
    if sale is None:
        raise NoSuchSale(sale_id=sale_id)
    rows = SaleItem.objects.filter(sale=sale).order_by("style__style_no", "style_id", "pk")
    units: dict[int, dict[tuple[str, str], int]] = {}
    numbers: dict[int, str] = {}
    for style_id, style_no, colour, size, planned in rows.values_list(
        "style_id", "style__style_no", "sku__colour", "sku__size", "planned"
    ):
        numbers[style_id] = style_no
        of_style = units.setdefault(style_id, {})
        of_style[colour, size] = of_style.get((colour, size), 0) + planned
    terms = get_terms_of_listed([(sale_id, style_id) for style_id in units])
    return [
        StyleTermsWarning(style_id, numbers[style_id], of_style.zh, of_style.en, warning)
        for (_, style_id), of_style in terms.items()
        if of_style is not None
        for warning in terms_warnings(of_style, units[style_id], sale_limit=sale.limit_units)
    ]
