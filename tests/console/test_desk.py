"""Every page of the desk opens for those it is for, in both languages, and under the strict policy; form actions belong to roles."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.rules import Actor
from aftersales.rules import CaseReason
from aftersales.selectors.carrier_claims import list_claims
from aftersales.services.cases import open_case, refund_only
from aftersales.services.enquiries import open_enquiry
from closings.services.closing import request_closing_of_reseller
from console.labels import details_in_words
from console.urls import urlpatterns
from flashsales.models import SaleItem
from flashsales.services.ending import end_early
from imports import reconciliation_sheet
from integrity.models import IntegrityRun
from integrity.services import run_requested
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.askable import Choice
from invoices.services import exports, issuing, requests, titles
from kernel import clock
from kernel.clock import set_to
from ledger.models import ClosedDay, LedgerAccount
from ledger.services import close_due_days
from orders.models.shipping import Carrier, Consignment
from orders.selectors.orders import OrderView
from orders.services.shipping import ship
from pricing.rules.controls import Action, ControlFields
from pricing.services.drafts import start_draft
from pricing.services.price_rules import create_control
from settlement.services.statements import generate_statement, send
from settlement.uploads.queue import QUEUE as LIST_QUEUE
from settlement.uploads.reading import finish_reading as finish_list
from settlement.uploads.receive import receive_list
from tests.bank_statements.made import make_bank_statements
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.payments.made import make_bills, make_payments
from tests.rehearsals.ended import ended_rehearsal
from treasury.selectors.bank_accounts import list_accounts
from treasury.selectors.requests import list_requests
from treasury.services.closes import compare_days
from treasury.services.withdrawals import request_withdrawal


@pytest.fixture
def busy(market: Marketplace) -> dict[str, int]:
    """A marketplace in which everything that the desk shows is there: what the addresses need, by the name of their part."""
    sold = market.sku(units=8)
    sale = market.sale(sold)
    buyer = market.reseller(wallet_fen=5_000_00)
    order = market.paid_order(buyer, item_of(sale, sold), units=2)
    market.draft(market.sku(units=5))
    control = create_control(
        actor=market.ops,
        now=NOW,
        control=ControlFields(brand_id=market.brand_id, action=Action.CUT, starts_on=NOW.date(), floor_fen=400_00),
    )
    start_draft(actor=market.ops, name="试一试", now=NOW)
    market.brand(name="保证金没到的", deposit=False)
    gone = market.sku(units=3)
    ended = market.sale(gone)
    back = market.reseller(wallet_fen=5_000_00)
    shipped = market.paid_order(back, item_of(ended, gone))
    crushed_order = market.paid_order(back, item_of(ended, gone))
    end_early(actor=market.ops, sale_id=ended, reason="测试", now=NOW + HOUR)
    statement = generate_statement(actor=market.finance, sale_id=ended, now=NOW + HOUR)
    for order_id in (shipped.id, crushed_order.id):
        parcel = Consignment.objects.get(lines__order_id=order_id)
        ship(actor=market.clerk, consignment_id=parcel.pk, carrier="顺丰", tracking_no=f"SF{order_id:08d}", now=NOW)
    case = open_case(
        actor=back.actor,
        line_id=shipped.lines[0].id,
        units=1,
        reason=CaseReason.FAULTY,
        evidence="脱线",
        key="case",
        now=NOW,
    )
    crushed = open_case(
        actor=back.actor,
        line_id=crushed_order.lines[0].id,
        units=1,
        reason=CaseReason.DAMAGED,
        evidence="外箱压坏",
        key="crushed",
        now=NOW,
    )
    refund_only(actor=market.ops, case_id=crushed.id, amount_fen=1_00, now=NOW)
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    enquiry = open_enquiry(actor=back.actor, text="什么时候发货？", order_id=shipped.id, key="enquiry", now=NOW)
    market.money.account_of_reseller(buyer.id, now=NOW)
    withdrawal = request_withdrawal(actor=buyer.actor, amount_fen=20_00, key="out", now=NOW)
    market.money.approve(withdrawal, now=NOW)
    batch = market.money.batch([withdrawal.id], now=NOW)
    transfers = make_bank_statements(
        finance=market.finance, reseller=buyer.actor, reseller_id=buyer.id, now=NOW, payer="王小美", fee="手续费"
    )
    return transfers | {
        "invoice_id": issued_invoice(market, back, crushed_order),
        "comparison_id": compared_list(market, back),
        "rehearsal_id": ended_rehearsal(sale_id=sale, person_id=market.ops.own_id, now=NOW),
        "brand_id": market.brand_id,
        "reseller_id": buyer.id,
        "sale_id": sale,
        "sku_id": sold,
        "order_id": order.id,
        "line_id": order.lines[0].id,
        "control_id": control.id,
        "statement_id": statement.id,
        "carrier_id": Carrier.objects.order_by("pk")[0].pk,
        "case_id": case.id,
        "claim_id": list_claims().items[0].id,
        "account_id": list_accounts(state="approved").items[0].id,
        "request_id": list_requests(state="approved").items[0].id,
        "batch_id": batch.id,
        "closing_id": request_closing_of_reseller(
            actor=market.finance, reseller_id=market.reseller().id, reason="不做了", key="closing", now=NOW
        ).id,
        "enquiry_id": enquiry.summary.id,
        "payment_id": make_payments(buyer.id, now=NOW)["payment_id"],
        "bill_id": make_bills(now=NOW),
        "ledger_account_id": LedgerAccount.objects.get(kind="commission").pk,
        "closed_day_id": closed_day(),
        "tier": 3,
        "person_id": buyer.actor.own_id,
    }


def closed_day() -> int:
    """The id of the day of NOW, closed and compared."""
    close_due_days(now=NOW + timedelta(days=1, hours=2))
    compare_days(now=NOW + timedelta(days=1, hours=2))
    return ClosedDay.objects.order_by("day")[0].pk


def issued_invoice(market: Marketplace, buyer: Daigou, order: OrderView) -> int:
    """The id of a request for an invoice of her order, issued with a file."""
    fields = TitleFields(TitleKind.PERSON, "陈梅")
    title = titles.save_title(actor=buyer.actor, fields=fields, now=NOW)
    choice = Choice(order_ids=(order.id,))
    [asked] = requests.request_goods(actor=buyer.actor, title_id=title.id, choice=choice, key="invoice", now=NOW + HOUR)
    exports.export_requests(actor=market.finance, now=NOW + HOUR)
    finance, at = market.finance, NOW + 2 * HOUR
    issuing.issue_invoice(
        actor=finance, request_id=asked.id, number="26332000000012345678", issued_on=NOW.date(), link="", now=at
    )
    issuing.attach_file(actor=finance, request_id=asked.id, content=io.BytesIO(b"%PDF-1.7 x"), now=at)
    return asked.id


def compared_list(market: Marketplace, buyer: Daigou) -> int:
    """The id of a brand's list that was compared with a statement, which was sent."""
    sku = market.sku(units=3)
    sale = market.sale(sku)
    order = market.paid_order(buyer, item_of(sale, sku))
    parcel = Consignment.objects.get(lines__order_id=order.id)
    ship(actor=market.clerk, consignment_id=parcel.pk, carrier="顺丰", tracking_no=f"SF{order.id:08d}", now=NOW)
    end_early(actor=market.ops, sale_id=sale, reason="测试", now=NOW + HOUR)
    statement = generate_statement(actor=market.finance, sale_id=sale, now=NOW + HOUR)
    send(actor=market.finance, statement_id=statement.id, now=NOW + 20 * 24 * HOUR)
    data = f"明细号,件数\n{order.lines[0].id},2\n".encode()
    view = receive_list(
        actor=market.clerk, statement_id=statement.id, filename="我们的.csv", chunks=[data], now=NOW + 20 * 24 * HOUR
    )
    job = LIST_QUEUE.claim(view.id, now=NOW + 20 * 24 * HOUR)
    assert job is not None
    finish_list(job, reconciliation_sheet.read(data, "我们的.csv"), lambda: NOW + 20 * 24 * HOUR)
    return view.id


