"""PRIVACY-2 and PRIVACY-3: who sees a recipient whole, and what showing one leaves behind."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import Actor, NotAllowed
from accounts.services.tokens import issue_token
from kernel import clock
from kernel.refusal import ReasonRequired
from orders.models.shipping import Consignment
from orders.selectors import all_orders
from orders.selectors.consignments import ConsignmentView, get_consignment, list_consignments
from orders.selectors.contacts import masked_contact
from orders.selectors.orders import NoSuchRecipient, OrderView, get_own_order
from orders.services import recipients, shipping
from orders.services.contacts import show_contact
from orders.services.shipping_refusals import TrackingNumberTaken
from orders.services.shipping_workbook import write_shipping_list
from tests.builders import NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db
NAME, PHONE, ADDRESS = "欧阳晓晴", "18412345678-7804", "浙江省杭州市余杭区仓前路 9 号 3 幢"
WHOLE = (NAME, PHONE, ADDRESS)
MASKED = ("欧*", "184****5678-****", "浙江省杭州市余杭区***")


def ordered(market: Marketplace) -> tuple[Daigou, OrderView, int]:
    """A paid order for the recipient NAME: who ordered, the order, the recipient."""
    daigou = market.reseller(wallet_fen=2000_00)
    added = recipients.add_recipient(actor=daigou.actor, name=NAME, phone=PHONE, address=ADDRESS, now=NOW)
    daigou.recipient_id = added.id
    return daigou, market.paid_order(daigou, item_of(market.sale(sku := market.sku()), sku)), added.id


def contact_of(view: ConsignmentView) -> tuple[str, str, str]:
    return view.name, view.phone, view.address


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("广东深圳南山区粤海街道科技园", "广东深圳南山区***"),
        ("幸福小区 3 栋 2 单元", "***"),
        ("北京市朝阳区望京街 1 号", "北京市朝阳区***"),
    ],
)
def test_an_address_is_masked_behind_its_division(address: str, masked: str) -> None:
    assert masked_contact("王", "13912345678", address).address == masked


def test_a_reseller_sees_her_customers_whole_and_ops_see_them_masked() -> None:
    daigou, order, _ = ordered(Marketplace())
    own = get_own_order(daigou.id, order.id).lines[0].recipient
    seen = all_orders.get_order(order.id).order.lines[0].recipient
    listed = all_orders.list_orders().items[0].order.lines[0].recipient
    assert (own.name, own.phone, own.address) == WHOLE
    assert (seen.name, seen.phone, seen.address) == MASKED
    assert listed == seen


def test_the_brand_sees_a_recipient_whole_until_it_has_shipped() -> None:
    market = Marketplace()
    ordered(market)
    [to_ship] = list_consignments(at=NOW, brand_id=market.brand_id).items
    [for_ops] = list_consignments(at=NOW).items
    assert (contact_of(to_ship), contact_of(for_ops)) == (WHOLE, MASKED)
    shipped = shipping.ship(
        actor=market.clerk, consignment_id=to_ship.id, carrier="顺丰", tracking_no="SF1234567", now=NOW
    )
    [listed] = list_consignments(at=NOW, brand_id=market.brand_id).items
    assert (contact_of(shipped), contact_of(listed)) == (MASKED, MASKED)
    assert contact_of(get_consignment(to_ship.id, at=NOW)) == MASKED


def test_show_contact_gives_one_recipient_whole_and_records_who_and_why() -> None:
    market = Marketplace()
    _, order, recipient_id = ordered(market)
    shown = show_contact(
        actor=market.finance, order_id=order.id, recipient_id=recipient_id, reason=f" 核对{NAME}的退款 ", now=NOW
    )
    assert (shown.name, shown.phone, shown.address) == WHOLE
    entry = AuditEntry.objects.get(action="orders.show_contact")
    assert (entry.person_id, entry.subject_kind, entry.subject_id, entry.at) == (
        market.finance.person_id,
        "order",
        order.id,
        NOW,
    )
    assert entry.details == {"recipient_id": recipient_id, "reason": "核对***的退款"}


def test_show_contact_refuses_without_reason_role_or_order_and_records_nothing() -> None:
    market = Marketplace()
    daigou, order, recipient_id = ordered(market)
    attempts: list[tuple[type[Exception], dict[str, Any]]] = [
        (ReasonRequired, {"reason": "  "}),
        (ReasonRequired, {"reason": "查" * 201}),
        (NotAllowed, {"actor": market.clerk}),
        (NotAllowed, {"actor": daigou.actor}),
        (NoSuchRecipient, {"order_id": order.id + 1}),
        (NoSuchRecipient, {"recipient_id": recipient_id + 1000}),
    ]
    for refusal, changed in attempts:
        sent: dict[str, Any] = {
            "actor": market.ops,
            "order_id": order.id,
            "recipient_id": recipient_id,
            "reason": "投诉",
        }
        with pytest.raises(refusal):
            show_contact(**(sent | changed), now=NOW)
    assert not AuditEntry.objects.filter(action="orders.show_contact").exists()


def test_show_contact_on_the_page_and_by_api_answers_for_this_request_only() -> None:
    market = Marketplace()
    _, order, recipient_id = ordered(market)
    client, page = client_of(market.ops), f"/console/orders/{order.id}/"
    assert MASKED[1] in (before := client.get(page).content.decode())
    assert PHONE not in before
    assert NAME not in before
    shown = client.post(f"{page}recipients/{recipient_id}/show/", {"reason": "电话核对"})
    assert shown["Cache-Control"] == "no-store"
    assert all(text in shown.content.decode() for text in WHOLE)
    refused = client.post(f"{page}recipients/{recipient_id}/show/", {"reason": ""})
    assert "请写明原因" in refused.content.decode()
    assert NAME not in refused.content.decode()
    assert NAME not in client.get(page).content.decode()
    path = f"/api/v1/orders/{order.id}/recipients/{recipient_id}/show"
    token = issue_token(actor=market.finance, label="test", now=clock.now())
    program = Client(headers={"authorization": f"Bearer {token}"})
    answer = program.post(path, {"reason": "电话核对"}, content_type="application/json")
    assert answer.json() == {"id": recipient_id, "name": NAME, "phone": PHONE, "address": ADDRESS}
    assert [entry.person_id for entry in AuditEntry.objects.filter(action="orders.show_contact").order_by("pk")] == [
        market.ops.person_id,
        market.finance.person_id,
    ]


def test_a_refused_tracking_number_names_the_other_recipient_masked() -> None:
    market = Marketplace()
    ordered(market)
    daigou = market.reseller(wallet_fen=2000_00)
    market.paid_order(daigou, item_of(market.sale(sku := market.sku()), sku))
    first, second = Consignment.objects.order_by("pk")
    shipping.ship(actor=market.clerk, consignment_id=first.pk, carrier="顺丰", tracking_no="SF1234567", now=NOW)
    with pytest.raises(TrackingNumberTaken) as refused:
        shipping.ship(actor=market.clerk, consignment_id=second.pk, carrier="顺丰", tracking_no="SF1234567", now=NOW)
    assert refused.value.name == "欧*"


def test_write_shipping_list_records_how_many_rows_were_downloaded() -> None:
    """PRIVACY-7."""
    market = Marketplace()
    _, order, _ = ordered(market)
    write_shipping_list(actor=market.clerk, now=NOW)
    entry = AuditEntry.objects.get(action="orders.download_shipping_list")
    assert (entry.person_id, entry.subject_kind, entry.subject_id) == (
        market.clerk.person_id,
        "brand",
        market.brand_id,
    )
    assert entry.details == {"rows": 1, "consignments": len(order.lines)}
