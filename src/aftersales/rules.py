"""The rules of after-sales (AFTER-1 to AFTER-8, see docs/rules/aftersales.md): why units come back, and how a case goes on."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta


class RefundReason(enum.StrEnum):
    CHANGED_MIND = "changed_mind"
    """Before shipping, at the reseller's wish; the goods can be sold again."""
    OUT_OF_STOCK = "out_of_stock"
    """The brand cannot ship 缺货; the goods do not exist."""
    RETURNED = "returned"
    """After shipping; the goods came back to the brand."""
    REFUND_ONLY = "refund_only"
    """After shipping; the customer keeps the goods 仅退款."""


class CaseReason(enum.StrEnum):
    NO_LONGER_WANTED = "no_longer_wanted"
    """Size, taste, second thoughts; labelled goods only."""
    WRONG_GOODS = "wrong_goods"
    """Another style, colour or size than was ordered."""
    FAULTY = "faulty"
    """A fault in the goods."""
    DAMAGED = "damaged"
    """Broken or soiled on the way."""


class CaseState(enum.StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    """The reseller is to send the goods back."""
    SENT_BACK = "sent_back"
    RECEIVED = "received"
    """The goods arrived; ops decide."""
    REFUNDED = "refunded"
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
    CaseAction.WITHDRAW: (frozenset({CaseState.REQUESTED, CaseState.APPROVED}), CaseState.WITHDRAWN),
    CaseAction.EXPIRE: (frozenset({CaseState.APPROVED}), CaseState.EXPIRED),
}


def next_state(state: CaseState, act: CaseAction) -> CaseState | None:
    """The state that an act leads to; None where it cannot be done (AFTER-5)."""
    froms, to = _TRANSITIONS[act]
    return to if state in froms else None


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What ops set: the window of after-sales, the time for each step, and the most that is refunded without the goods, in fen."""

    window: timedelta
    decide_within: timedelta
    send_back_within: timedelta
    receive_within: timedelta
    max_refund_only_fen: int


def next_deadline(state: CaseState, since: datetime, terms: CaseTerms) -> datetime | None:
    """By when the next step is due in a state that began `since`; None where the case has ended (AFTER-5)."""
    lengths = {
        CaseState.REQUESTED: terms.decide_within,
        CaseState.APPROVED: terms.send_back_within,
        CaseState.SENT_BACK: terms.receive_within,
        CaseState.RECEIVED: terms.decide_within,
    }
    length = lengths.get(state)
    return None if length is None else since + length


def accepted_reasons(*, label_cut: bool) -> tuple[CaseReason, ...]:
    """Why goods may come back (AFTER-4): labelled goods for any reason; cut goods never because they are no longer wanted."""
    return tuple(reason for reason in CaseReason if not (label_cut and reason is CaseReason.NO_LONGER_WANTED))


def requires_evidence(reason: CaseReason) -> bool:
    """Whoever complains says what is wrong."""
    return reason is not CaseReason.NO_LONGER_WANTED


def can_refund_only(*, reason: CaseReason, amount_fen: int, terms: CaseTerms) -> bool:
    """A complaint of small worth may be refunded without the goods (AFTER-7); what is merely unwanted comes back."""
    return reason is not CaseReason.NO_LONGER_WANTED and amount_fen <= terms.max_refund_only_fen


def window_ends_at(*, paid_at: datetime, shipped_at: datetime | None, window: timedelta) -> datetime:
    """The first instant at which a line can no longer be asked back (AFTER-3): counted from payment or shipping, the later."""
    return max(paid_at, shipped_at or paid_at) + window


class Returnability(enum.StrEnum):
    """Whether a line may be asked back now, and why not."""

    RETURNABLE = "returnable"
    NOT_PAID = "not_paid"
    NOT_SHIPPED = "not_shipped"
    """Refunding before shipping is another matter (AFTER-1)."""
    TOO_LATE = "too_late"
    NOTHING_LEFT = "nothing_left"
    """All units are refunded or in an open case."""


def returnability(
    *, paid_at: datetime | None, shipped_at: datetime | None, returnable_units: int, at: datetime, window: timedelta
) -> Returnability:
    """Where a line stands (AFTER-3). `returnable_units`: shipped, not refunded, in no open case."""
    if paid_at is None:
        return Returnability.NOT_PAID
    if shipped_at is None:
        return Returnability.NOT_SHIPPED
    if at >= window_ends_at(paid_at=paid_at, shipped_at=shipped_at, window=window):
        return Returnability.TOO_LATE
    return Returnability.RETURNABLE if returnable_units > 0 else Returnability.NOTHING_LEFT