POSTED_ONLY = {
    "download_invoice_file",
    "invoice_file",
    "request_workbook",
    "download_workbook",
    "read_inbox",
    "show_contact",
    "sale_sheet",
    "send_statements",
    "settle_statements",
    "enter_payouts",
    "answer_disputes",
    "transfer_batch_download",
    "cause",
}
"""Addresses that no page is behind: they take a form, or the cause of a booking, and redirect, or send a file."""


def addresses(places: dict[str, int]) -> list[str]:
    """The address of every page of the console, its places filled."""
    found = []
    for pattern in urlpatterns:
        if pattern.name in POSTED_ONLY:
            continue
        named = pattern.pattern.converters
        found.append(reverse(f"console:{pattern.name}", kwargs={name: places[name] for name in named}))
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_without_inline_script_or_style(
    market: Marketplace, busy: dict[str, int], desk: Callable[[Actor], Client], language: str
) -> None:
    client = desk(market.ops)
    client.cookies["language"] = language
    asked = addresses(busy)
    query = f"?brand={market.brand_id}&sale={busy['sale_id']}&tier=5"
    asked += [
        reverse(f"console:{name}") + query for name in ("simulator", "compare", "export_prices", "export_comparison")
    ]
    with set_to(NOW + HOUR):
        for address in asked:
            if "/simulator/why/" in address:
                address += query
            response = client.get(address)
            assert response.status_code == 200, address
            if "html" in response["Content-Type"]:
                page = response.content.decode()
                assert " style=" not in page, address
                assert "<style" not in page, address
                assert "<script>" not in page, address
                assert " onclick=" not in page, address


