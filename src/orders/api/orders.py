"""Orders for programs: resellers grab and pay, finance tops up."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, LateRoleAuth, RoleAuth, SenderRequest, UncheckedToken
from accounts.rules import Role
from kernel import clock
from ledger.selectors.accounts import EntryView
from membership.selectors.people import require_buyer, require_reseller
from orders.rules.lines import MAX_LINES, MAX_REMARK, RequestedUnits, Take
from orders.rules.payments import MAX_ORDERS_PER_PAYMENT, ReceivedState
from orders.rules.states import OrderFilter
from orders.selectors import all_orders, cart, explanations, orders
from orders.selectors.all_orders import OrderListItem
from orders.selectors.cart import AgainLineView, CartView
from orders.selectors.delivery import find_own_provinces
from orders.selectors.freight import FreightQuote, get_freight_quote
from orders.selectors.orders import OrderView, RecipientView, WalletView
from orders.selectors.quantity_gaps import QuantityGap, find_gaps
from orders.selectors.received_payments import ReceivedPaymentItem, list_received_payments
from orders.services import again, payment
from orders.services import cart as cart_services
from orders.services import contacts as contact_services
from orders.services import grab as grab_services
from orders.services import recipients as recipient_services
from orders.services.again import AgainLine
from orders.services.batches import GrabRequest
from orders.services.payment import PaymentView
from orders.services.placing import GrabLine, validated
from orders.services.recipient_lists import MAX_CHARACTERS, ProposedRecipient, propose_recipients
from orders.services.recipients import RecipientProposal
from pricing.rules.explanations import ExplainedStep
from web.later import AnswerLater, can_answer_later
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Text, Whole, Word

router = ViewRouter(tags=["orders"])
reseller = RoleAuth(Role.RESELLER)
MAX_PASTED = 1000


class RecipientIn(Input):
    """Three confirmed fields. `pasted` is the text that they were read from; alone it creates no recipient."""

    name: Word = ""
    phone: Word = ""
    address: Text = ""
    pasted: str = Field("", max_length=MAX_PASTED)


class PastedIn(Input):
    pasted: str = Field(max_length=MAX_PASTED, description="as a customer sent it")


class PastedListIn(Input):
    pasted: str = Field(
        max_length=MAX_CHARACTERS, description="recipients on lines of their own, or between blank lines"
    )


class GrabLineIn(Input):
    item_id: Whole
    units: Whole
    recipient_id: Whole
    expected_price: YuanIn | None = Field(
        None, description="the unit price that the client showed; the grab is refused where the present price differs"
    )
    remark: str = Field("", max_length=MAX_REMARK, description="for the brand, which sees it on its shipping list")


class GrabIn(Input):
    key: Word = Field(description="chosen by the client; the same key makes at most one order")
    lines: list[GrabLineIn] = Field(
        max_length=MAX_LINES, description=f"at most {MAX_LINES}, of any sales and recipients"
    )
    take: Take = Field(
        Take.ALL,
        description="`all`: every line in full or nothing; `what_is_left`: what stock, limits and credit leave",
    )
    expected_freight: YuanIn | None = Field(
        None, description="the freight that the client showed for all of these units; another one is refused"
    )


class AgainLineIn(Input):
    line_id: Whole
    units: Whole
    expected_price: YuanIn = Field(description="the present unit price that the client showed")


class AgainIn(Input):
    key: Word = Field(description="chosen by the client; the same key makes at most one order")
    lines: list[AgainLineIn] = Field(max_length=MAX_LINES)


class UnitsIn(Input):
    units: Whole


class PacksIn(Input):
    packs: Whole


class SwapIn(Input):
    item_id: Whole
    expected_price: YuanIn | None = None


class RemarkIn(Input):
    remark: str = Field(max_length=MAX_REMARK)


class PaymentIn(Input):
    order_ids: list[Whole] = Field(max_length=MAX_ORDERS_PER_PAYMENT)
    expected_total: YuanIn | None = Field(None, description="what the client showed; another total is refused")


@router.post("/recipients/read", auth=reseller)
def read_recipient(request: ActorRequest, body: PastedIn) -> RecipientProposal:
    """Read name, phone and address from a pasted text. Creates nothing: send the confirmed fields to `POST /recipients`."""
    return recipient_services.propose_recipient(body.pasted)


@router.post("/recipients/read-list", auth=reseller)
def read_recipients(request: ActorRequest, body: PastedListIn) -> list[ProposedRecipient]:
    """Read many recipients from one pasted text. Creates nothing: send the confirmed fields of each to `POST /recipients`.

    Refused: `orders.invalid_recipient_list` (more recipients or characters than a text may hold).
    """
    return propose_recipients(actor=request.auth, pasted=body.pasted)


@router.post("/recipients", response=201, auth=reseller)
def add_recipient(request: ActorRequest, body: RecipientIn) -> RecipientView:
    """Create a recipient from three confirmed fields.

    Refused: `orders.recipient_not_confirmed` (a pasted text without the three fields; its `fields` propose what was read),
    `orders.invalid_recipient` (a field is missing or cannot be used).
    """
    return recipient_services.add_recipient(
        actor=request.auth,
        name=body.name,
        phone=body.phone,
        address=body.address,
        pasted=body.pasted,
        now=clock.now(),
    )


@router.get("/recipients", auth=reseller)
def list_recipients(request: ActorRequest, page: Query[PageQuery]) -> Page[RecipientView]:
    return orders.list_own_recipients(require_reseller(request.auth).id, cursor=page.cursor, limit=page.limit)


@router.delete("/recipients/{int:recipient_id}", auth=reseller)
def hide_recipient(request: ActorRequest, recipient_id: int) -> None:
    recipient_services.hide_recipient(actor=request.auth, recipient_id=recipient_id, now=clock.now())


@router.post("/orders", response=201, auth=LateRoleAuth(Role.RESELLER))
def grab(request: SenderRequest, body: GrabIn) -> OrderView:
    """Grab 抢货: take units at the frozen price of the reseller's tier; pay before `pay_before`.

    All lines or none, unless `take` is `what_is_left`; then `refused_lines` names what could not be had, with the reason of each line.
    Refused: `orders.price_changed` where a line's `expected_price` is not the present one, `orders.freight_changed` where
    `expected_freight` is not, `orders.lines_refused` where several lines cannot be had; its `lines` name each with its reason. Refused for
    the quantities of a style or brand: `orders.quantity_not_allowed` (`needed_units` is the next number allowed),
    `orders.not_whole_packs` (`needed` by size), `orders.below_order_amount`, `orders.below_order_units`.
    """
    lines = [
        GrabLine(line.item_id, line.units, line.recipient_id, line.expected_price, line.remark) for line in body.lines
    ]
    sender = request.auth
    wanted = GrabRequest(
        validated(lines, body.key),
        body.key,
        body.take,
        clock.now(),
        body.expected_freight,
        actor=None if isinstance(sender, UncheckedToken) else sender,
        token=sender.token if isinstance(sender, UncheckedToken) else "",
    )
    if not (can_answer_later(request) and grab_services.submits()):
        return grab_services.place(wanted)
    raise AnswerLater(grab, grab_services.submit(wanted))


@router.get("/orders", auth=reseller)
def list_orders(
    request: ActorRequest,
    page: Query[PageQuery],
    state: Word = "",
    progress: OrderFilter | None = None,
    search: Word = "",
) -> Page[OrderView]:
    """Her orders, the newest first. `search`: an order number, recipient, phone or its last digits, style, remark or tracking number."""
    return orders.list_own_orders(
        require_reseller(request.auth).id,
        at=clock.now(),
        query=search,
        state=state,
        progress=progress,
        cursor=page.cursor,
        limit=page.limit,
    )


@router.get("/orders/{int:order_id}", auth=reseller)
def get_order(request: ActorRequest, order_id: int) -> OrderView:
    return orders.get_own_order(require_reseller(request.auth).id, order_id)


@router.get(
    "/orders/{int:order_id}/lines/{int:line_id}/why",
    auth=RoleAuth(Role.RESELLER, Role.OPS, Role.FINANCE),
)
def explain_line_price(request: ActorRequest, order_id: int, line_id: int) -> list[ExplainedStep]:
    """The steps that led to the price of a line, as far as the caller's role may see them."""
    return explanations.explain_line_price(actor=request.auth, order_id=order_id, line_id=line_id)


