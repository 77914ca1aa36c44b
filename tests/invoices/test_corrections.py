"""An invoice to a wrong title is taken back as a whole and asked for again with the right one (INVOICE-9)."""

from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Person
from accounts.rules import Actor
from events.models import Event
from invoices.models import InvoiceCorrection, InvoiceItem, InvoiceRequest, RedLetter
from invoices.rules.states import InvoiceState
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.corrections import list_corrections
from invoices.selectors.invoices import InvoiceView, NoSuchInvoice, count_waiting, get_invoice, list_invoices
from invoices.selectors.red_letters import list_red_letters
from invoices.selectors.titles import TitleView
from invoices.services import corrections, issuing, red_letters, requests, titles
from invoices.services.corrections import (
    NoCorrectionAsked,
    NothingLeftToReissue,
    SameTitle,
    WholeAmountChanged,
)
from invoices.services.issuing import NumberTaken
from invoices.services.requests import NothingToInvoice
from invoices.services.results import FaultyResults, ResultsView
from invoices.services.steps import NotPossibleNow
from kernel import clock
from orders.selectors.orders import OrderView
from tests.builders import HOUR, Marketplace
from tests.invoices.desk import LATER, NUMBER, PERSON, SETTLED, SPECIAL, Desk
from tests.invoices.test_api import call
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
RED, OTHER_RED, AGAIN = "26332000000099999999", "26332000000088888888", "26332000000077777777"
RIGHT = TitleFields(TitleKind.COMPANY, "杭州小美商贸二店", "91330106MA2B1C3D45")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def right_title(desk: Desk) -> TitleView:
    return titles.save_title(actor=desk.her.actor, fields=RIGHT, now=LATER)


def issued(desk: Desk) -> tuple[OrderView, InvoiceView]:
    order = desk.order()
    [asked] = desk.ask(order)
    desk.issue(asked)
    return order, get_invoice(asked.id)


def asked_to_correct(desk: Desk, view: InvoiceView, title: TitleView | None = None) -> InvoiceView:
    chosen = title or right_title(desk)
    return corrections.ask_correction(
        actor=desk.her.actor, request_id=view.id, title_id=chosen.id, reason="少了“二店”", now=LATER
    )


def reverse_it(desk: Desk, view: InvoiceView, amount_fen: int, *, number: str = RED) -> InvoiceView:
    return corrections.reverse_invoice(
        actor=desk.market.finance, request_id=view.id, number=number, amount_fen=amount_fen, now=LATER + HOUR
    )


def test_reversed_invoice_is_asked_for_again_with_the_right_title(desk: Desk) -> None:
    order, view = issued(desk)
    asked_to_correct(desk, view)
    assert (get_invoice(view.id).is_correction_asked, count_waiting().corrections) == (True, 1)
    assert [each.id for each in list_invoices(to_correct=True).items] == [view.id]
    done = reverse_it(desk, view, order.total_fen)
    assert (done.state, done.reversed_fen, done.rest_fen, done.is_correction_asked) == (
        InvoiceState.REVERSED, order.total_fen, 0, False,
    )  # fmt: skip
    again = get_invoice(done.replaced_by_id or 0)
    assert (again.state, again.name, again.tax_number, again.amount_fen) == (
        InvoiceState.REQUESTED, RIGHT.name, RIGHT.tax_number, order.total_fen,
    )  # fmt: skip
    assert (again.replaces_id, again.issuer_brand_id, again.requested_at) == (
        view.id, view.issuer_brand_id, LATER + HOUR,
    )  # fmt: skip
    assert [(each.number, each.amount_fen) for each in list_red_letters(view.id)] == [(RED, order.total_fen)]
    assert list(InvoiceItem.objects.filter(is_live=True).values_list("request_id", flat=True)) == [again.id]
    with pytest.raises(NothingToInvoice):
        desk.ask(order, key="more")
    desk.issue(again, number=AGAIN, now=LATER + HOUR)
    assert get_invoice(again.id).state is InvoiceState.ISSUED
    assert count_waiting().corrections == 0
    assert all_violations() == []


