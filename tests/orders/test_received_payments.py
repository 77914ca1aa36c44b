"""Money that arrives for an order pays it, also late where the goods can be taken again; else it stays in the wallet (ORDER-15)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from accounts.rules import SYSTEM, Actor, NotAllowed
from accounts.services.people import close_account
from accounts.services.tokens import issue_token
from events.models import Event
from kernel.clock import set_to
from ledger.models import Posting
from ledger.rules import Approval, PostingKeyConflict, SecondPersonRequired
from membership.models import GrowthEntry
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.payments import ReceivedPayment
from orders.models.shipping import Consignment
from orders.rules.lines import joined_sources
from orders.selectors.orders import NoSuchOrder, get_wallet_balance_fen
from orders.selectors.received_payments import ReceivedPaymentView, list_received_payments
from orders.services.again import AgainLine, order_again
from orders.services.grab import cancel_unpaid, expire_unpaid
from orders.services.payment import InvalidAmount, InvalidBankReference, pay, top_up
from orders.services.placing import GrabLine, place_orders
from orders.services.received_payments import ReferenceTaken, receive_payment
from tests.builders import NOW, Marketplace, all_violations_of_parts, approval_by, item_of, units_of
from tests.built_once import built_once_class
from treasury.models import MoneyRequest

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
LATE = NOW + 2 * QUARTER
OVER = NOW + timedelta(hours=48)
TOTAL = 200_00


@built_once_class
class Shop:
    """Two of five pieces at ¥100 are held by an order that is to be paid within 15 minutes; three is the limit of a reseller."""

    def __init__(self) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=5, base_price_fen=100_00)
        self.item = item_of(self.market.sale(sku, item_limit=3), sku)
        self.daigou = self.market.reseller()
        self.order = self.daigou.grab(self.item, 2, key="first")

    def receive(
        self, now: datetime, *, amount_fen: int = TOTAL, reference: str = "ICBC-1", actor: Actor | None = None
    ) -> ReceivedPaymentView:
        return receive_payment(
            actor=actor or self.market.finance,
            approval=None if actor else approval_by(self.market.finance),
            order_id=self.order.id,
            amount_fen=amount_fen,
            reference=reference,
            now=now,
        )

    def state(self) -> tuple[object, ...]:
        return (
            list(Order.objects.order_by("pk").values_list("state", "total_fen", "paid_at", "cancelled_at")),
            units_of(self.item),
            get_wallet_balance_fen(self.daigou.id),
            Posting.objects.count(),
            ReceivedPayment.objects.count(),
            Event.objects.count(),
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


def require_integrity() -> None:
    assert [violation.what for violation in all_violations_of_parts()] == []


@pytest.mark.parametrize(
    ("amount", "late", "is_released", "outcome"),
    [
        (TOTAL, False, False, "paid"),
        (TOTAL + 50_00, False, False, "paid"),
        (TOTAL, True, False, "paid_late"),
        (TOTAL, True, True, "paid_late"),
    ],
)
def test_receive_payment_pays_the_order(shop: Shop, amount: int, late: bool, is_released: bool, outcome: str) -> None:
    now = LATE if late else NOW
    if is_released:
        expire_unpaid(now=NOW + QUARTER)
        assert units_of(shop.item) == (5, 5, 0, 0)
    view = shop.receive(now, amount_fen=amount)
    assert (view.outcome, view.amount_fen, view.balance_fen) == (outcome, amount, amount - TOTAL)
    order = Order.objects.get()
    assert (order.state, order.paid_at, order.cancelled_at, order.total_fen) == ("paid", now, None, TOTAL)
    assert units_of(shop.item) == (5, 3, 0, 2)
    assert Consignment.objects.get().ship_by == now + timedelta(hours=24)
    assert GrowthEntry.objects.get().amount_fen == TOTAL
    assert not Event.objects.filter(kind="late_payment_refunded").exists()
    require_integrity()
    # Its time is over, and the job finds nothing to do.
    expire_unpaid(now=OVER)
    assert Order.objects.get().state == "paid"


def _sold_out(shop: Shop) -> datetime:
    expire_unpaid(now=NOW + QUARTER)
    shop.market.reseller().grab(shop.item, 3, now=NOW + QUARTER)
    shop.market.reseller().grab(shop.item, 1, now=NOW + QUARTER)
    return LATE


def _over_limit(shop: Shop) -> datetime:
    expire_unpaid(now=NOW + QUARTER)
    shop.daigou.grab(shop.item, 2, now=NOW + QUARTER)
    return LATE


def _over(shop: Shop) -> datetime:
    expire_unpaid(now=NOW + QUARTER)
    return OVER


def _cancelled(shop: Shop) -> datetime:
    cancel_unpaid(actor=shop.daigou.actor, order_id=shop.order.id, now=NOW)
    return LATE


def _ordered_again(shop: Shop) -> datetime:
    line = AgainLine(shop.order.lines[0].id, 1, 100_00)
    order_again(actor=shop.daigou.actor, lines=[line], key="again", now=NOW + QUARTER)
    return LATE


def _ordered_again_twice(shop: Shop) -> datetime:
    """What took the place of the order ran out too, and was ordered again."""
    line = AgainLine(shop.order.lines[0].id, 1, 100_00)
    second = order_again(actor=shop.daigou.actor, lines=[line], key="again", now=NOW + QUARTER)
    line = AgainLine(second.lines[0].id, 1, 100_00)
    order_again(actor=shop.daigou.actor, lines=[line], key="once more", now=LATE)
    return LATE


def _ordered_again_together(shop: Shop) -> datetime:
    """The same goods of two orders that ran out are one line of the order that took their place."""
    other = shop.daigou.grab(shop.item, 1, key="other")
    wanted = [AgainLine(order.lines[0].id, 1, 100_00) for order in (other, shop.order)]
    shop.order = other
    order_again(actor=shop.daigou.actor, lines=wanted, key="again", now=NOW + QUARTER)
    return LATE


def _wish_ordered_again(shop: Shop) -> datetime:
    """A wish whose order ran out is open again, and is ordered from the wish desk."""
    for key, source, now in (("wish", "wish:17,wish:7", NOW), ("wish again", "wish:7", NOW + QUARTER)):
        lines = [GrabLine(shop.item, 1, shop.daigou.recipient_id, source=source)]
        order = place_orders(actor=shop.daigou.actor, lines=lines, key=key, now=now)
        if now == NOW:
            shop.order = order
            expire_unpaid(now=NOW + QUARTER)
    return LATE


def _paid(shop: Shop) -> datetime:
    shop.market.top_up(shop.daigou, TOTAL)
    pay(actor=shop.daigou.actor, order_id=shop.order.id, now=NOW)
    return LATE


@pytest.mark.parametrize(
    ("happens", "outcome", "reason"),
    [
        (_sold_out, "sold_out", "货已抢完"),
        (_over_limit, "over_limit", "超出限购"),
        (_over, "sale_over", "专场已结束"),
        (_cancelled, "cancelled", "订单已取消"),
        (_wish_ordered_again, "ordered_again", "这些货您已重新下单"),
        (_ordered_again_twice, "ordered_again", "这些货您已重新下单"),
        (_ordered_again_together, "ordered_again", "这些货您已重新下单"),
        (_ordered_again, "ordered_again", "您已重新下单"),
        (_paid, "already_paid", "订单先前已付"),
    ],
)
def test_receive_payment_that_cannot_pay_stays_in_the_wallet_and_she_is_told(
    shop: Shop, happens: Callable[[Shop], datetime], outcome: str, reason: str
) -> None:
    now = happens(shop)
    orders, units = list(Order.objects.order_by("pk").values()), units_of(shop.item)
    view = shop.receive(now)
    assert (view.outcome, view.balance_fen) == (outcome, TOTAL)
    assert (list(Order.objects.order_by("pk").values()), units_of(shop.item)) == (orders, units)
    event = Event.objects.get(kind="late_payment_refunded")
    assert (event.subject_id, event.reseller_id, event.data["total"]) == (shop.order.id, shop.daigou.id, "200.00")
    assert reason in event.data["reason_zh"]
    require_integrity()


# MONEY-18
def test_receive_payment_for_a_closed_account_takes_nothing(shop: Shop) -> None:
    expire_unpaid(now=NOW + QUARTER)
    close_account(actor=shop.market.finance, person_id=shop.daigou.actor.own_id, reason="不做了", now=NOW + QUARTER)
    view = shop.receive(LATE)
    assert (view.outcome, view.balance_fen, units_of(shop.item)) == ("account_closed", TOTAL, (5, 5, 0, 0))
    assert Order.objects.get().state == "cancelled"


def test_receive_payment_after_the_sale_releases_what_is_still_held(shop: Shop) -> None:
    assert shop.receive(OVER).outcome == "sale_over"
    assert (Order.objects.get().state, units_of(shop.item)[2:]) == ("cancelled", (0, 0))
    require_integrity()


def test_receive_payment_of_too_little_waits_for_the_rest(shop: Shop) -> None:
    view = shop.receive(NOW, amount_fen=150_00)
    assert (view.outcome, view.balance_fen, Order.objects.get().state) == ("too_little", 150_00, "unpaid")
    rest = shop.receive(NOW, amount_fen=50_00, reference="ICBC-2")
    assert (rest.outcome, rest.balance_fen, Order.objects.get().state) == ("paid", 0, "paid")
    require_integrity()


def test_receive_payment_of_the_same_reference_counts_once(shop: Shop) -> None:
    first = shop.receive(NOW)
    before = shop.state()
    for reference in (" ICBC-1 ", "icbc-1", "ＩＣＢＣ－１", "ICBC -1", "ICBC\u200b-1"):
        assert shop.receive(LATE, reference=reference) == first
        top_up(
            actor=shop.market.finance,
            approval=approval_by(shop.market.finance),
            reseller_id=shop.daigou.id,
            amount_fen=TOTAL,
            reference=reference,
            now=LATE,
        )
    assert shop.state() == before


def test_receive_payment_by_the_system_is_accepted(shop: Shop) -> None:
    assert shop.receive(NOW, actor=SYSTEM).outcome == "paid"
    require_integrity()


@pytest.mark.parametrize(
    "fault", ["role", "alone", "own", "order", "reseller", "reference", "topped up", "amount", "blank", "nothing"]
)
def test_receive_payment_refused_changes_nothing(shop: Shop, fault: str) -> None:
    sent: dict[str, object] = {
        "actor": shop.market.finance,
        "approval": approval_by(shop.market.finance),
        "order_id": shop.order.id,
        "amount_fen": TOTAL,
        "reference": "ICBC-1",
        "now": NOW,
    }
    refusal: type[Exception]
    match fault:
        case "role":
            sent["actor"], refusal = shop.daigou.actor, NotAllowed
        case "alone":
            sent["approval"], refusal = None, SecondPersonRequired
        case "own":
            own = Approval(request_id=1, entered_by_id=shop.market.finance.own_id, approved_by=shop.market.finance)
            sent["approval"], refusal = own, SecondPersonRequired
        case "order":
            sent["order_id"], refusal = 0, NoSuchOrder
        case "reseller":
            sent["reseller_id"], refusal = shop.market.reseller().id, NoSuchOrder
        case "reference":
            sent["order_id"], refusal = shop.daigou.grab(shop.item, 1).id, ReferenceTaken
            shop.receive(NOW)
        case "topped up":
            finance = shop.market.finance
            top_up(
                actor=finance,
                approval=approval_by(finance),
                reseller_id=shop.daigou.id,
                amount_fen=TOTAL,
                reference="ICBC-1",
                now=NOW,
            )
            refusal = ReferenceTaken
        case "amount":
            shop.receive(NOW)
            sent["amount_fen"], refusal = TOTAL + 1, PostingKeyConflict
        case "blank":
            sent["reference"], refusal = "  ", InvalidBankReference
        case _:
            sent["amount_fen"], refusal = 0, InvalidAmount
    before = shop.state()
    with pytest.raises(refusal):
        receive_payment(**sent)  # type: ignore[arg-type]
    assert shop.state() == before


@set_to(LATE)
def test_finance_enters_a_transfer_for_an_order_on_the_page_and_by_api(shop: Shop, client: Client) -> None:
    client.force_login(Person.objects.get(pk=shop.market.finance.own_id))
    typed = {"amount_fen": "200", "reference": "ICBC-7", "order_id": str(shop.order.id)}
    sent = {"form_action": "top_up"} | {f"top_up-{name}": value for name, value in typed.items()}
    page = client.post(f"/console/members/{shop.daigou.id}/", sent, follow=True).content.decode()
    assert "充值已录入，等另一人复核后入账" in page
    assert Order.objects.get().state == "unpaid"
    token = issue_token(actor=shop.market.finance, label="bank", now=NOW)
    answer = client.post(
        f"/api/v1/ops/orders/{shop.order.id}/received-payments",
        {"amount": "30.00", "reference": "ICBC-8"},
        headers={"Authorization": f"Bearer {token}"},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["state"], answer.json()["amount"]) == (201, "waiting", "30.00")
    client.force_login(Person.objects.get(pk=shop.market.second_finance.own_id))
    waiting = MoneyRequest.objects.filter(state="waiting").order_by("pk").values_list("pk", flat=True)
    page = client.post("/console/money-requests/", {"request_ids": list(waiting)}, follow=True).content.decode()
    assert "已复核 2 笔" in page
    assert Order.objects.get().state == "paid"
    assert [each.outcome for each in list_received_payments().items] == ["already_paid", "paid_late"]


def test_money_for_an_order_whose_wishes_were_ordered_again_by_a_line_of_many_stays_in_the_wallet(shop: Shop) -> None:
    """No source of a line is cut, so the last of many wishes is found as well (ORDER-15)."""
    OrderLine.objects.filter(order=shop.order.id).update(source="wish:70014")
    expire_unpaid(now=LATE)
    source = ""
    for wish in range(70_000, 70_015):
        source = joined_sources(source, f"wish:{wish}")
    lines = [GrabLine(shop.item, 1, shop.daigou.recipient_id, source=source)]
    placed = place_orders(actor=shop.daigou.actor, lines=lines, key="again", now=LATE)
    assert OrderLine.objects.get(order=placed.id).source.endswith(",wish:70014")
    assert shop.receive(LATE).outcome == "ordered_again"
    assert all_violations_of_parts() == []


@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=60))
def test_joined_sources_keep_each_source_once(numbers: list[int]) -> None:
    source = ""
    for number in numbers:
        source = joined_sources(source, f"wish:{number}")
    assert source.split(",") == [f"wish:{number}" for number in dict.fromkeys(numbers)]
    assert joined_sources(source, source) == source


def test_received_payments_are_found_by_reference_order_and_reseller(shop: Shop, client: Client) -> None:
    shop.receive(NOW, amount_fen=5_00, reference="icbc 20261122 01")
    shop.receive(NOW, amount_fen=TOTAL, reference="ICBC2026112202")
    other = Shop()
    other.receive(LATE, reference="CCB-9")
    found = list_received_payments()
    assert [(each.reference, each.state, each.outcome) for each in found.items] == [
        ("CCB-9", "late", "paid_late"),
        ("ICBC2026112202", "applied", "paid"),
        ("ICBC2026112201", "credited", "too_little"),
    ]
    assert found.items[1].person_name == Person.objects.get(pk=shop.market.finance.own_id).name

    def references(**filters: Any) -> list[str]:
        return [each.reference for each in list_received_payments(**filters).items]

    assert references(query=" icbc2026 1122 ") == ["ICBC2026112202", "ICBC2026112201"]
    assert references(query=f"#{other.order.id}") == ["CCB-9"]
    assert references(query=Person.objects.get(pk=other.daigou.actor.own_id).name) == ["CCB-9"]
    assert references(query="IC") == []
    assert references(state="credited") == ["ICBC2026112201"]
    assert references(order_id=shop.order.id) == ["ICBC2026112202", "ICBC2026112201"]
    client.force_login(Person.objects.get(pk=shop.market.finance.own_id))
    page = client.get("/console/received-payments/?q=ccb-9").content.decode()
    assert "CCB-9" in page
    assert "ICBC2026112201" not in page
    of_order = client.get(f"/console/orders/{shop.order.id}/").content.decode()
    assert "ICBC2026112201" in of_order
    assert "不够付这一单" in of_order
    answer = client.get("/api/v1/ops/received-payments?state=late&search=CCB").json()
    assert [(each["reference"], each["amount"]) for each in answer["items"]] == [("CCB-9", "200.00")]
    exported = b"".join(client.get("/api/v1/ops/received-payments/export?format=csv&state=credited").streaming_content)  # type: ignore[attr-defined]
    assert "ICBC2026112201" in exported.decode("utf-8-sig")
    assert "CCB-9" not in exported.decode("utf-8-sig")
