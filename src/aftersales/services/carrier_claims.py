"""Claims against carriers 快递索赔 for refunds that they bear: claimed, paid, or rejected (AFTER-16)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.models.refunds import CarrierClaim, Refund
from aftersales.rules import ClaimState
from aftersales.selectors.carrier_claims import CarrierClaimView, NoSuchClaim, get_claim
from db.transactions import atomic_with_retry
from kernel.masking import hide_texts
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from ledger.rules import CARRIER_CLAIM, CLEARING, COMMISSION, EntryDraft, PostingKind
from ledger.services import post
from orders.selectors.consignments import get_last_parcel
from orders.selectors.contacts import get_contact_of_line

MAX_REFERENCE, MAX_REASON = 80, 300


class ClaimHasEnded(Conflict):
    code = "aftersales.claim_has_ended"
    zh = "索赔 {claim_id} 已结束，不能再改"
    en = "Claim {claim_id} has ended"
    claim_id: int


class InvalidClaimPayment(Invalid):
    code = "aftersales.invalid_claim_payment"
    zh = "赔款须大于 0，且不超过 ¥{amount}"
    en = "What the carrier paid is above zero and at most ¥{amount}"
    amount_fen: int


class ClaimReferenceRequired(Invalid):
    code = "aftersales.claim_reference_required"
    zh = "请填写凭证号（最多 {max_length} 个字符）"
    en = "A reference of at most {max_length} characters is needed"
    max_length: int


class ClaimReasonRequired(Invalid):
    code = "aftersales.claim_reason_required"
    zh = "请写明快递公司为什么拒赔（最多 {max_length} 个字）"
    en = "Say why the carrier rejected it, in at most {max_length} characters"
    max_length: int


def open_claim(refund: Refund) -> None:
    """Open the claim of a refund that a carrier bears; within the transaction of the refund."""
    if not refund.claim_fen:
        return
    carrier, tracking_no = get_last_parcel(refund.line_id)
    CarrierClaim.objects.create(
        refund=refund,
        state=ClaimState.OPEN.value,
        amount_fen=refund.claim_fen,
        carrier_name=carrier,
        tracking_no=tracking_no,
        opened_at=refund.at,
    )


@atomic_with_retry
def mark_claimed(*, actor: Actor, claim_id: int, reference: str, now: datetime) -> CarrierClaimView:
    """The platform has asked the carrier for the money; `reference` is the carrier's number of the claim. It may be corrected."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    row = _lock(claim_id)
    row.state, row.reference = ClaimState.CLAIMED.value, _reference(reference)
    row.claimed_at = row.claimed_at or now
    row.save(update_fields=["state", "reference", "claimed_at"])
    _record(actor, "claim_from_carrier", row, now, reference=row.reference)
    return get_claim(claim_id)


@atomic_with_retry
def record_claim_payment(
    *, actor: Actor, claim_id: int, amount_fen: int, reference: str, now: datetime
) -> CarrierClaimView:
    """Finance book what the carrier paid; what is missing of the claim, the platform bears. The same payment again changes nothing."""
    require_roles(actor, Role.FINANCE)
    row = _lock(claim_id, may_have_ended=True)
    reference = _reference(reference)
    if row.ended_at is not None:
        if (row.state, row.paid_fen, row.reference) == (ClaimState.PAID.value, amount_fen, reference):
            return get_claim(claim_id)
        raise ClaimHasEnded(claim_id=claim_id)
    if not 0 < amount_fen <= row.amount_fen:
        raise InvalidClaimPayment(amount_fen=row.amount_fen)
    _end(actor, row, ClaimState.PAID, amount_fen, reference, now)
    _record(actor, "carrier_paid_claim", row, now, amount=format_yuan(amount_fen), reference=reference)
    return get_claim(claim_id)


@atomic_with_retry
def reject_claim(*, actor: Actor, claim_id: int, reason: str, now: datetime) -> CarrierClaimView:
    """The carrier pays nothing; the platform bears the refund. A rejected claim is rejected once."""
    require_roles(actor, Role.FINANCE)
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise ClaimReasonRequired(max_length=MAX_REASON)
    row = _lock(claim_id, may_have_ended=True)
    if row.state == ClaimState.REJECTED.value:
        return get_claim(claim_id)
    if row.ended_at is not None:
        raise ClaimHasEnded(claim_id=claim_id)
    _end(actor, row, ClaimState.REJECTED, 0, row.reference, now)
    # The log outlives the contact, so a reason that repeats it is stored without it.
    secrets = get_contact_of_line(row.refund.line_id).texts
    _record(actor, "carrier_rejected_claim", row, now, reason=hide_texts(reason, secrets))
    return get_claim(claim_id)


def _end(actor: Actor, row: CarrierClaim, state: ClaimState, paid_fen: int, reference: str, now: datetime) -> None:
    """Book the end of a claim: what the carrier paid is money at the bank, the rest lowers the commission."""
    row.state, row.paid_fen, row.reference, row.ended_at = state.value, paid_fen, reference, now
    row.save(update_fields=["state", "paid_fen", "reference", "ended_at"])
    post(
        kind=PostingKind.CARRIER_CLAIM,
        key=f"carrier_claim:{row.pk}",
        cause=f"carrier_claim:{row.pk}",
        entries=[
            EntryDraft(CARRIER_CLAIM, row.amount_fen),
            EntryDraft(CLEARING, -paid_fen),
            EntryDraft(COMMISSION, paid_fen - row.amount_fen),
        ],
        actor=actor,
        now=now,
        note=reference,
    )


def _lock(claim_id: int, *, may_have_ended: bool = False) -> CarrierClaim:
    row = CarrierClaim.objects.select_for_update(of=("self",)).select_related("refund").filter(pk=claim_id).first()
    if row is None:
        raise NoSuchClaim(claim_id=claim_id)
    if row.ended_at is not None and not may_have_ended:
        raise ClaimHasEnded(claim_id=claim_id)
    return row


def _reference(text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= MAX_REFERENCE:
        raise ClaimReferenceRequired(max_length=MAX_REFERENCE)
    return text


def _record(actor: Actor, action: str, row: CarrierClaim, now: datetime, **details: str) -> None:
    record(
        actor=actor,
        action=f"aftersales.{action}",
        kind="carrier_claim",
        subject_id=row.pk,
        details=details,
        now=now,
    )
