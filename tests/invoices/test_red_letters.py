"""What is refunded after the amount of an invoice was final needs a red letter (INVOICE-7)."""

from functools import partial

import pytest
from django.db.models import F

from accounts.models import AuditEntry
from events.models import Event
from invoices.models import RedLetter
from invoices.selectors.invoices import InvoiceView, count_waiting, get_invoice
from invoices.selectors.red_letters import list_needing_red_letter, list_red_letters
from invoices.services import issuing, red_letters, requests, titles
from invoices.services.issuing import InvalidInvoiceNumber, NumberTaken
from invoices.services.red_letters import NoRedLetterNeeded, RedLetterChanged
from invoices.services.steps import NotPossibleNow
from invoices.tasks import find_red_letters
from orders.models.lines import OrderLine
from orders.selectors.orders import OrderView
from tests.builders import HOUR
from tests.invoices.desk import LATER, NUMBER, SETTLED, SPECIAL, Desk
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
RED, OTHER_RED = "26332000000099999999", "26332000000088888888"
OTHER = "26332000000077777777"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def issued(desk: Desk) -> tuple[OrderView, InvoiceView]:
    order = desk.order()
    [asked] = desk.ask(order)
    desk.issue(asked)
    return order, get_invoice(asked.id)


def test_refund_before_the_export_needs_no_red_letter(desk: Desk) -> None:
    order = desk.order()
    desk.ask(order)
    desk.refund(order, 7_00)
    desk.export()
    assert red_letters.find_red_letters(now=LATER) == 0
    assert list_needing_red_letter().items == []


