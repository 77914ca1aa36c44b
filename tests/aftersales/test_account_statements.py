"""The statement of one's own wallet, and of an account of one's own brand: sums, causes, pages, workbook and API (LEDGER-3)."""

import io
from datetime import timedelta
from typing import Any, get_args

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from aftersales.api.account_statements import BrandAccount
from aftersales.selectors.wallet import list_brand_statement_entries, list_own_statement_entries
from aftersales.services import refunds
from kernel.clock import set_to
from kernel.period import shanghai_date
from ledger.rules import BRAND_ACCOUNTS, AccountKind, AccountRef
from ledger.selectors.statements import get_account_statement
from ledger.services import close_due_days
from orders.models.lines import OrderLine
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from portal.pages.accounts import KINDS
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db

DAY = shanghai_date(NOW)
LATER = NOW + timedelta(days=1)
NEXT = shanghai_date(LATER)


class Trade:
    """A top-up and an order of goods of two brands on one day, of which a unit goes back on the next."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.other_brand = self.market.brand()
        self.other_clerk = self.market.new_clerk(self.other_brand)
        one = self.market.sku(units=9, style_no="K1")
        two = self.market.sku(units=9, style_no="K2", brand_id=self.other_brand)
        sales = (self.market.sale(one), self.market.sale(two, brand_id=self.other_brand))
        self.amy: Daigou = self.market.reseller(wallet_fen=1000_00)
        lines = [
            GrabLine(item_of(sale, sku), units, self.amy.recipient_id)
            for sale, sku, units in zip(sales, (one, two), (1, 2), strict=True)
        ]
        placed = place_orders(actor=self.amy.actor, lines=lines, key="both", now=NOW)
        self.order = pay(actor=self.amy.actor, order_id=placed.id, now=NOW)
        self.line = next(each for each in self.order.lines if each.style_no == "K2")
        self.payable_fen = OrderLine.objects.get(pk=self.line.id).payable_fen
        refunds.refund_unshipped(actor=self.market.ops, line_id=self.line.id, units=1, note="", key="mind", now=LATER)

    @property
    def wallet(self) -> AccountRef:
        return AccountRef(AccountKind.WALLET, self.amy.id)

    @property
    def payable(self) -> AccountRef:
        return AccountRef(AccountKind.BRAND_PAYABLE, self.other_brand)


@pytest.fixture
def trade() -> Trade:
    return Trade()


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def program_of(actor: Actor) -> Client:
    token = issue_token(actor=actor, label="t", now=LATER)
    return Client(headers={"Authorization": f"Bearer {token}"})


def sheet_of(answer: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]


def test_wallet_statement_names_order_and_goods_of_each_entry(trade: Trade) -> None:
    entries = list_own_statement_entries(trade.amy.id, first=DAY, last=NEXT).items
    paid_fen, back_fen = trade.order.total_fen, trade.line.price_fen
    assert [(each.kind, each.amount_fen, each.order_id, each.style_no, each.more_goods) for each in entries] == [
        ("refund", back_fen, trade.order.id, "K2", 0),
        ("payment", -paid_fen, trade.order.id, "K1", 1),
        ("top_up", 1000_00, None, "", 0),
    ]
    assert [each.balance_fen for each in entries] == [1000_00 - paid_fen + back_fen, 1000_00 - paid_fen, 1000_00]


@pytest.mark.parametrize("is_closed", [False, True])
def test_wallet_statement_of_the_next_day_opens_with_the_balance_of_the_day_before(
    trade: Trade, is_closed: bool
) -> None:
    if is_closed:
        close_due_days(now=LATER)
    found = get_account_statement(trade.wallet, first=NEXT, last=NEXT)
    left_fen, back_fen = 1000_00 - trade.order.total_fen, trade.line.price_fen
    assert (found.opening_fen, found.in_fen, found.out_fen, found.closing_fen, found.entries) == (
        left_fen, back_fen, 0, left_fen + back_fen, 1,
    )  # fmt: skip
    [entry] = list_own_statement_entries(trade.amy.id, first=NEXT, last=NEXT).items
    assert (entry.kind, entry.balance_fen) == ("refund", left_fen + back_fen)


def test_statement_entries_are_paged_by_key(trade: Trade) -> None:
    whole = list_own_statement_entries(trade.amy.id, first=DAY, last=NEXT).items
    found, cursor = [], ""
    while True:
        page = list_own_statement_entries(trade.amy.id, first=DAY, last=NEXT, cursor=cursor, limit=1)
        found += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert found == whole


def test_statement_entries_need_as_many_statements_for_many_as_for_few(trade: Trade) -> None:
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            list_own_statement_entries(trade.amy.id, first=DAY, last=NEXT, limit=limit)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_brand_statement_names_the_goods_of_its_own_brand_alone(trade: Trade) -> None:
    entries = list_brand_statement_entries(trade.payable, first=DAY, last=NEXT).items
    assert [(each.kind, each.amount_fen, each.order_id, each.style_no, each.more_goods) for each in entries] == [
        ("refund", -trade.payable_fen, trade.order.id, "K2", 0),
        ("payment", 2 * trade.payable_fen, trade.order.id, "K2", 0),
    ]
    found = get_account_statement(trade.payable, first=DAY, last=NEXT)
    assert (found.opening_fen, found.closing_fen) == (0, trade.payable_fen)


def test_brand_statement_refuses_an_account_of_nobody_or_a_reseller(trade: Trade) -> None:
    with pytest.raises(ValueError, match="no account of a brand"):
        list_brand_statement_entries(trade.wallet, first=DAY, last=NEXT)


def test_api_and_portal_know_all_kinds_of_accounts_of_a_brand() -> None:
    assert sorted(get_args(BrandAccount)) == sorted(kind.value for kind in BRAND_ACCOUNTS)
    assert sorted(KINDS) == sorted(BRAND_ACCOUNTS)


def test_pages_of_a_reseller_show_her_wallet_between_two_days(trade: Trade) -> None:
    client = client_of(trade.amy.actor)
    with set_to(LATER + HOUR):
        page = client.get(f"/shop/wallet/statement/?first={NEXT}&last={NEXT}").content.decode()
        assert 'href="/shop/wallet/statement/"' in client.get("/shop/wallet/").content.decode()
    assert f'href="/shop/orders/{trade.order.id}/"' in page
    assert "充值" not in page.split("期末余额")[1].split("shop-tabs")[0]
    assert f"/api/v1/wallet/statement/workbook?first={NEXT}&amp;last={NEXT}" in page


def test_pages_say_which_days_are_wrong_and_show_the_last_month(trade: Trade) -> None:
    addresses = [(trade.amy.actor, "/shop/wallet/statement/"), (trade.other_clerk, "/portal/account/")]
    for actor, address in addresses:
        with set_to(LATER + HOUR):
            page = client_of(actor).get(f"{address}?first={NEXT}&last={DAY}").content.decode()
        assert f"起止日期不对：从 {NEXT} 到 {DAY}，最多 366 天" in page
        assert f'value="{NEXT - timedelta(days=29)}"' in page


def test_portal_leads_from_each_entry_to_what_caused_it(trade: Trade) -> None:
    client = client_of(trade.other_clerk)
    with set_to(LATER + HOUR):
        page = client.get("/portal/account/").content.decode()
        deposit = client.get("/portal/account/?kind=deposit").content.decode()
    assert page.count(f'href="/portal/shipping/?q={trade.order.id}"') == 2
    assert 'href="/portal/deposit/"' in deposit.split("期末余额")[1]
    assert "针织衫" in page
    assert "另有" not in page


def test_portal_refuses_a_kind_that_is_no_account_of_a_brand(trade: Trade) -> None:
    with set_to(LATER + HOUR):
        assert client_of(trade.other_clerk).get("/portal/account/?kind=wallet").status_code == 422


def test_workbooks_add_up_by_formulas_and_name_the_causes(trade: Trade) -> None:
    days = f"first={DAY}&last={NEXT}"
    with set_to(LATER + HOUR):
        hers = sheet_of(program_of(trade.amy.actor).get(f"/api/v1/wallet/statement/workbook?{days}"))
        kind = "brand_payable"
        brands = sheet_of(program_of(trade.other_clerk).get(f"/api/v1/brands/mine/accounts/{kind}/workbook?{days}"))
    assert [hers.cell(row, 2).value for row in (9, 10, 11)] == ["充值", "付款", "退款"]
    assert hers["C10"].value.startswith(f"订单 {trade.order.id} · ")
    assert (hers["B6"].value, hers["G9"].value, hers["G10"].value) == ("=B3+B4-B5", "=B3+E9-F9", "=G9+E10-F10")
    assert [brands.cell(row, 2).value for row in (9, 10)] == ["订单付款", "退款"]
    assert brands["E9"].value == 2 * trade.payable_fen / 100


def test_api_answers_statement_and_entries_of_ones_own_account(trade: Trade) -> None:
    days = f"first={DAY}&last={NEXT}"
    with set_to(LATER + HOUR):
        her, clerk = program_of(trade.amy.actor), program_of(trade.other_clerk)
        first_clerk = program_of(trade.market.clerk)
        statement = her.get(f"/api/v1/wallet/statement?{days}").json()
        entries = her.get(f"/api/v1/wallet/statement/entries?{days}&limit=1").json()
        payable = clerk.get(f"/api/v1/brands/mine/accounts/brand_payable/statement?{days}").json()
        of_first = first_clerk.get(f"/api/v1/brands/mine/accounts/brand_payable/entries?{days}").json()
        refused = her.get(f"/api/v1/wallet/statement?first={NEXT}&last={DAY}")
        unknown = clerk.get(f"/api/v1/brands/mine/accounts/wallet/statement?{days}")
    assert (statement["opening"], statement["owner_id"]) == ("0.00", trade.amy.id)
    assert (entries["items"][0]["order_id"], entries["items"][0]["kind"]) == (trade.order.id, "refund")
    assert payable["owner_id"] == trade.other_brand
    assert [each["style_no"] for each in of_first["items"]] == ["K1"]
    assert (refused.status_code, refused.json()["code"]) == (422, "ledger.invalid_days")
    assert unknown.status_code == 422
