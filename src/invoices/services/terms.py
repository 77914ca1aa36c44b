"""Who issues invoices for the goods of a brand: the brand, or by its contract the platform (INVOICE-3)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from db.transactions import atomic_with_retry
from invoices.models import IssuerTerms
from invoices.rules.states import Issuer
from invoices.selectors.terms import IssuerTermsView, get_issuer_terms


@atomic_with_retry
def set_issuer(*, actor: Actor, brand_id: int, issuer: Issuer, now: datetime) -> IssuerTermsView:
    """Say who issues for the goods of a brand from now on. Requests that were made keep their issuer; the same again changes nothing."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    get_brand(brand_id)
    before = get_issuer_terms(brand_id)
    if before.issuer is issuer:
        return before
    IssuerTerms.objects.create(brand_id=brand_id, issuer=issuer.value, entered_by_id=actor.own_id, entered_at=now)
    details = {"issuer": issuer.value}
    record(actor=actor, action="invoices.set_issuer", kind="brand", subject_id=brand_id, details=details, now=now)
    return get_issuer_terms(brand_id)
