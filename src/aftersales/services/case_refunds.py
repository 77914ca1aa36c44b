"""The refund of a case: how much, with or without the goods, and at whose cost (AFTER-6, AFTER-7, AFTER-9, AFTER-10)."""

from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.rules import (
    BEARERS,
    CaseAction,
    CaseReason,
    Disposition,
    Party,
    RefundReason,
    default_bearer,
    default_fault,
    full_amount_fen,
    max_refund_only_fen,
    refund_parts,
)
from aftersales.selectors.cases import CaseToDecideView, NoSuchCase, get_case, get_case_terms
from aftersales.selectors.refunds import get_brand_borne_fen
from aftersales.selectors.without_goods import get_given_fen
from aftersales.services.carrier_claims import open_claim
from aftersales.services.case_steps import lock_case, record_change, require_transition, tell, transition
from aftersales.services.restocking import restock
from aftersales.services.return_freight import return_freight_of
from events.rules.kinds import EventKind
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from orders.rules.lines import UnitsAvailability
from orders.rules.refunds import NO_FREIGHT, RefundedFreight, RefundTarget
from orders.services.refund import LockedLine, NotShipped, RefundExceedsPayment, lock_line, refund_units

MAX_LIABILITY_REASON = 300


class RefundOnlyNotAllowed(Conflict):
    code = "aftersales.refund_only_not_allowed"
    zh = (
        "仅退款只用于质量、发错、破损，同一行商品几次合计有上限，现在最多还能退 ¥{max_amount}；请改为退货退款或少退一些"
    )
    en = (
        "A refund without return is for faults, wrong goods and damage, and limited for a line over all its cases: at most ¥{max_amount}"
        " can be refunded now; ask for the goods back or refund less"
    )
    max_amount_fen: int


class LiabilityReasonRequired(Invalid):
    code = "aftersales.liability_reason_required"
    zh = "责任方或承担方与默认不同，请写明原因（最多 {max_length} 个字）"
    en = "Fault or bearer are not the usual ones; give a reason of at most {max_length} characters"
    max_length: int


class InvalidBearer(Invalid):
    code = "aftersales.invalid_bearer"
    zh = "退款由品牌、平台或快递承担；由代购承担就是不退款，请拒绝"
    en = "A refund is borne by the brand, the platform or a carrier; what the reseller bears is not refunded: reject the case"


@dataclass(frozen=True, slots=True)
class Liability:
    """Who was at fault and at whose cost the refund is; None takes what is usual for the reason of the case."""

    fault: Party | None = None
    borne_by: Party | None = None
    reason: str = ""


USUAL = Liability()


def liability_of(row: Case, chosen: Liability) -> dict[str, str]:
    """The columns `fault`, `borne_by` and `liability_reason` of a case. What differs from the usual needs a reason (AFTER-10)."""
    usual = default_fault(CaseReason(row.reason))
    fault = chosen.fault or (Party(row.fault) if row.fault else usual)
    decided = Party(row.borne_by) if row.borne_by and fault.value == row.fault else default_bearer(fault)
    borne_by = chosen.borne_by or decided
    if borne_by not in BEARERS:
        raise InvalidBearer
    reason = chosen.reason.strip() or row.liability_reason
    if len(reason) > MAX_LIABILITY_REASON:
        raise LiabilityReasonRequired(max_length=MAX_LIABILITY_REASON)
    if (fault, borne_by) != (usual, default_bearer(usual)) and not reason:
        raise LiabilityReasonRequired(max_length=MAX_LIABILITY_REASON)
    return {"fault": fault.value, "borne_by": borne_by.value, "liability_reason": reason}


