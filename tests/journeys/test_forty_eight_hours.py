"""The walk of the goods over its real length: two days of sale, a week of after-sales, played by an injected clock through the API."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import flashsales.tasks
import inventory.tasks
import orders.tasks
from accounts.models import Person
from kernel import clock
from tests.builders import HOUR, NOW, Marketplace
from tests.one_time_codes import one_time_code
from tests.violations import all_violations

STOCK = Path(__file__).parents[2] / "demo" / "stock" / "青禾2026秋冬尾货.xlsx"
MINUTE = timedelta(minutes=1)
END = NOW + 48 * HOUR

pytestmark = pytest.mark.django_db


class Caller:
    """Somebody at the API, signed in by session."""

    def __init__(self, person_id: int) -> None:
        self._client = Client()
        self._client.force_login(Person.objects.get(pk=person_id))

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self._client.get(f"/api/v1{path}", query)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        answer = self._client.post(f"/api/v1{path}", body or {}, content_type="application/json")
        assert answer.status_code == status if status else answer.status_code < 300, answer.content.decode()
        return answer.json() if answer.content else None

    def download(self, path: str) -> bytes:
        answer = self._client.post(f"/api/v1{path}", {}, content_type="application/json")
        assert answer.status_code == 200
        return bytes(answer.getvalue())

    def send(self, path: str, file: Path) -> Any:
        upload = SimpleUploadedFile(file.name, file.read_bytes())
        return self._client.post(f"/api/v1{path}", {"file": upload}).json()


def test_two_days_of_sale_by_the_clock_from_the_workbook_to_the_payout() -> None:
    market = Marketplace()
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    ops, finance, clerk = (Caller(actor.own_id) for actor in (market.ops, market.finance, market.clerk))
    daigou = market.reseller(wallet_fen=2000_00)
    reseller = Caller(daigou.actor.own_id)

    with clock.set_to(NOW - HOUR):
        upload = clerk.send("/uploads", STOCK)
        inventory.tasks.read_upload(upload["id"])
        assert clerk.get(f"/uploads/{upload['id']}")["state"] == "preview"
        clerk.post(f"/uploads/{upload['id']}/apply")
        in_stock = sum(sku["on_hand"] for sku in clerk.get("/stock", limit=100)["items"])
        sale = ops.post(
            "/sales",
            {
                "brand_id": market.brand_id,
                "title": "秋冬尾货",
                "starts_at": NOW.isoformat(),
                "preview_at": (NOW - HOUR).isoformat(),
            },
        )
        ops.post(f"/sales/{sale['id']}/items", {"all_free_stock": True})
        ops.post(f"/sales/{sale['id']}/publish")

    with clock.set_to(NOW - timedelta(microseconds=1)):
        [preview] = reseller.get("/sales/open")["items"]
        assert preview["phase"] == "preview"
        assert reseller.get("/styles")["items"] == []

    with clock.set_to(NOW):
        assert reseller.get("/sales/open")["items"][0]["phase"] == "live"
        style = reseller.get("/styles")["items"][0]
        item = reseller.get(f"/sales/{sale['id']}/styles/{style['style_id']}")["items"][0]
        line = {"item_id": item["item_id"], "units": 1, "recipient_id": daigou.recipient_id}
        first = reseller.post("/orders", {"key": "first", "lines": [line]})
        assert reseller.post(f"/orders/{first['id']}/pay")["state"] == "paid"
        forgotten = reseller.post("/orders", {"key": "forgotten", "lines": [line]})

    with clock.set_to(NOW + 15 * MINUTE):
        orders.tasks.expire_unpaid()
        assert reseller.get(f"/orders/{forgotten['id']}")["state"] == "cancelled"

    with clock.set_to(NOW + 20 * HOUR):
        [parcel] = clerk.get("/consignments", state="to_ship")["items"]
        shipped = clerk.post(f"/consignments/{parcel['id']}/ship", {"carrier": "顺丰", "tracking_no": "SF100000001"})
        assert not shipped["is_late"]

    with clock.set_to(END - timedelta(microseconds=1)):
        last = reseller.post("/orders", {"key": "last", "lines": [line]})
        flashsales.tasks.close_ended()
        assert ops.get(f"/sales/{sale['id']}")["phase"] == "live"

    with clock.set_to(END):
        assert reseller.post("/orders", {"key": "late", "lines": [line]}, status=409)["code"] == "flashsales.not_live"
        flashsales.tasks.close_ended()
        refused = finance.post(f"/sales/{sale['id']}/statement", status=409)
        assert (refused["code"], refused["fields"]["held_units"]) == ("settlement.sale_not_over", 1)
        assert reseller.post(f"/orders/{last['id']}/pay")["state"] == "paid"
        statement = finance.post(f"/sales/{sale['id']}/statement")
        numbers = ops.get(f"/sales/{sale['id']}/totals")
        assert (numbers["sold"], numbers["returned"], numbers["available"]) == (2, in_stock - 2, 0)

    with clock.set_to(END + 25 * HOUR):
        [late] = ops.get("/consignments", late_only=True)["items"]
        assert clerk.post(f"/consignments/{late['id']}/ship", {"carrier": "顺丰", "tracking_no": "SF100000002"})[
            "is_late"
        ]

    with clock.set_to(END + 25 * HOUR + timedelta(days=7) - MINUTE):
        assert (
            finance.post(f"/statements/{statement['id']}/send", status=409)["code"]
            == "settlement.after_sales_window_open"
        )
    with clock.set_to(END + 25 * HOUR + timedelta(days=7)):
        finance.post(f"/statements/{statement['id']}/send")
        clerk.post(f"/statements/{statement['id']}/confirm")
        [settled_one] = finance.post("/statements/settle", {"statement_ids": [statement["id"]]})
        assert settled_one["is_done"]
        settled = finance.get(f"/statements/{statement['id']}")
        assert settled["totals"]["sold"] == str(Decimal(first["total"]) + Decimal(last["total"]))
        entered = finance.post(f"/statements/{statement['id']}/pay-out")
        second = Caller(market.second_finance.own_id)
        code = one_time_code(market.second_finance, now=END + 25 * HOUR + timedelta(days=7))
        approved = second.post("/ops/money-requests/approve", {"request_ids": [entered["id"]], "code": code})
        assert [each["state"] for each in approved] == ["approved"]
        batch = finance.post("/ops/transfer-batches", {"request_ids": [entered["id"]], "file_format": "csv"})
        assert b"3310010120010000123" in finance.download(f"/ops/transfer-batches/{batch['id']}/download")
        finance.post(f"/ops/transfer-batches/{batch['id']}/confirm", {"reference": "ICBC-9"})
        assert finance.get(f"/statements/{statement['id']}")["state"] == "paid"

    assert all_violations() == []
