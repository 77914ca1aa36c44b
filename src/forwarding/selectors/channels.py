"""The channels in which a reseller shares, and what she shared before (FORWARD-21, FORWARD-22)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from forwarding.models import ShareChannel, SharingChoice
from forwarding.rules.channels import GROUP_LIST_CHANNEL, ONE_ACT, ONE_TAP, BuiltInChannel
from forwarding.rules.pages import SelectedStyle
from forwarding.sql.shares import RepeatedShare, find_repeated_share
from forwarding.sql.storefront import Offer, UnsharedStyle, find_unshared_styles
from membership.selectors.histories import get_tier
from web.pagination import InvalidCursor, Page

BUILT_IN_NAMES = {
    BuiltInChannel.MOMENTS: _("朋友圈"),
    BuiltInChannel.GROUP: _("群"),
    BuiltInChannel.CHAT: _("私聊"),
    BuiltInChannel.POSTER: _("海报"),
    BuiltInChannel.OTHER: _("其他地方"),
}
NO_CHANNEL = _("没分渠道")
GROUP_LIST = _("接龙")


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel by the code that stands in addresses. `own`: she named it. `removed`: it is no longer offered to her."""

    code: str
    name: str
    own: bool = False
    removed: bool = False


def list_channels(reseller_id: int, *, with_removed: bool = False) -> list[ChannelView]:
    """Her channels: those that everybody has, then her own in the order in which she added them."""
    rows = ShareChannel.objects.filter(reseller_id=reseller_id).order_by("id")
    if not with_removed:
        rows = rows.filter(removed_at=None)
    built_in = [ChannelView(code.value, str(name)) for code, name in BUILT_IN_NAMES.items()]
    return built_in + [own_channel(row) for row in rows]


def channel_names(reseller_id: int) -> dict[str, str]:
    """The name of each of her channels by its code, removed ones, that of no channel and that of group lists included."""
    return {"": str(NO_CHANNEL), GROUP_LIST_CHANNEL: str(GROUP_LIST)} | {
        each.code: each.name for each in list_channels(reseller_id, with_removed=True)
    }


def own_channel(row: ShareChannel) -> ChannelView:
    return ChannelView(row.code, row.name, own=True, removed=row.removed_at is not None)


def get_hint_hours(reseller_id: int) -> int:
    """Within how many hours she is told that she shares the same goods again: her choice, else what ops set; 0 never."""
    row = SharingChoice.objects.filter(reseller_id=reseller_id).first()
    return row.hint_hours if row else int(settings.REPEATED_SHARE_HOURS)


def get_repeated_share(
    reseller_id: int, *, forward_id: int, styles: Collection[SelectedStyle], channel: str, at: datetime
) -> RepeatedShare | None:
    """When and where she last shared goods of this page to the same channel within her hours, and what came of it; None where she did not.

    The goods are `styles`; a page that names none, a storefront, is compared as a whole. What she took along of this page within
    ONE_ACT belongs to what she is doing.
    """
    hours = get_hint_hours(reseller_id)
    if not hours:
        return None
    found: Sequence[RepeatedShare] = find_repeated_share(
        reseller_id=reseller_id,
        forward_id=forward_id,
        styles=[(each.sale_id, each.style_id) for each in styles],
        channel=channel,
        since=at - timedelta(hours=hours),
        until=at - ONE_TAP,
        until_of_page=at - ONE_ACT,
    )
    return found[0] if found else None


def list_unshared_styles(reseller_id: int, *, at: datetime, cursor: str = "", limit: int = 30) -> Page[UnsharedStyle]:
    """Styles that she has priced in open sales and that customers can have, but that she never shared; the newest price first."""
    offer = Offer(reseller_id, get_tier(reseller_id, at), previews=True, sold_out=False, at=at)
    found = find_unshared_styles(offer, after_id=_decode(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(shown, str(shown[-1].price_id) if len(found) > limit else None)


def _decode(cursor: str) -> int | None:
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise InvalidCursor
    return int(cursor) if cursor else None
