"""What goes back for a line whose statement was sent is no part of an invoice either (INVOICE-2, INVOICE-7, SETTLE-15)."""

import pytest

from invoices import sql
from invoices.rules.amounts import fees_fen, line_fen
from invoices.selectors.askable import Choice, list_askable_goods, list_askable_statements
from invoices.selectors.invoices import InvoiceView, get_invoice
from invoices.services import red_letters, requests, titles
from orders.models.lines import OrderLine
from orders.selectors.orders import OrderView
from orders.selectors.sold import paid_line
from settlement.selectors.statements import get_statement
from tests.builders import HOUR
from tests.invoices.desk import SETTLED, SPECIAL, Desk
from tests.violations import all_violations
from treasury.models import MoneyRequest

pytestmark = pytest.mark.django_db
RED = "26332000000099999999"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def order(desk: Desk) -> OrderView:
    return desk.order()


@pytest.fixture
def statement_id(desk: Desk, order: OrderView) -> int:
    return desk.paid_statement()


def fees_asked(desk: Desk) -> InvoiceView:
    title = titles.save_title(actor=desk.market.clerk, fields=SPECIAL, now=SETTLED)
    [asked] = requests.request_fees(actor=desk.market.clerk, title_id=title.id, key="fees", now=SETTLED)
    return asked


def platform_part_fen() -> int:
    [credit] = MoneyRequest.objects.filter(line__isnull=False)
    assert 0 < credit.brand_part_fen < credit.amount_fen
    return credit.amount_fen - credit.brand_part_fen


def test_late_refund_before_the_request_is_not_asked_for(desk: Desk, order: OrderView, statement_id: int) -> None:
    desk.refund_late(order, 40_00)
    line = paid_line(OrderLine.objects.select_related("sku__style").get(order_id=order.id))
    kept_fen = line_fen(line, late_fen=40_00)
    assert kept_fen == order.total_fen - 40_00
    assert sql.kept_of_lines([line.line_id]) == {line.line_id: kept_fen}
    [askable] = list_askable_goods(desk.her.id, Choice(), at=SETTLED)
    [asked] = desk.ask(order, now=SETTLED)
    assert (askable.amount_fen, asked.amount_fen) == (kept_fen, kept_fen)
    kept_fees_fen = fees_fen(get_statement(statement_id).totals, late_platform_fen=platform_part_fen())
    assert sql.kept_of_statements([statement_id]) == {statement_id: kept_fees_fen}
    assert [each.amount_fen for each in list_askable_statements(desk.market.brand_id)] == [kept_fees_fen]
    assert fees_asked(desk).amount_fen == kept_fees_fen


def test_late_refund_that_waits_for_the_second_person_changes_nothing(
    desk: Desk, order: OrderView, statement_id: int
) -> None:
    desk.enter_late_refund(order, 40_00)
    [asked] = desk.ask(order, now=SETTLED)
    assert asked.amount_fen == order.total_fen
    assert fees_asked(desk).amount_fen == fees_fen(get_statement(statement_id).totals)


def test_late_refund_before_the_export_is_left_out_of_the_file(desk: Desk, order: OrderView, statement_id: int) -> None:
    [asked] = desk.ask(order, now=SETTLED)
    fees = fees_asked(desk)
    desk.refund_late(order, 40_00)
    desk.export(now=SETTLED + HOUR)
    assert get_invoice(asked.id).amount_fen == order.total_fen - 40_00
    assert get_invoice(fees.id).amount_fen == fees.amount_fen - platform_part_fen()
    assert red_letters.find_red_letters(now=SETTLED + HOUR) == 0
    assert all_violations() == []


def test_late_refund_after_the_issue_needs_red_letters(desk: Desk, order: OrderView, statement_id: int) -> None:
    [asked] = desk.ask(order, now=SETTLED)
    desk.issue(asked, now=SETTLED)
    fees = fees_asked(desk)
    desk.export(now=SETTLED)
    assert red_letters.find_red_letters(now=SETTLED) == 0
    desk.refund_late(order, 40_00, now=SETTLED + HOUR)
    assert red_letters.find_red_letters(now=SETTLED + HOUR) == 2
    assert get_invoice(asked.id).red_letter_fen == 40_00
    assert get_invoice(fees.id).red_letter_fen == platform_part_fen()
    done = red_letters.record_red_letter(
        actor=desk.market.finance, request_id=asked.id, number=RED, amount_fen=40_00, now=SETTLED + HOUR
    )
    assert (done.red_letter_fen, done.reversed_fen) == (0, 40_00)
    assert red_letters.find_red_letters(now=SETTLED + HOUR) == 0
    assert all_violations() == []
