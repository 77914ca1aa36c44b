"""Erasing the contacts of orders and of removed customers (PRIVACY-5, PRIVACY-6)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Parcel
from orders.selectors.contacts import ContactView
from orders.services.recipients import REMOVED_RECIPIENTS_COUNT_FOR
from orders.sql import replace_recipients
from tracking.services.registering import erase_waybills

_BATCH = 500


@transaction.atomic
def erase_orders(order_ids: Collection[int], *, now: datetime) -> dict[int, list[ContactView]]:
    """Erase the contacts of orders; returns by order what was erased, so that other texts about the order can be searched for it.

    Each order gets recipients of its own without name, phone and address, so that nothing leads from it to the customer book any more.
    Remarks, refused lines and what carriers said of the parcels are erased with them. What was bought, amounts and tracking numbers
    stay. Orders that were erased before
    are left alone.
    """
    rows = Order.objects.select_for_update().filter(pk__in=order_ids, erased_at=None).order_by("pk")
    resellers = dict(rows.values_list("pk", "reseller_id"))
    lines = OrderLine.objects.filter(order_id__in=resellers).select_related("recipient").order_by("order_id", "pk")
    recipients = {(line.order_id, line.recipient_id): line.recipient for line in lines}
    empty = Recipient.objects.bulk_create(
        Recipient(reseller_id=resellers[order_id], name="", phone="", address="", hidden_at=now, erased_at=now)
        for order_id, _ in recipients
    )
    substitutes = {pair: row.pk for pair, row in zip(recipients, empty, strict=True)}
    replace_recipients(substitutes=substitutes, now=now)
    Order.objects.filter(pk__in=resellers).update(erased_at=now, refused_lines=[])
    tracked = Parcel.objects.filter(consignment__order_id__in=resellers, tracked__isnull=False)
    erase_waybills(set(tracked.values_list("tracked_id", flat=True)), now=now)
    erased: dict[int, list[ContactView]] = {order_id: [] for order_id in resellers}
    for (order_id, _), recipient in recipients.items():
        erased[order_id].append(ContactView(recipient.name, recipient.phone, recipient.address))
    return erased


def erase_removed_recipients(*, now: datetime) -> int:
    """Erase recipients that were removed from the customer book and that no order names any more; returns how many.

    They are kept for a day after their removal: a grab that saw the recipient before may be about to write its order.
    """
    unused = ~Exists(OrderLine.objects.filter(recipient_id=OuterRef("pk")))
    removed = Recipient.objects.filter(
        unused, hidden_at__lte=now - REMOVED_RECIPIENTS_COUNT_FOR, erased_at=None
    ).order_by("hidden_at", "pk")
    count = 0
    while ids := list(removed.values_list("pk", flat=True)[:_BATCH]):
        count += Recipient.objects.filter(unused, pk__in=ids).update(
            name="", phone="", address="", note="", tags=[], sizes=[], erased_at=now
        )
    return count
