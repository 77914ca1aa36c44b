"""Orders of which units can still be returned. Invitation rewards wait for their end (GROWTH-15)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from aftersales.models.cases import Case
from aftersales.rules import CaseState, window_ends_at
from aftersales.selectors.cases import get_case_terms
from orders.selectors.sold import list_line_shipments

RECHECK_AFTER = timedelta(days=1)
"""When to look again at an order whose goods are not shipped or whose case is open: nobody knows when that ends."""


def list_returnable_orders(order_ids: Collection[int], *, at: datetime) -> dict[int, datetime]:
    """Of these orders those of which units can still be returned, with the time at which to look again.

    That is so while units are not shipped, an after-sales window is open, or a case is open.
    """
    look_again_at: dict[int, datetime] = {}

    def note(order_id: int, until: datetime) -> None:
        if until > at:
            look_again_at[order_id] = max(until, look_again_at.get(order_id, until))

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
    return look_again_at
