"""Orders that may still go back."""

from collections.abc import Collection
from datetime import datetime, timedelta

from aftersales.models import Case
from aftersales.rules import CaseState, window_ends_at
from aftersales.selectors.cases import get_case_terms
from orders.selectors.sold import list_line_shipments

RECHECK_AFTER = timedelta(days=1)
"""Where nobody can say by when goods are shipped or a case has ended."""


def list_returnable_orders(order_ids: Collection[int], *, at: datetime) -> dict[int, datetime]:
    """Of these orders those that may still go back, and when to look again.

    They may as long as goods are not shipped, an after-sales window is not over, or a case is open.
    """
    found: dict[int, datetime] = {}

    def note(order_id: int, until: datetime) -> None:
        if until > at:
            found[order_id] = max(until, found.get(order_id, until))

    window = get_case_terms().window
    for line in list_line_shipments(order_ids):
        if line.is_shipped:
            note(line.order_id, window_ends_at(paid_at=line.paid_at, shipped_at=line.shipped_at, window=window))
        else:
            note(line.order_id, at + RECHECK_AFTER)
    cases = Case.objects.filter(line__order_id__in=order_ids, ended_at=None)
    cases = cases.exclude(state=CaseState.APPROVED.value, due_at__lte=at)
    for order_id in cases.values_list("line__order_id", flat=True):
        note(order_id, at + RECHECK_AFTER)
    return found
