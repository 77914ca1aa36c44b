"""Freight where people meet it: workbooks, pages, the API, statements and profit (ORDER-16, SALE-18, SETTLE-1)."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from aftersales.services.refunds import report_out_of_stock
from flashsales.models import SaleItem
from flashsales.rules.freight import FreightTerms, ReturnPayer
from flashsales.selectors.freight import get_brand_freight, get_sale_freight
from flashsales.services.ending import close_ended
from forwarding.rules.profit import ProfitSpan
from forwarding.sql.profit import find_profits
from kernel.clock import set_to
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.lines import Take
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.parcel_plan import LineUnits
from orders.services.shipping import ship
from orders.uploads.commit import UploadTotalChanged, commit_upload
from settlement.models import StatementItem
from settlement.rules.periods import StatementKind
from settlement.services import statements, terms
from settlement.workbook import write_statement_workbook
from tests.builders import HOUR, NOW
from tests.orders.order_files import line, preview
from tests.orders.test_freight import PIECES, THREE_FREE, FreightSale
from tests.violations import all_violations

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with set_to(NOW):
        yield


END = NOW + 48 * HOUR


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def _nothing_is_wrong() -> None:
    assert [violation.what for violation in all_violations()] == []


def test_the_preview_of_a_workbook_counts_freight_by_recipient_and_a_lower_total_is_refused() -> None:
    shop = FreightSale()
    skus = list(SaleItem.objects.filter(pk__in=shop.items).order_by("pk").values_list("sku_id", flat=True))
    view = preview(shop.daigou, line(skus[0], 2), line(skus[1], 1), line(skus[0], 1, recipient="李姐"))
    assert (view.totals.left_freight_fen, view.totals.left_total_fen) == (12_00 + 8_00, 90_00 + 20_00)
    actor = shop.daigou.actor
    with pytest.raises(UploadTotalChanged) as refused:
        commit_upload(actor=actor, upload_id=view.id, take=Take.ALL, expected_total_fen=90_00, now=NOW)
    assert (refused.value.expected_fen, refused.value.total_fen) == (90_00, 110_00)
    assert Order.objects.count() == 0
    result = commit_upload(actor=actor, upload_id=view.id, take=Take.ALL, expected_total_fen=110_00, now=NOW)
    assert (result.order.total_fen, result.payment_refusal) == (110_00, None)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00 - 110_00
    _nothing_is_wrong()


def test_the_statement_has_freight_in_a_column_of_its_own() -> None:
    shop = FreightSale(FreightTerms(first_fen=8_00, further_fen=2_00))
    order = shop.paid(2, 1)
    report_out_of_stock(actor=shop.market.clerk, line_id=order.lines[1].id, units=1, note="", key="s", now=NOW)
    shop.ship(order)
    close_ended(now=END)
    drawn = statements.generate_statement(actor=shop.market.finance, sale_id=shop.sale_id, now=END)
    totals = drawn.totals
    assert (totals.sold_fen, totals.refunded_fen, totals.freight_fen) == (70_00, 30_00, 10_00)
    assert (totals.commission_fen, totals.payable_fen, totals.adds_up) == (8_00, 32_00 + 10_00, True)
    sent = statements.send(actor=shop.market.finance, statement_id=drawn.id, now=END + 8 * DAY)
    assert sent.totals == totals
    assert sum(StatementItem.objects.values_list("freight_fen", flat=True)) == 10_00
    values = openpyxl.load_workbook(io.BytesIO(write_statement_workbook(sent)), data_only=True)
    lines: list[Any] = list(values["明细"].iter_rows(min_row=2, values_only=True))
    assert sum(row[17] for row in lines) == 10.0
    cells: dict[Any, Any] = {row[0]: row[1] for row in values["结算单"].iter_rows(max_col=2, values_only=True)}
    assert cells["成交额"] - cells["退款额"] + cells["运费（扣除退货运费）"] == cells["佣金"] + cells["应结货款"]
    page = signed_in(shop.market.clerk).get(f"/portal/statements/{drawn.id}/").content.decode()
    assert "¥10.00" in page
    _nothing_is_wrong()


def test_a_statement_of_a_period_waits_for_goods_whose_freight_may_go_back() -> None:
    """The second line is not shipped: a shortage of it gives back freight that the first line paid."""
    shop = FreightSale()
    terms.enter_terms(
        actor=shop.market.ops,
        brand_id=shop.market.brand_id,
        kind=StatementKind.MONTH,
        from_date=NOW.date(),
        now=NOW - 10 * DAY,
    )
    order = shop.paid(2, 1)
    consignment = Consignment.objects.get(order_id=order.id)
    first, second = order.lines
    ship(
        actor=shop.market.clerk,
        consignment_id=consignment.pk,
        carrier="顺丰",
        tracking_no="SF00000001",
        lines=[LineUnits(first.id, 2)],
        now=NOW,
    )
    close_ended(now=END)
    later = NOW + 20 * DAY
    drawn = statements.generate_period_statement(
        actor=shop.market.finance,
        brand_id=shop.market.brand_id,
        kind=StatementKind.MONTH,
        day=date(2026, 11, 1),
        now=later,
    )
    with pytest.raises(statements.NothingReady):
        statements.send(actor=shop.market.finance, statement_id=drawn.id, now=later)
    report_out_of_stock(actor=shop.market.clerk, line_id=second.id, units=1, note="", key="s", now=later)
    _nothing_is_wrong()


def test_pages_show_freight_before_it_is_paid() -> None:
    shop = FreightSale(THREE_FREE)
    client = signed_in(shop.daigou.actor)
    style_id = shop.place(1).lines[0].style_id
    for path in (f"/shop/sales/{shop.sale_id}/", f"/shop/sales/{shop.sale_id}/styles/{style_id}/"):
        assert "满3 件包邮" in client.get(path).content.decode()
    order = Order.objects.get()
    assert "含运费 ¥8.00" in client.get(f"/shop/orders/{order.pk}/").content.decode()
    cart = client.get("/shop/cart/").content.decode()
    assert "含运费 ¥8.00" in cart
    assert 'name="total" value="2800"' in cart


def test_ops_enter_freight_of_a_brand_and_of_a_draft() -> None:
    shop = FreightSale()
    brand_id, ops = shop.market.brand_id, signed_in(shop.market.ops)
    typed = {
        "first_fen": "9", "further_fen": "", "free_from_units": "", "free_from_fen": "99",
        "return_fen": "10", "fault_payer": "platform", "no_reason_payer": "reseller",
    }  # fmt: skip

    def enter(path: str, **more: str) -> int:
        fields = {f"freight-{name}": value for name, value in (typed | more).items()}
        return ops.post(path, {"form_action": "freight", **fields}).status_code

    assert enter(f"/console/brands/{brand_id}/") == 302
    assert get_brand_freight(brand_id) == FreightTerms(
        first_fen=9_00, free_from_fen=99_00, return_fen=10_00, fault_payer=ReturnPayer.PLATFORM
    )
    assert get_sale_freight(shop.sale_id).terms == PIECES
    draft = shop.market.draft(shop.market.sku(base_price_fen=20_00))
    assert enter(f"/console/sales/{draft}/", first_fen="3") == 302
    assert get_sale_freight(draft).terms.first_fen == 3_00
    assert enter(f"/console/sales/{draft}/", use_brand_terms="on") == 302
    assert get_sale_freight(draft).terms.first_fen == 9_00
    assert "包邮" in ops.get(f"/console/brands/{brand_id}/").content.decode()


def test_programs_ask_for_freight_and_are_refused_another_one() -> None:
    shop = FreightSale()
    headers = {"Authorization": f"Bearer {issue_token(actor=shop.daigou.actor, label='erp', now=NOW)}"}
    client = Client()

    def send(path: str, body: dict[str, object]) -> Any:
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    lines = [{"item_id": shop.items[0], "units": 2, "recipient_id": shop.daigou.recipient_id}]
    quote = send("freight-quotes", {"lines": lines})
    assert quote.json() == {"goods": "40.00", "freight": "10.00", "total": "50.00"}
    refused = send("orders", {"key": "a", "lines": lines, "expected_freight": "8.00"})
    assert (refused.status_code, refused.json()["code"]) == (409, "orders.freight_changed")
    assert Order.objects.count() == 0
    placed = send("orders", {"key": "a", "lines": lines, "expected_freight": "10.00"}).json()
    assert (placed["freight"], placed["total"], placed["lines"][0]["freight"]) == ("10.00", "50.00", "10.00")
    terms_of_sale = client.get(f"/api/v1/sales/{shop.sale_id}/freight", headers=headers).json()
    assert (terms_of_sale["first"], terms_of_sale["further"]) == ("8.00", "2.00")


def test_profit_counts_the_freight_that_she_paid() -> None:
    shop = FreightSale()
    shop.paid(2)
    [row] = find_profits(reseller_id=shop.daigou.id, span=ProfitSpan.ORDER, since=NOW - DAY, until=NOW + DAY, limit=5)
    assert (row.paid_fen, row.unpriced_fen) == (0, 50_00)


def test_freight_is_shared_out_to_the_fen() -> None:
    shop = FreightSale(FreightTerms(first_fen=1_01, further_fen=0))
    order = shop.place(1, 1, 1)
    assert [each.freight_fen for each in order.lines] == [34, 34, 33]
    assert (order.freight_fen, order.total_fen) == (1_01, 71_01)
