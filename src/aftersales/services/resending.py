"""Resends 补发: the brand sends missing, wrong or broken units again instead of a refund (AFTER-18)."""

from dataclasses import replace
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from aftersales.models.cases import Case, Resend
from aftersales.models.refunds import Refund
from aftersales.rules import (
    CaseAction,
    CaseReason,
    CaseState,
    Party,
    RefundReason,
    Resendability,
    default_bearer,
    default_fault,
    full_amount_fen,
    refund_parts,
    resend_bearer,
    resend_payable_fen,
    resendability,
)
from aftersales.selectors.cases import CaseToDecideView, NoSuchCase, get_case, get_case_terms
from aftersales.selectors.refunds import get_brand_borne_fen
from aftersales.selectors.without_goods import get_given_fen
from aftersales.services.case_refunds import USUAL, Liability, liability_of
from aftersales.services.case_steps import lock_case, record_change, require_transition, tell, transition
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.services.units import take_to_resend
from inventory.services.stock import NotEnoughStock
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from orders.rules.lines import UnitsAvailability
from orders.rules.refunds import RefundTarget
from orders.services.refund import LockedLine, NotShipped, lock_line, refund_units
from orders.services.resending import start_resend, stop_resend

_WHY_NOT_ZH = {
    Resendability.WRONG_REASON: "不想要了的货不补发",
    Resendability.GOODS_FIRST: "金额超过免退货上限，要先收到退回的货",
    Resendability.LINE_BUSY: "这一行还有货没发出，等发完再补发",
}
_WHY_NOT_EN = {
    Resendability.WRONG_REASON: "goods that are no longer wanted are not sent again",
    Resendability.GOODS_FIRST: "they are worth more than is given without the goods, which must come back first",
    Resendability.LINE_BUSY: "other units of the line are left to ship",
}


class NotResendable(Conflict):
    code = "aftersales.not_resendable"
    zh = "售后单 {case_id} 不能补发：{why_zh}"
    en = "The units of case {case_id} cannot be sent again: {why_en}"
    case_id: int
    why: str
    why_zh: str
    why_en: str


class NothingToResend(Conflict):
    code = "aftersales.nothing_to_resend"
    zh = "品牌没有 {units} 件 {goods} 可以补发，请退款"
    en = "The brand does not have {units} units of {goods} to send again; refund the case"
    units: int
    goods: str


class InvalidResendBearer(Invalid):
    code = "aftersales.invalid_resend_bearer"
    zh = "补发由品牌或平台承担；由平台承担时，平台按结算价付品牌货款"
    en = "A resend is borne by the brand or the platform, which then pays the brand for the units"


class ResendShortInFull(Conflict):
    code = "aftersales.resend_short_in_full"
    zh = "{goods} 补发还剩 {left_units} 件没发；没货请报 {left_units} 件，会全部退款"
    en = "{left_units} units of {goods} are left to be sent again; report all of them as short, they are refunded"
    goods: str
    left_units: int


@atomic_with_retry
def resend(*, actor: Actor, case_id: int, liability: Liability = USUAL, now: datetime) -> CaseToDecideView:
    """Ops let the brand send the units of a case again, once, within 24 hours (AFTER-18). A second call changes nothing.

    The units leave what the brand has; where it has too few, the decision is refused. The platform pays the brand for them where it bears
    the resend. Refuses goods that are only no longer wanted, costly goods that did not come back, and lines of which units are left to
    ship.
    """
    require_roles(actor, Role.OPS)
    line_id = Case.objects.filter(pk=case_id).values_list("line_id", flat=True).first()
    # The line is locked before the case, as for a refund.
    line = lock_line(line_id) if line_id is not None else None
    if line is None or line_id is None:
        raise NoSuchCase(case_id=case_id)
    row = lock_case(case_id)
    if Resend.objects.filter(case=row).exists():
        return get_case(case_id, at=now)
    _require_resendable(row, line)
    if liability.borne_by is Party.CARRIER:
        raise InvalidResendBearer
    columns = liability_of(row, _less_usual(row, liability))
    borne_by = resend_bearer(Party(columns["borne_by"]))
    columns["borne_by"] = borne_by.value
    made = _create(actor, row, line, borne_by, now)
    transition(row, CaseAction.RESEND, now, decided_at=row.decided_at or now, **columns)
    record_change(
        actor, "resend", row, now, units=row.units, fault=row.fault, borne_by=row.borne_by, reason=row.liability_reason
    )
    tell(
        EventKind.CASE_DECIDED,
        row,
        now,
        decision_zh=f"品牌补发 {row.units} 件，24 小时内发出",
        decision_en=f"the brand sends {row.units} units again, within 24 hours",
    )
    data = {"consignment_id": line.consignment_id, "goods": made.goods, "units": row.units, "case_id": case_id}
    publish(
        [EventDraft(EventKind.RESEND_TO_SHIP, line.consignment_id or 0, brand_id=line.brand_id, data=data)], now=now
    )
    return get_case(case_id, at=now)


