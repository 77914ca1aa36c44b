"""How a brand is settled, by its contract: by sale, month or delivery date (SETTLE-9)."""

from datetime import date, datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from db.transactions import atomic_with_retry
from kernel.period import shanghai_date
from kernel.refusal import Invalid
from settlement.models import SettlementTerms
from settlement.rules.periods import StatementKind, TermsFrom
from settlement.selectors.terms import list_terms


class TermsInThePast(Invalid):
    code = "settlement.terms_in_the_past"
    zh = "结算方式最早从明天起改：已经结束的专场不变"
    en = "Terms begin tomorrow at the earliest: sales that have ended stay as they are"


@atomic_with_retry
def enter_terms(*, actor: Actor, brand_id: int, kind: StatementKind, from_date: date, now: datetime) -> list[TermsFrom]:
    """Settle sales that end on a future day or later in this way. Terms that were entered for the same day are replaced."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    get_brand(brand_id)
    if from_date <= shanghai_date(now):
        raise TermsInThePast
    entered = {"kind": kind.value, "entered_by_id": actor.own_id, "entered_at": now}
    SettlementTerms.objects.update_or_create(brand_id=brand_id, from_date=from_date, defaults=entered)
    details = {"settled_by": kind.value, "from_date": from_date.isoformat()}
    record(actor=actor, action="settlement.enter_terms", kind="brand", subject_id=brand_id, details=details, now=now)
    return list_terms(brand_id)
