"""Channels, shares, and what became of them, for programs (FORWARD-21, FORWARD-22)."""

from datetime import date, timedelta

from ninja import Field, Query, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.rules.channels import MAX_HINT_HOURS, ShareKind
from forwarding.rules.funnel import FunnelSpan
from forwarding.selectors import channels as channels_selectors
from forwarding.selectors import funnel
from forwarding.selectors.channels import ChannelView
from forwarding.selectors.forwards import shown_styles
from forwarding.selectors.funnel import FunnelView
from forwarding.selectors.storefronts import get_storefront
from forwarding.services import channels
from forwarding.sql.shares import RepeatedShare
from forwarding.sql.storefront import UnsharedStyle
from kernel import clock
from kernel.period import SHANGHAI
from membership.selectors.people import require_member, require_reseller
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, Text, Whole, Word

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class FunnelQuery(Schema):
    """Days are those of Shanghai: the last 30 where none are given."""

    span: FunnelSpan = FunnelSpan.CHANNEL
    first_date: Day | None = None
    last_date: Day | None = None
    forward_id: int | None = None

    @property
    def days(self) -> tuple[date, date]:
        last_date = self.last_date or clock.now().astimezone(SHANGHAI).date()
        return self.first_date or last_date - timedelta(days=29), last_date


class ChannelIn(Input):
    name: Word


class ShareIn(Input):
    """What she takes along of a page; without a forward it is her storefront. `channel` is a code, "" for none."""

    forward_id: Whole | None = None
    kind: ShareKind
    channel: Text = ""


class HintIn(Input):
    hours: Whole = Field(le=MAX_HINT_HOURS, description="0 tells nothing")


class HintOut(Schema):
    """Within how many hours she is told, and the last share of the same goods to the same channel within them, else null."""

    hours: int
    repeated: RepeatedShare | None


@router.get("/sharing", auth=reseller)
def get_sharing(request: ActorRequest, asked: Query[FunnelQuery]) -> FunnelView:
    """Views, wishes, orders, paid goods and profit by day, channel or page; wishes and what they became count on the day of the wish.

    At most 366 days and 400 rows. Refused: `forwarding.no_such_forward`.
    """
    first_date, last_date = asked.days
    return funnel.get_funnel(
        require_reseller(request.auth).id,
        span=asked.span,
        first_date=first_date,
        last_date=last_date,
        forward_id=asked.forward_id,
    )


@router.get("/sharing/channels", auth=reseller)
def list_channels(request: ActorRequest) -> list[ChannelView]:
    """Her channels. An address leads to one by `?c=` and the code."""
    return channels_selectors.list_channels(require_reseller(request.auth).id)


@router.post("/sharing/channels", auth=reseller)
def add_channel(request: ActorRequest, body: ChannelIn) -> ChannelView:
    """Refused: `forwarding.invalid_channel_name`, `forwarding.too_many_channels`. A name that she has already returns that channel."""
    return channels.add_channel(actor=request.auth, name=body.name, now=clock.now())


@router.delete("/sharing/channels/{code}", auth=reseller)
def remove_channel(request: ActorRequest, code: Word) -> list[ChannelView]:
    """What it counted stays. Refused: `forwarding.no_such_channel`."""
    return channels.remove_channel(actor=request.auth, code=code, now=clock.now())


@router.get("/sharing/repeated", auth=reseller)
def get_repeated(request: ActorRequest, channel: Word = "", forward_id: int | None = None) -> HintOut:
    """Whether she shared goods of this page, or without a forward her storefront, to the channel before."""
    me, now = require_reseller(request.auth), clock.now()
    page_id = _page_id(me.id, forward_id)
    styles = shown_styles(me.id, page_id, at=now) if forward_id is not None else []
    repeated = channels_selectors.get_repeated_share(me.id, forward_id=page_id, styles=styles, channel=channel, at=now)
    return HintOut(hours=channels_selectors.get_hint_hours(me.id), repeated=repeated)


@router.put("/sharing/hint", auth=reseller)
def set_hint_hours(request: ActorRequest, body: HintIn) -> HintOut:
    return HintOut(hours=channels.set_hint_hours(actor=request.auth, hours=body.hours), repeated=None)


@router.post("/sharing/shares", auth=reseller)
def record_share(request: ActorRequest, body: ShareIn) -> None:
    """Record a share; the same again within a minute counts once. Refused: `forwarding.no_such_channel`."""
    page_id = _page_id(require_reseller(request.auth).id, body.forward_id)
    channels.record_share(actor=request.auth, forward_id=page_id, kind=body.kind, channel=body.channel, now=clock.now())


@router.get("/sharing/unshared", auth=reseller)
def list_unshared_styles(request: ActorRequest, page: Query[PageQuery]) -> Page[UnsharedStyle]:
    """Styles that she has priced in open sales and never shared, the newest price first."""
    me, now = require_member(request.auth, clock.now()), clock.now()
    return channels_selectors.list_unshared_styles(me.id, at=now, cursor=page.cursor, limit=page.limit)


def _page_id(reseller_id: int, forward_id: int | None) -> int:
    return get_storefront(reseller_id, at=clock.now()).forward_id if forward_id is None else forward_id