def _less_usual(row: Case, chosen: Liability) -> Liability:
    """The choice without the platform as bearer where that is usual for a resend, which needs no reason."""
    fault = chosen.fault or default_fault(CaseReason(row.reason))
    is_usual = chosen.borne_by is resend_bearer(default_bearer(fault))
    return replace(chosen, borne_by=None) if is_usual else chosen


def _require_resendable(row: Case, line: LockedLine) -> None:
    if line.shipped_at is None or line.consignment_id is None:
        raise NotShipped
    require_transition(row, CaseAction.RESEND)
    answer = resendability(
        reason=CaseReason(row.reason),
        state=CaseState(row.state),
        amount_fen=row.units * line.price_fen,
        left_units=line.unshipped_units + line.resending_units,
        terms=get_case_terms(),
        given_fen=get_given_fen(row.line_id),
    )
    if answer is not Resendability.RESENDABLE:
        raise NotResendable(case_id=row.pk, why=answer.value, why_zh=_WHY_NOT_ZH[answer], why_en=_WHY_NOT_EN[answer])


def _create(actor: Actor, row: Case, line: LockedLine, borne_by: Party, now: datetime) -> Resend:
    """The resend with its money and its stock. Accounts are locked before units, as by payments and refunds."""
    payable_fen = resend_payable_fen(units=row.units, borne_by=borne_by, payable_fen=line.payable_fen)
    made = Resend.objects.create(
        case=row, line_id=row.line_id, units=row.units, borne_by=borne_by.value, payable_fen=payable_fen, at=now
    )
    start_resend(
        actor=actor,
        line_id=row.line_id,
        consignment_id=line.consignment_id or 0,
        units=row.units,
        payable_fen=payable_fen,
        resend_id=made.pk,
        now=now,
    )
    try:
        taken = take_to_resend(sku_id=line.sku_id, units=row.units, cause=f"resend:{made.pk}", actor=actor, now=now)
    except NotEnoughStock as cause:
        raise NothingToResend(units=row.units, goods=made.goods) from cause
    made.item_id, made.taken_units = taken.item_id, taken.units
    made.save(update_fields=["item", "taken_units"])
    return made


def refund_resend(
    *, actor: Actor, line_id: int, line: LockedLine, units: int, note: str, key: str, now: datetime
) -> Refund:
    """Refund what is left to be sent again of a locked line, because the brand does not have it. Only all of it can be reported.

    The brand bears it where it bears the resend. Otherwise the platform does, and takes back what it paid for these units.
    """
    made = Resend.objects.select_for_update(of=("self",)).filter(line_id=line_id).order_by("-pk").first()
    if made is None or made.refund_id is not None or line.consignment_id is None:
        raise ValueError(f"line {line_id} has units to send again and no resend")
    if units != line.resending_units:
        raise ResendShortInFull(goods=made.goods, left_units=line.resending_units)
    borne_by = Party(made.borne_by)
    stop_resend(
        actor=actor,
        line_id=line_id,
        consignment_id=line.consignment_id,
        payable_fen=resend_payable_fen(units=units, borne_by=borne_by, payable_fen=line.payable_fen),
        resend_id=made.pk,
        now=now,
    )
    parts = refund_parts(
        amount_fen=full_amount_fen(
            units=units, price_fen=line.price_fen, refundable_fen=line.returnable_fen_with(units)
        ),
        borne_by=borne_by,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        borne_by_brand_fen=get_brand_borne_fen(line_id),
    )
    refund = Refund.objects.create(
        line_id=line_id,
        reason=RefundReason.RESEND_SHORT.value,
        note=note.strip()[:300],
        units=units,
        amount_fen=parts.amount_fen,
        borne_by=borne_by.value,
        payable_fen=parts.payable_fen,
        key=key,
        at=now,
        person_id=actor.person_id,
    )
    made.refund = refund
    made.save(update_fields=["refund"])
    refund_units(
        actor=actor,
        line_id=line_id,
        units=units,
        parts=parts,
        availability=UnitsAvailability.SHIPPED,
        refund_id=refund.pk,
        target=RefundTarget(made.case.refund_to),
        now=now,
    )
    record_change(actor, "resend_short", made.case, now, units=units, amount=format_yuan(refund.amount_fen))
    return refund
