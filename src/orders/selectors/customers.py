"""The customer book of a reseller: her recipients with what they ordered (PRIVACY-6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce

from orders.models import OrderLine, Recipient
from orders.rules.states import OrderState
from web.pagination import Page, paginate

_MAX_DUPLICATES = 20


@dataclass(frozen=True, slots=True)
class CustomerView:
    """An entry of the book. Orders are the paid ones whose contacts were not erased; `total_fen` is what was paid less refunds.

    `duplicates` are other entries with the same phone, which may be merged into this one.
    """

    id: int
    name: str
    phone: str
    address: str
    note: str
    orders: int
    units: int
    total_fen: int
    last_order_id: int | None
    last_ordered_at: datetime | None
    duplicates: list[int]


def list_customers(reseller_id: int, *, query: str = "", cursor: str = "", limit: int = 50) -> Page[CustomerView]:
    """The entries of a reseller's book, the newest first; `query` selects by a part of the name, the note or the phone."""
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None)
    if text := query.strip():
        rows = rows.filter(Q(name__icontains=text) | Q(note__icontains=text) | Q(phone__contains=text))
    page = paginate(
        rows, name=f"orders.customers:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=lambda row: row
    )
    return Page(items=customer_views(reseller_id, page.items), next_cursor=page.next_cursor)


def names_of_recipients(reseller_id: int, recipient_ids: Collection[int]) -> dict[int, str]:
    """The names of entries of the reseller's book, by their ids; one that left it is missing."""
    rows = Recipient.objects.filter(pk__in=recipient_ids, reseller_id=reseller_id, hidden_at=None)
    return dict(rows.values_list("pk", "name"))


def find_customer(reseller_id: int, customer_id: int) -> CustomerView | None:
    """An entry of the reseller's book; None where it is not in it."""
    rows = list(Recipient.objects.filter(pk=customer_id, reseller_id=reseller_id, hidden_at=None))
    return customer_views(reseller_id, rows)[0] if rows else None


def customer_views(reseller_id: int, rows: Sequence[Recipient]) -> list[CustomerView]:
    """The entries with their orders and duplicates; two statements for any number of them."""
    ids = [row.pk for row in rows]
    bought: dict[int, dict[str, Any]] = {}
    lines = OrderLine.objects.filter(
        Q(recipient_id__in=ids) | Q(recipient__merged_into_id__in=ids), order__state=OrderState.PAID.value
    )
    paid_fen = (F("units") - F("refunded_units")) * F("price_fen") - F("refund_adjustment_fen")
    sums = lines.values(customer_id=Coalesce("recipient__merged_into_id", "recipient_id")).annotate(
        orders=Count("order", distinct=True),
        total_fen=Sum(paid_fen),
        kept_units=Sum(F("units") - F("refunded_units")),
        last_order_id=Max("order_id"),
        last_ordered_at=Max("order__placed_at"),
    )
    for found in sums.order_by():
        bought[found["customer_id"]] = {
            "orders": found["orders"],
            "units": found["kept_units"],
            "total_fen": found["total_fen"],
            "last_order_id": found["last_order_id"],
            "last_ordered_at": found["last_ordered_at"],
        }
    nothing: dict[str, Any] = {"orders": 0, "units": 0, "total_fen": 0, "last_order_id": None, "last_ordered_at": None}
    same_phone = _ids_by_phone(reseller_id, {row.phone for row in rows})
    return [
        CustomerView(
            id=row.pk,
            name=row.name,
            phone=row.phone,
            address=row.address,
            note=row.note,
            duplicates=[each for each in same_phone[row.phone] if each != row.pk][:_MAX_DUPLICATES],
            **bought.get(row.pk, nothing),
        )
        for row in rows
    ]


def _ids_by_phone(reseller_id: int, phones: set[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {phone: [] for phone in phones}
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None, phone__in=phones).order_by("pk")
    for recipient_id, phone in rows.values_list("pk", "phone"):
        found[phone].append(recipient_id)
    return found
