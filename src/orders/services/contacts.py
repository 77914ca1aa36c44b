"""Showing a masked recipient whole, once and for a reason that the audit log keeps."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from kernel.masking import hide_texts
from kernel.refusal import require_reason
from orders.models.lines import OrderLine
from orders.selectors.contacts import ContactView
from orders.selectors.orders import NoSuchRecipient, RecipientView, recipient_view

MAX_REASON = 200


@transaction.atomic
def show_contact(*, actor: Actor, order_id: int, recipient_id: int, reason: str, now: datetime) -> RecipientView:
    """Name, phone and address of a recipient of an order, whole, for ops and finance (PRIVACY-3).

    Each call writes an audit entry with who, when and why; the next page shows the recipient masked again. Refuses other roles, a missing
    reason, and a recipient who is not of this order.
    """
    require_roles(actor, Role.OPS, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    line = OrderLine.objects.select_related("recipient").filter(order_id=order_id, recipient_id=recipient_id).first()
    if line is None:
        raise NoSuchRecipient(recipient_id=recipient_id)
    shown = recipient_view(line.recipient)
    # The log outlives the contact, so a reason that repeats it is stored without it.
    kept_reason = hide_texts(reason, ContactView(shown.name, shown.phone, shown.address).texts)
    details = {"recipient_id": recipient_id, "reason": kept_reason}
    record(actor=actor, action="orders.show_contact", kind="order", subject_id=order_id, details=details, now=now)
    return shown
