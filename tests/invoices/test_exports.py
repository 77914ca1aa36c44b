"""Files for whoever issues, and the results that come back in them (INVOICE-5, INVOICE-6)."""

import hashlib
import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Person
from accounts.rules import NotAllowed
from brands.models import Brand
from events.models import Event
from imports import invoice_sheet
from invoices.models import InvoiceExport, InvoiceRequest
from invoices.rules.states import FileKind, InvoiceState, file_kind, is_invoice_number, is_link
from invoices.selectors.exports import NoSuchExport, list_exports
from invoices.selectors.files import NoInvoiceFile, file_key, open_file
from invoices.selectors.invoices import (
    InvoiceView,
    NoSuchInvoice,
    count_waiting,
    get_invoice,
    list_invoices,
    list_to_issue,
)
from invoices.services import exports, issuing
from invoices.services.exports import REFUNDED, NothingToExport
from invoices.services.files import KEEP_REPLACED, erase_replaced
from invoices.services.issuing import (
    InvalidInvoiceNumber,
    InvalidIssueDay,
    InvalidLink,
    NotAnInvoiceFile,
    NumberTaken,
)
from invoices.services.results import FaultyResults, NoResults, ResultsUnreadable, ResultsView
from invoices.services.steps import NotPossibleNow
from kernel import clock
from kernel.money import format_yuan
from storage.files import get_store
from tests.builders import NOW
from tests.invoices.desk import DAY, LATER, NUMBER, Desk
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
TODAY = f"{LATER:%Y-%m-%d}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def issued(desk: Desk) -> InvoiceView:
    [asked] = desk.ask(desk.order())
    desk.issue(asked)
    return get_invoice(asked.id)


def states() -> list[str]:
    return list(InvoiceRequest.objects.order_by("pk").values_list("state", flat=True))


