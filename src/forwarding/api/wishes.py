"""What customers ask for, for programs."""

from ninja import Field, Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.rules.wishes import MAX_ORDERED_WISHES, MAX_WISH_LINES, PickedUnits, WishState
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.selectors.waiting_wishes import WaitedSizeView, list_waited_sizes
from forwarding.selectors.wish_desk import DeskWishView, list_desk_wishes
from forwarding.selectors.wishes import WishView
from forwarding.services import group_lists, wish_orders
from forwarding.services import wishes as wishes_services
from forwarding.services.group_lists import GroupListView, GroupWishesView
from forwarding.services.wish_grabs import link_order_to_version
from forwarding.services.wish_orders import WishChoice, WishOrderView
from kernel import clock
from membership.selectors.people import require_member, require_reseller
from orders.services.recipients import RecipientFields, RecipientProposal
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class WishOrderIn(Input):
    order_id: Whole
    version: Word = Field("", description='of the wish as `GET /wishes/open` showed it; "" does not ask')


class GroupListIn(Input):
    text: str = Field(max_length=20_000)


class GroupWishesIn(GroupListIn):
    version: Word = Field(description="of the preview: it stands for the goods, their numbers and prices")
    key: Word = Field(description="idempotency key: the same key and text create the wishes once")


class WishChoiceIn(Input):
    """A wish as `GET /wishes/open` shows it: its `version`, and the `prices` of its lines in their order."""

    wish_id: Whole
    version: Word
    prices: list[YuanIn] = Field(max_length=MAX_WISH_LINES)


class WishesOrderIn(Input):
    wishes: list[WishChoiceIn] = Field(min_length=1, max_length=MAX_ORDERED_WISHES)
    key: Word = Field(description="idempotency key: the same key with the same wishes orders and pays once")
    pay: bool = Field(True, description="false leaves the order unpaid")


class WishRecipientIn(Input):
    name: Word
    phone: Word
    address: Text


class PickedUnitsIn(Input):
    item_id: Whole
    units: Whole


class WishCorrectionIn(Input):
    """What the reseller corrects of a wish; what is null stays. `lines` replaces all lines."""

    recipient: WishRecipientIn | None = None
    lines: list[PickedUnitsIn] | None = Field(None, max_length=MAX_WISH_LINES)


class WishQuery(PageQuery):
    state: WishState | None = None


@router.post("/forwards/{int:forward_id}/group-list/preview", auth=reseller)
def preview_group_list(request: ActorRequest, forward_id: int, body: GroupListIn) -> GroupListView:
    """What is read of a pasted group list: per entry the goods by the numbers of the page, and the contact. Stores nothing."""
    return group_lists.preview_group_list(actor=request.auth, forward_id=forward_id, text=body.text, now=clock.now())


@router.post("/forwards/{int:forward_id}/group-list", response=201, auth=reseller)
def create_group_wishes(request: ActorRequest, forward_id: int, body: GroupWishesIn) -> GroupWishesView:
    """Create a wish of each entry that was understood; `remaining_text` is the rest, to be corrected and sent again.

    Refused: `forwarding.goods_renumbered` where the goods of the page, or their prices, are no longer those of the preview.
    """
    return group_lists.create_group_wishes(
        actor=request.auth,
        forward_id=forward_id,
        text=body.text,
        version=body.version,
        key=body.key,
        now=clock.now(),
    )


