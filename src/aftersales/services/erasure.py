"""Erasing contacts in time: orders, their consignments and cases, and removed customers (PRIVACY-5, PRIVACY-6).

It stands above the orders because an open case keeps the contacts of its order.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q

from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.services.fault_reports import erase_reports
from kernel.masking import hide_texts
from orders.selectors.contacts import ContactView
from orders.selectors.erasure import list_orders_ended_before
from orders.services.erasure import erase_orders, erase_removed_recipients

_BATCH = 500


def erase_contacts(*, now: datetime) -> int:
    """Erase what is due at `now`, in one transaction per batch; returns how many orders and removed customers.

    An order is due when CONTACTS_KEPT has passed since the end of its after-sales window, or its cancellation, and since the end of its
    last case. A run that is interrupted is continued by the next one; a second run finds nothing.
    """
    before, last, count = now - settings.CONTACTS_KEPT, 0, 0
    while ids := list_orders_ended_before(before, window=settings.AFTER_SALES_WINDOW, after_id=last, limit=_BATCH):
        last = ids[-1]
        count += _erase_batch(ids, before=before, now=now)
    return count + erase_removed_recipients(now=now)


@transaction.atomic
def _erase_batch(order_ids: Collection[int], *, before: datetime, now: datetime) -> int:
    cases = Case.objects.filter(line__order_id__in=order_ids)
    kept = set(cases.filter(Q(ended_at=None) | Q(ended_at__gt=before)).values_list("line__order_id", flat=True))
    erased = erase_orders([each for each in order_ids if each not in kept], now=now)
    erase_reports(Q(line__order_id__in=erased), now=now)
    due = cases.filter(line__order_id__in=erased)
    due.update(evidence="", erased_at=now)
    # The note of a case's refund is a copy of its evidence.
    Refund.objects.filter(case__line__order_id__in=erased).update(note="")
    _hide_contacts(list(due.select_related("line")), ("decision", "liability_reason"), erased)
    refunds = Refund.objects.filter(line__order_id__in=erased).exclude(note="").select_related("line")
    _hide_contacts(list(refunds), ("note",), erased)
    return len(erased)


def _hide_contacts(
    rows: Sequence[Case] | Sequence[Refund], fields: tuple[str, ...], erased: Mapping[int, Sequence[ContactView]]
) -> None:
    """Replace names, phones and addresses in what brands and ops wrote about an order; the rest of the sentence stays."""
    for row in rows:
        secrets = tuple(text for each in erased[row.line.order_id] for text in each.texts)
        written = {field: getattr(row, field) for field in fields}
        hidden = {field: hide_texts(text, secrets) for field, text in written.items()}
        if hidden != written:
            model: type[Model] = type(row)
            model._default_manager.filter(pk=row.pk).update(**hidden)
