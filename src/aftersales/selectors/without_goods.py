"""What was given for a line while its customer kept the goods: the limit on that counts per line, over all its cases (AFTER-7)."""

from collections.abc import Iterable

from aftersales.models.cases import Case
from aftersales.rules import CaseReason, RefundReason

_KEPT = (RefundReason.REFUND_ONLY.value, RefundReason.ALLOWANCE.value)


def get_given_fen(line_id: int) -> int:
    """What was given of a line without goods, in fen."""
    return given_fen(Case.objects.filter(line_id=line_id).select_related("refund", "resend", "line"))


def given_fen(cases: Iterable[Case]) -> int:
    """What the cases of a line gave without goods, in fen: refunds, and units that were sent again, at their price.

    Missing units do not count: there are no goods to come back.
    """
    given = 0
    for row in cases:
        if row.reason == CaseReason.MISSING.value:
            continue
        if row.refund is not None and row.refund.reason in _KEPT:
            given += row.refund.amount_fen
        if (resend := getattr(row, "resend", None)) is not None and row.received_at is None:
            given += resend.units * row.line.price_fen
    return given
