"""Cases 售后单: a reseller asks to return shipped units, ops decide, and the case ends with a refund or without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from aftersales.models.cases import Case, CasePhoto
from aftersales.rules import (
    CaseAction,
    CaseReason,
    CaseState,
    Disposition,
    Returnability,
    accepted_reasons,
    is_return,
    next_deadline,
    requires_evidence,
    returnability,
)
from aftersales.selectors.cases import (
    BrandCaseView,
    CaseToDecideView,
    CaseView,
    NoSuchCase,
    count_units_in_open_cases,
    get_brand_case,
    get_case,
    get_case_terms,
    get_own_case,
)
from aftersales.services.case_refunds import USUAL, Liability, liability_of, refund_case
from aftersales.services.case_steps import (
    InvalidCaseTransition,
    expire_cases,
    lock_case,
    record_change,
    require_transition,
    tell,
    transition,
)
from aftersales.services.photos import lock_own_photos
from aftersales.services.refunds import MAX_KEY, NoSuchOrderLine
from aftersales.services.restocking import restock
from aftersales.sql import is_line_settled
from brands.selectors.brands import NoSuchBrand, get_return_address, require_staff
from brands.services import lock_brand_for_case
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from jobs.batches import run_each
from kernel.refusal import Conflict, Invalid, require_key, require_reason, require_tracking
from membership.selectors.people import require_reseller
from orders.rules.refunds import RefundTarget
from orders.selectors.orders import get_own_order
from orders.services.refund import LockedLine, NothingToRefund, lock_line

MAX_EVIDENCE = 1000
MAX_BULK_KEY = 40
"""With the id of a line behind it, a key of many cases fits into the key of one."""
MAX_DECISION = 300
MAX_RETURN_ADDRESS = 200
_NOT_RETURNABLE_ZH = {
    Returnability.NOT_PAID: "订单未付款",
    Returnability.NOT_SHIPPED: "还没发货，可联系平台办理未发货退款",
    Returnability.TOO_LATE: "售后期已过",
    Returnability.NOTHING_LEFT: "没有可退的件数",
}
_NOT_RETURNABLE_EN = {
    Returnability.NOT_PAID: "the order is not paid",
    Returnability.NOT_SHIPPED: "it is not shipped; ask the platform for a refund before shipping",
    Returnability.TOO_LATE: "the after-sales window is over",
    Returnability.NOTHING_LEFT: "no units are left to return",
}


class NotReturnable(Conflict):
    code = "aftersales.not_returnable"
    zh = "这一行现在不能申请售后：{why_zh}"
    en = "This line cannot be returned now: {why_en}"
    why: str
    why_zh: str
    why_en: str


class ReasonNotAccepted(Conflict):
    code = "aftersales.reason_not_accepted"
    zh = "{style_no} 是剪标商品，不接受「不想要了」退货；质量问题、发错货、运输损坏可以退"
    en = "{style_no} was sold with its label cut: it comes back for a fault, wrong goods or damage, not because it is no longer wanted"
    style_no: str
    reason: str


class InvalidEvidence(Invalid):
    code = "aftersales.invalid_evidence"
    zh = "请写明问题（最多 {max_length} 个字）或传照片"
    en = "Say what is wrong, in at most {max_length} characters, or send photos of it"
    max_length: int


class InvalidCaseLines(Invalid):
    code = "aftersales.invalid_case_lines"
    zh = "请选择有问题的商品，每行只能选一次"
    en = "Choose the lines that something is wrong with, each once"


class ReturnAddressRequired(Invalid):
    code = "aftersales.return_address_required"
    zh = "请写明退货地址（最多 {max_length} 个字）"
    en = "Give the address for the return, at most {max_length} characters"
    max_length: int


class NothingToSendBack(Conflict):
    code = "aftersales.nothing_to_send_back"
    zh = "售后单 {case_id} 是少件，没有货可以寄回；请仅退款或拒绝"
    en = "Case {case_id} is about missing goods: nothing can be sent back; refund it or reject it"
    case_id: int


class CaseKeyConflict(Conflict):
    code = "aftersales.case_key_conflict"
    zh = "此请求编号已用于另一张售后单（{case_id}）"
    en = "The idempotency key was used for another case ({case_id})"
    case_id: int


class SaleAlreadySettled(Conflict):
    code = "aftersales.sale_already_settled"
    zh = "该专场已与品牌结算，不能再申请售后"
    en = "The sale is settled with its brand; nothing of it can be returned any more"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Units of an order line that something is wrong with."""

    line_id: int
    units: int


