"""The pages of invoices for resellers, brands and finance (INVOICE-1 to INVOICE-7)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from invoices.models import InvoiceRequest, InvoiceTitle
from invoices.selectors.invoices import get_invoice
from invoices.selectors.terms import get_issuer_terms
from invoices.services import red_letters, titles
from tests.invoices.desk import LATER, NUMBER, SETTLED, SPECIAL, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def signed_in(actor: Actor) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def test_reseller_asks_for_an_order_and_withdraws(desk: Desk) -> None:
    order = desk.order()
    client = signed_in(desk.her.actor)
    address = f"/shop/invoices/new/?order={order.id}"
    assert f"¥{order.total_fen / 100:.2f}" in client.get(address).content.decode()
    sent = {"title_id": desk.title.id, "key": "page"}
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 302
    row = InvoiceRequest.objects.get()
    assert (row.state, row.amount_fen) == ("requested", order.total_fen)
    refused = client.post(address, {**sent, "key": "again"}).content.decode()
    assert "没有可以开票的金额" in refused
    client.post(f"/shop/invoices/{row.pk}/")
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_reseller_keeps_what_she_typed_of_a_wrong_title(desk: Desk) -> None:
    client = signed_in(desk.her.actor)
    typed = {"action": "save", "kind": "company", "name": "某公司", "tax_number": "91350100M000100Y44"}
    page = client.post("/shop/invoices/titles/", typed).content.decode()
    assert "前 17 位对应的是“3”" in page
    assert "91350100M000100Y44" in page
    assert InvoiceTitle.objects.count() == 1
    client.post("/shop/invoices/titles/", {**typed, "tax_number": "91350100M000100Y43", "is_default": "on"})
    saved = InvoiceTitle.objects.get(name="某公司")
    assert saved.is_default
    client.post("/shop/invoices/titles/", {"action": "choose", "title_id": desk.title.id})
    client.post("/shop/invoices/titles/", {"action": "remove", "title_id": saved.pk})
    saved.refresh_from_db()
    assert (saved.is_default, saved.removed_at is None) == (False, False)


def test_brand_asks_for_fees_of_ticked_statements(desk: Desk) -> None:
    desk.order()
    statement_id = desk.paid_statement()
    clerk = desk.market.clerk
    title = titles.save_title(actor=clerk, fields=SPECIAL, now=SETTLED)
    client = signed_in(clerk)
    none = client.post("/portal/invoices/", {"title_id": title.id, "key": "k"}).content.decode()
    assert "没有可以开票的佣金和费用" in none
    assert not InvoiceRequest.objects.exists()
    sent = {"title_id": title.id, "key": "k", "statement_ids": statement_id}
    answer = client.post("/portal/invoices/", sent)
    row = InvoiceRequest.objects.get()
    assert (answer.headers["Location"], row.what) == (f"/portal/invoices/{row.pk}/", "fees")
    assert "冬季尾货专场" in client.get(f"/portal/invoices/{row.pk}/").content.decode()


def test_brand_downloads_and_sends_back_its_file(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    [made] = desk.export()
    client = signed_in(desk.market.clerk)
    file = client.post(f"/portal/invoices/files/{made.id}/download/")
    assert b"".join(file.streaming_content) == desk.content(made)  # type: ignore[attr-defined]
    wrong = SimpleUploadedFile("a.xlsx", desk.filled(made, {asked.id: ("12", f"{LATER:%Y-%m-%d}")}))
    page = client.post("/portal/invoices/to-issue/", {"file": wrong}).content.decode()
    assert "P2" in page
    assert "发票号码应是 8 至 20 位数字" in page
    assert get_invoice(asked.id).state == "exported"
    right = SimpleUploadedFile("a.xlsx", desk.filled(made, {asked.id: (NUMBER, f"{LATER:%Y-%m-%d}")}))
    assert client.post("/portal/invoices/to-issue/", {"file": right}).status_code == 302
    assert get_invoice(asked.id).number == NUMBER


def test_brand_issues_attaches_and_enters_a_red_letter_on_the_page(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    client = signed_in(desk.market.clerk)
    address = f"/portal/invoices/{asked.id}/"
    assert client.get(address).status_code == 404
    desk.export()
    assert "登记发票" in client.get(address).content.decode()
    sent = {"action": "issue", "issue-number": "12", "issue-issued_on": f"{LATER:%Y-%m-%d}"}
    page = client.post(address, sent).content.decode()
    assert "填的是“12”" in page
    assert 'value="12"' in page
    assert client.post(address, {"action": "red_letter"}).status_code == 200
    assert get_invoice(asked.id).state == "exported"
    assert client.post(address, {**sent, "issue-number": NUMBER}).status_code == 302
    assert client.post(address, {"file": SimpleUploadedFile("a.txt", b"text")}).status_code == 200
    assert get_invoice(asked.id).file == ""
    assert client.post(address, {"file": SimpleUploadedFile("a.pdf", b"%PDF-1")}).status_code == 302
    desk.refund(order, 7_00)
    red_letters.find_red_letters(now=LATER)
    assert "要红冲 ¥7.00" in client.get("/portal/inbox/").content.decode()
    assert 'value="7.00"' in client.get(address).content.decode()
    sent = {"action": "red_letter", "red_letter-number": "99999999", "red_letter-amount_fen": "7.00"}
    assert client.post(address, sent).status_code == 302
    view = get_invoice(asked.id)
    assert (view.number, view.file_kind, view.reversed_fen) == (NUMBER, "pdf", 7_00)


def test_brand_refuses_a_request_on_the_page(desk: Desk) -> None:
    [asked] = desk.ask(desk.order())
    desk.export()
    client = signed_in(desk.market.clerk)
    address = f"/portal/invoices/{asked.id}/"
    assert client.post(address, {"action": "refuse", "refuse-reason": ""}).status_code == 200
    assert get_invoice(asked.id).state == "exported"
    assert client.post(address, {"action": "refuse", "refuse-reason": "税号不对"}).status_code == 302
    assert (get_invoice(asked.id).state, get_invoice(asked.id).reason) == ("refused", "税号不对")
    stranger = signed_in(desk.market.new_clerk(desk.market.brand()))
    assert stranger.post(address, {"action": "issue"}).status_code == 404


def test_finance_exports_issues_attaches_and_enters_a_red_letter(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    client = signed_in(desk.market.finance)
    assert client.post("/console/invoices/files/", {"action": "export"}).status_code == 302
    address = f"/console/invoices/{asked.id}/"
    sent = {"form_action": "issue", "issue-number": NUMBER, "issue-issued_on": f"{LATER:%Y-%m-%d}"}
    assert client.post(address, sent).status_code == 302
    assert client.post(address, {"file": SimpleUploadedFile("a.txt", b"text")}).status_code == 200
    assert get_invoice(asked.id).file == ""
    assert client.post(address, {"file": SimpleUploadedFile("a.pdf", b"%PDF-1")}).status_code == 302
    file = client.get(f"{address}file/")
    assert (file.headers["Content-Type"], b"".join(file.streaming_content)) == ("application/pdf", b"%PDF-1")  # type: ignore[attr-defined]
    for closed in file._resource_closers:  # type: ignore[attr-defined]
        closed()
    assert client.get(f"/console/invoices/?q={NUMBER}").content.decode().count(f"#{asked.id}") == 1
    desk.refund(order, 7_00)
    red_letters.find_red_letters(now=LATER)
    sent = {"form_action": "red_letter", "red_letter-number": "99999999", "red_letter-amount_fen": "7.00"}
    assert client.post(address, sent).status_code == 302
    assert get_invoice(asked.id).reversed_fen == 7_00


def test_ops_look_and_do_not_export(desk: Desk) -> None:
    desk.ask(desk.order())
    client = signed_in(desk.market.ops)
    assert client.post("/console/invoices/files/", {"action": "export"}).status_code == 403
    assert InvoiceRequest.objects.get().state == "requested"


def test_ops_say_that_the_platform_issues(desk: Desk) -> None:
    client = signed_in(desk.market.ops)
    sent = {"form_action": "issuer", "issuer-issuer": "platform"}
    assert client.post(f"/console/brands/{desk.market.brand_id}/", sent).status_code == 302
    terms = get_issuer_terms(desk.market.brand_id)
    assert (terms.issuer, terms.entered_by) == ("platform", desk.market.ops.name)
