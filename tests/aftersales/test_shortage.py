"""The brand's clerk reports what she cannot ship on her page; money, growth and the statement follow by themselves (AFTER-2)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import Actor
from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.services.cases import refund_only
from flashsales.services.ending import close_ended
from kernel.clock import set_to
from membership.models import GrowthEntry
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.rules.lines import UnitsAvailability
from orders.rules.refunds import RefundParts
from orders.selectors.orders import get_wallet_balance_fen
from orders.services import grab, payment, shipping
from orders.services.placing import GrabLine
from orders.services.refund import AlreadyShipped, NotShipped, refund_units
from settlement.services import statements as settlement
from tests.aftersales.purchases import SHIPPED, Purchase
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.statements import settle_draft
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def two_lines() -> tuple[Marketplace, Daigou, int, list[int], list[int]]:
    """A paid order with three units of one size and one of another, in one consignment."""
    market = Marketplace()
    skus = [market.sku(units=10, style_no="QH26", size=size, base_price_fen=100_00) for size in ("M", "L")]
    sale_id = market.sale(*skus)
    buyer = market.reseller(wallet_fen=1000_00)
    items = [item_of(sale_id, sku) for sku in skus]
    wanted = [GrabLine(item, units, buyer.recipient_id) for item, units in zip(items, (3, 1), strict=True)]
    order = grab.grab(actor=buyer.actor, lines=wanted, key="k", now=NOW)
    lines = [line.id for line in payment.pay(actor=buyer.actor, order_id=order.id, now=NOW).lines]
    return market, buyer, sale_id, lines, items


def test_a_clerk_reports_a_shortage_and_what_follows_is_said_first() -> None:
    market, buyer, sale_id, lines, items = two_lines()
    client = client_of(market.clerk)
    address = f"/portal/shipping/lines/{lines[0]}/shortage/"
    with set_to(NOW):
        assert address in client.get("/portal/shipping/").content.decode()
        page = client.get(address)
        source = page.content.decode()
        for said in (
            "立即全额退给代购",
            "不再放回库存",
            "货款每件减少 ¥80.00",
            "其他货照常要发",
            "退款不能撤回",
            "data-confirm",
        ):
            assert said in source, said
        assert page.context["form"]["units"].value() is None
        told = client.post(address, {"units": "2", "note": "盘点少两件", "key": "once"}, follow=True)
        client.post(address, {"units": "2", "note": "盘点少两件", "key": "once"})
    assert "已报缺货：QH26 黑 M ×2，款已退给代购。" in told.content.decode()
    refund = Refund.objects.get()
    assert (refund.units, refund.reason, refund.note, refund.person_id) == (
        2,
        "out_of_stock",
        "盘点少两件",
        market.clerk.own_id,
    )
    assert get_wallet_balance_fen(buyer.id) == 1000_00 - 200_00
    assert units_of(items[0]) == (8, 7, 0, 1)
    assert GrowthEntry.objects.filter(reseller=buyer.id).count() == 2
    entry = AuditEntry.objects.filter(action="aftersales.refund").get()
    assert (entry.person_id, entry.details["reason"], entry.details["units"]) == (
        market.clerk.own_id,
        "out_of_stock",
        2,
    )
    [parcel] = Consignment.objects.all()
    assert parcel.state == "to_ship"
    settle(market, sale_id, parcel.pk)
    assert all_violations() == []


def settle(market: Marketplace, sale_id: int, parcel: int) -> None:
    """Ship what is there, end the sale, settle: the brand is owed two units of 80 yuan."""
    shipping.ship(actor=market.clerk, consignment_id=parcel, carrier="顺丰速运", tracking_no="SF1234567890", now=NOW)
    close_ended(now=NOW + timedelta(hours=48))
    later = NOW + timedelta(days=30)
    drawn = settlement.generate_statement(actor=market.finance, sale_id=sale_id, now=later)
    settled = settle_draft(market, drawn.id, now=later)
    assert (settled.totals.units, settled.totals.refunded_units, settled.totals.payable_fen) == (4, 2, 160_00)


def test_the_last_goods_of_a_consignment_cancel_it() -> None:
    purchase = Purchase(ship=False, units=1)
    client = client_of(purchase.market.clerk)
    address = f"/portal/shipping/lines/{purchase.line_id}/shortage/"
    with set_to(NOW):
        page = client.get(address)
        assert "全部报缺后，发货单取消" in page.content.decode()
        assert page.context["form"]["units"].value() == 1
        client.post(address, {"units": "1", "note": "", "key": "k"})
        gone = client.get(address, follow=True)
    assert Consignment.objects.get().state == "cancelled"
    assert "不能再报缺货" in gone.content.decode()


@pytest.mark.parametrize("sent", [{"units": "4"}, {"units": "0"}, {"units": ""}])
def test_report_out_of_stock_with_invalid_units_changes_nothing(sent: dict[str, str]) -> None:
    purchase = Purchase(ship=False)
    with set_to(NOW):
        answer = client_of(purchase.market.clerk).post(
            f"/portal/shipping/lines/{purchase.line_id}/shortage/", {"key": "k"} | sent
        )
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Refund.objects.exists()


def test_a_line_that_is_shipped_or_another_brands_is_not_there() -> None:
    purchase = Purchase()
    stranger = client_of(purchase.market.new_clerk(purchase.market.brand()))
    for client in (client_of(purchase.market.clerk), stranger):
        with set_to(SHIPPED):
            address = f"/portal/shipping/lines/{purchase.line_id}/shortage/"
            assert client.get(address).status_code == 302
            assert client.post(address, {"units": "1", "note": "", "key": "k"}).status_code == 302
    assert not Refund.objects.exists()


def test_refund_only_of_an_unshipped_line_is_refused() -> None:
    """A row that says otherwise, however it came to be, is refused by the service (AFTER-6)."""
    purchase = Purchase()
    case_id = purchase.open_case()
    OrderLine.objects.update(shipped_units=0, shipped_at=None)
    before = get_wallet_balance_fen(purchase.daigou.id)
    with pytest.raises(NotShipped):
        refund_only(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
    assert (Refund.objects.count(), Case.objects.get().state, get_wallet_balance_fen(purchase.daigou.id)) == (
        0,
        "requested",
        before,
    )


@pytest.mark.parametrize(
    ("ship", "availability", "refusal"),
    [
        (False, UnitsAvailability.SHIPPED, NotShipped),
        (True, UnitsAvailability.IN_STOCK, AlreadyShipped),
        (True, UnitsAvailability.OUT_OF_STOCK, AlreadyShipped),
    ],
)
def test_refund_units_refuses_goods_on_the_other_side_of_shipping(
    ship: bool, availability: UnitsAvailability, refusal: type[Exception]
) -> None:
    purchase = Purchase(ship=ship)
    with pytest.raises(refusal):
        refund_units(
            actor=purchase.market.ops,
            line_id=purchase.line_id,
            units=1,
            parts=RefundParts(80_00, 20_00),
            availability=availability,
            refund_id=1,
            now=SHIPPED,
        )
