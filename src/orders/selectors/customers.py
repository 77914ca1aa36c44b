"""The customer book of a reseller: her recipients with tags, sizes and what they bought (CUSTOMER-1, PRIVACY-6)."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Func, Max, Q, Sum, TextField, Value
from django.db.models.functions import Coalesce

from orders.models.lines import OrderLine
from orders.models.recipients import Recipient
from orders.rules.recipients import CustomerSize
from orders.rules.states import OrderState
from web.pagination import Page, paginate

_MAX_DUPLICATES = 20
_TAGS_TEXT = Func(F("tags"), Value("\n"), function="array_to_string", output_field=TextField())


@dataclass(frozen=True, slots=True)
class CustomerView:
    """An entry of the book. Orders are the paid ones whose contacts were not erased; `total_fen` is what was paid less `refunded_fen`.

    `duplicates` are other entries with the same phone, which may be merged into this one.
    """

    id: int
    name: str
    phone: str
    address: str
    note: str
    tags: list[str]
    sizes: list[CustomerSize]
    orders: int
    units: int
    total_fen: int
    refunded_fen: int
    last_order_id: int | None
    last_ordered_at: datetime | None
    duplicates: list[int]

    @property
    def tags_text(self) -> str:
        return "、".join(self.tags)

    @property
    def sizes_text(self) -> str:
        return "、".join(map(str, self.sizes))


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag of a reseller's book, and how many customers have it."""

    name: str
    customers: int


@dataclass(frozen=True, slots=True)
class PurchaseView:
    """A paid order line of a customer: `paid_fen` was paid for it, `refunded_fen` of that came back."""

    line_id: int
    order_id: int
    style_no: str
    name: str
    picture: str
    colour: str
    size: str
    units: int
    refunded_units: int
    paid_fen: int
    refunded_fen: int
    paid_at: datetime


def list_customers(
    reseller_id: int, *, query: str = "", tag: str = "", cursor: str = "", limit: int = 50
) -> Page[CustomerView]:
    """The entries of a reseller's book, the newest first.

    `query` selects by a part of the name, the note, a tag or the phone, or by a whole size; `tag` by one tag.
    """
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None)
    if text := query.strip():
        named = Q(name__icontains=text) | Q(note__icontains=text) | Q(phone__contains=text)
        sized = Q(sizes__contains=[{"size": text.upper()}])
        rows = rows.alias(tags_text=_TAGS_TEXT).filter(named | sized | Q(tags_text__icontains=text))
    if tag:
        rows = rows.filter(tags__contains=[tag])
    page = paginate(
        rows, name=f"orders.customers:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=lambda row: row
    )
    return Page(items=customer_views(reseller_id, page.items), next_cursor=page.next_cursor)


def names_of_recipients(reseller_id: int, recipient_ids: Collection[int]) -> dict[int, str]:
    """The names of entries of the reseller's book, by their ids; one that left it is missing."""
    rows = Recipient.objects.filter(pk__in=recipient_ids, reseller_id=reseller_id, hidden_at=None)
    return dict(rows.values_list("pk", "name"))


def list_tags(reseller_id: int) -> list[TagView]:
    """The tags of a reseller's book, those of most customers first; one statement."""
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None).exclude(tags=[])
    counted = Counter(tag for tags in rows.values_list("tags", flat=True) for tag in tags)
    return [TagView(*each) for each in sorted(counted.items(), key=lambda each: (-each[1], each[0]))]


def list_purchases(reseller_id: int, customer_id: int, *, cursor: str = "", limit: int = 20) -> Page[PurchaseView]:
    """What a customer of the reseller bought, the last first; also for entries that were merged into hers."""
    of_customer = Q(recipient_id=customer_id) | Q(recipient__merged_into_id=customer_id)
    rows = OrderLine.objects.filter(of_customer, order__reseller_id=reseller_id, order__state=OrderState.PAID.value)
    return paginate(
        rows.select_related("order", "sku__style"),
        name=f"orders.purchases:{customer_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=_purchase_view,
    )


def get_sizes_by_phone(reseller_id: int, phones: Collection[str]) -> dict[str, list[CustomerSize]]:
    """The sizes noted of customers with these phones, those of the newest entry where there are several; one statement."""
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None, phone__in=phones).exclude(sizes=[])
    return {row.phone: sizes_of(row) for row in rows.order_by("pk")}


def sizes_of(row: Recipient) -> list[CustomerSize]:
    return [CustomerSize(each["kind"], each["size"]) for each in row.sizes]


def _purchase_view(line: OrderLine) -> PurchaseView:
    order, sku = line.order, line.sku
    return PurchaseView(
        line_id=line.pk,
        order_id=order.pk,
        style_no=sku.style.style_no,
        name=sku.style.name,
        picture=sku.style.picture,
        colour=sku.colour,
        size=sku.size,
        units=line.units,
        refunded_units=line.refunded_units,
        paid_fen=line.units * line.price_fen,
        refunded_fen=line.refunded_units * line.price_fen + line.refund_adjustment_fen,
        paid_at=order.paid_at or order.placed_at,
    )


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
        refunded_fen=Sum(F("refunded_units") * F("price_fen") + F("refund_adjustment_fen")),
        kept_units=Sum(F("units") - F("refunded_units")),
        last_order_id=Max("order_id"),
        last_ordered_at=Max("order__placed_at"),
    )
    for found in sums.order_by():
        bought[found["customer_id"]] = {
            "orders": found["orders"],
            "units": found["kept_units"],
            "total_fen": found["total_fen"],
            "refunded_fen": found["refunded_fen"],
            "last_order_id": found["last_order_id"],
            "last_ordered_at": found["last_ordered_at"],
        }
    nothing: dict[str, Any] = {
        "orders": 0, "units": 0, "total_fen": 0, "refunded_fen": 0, "last_order_id": None, "last_ordered_at": None
    }  # fmt: skip
    same_phone = _ids_by_phone(reseller_id, {row.phone for row in rows})
    return [
        CustomerView(
            id=row.pk,
            name=row.name,
            phone=row.phone,
            address=row.address,
            note=row.note,
            tags=list(row.tags),
            sizes=sizes_of(row),
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