@router.post("/orders/{int:order_id}/recipients/{int:recipient_id}/show", auth=RoleAuth(Role.OPS, Role.FINANCE))
def show_contact(request: ActorRequest, order_id: int, recipient_id: int, body: ReasonIn) -> RecipientView:
    """Name, phone and address of one recipient of an order, whole. The audit log keeps who asked, when and why."""
    return contact_services.show_contact(
        actor=request.auth, order_id=order_id, recipient_id=recipient_id, reason=body.reason, now=clock.now()
    )


@router.get("/orders/{int:order_id}/again", auth=reseller)
def get_lines_again(request: ActorRequest, order_id: int) -> list[AgainLineView]:
    """The lines of an old order with what can be had of them now."""
    now = clock.now()
    buyer = require_buyer(request.auth, now)
    return cart.get_lines_again(buyer.id, order_id, tier=buyer.tier.value, at=now)


@router.post("/orders/again", response=201, auth=reseller)
def order_again(request: ActorRequest, body: AgainIn) -> OrderView:
    """Order old lines anew at the present prices: what is left of them; `refused_lines` names the rest.

    Refused: `orders.not_on_sale` where no live sale has the goods of a line.
    """
    lines = [AgainLine(line.line_id, line.units, line.expected_price) for line in body.lines]
    return again.order_again(actor=request.auth, lines=lines, key=body.key, now=clock.now())


