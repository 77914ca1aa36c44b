"""Editing and merging entries of a reseller's customer book (PRIVACY-6). Orders keep the contact that they were placed with."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from kernel.refusal import Invalid
from kernel.text import normalized, visible
from membership.selectors.people import require_reseller
from orders.models import Recipient
from orders.rules.recipients import MAX_CUSTOMER_NOTE
from orders.selectors.customers import CustomerView, customer_views
from orders.selectors.orders import NoSuchRecipient
from orders.services.recipients import RecipientFields, find_or_add_recipients, valid_recipient

MAX_MERGED = 20


class NoteTooLong(Invalid):
    code = "orders.note_too_long"
    zh = "备注最多 {max_length} 个字"
    en = "A note has at most {max_length} characters"
    max_length: int


class NothingToMerge(Invalid):
    code = "orders.nothing_to_merge"
    zh = "请选择 1 至 {most} 位要并入的客户，不能包括保留的这一位"
    en = "Choose 1 to {most} customers to merge, without the one that is kept"
    most: int


@transaction.atomic
def edit_customer(*, actor: Actor, customer_id: int, fields: RecipientFields, note: str, now: datetime) -> CustomerView:
    """Change an entry of the book. With another contact the entry gets a new row, since orders keep the contact that they were placed with.

    Where the book has an entry with the new contact already, the edited one is merged into it. Refuses fields that cannot be used, a
    long note, an entry that is not in her book, and a book that is full (ACCOUNT-7).
    """
    reseller = require_reseller(actor)
    note = normalized(visible(note))
    if len(note) > MAX_CUSTOMER_NOTE:
        raise NoteTooLong(max_length=MAX_CUSTOMER_NOTE)
    [row] = _lock_entries(reseller.id, [customer_id])
    contact = valid_recipient(fields)
    if contact != RecipientFields(row.name, row.phone, row.address):
        Recipient.objects.filter(pk=row.pk).update(hidden_at=now)
        [added] = find_or_add_recipients(actor=actor, recipients=[contact], now=now)
        _move_orders([row.pk], into=added.id)
        row = Recipient.objects.select_for_update().get(pk=added.id)
    row.note = note
    row.save(update_fields=["note"])
    return customer_views(reseller.id, [row])[0]


@transaction.atomic
def merge_customers(*, actor: Actor, kept_id: int, merged_ids: Collection[int], now: datetime) -> CustomerView:
    """Take other entries out of the book and count their orders for the kept one, whose contact stays. Notes are joined where they fit."""
    reseller = require_reseller(actor)
    merged = set(merged_ids)
    if not 0 < len(merged) <= MAX_MERGED or kept_id in merged:
        raise NothingToMerge(most=MAX_MERGED)
    rows = {row.pk: row for row in _lock_entries(reseller.id, [kept_id, *merged])}
    kept = rows[kept_id]
    notes = list(dict.fromkeys(rows[each].note for each in (kept_id, *sorted(merged)) if rows[each].note))
    kept.note = "；".join(notes)
    if len(kept.note) > MAX_CUSTOMER_NOTE:
        raise NoteTooLong(max_length=MAX_CUSTOMER_NOTE)
    kept.save(update_fields=["note"])
    Recipient.objects.filter(pk__in=merged).update(hidden_at=now)
    _move_orders(merged, into=kept_id)
    return customer_views(reseller.id, [kept])[0]


def _lock_entries(reseller_id: int, ids: Collection[int]) -> list[Recipient]:
    """The entries, locked in the order of their ids. Refuses one that is not in the reseller's book."""
    rows = Recipient.objects.select_for_update().filter(pk__in=ids, reseller_id=reseller_id, hidden_at=None)
    found = list(rows.order_by("pk"))
    missing = sorted(set(ids) - {row.pk for row in found})
    if missing:
        raise NoSuchRecipient(recipient_id=missing[0])
    return found


def _move_orders(ids: Collection[int], *, into: int) -> None:
    Recipient.objects.filter(Q(pk__in=ids) | Q(merged_into_id__in=ids)).exclude(pk=into).update(merged_into_id=into)
