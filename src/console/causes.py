"""Where a booking came from: the page of the row that its posting names as its cause."""

from collections.abc import Callable

from django.urls import reverse

from aftersales.selectors.refunds import find_order_of_refund, find_order_of_resend

_PAGES = {
    "order": "order",
    "statement": "statement",
    "money_request": "money_request",
    "provider_payment": "payment",
    "provider_bill": "payment_bill",
    "carrier_claim": "carrier_claim",
    "reseller": "member",
    "brand": "brand",
}
"""The console's page of one row, by the kind of row that a cause names."""
_ORDERS: dict[str, Callable[[int], int | None]] = {
    "refund": find_order_of_refund,
    "resend": find_order_of_resend,
    "resend_short": find_order_of_resend,
}


def address_of_cause(cause: str) -> str | None:
    """The address of the page that explains a posting with this cause, like order:12; None where there is none."""
    kind, _, number = cause.partition(":")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    row_id = int(number)
    if kind in _PAGES:
        return reverse(f"console:{_PAGES[kind]}", args=[row_id])
    if kind == "provider_refund":
        return reverse("console:source_refunds")
    order_id = _ORDERS[kind](row_id) if kind in _ORDERS else None
    return reverse("console:order", args=[order_id]) if order_id else None
