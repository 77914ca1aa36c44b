"""Writes of sharing: channels of her own, shares, and when she is told of a repetition (FORWARD-21, FORWARD-22)."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from accounts.services.people import lock_person
from forwarding.models import Forward, Share, ShareChannel, SharedStyle, SharingChoice
from forwarding.rules.channels import (
    MAX_CHANNEL_NAME,
    MAX_HINT_HOURS,
    MAX_OWN_CHANNELS,
    ONE_TAP,
    ShareKind,
    is_built_in,
)
from forwarding.rules.pages import SelectedStyle
from forwarding.selectors.channels import ChannelView, list_channels, own_channel
from forwarding.selectors.forwards import NoSuchForward, shown_styles
from kernel.refusal import Conflict, Invalid, Missing
from kernel.text import invisible_character, normalized
from membership.selectors.people import require_reseller

CODE_BYTES = 2


class InvalidChannelName(Invalid):
    code = "forwarding.invalid_channel_name"
    zh = "渠道名 1 到 {max_name} 个字"
    en = "The name of a channel has 1 to {max_name} characters"
    max_name: int


class TooManyChannels(Conflict):
    code = "forwarding.too_many_channels"
    zh = "自己的渠道最多 {limit} 个，先去掉不用的"
    en = "At most {limit} channels of your own; remove one first"
    limit: int


class NoSuchChannel(Missing):
    code = "forwarding.no_such_channel"
    zh = "没有这个渠道"
    en = "There is no such channel"


class InvalidHintHours(Invalid):
    code = "forwarding.invalid_hint_hours"
    zh = "提醒的小时数是 0 到 {max_hours}，0 是不提醒"
    en = "Hours are 0 to {max_hours}; 0 tells nothing"
    max_hours: int


@transaction.atomic
def add_channel(*, actor: Actor, name: str, now: datetime) -> ChannelView:
    """Add a channel of her own. A name that she has already returns that channel. Refuses a bad name, and more than MAX_OWN_CHANNELS."""
    reseller = require_reseller(actor)
    lock_person(actor.own_id)
    said = normalized(name)
    if not 0 < len(said) <= MAX_CHANNEL_NAME or invisible_character(said):
        raise InvalidChannelName(max_name=MAX_CHANNEL_NAME)
    rows = ShareChannel.objects.filter(reseller_id=reseller.id, removed_at=None)
    row = rows.filter(name=said).first()
    if row is None:
        if rows.count() >= MAX_OWN_CHANNELS:
            raise TooManyChannels(limit=MAX_OWN_CHANNELS)
        code = _free_code(reseller.id)
        row = ShareChannel.objects.create(reseller_id=reseller.id, code=code, name=said, created_at=now)
    return own_channel(row)


@transaction.atomic
def remove_channel(*, actor: Actor, code: str, now: datetime) -> list[ChannelView]:
    """Take a channel of her own out of her choice; what it counted stays. A repetition changes nothing."""
    reseller = require_reseller(actor)
    row = ShareChannel.objects.select_for_update().filter(reseller_id=reseller.id, code=code).first()
    if row is None:
        raise NoSuchChannel
    if row.removed_at is None:
        row.removed_at = now
        row.save(update_fields=["removed_at"])
    return list_channels(reseller.id)


@transaction.atomic
def record_share(*, actor: Actor, forward_id: int, kind: ShareKind, channel: str, now: datetime) -> None:
    """Record that she takes a page of hers along to share it, with the styles that it shows now.

    The same again within a minute is recorded once. Refuses a channel that she does not have, and another reseller's page.
    """
    reseller = require_reseller(actor)
    lock_person(actor.own_id)
    row = Forward.objects.filter(pk=forward_id, reseller_id=reseller.id).first()
    if row is None:
        raise NoSuchForward
    _require_channel(reseller.id, channel)
    same = Share.objects.filter(forward=row, kind=kind.value, channel=channel)
    if same.filter(shared_at__gt=now - ONE_TAP, shared_at__lte=now).exists():
        return
    share = Share.objects.create(reseller_id=reseller.id, forward=row, kind=kind.value, channel=channel, shared_at=now)
    styles: Sequence[SelectedStyle] = shown_styles(reseller.id, row.pk, at=now) if row.sale_id is not None else ()
    SharedStyle.objects.bulk_create(
        SharedStyle(share=share, sale_id=each.sale_id, style_id=each.style_id) for each in styles
    )


@transaction.atomic
def set_hint_hours(*, actor: Actor, hours: int) -> int:
    """Choose within how many hours she is told of a repetition; 0 never."""
    reseller = require_reseller(actor)
    if not 0 <= hours <= MAX_HINT_HOURS:
        raise InvalidHintHours(max_hours=MAX_HINT_HOURS)
    SharingChoice.objects.update_or_create(reseller_id=reseller.id, defaults={"hint_hours": hours})
    return hours


def _require_channel(reseller_id: int, code: str) -> None:
    if code and not is_built_in(code):
        own = ShareChannel.objects.filter(reseller_id=reseller_id, code=code, removed_at=None)
        if not own.exists():
            raise NoSuchChannel


def _free_code(reseller_id: int) -> str:
    """A code that none of her channels has, removed ones included: addresses with it may still be about."""
    taken = set(ShareChannel.objects.filter(reseller_id=reseller_id).values_list("code", flat=True))
    return next(code for code in iter(lambda: secrets.token_hex(CODE_BYTES), "") if code not in taken)
