"""Cases 售后单: what a reseller asks back after shipping, decided by ops, ended by a refund or without one."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.rules import SYSTEM, Actor, Role, require
from accounts.services.audit import record
from aftersales.models import Case, Refund
from aftersales.rules import (
    CaseAct,
    CaseReason,
    CaseState,
    RefundReason,
    Standing,
    deadline_of,
    may_refund_only,
    needs_evidence,
    reasons_for,
    standing,
    turn,
)
from aftersales.selectors.cases import (
    BrandCaseView,
    CaseView,
    NoSuchCase,
    brand_case,
    case_of_desk,
    is_settled,
    own_case,
    terms,
    units_in_open_cases,
)
from aftersales.services.refunds import MAX_KEY, NoSuchLine
from brands.selectors import NoSuchBrand, require_staff
from db.transactions import atomic_with_retry
from jobs.batches import run_each
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid, require_key, require_reason, require_tracking
from membership.selectors.people import reseller_of
from orders.rules import ConsignmentState
from orders.services.refund import LockedLine, NothingToRefund, lock_line, refund_units

MAX_EVIDENCE = 1000
MAX_WORDS = 300
MAX_ADDRESS = 200
_WHY_ZH = {
    Standing.NOT_PAID: "订单未付款",
    Standing.NOT_SHIPPED: "还没发货，可联系平台办理未发货退款",
    Standing.TOO_LATE: "售后期已过",
    Standing.NOTHING_LEFT: "没有可退的件数",
}
_WHY_EN = {
    Standing.NOT_PAID: "the order is not paid",
    Standing.NOT_SHIPPED: "it is not shipped; ask the platform for a refund before shipping",
    Standing.TOO_LATE: "the after-sales window is over",
    Standing.NOTHING_LEFT: "no units are left to return",
}


@dataclass(eq=False)
class NotReturnable(Conflict):
    code = "aftersales.not_returnable"
    zh = "这一行现在不能申请售后：{why_zh}"
    en = "This line cannot be returned now: {why_en}"
    why: str
    why_zh: str
    why_en: str


@dataclass(eq=False)
class ReasonNotAccepted(Conflict):
    code = "aftersales.reason_not_accepted"
    zh = "{style_no} 是剪标商品，不接受「不想要了」退货；质量问题、发错货、运输损坏可以退"
    en = "{style_no} was sold with its label cut: it comes back for a fault, wrong goods or damage, not because it is no longer wanted"
    style_no: str
    reason: str


@dataclass(eq=False)
class BadCase(Invalid):
    code = "aftersales.invalid_case"
    zh = "请写明问题（最多 {most} 个字）"
    en = "Say what is wrong, in at most {most} characters"
    most: int


@dataclass(eq=False)
class ReturnAddressRequired(Invalid):
    code = "aftersales.return_address_required"
    zh = "请写明退货地址（最多 {max_length} 个字）"
    en = "Give the address for the return, at most {max_length} characters"
    max_length: int


@dataclass(eq=False)
class CaseKeyConflict(Conflict):
    code = "aftersales.case_key_conflict"
    zh = "此请求编号已用于另一张售后单（{case_id}）"
    en = "The idempotency key was used for another case ({case_id})"
    case_id: int


@dataclass(eq=False)
class InvalidTransition(Conflict):
    code = "aftersales.invalid_transition"
    zh = "售后单 {case_id} 现在的状态不能这样处理，请刷新页面看看"
    en = "Case {case_id} is {state}; that cannot be done now"
    case_id: int
    state: str


@dataclass(eq=False)
class AlreadySettled(Conflict):
    code = "aftersales.already_settled"
    zh = "该专场已与品牌结算，不能再申请售后"
    en = "The sale is settled with its brand; nothing of it can be returned any more"


@dataclass(eq=False)
class NotForRefundOnly(Conflict):
    code = "aftersales.not_for_refund_only"
    zh = "仅退款只用于不超过 ¥{most} 的质量、错发或破损问题"
    en = "A refund without return is for faults, wrong goods or damage of at most ¥{most}"
    most_fen: int


@atomic_with_retry
def open_case(
    *, actor: Actor, line_id: int, units: int, reason: CaseReason, evidence: str, key: str, now: datetime
) -> CaseView:
    """A reseller asks units of her shipped line back (AFTER-3 to AFTER-5). The same key opens one case.

    Refuses, with the reason named: a line that is not shipped, whose window is over or of which too little is left; cut goods that
    are merely no longer wanted; a complaint without words.
    """
    reseller = reseller_of(actor)
    require_key(key, max_length=MAX_KEY)
    line = lock_line(line_id)
    if line is None or line.reseller_id != reseller.id:
        raise NoSuchLine(line_id=line_id)
    if earlier := Case.objects.filter(reseller_id=reseller.id, key=key).first():
        if (earlier.line_id, earlier.units, earlier.reason) != (line_id, units, reason.value):
            raise CaseKeyConflict(case_id=earlier.pk)
        return own_case(reseller.id, earlier.pk, at=now)
    evidence = evidence.strip()
    if len(evidence) > MAX_EVIDENCE or (needs_evidence(reason) and not evidence):
        raise BadCase(most=MAX_EVIDENCE)
    _lapse(Case.objects.filter(line_id=line_id), now)
    _require_returnable(line, line_id, units, now)
    if reason not in reasons_for(label_cut=line.label_cut):
        raise ReasonNotAccepted(style_no=line.style_no, reason=reason.value)
    row = Case.objects.create(
        reseller_id=reseller.id,
        brand_id=line.brand_id,
        line_id=line_id,
        key=key,
        units=units,
        reason=reason.value,
        evidence=evidence,
        state=CaseState.ASKED.value,
        asked_at=now,
        due_at=deadline_of(CaseState.ASKED, now, terms()),
    )
    _record(actor, "open_case", row, now, reason=reason.value, units=units)
    return own_case(reseller.id, row.pk, at=now)


@atomic_with_retry
def agree(*, actor: Actor, case_id: int, return_to: str, note: str = "", now: datetime) -> CaseView:
    """Ops agree; the reseller sends the goods to `return_to` within her time."""
    require(actor, Role.OPS)
    row = _locked(case_id)
    row.return_to, row.decision = _require_address(return_to), note.strip()[:MAX_WORDS]
    row.decided_at = now
    _go(row, CaseAct.AGREE, now)
    _record(actor, "agree", row, now)
    return case_of_desk(case_id, at=now)


@atomic_with_retry
def refuse(*, actor: Actor, case_id: int, reason: str, now: datetime) -> CaseView:
    """Ops refuse with a reason: what was asked, or goods that did not come back or not as they were described."""
    require(actor, Role.OPS)
    row = _locked(case_id)
    row.decision, row.decided_at = require_reason(reason, max_length=MAX_WORDS), now
    _go(row, CaseAct.REFUSE, now)
    _record(actor, "refuse", row, now, reason=row.decision)
    return case_of_desk(case_id, at=now)


@atomic_with_retry
def send_back(*, actor: Actor, case_id: int, carrier: str, tracking_no: str, now: datetime) -> CaseView:
    """The reseller says with which parcel the goods come back; the same parcel again changes nothing.

    Refuses once her time is over, by the clock, not by whether the sweep has run.
    """
    reseller = reseller_of(actor)
    row = _locked(case_id, reseller.id)
    carrier, tracking_no = require_tracking(carrier, tracking_no)
    if row.state == CaseState.SENT_BACK.value and (row.carrier, row.tracking_no) == (carrier, tracking_no):
        return own_case(reseller.id, case_id, at=now)
    if row.state == CaseState.AGREED.value and row.due_at is not None and now >= row.due_at:
        raise InvalidTransition(case_id=case_id, state=CaseState.LAPSED.value)
    row.carrier, row.tracking_no, row.sent_back_at = carrier, tracking_no, now
    _go(row, CaseAct.SEND_BACK, now)
    _record(actor, "send_back", row, now, carrier=carrier, tracking_no=tracking_no)
    return own_case(reseller.id, case_id, at=now)


@atomic_with_retry
def receive(*, actor: Actor, case_id: int, now: datetime) -> BrandCaseView:
    """The brand that the goods came back to, or ops, confirm that they arrived; ops refund (AFTER-5). Twice is once.

    To a clerk of another brand the case does not exist. Gives what a brand may see of it.
    """
    row = _locked(case_id)
    try:
        require_staff(actor, row.brand_id, Role.OPS)
    except NoSuchBrand as cause:
        raise NoSuchCase(case_id=case_id) from cause
    if row.state != CaseState.RECEIVED.value:
        row.received_at = now
        _go(row, CaseAct.RECEIVE, now)
        _record(actor, "receive", row, now)
    return brand_case(row.brand_id, case_id)


@atomic_with_retry
def receive_and_refund(*, actor: Actor, case_id: int, now: datetime) -> CaseView:
    """Ops confirm that the goods are back: money, growth and the brand's payable go back by exactly their part (AFTER-6). Once a case."""
    return _refund(actor, case_id, CaseAct.REFUND, RefundReason.RETURNED, now)