@atomic_with_retry
def open_case(
    *,
    actor: Actor,
    line_id: int,
    units: int,
    reason: CaseReason,
    evidence: str,
    photo_ids: Sequence[int] = (),
    refund_to: RefundTarget = RefundTarget.AS_CHOSEN,
    key: str,
    now: datetime,
) -> CaseView:
    """A reseller asks to return units of a shipped line (AFTER-3 to AFTER-5). The same key opens one case.

    Refuses a line that is not shipped, whose window is over or of which too few units are left; goods with a cut label that are only no
    longer wanted; and a complaint without evidence: words or photos. `refund_to`: where its refund goes,
    of an order that was paid through a provider (PAY-9).
    """
    reseller = require_reseller(actor)
    require_key(key, max_length=MAX_KEY)
    case_id = _open_case(
        actor, reseller.id, CaseLine(line_id, units), reason, evidence, photo_ids, key, now, refund_to=refund_to
    )
    return get_own_case(reseller.id, case_id, at=now)


@atomic_with_retry
def open_cases(
    *,
    actor: Actor,
    order_id: int,
    lines: Sequence[CaseLine],
    reason: CaseReason,
    evidence: str,
    photo_ids: Sequence[int] = (),
    refund_to: RefundTarget = RefundTarget.AS_CHOSEN,
    key: str,
    now: datetime,
) -> list[CaseView]:
    """Open a case for each of several lines of one order, with the same reason, words and photos: all of them or none.

    The same key opens them once. Refuses what `open_case` refuses, lines of other orders, and a line that stands twice.
    """
    reseller = require_reseller(actor)
    require_key(key, max_length=MAX_BULK_KEY)
    line_ids = sorted(each.line_id for each in lines)
    of_order = {each.id for each in get_own_order(reseller.id, order_id).lines}
    if not line_ids or len(set(line_ids)) < len(line_ids):
        raise InvalidCaseLines
    if strange := [line_id for line_id in line_ids if line_id not in of_order]:
        raise NoSuchOrderLine(line_id=strange[0])
    case_ids = [
        _open_case(
            actor,
            reseller.id,
            each,
            reason,
            evidence,
            photo_ids,
            f"{key}:{each.line_id}",
            now,
            refund_to=refund_to,
        )
        for each in sorted(lines, key=lambda each: each.line_id)
    ]
    return [get_own_case(reseller.id, case_id, at=now) for case_id in case_ids]


def _open_case(
    actor: Actor,
    reseller_id: int,
    chosen: CaseLine,
    reason: CaseReason,
    evidence: str,
    photo_ids: Sequence[int],
    key: str,
    now: datetime,
    *,
    refund_to: RefundTarget,
) -> int:
    """The id of the case that is opened, or that was opened before with the key."""
    line = lock_line(chosen.line_id)
    if line is None or line.reseller_id != reseller_id:
        raise NoSuchOrderLine(line_id=chosen.line_id)
    if earlier := Case.objects.filter(reseller_id=reseller_id, key=key).first():
        if (earlier.line_id, earlier.units, earlier.reason) != (chosen.line_id, chosen.units, reason.value):
            raise CaseKeyConflict(case_id=earlier.pk)
        return earlier.pk
    evidence = evidence.strip()
    if len(evidence) > MAX_EVIDENCE or (requires_evidence(reason) and not evidence and not photo_ids):
        raise InvalidEvidence(max_length=MAX_EVIDENCE)
    expire_cases(Case.objects.filter(line_id=chosen.line_id), now)
    _require_returnable(line, chosen.line_id, chosen.units, now)
    if reason not in accepted_reasons(label_cut=line.label_cut):
        raise ReasonNotAccepted(style_no=line.style_no, reason=reason.value)
    row = Case.objects.create(
        reseller_id=reseller_id,
        brand_id=line.brand_id,
        line_id=chosen.line_id,
        key=key,
        units=chosen.units,
        reason=reason.value,
        evidence=evidence,
        refund_to=refund_to.value,
        state=CaseState.REQUESTED.value,
        requested_at=now,
        due_at=next_deadline(CaseState.REQUESTED, now, get_case_terms()),
    )
    CasePhoto.objects.bulk_create(CasePhoto(case=row, photo=each) for each in lock_own_photos(actor, photo_ids))
    record_change(actor, "open_case", row, now, reason=reason.value, units=chosen.units, photos=len(photo_ids))
    tell(EventKind.CASE_OPENED, row, now, order_id=line.order_id, goods=line.style_no, units=chosen.units)
    return row.pk