def refund_case(
    *,
    actor: Actor,
    case_id: int,
    action: CaseAction,
    amount_fen: int | None,
    liability: Liability,
    disposition: Disposition | None,
    now: datetime,
) -> CaseToDecideView:
    """Refund a case, once; a second call changes nothing. `amount_fen` None is the whole amount.

    REFUND counts its units as returned. REFUND_ONLY does so where the whole amount is refunded; a part of it is an allowance, and the
    units stay sold.
    """
    require_roles(actor, Role.OPS)
    line_id = Case.objects.filter(pk=case_id).values_list("line_id", flat=True).first()
    # The line is locked before the case: settling a sale also locks its lines first and reads the cases after that.
    line = lock_line(line_id) if line_id is not None else None
    if line is None:
        raise NoSuchCase(case_id=case_id)
    row = lock_case(case_id)
    if row.refund_id is not None:
        return get_case(case_id, at=now)
    whole_fen = full_amount_fen(units=row.units, price_fen=line.price_fen, refundable_fen=line.returnable_fen)
    amount_fen = whole_fen if amount_fen is None else amount_fen
    _require_refundable(row, line, action, amount_fen)
    changes: dict[str, object] = {**liability_of(row, liability)}
    is_allowance = action is CaseAction.REFUND_ONLY and amount_fen < whole_fen
    row.borne_by = str(changes["borne_by"])
    fault = Party(str(changes["fault"]))
    changes["refund"] = refund = _pay(actor, row, line, action, amount_fen, is_allowance, fault, now)
    if action is CaseAction.REFUND:
        changes["received_at"] = row.received_at or now
        if not row.disposition:  # whoever confirmed the arrival before has said where the goods are
            changes["disposition"] = restock(actor=actor, row=row, disposition=disposition, now=now)
    else:
        changes["decided_at"] = now
    transition(row, action, now, **changes)
    record_change(
        actor,
        action.value,
        row,
        now,
        units=refund.units,
        amount=format_yuan(refund.amount_fen),
        fault=row.fault,
        borne_by=row.borne_by,
        reason=row.liability_reason,
        return_freight=format_yuan(refund.return_freight_fen),
    )
    tell(EventKind.CASE_REFUNDED, row, now, refund=format_yuan(refund.amount_fen + refund.return_freight_fen))
    return get_case(case_id, at=now)


def _pay(
    actor: Actor,
    row: Case,
    line: LockedLine,
    action: CaseAction,
    amount_fen: int,
    is_allowance: bool,
    fault: Party,
    now: datetime,
) -> Refund:
    """The refund with its money, growth and payable, and with the freight of goods that came back (AFTER-22)."""
    reason = RefundReason.RETURNED if action is CaseAction.REFUND else RefundReason.REFUND_ONLY
    parts = refund_parts(
        amount_fen=amount_fen,
        borne_by=Party(row.borne_by),
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        borne_by_brand_fen=get_brand_borne_fen(row.line_id),
    )
    freight = NO_FREIGHT
    if action is CaseAction.REFUND:
        freight = return_freight_of(row, line, fault=fault, brand_refund_fen=parts.payable_fen)
    refund = Refund.objects.create(
        line_id=row.line_id,
        reason=(RefundReason.ALLOWANCE if is_allowance else reason).value,
        note=row.evidence[:300],
        units=0 if is_allowance else row.units,
        amount_fen=amount_fen,
        borne_by=row.borne_by,
        payable_fen=parts.payable_fen,
        claim_fen=parts.claim_fen,
        return_freight_fen=freight.amount_fen,
        return_freight_by=_bearer_of(freight),
        key=f"case:{row.pk}",
        at=now,
        person_id=actor.person_id,
    )
    open_claim(refund)
    refund_units(
        actor=actor,
        line_id=row.line_id,
        units=refund.units,
        parts=parts,
        availability=UnitsAvailability.SHIPPED,
        refund_id=refund.pk,
        freight=freight,
        target=RefundTarget(row.refund_to),
        now=now,
    )
    return refund


def _bearer_of(freight: RefundedFreight) -> str:
    if not freight.amount_fen:
        return ""
    return (Party.BRAND if freight.brand_return_fen else Party.PLATFORM).value


def _require_refundable(row: Case, line: LockedLine, action: CaseAction, amount_fen: int) -> None:
    if line.shipped_at is None:
        # Cases are opened for shipped lines only. A row that contradicts this is not refunded.
        raise NotShipped
    require_transition(row, action)
    limit_fen = min(row.units * line.price_fen, line.returnable_fen)
    if not 0 < amount_fen <= limit_fen:
        raise RefundExceedsPayment(refundable_fen=limit_fen)
    if action is CaseAction.REFUND_ONLY:
        most_fen = max_refund_only_fen(
            reason=CaseReason(row.reason),
            amount_fen=limit_fen,
            terms=get_case_terms(),
            given_fen=get_given_fen(row.line_id),
        )
        if amount_fen > most_fen:
            raise RefundOnlyNotAllowed(max_amount_fen=most_fen)