@atomic_with_retry
def refund_only(*, actor: Actor, case_id: int, now: datetime) -> CaseView:
    """Ops refund a complaint of small worth without the goods (AFTER-7)."""
    return _refund(actor, case_id, CaseAct.REFUND_ONLY, RefundReason.REFUND_ONLY, now)


@atomic_with_retry
def withdraw(*, actor: Actor, case_id: int, now: datetime) -> CaseView:
    """The reseller takes back what she asked, as long as nothing was sent."""
    reseller = reseller_of(actor)
    row = _locked(case_id, reseller.id)
    _go(row, CaseAct.WITHDRAW, now)
    _record(actor, "withdraw", row, now)
    return own_case(reseller.id, case_id, at=now)


def lapse_overdue(*, now: datetime, most: int = 500) -> int:
    """End agreements whose goods were not sent back in time (AFTER-5); gives how many. Safe at any time, twice, and at once."""
    waiting = Case.objects.filter(state=CaseState.AGREED.value, ended_at=None, due_at__lte=now).order_by("due_at")
    due = list(waiting.values_list("pk", flat=True)[:most])
    return run_each(lambda case_id: _lapse_one(case_id, now), due, job="aftersales.lapse_overdue")


@atomic_with_retry
def _lapse_one(case_id: int, now: datetime) -> int:
    return _lapse(Case.objects.filter(pk=case_id), now)


