"""A reseller keeps filters of the finder under names, renames and deletes them (SALE-17)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor
from db.errors import constraint_of
from flashsales.models import SavedFilter
from flashsales.rules.finder import StyleFilter
from flashsales.rules.saved_filters import (
    MAX_FILTER_NAME,
    MAX_SAVED_FILTERS,
    can_be_saved,
    clean_name,
    from_json,
    name_key,
    to_json,
)
from flashsales.selectors.saved_filters import NoSuchSavedFilter
from flashsales.sql.finder import lock_saved_filters
from kernel.refusal import Conflict, Invalid
from membership.selectors.people import require_reseller

NAME_ONCE = "saved_filter_name_once"


class InvalidFilterName(Invalid):
    code = "flashsales.invalid_filter_name"
    zh = "筛选的名字要 1 到 {max_length} 个字，不能有看不见的字符"
    en = "The name of a filter has 1 to {max_length} characters, and none that cannot be seen"
    max_length: int


class FilterNameTaken(Conflict):
    code = "flashsales.filter_name_taken"
    zh = "已经有一组筛选叫「{name}」，换个名字，或先删除原来的"
    en = "You already have a filter called “{name}”: choose another name, or delete that one first"
    name: str


class TooManySavedFilters(Conflict):
    code = "flashsales.too_many_saved_filters"
    zh = "最多保存 {limit} 组筛选，请先删除不用的"
    en = "You may keep {limit} filters: delete one that you do not need"
    limit: int


class FilterNotSaveable(Invalid):
    code = "flashsales.filter_not_saveable"
    zh = "先选好筛选条件再保存；只能保存全部专场的筛选"
    en = "Choose what to filter by first; only filters over all sales can be saved"


@transaction.atomic
def save_filter(*, actor: Actor, name: str, filters: StyleFilter, now: datetime) -> SavedFilter:
    """Keep a filter under a name. Saving the same filter under the same name again changes nothing."""
    me = require_reseller(actor)
    cleaned = _require_name(name)
    if not can_be_saved(filters):
        raise FilterNotSaveable
    lock_saved_filters(reseller_id=me.id)
    own = SavedFilter.objects.filter(reseller=me.id)
    present = own.filter(name_key=name_key(cleaned)).first()
    if present is not None:
        if from_json(present.filters) == filters:
            return present
        raise FilterNameTaken(name=present.name)
    if own.count() >= MAX_SAVED_FILTERS:
        raise TooManySavedFilters(limit=MAX_SAVED_FILTERS)
    return SavedFilter.objects.create(
        reseller_id=me.id,
        name=cleaned,
        name_key=name_key(cleaned),
        filters=to_json(filters),
        saved_at=now,
        looked_at=now,
    )


@transaction.atomic
def rename_filter(*, actor: Actor, filter_id: int, name: str) -> SavedFilter:
    """Give a filter another name. Refuses the name of another filter of hers."""
    cleaned = _require_name(name)
    row = _lock_own(actor, filter_id)
    row.name, row.name_key = cleaned, name_key(cleaned)
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "name_key"])
    except IntegrityError as error:
        if constraint_of(error) != NAME_ONCE:
            raise
        raise FilterNameTaken(name=cleaned) from error
    return row


@transaction.atomic
def delete_filter(*, actor: Actor, filter_id: int) -> None:
    """Delete a filter. Refuses one that is not hers, or gone."""
    _lock_own(actor, filter_id).delete()


@transaction.atomic
def look_at_filter(*, actor: Actor, filter_id: int, now: datetime) -> SavedFilter:
    """She looks at what the filter finds: from now on only sales that open later have new styles."""
    row = _lock_own(actor, filter_id)
    row.looked_at = max(row.looked_at, now)
    row.save(update_fields=["looked_at"])
    return row


def _require_name(name: str) -> str:
    cleaned = clean_name(name)
    if cleaned is None:
        raise InvalidFilterName(max_length=MAX_FILTER_NAME)
    return cleaned


def _lock_own(actor: Actor, filter_id: int) -> SavedFilter:
    me = require_reseller(actor)
    row = SavedFilter.objects.select_for_update().filter(pk=filter_id, reseller=me.id).first()
    if row is None:
        raise NoSuchSavedFilter
    return row
