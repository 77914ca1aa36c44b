"""The entries of a wallet name their order, case and goods, and say the balance after each."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from accounts.services.tokens import issue_token
from aftersales.models.cases import Case
from aftersales.rules import CaseReason
from aftersales.selectors.wallet import list_own_wallet_entries
from aftersales.services import cases, refunds
from kernel import clock
from ledger.rules import PostingKind
from orders.models.shipping import Consignment
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from orders.services.shipping import ship
from tests.builders import NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db


class Wallet:
    """A top-up, an order of two styles, a refund before shipping, and one of a case."""

    def __init__(self) -> None:
        self.market = Marketplace()
        skus = [self.market.sku(units=9, base_price_fen=50_00, style_no=number) for number in ("K1", "K2")]
        sale = self.market.sale(*skus)
        self.items = [item_of(sale, sku) for sku in skus]
        self.amy = self.market.reseller(wallet_fen=1000_00)
        lines = [GrabLine(item, 2, self.amy.recipient_id) for item in self.items]
        placed = place_orders(actor=self.amy.actor, lines=lines, key="both", now=NOW)
        self.order = pay(actor=self.amy.actor, order_id=placed.id, now=NOW)
        first, second = self.order.lines
        refunds.refund_unshipped(actor=self.market.ops, line_id=first.id, units=1, note="", key="mind", now=NOW)
        parcel = Consignment.objects.get(order=self.order.id)
        ship(actor=self.market.clerk, consignment_id=parcel.pk, carrier="顺丰", tracking_no="SF888001", now=NOW)
        case = cases.open_case(
            actor=self.amy.actor, line_id=second.id, units=1, reason=CaseReason.FAULTY, evidence="x", key="c", now=NOW
        )
        cases.approve(actor=self.market.ops, case_id=case.id, return_address="退货组", now=NOW)
        cases.send_back(actor=self.amy.actor, case_id=case.id, carrier="中通", tracking_no="ZT1234567", now=NOW)
        cases.receive_and_refund(actor=self.market.ops, case_id=case.id, now=NOW)
        self.case = Case.objects.get(pk=case.id)


def client_of(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def test_each_entry_names_its_order_case_and_goods_and_the_balance_after_it() -> None:
    wallet = Wallet()
    entries = list_own_wallet_entries(wallet.amy.id).items
    price, second = wallet.order.lines[0].price_fen, wallet.order.lines[1].price_fen
    assert [
        (each.kind, each.amount_fen, each.order_id, each.case_id, each.style_no, each.more_goods) for each in entries
    ] == [
        ("refund", second, wallet.order.id, wallet.case.pk, "K2", 0),
        ("refund", price, wallet.order.id, None, "K1", 0),
        ("payment", -wallet.order.total_fen, wallet.order.id, None, "K1", 1),
        ("top_up", 1000_00, None, None, "", 0),
    ]
    running = 0
    for each in reversed(entries):
        running += each.amount_fen
        assert each.balance_fen == running
    assert running == get_wallet_balance_fen(wallet.amy.id)


def test_pages_and_kinds_keep_the_balance_of_all_entries() -> None:
    wallet = Wallet()
    whole = {each.id: each.balance_fen for each in list_own_wallet_entries(wallet.amy.id).items}
    cursor, found = "", []
    while True:
        page = list_own_wallet_entries(wallet.amy.id, cursor=cursor, limit=1)
        found += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert {each.id: each.balance_fen for each in found} == whole
    refunded = list_own_wallet_entries(wallet.amy.id, kind=PostingKind.REFUND).items
    assert [each.kind for each in refunded] == ["refund", "refund"]
    assert all(each.balance_fen == whole[each.id] for each in refunded)


def test_the_page_takes_as_many_statements_for_many_entries_as_for_few() -> None:
    wallet = Wallet()
    with CaptureQueriesContext(connection) as few:
        list_own_wallet_entries(wallet.amy.id, limit=1)
    with CaptureQueriesContext(connection) as many:
        list_own_wallet_entries(wallet.amy.id, limit=4)
    assert len(few) == len(many) == 2


def test_the_page_links_orders_and_cases_and_filters_by_kind() -> None:
    wallet = Wallet()
    client = client_of(wallet.amy)
    body = client.get("/shop/wallet/").content.decode()
    assert f'href="/shop/orders/{wallet.order.id}/"' in body
    assert f'href="/shop/cases/{wallet.case.pk}/"' in body
    assert "等，另有 1 种" in body
    only = client.get("/shop/wallet/?kind=top_up").content.decode()
    assert "+¥1,000.00" in only
    assert "/shop/orders/" not in only.split("收支明细")[1].split("shop-tabs")[0]


def test_the_export_has_the_same_columns_and_filter() -> None:
    wallet = Wallet()
    token = issue_token(actor=wallet.amy.actor, label="t", now=clock.now())
    client = Client(headers={"Authorization": f"Bearer {token}"})
    answer = client.get("/api/v1/wallet/entries/export?format=xlsx&kind=payment")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    found = dict(zip(rows[0], rows[1], strict=True))
    assert (found["订单号"], found["另有几种"]) == (wallet.order.id, 1)
    assert str(found["余额（元）"]).startswith(str((1000_00 - wallet.order.total_fen) // 100))
