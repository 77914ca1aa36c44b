"""The first page of finance, the statement of any account, money in transit, and the daily close (LEDGER-3, LEDGER-4, MONEY-15)."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.finance import equation_of
from kernel.clock import set_to
from kernel.money import display_yuan, format_yuan
from kernel.period import shanghai_date
from ledger.models import ClosedDay, LedgerAccount
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.aged import get_aged_balance
from ledger.selectors.days import balances_by_kind, list_kind_days
from ledger.selectors.statements import get_account_balance, get_account_statement, list_statement_entries
from ledger.services import close_due_days
from settlement.selectors.statements import list_sales_without_statement
from settlement.selectors.terms import list_periods_to_draw
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.payments.made import make_bills, make_payments
from treasury.models import CloseDifference, MoneyRequest
from treasury.selectors.closes import list_transit
from treasury.services.closes import compare_days
from treasury.services.withdrawals import request_withdrawal

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1, hours=2)
DAY = shanghai_date(NOW)


@pytest.fixture
def wallet_id(market: Marketplace) -> int:
    """The wallet of a reseller with ¥1,000 who paid an order; the day is closed and compared."""
    sku = market.sku(units=8)
    daigou = market.reseller(wallet_fen=1_000_00)
    market.paid_order(daigou, item_of(market.sale(sku), sku))
    make_payments(daigou.id, now=NOW)
    make_bills(now=NOW)
    close_due_days(now=LATER)
    compare_days(now=LATER)
    return LedgerAccount.objects.get(kind="wallet", owner_id=daigou.id).pk


def test_equation_of_all_kinds_has_no_difference(market: Marketplace, wallet_id: int) -> None:
    balances = balances_by_kind()
    equation = equation_of(balances)
    named = [line.kind for group in (equation.cash, *equation.owed) for line in group.lines]
    assert sorted(named) == sorted(AccountKind)
    assert (equation.difference_fen, equation.cash.fen) == (0, equation.owed_fen)
    assert equation.cash.fen > 0


def test_equation_of_a_ledger_out_of_balance_shows_the_difference() -> None:
    assert equation_of({AccountKind.CLEARING: 100_00, AccountKind.WALLET: 99_99}).difference_fen == 1


def test_finance_home_shows_all_money_and_what_is_due(finance: Client, wallet_id: int) -> None:
    with set_to(LATER):
        page = finance.get(reverse("console:finance")).content.decode()
    assert "差 ¥0.00" in page
    assert "资金待复核 0 笔" in page
    to_draw = len(list_sales_without_statement()) + len(list_periods_to_draw(at=LATER))
    assert f"已结束的专场和期间，待出结算单 {to_draw} 张" in page
    assert ("等更正抬头的发票 0 张" in page, f"{reverse('console:invoices')}?wrong=1" in page) == (True, True)
    assert "最近 30 天的现金" in page
    assert f"日结差异没处理 {CloseDifference.objects.filter(state='open').count()} 条" in page


def test_finance_home_needs_the_same_statements_for_many_accounts(
    finance: Client, market: Marketplace, wallet_id: int
) -> None:
    counts = []
    for _ in range(2):
        with set_to(LATER), CaptureQueriesContext(connection) as queries:
            finance.get(reverse("console:finance"))
        counts.append(len(queries))
        for _more in range(3):
            market.money.top_up(market.reseller().id, 10_00, f"more-{_more}-{len(counts)}", now=LATER)
    assert counts[0] == counts[1]


def test_account_page_leads_from_each_entry_to_its_cause(finance: Client, wallet_id: int) -> None:
    with set_to(LATER):
        page = finance.get(reverse("console:account_statement", args=[wallet_id])).content.decode()
    assert "期初余额" in page
    for cause in ("order%3A", "order:"):
        if cause in page:
            break
    else:
        pytest.fail("no entry leads to its order")
    order_id = page.split("?of=order")[1].split('"')[0].replace("%3A", "").lstrip(":")
    answer = finance.get(reverse("console:cause"), {"of": f"order:{order_id}"})
    assert answer.headers["Location"] == reverse("console:order", args=[int(order_id)])
    assert finance.get(reverse("console:cause"), {"of": "nothing:1"}).status_code == 404


def test_account_workbook_adds_up_by_formulas(finance: Client, wallet_id: int) -> None:
    with set_to(LATER):
        answer = finance.get(reverse("console:account_statement_workbook", args=[wallet_id]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]
    assert sheet["B6"].value == "=B3+B4-B5"
    assert sheet["G9"].value == "=B3+E9-F9"
    assert sheet["B4"].value.startswith("=SUM(E9:E")
    causes = [cell.value for cell in sheet["C"][8:]]
    assert len(causes) > 1
    assert [each for each in causes if ":" in each] == []


def test_transit_names_what_a_provider_holds(finance: Client, wallet_id: int) -> None:
    held_fen = balances_by_kind()[AccountKind.WECHAT_CLEARING]
    aged = get_aged_balance(AccountKind.WECHAT_CLEARING, held_fen=held_fen, at=NOW + HOUR)
    assert (aged.sums[0], sum(each.left_fen for each in aged.entries), aged.rest_fen) == (held_fen, held_fen, 0)
    older = get_aged_balance(AccountKind.WECHAT_CLEARING, held_fen=held_fen, at=NOW + timedelta(days=5))
    assert older.sums == [0, 0, held_fen, 0]
    with set_to(LATER):
        assert "微信支付待结" in finance.get(reverse("console:transit")).content.decode()


def test_money_at_the_bank_is_shown_as_what_is_there(finance: Client, market: Marketplace, wallet_id: int) -> None:
    """LEDGER-5: the same positive balance on every page and in the API; a top-up comes in there."""
    bank = AccountRef(AccountKind.CLEARING)
    booked_fen = LedgerAccount.objects.get(kind="clearing").balance_fen
    shown = display_yuan(-booked_fen)
    account_id = LedgerAccount.objects.get(kind="clearing").pk
    day_id = ClosedDay.objects.get(day=DAY).pk
    pages = ["finance", "ledger_accounts"]
    addresses = [*map(reverse, map("console:{}".format, pages)), f"{reverse('console:ledger_accounts')}?kind=clearing"]
    addresses += [
        reverse("console:account_statement", args=[account_id]),
        reverse("console:close", args=[day_id]),
    ]
    with set_to(LATER):
        texts = [finance.get(address).content.decode() for address in addresses]
        book = b"".join(finance.get(reverse("console:account_statement_workbook", args=[account_id])))
        listed = finance.get("/api/v1/ops/accounts/export?kind=clearing&format=csv")
    for address, text in zip(addresses, texts, strict=True):
        assert (shown in text, f"−{shown}" in text) == (True, False), address
    assert format_yuan(-booked_fen) in b"".join(listed).decode().replace("-", "minus ")
    found = get_account_statement(bank, first=DAY, last=DAY)
    entries = list_statement_entries(bank, first=DAY, last=DAY, limit=100).items
    assert booked_fen < 0 == found.opening_fen
    assert found.closing_fen == found.in_fen - found.out_fen == -booked_fen == entries[0].balance_fen
    assert sum(each.amount_fen for each in entries) == -booked_fen
    assert {each.kind: each.amount_fen > 0 for each in entries}["top_up"]
    assert get_account_balance(bank, at=LATER).balance_fen == -booked_fen
    [of_day] = [each for each in list_kind_days([DAY]) if each.kind is AccountKind.CLEARING]
    assert (of_day.in_fen, of_day.out_fen, of_day.closing_fen) == (found.in_fen, found.out_fen, -booked_fen)
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    assert (sheet["E9"].value is None, sheet["F9"].value) == (False, None)


def test_close_page_takes_an_explanation_of_finance_alone(finance: Client, ops: Client, wallet_id: int) -> None:
    found = CloseDifference.objects.filter(state="open").order_by("pk")[0]
    address = reverse("console:close", args=[ClosedDay.objects.get(day=found.day).pk])
    typed = {"form_action": "explain", "explain-difference_id": found.pk, "explain-explanation": "渠道晚报"}
    with set_to(LATER):
        assert ops.post(address, typed).status_code == 403
        assert finance.post(address, typed).status_code == 302
        assert "渠道晚报" in finance.get(address).content.decode()
    found.refresh_from_db()
    assert (found.state, found.explanation) == ("explained", "渠道晚报")


def test_what_somebody_may_not_approve_is_refused_with_the_reason(
    finance: Client, ops: Client, market: Marketplace
) -> None:
    """MONEY-1, MONEY-2: not with «the state has changed» where nothing has changed."""
    typed = {"amount_fen": "12.00", "reference": "ICBC-77"}
    form = {"form_action": "top_up"} | {f"top_up-{name}": value for name, value in typed.items()}
    her = reverse("console:member", args=[market.reseller().id])
    assert "充值已录入，等另一人复核后入账" in finance.post(her, form, follow=True).content.decode()
    request_id = MoneyRequest.objects.get(reference="ICBC-77").pk
    again = finance.post(her, form, follow=True).content.decode()
    assert f"先前已录入过：第 {request_id} 笔，没有再录入" in again
    address = reverse("console:money_request", args=[request_id])
    approve = {"form_action": "approve"}
    assert f"第 {request_id} 笔是您自己录入的，须由另一人复核" in finance.post(address, approve).content.decode()
    assert "有其他财务在岗，由财务复核；运营不能复核" in ops.post(address, approve).content.decode()
    assert MoneyRequest.objects.get(pk=request_id).state == "waiting"
    finance.post(address, {"form_action": "cancel"})
    page = ops.post(address, approve).content.decode()
    assert f"第 {request_id} 笔已经处理过" in page


def test_transit_says_what_waits_for_approval(finance: Client, market: Marketplace) -> None:
    her = market.reseller(wallet_fen=100_00)
    market.money.account_of_reseller(her.id, now=NOW)
    request_withdrawal(actor=her.actor, amount_fen=20_00, key="one", now=NOW)
    [row] = list_transit(at=NOW)
    assert (row.amount_fen, row.is_waiting) == (20_00, True)
    with set_to(NOW):
        assert "还没复核" in finance.get(reverse("console:transit")).content.decode()
