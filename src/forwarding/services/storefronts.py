"""Writes of storefronts 店铺: open, describe, close, and give another address (FORWARD-19)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.rules import Actor
from accounts.services.names import require_valid_name
from accounts.services.people import lock_person
from forwarding.models import Forward, Storefront
from forwarding.rules.storefront import MAX_STOREFRONT_NAME, MAX_STOREFRONT_NOTICE
from forwarding.selectors.storefronts import NoSuchStorefront, StorefrontView, get_storefront
from forwarding.services.forwards import TOKEN_BYTES
from kernel.refusal import Invalid, TooMany
from kernel.text import normalized, visible
from membership.selectors.people import require_member, require_reseller

MAX_REPLACEMENTS_PER_DAY = 10
MAX_CATEGORIES = 500


class InvalidStorefront(Invalid):
    code = "forwarding.invalid_storefront"
    zh = "店名最多 {max_name} 个字，公告最多 {max_notice} 个字"
    en = "The name of a storefront has at most {max_name} characters, its notice {max_notice}"
    max_name: int
    max_notice: int


class InvalidCategoryOrder(Invalid):
    code = "forwarding.invalid_category_order"
    zh = "分类的顺序里有重复或不认识的编号"
    en = "The order of the categories repeats a number, or holds one that is none"


class TooManyAddresses(TooMany):
    code = "forwarding.too_many_addresses"
    zh = "24 小时里最多换 {limit} 次地址"
    en = "The address can be replaced {limit} times in 24 hours"
    limit: int


@dataclass(frozen=True, slots=True)
class StorefrontFields:
    """What she says of her storefront, and which goods it shows. The categories are ids; those that are in no order stand behind."""

    name: str
    notice: str = ""
    shows_previews: bool = False
    shows_sold_out: bool = True
    category_order: Sequence[int] = ()
    hidden_categories: Sequence[int] = ()


@transaction.atomic
def open_storefront(*, actor: Actor, now: datetime) -> StorefrontView:
    """Open her storefront under her own name, or open it again as it was. A repetition changes nothing."""
    reseller = require_member(actor, now)
    lock_person(actor.own_id)
    row = Storefront.objects.filter(reseller_id=reseller.id).first()
    if row is None:
        Storefront.objects.create(reseller_id=reseller.id, name=reseller.name[:MAX_STOREFRONT_NAME], opened_at=now)
        _new_address(reseller.id, now)
    elif row.closed_at is not None:
        row.closed_at = None
        row.save(update_fields=["closed_at"])
    return get_storefront(reseller.id, at=now)


@transaction.atomic
def describe_storefront(*, actor: Actor, fields: StorefrontFields, now: datetime) -> StorefrontView:
    """Keep its name, notice, and which goods it shows. Refuses a name that is empty, too long or reserved, and a long notice."""
    row = _lock(actor)
    name, notice = normalized(fields.name), normalized(visible(fields.notice))
    if not 0 < len(name) <= MAX_STOREFRONT_NAME or len(notice) > MAX_STOREFRONT_NOTICE:
        raise InvalidStorefront(max_name=MAX_STOREFRONT_NAME, max_notice=MAX_STOREFRONT_NOTICE)
    row.name = require_valid_name(name, max_length=MAX_STOREFRONT_NAME)
    row.notice = notice
    row.shows_previews, row.shows_sold_out = fields.shows_previews, fields.shows_sold_out
    row.category_order = _valid_categories(fields.category_order)
    row.hidden_categories = _valid_categories(fields.hidden_categories)
    row.save()
    return get_storefront(row.reseller_id, at=now)


@transaction.atomic
def close_storefront(*, actor: Actor, now: datetime) -> StorefrontView:
    """Close it: its page shows nothing until she opens it again, at the same address. A repetition changes nothing."""
    row = _lock(actor)
    if row.closed_at is None:
        row.closed_at = now
        row.save(update_fields=["closed_at"])
    return get_storefront(row.reseller_id, at=now)


@transaction.atomic
def replace_address(*, actor: Actor, token: str, now: datetime) -> StorefrontView:
    """Give it another address in place of `token`; that one shows nothing from now on and never again.

    A repetition, with an address that was replaced already, changes nothing. Refuses more than MAX_REPLACEMENTS_PER_DAY.
    """
    row = _lock(actor)
    addresses = Forward.objects.filter(reseller_id=row.reseller_id, sale__isnull=True)
    if addresses.filter(stopped_at__gt=now - timedelta(days=1)).count() >= MAX_REPLACEMENTS_PER_DAY:
        raise TooManyAddresses(limit=MAX_REPLACEMENTS_PER_DAY, retry_after_seconds=3600)
    if addresses.filter(token=token, stopped_at=None).update(stopped_at=now):
        _new_address(row.reseller_id, now)
    return get_storefront(row.reseller_id, at=now)


def _new_address(reseller_id: int, now: datetime) -> None:
    Forward.objects.create(reseller_id=reseller_id, token=secrets.token_urlsafe(TOKEN_BYTES), created_at=now)


def _lock(actor: Actor) -> Storefront:
    """Her storefront; what is written of it is written one after the other."""
    reseller = require_reseller(actor)
    row = Storefront.objects.select_for_update().filter(reseller_id=reseller.id).first()
    if row is None:
        raise NoSuchStorefront
    return row


def _valid_categories(ids: Sequence[int]) -> list[int]:
    if len(set(ids)) != len(ids) or len(ids) > MAX_CATEGORIES or not all(0 <= each < 2**53 for each in ids):
        raise InvalidCategoryOrder
    return list(ids)
