"""Filters that find orders and consignments by number, name, phone, style number or tracking number.

Each condition reads an index. Names and phones of customers are matched whole. With a match by prefix, somebody who sees them masked
could find out the rest letter by letter.
"""

import re
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Upper

from inventory.selectors.stock import style_ids_of_number
from orders.models import Consignment, OrderLine, Parcel, Recipient
from orders.rules import UNSHIPPED_STATES, OrderFilter, OrderState

_NUMBER = re.compile(r"#?(\d{1,15})", re.ASCII)
_PHONE_TAIL = re.compile(r"\d{4,8}", re.ASCII)
_PHONE = re.compile(r"\+?[\d\s-]{5,20}", re.ASCII)


def parse_order_number(query: str) -> int | None:
    """The order number in a query like «123» or «#123»; None in any other."""
    match = _NUMBER.fullmatch(query.strip())
    return int(match[1]) if match else None


def order_search_filter(query: str, *, reseller_id: int | None = None) -> Q:
    """Orders with this number, recipient, phone, style number or tracking number; `reseller_id` selects those of one reseller."""
    recipients = _matching_recipients(query, reseller_id)
    lines = OrderLine.objects.filter(Q(recipient__in=recipients) | Q(sku__style__in=style_ids_of_number(query)))
    numbered = _parcels_with_number(query)
    if reseller_id is not None:
        # She may search her own remarks by any part of them.
        lines = lines | OrderLine.objects.filter(remark__icontains=query.strip())
        lines, numbered = (
            lines.filter(order__reseller_id=reseller_id),
            numbered.filter(consignment__order__reseller_id=reseller_id),
        )
    return (
        Q(pk=parse_order_number(query) or 0)
        | Q(pk__in=lines.values("order_id"))
        | Q(pk__in=numbered.values("consignment__order_id"))
    )


def order_progress_filter(progress: OrderFilter, *, at: datetime) -> Q:
    """The orders of one filter of the list."""
    unshipped = Consignment.objects.filter(order=OuterRef("pk"), state__in=UNSHIPPED_STATES)
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    paid = Q(state=OrderState.PAID.value)
    match progress:
        case OrderFilter.TO_PAY:
            return Q(state=OrderState.UNPAID.value, pay_before__gt=at)
        case OrderFilter.CANCELLED:
            return Q(state=OrderState.CANCELLED.value) | Q(state=OrderState.UNPAID.value, pay_before__lte=at)
        case OrderFilter.TO_SHIP:
            return paid & Q(Exists(unshipped))
        case OrderFilter.LATE:
            return paid & Q(Exists(unshipped.filter(ship_by__lt=at)))
        case OrderFilter.SHIPPED:
            return paid & Q(Exists(lines.filter(shipped_units__gt=0))) & ~Q(Exists(unshipped))
        case OrderFilter.SHORT:
            return paid & Q(Exists(lines.filter(short_units__gt=0)))
        case OrderFilter.REFUNDED:
            return paid & Q(Exists(lines.filter(refunded_units__gt=0)))


def consignment_search_filter(query: str) -> Q:
    """Consignments with this number or that of their order, this name, phone, tracking number or style number."""
    number = parse_order_number(query) or 0
    lines = OrderLine.objects.filter(sku__style__in=style_ids_of_number(query), consignment__isnull=False)
    return (
        Q(pk=number)
        | Q(order_id=number)
        | Q(name=query.strip())
        | Q(phone__in=_phone_spellings(query))
        | Q(pk__in=_parcels_with_number(query).values("consignment_id"))
        | Q(pk__in=lines.values("consignment_id"))
    )


def _parcels_with_number(query: str) -> QuerySet[Parcel]:
    """Parcels with this number as it was written, or with this waybill."""
    number = query.strip().upper()
    return Parcel.objects.annotate(number=Upper("tracking_no")).filter(Q(number=number) | Q(waybill=number))


def _matching_recipients(query: str, reseller_id: int | None) -> QuerySet[Recipient]:
    name, phones = query.strip(), _phone_spellings(query)
    if reseller_id is None:
        return Recipient.objects.filter(Q(name=name) | Q(phone__in=phones))
    # A reseller sees the full names of her own customers, so parts of a name may match.
    by_tail = Q(phone__endswith=name) if _PHONE_TAIL.fullmatch(name) else Q()
    return Recipient.objects.filter(Q(name__icontains=name) | Q(phone__in=phones) | by_tail, reseller_id=reseller_id)


def _phone_spellings(query: str) -> list[str]:
    """A phone number as typed, and in the stored form: without spaces, hyphens and country code."""
    typed = query.strip()
    if not _PHONE.fullmatch(typed):
        return []
    bare = re.sub(r"[\s+-]", "", typed)
    return [typed, bare, bare.removeprefix("86")]