@atomic_with_retry
def approve(
    *,
    actor: Actor,
    case_id: int,
    return_address: str = "",
    note: str = "",
    liability: Liability = USUAL,
    now: datetime,
) -> CaseToDecideView:
    """Ops approve a return; the reseller has to send the goods to `return_address` before the deadline.

    Without an address it is the one that the brand has entered; a brand that has none needs one here.
    """
    require_roles(actor, Role.OPS)
    row = lock_case(case_id)
    if not is_return(CaseReason(row.reason)):
        raise NothingToSendBack(case_id=case_id)
    address = _require_address(return_address or get_return_address(row.brand_id))
    transition(
        row,
        CaseAction.APPROVE,
        now,
        return_address=address,
        decision=note.strip()[:MAX_DECISION],
        decided_at=now,
        **liability_of(row, liability),
    )
    record_change(actor, "approve", row, now, fault=row.fault, borne_by=row.borne_by, reason=row.liability_reason)
    tell(
        EventKind.CASE_DECIDED,
        row,
        now,
        decision_zh="同意退货，请按地址寄回",
        decision_en="approved, send the goods back",
    )
    return get_case(case_id, at=now)


@atomic_with_retry
def reject(*, actor: Actor, case_id: int, reason: str, now: datetime) -> CaseToDecideView:
    """Ops reject with a reason: the request, or goods that did not arrive or are not as described."""
    require_roles(actor, Role.OPS)
    row = lock_case(case_id)
    decision = require_reason(reason, max_length=MAX_DECISION)
    transition(row, CaseAction.REJECT, now, decision=decision, decided_at=now)
    record_change(actor, "reject", row, now, reason=decision)
    tell(EventKind.CASE_DECIDED, row, now, decision_zh="没有同意", decision_en="rejected")
    return get_case(case_id, at=now)


@atomic_with_retry
def send_back(*, actor: Actor, case_id: int, carrier: str, tracking_no: str, now: datetime) -> CaseView:
    """The reseller names the parcel in which the goods come back. The same parcel again changes nothing.

    Refuses after the deadline, whether or not `expire_overdue` has run.
    """
    reseller = require_reseller(actor)
    row = lock_case(case_id, reseller.id)
    carrier, tracking_no = require_tracking(carrier, tracking_no)
    if row.state == CaseState.SENT_BACK.value and (row.carrier, row.tracking_no) == (carrier, tracking_no):
        return get_own_case(reseller.id, case_id, at=now)
    if row.state == CaseState.APPROVED.value and row.due_at is not None and now >= row.due_at:
        raise InvalidCaseTransition(case_id=case_id, state=CaseState.EXPIRED.value)
    transition(row, CaseAction.SEND_BACK, now, carrier=carrier, tracking_no=tracking_no, sent_back_at=now)
    record_change(actor, "send_back", row, now, carrier=carrier, tracking_no=tracking_no)
    goods = row.line.sku.style.style_no
    tell(EventKind.CASE_SENT_BACK, row, now, goods=goods, units=row.units, carrier=carrier, tracking_no=tracking_no)
    return get_own_case(reseller.id, case_id, at=now)