def test_finance_opens_all_but_the_pages_of_ops_alone(
    market: Marketplace, busy: dict[str, int], finance: Client
) -> None:
    with set_to(NOW + HOUR):
        refused = {
            address
            for address in addresses(busy)
            if "/simulator/why/" not in address and finance.get(address).status_code == 403
        }
    assert refused == {
        reverse("console:application"),
        reverse("console:pictures"),
        reverse("console:customer_photos"),
        reverse("console:new_control"),
        reverse("console:schedule"),
        reverse("console:enquiries"),
        reverse("console:enquiry", args=[busy["enquiry_id"]]),
    }


def test_nobody_else_comes_in(market: Marketplace, busy: dict[str, int], desk: Callable[[Actor], Client]) -> None:
    clerk, reseller = desk(market.clerk), desk(market.reseller().actor)
    for address in addresses(busy):
        assert clerk.get(address).status_code == 403, address
        assert reseller.get(address).status_code == 403, address
        assert Client().get(address).status_code == 302, address


def test_a_strange_number_is_told_as_missing(ops: Client) -> None:
    for name in ("brand", "sale", "order", "member", "statement", "control"):
        response = ops.get(reverse(f"console:{name}", args=[999_999]))
        assert response.status_code == 404, name
        assert "data-refusal" in response.content.decode()


def test_home_shows_what_waits(market: Marketplace, busy: dict[str, int], ops: Client) -> None:
    with set_to(NOW + HOUR):
        page = ops.get(reverse("console:home")).content.decode()
    assert "保证金没到的" in page
    assert "已抢 2 / 8 件" in page
    assert "草稿" in page


def test_home_answers_htmx_with_the_live_sales_only(market: Marketplace, busy: dict[str, int], ops: Client) -> None:
    with set_to(NOW + HOUR):
        page = ops.get(reverse("console:home"), headers={"HX-Request": "true"}).content.decode()
    assert "已抢 2 / 8 件" in page
    assert "<html" not in page


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_integrity_page_starts_a_run_in_the_background_and_names_the_rows_of_the_last_one(
    market: Marketplace, busy: dict[str, int], ops: Client, finance: Client
) -> None:
    address = reverse("console:integrity")

    def page(client: Client = ops) -> str:
        return client.get(address).content.decode()

    with set_to(NOW + HOUR):
        assert "现在没有核对在进行" in page()
        assert "全部相符" not in page()
        assert ops.post(address).status_code == 302
        assert "等待开始" in page()
        assert "every 2s" in page()
        finance.post(address)
        assert "已有一次核对" in page(finance)
        assert IntegrityRun.objects.count() == 1
        assert run_requested(now=clock.now()) is not None
        assert "全部相符" in page()
        assert "every 2s" not in page()
        item = SaleItem.objects.get(sale_id=busy["sale_id"])
        SaleItem.objects.filter(pk=item.pk).update(held=item.held + 1, available=item.available - 1)
        assert "全部相符" in page(), "the page shows the last run and reads nothing else"
    with set_to(NOW + 2 * HOUR):
        ops.post(address)
        run_requested(now=clock.now())
        shown = page()
    assert "全部相符" not in shown
    assert "flashsales_saleitem" in shown
    assert f">{item.pk}<" in shown


def test_audit_is_found_by_what_was_acted_upon(market: Marketplace, busy: dict[str, int], ops: Client) -> None:
    page = ops.get(reverse("console:audit"), {"kind": "sale", "id": str(busy["sale_id"])}).content.decode()
    assert "发布专场" in page
    assert "同意入驻" not in page


def test_audit_says_amounts_and_reasons_in_words() -> None:
    details = {"reason": "refund_only", "units": 2, "amount": "1234.50"}
    assert details_in_words(details) == [("原因", "仅退款"), ("件数", "2"), ("金额", "¥1,234.50")]
    entered = {"tier": 3, "brand": 7, "zero": True, "unpaid_limits_fen": [1, 2], "answers": {"f": {"H": "base_price"}}}
    assert details_in_words(entered) == [("等级", "VIP3"), ("品牌", "#7"), ("清零", "是")]


def test_audit_says_the_reason_of_a_case_in_words(busy: dict[str, int], ops: Client) -> None:
    page = ops.get(reverse("console:audit"), {"kind": "case"}).content.decode()
    assert "原因 质量问题" in " ".join(page.split())


def test_lists_go_on_to_the_next_page(market: Marketplace, ops: Client) -> None:
    sku = market.sku(units=200)
    sale, buyer = market.sale(sku), market.reseller(wallet_fen=31 * 120_00)
    for number in range(31):
        with set_to(NOW):
            buyer.grab(item_of(sale, sku), key=f"page-{number}", now=clock.now())
    first = ops.get(reverse("console:orders"))
    cursor = first.context["page"].next_cursor
    assert cursor is not None
    second = ops.get(reverse("console:orders"), {"cursor": cursor})
    shown = [row.order.id for row in first.context["page"].items]
    assert [row.order.id for row in second.context["page"].items] == [min(shown) - 1]
