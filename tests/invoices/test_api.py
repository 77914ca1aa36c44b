"""Invoices over the API, for resellers, brands and finance (INVOICE-1, INVOICE-4, INVOICE-6)."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from tests.invoices.desk import LATER, NUMBER, Desk

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def call(actor: Actor, method: str, path: str, body: Any = None) -> Any:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    sent = json.dumps(body) if body is not None else ""
    answer = client.generic(method, f"{API}{path}", sent, content_type="application/json")
    assert answer.status_code < 500, answer.content
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        return answer.status_code, answer.json()
    content = b"".join(answer) if answer.streaming else answer.content
    if answer.streaming:
        # Closing the answer itself would close the connection of the test.
        for closed in answer._resource_closers:  # type: ignore[attr-defined]
            closed()
    return answer.status_code, content


def test_reseller_asks_by_order_and_reads_her_request(desk: Desk) -> None:
    order = desk.order()
    her, finance = desk.her.actor, desk.market.finance
    status, titles = call(her, "GET", "/invoices/titles")
    assert (status, titles[0]["is_default"]) == (200, True)
    status, shown = call(her, "GET", f"/invoices/goods-to-invoice?month={LATER:%Y-%m-%d}")
    assert (status, shown[0]["amount"]) == (200, f"{order.total_fen / 100:.2f}")
    body = {"title_id": titles[0]["id"], "order_ids": [order.id], "key": "a"}
    status, asked = call(her, "POST", "/invoices/goods", body)
    assert (status, asked[0]["state"], asked[0]["amount"]) == (201, "requested", f"{order.total_fen / 100:.2f}")
    assert call(her, "POST", "/invoices/goods", body) == (201, asked)
    assert call(her, "POST", "/invoices/goods", {**body, "key": "b"})[1]["code"] == "invoices.nothing_to_invoice"
    assert call(her, "POST", "/invoices/goods", {**body, "month": "2026-11-01"})[0] == 422
    request_id = asked[0]["id"]
    status, items = call(her, "GET", f"/invoices/{request_id}/items")
    assert [each["order_id"] for each in items["items"]] == [order.id]
    assert call(desk.market.clerk, "POST", "/invoice-files/results", {})[0] == 422
    assert call(finance, "GET", "/ops/invoices?state=requested")[1]["items"][0]["id"] == request_id
    assert call(her, "POST", f"/invoices/{request_id}/withdraw")[1]["state"] == "withdrawn"


def test_finance_exports_downloads_and_issues(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    finance, clerk = desk.market.finance, desk.market.clerk
    status, made = call(finance, "POST", "/ops/invoice-files")
    assert (status, made[0]["open_count"]) == (201, 1)
    path = f"/invoice-files/{made[0]['id']}/download"
    assert call(finance, "POST", path) == call(clerk, "POST", path)
    assert call(clerk, "GET", "/brand/invoice-files")[1]["items"][0]["id"] == made[0]["id"]
    body = {"number": NUMBER, "issued_on": "2026-11-23"}
    status, view = call(finance, "POST", f"/invoices/{asked.id}/issue", body)
    assert (status, view["state"]) == (200, "issued")
    assert call(clerk, "GET", "/brand/invoices-to-issue")[1]["items"][0]["number"] == NUMBER
    assert call(finance, "GET", "/ops/invoices/need-red-letters")[1]["items"] == []
    for number, code in ((NUMBER, "invoices.number_taken"), ("99999999", "invoices.no_red_letter_needed")):
        status, refusal = call(
            finance, "POST", f"/invoices/{asked.id}/red-letter", {"number": number, "amount": "1.00"}
        )
        assert (status, refusal["code"]) == (409, code)


def test_file_of_an_invoice_is_sent_and_downloaded(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    desk.issue(asked)
    client = Client()
    client.force_login(Person.objects.get(pk=desk.market.finance.own_id))
    sent = {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7 x")}
    assert client.post(f"{API}/invoices/{asked.id}/file", sent).json()["file_kind"] == "pdf"
    assert call(desk.her.actor, "GET", f"/invoices/{asked.id}/file") == (200, b"%PDF-1.7 x")
    stranger = desk.market.reseller()
    assert call(stranger.actor, "GET", f"/invoices/{asked.id}/file")[0] == 404


def test_issuer_of_a_brand_is_set_by_ops_and_finance(desk: Desk) -> None:
    path = f"/brands/{desk.market.brand_id}/invoice-issuer"
    assert call(desk.market.ops, "GET", path)[1]["issuer"] == "brand"
    assert call(desk.market.ops, "PUT", path, {"issuer": "platform"})[1]["issuer"] == "platform"
    assert call(desk.market.clerk, "PUT", path, {"issuer": "brand"})[0] == 403


def test_wrong_tax_number_is_refused_with_what_is_wrong(desk: Desk) -> None:
    body = {"kind": "company", "name": "某公司", "tax_number": "91350100M000100Y44"}
    status, refusal = call(desk.her.actor, "POST", "/invoices/titles", body)
    assert (status, refusal["code"]) == (422, "invoices.invalid_tax_number")