@atomic_with_retry
def receive(
    *, actor: Actor, case_id: int, disposition: Disposition = Disposition.BRAND, now: datetime
) -> BrandCaseView:
    """A clerk of the brand, or ops, confirm that the goods arrived (AFTER-5). A second call changes nothing. Only ops refund.

    Whoever confirms says whether the goods are counted as stock again (AFTER-11). For a clerk of another brand the case does
    not exist. Returns what a brand may see of it.
    """
    row = lock_case(case_id)
    try:
        require_staff(actor, row.brand_id, Role.OPS)
    except NoSuchBrand as cause:
        raise NoSuchCase(case_id=case_id) from cause
    if row.state != CaseState.RECEIVED.value:
        # Before any stock moves: a case that ops have refunded may have moved it already.
        require_transition(row, CaseAction.RECEIVE)
        placed = restock(actor=actor, row=row, disposition=disposition, now=now)
        transition(row, CaseAction.RECEIVE, now, received_at=now, disposition=placed)
        record_change(actor, "receive", row, now, disposition=placed)
    return get_brand_case(row.brand_id, case_id)


@atomic_with_retry
def receive_and_refund(
    *,
    actor: Actor,
    case_id: int,
    amount_fen: int | None = None,
    liability: Liability = USUAL,
    disposition: Disposition | None = None,
    now: datetime,
) -> CaseToDecideView:
    """Ops confirm that the goods are back and refund them, once (AFTER-6). Money, growth and the brand's payable change by their part.

    `amount_fen` may be less than the whole amount, for goods that came back worn or incomplete (AFTER-9).
    """
    return refund_case(
        actor=actor,
        case_id=case_id,
        action=CaseAction.REFUND,
        amount_fen=amount_fen,
        liability=liability,
        disposition=disposition,
        now=now,
    )


@atomic_with_retry
def refund_only(
    *, actor: Actor, case_id: int, amount_fen: int | None = None, liability: Liability = USUAL, now: datetime
) -> CaseToDecideView:
    """Ops refund a complaint without the goods, whole or in part: a small amount, or any where goods are missing (AFTER-7, AFTER-9)."""
    return refund_case(
        actor=actor,
        case_id=case_id,
        action=CaseAction.REFUND_ONLY,
        amount_fen=amount_fen,
        liability=liability,
        disposition=None,
        now=now,
    )


@atomic_with_retry
def withdraw(*, actor: Actor, case_id: int, now: datetime) -> CaseView:
    """The reseller withdraws her request; refused once the goods were sent back."""
    reseller = require_reseller(actor)
    row = lock_case(case_id, reseller.id)
    transition(row, CaseAction.WITHDRAW, now)
    record_change(actor, "withdraw", row, now)
    return get_own_case(reseller.id, case_id, at=now)


def expire_overdue(*, now: datetime, limit: int = 500) -> int:
    """End approved cases whose goods were not sent back in time (AFTER-5); returns how many.

    It may run at any time, repeatedly and concurrently.
    """
    overdue = Case.objects.filter(state=CaseState.APPROVED.value, ended_at=None, due_at__lte=now).order_by("due_at")
    case_ids = list(overdue.values_list("pk", flat=True)[:limit])
    return run_each(lambda case_id: _expire_case(case_id, now), case_ids, job="aftersales.expire_overdue")


@atomic_with_retry
def _expire_case(case_id: int, now: datetime) -> int:
    return expire_cases(Case.objects.filter(pk=case_id), now)


def _require_returnable(line: LockedLine, line_id: int, units: int, now: datetime) -> None:
    returnable_units = line.returnable_units - count_units_in_open_cases(line_id)
    status = returnability(
        paid_at=line.paid_at,
        shipped_at=line.shipped_at,
        returnable_units=returnable_units,
        at=now,
        window=get_case_terms().window,
    )
    if status is not Returnability.RETURNABLE:
        raise _not_returnable(status)
    if not 0 < units <= returnable_units:
        raise NothingToRefund(refundable_units=returnable_units)
    # Sending the statement locks the brand: then it has written which lines it settles, or it will count this case.
    lock_brand_for_case(line.brand_id)
    if is_line_settled(line_id):
        raise SaleAlreadySettled


def _not_returnable(status: Returnability) -> NotReturnable:
    return NotReturnable(why=status.value, why_zh=_NOT_RETURNABLE_ZH[status], why_en=_NOT_RETURNABLE_EN[status])


def _require_address(address: str) -> str:
    address = address.strip()
    if not 0 < len(address) <= MAX_RETURN_ADDRESS:
        raise ReturnAddressRequired(max_length=MAX_RETURN_ADDRESS)
    return address
