"""Each pair of acts on one order at the same instant: pay, cancel, expire, ship, short, refund, case; one twice is a pair too.

The acts of a pair come to one of the outcomes that the rules allow, nothing happens twice, and money and units are those of the outcome.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations_with_replacement, count

import pytest
from django.db.models import QuerySet

from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.rules import CaseReason
from aftersales.services.cases import open_case
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment, Parcel
from orders.selectors.orders import get_wallet_balance_fen
from orders.services import grab, payment, shipping
from orders.services.parcel_plan import LineUnits
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

REPEATS = 3
WALLET_FEN = 500_000_00
UNITS, PARTLY_SHIPPED = 5, 3
"""Of five units three are shipped where a case races; short and refund ask for two, of which any two are too many to have both."""
UNPAID_LIFE, BETWEEN_RACES = timedelta(minutes=15), timedelta(minutes=20)
"""An order can be paid for so long; the next race begins later, so that time does not run backwards for the member."""
UNPAID, PAID, IN_PART = "unpaid", "paid", "shipped in part"
_numbers = count(1)


@dataclass
class Race:
    """One order of five units, three units in a race without a case, in the state in which both acts of a pair may be possible."""

    market: Marketplace
    daigou: Daigou
    item_id: int
    state: str
    now: datetime
    wallet_fen: int = field(init=False)
    order_id: int = field(init=False)
    line_id: int = field(init=False)
    units: int = field(init=False)
    shipped_before: int = 0

    def __post_init__(self) -> None:
        self.wallet_fen = get_wallet_balance_fen(self.daigou.id)
        self.units = UNITS if self.state == IN_PART else PARTLY_SHIPPED
        order = self.daigou.grab(self.item_id, self.units, now=self.now)
        self.order_id, self.line_id = order.id, order.lines[0].id
        if self.state != UNPAID:
            self.pay()
        if self.state == IN_PART:
            self.shipped_before = PARTLY_SHIPPED
            self.ship([LineUnits(self.line_id, PARTLY_SHIPPED)])

    @property
    def later(self) -> datetime:
        """An instant that is late for an unpaid order; whoever pays it has read the clock before."""
        return self.now + UNPAID_LIFE

    def pay(self) -> bool:
        payment.pay(actor=self.daigou.actor, order_id=self.order_id, now=self.now)
        return True

    def cancel(self) -> bool:
        grab.cancel_unpaid(actor=self.daigou.actor, order_id=self.order_id, now=self.now)
        return True

    def expire(self) -> bool:
        return grab.expire_order(self.order_id, self.later)

    def ship(self, lines: list[LineUnits] | None = None) -> bool:
        consignment = Consignment.objects.filter(order=self.order_id).first()
        shipping.ship(
            actor=self.market.clerk,
            consignment_id=consignment.pk if consignment else 0,
            carrier="顺丰",
            tracking_no=f"SF{self.order_id:08d}{'A' if lines else 'B'}",
            lines=lines or [],
            now=self.later,
        )
        return True

    def short(self) -> bool:
        key = f"short {next(_numbers)}"
        report_out_of_stock(actor=self.market.clerk, line_id=self.line_id, units=2, note="", key=key, now=self.later)
        return True

    def refund(self) -> bool:
        key = f"refund {next(_numbers)}"
        refund_unshipped(actor=self.market.ops, line_id=self.line_id, units=2, note="", key=key, now=self.later)
        return True

    def case(self) -> bool:
        open_case(
            actor=self.daigou.actor,
            line_id=self.line_id,
            units=PARTLY_SHIPPED,
            reason=CaseReason.FAULTY,
            evidence="脱线",
            key=f"case {next(_numbers)}",
            now=self.later,
        )
        return True

    def run(self, pair: tuple[str, str]) -> tuple[bool, bool]:
        """Which of the two acts did what it says."""
        first, second = run_concurrently([getattr(self, name) for name in pair])
        return _is_done(first), _is_done(second)


def _is_done(answer: object) -> bool:
    return not isinstance(answer, Refusal) and bool(answer)


BEFORE_PAYMENT, BEFORE_SHIPPING = ("pay", "cancel", "expire"), ("ship", "short", "refund")
PAIRS = list(combinations_with_replacement((*BEFORE_PAYMENT, *BEFORE_SHIPPING, "case"), 2))
FIRST, SECOND, BOTH = (True, False), (False, True), (True, True)


def state_before(pair: tuple[str, str]) -> str:
    if "case" in pair and "pay" not in pair:
        return IN_PART
    return UNPAID if pair[0] == "pay" or set(pair) <= set(BEFORE_PAYMENT) else PAID


def allowed(pair: tuple[str, str]) -> set[tuple[bool, bool]]:
    match pair:
        case ("pay", "pay") | ("ship", "ship"):
            return {BOTH}  # the second finds that it is done
        case ("pay", "case"):
            return {FIRST}  # nothing is shipped
        case ("pay", "ship" | "short" | "refund"):
            return {FIRST, BOTH}
        case ("cancel" | "expire", "ship" | "short" | "refund" | "case"):
            return {SECOND}  # it is paid
        case ("ship", "short" | "refund"):
            return {FIRST, BOTH}  # what is left after a refund can be shipped
        case ("ship" | "short" | "refund", "case"):
            return {BOTH}  # they are about other units of the line
        case _:
            return {FIRST, SECOND}


def require_figures(race: Race, pair: tuple[str, str], done: tuple[bool, bool]) -> None:
    """Order, line, parcels, refunds, cases and wallet are those of the acts that were done, each once."""
    happened = {name for name, was_done in zip(pair, done, strict=True) if was_done}
    order, line = Order.objects.get(pk=race.order_id), OrderLine.objects.get(pk=race.line_id)
    is_paid = race.state != UNPAID or "pay" in happened
    ended = happened & {"cancel", "expire"}
    assert order.state == ("paid" if is_paid else "cancelled" if ended else "unpaid")
    refunded = 2 * len(happened & {"short", "refund"})
    left = race.units - race.shipped_before - refunded
    shipped = race.shipped_before
    if "ship" in happened:
        # A shipment that came before the payment of the refunded units would have taken them.
        shipped += left
    assert (line.shipped_units, line.cancelled_units, line.short_units) == (
        shipped, refunded, 2 if "short" in happened else 0,
    )  # fmt: skip
    assert line.refunded_units == refunded
    assert Parcel.objects.filter(consignment__order=race.order_id).count() == (race.shipped_before > 0) + (
        "ship" in happened
    )
    assert Refund.objects.filter(line=race.line_id).count() == len(happened & {"short", "refund"})
    assert Case.objects.filter(line=race.line_id).count() == ("case" in happened)
    paid_fen = line.price_fen * (race.units - refunded) if is_paid else 0
    assert get_wallet_balance_fen(race.daigou.id) == race.wallet_fen - paid_fen


def test_each_pair_of_acts_at_once_comes_to_an_allowed_outcome(subtests: pytest.Subtests) -> None:
    market = Marketplace()
    sku, daigou = market.sku(units=2000, base_price_fen=100_00), market.reseller(wallet_fen=WALLET_FEN)
    item_id = item_of(market.sale(sku), sku)
    assert len(PAIRS) == 28
    starts = (NOW + turn * BETWEEN_RACES for turn in count())
    for pair in PAIRS:
        with subtests.test(" and ".join(pair)):
            for _ in range(REPEATS):
                race = Race(market, daigou, item_id, state_before(pair), next(starts))
                done = race.run(pair)
                assert done in allowed(pair)
                require_figures(race, pair, done)
    assert all_violations() == []


def test_control_without_the_lock_of_the_order_a_payment_and_a_cancellation_both_happen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = Marketplace()
    sku = market.sku(units=20, base_price_fen=100_00)
    item_id = item_of(market.sale(sku), sku)
    race = Race(market, market.reseller(wallet_fen=WALLET_FEN), item_id, UNPAID, NOW)
    # Units that somebody else holds: without them the database would refuse to release what is sold.
    market.reseller(wallet_fen=WALLET_FEN).grab(item_id, PARTLY_SHIPPED)
    release = grab.release_order

    def release_after_a_payment(*args: object) -> int:
        run_concurrently([race.pay])
        return release(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(grab, "release_order", release_after_a_payment)
    race.cancel()
    assert Order.objects.get(pk=race.order_id).state == "cancelled"
    assert get_wallet_balance_fen(race.daigou.id) < WALLET_FEN
    assert "orders.payment_order" in {violation.code for violation in all_violations()}
