"""What may be invoiced, by whom, once (INVOICE-2, INVOICE-3, INVOICE-4, INVOICE-8)."""

from datetime import date
from functools import partial

import pytest

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from aftersales.models.cases import Case
from aftersales.rules import CaseReason
from aftersales.services import cases
from invoices import sql
from invoices.models import InvoiceItem, InvoiceRequest
from invoices.rules.amounts import InvoicedAmount, fees_fen, line_fen
from invoices.rules.states import InvoiceAct, InvoiceKind, InvoiceState, Issuer, next_state
from invoices.selectors.askable import (
    Choice,
    list_askable_goods,
    list_askable_months,
    list_askable_statements,
    whole_orders,
)
from invoices.selectors.invoices import NoSuchInvoice, get_invoice_for, list_items, list_own_invoices
from invoices.selectors.titles import NoSuchTitle
from invoices.services import requests, terms, titles
from invoices.services.requests import KeyUsed, NothingPaidByPlatform, NothingToInvoice, StatementsNotAskable
from invoices.services.steps import NotPossibleNow
from invoices.sql import LineToInvoice
from orders.models.lines import OrderLine
from orders.rules.refunds import PaidLine
from orders.selectors.sold import paid_line
from settlement.selectors.statements import get_statement
from tests.builders import NOW, item_of
from tests.invoices.desk import DAY, LATER, PERSON, SETTLED, SPECIAL, Desk
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def rows() -> tuple[int, int]:
    return InvoiceRequest.objects.count(), InvoiceItem.objects.count()


def line_of(order_id: int) -> PaidLine:
    return paid_line(OrderLine.objects.select_related("sku__style").get(order_id=order_id))


def test_line_fen_counts_price_and_freight_less_what_went_back() -> None:
    line = PaidLine(1, 1, "A", "", "", 3, 1, 100_00, 80_00, 20_00, refund_adjustment_fen=5_00, freight_fen=8_00,
                    returned_freight_fen=3_00, return_freight_fen=9_00)  # fmt: skip
    assert line_fen(line) == 300_00 - 105_00 + 8_00 - 3_00


@pytest.mark.parametrize(
    ("invoiced", "reversed_fen", "kept", "needed"),
    [(100, 0, 100, 0), (100, 0, 70, 30), (100, 30, 70, 0), (100, 30, -5, 70)],
)
def test_red_letter_is_what_was_refunded_and_not_taken_back(
    invoiced: int, reversed_fen: int, kept: int, needed: int
) -> None:
    assert InvoicedAmount(invoiced, reversed_fen, kept).red_letter_fen == needed


def test_states_allow_what_they_should() -> None:
    allowed = {(state, act) for state in InvoiceState for act in InvoiceAct if next_state(state, act)}
    assert allowed == {
        (InvoiceState.REQUESTED, InvoiceAct.EXPORT),
        (InvoiceState.REQUESTED, InvoiceAct.REFUSE),
        (InvoiceState.REQUESTED, InvoiceAct.WITHDRAW),
        (InvoiceState.EXPORTED, InvoiceAct.ISSUE),
        (InvoiceState.EXPORTED, InvoiceAct.REFUSE),
        (InvoiceState.ISSUED, InvoiceAct.REVERSE),
    }


