"""The rules of after-sales (AFTER-1 to AFTER-14, see docs/rules/aftersales.md): reasons, deadlines and the states of a case."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.rules.refunds import RefundParts, brand_borne_parts


class RefundReason(enum.StrEnum):
    CHANGED_MIND = "changed_mind"
    """Before shipping, at the reseller's request; the units can be sold again."""
    OUT_OF_STOCK = "out_of_stock"
    """The brand cannot ship 缺货; the goods do not exist."""
    RETURNED = "returned"
    """After shipping; the goods came back to the brand."""
    REFUND_ONLY = "refund_only"
    """After shipping; the customer keeps the goods 仅退款."""
    ALLOWANCE = "allowance"
    """After shipping; the customer keeps the goods and a part of the price is refunded 部分退款."""
    RESEND_SHORT = "resend_short"
    """Units were to be sent again 补发, and the brand does not have them."""


class SubstituteState(enum.StrEnum):
    """Of a substitute that a brand offered for units short (AFTER-17)."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    """Never stored: the clock says it."""


def substitute_state(state: SubstituteState, *, expires_at: datetime, at: datetime) -> SubstituteState:
    """The state of an offer at an instant: one that was not answered before `expires_at` has expired."""
    return SubstituteState.EXPIRED if state is SubstituteState.OFFERED and at >= expires_at else state


class CaseReason(enum.StrEnum):
    NO_LONGER_WANTED = "no_longer_wanted"
    """Size, taste, second thoughts; labelled goods only."""
    WRONG_GOODS = "wrong_goods"
    """Another style, colour or size than was ordered."""
    FAULTY = "faulty"
    """A fault in the goods."""
    DAMAGED = "damaged"
    """Broken or soiled on the way."""
    MISSING = "missing"
    """Units or pieces of a set that were not in the parcel 少件; nothing can be sent back."""


class Party(enum.StrEnum):
    """Who was at fault, and at whose cost a refund is."""

    BRAND = "brand"
    PLATFORM = "platform"
    CARRIER = "carrier"
    RESELLER = "reseller"


class EnquiryState(enum.StrEnum):
    """Of an enquiry (AFTER-14)."""

    OPEN = "open"
    """The reseller asked, and ops are to answer."""
    ANSWERED = "answered"
    CLOSED = "closed"


MAX_BRAND_NOTE = 300
"""Characters of what ops ask a brand about an enquiry."""
PHOTO_WIDTHS = (320, 1280)
"""The widths in pixels in which a photo is kept: for lists, and to look at."""
MAX_PHOTOS = 9
"""Photos of one case or message."""
MAX_REPORT_PHOTOS = 6
"""Photos of one report of a fault."""
MAX_REPORT_TEXT, MAX_REPORT_ANSWER = 500, 300
MAX_REPORTS_PER_PAGE_AND_HOUR = 5
MAX_REPORTS_PER_RESELLER_AND_HOUR = 60
MAX_OPEN_REPORTS = 200
"""Of one reseller: customers report no more before she has answered some of them."""

BEARERS = (Party.BRAND, Party.PLATFORM, Party.CARRIER)
"""Who can bear a refund: the brand by a lower payable, the platform by its commission, a carrier by a claim against it."""


class Disposition(enum.StrEnum):
    """Where goods that came back are (AFTER-11)."""

    BRAND = "brand"
    """With the brand, not counted as stock."""
    STOCK = "stock"
    """Inspected and counted as stock again."""


class CaseState(enum.StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    """The reseller is to send the goods back."""
    SENT_BACK = "sent_back"
    RECEIVED = "received"
    """The goods arrived; ops decide."""
    REFUNDED = "refunded"
    RESENT = "resent"
    """The brand sends the units again 补发; how far that is stands with the resend."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """Approved, and nothing was sent back in time."""


class CaseAction(enum.StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    SEND_BACK = "send_back"
    RECEIVE = "receive"
    REFUND = "refund"
    REFUND_ONLY = "refund_only"
    RESEND = "resend"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


OPEN_STATES = (CaseState.REQUESTED, CaseState.APPROVED, CaseState.SENT_BACK, CaseState.RECEIVED)

_TRANSITIONS: dict[CaseAction, tuple[frozenset[CaseState], CaseState]] = {
    CaseAction.APPROVE: (frozenset({CaseState.REQUESTED}), CaseState.APPROVED),
    CaseAction.REJECT: (frozenset({CaseState.REQUESTED, CaseState.SENT_BACK, CaseState.RECEIVED}), CaseState.REJECTED),
    CaseAction.SEND_BACK: (frozenset({CaseState.APPROVED}), CaseState.SENT_BACK),
    CaseAction.RECEIVE: (frozenset({CaseState.SENT_BACK}), CaseState.RECEIVED),
    CaseAction.REFUND: (frozenset({CaseState.SENT_BACK, CaseState.RECEIVED}), CaseState.REFUNDED),
    CaseAction.REFUND_ONLY: (frozenset({CaseState.REQUESTED}), CaseState.REFUNDED),
    CaseAction.RESEND: (frozenset({CaseState.REQUESTED, CaseState.RECEIVED}), CaseState.RESENT),
    CaseAction.WITHDRAW: (frozenset({CaseState.REQUESTED, CaseState.APPROVED}), CaseState.WITHDRAWN),
    CaseAction.EXPIRE: (frozenset({CaseState.APPROVED}), CaseState.EXPIRED),
}


def next_state(state: CaseState, action: CaseAction) -> CaseState | None:
    """The state that an action leads to; None where the action is not possible (AFTER-5)."""
    sources, target = _TRANSITIONS[action]
    return target if state in sources else None


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """The settings of after-sales: the window, the time for each step, and the highest amount that is refunded without the goods."""

    window: timedelta
    decide_within: timedelta
    send_back_within: timedelta
    receive_within: timedelta
    max_refund_only_fen: int


def is_return(reason: CaseReason) -> bool:
    """Whether goods can come back for this reason: not where they are missing."""
    return reason is not CaseReason.MISSING


_FAULT = {
    CaseReason.NO_LONGER_WANTED: Party.RESELLER,
    CaseReason.DAMAGED: Party.CARRIER,
}


def default_fault(reason: CaseReason) -> Party:
    """Who is at fault unless ops say otherwise (AFTER-10): the carrier for damage, the reseller for second thoughts, else the brand."""
    return _FAULT.get(reason, Party.BRAND)


def default_bearer(fault: Party) -> Party:
    """Who bears the refund unless ops say otherwise: who is at fault; where that is the reseller, her goods go back to the brand."""
    return Party.BRAND if fault is Party.RESELLER else fault


def full_amount_fen(*, units: int, price_fen: int, refundable_fen: int) -> int:
    """What is refunded for units unless ops choose less (AFTER-9): their price, or what is left of the line where that is less.

    `refundable_fen` is what was paid for the line and not refunded, allowances included.
    """
    return max(0, min(units * price_fen, refundable_fen))


def refund_parts(
    *, amount_fen: int, borne_by: Party, price_fen: int, payable_fen: int, borne_by_brand_fen: int
) -> RefundParts:
    """An amount in fen as the parts of those who bear it (AFTER-10).

    `price_fen` and `payable_fen` are of one unit of the line, `borne_by_brand_fen` what the brand bore of the line's refunds before.
    Raises ValueError for the reseller, who bears a refund by not getting it.
    """
    if borne_by is Party.RESELLER:
        raise ValueError("the reseller bears no refund")
    if borne_by is Party.PLATFORM:
        return RefundParts(payable_fen=0, commission_fen=amount_fen)
    if borne_by is Party.CARRIER:
        return RefundParts(payable_fen=0, commission_fen=0, claim_fen=amount_fen)
    return brand_borne_parts(
        amount_fen=amount_fen, borne_before_fen=borne_by_brand_fen, price_fen=price_fen, payable_fen=payable_fen
    )


class ResendState(enum.StrEnum):
    """Of units that a brand sends again (AFTER-18)."""

    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    SHORT = "short"
    """The brand did not have what was left of them; it was refunded."""


RESEND_BEARERS = (Party.BRAND, Party.PLATFORM)
"""Who can bear a resend: the brand by giving the units, the platform by paying for them what the brand gets for a sold unit."""


def resend_bearer(borne_by: Party) -> Party:
    """Who bears a resend where `borne_by` would bear a refund: the platform pays the brand for what a carrier broke (AFTER-18)."""
    return Party.PLATFORM if borne_by is Party.CARRIER else borne_by


def resend_payable_fen(*, units: int, borne_by: Party, payable_fen: int) -> int:
    """What the platform pays the brand for units that it sends again, in fen; `payable_fen` is the brand's part of a unit's price."""
    return units * payable_fen if borne_by is Party.PLATFORM else 0


class Resendability(enum.StrEnum):
    """Whether units of a case can be sent again, and why not (AFTER-18)."""

    RESENDABLE = "resendable"
    WRONG_REASON = "wrong_reason"
    """The goods are only no longer wanted."""
    GOODS_FIRST = "goods_first"
    """They are worth more than may be given without the goods, which must come back first."""
    LINE_BUSY = "line_busy"
    """Other units of the line are left to ship, for the first time or again."""


def resendability(
    *, reason: CaseReason, state: CaseState, amount_fen: int, left_units: int, terms: CaseTerms, given_fen: int = 0
) -> Resendability:
    """Whether units can be sent again. `amount_fen` is their price, `left_units` what is left to ship of the line.

    `given_fen` of the line was given without goods before (`max_refund_only_fen`).
    """
    if reason is CaseReason.NO_LONGER_WANTED:
        return Resendability.WRONG_REASON
    is_small = can_refund_only(reason=reason, amount_fen=amount_fen, terms=terms, given_fen=given_fen)
    if state is CaseState.REQUESTED and not is_small:
        return Resendability.GOODS_FIRST
    return Resendability.LINE_BUSY if left_units else Resendability.RESENDABLE


def next_deadline(state: CaseState, since: datetime, terms: CaseTerms) -> datetime | None:
    """The deadline of the next step in a state that began at `since`; None where the case has ended (AFTER-5)."""
    time_limits = {
        CaseState.REQUESTED: terms.decide_within,
        CaseState.APPROVED: terms.send_back_within,
        CaseState.SENT_BACK: terms.receive_within,
        CaseState.RECEIVED: terms.decide_within,
    }
    time_limit = time_limits.get(state)
    return None if time_limit is None else since + time_limit


def accepted_reasons(*, label_cut: bool) -> tuple[CaseReason, ...]:
    """The reasons for which goods can be returned (AFTER-4): all for labelled goods; not `NO_LONGER_WANTED` where the label is cut."""
    return tuple(reason for reason in CaseReason if not (label_cut and reason is CaseReason.NO_LONGER_WANTED))


def requires_evidence(reason: CaseReason) -> bool:
    """Whether the reseller must say what is wrong: for every complaint."""
    return reason is not CaseReason.NO_LONGER_WANTED


def can_refund_only(*, reason: CaseReason, amount_fen: int, terms: CaseTerms, given_fen: int = 0) -> bool:
    """Whether an amount may be refunded without the goods (AFTER-7)."""
    most_fen = max_refund_only_fen(reason=reason, amount_fen=amount_fen, terms=terms, given_fen=given_fen)
    return 0 < amount_fen <= most_fen


def max_refund_only_fen(*, reason: CaseReason, amount_fen: int, terms: CaseTerms, given_fen: int = 0) -> int:
    """How much of an amount may be refunded without the goods (AFTER-7): of missing goods all of it, of complaints a small amount.

    `given_fen` of the line was given without goods for complaints before, in whatever cases; it counts against the small amount.
    """
    if reason is CaseReason.NO_LONGER_WANTED:
        return 0
    if reason is CaseReason.MISSING:
        return amount_fen
    return min(amount_fen, max(0, terms.max_refund_only_fen - given_fen))


def window_ends_at(*, paid_at: datetime, shipped_at: datetime | None, window: timedelta) -> datetime:
    """When the window of a line ends (AFTER-3), counted from payment or shipment, whichever is later. The end is not part of it."""
    return max(paid_at, shipped_at or paid_at) + window


class ClaimState(enum.StrEnum):
    """Of a claim against a carrier (AFTER-16)."""

    OPEN = "open"
    """The carrier was not asked yet."""
    CLAIMED = "claimed"
    PAID = "paid"
    """The carrier paid, all or a part; the platform bears the rest."""
    REJECTED = "rejected"
    """The carrier pays nothing; the platform bears it."""


class ShippingUploadState(enum.StrEnum):
    """How far a workbook with tracking numbers is (ORDER-13)."""

    RECEIVED = "received"
    """Stored; waits to be read."""
    READING = "reading"
    """Somebody reads it and ships its rows."""
    QUESTION = "question"
    """A column has two meanings, or none; the brand must say which."""
    DONE = "done"
    """Each row was taken or refused."""
    REFUSED = "refused"
    """The whole file cannot be read."""
    CANCELLED = "cancelled"


class FaultReportState(enum.StrEnum):
    """Of a report of a fault by a customer (AFTER-19)."""

    OPEN = "open"
    """It waits for the reseller."""
    CASE = "case"
    """She opened a case from it."""
    ANSWERED = "answered"
    """She answered it and opened no case."""
    WITHDRAWN = "withdrawn"
    """The customer took it back."""
    EXPIRED = "expired"
    """The customer's page ended before it was answered."""


FAULT_REASONS = (CaseReason.FAULTY, CaseReason.DAMAGED, CaseReason.WRONG_GOODS, CaseReason.MISSING)
"""What a customer can report: that goods are no longer wanted is no fault."""


class Returnability(enum.StrEnum):
    """Whether a line can be returned now, and why not."""

    RETURNABLE = "returnable"
    NOT_PAID = "not_paid"
    NOT_SHIPPED = "not_shipped"
    """It is refunded before shipping instead (AFTER-1)."""
    TOO_LATE = "too_late"
    NOTHING_LEFT = "nothing_left"
    """All units are refunded or in open cases."""


def returnability(
    *, paid_at: datetime | None, shipped_at: datetime | None, returnable_units: int, at: datetime, window: timedelta
) -> Returnability:
    """Whether a line can be returned at `at` (AFTER-3). `returnable_units`: shipped, not refunded, in no open case."""
    if paid_at is None:
        return Returnability.NOT_PAID
    if shipped_at is None:
        return Returnability.NOT_SHIPPED
    if at >= window_ends_at(paid_at=paid_at, shipped_at=shipped_at, window=window):
        return Returnability.TOO_LATE
    return Returnability.RETURNABLE if returnable_units > 0 else Returnability.NOTHING_LEFT