@router.get("/wishes", auth=reseller)
def list_wishes(request: ActorRequest, page: Query[WishQuery]) -> Page[WishView]:
    buyer = require_reseller(request.auth)
    return forwarding_wishes.list_wishes(buyer.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.get("/wishes/open", auth=reseller)
def list_open_wishes(request: ActorRequest, page: Query[PageQuery]) -> Page[DeskWishView]:
    """Wishes that wait for an order, the oldest first, each with the recipient as read, her prices now, and what is in the way.

    Those that wait for sold-out sizes are in `GET /wishes/waiting`.
    """
    buyer = require_member(request.auth, clock.now())
    return list_desk_wishes(buyer.id, buyer.tier, at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/wishes/waiting", auth=reseller)
def list_waiting_wishes(request: ActorRequest) -> list[WaitedSizeView]:
    """By size, the customers who wait for it in a live sale, those who asked first before others; at most 200 wishes.

    `reached` can be ordered now with `POST /wishes/order`. `POST /waiting-list` with `missing_units` and a source `wishes:<last id>` waits
    for the units of all of them.
    """
    now = clock.now()
    buyer = require_member(request.auth, now)
    return list_waited_sizes(buyer.id, buyer.tier, at=now)


@router.post("/wishes/order", auth=reseller)
def order_wishes(request: ActorRequest, body: WishesOrderIn) -> WishOrderView:
    """Order chosen wishes as they were shown, as one order, and pay it from the wallet.

    A wish is ordered in full or stays open with its `refusal`: sold out, price or wish changed, withdrawn, recipient not confirmed.
    Recipients that are not in the address book yet are created for the wishes that are ordered. An order that cannot be paid stays
    unpaid, with `payment_refusal`. Refused: `orders.order_key_conflict` where the key was used for other wishes.
    """
    choices = [WishChoice(each.wish_id, each.version, each.prices) for each in body.wishes]
    place = wish_orders.order_and_pay_wishes if body.pay else wish_orders.order_wishes
    return place(actor=request.auth, choices=choices, key=body.key, now=clock.now())


@router.put("/wishes/{int:wish_id}", auth=reseller)
def correct_wish(request: ActorRequest, wish_id: int, body: WishCorrectionIn) -> WishView:
    """Correct recipient or lines of an open wish. Nothing is entered in the address book before the wish is ordered.

    Refused: `orders.invalid_recipient`, `forwarding.item_not_offered`, and `forwarding.wish_already_answered` where it is not open.
    """
    return wish_orders.correct_wish(
        actor=request.auth,
        wish_id=wish_id,
        recipient=RecipientFields(**body.recipient.dict()) if body.recipient else None,
        lines=None if body.lines is None else [PickedUnits(each.item_id, each.units) for each in body.lines],
        now=clock.now(),
    )


@router.get("/wishes/{int:wish_id}/recipient", auth=reseller)
def propose_wish_recipient(request: ActorRequest, wish_id: int) -> RecipientProposal:
    """The recipient as read from what the customer wrote. Stores nothing: send the confirmed fields to `POST /recipients`."""
    buyer = require_reseller(request.auth)
    return wishes_services.recipient_of_wish(forwarding_wishes.get_wish(buyer.id, wish_id))


@router.post("/wishes/{int:wish_id}/order", auth=reseller)
def link_order(request: ActorRequest, wish_id: int, body: WishOrderIn) -> WishView:
    """Record the order that a wish became.

    Refused: `forwarding.wish_already_answered` where she declined it, `forwarding.wish_changed` where it is not of that `version` any more.
    """
    return link_order_to_version(
        actor=request.auth, wish_id=wish_id, version=body.version, order_id=body.order_id, now=clock.now()
    )


@router.post("/wishes/{int:wish_id}/done", auth=reseller)
def complete_wish(request: ActorRequest, wish_id: int) -> WishView:
    """Refused: `forwarding.wish_already_answered` where she declined it."""
    return wishes_services.answer_wish(actor=request.auth, wish_id=wish_id, state=WishState.DONE, now=clock.now())


@router.post("/wishes/{int:wish_id}/decline", auth=reseller)
def decline_wish(request: ActorRequest, wish_id: int) -> WishView:
    """Refused: `forwarding.wish_already_answered` where it is done."""
    return wishes_services.answer_wish(actor=request.auth, wish_id=wish_id, state=WishState.DECLINED, now=clock.now())