@router.get("/cart", auth=reseller)
def get_cart(request: ActorRequest) -> CartView:
    """All unpaid orders by sale, and what ran out unpaid within a day (`expired`). Pay them with `POST /payments`."""
    now = clock.now()
    buyer = require_buyer(request.auth, now)
    return cart.get_cart(buyer.id, tier=buyer.tier.value, at=now)


@router.post("/order-lines/{int:line_id}/units", auth=reseller)
def change_units(request: ActorRequest, line_id: int, body: UnitsIn) -> OrderView:
    """Change the units of an unpaid line; 0 takes it out, and with the last line the order is cancelled.

    Refused: `orders.quantity_not_allowed`, `orders.not_whole_packs`, `orders.below_order_amount` and `orders.below_order_units` where the
    order would break the quantity terms of the style or the order minimum of the brand.
    """
    return cart_services.change_units(actor=request.auth, line_id=line_id, units=body.units, now=clock.now())


@router.post("/order-lines/{int:line_id}/packs", auth=reseller)
def change_packs(request: ActorRequest, line_id: int, body: PacksIn) -> OrderView:
    """Change the size-run packs of the style and colour of an unpaid line for its recipient, all sizes at once; 0 takes them out.

    Refused: `orders.not_in_packs` where the style is not ordered in packs.
    """
    return cart_services.change_packs(actor=request.auth, line_id=line_id, packs=body.packs, now=clock.now())


class SwapColourIn(Input):
    colour: Word
    expected_total: YuanIn | None = Field(None, description="what the client showed that the lines cost then")


@router.post("/order-lines/{int:line_id}/swap-colour", auth=reseller)
def swap_colour(request: ActorRequest, line_id: int, body: SwapColourIn) -> OrderView:
    """Exchange all sizes of the style and colour of an unpaid line, for its recipient, for another colour at once.

    Refused: `orders.no_such_colour`, `orders.colour_price_changed`, `orders.already_in_order`, and as for `swap`.
    """
    return cart_services.swap_colour(
        actor=request.auth,
        line_id=line_id,
        colour=body.colour,
        expected_total_fen=body.expected_total,
        now=clock.now(),
    )


@router.post("/order-lines/{int:line_id}/take-out-style", auth=reseller)
def take_out_style(request: ActorRequest, line_id: int) -> OrderView:
    """Take all lines of the style of an unpaid line out of their order."""
    return cart_services.take_out_style(actor=request.auth, line_id=line_id, now=clock.now())


@router.post("/order-lines/{int:line_id}/swap", auth=reseller)
def swap_item(request: ActorRequest, line_id: int, body: SwapIn) -> OrderView:
    """Exchange an unpaid line for another colour or size of its style in the same sale.

    Refused: `orders.price_changed` where the present price is not `expected_price`, by default the price of the line.
    """
    return cart_services.swap_item(
        actor=request.auth,
        line_id=line_id,
        item_id=body.item_id,
        expected_price_fen=body.expected_price,
        now=clock.now(),
    )