def _require_returnable(line: LockedLine, line_id: int, units: int, now: datetime) -> None:
    free = line.left - units_in_open_cases(line_id)
    shipped_at = line.shipped_at if line.shipping == ConsignmentState.SHIPPED.value else None
    where = standing(paid_at=line.paid_at, shipped_at=shipped_at, free_units=free, at=now, window=terms().window)
    if where is not Standing.MAY:
        raise NotReturnable(why=where.value, why_zh=_WHY_ZH[where], why_en=_WHY_EN[where])
    if not 0 < units <= free:
        raise NothingToRefund(left=free)
    if is_settled(line_id):
        raise AlreadySettled


def _refund(actor: Actor, case_id: int, act: CaseAct, reason: RefundReason, now: datetime) -> CaseView:
    require(actor, Role.OPS)
    line_id = Case.objects.filter(pk=case_id).values_list("line_id", flat=True).first()
    # The line before the case: whoever settles its sale holds the line, and reads the case.
    line = lock_line(line_id) if line_id is not None else None
    if line is None or line_id is None:
        raise NoSuchCase(case_id=case_id)
    row = _locked(case_id)
    if row.refund_id is not None:
        return case_of_desk(case_id, at=now)
    if line.shipping != ConsignmentState.SHIPPED.value:
        # Cases are opened for shipped lines only; a row that says otherwise is not paid for.
        where = Standing.NOT_SHIPPED
        raise NotReturnable(why=where.value, why_zh=_WHY_ZH[where], why_en=_WHY_EN[where])
    amount_fen = row.units * line.price_fen
    limits = terms()
    if act is CaseAct.REFUND_ONLY and not may_refund_only(
        reason=CaseReason(row.reason), amount_fen=amount_fen, terms=limits
    ):
        raise NotForRefundOnly(most_fen=limits.refund_only_most_fen)
    if turn(CaseState(row.state), act) is None:
        raise InvalidTransition(case_id=case_id, state=row.state)
    row.refund = Refund.objects.create(
        line_id=line_id,
        reason=reason.value,
        note=row.evidence[:300],
        units=row.units,
        amount_fen=amount_fen,
        key=f"case:{case_id}",
        at=now,
        person_id=actor.person_id,
    )
    # No stock moves: what came back lies with the brand, whose next count says whether it can be sold (docs/decisions/0056).
    refund_units(actor=actor, line_id=line_id, units=row.units, goods_there=None, refund_id=row.refund.pk, now=now)
    if act is CaseAct.REFUND:
        row.received_at = row.received_at or now
    else:
        row.decided_at = now
    _go(row, act, now)
    _record(actor, act.value, row, now, units=row.units, amount=format_yuan(amount_fen))
    return case_of_desk(case_id, at=now)


def _locked(case_id: int, reseller_id: int | None = None) -> Case:
    """The case, locked; to a reseller those of others do not exist."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk=case_id)
    row = (rows if reseller_id is None else rows.filter(reseller_id=reseller_id)).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return row


def _go(row: Case, act: CaseAct, now: datetime) -> None:
    """Turn the case into its next state and say by when the one after is due."""
    after = turn(CaseState(row.state), act)
    if after is None:
        raise InvalidTransition(case_id=row.pk, state=row.state)
    row.state, row.due_at = after.value, deadline_of(after, now, terms())
    row.ended_at = now if row.due_at is None else None
    row.save()


def _lapse(rows: QuerySet[Case], now: datetime) -> int:
    overdue = rows.filter(state=CaseState.AGREED.value, ended_at=None, due_at__lte=now)
    ended = 0
    for row in overdue.select_for_update(skip_locked=True, of=("self",)):
        _go(row, CaseAct.LAPSE, now)
        _record(SYSTEM, "lapse", row, now)
        ended += 1
    return ended


def _require_address(address: str) -> str:
    address = address.strip()
    if not 0 < len(address) <= MAX_ADDRESS:
        raise ReturnAddressRequired(max_length=MAX_ADDRESS)
    return address


def _record(actor: Actor, action: str, row: Case, now: datetime, **details: object) -> None:
    record(actor=actor, action=f"aftersales.{action}", kind="case", subject_id=row.pk, details=details, now=now)