def test_everybody_is_told(desk: Desk) -> None:
    order, view = issued(desk)
    asked_to_correct(desk, view)
    told = Event.objects.get(kind="invoice_correction_asked")
    assert (told.brand_id, told.for_brand, told.for_platform, told.data) == (
        desk.market.brand_id, True, True,
        {"request_id": view.id, "number": NUMBER, "title": RIGHT.name, "reason": "少了“二店”"},
    )  # fmt: skip
    done = reverse_it(desk, view, order.total_fen)
    told = Event.objects.get(kind="invoice_reopened")
    assert (told.subject_id, told.reseller_id, told.for_reseller, told.data["request_id"], told.data["title"]) == (
        view.id, desk.her.id, True, done.replaced_by_id, RIGHT.name,
    )  # fmt: skip
    assert AuditEntry.objects.get(action="invoices.reverse").details == {
        "invoice_number": RED, "amount": f"{order.total_fen / 100:.2f}", "new_request": done.replaced_by_id,
    }  # fmt: skip


def test_asked_again_the_later_title_counts(desk: Desk) -> None:
    _, view = issued(desk)
    asked_to_correct(desk, view)
    asked_to_correct(desk, view, titles.save_title(actor=desk.her.actor, fields=PERSON, now=LATER))
    assert [each.name for each in list_corrections(view.id)] == [PERSON.name]


