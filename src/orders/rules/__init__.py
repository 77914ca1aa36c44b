"""The rules of orders (ORDER-1 to ORDER-14, see docs/rules/orders.md)."""

import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flashsales.rules import Offer, RemainingUnits, Shortfall

MAX_CUSTOMER_NOTE = 200
"""Characters of a reseller's note about a customer."""


class OrderState(enum.StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    CANCELLED = "cancelled"


class PaymentOutcome(enum.StrEnum):
    """What became of money that arrived for an order (ORDER-15)."""

    PAID = "paid"
    """It paid the order in time."""
    PAID_LATE = "paid_late"
    """The time to pay had run out; the units were still there, and the order is paid."""
    ALREADY_PAID = "already_paid"
    CANCELLED = "cancelled"
    """The order was cancelled before its time ran out."""
    ORDERED_AGAIN = "ordered_again"
    """What ran out was ordered anew in the meantime."""
    SALE_OVER = "sale_over"
    SOLD_OUT = "sold_out"
    OVER_LIMIT = "over_limit"
    TOO_LITTLE = "too_little"
    """The wallet does not cover the order with it."""


PAYING_OUTCOMES = frozenset({PaymentOutcome.PAID, PaymentOutcome.PAID_LATE})
"""The outcomes that paid the order; in all others the money is in the wallet."""


class ReceivedState(enum.StrEnum):
    """Where money that arrived for an order is, as finance look for it (ORDER-15)."""

    APPLIED = "applied"
    """It paid its order in time."""
    LATE = "late"
    """It paid its order after the time to pay had run out."""
    CREDITED = "credited"
    """It is in the wallet and did not pay its order."""


def received_state(outcome: PaymentOutcome) -> ReceivedState:
    if outcome is PaymentOutcome.PAID:
        return ReceivedState.APPLIED
    return ReceivedState.LATE if outcome is PaymentOutcome.PAID_LATE else ReceivedState.CREDITED


class ConsignmentState(enum.StrEnum):
    """How far the units of a consignment, or of one of its lines, are shipped."""

    TO_SHIP = "to_ship"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class OrderFilter(enum.StrEnum):
    """What a reseller looks for among her orders. An order may be in several."""

    TO_PAY = "to_pay"
    TO_SHIP = "to_ship"
    """Paid, and something of it is still to be shipped."""
    LATE = "late"
    """Something of it should have been shipped by now."""
    SHIPPED = "shipped"
    """Something of it was shipped, and nothing is left to ship."""
    SHORT = "short"
    """The brand did not have something of it."""
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class Urgency(enum.StrEnum):
    """How much of the time to ship is left: more than `SOON_WITHIN`, less, or none (ORDER-4)."""

    DUE = "due"
    SOON = "soon"
    LATE = "late"


SOON_WITHIN = timedelta(hours=4)


def urgency_of(*, ship_by: datetime, at: datetime) -> Urgency:
    """The deadline itself is in time."""
    if at > ship_by:
        return Urgency.LATE
    return Urgency.SOON if ship_by - at <= SOON_WITHIN else Urgency.DUE


UNSHIPPED_STATES = (ConsignmentState.TO_SHIP.value, ConsignmentState.PARTLY_SHIPPED.value)
"""The states in which units are left to ship."""


class ParcelAttention(enum.StrEnum):
    """Why somebody should look after a parcel (TRACK-7)."""

    PROBLEM = "problem"
    """The carrier reports a problem, or the parcel is on its way back."""
    STILL = "still"
    """The carrier has reported nothing for long."""


MAX_CARRIER_NAME, MAX_TRACKING_NO = 30, 40
MAX_SPELLING = 40
"""Characters of a word for a carrier."""
_TRACKING_NO = re.compile(r"[A-Za-z0-9]{6,40}\Z", re.ASCII)
_PREFIXED = re.compile(r"([A-Za-z]{1,5})-(\d{8,20})\Z", re.ASCII)
_PIECE = re.compile(r"([A-Za-z0-9]{6,34})-\d{1,3}-(?:\d{1,3}-?)?\Z", re.ASCII)
"""A number with the suffix that tells one piece of several, as JD prints it: JD0118080218877-1-2- is the first of two."""


def waybill_of(tracking_no: str) -> str | None:
    """A tracking number in capitals without the suffix of a piece; None where the text cannot be one number (ORDER-9).

    Numbers are compared by it. They are kept as written.
    """
    if len(tracking_no) > MAX_TRACKING_NO:
        return None
    if piece := _PIECE.match(tracking_no):
        return piece[1].upper()
    if prefixed := _PREFIXED.match(tracking_no):
        return (prefixed[1] + prefixed[2]).upper()
    return tracking_no.upper() if _TRACKING_NO.match(tracking_no) else None


def shipping_state(
    *, units: int, shipped_units: int, cancelled_units: int, resending_units: int = 0
) -> ConsignmentState:
    """The state of a line, or of a consignment from the sums of its lines (ORDER-4). `resending_units` are left to ship again."""
    left = units - shipped_units - cancelled_units + resending_units
    if left and shipped_units:
        return ConsignmentState.PARTLY_SHIPPED
    if left:
        return ConsignmentState.TO_SHIP
    return ConsignmentState.SHIPPED if shipped_units else ConsignmentState.CANCELLED


def joined_sources(first: str, second: str) -> str:
    """The source of a line that takes the place of two: what either came from, each once, as `wish:7,wish:9`.

    Money that comes late looks for goods that were ordered again by these sources (ORDER-15), so none is ever cut.
    """
    return ",".join(dict.fromkeys(each for text in (first, second) for each in text.split(",") if each))


def carrier_key(text: str) -> str:
    """How a carrier's name, alias or code is compared: no spaces, width or case. Only equal keys are the same carrier (ORDER-9)."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


class LineProblem(enum.StrEnum):
    """Why units of a line cannot be shipped in a parcel."""

    REFUNDED = "refunded"
    """All its units were refunded: they must not be sent."""
    ALREADY_SHIPPED = "already_shipped"
    """Nothing of it is left to ship, and it is in other parcels."""
    TOO_MANY = "too_many"
    """More units than are left to ship."""
    OTHER_UNITS = "other_units"
    """The parcel holds another number of its units."""


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What shipping does with a line: `units` that go into the parcel, and `refunded_units` that were asked for in vain."""

    units: int = 0
    refunded_units: int = 0
    problem: LineProblem | None = None


def plan_line(
    *,
    units: int,
    shipped_units: int,
    cancelled_units: int,
    in_parcel: int,
    asked: int | None,
    resending_units: int = 0,
) -> LinePlan:
    """How many units of a line to put into a parcel that holds `in_parcel` of it already (ORDER-4).

    `asked` is the number on the list, None for all that are left. The same input again puts in nothing. A list that was made before
    units were refunded names them too; they are left out and counted. Units that are sent again go into no parcel that holds units of
    their line: a list that comes back a second time does not ship them (AFTER-18).
    """
    left = units - shipped_units - cancelled_units + resending_units
    wanted = left if asked is None else asked
    if in_parcel and (asked is None or wanted == in_parcel):
        return LinePlan(units=left if asked is None and not resending_units else 0)
    if in_parcel:
        refunded = wanted - in_parcel
        if not left and 0 < refunded <= cancelled_units:
            return LinePlan(refunded_units=refunded)
        return LinePlan(problem=LineProblem.OTHER_UNITS)
    if not left:
        return LinePlan(problem=LineProblem.ALREADY_SHIPPED if shipped_units else LineProblem.REFUNDED)
    if wanted <= left:
        return LinePlan(units=wanted)
    if wanted - left <= cancelled_units:
        return LinePlan(units=left, refunded_units=wanted - left)
    return LinePlan(problem=LineProblem.TOO_MANY)


class UnitsAvailability(enum.StrEnum):
    """Whether refunded units can be sold again. It decides what happens to stock and growth."""

    IN_STOCK = "in_stock"
    """Not shipped; they can be sold again."""
    OUT_OF_STOCK = "out_of_stock"
    """Not shipped, and the brand does not have them."""
    SHIPPED = "shipped"
    """With the customer or on the way back; no stock moves."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A paid order line with the parts of its unit price, in fen. Resellers must not see it."""

    order_id: int
    line_id: int
    style_no: str
    colour: str
    size: str
    units: int
    refunded_units: int
    price_fen: int
    payable_fen: int
    commission_fen: int
    refund_adjustment_fen: int = 0
    payable_adjustment_fen: int = 0
    carrier_claim_fen: int = 0

    @property
    def kept_units(self) -> int:
        return self.units - self.refunded_units

    @property
    def sold_fen(self) -> int:
        return self.units * self.price_fen

    @property
    def refunded_fen(self) -> int:
        return self.refunded_units * self.price_fen + self.refund_adjustment_fen

    @property
    def brand_fen(self) -> int:
        """What the brand keeps of the line."""
        return self.kept_units * self.payable_fen + self.payable_adjustment_fen

    @property
    def platform_fen(self) -> int:
        """What the platform keeps of the line; negative where it bears more refunds than it earned."""
        return self.sold_fen - self.refunded_fen + self.carrier_claim_fen - self.brand_fen


@dataclass(frozen=True, slots=True)
class RefundParts:
    """An amount that is refunded, and who bears it: the brand by a lower payable, the platform by its commission, a carrier by a claim."""

    payable_fen: int
    commission_fen: int
    claim_fen: int = 0

    @property
    def amount_fen(self) -> int:
        return self.payable_fen + self.commission_fen + self.claim_fen


def brand_borne_parts(*, amount_fen: int, borne_before_fen: int, price_fen: int, payable_fen: int) -> RefundParts:
    """The parts of a refund that undoes that much of a sale: payable and commission as the price of a unit consists of them (AFTER-10).

    `borne_before_fen` is what the brand has borne of the line so far. The fen that do not divide are carried over to the next refund of
    the line, so that the refunds of whole units add up to exactly their parts, however they were cut.
    """
    before = borne_before_fen * payable_fen // price_fen
    payable = (borne_before_fen + amount_fen) * payable_fen // price_fen - before
    return RefundParts(payable_fen=payable, commission_fen=amount_fen - payable)


EXPIRED_ORDERS_WINDOW = timedelta(hours=24)
MAX_EXPIRED_CARTS = 3
"""After so many carts that expired unpaid within the window, a reseller can only grab what her wallet covers."""
EXPIRE_TOGETHER = timedelta(minutes=15)
"""Orders whose time to pay ends within so long of the first of them are one cart, and expire as one (ORDER-6)."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What decides how much a reseller's next order may cost (ORDER-6). All amounts in fen.

    `limit_fen` is the unpaid limit of her tier, `unpaid_fen` the total of her unpaid orders, `expired` the number of her carts that
    expired within `EXPIRED_ORDERS_WINDOW` (`count_expired_carts`). `others_unpaid_fen` is what the other trial members of her inviter have
    not paid, beyond what their wallets hold; None where she shares no limit.
    """

    limit_fen: int
    unpaid_fen: int
    wallet_fen: int
    expired: int
    others_unpaid_fen: int | None

    @property
    def must_be_covered_by_wallet(self) -> bool:
        return self.expired >= MAX_EXPIRED_CARTS

    @property
    def own_allowance_fen(self) -> int:
        """What the next order may cost by her own limit. The limit is never less than her wallet holds."""
        ceiling = self.wallet_fen if self.must_be_covered_by_wallet else max(self.limit_fen, self.wallet_fen)
        return ceiling - self.unpaid_fen

    @property
    def allowance_fen(self) -> int:
        """What the next order may cost by her own limit and by the shared one. Only what no wallet covers counts against the shared one."""
        if self.others_unpaid_fen is None:
            return self.own_allowance_fen
        shared = self.wallet_fen - self.unpaid_fen + max(0, self.limit_fen - self.others_unpaid_fen)
        return min(self.own_allowance_fen, shared)


def count_expired_carts(ends: Iterable[datetime]) -> int:
    """How many carts expired, by the ends of the time to pay of their orders: what ends within `EXPIRE_TOGETHER` of a first is one."""
    count, first = 0, None
    for end in sorted(ends):
        if first is None or end >= first + EXPIRE_TOGETHER:
            count, first = count + 1, end
    return count


MAX_LINES = 1000
MAX_UNITS_PER_LINE = 999
MAX_ORDERS_PER_PAYMENT = 200
MAX_REMARK, MAX_SOURCE, MAX_KEY = 100, 24_000, 64
"""Characters. A line can take the place of all lines of a placement, each of which has a source of up to 24."""


class Take(enum.StrEnum):
    """What a placement takes where not everything can be had."""

    ALL = "all"
    """All units of all lines, or nothing."""
    WHAT_IS_LEFT = "what_is_left"
    """As many units of each line as stock, limits and credit leave, in the order of the lines."""


@dataclass(frozen=True, slots=True)
class RequestedUnits:
    """Units of one sale item in a placement, with the unit price in fen that the reseller saw, if it was sent.

    `recipient`: any text that is the same for units that go to the same recipient.
    """

    item_id: int
    units: int
    expected_price_fen: int | None = None
    recipient: str = ""


class OrderShortfall(enum.StrEnum):
    """Why units are not ordered although they could be held."""

    PRICE_CHANGED = "price_changed"
    OVER_CREDIT = "over_credit"
    QUANTITY_TERMS = "quantity_terms"
    """The units of the style would break its quantity terms (ORDER-14)."""
    ORDER_MINIMUM = "order_minimum"
    """The units of the brand would be below its order minimum (ORDER-14)."""


@dataclass(frozen=True, slots=True)
class AllocatedUnits:
    """How many units of a request can be ordered, and why not all of them."""

    units: int
    shortfall: Shortfall | OrderShortfall | None


class Allocation:
    """What is left while units are given out to one reseller: stock and limits, and what she may still hold unpaid.

    `allowance_fen` None counts none.
    """

    def __init__(self, offers: Mapping[int, Offer], allowance_fen: int | None) -> None:
        self._offers, self._allowance_fen = offers, allowance_fen
        self._remaining = RemainingUnits(offers)

    def take(self, request: RequestedUnits) -> AllocatedUnits:
        """Give out as many of the units as are left. A request that expects another price than the present one gets none."""
        offer = self._offers.get(request.item_id)
        price_fen = offer.price_fen if offer else None
        given, shortfall = self._remaining.take(request.item_id, request.units)
        if price_fen is None or shortfall in (Shortfall.NO_SUCH_ITEM, Shortfall.NOT_LIVE):
            return AllocatedUnits(given, shortfall)
        kept: int = given
        reason: Shortfall | OrderShortfall | None = shortfall
        if request.expected_price_fen not in (None, price_fen):
            kept, reason = 0, OrderShortfall.PRICE_CHANGED
        elif self._allowance_fen is not None and given * price_fen > self._allowance_fen:
            kept, reason = max(self._allowance_fen // price_fen, 0), OrderShortfall.OVER_CREDIT
        if kept < given:
            self._remaining.give(request.item_id, kept - given)
        if self._allowance_fen is not None:
            self._allowance_fen -= kept * price_fen
        return AllocatedUnits(kept, reason)

    def give_back(self, item_id: int, units: int) -> None:
        """Take units back that were given out."""
        if not units:
            return
        self._remaining.give(item_id, -units)
        if self._allowance_fen is not None:
            self._allowance_fen += units * (self._offers[item_id].price_fen or 0)


def allocate(
    requests: Sequence[RequestedUnits], offers: Mapping[int, Offer], *, allowance_fen: int | None
) -> list[AllocatedUnits]:
    """Share what is left among the requests, in their order (ORDER-7), without regard to quantity terms.

    A request gets as many of its units as are left, as its limits allow and as the allowance pays; `allowance_fen` None counts none.
    A request that expects another price than the present one gets none. The result stands in the order of `requests`.
    """
    allocation = Allocation(offers, allowance_fen)
    return [allocation.take(request) for request in requests]


class OrderUploadState(enum.StrEnum):
    """How far a workbook of orders is (WORKBOOK-1)."""

    RECEIVED = "received"
    """Stored; waits for a worker."""
    READING = "reading"
    """A worker holds its lease."""
    QUESTION = "question"
    """A column has two meanings; the reseller must say which."""
    PREVIEW = "preview"
    """Read and matched; nothing is ordered yet."""
    REFUSED = "refused"
    """The whole file cannot be read."""
    COMMITTED = "committed"
    CANCELLED = "cancelled"


OPEN_UPLOAD_STATES = (
    OrderUploadState.RECEIVED,
    OrderUploadState.READING,
    OrderUploadState.QUESTION,
    OrderUploadState.PREVIEW,
)


class OrderUploadLineState(enum.StrEnum):
    """Whether a line of a workbook can be ordered."""

    READY = "ready"
    """Goods and recipient are known; how many units are left is another question."""
    CHOOSE = "choose"
    """Several goods may be meant; the reseller must choose."""
    REFUSED = "refused"
    """No goods on sale are meant, or the recipient cannot be used."""


MAX_RECIPIENT_NAME, MIN_ADDRESS, MAX_ADDRESS = 40, 5, 200


@dataclass(frozen=True, slots=True)
class RecipientFault:
    """Why a recipient is refused: the field, and what is wrong with it in Chinese and English."""

    field: str
    zh: str
    en: str


def recipient_faults(*, name: str, phone: str, is_phone: bool, address: str) -> list[RecipientFault]:
    """What is missing or unusable in the three fields of a recipient (ORDER-5). `is_phone`: the text is a number that can be called."""
    faults = []
    if not name:
        faults.append(RecipientFault("name", "缺少姓名", "the name is missing"))
    elif len(name) > MAX_RECIPIENT_NAME:
        faults.append(
            RecipientFault(
                "name", f"姓名最多 {MAX_RECIPIENT_NAME} 个字", f"a name has at most {MAX_RECIPIENT_NAME} characters"
            )
        )
    if not phone:
        faults.append(RecipientFault("phone", "缺少电话", "the phone number is missing"))
    elif not is_phone:
        faults.append(
            RecipientFault(
                "phone",
                f"电话“{phone[:40]}”不能用，请填 11 位手机号或带区号的座机，可加分机号",
                f"the phone number “{phone[:40]}” cannot be used: 11 digits, or a landline with area code; an extension may follow",
            )
        )
    if not address:
        faults.append(RecipientFault("address", "缺少详细地址", "the address is missing"))
    elif not MIN_ADDRESS <= len(address) <= MAX_ADDRESS:
        faults.append(
            RecipientFault(
                "address",
                f"详细地址须有 {MIN_ADDRESS} 至 {MAX_ADDRESS} 个字",
                f"an address has {MIN_ADDRESS} to {MAX_ADDRESS} characters",
            )
        )
    return faults