def test_request_goods_asks_the_brand_for_what_was_paid(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    assert (asked.what, asked.state, asked.amount_fen) == (InvoiceKind.GOODS, InvoiceState.REQUESTED, order.total_fen)
    assert (asked.issuer_brand_id, asked.name, asked.tax_number) == (
        desk.market.brand_id,
        desk.title.name,
        desk.title.tax_number,
    )
    [item] = list_items(asked.id).items
    assert (item.order_id, item.amount_fen) == (order.id, order.total_fen)
    entry = AuditEntry.objects.get(action="invoices.request", subject_id=asked.id)
    assert entry.details["invoice_items"] == 1
    assert all_violations() == []


def test_request_goods_counts_refunds_and_agrees_with_the_rule(desk: Desk) -> None:
    order = desk.order()
    desk.refund(order, 7_00)
    [asked] = desk.ask(order, now=LATER)
    line = line_of(order.id)
    assert asked.amount_fen == line_fen(line) == order.total_fen - 7_00
    assert sql.kept_of_lines([line.line_id]) == {line.line_id: line_fen(line)}


def test_request_goods_again_with_its_key_asks_once(desk: Desk) -> None:
    order = desk.order()
    assert desk.ask(order) == desk.ask(order)
    assert rows() == (1, 1)


def test_request_with_a_key_of_something_else_is_refused(desk: Desk) -> None:
    orders = [desk.order(), desk.order()]
    [asked] = desk.ask(orders[0])
    other_title = titles.save_title(actor=desk.her.actor, fields=PERSON, now=NOW)
    for title_id, choice in (
        (desk.title.id, Choice(order_ids=(orders[1].id,))),
        (desk.title.id, Choice(month=NOW.date())),
        (other_title.id, Choice(order_ids=(orders[0].id,))),
    ):
        with pytest.raises(KeyUsed) as caught:
            requests.request_goods(actor=desk.her.actor, title_id=title_id, choice=choice, key="k", now=LATER)
        assert caught.value.request_id == asked.id
    assert rows() == (1, 1)
    InvoiceRequest.objects.update(asked_for="")
    assert desk.ask(orders[1]) == [asked]
    assert rows() == (1, 1)


def test_request_fees_with_a_key_of_something_else_is_refused(desk: Desk) -> None:
    desk.order()
    statement_id = desk.paid_statement()
    clerk = desk.market.clerk
    title = titles.save_title(actor=clerk, fields=SPECIAL, now=SETTLED)
    ask = partial(requests.request_fees, actor=clerk, title_id=title.id, key="k", now=SETTLED)
    [asked] = ask(statement_ids=[statement_id])
    assert ask(statement_ids=[statement_id, statement_id]) == [asked]
    for statement_ids in (None, [], [statement_id, 999_999]):
        with pytest.raises(KeyUsed):
            ask(statement_ids=statement_ids)
    assert rows() == (1, 1)


def test_request_goods_refuses_money_that_is_in_a_request(desk: Desk) -> None:
    order = desk.order()
    desk.ask(order)
    with pytest.raises(NothingToInvoice):
        desk.ask(order, key="again")
    assert rows() == (1, 1)


def test_request_goods_waits_until_nothing_is_left_to_ship(desk: Desk) -> None:
    order = desk.order(is_shipped=False)
    with pytest.raises(NothingToInvoice):
        desk.ask(order)
    assert rows() == (0, 0)
    desk.ship(order)
    assert len(desk.ask(order)) == 1


def test_request_goods_waits_for_the_end_of_a_case(desk: Desk) -> None:
    order = desk.order()
    (line,) = order.lines
    case = cases.open_case(
        actor=desk.her.actor, line_id=line.id, units=1, reason=CaseReason.FAULTY, evidence="破洞", key="c", now=LATER
    )
    with pytest.raises(NothingToInvoice):
        desk.ask(order)
    assert rows() == (0, 0)
    cases.withdraw(actor=desk.her.actor, case_id=case.id, now=LATER)
    assert len(desk.ask(order)) == 1


def test_lines_in_open_cases_take_no_room_of_the_others(desk: Desk) -> None:
    first, second = desk.order(), desk.order()
    [line] = first.lines
    case = cases.open_case(
        actor=desk.her.actor, line_id=line.id, units=1, reason=CaseReason.FAULTY, evidence="破洞", key="c", now=LATER
    )
    ask = partial(sql.lines_to_invoice, reseller_id=desk.her.id, limit=1)
    assert [each.order_id for each in ask(at=LATER)] == [second.id]
    assert [
        (each.orders, each.lines, each.amount_fen) for each in sql.months_to_invoice(reseller_id=desk.her.id, at=LATER)
    ] == [(1, 1, second.total_fen)]
    # An approved return whose goods were not sent back in time ends in no refund.
    Case.objects.filter(pk=case.id).update(state="approved", due_at=LATER + DAY)
    assert [each.order_id for each in ask(at=LATER)] == [second.id]
    assert [each.order_id for each in ask(at=LATER + DAY)] == [first.id]


def test_months_agree_with_their_lines(desk: Desk) -> None:
    orders = [desk.order(1), desk.order(2)]
    [month] = list_askable_months(desk.her.id, at=LATER)
    assert (month.month, month.orders, month.is_cut) == (NOW.date().replace(day=1), 2, False)
    assert month.amount_fen == sum(each.total_fen for each in orders)


def test_whole_orders_leaves_an_order_that_does_not_fit_for_the_next_request() -> None:
    lines = [LineToInvoice(number, order, 1, NOW, 1_00) for number, order in enumerate((7, 7, 8, 8, 9))]
    taken = {most: [each.line_id for each in whole_orders(lines, most=most)] for most in (5, 4, 3, 2, 1)}
    assert taken == {5: [0, 1, 2, 3, 4], 4: [0, 1, 2, 3], 3: [0, 1], 2: [0, 1], 1: []}


def test_request_goods_takes_nothing_of_other_resellers(desk: Desk) -> None:
    order = desk.order()
    other = desk.market.reseller()
    title = titles.save_title(actor=other.actor, fields=SPECIAL, now=NOW)
    choice = Choice(order_ids=(order.id,))
    with pytest.raises(NothingToInvoice):
        requests.request_goods(actor=other.actor, title_id=title.id, choice=choice, key="k", now=LATER)
    with pytest.raises(NoSuchTitle):
        requests.request_goods(actor=desk.her.actor, title_id=title.id, choice=choice, key="k", now=LATER)
    assert rows() == (0, 0)


def test_request_goods_of_a_month_makes_one_request_for_each_issuer(desk: Desk) -> None:
    orders = [desk.order(1), desk.order(2)]
    market = desk.market
    others = []
    for _ in range(2):
        brand_id = market.brand()
        terms.set_issuer(actor=market.finance, brand_id=brand_id, issuer=Issuer.PLATFORM, now=NOW)
        sku = market.sku(brand_id=brand_id)
        order = market.paid_order(desk.her, item_of(market.sale(sku, brand_id=brand_id), sku))
        market.clerk = market.new_clerk(brand_id)
        desk.ship(order)
        others.append(order)
    shown = list_askable_goods(desk.her.id, Choice(month=date(2026, NOW.month, 1)), at=LATER)
    asked = requests.request_goods(
        actor=desk.her.actor, title_id=desk.title.id, choice=Choice(month=NOW.date()), key="m", now=LATER
    )
    sums = {each.issuer_brand_id: each.amount_fen for each in asked}
    assert len(asked) == 2
    assert sums == {
        next(each.issuer_brand_id for each in asked if each.issuer_brand_id): sum(each.total_fen for each in orders),
        None: sum(each.total_fen for each in others),
    }
    assert {each.issuer_brand_id: (each.amount_fen, each.orders) for each in shown} == {
        issuer: (fen, 2) for issuer, fen in sums.items()
    }
    assert list_askable_goods(desk.her.id, Choice(), at=LATER) == []


def test_withdraw_request_frees_its_money_until_it_is_exported(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    withdrawn = requests.withdraw_request(actor=desk.her.actor, request_id=asked.id, now=LATER)
    assert withdrawn.state is InvoiceState.WITHDRAWN
    [again] = desk.ask(order, key="again")
    desk.export()
    with pytest.raises(NotPossibleNow) as caught:
        requests.withdraw_request(actor=desk.her.actor, request_id=again.id, now=LATER)
    assert caught.value.sentence("zh") == f"开票申请 {again.id} 现在不能这样处理（已导出），请刷新后再看"
    assert [each.state for each in list_own_invoices(desk.her.actor).items] == [
        InvoiceState.EXPORTED,
        InvoiceState.WITHDRAWN,
    ]
    assert all_violations() == []


def test_request_of_another_does_not_exist(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    other = desk.market.reseller()
    with pytest.raises(NoSuchInvoice):
        requests.withdraw_request(actor=other.actor, request_id=asked.id, now=LATER)
    with pytest.raises(NoSuchInvoice):
        get_invoice_for(other.actor, asked.id)
    stranger = desk.market.new_clerk(desk.market.brand())
    with pytest.raises(NoSuchInvoice):
        get_invoice_for(stranger, asked.id)
    assert get_invoice_for(desk.market.finance, asked.id) == asked


def test_request_is_read_by_who_issues_from_its_export_on(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    with pytest.raises(NoSuchInvoice):
        get_invoice_for(desk.market.clerk, asked.id)
    desk.export()
    assert get_invoice_for(desk.market.clerk, asked.id).name == asked.name
    [withdrawn] = desk.ask(desk.order(), key="withdrawn")
    requests.withdraw_request(actor=desk.her.actor, request_id=withdrawn.id, now=LATER)
    with pytest.raises(NoSuchInvoice):
        get_invoice_for(desk.market.clerk, withdrawn.id)


def test_request_fees_asks_the_platform_for_what_it_kept(desk: Desk) -> None:
    desk.order()
    statement_id = desk.paid_statement()
    totals = get_statement(statement_id).totals
    title = titles.save_title(actor=desk.market.clerk, fields=SPECIAL, now=SETTLED)
    [askable] = list_askable_statements(desk.market.brand_id)
    assert askable.amount_fen == fees_fen(totals) > 0
    [asked] = requests.request_fees(actor=desk.market.clerk, title_id=title.id, key="k", now=SETTLED)
    assert (asked.what, asked.issuer_brand_id, asked.amount_fen) == (InvoiceKind.FEES, None, fees_fen(totals))
    assert asked.is_special
    assert list_askable_statements(desk.market.brand_id) == []
    with pytest.raises(StatementsNotAskable) as caught:
        requests.request_fees(
            actor=desk.market.clerk, title_id=title.id, statement_ids=[statement_id], key="again", now=SETTLED
        )
    assert caught.value.statement_ids == [statement_id]
    assert caught.value.sentence("zh").startswith(f"结算单 {statement_id} 不能申请开票")
    assert rows() == (1, 1)
    assert all_violations() == []


def test_statements_that_were_asked_for_leave_room_for_later_ones(desk: Desk) -> None:
    desk.order()
    sku = desk.market.sku(units=9)
    later_sale_id = desk.market.sale(sku)
    desk.ship(desk.market.paid_order(desk.her, item_of(later_sale_id, sku), 3))
    first_id = desk.paid_statement()
    desk.sale_id = later_sale_id
    second_id = desk.paid_statement()
    brand_id, clerk = desk.market.brand_id, desk.market.clerk
    title = titles.save_title(actor=clerk, fields=SPECIAL, now=SETTLED)
    assert list(sql.statements_to_invoice(brand_id=brand_id, limit=1)) == [first_id]
    assert list(sql.statements_to_invoice(brand_id=brand_id, statement_ids=[second_id], limit=1)) == [second_id]
    requests.request_fees(actor=clerk, title_id=title.id, statement_ids=[first_id], key="k", now=SETTLED)
    assert list(sql.statements_to_invoice(brand_id=brand_id, limit=1)) == [second_id]
    [askable] = list_askable_statements(brand_id)
    assert (askable.statement_id, askable.amount_fen) == (second_id, fees_fen(get_statement(second_id).totals))
    with pytest.raises(StatementsNotAskable) as caught:
        requests.request_fees(
            actor=clerk, title_id=title.id, statement_ids=[first_id, second_id], key="both", now=SETTLED
        )
    assert caught.value.statement_ids == [first_id]
    assert rows() == (1, 1)


def test_request_fees_waits_until_the_statement_is_paid(desk: Desk) -> None:
    desk.order()
    title = titles.save_title(actor=desk.market.clerk, fields=SPECIAL, now=NOW)
    with pytest.raises(NothingPaidByPlatform):
        requests.request_fees(actor=desk.market.clerk, title_id=title.id, key="k", now=LATER)
    assert rows() == (0, 0)


def test_requests_are_for_their_own_roles(desk: Desk) -> None:
    order = desk.order()
    choice = Choice(order_ids=(order.id,))
    with pytest.raises(NotAllowed):
        requests.request_goods(actor=desk.market.clerk, title_id=desk.title.id, choice=choice, key="k", now=LATER)
    with pytest.raises(NotAllowed):
        requests.request_fees(actor=desk.her.actor, title_id=desk.title.id, key="k", now=LATER)
    with pytest.raises(NotAllowed):
        terms.set_issuer(actor=desk.market.clerk, brand_id=desk.market.brand_id, issuer=Issuer.PLATFORM, now=LATER)
    assert rows() == (0, 0)
