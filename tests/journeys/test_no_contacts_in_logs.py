"""PRIVACY-4: an order from the pasted address to the return, by pages and API; then everything that was logged is searched."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from config.logs import JsonLines
from events.models import Event
from kernel import clock
from kernel.request_id import use_request_id
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment
from tests.builders import Marketplace, item_of

pytestmark = pytest.mark.django_db
NAME, PHONE, ADDRESS = "欧阳晓晴", "18412345678", "浙江省杭州市余杭区仓前路 9 号 3 幢"
MARKS = (NAME, PHONE, "仓前路 9 号")
Call = Callable[..., Any]


def program(actor: Actor) -> Call:
    token = issue_token(actor=actor, label="test", now=clock.now())
    client = Client(headers={"authorization": f"Bearer {token}"})

    def call(path: str, body: dict[str, object] | None = None, *, status: int = 200) -> Any:
        url = f"/api/v1{path}"
        answer = (
            client.get(url) if body is None else client.post(url, json.dumps(body), content_type="application/json")
        )
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    return call


def walk_through_an_order(market: Marketplace) -> int:
    """Paste, confirm, grab, pay, search, ship, ask for a return, decide; with refusals on the way. Returns the id of the recipient."""
    daigou, item = market.reseller(wallet_fen=2000_00), item_of(market.sale(sku := market.sku()), sku)
    hers, ops, brand = program(daigou.actor), program(market.ops), program(market.clerk)
    pasted = f"{NAME} {PHONE} {ADDRESS}"
    hers("/recipients/read", {"pasted": pasted})
    hers("/recipients", {"pasted": pasted}, status=422)
    hers("/recipients", {"name": NAME, "phone": f"{PHONE}9", "address": ADDRESS}, status=422)
    recipient = hers("/recipients", {"name": NAME, "phone": PHONE, "address": ADDRESS}, status=201)["id"]
    line = {"item_id": item, "units": 1, "recipient_id": recipient}
    order = hers("/orders", {"key": "k", "lines": [line]}, status=201)
    hers(f"/orders/{order['id']}/pay", {})
    ops(f"/orders/{order['id']}/recipients/{recipient}/show", {"reason": f"{NAME} 来电 {PHONE}"})
    consignment = Consignment.objects.get().pk
    brand(f"/consignments/{consignment}/ship", {"carrier": "顺丰", "tracking_no": "bad"}, status=422)
    brand(f"/consignments/{consignment}/ship", {"carrier": "顺丰", "tracking_no": "SF1234567"})
    case = {"line_id": order["lines"][0]["id"], "units": 1, "reason": "faulty", "evidence": f"{NAME}说脱线", "key": "c"}
    hers("/cases", case, status=201)
    for actor, path in (
        (market.ops, f"/console/orders/?q={PHONE}"),
        (market.clerk, f"/portal/shipping/?q={NAME}"),
        (daigou.actor, f"/shop/orders/?q={NAME}"),
    ):
        client = Client()
        client.force_login(Person.objects.get(pk=actor.own_id))
        client.get(path)
    return int(recipient)


def test_logs_audit_entries_and_events_hold_no_contact(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="weicang"), caplog.at_level("INFO"):
        walk_through_an_order(Marketplace(now=clock.now()))
    logged = [JsonLines().format(record) for record in caplog.records]
    assert len(logged) > 10
    audited = [json.dumps(entry.details, ensure_ascii=False) for entry in AuditEntry.objects.all()]
    told = [json.dumps(event.data, ensure_ascii=False) for event in Event.objects.all()]
    assert len(audited) > 5
    assert told
    assert [text for text in (*logged, *audited, *told) for mark in MARKS if mark in text] == []


def test_an_id_of_a_request_that_looks_like_a_phone_is_not_masked() -> None:
    record = logging.makeLogRecord({"msg": f"call {PHONE}"})
    with use_request_id(f"a{PHONE}b"):
        line = json.loads(JsonLines().format(record))
    assert (line["request_id"], PHONE in line["message"]) == (f"a{PHONE}b", False)


def test_an_error_of_the_database_is_logged_without_the_values_of_the_row(caplog: pytest.LogCaptureFixture) -> None:
    daigou = Marketplace().reseller()
    fields = {"reseller_id": daigou.id, "name": NAME, "phone": PHONE, "address": ADDRESS}
    Recipient.objects.create(**fields)
    with pytest.raises(IntegrityError) as failure, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_recipient (reseller_id, name, phone, address) VALUES (%s, %s, %s, %s)",
            [daigou.id, NAME, PHONE, ADDRESS],
        )
    # The control: what PostgreSQL says names the values.
    assert NAME in str(failure.value)
    logging.getLogger("weicang.failures").error("failed: %s", failure.value, exc_info=failure.value)
    [line] = [JsonLines().format(record) for record in caplog.records if record.levelname == "ERROR"]
    assert "recipient_unique" in line
    assert [mark for mark in MARKS if mark in line] == []
