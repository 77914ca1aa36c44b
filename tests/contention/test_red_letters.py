"""A red letter that is entered while the hourly job looks for new ones takes the money back once (INVOICE-7)."""

import pytest
from django.db import transaction

from invoices import sql
from invoices.models import InvoiceItem, RedLetter
from invoices.selectors.invoices import get_invoice
from invoices.services import red_letters
from tests.contention.concurrency import while_uncommitted
from tests.invoices.desk import LATER, Desk
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
RED = "26332000000099999999"


def test_red_letter_that_is_entered_while_the_job_looks_is_written_once() -> None:
    desk = Desk()
    order = desk.order()
    [asked] = desk.ask(order)
    desk.issue(asked)
    desk.refund(order, 7_00)
    red_letters.find_red_letters(now=LATER)
    [item] = InvoiceItem.objects.filter(request_id=asked.id)

    def enter() -> None:
        InvoiceItem.objects.select_for_update().get(pk=item.pk)
        red_letters.record_red_letter(
            actor=desk.market.finance, request_id=asked.id, number=RED, amount_fen=7_00, now=LATER
        )

    # The control: what the job had read before the entry and writes after it takes the money back a second time.
    with transaction.atomic():
        [stale] = sql.needed_red_letters()
        enter()
        RedLetter.objects.create(request_id=asked.id, item_id=item.pk, amount_fen=stale.needed_fen, found_at=LATER)
        back_fen = sum(RedLetter.objects.filter(item=item).values_list("amount_fen", flat=True))
        assert item.amount_fen - back_fen == order.total_fen - 14_00
        transaction.set_rollback(True)

    assert while_uncommitted(enter, lambda: red_letters.find_red_letters(now=LATER)) == 0
    [letter] = RedLetter.objects.all()
    assert (letter.number, letter.amount_fen) == (RED, 7_00)
    assert (get_invoice(asked.id).red_letter_fen, get_invoice(asked.id).reversed_fen) == (0, 7_00)
    assert all_violations() == []