@router.post("/order-lines/{int:line_id}/remark", auth=reseller)
def set_remark(request: ActorRequest, line_id: int, body: RemarkIn) -> OrderView:
    """Set what the brand reads on its shipping list about a line, until it is shipped."""
    return cart_services.set_remark(actor=request.auth, line_id=line_id, remark=body.remark, now=clock.now())


@router.post("/orders/{int:order_id}/pay", auth=reseller)
def pay(request: ActorRequest, order_id: int) -> OrderView:
    """Pay from the wallet. A second call changes nothing."""
    return payment.pay(actor=request.auth, order_id=order_id, now=clock.now())


@router.post("/orders/{int:order_id}/cancel", auth=reseller)
def cancel(request: ActorRequest, order_id: int) -> OrderView:
    """Cancel an unpaid order; its units become available again."""
    return grab_services.cancel_unpaid(actor=request.auth, order_id=order_id, now=clock.now())


@router.post("/payments", response=201, auth=reseller)
def pay_orders(request: ActorRequest, body: PaymentIn) -> PaymentView:
    """Pay several orders from the wallet, all or none. A second call with the same orders changes nothing.

    Refused: `orders.total_changed` where `expected_total` is not their sum, `orders.payment_too_late`, `orders.not_unpaid`,
    `ledger.insufficient_balance`.
    """
    return payment.pay_orders(
        actor=request.auth, order_ids=body.order_ids, expected_total_fen=body.expected_total, now=clock.now()
    )


@router.get("/wallet", auth=reseller)
def get_wallet(request: ActorRequest) -> WalletView:
    return WalletView(orders.get_wallet_balance_fen(require_reseller(request.auth).id))


@router.get("/wallet/entries", auth=reseller)
def list_wallet_entries(request: ActorRequest, page: Query[PageQuery]) -> Page[EntryView]:
    return orders.list_wallet_entries(require_reseller(request.auth).id, cursor=page.cursor, limit=page.limit)


class CheckedLineIn(Input):
    item_id: Whole
    units: Whole
    recipient_id: Whole = Field(0, description="whole packs go to one recipient; 0 where none is chosen yet")


class CheckedIn(Input):
    lines: list[CheckedLineIn] = Field(max_length=MAX_LINES)


@router.post("/quantity-gaps", auth=reseller)
def list_quantity_gaps(request: ActorRequest, body: CheckedIn) -> list[QuantityGap]:
    """What these lines lack together of minimums, multiples, whole packs and the order minimums of brands; nothing is placed."""
    buyer = require_buyer(request.auth, clock.now())
    requests = [RequestedUnits(each.item_id, each.units, recipient=str(each.recipient_id)) for each in body.lines]
    return find_gaps(requests, reseller_id=buyer.id, tier=buyer.tier.value, at=clock.now())


@router.post("/freight-quotes", auth=reseller)
def quote_freight(request: ActorRequest, body: CheckedIn) -> FreightQuote:
    """What these lines would cost together at the present prices, with their freight; nothing is placed.

    Where no recipient is chosen the surcharge of a province is left out. Refused: `orders.no_delivery`, `orders.unknown_province`.
    """
    buyer = require_buyer(request.auth, clock.now())
    provinces = find_own_provinces(buyer.id, {each.recipient_id for each in body.lines})
    requests = [
        RequestedUnits(each.item_id, each.units, None, str(each.recipient_id), provinces.get(each.recipient_id))
        for each in body.lines
    ]
    return get_freight_quote(requests, reseller_id=buyer.id, tier=buyer.tier.value, at=clock.now())


@router.get("/ops/received-payments", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_received(
    request: ActorRequest,
    page: Query[PageQuery],
    state: ReceivedState | None = None,
    order_id: int | None = None,
    search: Word = "",
) -> Page[ReceivedPaymentItem]:
    """Money that arrived for orders, the newest first. `search`: the number of an order, a bank reference, or the name of a reseller."""
    return list_received_payments(
        state=state or "", query=search, order_id=order_id, cursor=page.cursor, limit=page.limit
    )


@router.get("/ops/orders", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_all_orders(
    request: ActorRequest, page: Query[PageQuery], state: Word = "", sale_id: int | None = None, search: Word = ""
) -> Page[OrderListItem]:
    """The orders of all resellers, the newest first, with masked recipients. `search` as for consignments, or the name of a reseller."""
    return all_orders.list_orders(query=search, state=state, sale_id=sale_id, cursor=page.cursor, limit=page.limit)
