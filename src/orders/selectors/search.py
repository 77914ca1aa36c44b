"""Finding orders and consignments by what people have at hand: a number, a name, a phone, a style, a tracking number.

Each way of finding reads an index. Names and phones of customers are matched whole, never by their beginning: whoever sees them masked
must not be able to spell them out.
"""

import re

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from inventory.selectors.stock import style_ids_of_number
from orders.models import Consignment, OrderLine, Recipient

_NUMBER = re.compile(r"#?(\d{1,15})", re.ASCII)
_PHONE = re.compile(r"\+?[\d\s-]{5,20}", re.ASCII)


def parse_order_number(query: str) -> int | None:
    """The number that query may be: «123» or «#123»."""
    found = _NUMBER.fullmatch(query.strip())
    return int(found[1]) if found else None


def order_search_filter(query: str, *, reseller_id: int | None = None) -> Q:
    """Orders with this number, this recipient, phone, style number or tracking number; of one reseller where she is named."""
    recipients = _matching_recipients(query, reseller_id)
    lines = OrderLine.objects.filter(Q(recipient__in=recipients) | Q(sku__style__in=style_ids_of_number(query)))
    numbered = Consignment.objects.annotate(number=Upper("tracking_no")).filter(number=query.strip().upper())
    if reseller_id is not None:
        lines, numbered = lines.filter(order__reseller_id=reseller_id), numbered.filter(order__reseller_id=reseller_id)
    return (
        Q(pk=parse_order_number(query) or 0)
        | Q(pk__in=lines.values("order_id"))
        | Q(pk__in=numbered.values("order_id"))
    )


def consignment_search_filter(query: str) -> Q:
    """Consignments with this number or that of their order, this name, phone, tracking number or style number."""
    number = parse_order_number(query) or 0
    lines = OrderLine.objects.filter(sku__style__in=style_ids_of_number(query), consignment__isnull=False)
    return (
        Q(pk=number)
        | Q(order_id=number)
        | Q(name=query.strip())
        | Q(phone__in=_phone_spellings(query))
        | Q(tracking_no__iexact=query.strip())
        | Q(pk__in=lines.values("consignment_id"))
    )


def _matching_recipients(query: str, reseller_id: int | None) -> QuerySet[Recipient]:
    name, phones = query.strip(), _phone_spellings(query)
    if reseller_id is None:
        return Recipient.objects.filter(Q(name=name) | Q(phone__in=phones))
    # Her own customers she sees whole.
    return Recipient.objects.filter(Q(name__icontains=name) | Q(phone__in=phones), reseller_id=reseller_id)


def _phone_spellings(query: str) -> list[str]:
    """A phone as it was typed, and as it is kept: without spaces, hyphens and the country."""
    typed = query.strip()
    if not _PHONE.fullmatch(typed):
        return []
    bare = re.sub(r"[\s+-]", "", typed)
    return [typed, bare, bare.removeprefix("86")]