def test_export_requests_writes_what_issuing_tools_need(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    [made] = desk.export()
    assert (made.issuer_brand_id, made.request_count, made.open_count) == (desk.market.brand_id, 1, 1)
    assert made.amount_fen == order.total_fen
    sheet = openpyxl.load_workbook(io.BytesIO(desk.content(made))).worksheets[0]
    heading, row = (list(each) for each in sheet.iter_rows(values_only=True))
    shown = dict(zip(heading, row, strict=True))
    assert shown["购方税号"] == desk.title.tax_number
    assert shown["价税合计（元）"] == order.total_fen / 100
    assert (shown["申请编号"], shown["税率"], shown["票种"]) == (str(asked.id), "13%", "普通发票")
    assert (shown["备注"], shown["发票号码"], shown["开票日期"]) == (f"尾仓开票申请 {asked.id}", None, None)
    event = Event.objects.get(kind="invoices_to_issue")
    assert (event.brand_id, event.subject_id, event.data["requests"]) == (desk.market.brand_id, made.id, 1)
    assert all_violations() == []


def test_finance_sees_that_nobody_signs_in_for_the_issuer_of_a_file(desk: Desk, client: Client) -> None:
    desk.ask(desk.order())
    [made] = desk.export()
    client.force_login(Person.objects.get(pk=desk.market.finance.own_id))
    address, words = reverse("console:invoice_files"), "账号已关闭，没有人登录"
    assert (made.is_issuer_closed, words in client.get(address).content.decode()) == (False, False)
    Brand.objects.filter(pk=desk.market.brand_id).update(status="closed")
    [shown] = list_exports().items
    assert (shown.is_issuer_closed, words in client.get(address).content.decode()) == (True, True)


def test_download_export_gives_the_same_bytes_and_is_recorded(desk: Desk) -> None:
    desk.ask(desk.order())
    [made] = desk.export()
    first, second = desk.content(made), desk.content(made)
    assert first == second
    assert AuditEntry.objects.filter(action="invoices.download", subject_id=made.id).count() == 2
    own = exports.download_export(actor=desk.market.clerk, export_id=made.id, now=LATER)
    assert own.content == first
    stranger = desk.market.new_clerk(desk.market.brand())
    with pytest.raises(NoSuchExport):
        exports.download_export(actor=stranger, export_id=made.id, now=LATER)
    with pytest.raises(NotAllowed):
        exports.download_export(actor=desk.her.actor, export_id=made.id, now=LATER)


def test_export_requests_leaves_out_what_was_refunded_and_refuses_what_is_nothing(desk: Desk) -> None:
    kept, gone = desk.order(), desk.order(1)
    asked = [desk.ask(each, key=f"k{each.id}")[0] for each in (kept, gone)]
    desk.refund(kept, 7_00)
    desk.refund(gone, gone.total_fen, key="all")
    [made] = desk.export()
    assert made.amount_fen == kept.total_fen - 7_00
    assert get_invoice(asked[0].id).amount_fen == kept.total_fen - 7_00
    refused = get_invoice(asked[1].id)
    assert (refused.state, refused.reason, refused.amount_fen) == (InvoiceState.REFUSED, REFUNDED, 0)
    told = Event.objects.get(kind="invoice_refused")
    assert (told.reseller_id, told.data["amount"]) == (desk.her.id, format_yuan(gone.total_fen))
    assert all_violations() == []


def test_export_requests_with_nothing_that_waits_is_refused(desk: Desk) -> None:
    with pytest.raises(NothingToExport):
        desk.export()
    with pytest.raises(NotAllowed):
        exports.export_requests(actor=desk.market.clerk, now=LATER)
    assert not InvoiceExport.objects.exists()


def test_enter_results_issues_what_is_filled_in(desk: Desk) -> None:
    asked = [desk.ask(desk.order(), key=f"k{n}")[0] for n in range(2)]
    [made] = desk.export()
    data = desk.filled(made, {asked[0].id: (NUMBER, TODAY)})
    assert desk.enter(data) == ResultsView(issued=1, unchanged=0, left_open=1)
    found = get_invoice(asked[0].id)
    assert (found.state, found.number, f"{found.issued_on}") == (InvoiceState.ISSUED, NUMBER, TODAY)
    assert [each.open_count for each in list_exports().items] == [1]
    event = Event.objects.get(kind="invoice_issued")
    assert (event.reseller_id, event.data["number"]) == (desk.her.id, NUMBER)
    assert desk.enter(data) == ResultsView(issued=0, unchanged=1, left_open=1)
    assert Event.objects.filter(kind="invoice_issued").count() == 1
    assert count_waiting().exported == 1
    assert all_violations() == []


def test_enter_results_names_every_cell_that_does_not_fit_and_enters_nothing(desk: Desk) -> None:
    asked = [desk.ask(desk.order(1), key=f"k{n}")[0] for n in range(5)]
    [made] = desk.export()
    tomorrow = f"{LATER + DAY:%Y-%m-%d}"
    filled = {
        asked[0].id: (NUMBER, TODAY),
        asked[1].id: ("12", TODAY),
        asked[2].id: (NUMBER[:-1] + "9", tomorrow),
        asked[3].id: (NUMBER, TODAY),
        asked[4].id: (NUMBER[:-1] + "1", ""),
    }
    with pytest.raises(FaultyResults) as caught:
        desk.enter(desk.filled(made, filled))
    assert caught.value.count == 4
    assert [(each["cell"], each["zh"]) for each in caught.value.faults] == [
        ("P3", "发票号码应是 8 至 20 位数字"),
        ("Q4", f"开票日期不能早于申请日（{LATER:%Y-%m-%d}），也不能在今天之后"),
        ("P5", "与第 2 行的发票号码相同"),
        ("Q6", "有发票号码，没有开票日期；请补上开票日期"),
    ]
    assert states() == ["exported"] * 5
    assert not Event.objects.filter(kind="invoice_issued").exists()


def test_enter_results_refuses_a_changed_amount_and_an_unknown_request(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    [made] = desk.export()
    book = openpyxl.load_workbook(io.BytesIO(desk.filled(made, {asked.id: (NUMBER, TODAY)})))
    sheet = book.worksheets[0]
    sheet["L2"] = 1
    for column, value in (("A", "999999"), ("L", 5), ("P", NUMBER), ("Q", TODAY)):
        sheet[f"{column}3"] = value
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(FaultyResults) as caught:
        desk.enter(data.getvalue())
    assert [each["cell"] for each in caught.value.faults] == ["L2", "A3"]
    assert states() == ["exported"]


def test_enter_results_of_a_clerk_is_for_the_own_brand(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    [made] = desk.export()
    data = desk.filled(made, {asked.id: (NUMBER, TODAY)})
    stranger, own = desk.market.new_clerk(desk.market.brand()), desk.market.clerk
    desk.market.finance = stranger
    with pytest.raises(FaultyResults) as caught:
        desk.enter(data)
    assert [each["cell"] for each in caught.value.faults] == ["A2"]
    assert states() == ["exported"]
    desk.market.finance = own
    assert desk.enter(data).issued == 1
    assert [each.id for each in list_to_issue(own).items] == [asked.id]
    assert list_to_issue(stranger).items == []


def test_enter_results_refuses_what_is_no_such_file(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    [made] = desk.export()
    with pytest.raises(ResultsUnreadable):
        desk.enter(b"not a workbook")
    with pytest.raises(NoResults):
        desk.enter(desk.filled(made, {}))
    assert states() == ["exported"]
    assert asked.number == ""


def test_issue_invoice_one_by_one_with_a_link(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    finance = desk.market.finance
    with pytest.raises(NotPossibleNow):
        issuing.issue_invoice(actor=finance, request_id=asked.id, number=NUMBER, issued_on=LATER.date(), now=LATER)
    desk.export()
    link = "https://fp.example.com/1.pdf"
    first, view = (
        issuing.issue_invoice(
            actor=finance, request_id=asked.id, number=NUMBER, issued_on=LATER.date(), link=link, now=LATER
        )
        for _ in range(2)
    )
    assert first == view
    assert (view.number, view.link) == (NUMBER, link)
    assert Event.objects.filter(kind="invoice_issued").count() == 1
    assert [each.id for each in list_invoices(query=NUMBER).items] == [asked.id]
    assert list_invoices(state="requested").items == []


def test_issue_invoice_refuses_wrong_numbers_days_and_links(desk: Desk) -> None:
    first = issued(desk)
    [asked] = desk.ask(desk.order(), key="second")
    desk.export()
    finance, today = desk.market.finance, LATER.date()
    for number, day, link, refusal in (
        ("1234567", today, "", InvalidInvoiceNumber),
        (NUMBER[:-1] + "0", (LATER - DAY).date(), "", InvalidIssueDay),
        (NUMBER[:-1] + "0", (LATER + DAY).date(), "", InvalidIssueDay),
        (first.number, today, "", NumberTaken),
        (NUMBER[:-1] + "0", today, "http://a", InvalidLink),
    ):
        with pytest.raises(refusal) as caught:
            issuing.issue_invoice(
                actor=finance, request_id=asked.id, number=number, issued_on=day, link=link, now=LATER
            )
        if refusal is NumberTaken:
            assert caught.value.sentence("zh") == f"号码 {first.number} 已登记在开票申请 {first.id} 上，请核对"
    assert states() == ["issued", "exported"]


def test_refuse_request_tells_why_and_frees_the_money(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    with pytest.raises(NoSuchInvoice):
        issuing.refuse_request(actor=desk.market.clerk, request_id=asked.id, reason="先不开", now=LATER)
    refused = issuing.refuse_request(actor=desk.market.finance, request_id=asked.id, reason="抬头不对", now=LATER)
    assert (refused.state, refused.reason) == (InvoiceState.REFUSED, "抬头不对")
    assert Event.objects.get(kind="invoice_refused").data["reason"] == "抬头不对"
    assert len(desk.ask(order, key="again")) == 1
    assert all_violations() == []


def test_attach_file_takes_pdf_and_ofd_alone(desk: Desk) -> None:
    view = issued(desk)
    finance, her = desk.market.finance, desk.her.actor
    with pytest.raises(NoInvoiceFile):
        open_file(her, view.id)
    with pytest.raises(NotAnInvoiceFile):
        issuing.attach_file(actor=finance, request_id=view.id, content=io.BytesIO(b"<html>"), now=LATER)
    assert get_invoice(view.id).file == ""
    pdf = b"%PDF-1.7 test"
    issuing.attach_file(actor=finance, request_id=view.id, content=io.BytesIO(pdf), now=LATER)
    file = open_file(her, view.id)
    with file.content:
        assert (file.content.read(), file.name, file.content_type) == (pdf, f"{NUMBER}.pdf", "application/pdf")
    with pytest.raises(NoSuchInvoice):
        open_file(desk.market.reseller().actor, view.id)


def test_erase_replaced_deletes_what_another_file_replaced(desk: Desk) -> None:
    view = issued(desk)
    finance = desk.market.finance
    for data in (b"%PDF-1.7 wrong", b"%PDF-1.7 right"):
        issuing.attach_file(actor=finance, request_id=view.id, content=io.BytesIO(data), now=LATER)
    wrong, right = (file_key(hashlib.sha256(each).hexdigest()) for each in (b"%PDF-1.7 wrong", b"%PDF-1.7 right"))
    sent_at = clock.now()
    assert erase_replaced(now=sent_at + KEEP_REPLACED - DAY) == 0
    assert erase_replaced(now=sent_at + KEEP_REPLACED + DAY) >= 1
    assert (get_store().head(wrong), get_store().head(right) is None) == (None, False)
    assert erase_replaced(now=sent_at + KEEP_REPLACED + DAY) == 0


def test_attach_file_refuses_a_request_that_is_not_issued(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    desk.export()
    with pytest.raises(NotPossibleNow):
        issuing.attach_file(actor=desk.market.finance, request_id=asked.id, content=io.BytesIO(b"%PDF-1"), now=LATER)
    assert get_invoice(asked.id).file == ""


def test_files_links_and_numbers_are_told_apart() -> None:
    assert file_kind(b"%PDF-1.4") is FileKind.PDF
    assert file_kind(b"PK\x03\x04....OFD.xml....") is FileKind.OFD
    assert file_kind(b"PK\x03\x04....xl/workbook.xml") is None
    assert is_link("https://a.example/x?y=1")
    assert not is_link("javascript:alert(1)")
    assert is_invoice_number("12345678")
    assert not is_invoice_number("1234567x")


def test_reading_is_the_same_in_a_child(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    [made] = desk.export()
    data = desk.filled(made, {asked.id: (NUMBER, TODAY)})
    assert invoice_sheet.read(data, "a.xlsx") == invoice_sheet.read_in_child(data, "a.xlsx")
    assert NOW < LATER
