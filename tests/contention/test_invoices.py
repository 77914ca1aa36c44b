"""Invoices that are asked for, exported and issued at once: no money is in two requests, no request in two files (INVOICE-2, INVOICE-5)."""

from collections.abc import Callable
from functools import partial

import pytest

from integrity.selectors.checks import violations_of
from invoices.models import InvoiceExport, InvoiceItem, InvoiceRequest
from invoices.services import exports, requests
from invoices.services.requests import NothingToInvoice
from kernel.refusal import Refusal
from tests.contention.concurrency import run_concurrently
from tests.invoices.desk import LATER, Desk

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_six_requests_for_one_order_are_one() -> None:
    desk = Desk()
    order = desk.order()
    answers = run_concurrently([partial(desk.ask, order, key=f"k{number}") for number in range(6)])
    refused = [each for each in answers if isinstance(each, Refusal)]
    assert len(answers) - len(refused) == 1
    assert {type(each) for each in refused} == {NothingToInvoice}
    assert (InvoiceRequest.objects.count(), InvoiceItem.objects.count()) == (1, 1)


def test_a_request_is_exported_once_or_withdrawn() -> None:
    desk = Desk()
    [asked] = desk.ask(desk.order())
    acts: list[Callable[[], object]] = [
        partial(exports.export_requests, actor=desk.market.finance, now=LATER) for _ in range(3)
    ]
    acts.append(partial(requests.withdraw_request, actor=desk.her.actor, request_id=asked.id, now=LATER))
    answers = run_concurrently(acts)
    assert sum(not isinstance(each, Refusal) for each in answers) == 1
    row = InvoiceRequest.objects.get()
    assert (row.state, InvoiceExport.objects.count()) in (("exported", 1), ("withdrawn", 0))
    assert violations_of("invoices") == []
