"""Editing, tagging and merging entries of a reseller's customer book (CUSTOMER-1, PRIVACY-6). Orders keep the contact that they had."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from kernel.refusal import Conflict, Invalid, Missing
from kernel.text import normalized, visible
from membership.selectors.people import require_reseller
from orders.models.recipients import Recipient
from orders.rules.recipients import (
    MAX_BOOK_TAGS,
    MAX_CUSTOMER_NOTE,
    MAX_SIZES,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    CustomerSize,
    are_valid_sizes,
    are_valid_tags,
    same_spelling,
)
from orders.selectors.customers import CustomerView, customer_views, list_tags
from orders.selectors.orders import NoSuchRecipient
from orders.services.recipients import RecipientFields, find_or_add_recipients, valid_recipient

MAX_MERGED = 20
MAX_TAGGED = 200
"""Customers that are tagged at once."""


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


class InvalidTags(Invalid):
    code = "orders.invalid_tags"
    zh = "一位客户最多 {most} 个标签，每个最多 {max_length} 个字"
    en = "A customer has at most {most} tags, each of at most {max_length} characters"
    most: int
    max_length: int


class TooManyBookTags(Conflict):
    code = "orders.too_many_book_tags"
    zh = "客户本里最多 {most} 种标签；请先合并或移除不用的"
    en = "A customer book has at most {most} different tags; merge or remove some that you no longer need"
    most: int


class InvalidSizes(Invalid):
    code = "orders.invalid_sizes"
    zh = "尺码最多记 {most} 条，写成「上装 M、鞋 37」，每条先写用途再写尺码"
    en = "At most {most} sizes can be noted, written as “tops M, shoes 37”: what for, then the size"
    most: int


class NoSuchTag(Missing):
    code = "orders.no_such_tag"
    zh = "没有客户用「{tag}」这个标签"
    en = "No customer has the tag “{tag}”"
    tag: str


class NothingToTag(Invalid):
    code = "orders.nothing_to_tag"
    zh = "请勾选 1 至 {most} 位客户，并填写标签"
    en = "Choose 1 to {most} customers and name a tag"
    most: int


@transaction.atomic
def edit_customer(
    *,
    actor: Actor,
    customer_id: int,
    fields: RecipientFields,
    note: str,
    tags: Sequence[str] | None = None,
    sizes: Sequence[CustomerSize] | None = None,
    now: datetime,
) -> CustomerView:
    """Change an entry of the book. `tags` and `sizes` of None stay as they are. Orders keep the contact that they were placed with.

    With another contact the entry gets a new row. Where the book has an entry with the new contact already, the edited one is merged into
    it. Refuses fields that cannot be used, a long note, too many or too long tags and sizes, an entry that is not in her book, and a book
    that is full (ACCOUNT-7).
    """
    reseller = require_reseller(actor)
    note = normalized(visible(note))
    if len(note) > MAX_CUSTOMER_NOTE:
        raise NoteTooLong(max_length=MAX_CUSTOMER_NOTE)
    [row] = _lock_entries(reseller.id, [customer_id])
    contact = valid_recipient(fields)
    if tags is not None:
        row.tags = _valid_tags(reseller.id, tags)
    if sizes is not None:
        row.sizes = _valid_sizes(sizes)
    if contact != RecipientFields(row.name, row.phone, row.address):
        old = row
        Recipient.objects.filter(pk=old.pk).update(hidden_at=now, tags=[], sizes=[])
        [added] = find_or_add_recipients(actor=actor, recipients=[contact], now=now)
        _move_orders([old.pk], into=added.id)
        row = Recipient.objects.select_for_update().get(pk=added.id)
        row.tags = _valid_tags(reseller.id, [*old.tags, *row.tags])
        row.sizes = _joined_sizes([old, row])
    row.note = note
    row.save(update_fields=["note", "tags", "sizes"])
    return customer_views(reseller.id, [row])[0]


@transaction.atomic
def merge_customers(*, actor: Actor, kept_id: int, merged_ids: Collection[int], now: datetime) -> CustomerView:
    """Take other entries out of the book and count their orders for the kept one, whose contact stays.

    Notes are joined where they fit, tags too; of sizes for the same kind that of the kept entry stays.
    """
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
    in_order = [rows[each] for each in (kept_id, *sorted(merged))]
    kept.tags = _valid_tags(reseller.id, [tag for row in in_order for tag in row.tags])
    kept.sizes = _joined_sizes(in_order)
    kept.save(update_fields=["note", "tags", "sizes"])
    Recipient.objects.filter(pk__in=merged).update(hidden_at=now, tags=[], sizes=[])
    _move_orders(merged, into=kept_id)
    return customer_views(reseller.id, [kept])[0]


@transaction.atomic
def tag_customers(
    *, actor: Actor, customer_ids: Collection[int], add: Sequence[str] = (), remove: Sequence[str] = ()
) -> int:
    """Add tags to chosen entries of the book and remove others from them; returns how many entries were chosen.

    All of them or none. Refuses no or more than MAX_TAGGED entries, no tag, an entry that is not in her book, and an entry that would have
    too many tags.
    """
    reseller = require_reseller(actor)
    chosen = set(customer_ids)
    if not 0 < len(chosen) <= MAX_TAGGED or not (add or remove):
        raise NothingToTag(most=MAX_TAGGED)
    rows = _lock_entries(reseller.id, chosen)
    added = _valid_tags(reseller.id, add)
    removed = {each.casefold() for each in remove}
    for row in rows:
        row.tags = [each for each in dict.fromkeys([*row.tags, *added]) if each.casefold() not in removed]
        if not are_valid_tags(row.tags):
            raise InvalidTags(most=MAX_TAGS, max_length=MAX_TAG_LENGTH)
    Recipient.objects.bulk_update(rows, ["tags"])
    return len(rows)


@transaction.atomic
def rename_tag(*, actor: Actor, tag: str, new: str) -> int:
    """Rename a tag in the whole book; where another tag has the new name, both become one. Returns how many customers had it."""
    reseller = require_reseller(actor)
    rows = _lock_tagged(reseller.id, tag)
    [name] = _valid_tags(reseller.id, [new], renamed=tag) or [""]
    if not name:
        raise InvalidTags(most=MAX_TAGS, max_length=MAX_TAG_LENGTH)
    for row in rows:
        row.tags = list(dict.fromkeys(name if each == tag else each for each in row.tags))
    Recipient.objects.bulk_update(rows, ["tags"])
    return len(rows)


@transaction.atomic
def remove_tag(*, actor: Actor, tag: str) -> int:
    """Remove a tag from all customers; returns how many had it. The customers stay."""
    reseller = require_reseller(actor)
    rows = _lock_tagged(reseller.id, tag)
    for row in rows:
        row.tags = [each for each in row.tags if each != tag]
    Recipient.objects.bulk_update(rows, ["tags"])
    return len(rows)


def _lock_tagged(reseller_id: int, tag: str) -> list[Recipient]:
    entries = Recipient.objects.select_for_update().filter(reseller_id=reseller_id, hidden_at=None)
    rows = list(entries.filter(tags__contains=[tag]).order_by("pk"))
    if not rows:
        raise NoSuchTag(tag=tag)
    return rows


def _valid_tags(reseller_id: int, tags: Sequence[str], *, renamed: str = "") -> list[str]:
    """The tags as the book spells them. Refuses too many or too long ones, and more different tags in the book than MAX_BOOK_TAGS."""
    known = [each.name for each in list_tags(reseller_id) if each.name != renamed]
    written = [each for each in (normalized(visible(tag)) for tag in tags) if each]
    spelled = same_spelling(written, known)
    if not are_valid_tags(spelled):
        raise InvalidTags(most=MAX_TAGS, max_length=MAX_TAG_LENGTH)
    if len({*known, *spelled}) > MAX_BOOK_TAGS and not set(spelled) <= set(known):
        raise TooManyBookTags(most=MAX_BOOK_TAGS)
    return spelled


def _valid_sizes(sizes: Sequence[CustomerSize]) -> list[dict[str, str]]:
    written = {each.kind: each for each in sizes}.values()
    if not are_valid_sizes(list(written)):
        raise InvalidSizes(most=MAX_SIZES)
    return [asdict(each) for each in written]


def _joined_sizes(rows: Sequence[Recipient]) -> list[dict[str, str]]:
    """The sizes of several entries; of one kind that of the first entry which has it."""
    joined: dict[str, dict[str, str]] = {}
    for row in rows:
        for each in row.sizes:
            joined.setdefault(each["kind"], each)
    return list(joined.values())[:MAX_SIZES]


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
