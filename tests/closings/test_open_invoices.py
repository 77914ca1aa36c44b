"""An account is not closed while an invoice of it is not done (MONEY-17)."""

from functools import partial

import pytest

from closings.rules import OpenKind
from closings.selectors.open_things import list_open_of_brand, list_open_of_reseller
from closings.services import closing
from closings.services.closing import StillOpen
from integrity.selectors.checks import violations_of
from invoices.models import InvoiceCorrection
from invoices.selectors.invoices import get_invoice
from invoices.services import corrections, issuing, red_letters, requests, titles
from invoices.services.owners import AccountIsClosed
from tests.builders import HOUR
from tests.invoices.desk import LATER, PERSON, Desk
from tests.one_time_codes import one_time_code
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
RED = "26332000000099999999"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def open_of(desk: Desk) -> tuple[int, int]:
    """How many invoices keep the accounts of the reseller and of the brand open."""
    of_reseller, of_brand = (
        {each.kind: each.count for each in found}
        for found in (
            list_open_of_reseller(desk.her.id, at=LATER),
            list_open_of_brand(desk.market.brand_id, at=LATER),
        )
    )
    return of_reseller.get(OpenKind.INVOICES, 0), of_brand.get(OpenKind.INVOICES, 0)


def test_a_request_keeps_the_accounts_of_who_asked_and_who_issues_open(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    assert open_of(desk) == (1, 1)
    requests.withdraw_request(actor=desk.her.actor, request_id=asked.id, now=LATER)
    assert open_of(desk) == (0, 0)
    [again] = desk.ask(order, key="again")
    desk.export()
    assert open_of(desk) == (1, 1)
    issuing.refuse_request(actor=desk.market.finance, request_id=again.id, reason="关闭账户", now=LATER)
    assert open_of(desk) == (0, 0)


def test_a_correction_keeps_both_open_and_a_red_letter_the_issuer(desk: Desk) -> None:
    order = desk.order()
    [asked] = desk.ask(order)
    desk.issue(asked)
    assert open_of(desk) == (0, 0)
    desk.refund(order, 7_00)
    red_letters.find_red_letters(now=LATER)
    assert open_of(desk) == (0, 1)
    title = titles.save_title(actor=desk.her.actor, fields=PERSON, now=LATER)
    corrections.ask_correction(
        actor=desk.her.actor, request_id=asked.id, title_id=title.id, reason="开给个人", now=LATER
    )
    assert open_of(desk) == (1, 1)
    done = corrections.reverse_invoice(
        actor=desk.market.finance, request_id=asked.id, number=RED, amount_fen=get_invoice(asked.id).rest_fen, now=LATER
    )
    assert open_of(desk) == (1, 1)
    requests.withdraw_request(actor=desk.her.actor, request_id=done.replaced_by_id or 0, now=LATER)
    assert open_of(desk) == (0, 0)


def test_a_closing_is_refused_by_name_when_asked_for_and_when_approved(desk: Desk) -> None:
    order = desk.order()
    desk.market.money.account_of_reseller(desk.her.id, now=LATER)
    close = partial(closing.request_own_closing, actor=desk.her.actor, reason="不做了", key="k", now=LATER)
    [asked] = desk.ask(order)
    with pytest.raises(StillOpen) as caught:
        close()
    assert caught.value.sentence("zh") == "现在不能关闭账户，先了结：没办完的开票申请 1 个"
    requests.withdraw_request(actor=desk.her.actor, request_id=asked.id, now=LATER)
    view = close()
    desk.ask(order, key="again")
    second = desk.market.money.second
    with pytest.raises(StillOpen):
        closing.approve_closing(actor=second, closing_id=view.id, code=one_time_code(second, now=LATER), now=LATER)
    assert get_invoice(asked.id).state == "withdrawn"


def test_a_closing_over_something_open_is_found(desk: Desk) -> None:
    """INTEGRITY-7: the request that a reversal opens again after the closing is nothing that she asked for."""
    desk.market.money.account_of_reseller(desk.her.id, now=LATER)
    order = desk.order()
    [asked] = desk.ask(order)
    desk.issue(asked)
    view = closing.request_own_closing(actor=desk.her.actor, reason="不做了", key="k", now=LATER)
    title = titles.save_title(actor=desk.her.actor, fields=PERSON, now=LATER)
    second, at = desk.market.money.second, LATER + HOUR
    closing.approve_closing(actor=second, closing_id=view.id, code=one_time_code(second, now=at), now=at)
    reverse = partial(corrections.reverse_invoice, actor=desk.market.finance, request_id=asked.id, number=RED)
    reverse(amount_fen=order.total_fen, now=at + HOUR)
    assert all_violations() == []
    for ask in (
        partial(desk.ask, order, key="late"),
        partial(
            corrections.ask_correction, actor=desk.her.actor, request_id=asked.id, title_id=title.id, reason="x", now=at
        ),
    ):
        with pytest.raises(AccountIsClosed):
            ask()
    correction = InvoiceCorrection.objects.get()
    InvoiceCorrection.objects.filter(pk=correction.pk).update(reason="少了“二店”", asked_at=at)
    assert [each.what for each in violations_of("closings")] == [
        f"it was closed, and this was not done: the correction of request {asked.id}"
    ]