def test_what_was_refunded_is_not_invoiced_again(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    red_letters.find_red_letters(now=LATER)
    done = reverse_it(desk, view, order.total_fen)
    assert (done.red_letter_fen, done.reversed_fen) == (0, order.total_fen)
    assert get_invoice(done.replaced_by_id or 0).amount_fen == order.total_fen - 7_00
    assert red_letters.find_red_letters(now=LATER + HOUR) == 0
    assert all_violations() == []


def test_a_red_letter_of_a_part_is_left_out_of_the_whole(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, 7_00)
    red_letters.record_red_letter(
        actor=desk.market.finance, request_id=view.id, number=OTHER_RED, amount_fen=7_00, now=LATER
    )
    with pytest.raises(WholeAmountChanged) as caught:
        reverse_it(desk, view, order.total_fen)
    assert caught.value.rest_fen == order.total_fen - 7_00
    assert get_invoice(view.id).state is InvoiceState.ISSUED
    reverse_it(desk, view, order.total_fen - 7_00)
    assert RedLetter.objects.filter(done_at=None).count() == 0
    assert all_violations() == []


def test_whoever_issues_reverses_its_own_mistake_with_the_same_title(desk: Desk) -> None:
    order, view = issued(desk)
    done = corrections.reverse_invoice(
        actor=desk.market.clerk, request_id=view.id, number=RED, amount_fen=order.total_fen, now=LATER + HOUR
    )
    again = get_invoice(done.replaced_by_id or 0)
    assert (again.name, again.state) == (view.name, InvoiceState.REQUESTED)
    [correction] = list_corrections(view.id)
    assert (correction.name, correction.reason, correction.new_request_id) == (view.name, "", again.id)
    assert all_violations() == []


def test_the_same_red_letter_again_changes_nothing(desk: Desk) -> None:
    order, view = issued(desk)
    done = reverse_it(desk, view, order.total_fen)
    assert reverse_it(desk, view, order.total_fen) == done
    with pytest.raises(NotPossibleNow):
        reverse_it(desk, view, order.total_fen, number=OTHER_RED)
    assert (InvoiceRequest.objects.count(), RedLetter.objects.count()) == (2, 1)


def test_what_was_entered_before_a_reversal_is_entered_again_without_effect(desk: Desk) -> None:
    """INVOICE-6: the file of the exports with a second request filled in, an invoice and a red letter one by one."""
    order, other = desk.order(), desk.order()
    [reversed_one], [open_one] = desk.ask(order), desk.ask(other, key="other")
    [made] = desk.export()
    day = f"{LATER:%Y-%m-%d}"
    desk.enter(desk.filled(made, {reversed_one.id: (NUMBER, day)}))
    desk.refund(order, 7_00)
    enter_letter = partial(red_letters.record_red_letter, actor=desk.market.finance, request_id=reversed_one.id)
    enter_letter(number=OTHER_RED, amount_fen=7_00, now=LATER)
    done = reverse_it(desk, reversed_one, order.total_fen - 7_00)
    data = desk.filled(made, {reversed_one.id: (NUMBER, day), open_one.id: (AGAIN, day)})
    assert desk.enter(data) == ResultsView(issued=1, unchanged=1, left_open=0)
    issue = partial(issuing.issue_invoice, actor=desk.market.finance, request_id=reversed_one.id)
    assert issue(number=NUMBER, issued_on=LATER.date(), now=LATER + HOUR) == done
    assert enter_letter(number=OTHER_RED, amount_fen=7_00, now=LATER + HOUR) == done
    with pytest.raises(NotPossibleNow):
        issue(number=AGAIN, issued_on=LATER.date(), now=LATER + HOUR)
    with pytest.raises(NotPossibleNow):
        enter_letter(number="26332000000066666666", amount_fen=7_00, now=LATER + HOUR)
    with pytest.raises(FaultyResults) as caught:
        desk.enter(desk.filled(made, {reversed_one.id: ("26332000000066666666", day)}))
    [fault] = caught.value.faults
    assert (fault["cell"], fault["zh"], fault["en"]) == (
        "A2", f"发票 {NUMBER}（{day}）已整张红冲", f"Invoice {NUMBER} of {day} was taken back by a red letter",
    )  # fmt: skip
    assert get_invoice(reversed_one.id) == done
    assert all_violations() == []


def test_the_number_of_a_reversed_invoice_stands_for_it_for_good(desk: Desk) -> None:
    order, view = issued(desk)
    done = reverse_it(desk, view, order.total_fen)
    desk.export(now=LATER + HOUR)
    issue = partial(issuing.issue_invoice, actor=desk.market.finance, request_id=done.replaced_by_id or 0)
    for number in (NUMBER, RED):
        with pytest.raises(NumberTaken) as caught:
            issue(number=number, issued_on=LATER.date(), now=LATER + HOUR)
        assert caught.value.taken_by == view.id


def test_refused_correction_leaves_the_invoice(desk: Desk) -> None:
    _, view = issued(desk)
    asked_to_correct(desk, view)
    refuse = partial(corrections.refuse_correction, actor=desk.market.clerk, request_id=view.id)
    done = refuse(reason="与营业执照一致", now=LATER)
    assert (done.state, done.is_correction_asked) == (InvoiceState.ISSUED, False)
    assert list_corrections(view.id)[0].answer == "与营业执照一致"
    told = Event.objects.get(kind="invoice_not_corrected")
    assert (told.reseller_id, told.data) == (desk.her.id, {"number": NUMBER, "reason": "与营业执照一致"})
    with pytest.raises(NoCorrectionAsked):
        refuse(reason="再说一次", now=LATER)
    asked_to_correct(desk, view)
    assert InvoiceCorrection.objects.count() == 2
    assert all_violations() == []


def test_what_is_refused_changes_nothing(desk: Desk) -> None:
    order, view = issued(desk)
    with pytest.raises(SameTitle):
        asked_to_correct(desk, view, desk.title)
    other = Marketplace()
    with pytest.raises(NoSuchInvoice):
        corrections.ask_correction(
            actor=other.reseller().actor, request_id=view.id, title_id=desk.title.id, reason="x", now=LATER
        )
    with pytest.raises(NoSuchInvoice):
        corrections.reverse_invoice(
            actor=other.clerk, request_id=view.id, number=RED, amount_fen=order.total_fen, now=LATER
        )
    [waiting] = desk.ask(desk.order(), key="waiting")
    with pytest.raises(NotPossibleNow):
        asked_to_correct(desk, waiting)
    with pytest.raises(NotPossibleNow):
        reverse_it(desk, waiting, waiting.amount_fen)
    with pytest.raises(NumberTaken):
        reverse_it(desk, view, order.total_fen, number=NUMBER)
    assert (InvoiceCorrection.objects.count(), RedLetter.objects.count()) == (0, 0)
    assert get_invoice(view.id) == view


def test_an_invoice_of_which_all_was_refunded_is_not_issued_again(desk: Desk) -> None:
    order, view = issued(desk)
    desk.refund(order, order.total_fen)
    with pytest.raises(NothingLeftToReissue):
        reverse_it(desk, view, order.total_fen)
    assert (get_invoice(view.id).state, RedLetter.objects.count()) == (InvoiceState.ISSUED, 0)


def test_the_platforms_invoice_of_fees_is_corrected_too(desk: Desk) -> None:
    desk.order()
    desk.paid_statement()
    clerk = desk.market.clerk
    wrong = titles.save_title(actor=clerk, fields=SPECIAL, now=SETTLED)
    right = titles.save_title(actor=clerk, fields=RIGHT, now=SETTLED)
    [asked] = requests.request_fees(actor=clerk, title_id=wrong.id, key="k", now=SETTLED)
    desk.issue(asked, now=SETTLED)
    corrections.ask_correction(actor=clerk, request_id=asked.id, title_id=right.id, reason="不要专票", now=SETTLED)
    told = Event.objects.get(kind="platform_invoice_correction_asked")
    assert (told.for_platform, told.for_brand) == (True, False)
    done = corrections.reverse_invoice(
        actor=desk.market.finance, request_id=asked.id, number=RED, amount_fen=asked.amount_fen, now=SETTLED
    )
    again = get_invoice(done.replaced_by_id or 0)
    assert (again.brand_id, again.amount_fen, again.is_special) == (desk.market.brand_id, asked.amount_fen, False)
    assert Event.objects.get(kind="brand_invoice_reopened").brand_id == desk.market.brand_id
    assert all_violations() == []


def test_over_the_api(desk: Desk) -> None:
    order, view = issued(desk)
    title, her, clerk = right_title(desk), desk.her.actor, desk.market.clerk
    path, amount = f"/invoices/{view.id}", f"{order.total_fen / 100:.2f}"
    status, shown = call(her, "POST", f"{path}/correction", {"title_id": title.id, "reason": "少了二店"})
    assert (status, shown["is_correction_asked"], shown["replaced_by_id"]) == (200, True, None)
    assert call(desk.market.finance, "GET", "/ops/invoices?to_correct=true")[1]["items"][0]["id"] == view.id
    assert call(clerk, "POST", f"{path}/correction/refuse", {"reason": "没开错"})[1]["is_correction_asked"] is False
    refused = call(clerk, "POST", f"{path}/reverse", {"number": RED, "amount": "1.00"})[1]
    assert (refused["code"], f"¥{amount} 没有红冲" in refused["message"]) == ("invoices.whole_amount_changed", True)
    with clock.set_to(LATER + HOUR):
        status, done = call(clerk, "POST", f"{path}/reverse", {"number": RED, "amount": amount})
    assert (status, done["state"]) == (200, "reversed")
    assert [each["answer"] for each in call(her, "GET", f"{path}/corrections")[1]] == ["", "没开错"]
    assert call(her, "GET", f"/invoices/{done['replaced_by_id']}")[1]["replaces_id"] == view.id


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def test_on_the_pages_of_reseller_brand_and_finance(desk: Desk) -> None:
    order, view = issued(desk)
    title = right_title(desk)
    her, clerk, finance = signed_in(desk.her.actor), signed_in(desk.market.clerk), signed_in(desk.market.finance)
    page = reverse("shop:invoice", args=[view.id])
    assert "抬头或税号开错了" in her.get(page).content.decode()
    refused = her.post(page, {"action": "correct", "title_id": desk.title.id, "reason": "少了二店"})
    assert (refused.status_code, "开的就是这个抬头" in refused.content.decode()) == (200, True)
    assert her.post(page, {"action": "correct", "title_id": title.id, "reason": "少了二店"}).status_code == 302
    assert "等开票方处理" in her.get(page).content.decode()
    assert "少了二店" in clerk.get(reverse("portal:invoice", args=[view.id])).content.decode()
    shown = finance.get(f"{reverse('console:invoices')}?wrong=1").content.decode()
    assert f"#{view.id}" in shown
    page = reverse("console:invoice", args=[view.id])
    typed = {"form_action": "refuse_correction", "refuse_correction-reason": "与执照一致"}
    assert finance.post(page, typed).status_code == 302
    page = reverse("portal:invoice", args=[view.id])
    typed = {"action": "reverse", "reverse-number": RED, "reverse-amount_fen": f"{order.total_fen / 100:.2f}"}
    with clock.set_to(LATER + HOUR):
        assert clerk.post(page, typed).status_code == 302
    again = get_invoice(view.id).replaced_by_id
    # The brand opens the new request from its export on.
    new_page = reverse("portal:invoice", args=[again])
    shown = clerk.get(page).content.decode()
    assert (f"开票申请 {again}" in shown, new_page in shown, clerk.get(new_page).status_code) == (True, False, 404)
    desk.export(now=LATER + HOUR)
    assert (new_page in clerk.get(page).content.decode(), clerk.get(new_page).status_code) == (True, 200)
    shown = her.get(reverse("shop:invoice", args=[view.id])).content.decode()
    assert (reverse("shop:invoice", args=[again]) in shown, "抬头或税号开错了" in shown) == (True, False)
