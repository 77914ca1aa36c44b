"""Who issues invoices for the goods of brands (INVOICE-3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from invoices.models import IssuerTerms
from invoices.rules.states import Issuer


@dataclass(frozen=True, slots=True)
class IssuerTermsView:
    """Who issues for the goods of a brand; `entered_by` is "" where nobody has entered anything and the brand issues."""

    brand_id: int
    issuer: Issuer
    entered_by: str
    entered_at: datetime | None


def get_issuer_terms(brand_id: int) -> IssuerTermsView:
    row = IssuerTerms.objects.select_related("entered_by").filter(brand_id=brand_id).order_by("-pk").first()
    if row is None:
        return IssuerTermsView(brand_id, Issuer.BRAND, "", None)
    return IssuerTermsView(brand_id, Issuer(row.issuer), row.entered_by.name, row.entered_at)


def issuers_of(brand_ids: Collection[int]) -> dict[int, int | None]:
    """For each brand the brand that issues for its goods, or None for the platform."""
    latest = IssuerTerms.objects.filter(brand_id__any_of=brand_ids).order_by("brand_id", "-pk").distinct("brand_id")
    chosen = dict(latest.values_list("brand_id", "issuer"))
    return {each: None if chosen.get(each) == Issuer.PLATFORM.value else each for each in brand_ids}
