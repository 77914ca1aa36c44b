"""Invoices of the marketplace that pages are walked in: a request in each state, a red letter that is needed, titles of both sides."""

from collections.abc import Callable
from datetime import datetime, timedelta

from accounts.rules import Actor
from invoices.models import InvoiceItem, RedLetter
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.askable import Choice, list_lines
from invoices.selectors.invoices import InvoiceView, get_invoice
from invoices.services import corrections, exports, issuing, requests, titles

Text = Callable[[str, str], str]
TAX_NUMBER = "91330106MA2B1C3D45"


def add_sample_invoices(
    *, her: Actor, reseller_id: int, clerk: Actor, finance: Actor, brand_id: int, text: Text, now: datetime
) -> dict[str, int]:
    """Asks for goods of one brand, one order after another; returns the ids with which the addresses of pages are filled."""
    company = TitleFields(
        TitleKind.COMPANY,
        text("杭州小美商贸有限公司", "Hangzhou Xiaomei Trading"),
        TAX_NUMBER,
        text("杭州市西湖区文三路 1 号", "Wensan Road 1, Hangzhou"),
        "0571-88880000",
        text("中国银行文三路支行", "Bank of China, Wensan Road"),
        "331001012001",
        email="fp@example.com",
        is_special=True,
    )
    person = TitleFields(TitleKind.PERSON, text("陈梅", "Chen Mei"))
    title = titles.save_title(actor=her, fields=company, now=now)
    right = titles.save_title(actor=her, fields=person, now=now)
    titles.save_title(actor=clerk, fields=company, now=now)
    lines = [each for each in list_lines(reseller_id, Choice(), at=now) if each.brand_id == brand_id]
    order_ids = list(dict.fromkeys(each.order_id for each in lines))

    def ask(place: int, key: str) -> InvoiceView:
        choice = Choice(order_ids=(order_ids[place % len(order_ids)],))
        return requests.request_goods(actor=her, title_id=title.id, choice=choice, key=key, now=now)[0]

    withdrawn = requests.withdraw_request(actor=her, request_id=ask(0, "withdrawn").id, now=now)
    refused = issuing.refuse_request(
        actor=finance, request_id=ask(0, "refused").id, reason=text("税号与名称不符", "Another name"), now=now
    )
    wrong, exported = ask(0, "wrong"), ask(1, "exported")
    exports.export_requests(actor=finance, now=now)
    day, reason = (now + timedelta(hours=8)).date(), text("要开给个人", "It is for a person")

    def correct(request_id: int, title_id: int) -> None:
        corrections.ask_correction(actor=her, request_id=request_id, title_id=title_id, reason=reason, now=now)

    issuing.issue_invoice(actor=finance, request_id=wrong.id, number="26332000000012345670", issued_on=day, now=now)
    correct(wrong.id, right.id)
    reversed_ = corrections.reverse_invoice(
        actor=finance, request_id=wrong.id, number="26332000000012345671", amount_fen=wrong.amount_fen, now=now
    )
    exports.export_requests(actor=finance, now=now)
    issued = get_invoice(reversed_.replaced_by_id or 0)
    issuing.issue_invoice(
        actor=finance,
        request_id=issued.id,
        number="26332000000012345678",
        issued_on=day,
        link="https://invoices.example/1",
        now=now,
    )
    item = InvoiceItem.objects.filter(request_id=issued.id)[0]
    RedLetter.objects.create(request_id=issued.id, item=item, amount_fen=1_00, found_at=now)
    correct(issued.id, title.id)
    requested = ask(2, "requested")
    made = get_invoice(exported.id)
    return {
        "invoice_id": exported.id,
        "invoice_title_id": title.id,
        "issued_invoice_id": issued.id,
        "reversed_invoice_id": wrong.id,
        "refused_invoice_id": refused.id,
        "withdrawn_invoice_id": withdrawn.id,
        "requested_invoice_id": requested.id,
        "invoice_export_id": made.export_id or 0,
    }