def test_find_red_letters_notes_a_refund_once_and_grows_with_the_next(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    assert red_letters.find_red_letters(now=LATER) == 1
    assert find_red_letters() == 0
    [told] = Event.objects.filter(kind="red_letter_needed")
    assert (told.subject_id, told.brand_id, told.reseller_id) == (view.id, desk.market.brand_id, None)
    assert told.data == {"request_id": view.id, "amount": "7.00"}
    [shown] = list_needing_red_letter().items
    assert (shown.id, shown.red_letter_fen, shown.amount_fen) == (view.id, 7_00, order.total_fen)
    desk.refund(order, 5_00, key="more")
    assert red_letters.find_red_letters(now=LATER + HOUR) == 1
    assert (RedLetter.objects.count(), get_invoice(view.id).red_letter_fen) == (1, 12_00)
    waiting = count_waiting()
    assert (waiting.red_letters, waiting.red_letters_fen) == (1, 12_00)
    assert all_violations() == []


def test_record_red_letter_takes_back_what_is_open(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    done = red_letters.record_red_letter(
        actor=desk.market.finance, request_id=view.id, number=RED, amount_fen=7_00, now=LATER
    )
    assert (done.red_letter_fen, done.reversed_fen) == (0, 7_00)
    assert [(each.number, each.amount_fen) for each in list_red_letters(view.id)] == [(RED, 7_00)]
    assert AuditEntry.objects.get(action="invoices.red_letter").details == {"invoice_number": RED, "amount": "7.00"}
    assert red_letters.find_red_letters(now=LATER) == 0
    desk.refund(order, 5_00, key="more")
    red_letters.find_red_letters(now=LATER)
    assert get_invoice(view.id).red_letter_fen == 5_00
    assert all_violations() == []


def test_record_red_letter_refuses_another_amount(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    with pytest.raises(RedLetterChanged) as caught:
        red_letters.record_red_letter(
            actor=desk.market.finance, request_id=view.id, number=RED, amount_fen=6_00, now=LATER
        )
    assert caught.value.needed_fen == 7_00
    assert not RedLetter.objects.filter(done_at__isnull=False).exists()


def test_find_red_letters_removes_what_is_needed_no_more(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    red_letters.find_red_letters(now=LATER)
    OrderLine.objects.filter(order_id=order.id).update(refund_adjustment_fen=F("refund_adjustment_fen") - 7_00)
    assert red_letters.find_red_letters(now=LATER) == 1
    assert (RedLetter.objects.count(), get_invoice(view.id).red_letter_fen) == (0, 0)
    entry = AuditEntry.objects.get(action="invoices.needs_no_red_letter")
    assert (entry.subject_id, entry.details) == (view.id, {"amount": "7.00"})
    assert red_letters.find_red_letters(now=LATER) == 0


def test_refused_request_needs_no_red_letter(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    desk.export()
    desk.refund(order, 7_00)
    assert red_letters.find_red_letters(now=LATER) == 1
    assert list_needing_red_letter().items == []
    assert count_waiting().red_letters == 0
    issuing.refuse_request(actor=desk.market.finance, request_id=asked.id, reason="重开", now=LATER)
    assert not RedLetter.objects.exists()
    assert get_invoice(asked.id).red_letter_fen == 0
    assert red_letters.find_red_letters(now=LATER) == 0
    assert all_violations() == []


def test_record_red_letter_refuses_a_request_that_is_not_issued(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    desk.export()
    desk.refund(order, 7_00)
    with pytest.raises(NotPossibleNow):
        red_letters.record_red_letter(
            actor=desk.market.finance, request_id=asked.id, number=RED, amount_fen=7_00, now=LATER
        )
    assert not RedLetter.objects.exists()


def test_record_red_letter_again_changes_nothing(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    enter = partial(red_letters.record_red_letter, actor=desk.market.finance, request_id=view.id, now=LATER)
    done = enter(number=RED, amount_fen=7_00)
    assert enter(number=RED, amount_fen=7_00) == done
    assert (RedLetter.objects.count(), AuditEntry.objects.filter(action="invoices.red_letter").count()) == (1, 1)
    with pytest.raises(NumberTaken) as caught:
        enter(number=RED, amount_fen=8_00)
    assert (caught.value.number, caught.value.taken_by) == (RED, view.id)
    with pytest.raises(NoRedLetterNeeded) as none:
        enter(number=OTHER_RED, amount_fen=0)
    assert none.value.sentence("zh") == f"开票申请 {view.id} 现在没有要红冲的金额，没有登记"
    assert RedLetter.objects.count() == 1


def test_record_red_letter_refuses_a_number_of_an_invoice_or_of_another_red_letter(desk: Desk) -> None:
    order, view = issued(desk)
    other_order = desk.order()
    [asked] = desk.ask(other_order, key="other")
    desk.issue(asked, number=OTHER)
    desk.refund(order, 7_00)
    desk.refund(other_order, 5_00, key="other")
    enter = partial(red_letters.record_red_letter, actor=desk.market.finance, now=LATER)
    for number, taken_by in ((NUMBER, view.id), (OTHER, asked.id)):
        with pytest.raises(NumberTaken) as caught:
            enter(request_id=view.id, number=number, amount_fen=7_00)
        assert (caught.value.number, caught.value.taken_by) == (number, taken_by)
    assert not RedLetter.objects.filter(done_at__isnull=False).exists()
    enter(request_id=view.id, number=RED, amount_fen=7_00)
    with pytest.raises(NumberTaken) as caught:
        enter(request_id=asked.id, number=RED, amount_fen=5_00)
    assert caught.value.taken_by == view.id
    with pytest.raises(InvalidInvoiceNumber) as wrong:
        enter(request_id=asked.id, number="12 34", amount_fen=5_00)
    assert wrong.value.sentence("zh") == "发票号码应是 8 至 20 位数字，填的是“1234”"
    assert get_invoice(asked.id).reversed_fen == 0


def test_late_refund_lowers_what_the_platform_kept_of_a_statement(desk: Desk) -> None:
    order = desk.order()
    desk.paid_statement()
    clerk = desk.market.clerk
    title = titles.save_title(actor=clerk, fields=SPECIAL, now=SETTLED)
    [asked] = requests.request_fees(actor=clerk, title_id=title.id, key="k", now=SETTLED)
    desk.issue(asked, number=NUMBER, now=SETTLED)
    assert red_letters.find_red_letters(now=SETTLED) == 0
    # What units that are sent again at the cost of the platform do.
    OrderLine.objects.filter(pk=order.lines[0].id).update(resent_units=1, payable_adjustment_fen=3_00)
    assert red_letters.find_red_letters(now=SETTLED) == 1
    assert get_invoice(asked.id).red_letter_fen == 3_00
    told = Event.objects.get(kind="platform_red_letter_needed")
    assert (told.subject_id, told.brand_id, told.data["amount"]) == (asked.id, None, "3.00")


def test_issuing_tells_of_a_refund_after_the_export(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    desk.export()
    desk.refund(order, 7_00)
    assert red_letters.find_red_letters(now=LATER) == 1
    assert not Event.objects.filter(kind="red_letter_needed").exists()
    day = LATER.date()
    issuing.issue_invoice(actor=desk.market.finance, request_id=asked.id, number=NUMBER, issued_on=day, now=LATER)
    assert Event.objects.get(kind="red_letter_needed").data == {"request_id": asked.id, "amount": "7.00"}
