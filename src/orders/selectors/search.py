"""Filters that find orders and consignments by number, name, phone, style number or tracking number.

Each condition reads an index, and the conditions are parts of a UNION: joined by OR they would read all orders. Names and phones of
customers are matched whole, or by the digits that are shown of a masked phone (PRIVACY-8). With a match by prefix, somebody who sees
them masked could find out the rest letter by letter.
"""

import re
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Upper

from inventory.selectors.stock import style_ids_of_number
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import PHONE_TAIL, Recipient
from orders.models.shipping import Consignment, Parcel
from orders.rules.states import UNSHIPPED_STATES, OrderFilter, OrderState

_NUMBER = re.compile(r"#?(\d{1,15})", re.ASCII)
_PHONE_TAIL = re.compile(r"\d{4,8}", re.ASCII)
_SHOWN_TAIL = re.compile(r"\d{4}", re.ASCII)
MIN_REMARK_SEARCH = 2
_PHONE = re.compile(r"\+?[\d\s-]{5,20}", re.ASCII)


def parse_order_number(query: str) -> int | None:
    """The order number in a query like «123» or «#123»; None in any other."""
    match = _NUMBER.fullmatch(query.strip())
    return int(match[1]) if match else None


def order_search_filter(query: str, *, reseller_id: int | None = None) -> Q:
    """Orders with this number, recipient, phone or its last digits, style number, remark or tracking number.

    `reseller_id` selects those of one reseller; without it, the orders of a reseller of that name are found too.
    """
    lines, numbered, orders = OrderLine.objects.all(), _parcels_with_number(query), Order.objects.all()
    if reseller_id is not None:
        lines = lines.filter(order__reseller_id=reseller_id)
        numbered = numbered.filter(consignment__order__reseller_id=reseller_id)
        orders = orders.filter(reseller_id=reseller_id)
    parts: list[QuerySet[Any, Any]] = [
        lines.filter(recipient__in=each).values("order_id") for each in _matching_recipients(query, reseller_id)
    ]
    parts += [
        lines.filter(sku__style__in=style_ids_of_number(query)).values("order_id"),
        lines.filter(pk__in=lines_with_remark(query).values("pk")).values("order_id"),
        numbered.values("consignment__order_id"),
    ]
    if reseller_id is None:
        parts.append(orders.filter(reseller__person__name=query.strip()).values("pk"))
    return Q(pk__in=orders.filter(pk=parse_order_number(query) or 0).values("pk").union(*parts))


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


def consignment_search_filter(query: str, *, brand_id: int | None = None) -> Q:
    """Consignments with this number or that of their order, this recipient, phone, tracking number, style number or remark.

    A brand (`brand_id`) finds name and whole phone only of consignments whose contact it sees.
    """
    number, whole = parse_order_number(query) or 0, _recipients_with_contact(query)
    rows, lines = Consignment.objects.all(), OrderLine.objects.filter(consignment__isnull=False)
    numbered = _parcels_with_number(query)
    if brand_id is not None:
        rows, lines = rows.filter(brand_id=brand_id), lines.filter(brand_id=brand_id)
        numbered = numbered.filter(brand_id=brand_id)
    seen_whole = rows if brand_id is None else rows.filter(state__in=UNSHIPPED_STATES)
    parts: list[QuerySet[Any, Any]] = [
        rows.filter(order_id=number).values("pk"),
        rows.filter(recipient__in=recipients_with_tail(query)).values("pk"),
        seen_whole.filter(recipient__in=whole).values("pk"),
        numbered.values("consignment_id"),
        lines.filter(sku__style__in=style_ids_of_number(query)).values("consignment_id"),
        lines.filter(pk__in=lines_with_remark(query).values("pk")).values("consignment_id"),
    ]
    return Q(pk__in=rows.filter(pk=number).values("pk").union(*parts))


def lines_with_remark(query: str) -> QuerySet[OrderLine]:
    """Lines whose remark holds this text of two or more characters; only lines with a remark are read."""
    text = query.strip()
    rows = OrderLine.objects.exclude(remark="")
    return rows.filter(remark__icontains=text) if len(text) >= MIN_REMARK_SEARCH else rows.none()


def recipients_with_tail(query: str) -> QuerySet[Recipient]:
    """Recipients of whose phone the last four digits are these, as a masked phone shows them; none for any other text."""
    if not _SHOWN_TAIL.fullmatch(query.strip()):
        return Recipient.objects.none()
    return Recipient.objects.annotate(tail=PHONE_TAIL).filter(tail=query.strip())


def _recipients_with_contact(query: str) -> QuerySet[Recipient]:
    return Recipient.objects.filter(Q(name=query.strip()) | Q(phone__in=_phone_spellings(query)), erased_at=None)


def _parcels_with_number(query: str) -> QuerySet[Parcel]:
    """Parcels with this number as it was written, or with this waybill."""
    number = query.strip().upper()
    return Parcel.objects.annotate(number=Upper("tracking_no")).filter(Q(number=number) | Q(waybill=number))


def _matching_recipients(query: str, reseller_id: int | None) -> list[QuerySet[Recipient]]:
    if reseller_id is None:
        return [_recipients_with_contact(query), recipients_with_tail(query)]
    # A reseller sees the full contacts of her own customers, so parts of them may match.
    text, own = query.strip(), Recipient.objects.filter(reseller_id=reseller_id, erased_at=None)
    by_tail = Q(phone__endswith=text) if _PHONE_TAIL.fullmatch(text) else Q(pk=None)
    return [
        own.filter(Q(name__icontains=text) | Q(phone__in=_phone_spellings(query)) | by_tail),
        recipients_with_tail(query),
    ]


def _phone_spellings(query: str) -> list[str]:
    """A phone number as typed, and in the stored form: without spaces, hyphens and country code."""
    typed = query.strip()
    if not _PHONE.fullmatch(typed):
        return []
    bare = re.sub(r"[\s+-]", "", typed)
    return [typed, bare, bare.removeprefix("86")]
