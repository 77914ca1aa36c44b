"""Numbers of invoices that are entered at one instant: each stands for one request of an issuer (INVOICE-6)."""

import pytest
from django.db import IntegrityError, transaction

from invoices.models import InvoiceRequest
from invoices.rules.states import InvoiceState
from invoices.selectors.invoices import InvoiceView, get_invoice
from invoices.services import issuing
from invoices.services.results import FaultyResults
from tests.contention.concurrency import while_uncommitted
from tests.invoices.desk import LATER, NUMBER, Desk

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_file_with_a_number_that_is_entered_meanwhile_names_its_cell() -> None:
    desk = Desk()
    [first], [second] = (desk.ask(desk.order(), key=key) for key in "ab")
    [made] = desk.export()
    data = desk.filled(made, {second.id: (NUMBER, f"{LATER:%Y-%m-%d}")})

    def issue() -> InvoiceView:
        day = LATER.date()
        return issuing.issue_invoice(
            actor=desk.market.finance, request_id=first.id, number=NUMBER, issued_on=day, now=LATER
        )

    # The control: what is written without a look at the numbers is refused by the database alone, which names no cell.
    with transaction.atomic():
        issue()
        with pytest.raises(IntegrityError, match="invoice_number_once"), transaction.atomic():
            InvoiceRequest.objects.filter(pk=second.id).update(
                state="issued", number=NUMBER, issued_on=LATER.date(), issued_at=LATER
            )
        transaction.set_rollback(True)

    refused = while_uncommitted(issue, lambda: desk.enter(data))
    assert isinstance(refused, FaultyResults)
    [fault] = refused.faults
    assert (fault["value"], fault["zh"]) == (NUMBER, f"这个号码已登记在申请 {first.id} 上")
    assert [get_invoice(each.id).state for each in (first, second)] == [InvoiceState.ISSUED, InvoiceState.EXPORTED]
