"""Any interleaving of paying, refunding, asking, withdrawing, exporting, issuing, red letters and reversals: no fen twice (INVOICE-8)."""

import contextlib
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from integrity.selectors.checks import violations_of
from invoices import sql
from invoices.models import InvoiceItem, InvoiceRequest, RedLetter
from invoices.selectors.askable import Choice, list_askable_goods
from invoices.selectors.invoices import get_invoice
from invoices.services import corrections, issuing, red_letters, requests
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.selectors.orders import OrderView
from tests.builders import HOUR
from tests.invoices.desk import LATER, Desk

WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""An example takes a second: to make a failing one small takes minutes."""
ACTS = ("pay", "refund", "ask", "withdraw", "export", "issue", "refuse", "red", "reverse")


@dataclass
class Play:
    desk: Desk
    orders: list[OrderView] = field(default_factory=list)
    steps: int = 0

    @property
    def now(self) -> datetime:
        return LATER + self.steps * HOUR / 60

    def act(self, name: str, number: int) -> None:
        self.steps += 1
        with contextlib.suppress(Refusal), transaction.atomic():
            getattr(self, name)(number)

    def pay(self, number: int) -> None:
        if len(self.orders) < 5:
            self.orders.append(self.desk.order(1 + number % 2))

    def refund(self, number: int) -> None:
        if self.orders:
            order = self.orders[number % len(self.orders)]
            amount_fen = order.total_fen if number % 3 == 0 else 1 + number
            self.desk.refund(order, amount_fen, key=f"r{self.steps}", now=self.now)

    def ask(self, number: int) -> None:
        chosen = self.orders[number % 2 :: 1 + number % 3]
        if chosen:
            self.desk.ask(*chosen, key=f"k{self.steps}", now=self.now)

    def withdraw(self, number: int) -> None:
        requests.withdraw_request(actor=self.desk.her.actor, request_id=self._any(number), now=self.now)

    def export(self, number: int) -> None:
        self.desk.export(now=self.now)

    def issue(self, number: int) -> None:
        issuing.issue_invoice(
            actor=self.desk.market.finance,
            request_id=self._any(number),
            number=f"{20260000 + self.steps}",
            issued_on=self.now.date(),
            now=self.now,
        )

    def refuse(self, number: int) -> None:
        issuing.refuse_request(
            actor=self.desk.market.finance, request_id=self._any(number), reason="重开", now=self.now
        )

    def red(self, number: int) -> None:
        request_id = self._any(number)
        red_letters.find_red_letters(now=self.now)
        letters = RedLetter.objects.filter(request_id=request_id, done_at=None)
        red_letters.record_red_letter(
            actor=self.desk.market.finance,
            request_id=request_id,
            number=f"{30260000 + self.steps}",
            amount_fen=letters.aggregate(fen=Sum("amount_fen", default=0))["fen"],
            now=self.now,
        )

    def reverse(self, number: int) -> None:
        view = get_invoice(self._any(number))
        corrections.reverse_invoice(
            actor=self.desk.market.finance,
            request_id=view.id,
            number=f"{40260000 + self.steps}",
            amount_fen=view.rest_fen,
            now=self.now,
        )

    def _any(self, number: int) -> int:
        ids = list(InvoiceRequest.objects.order_by("pk").values_list("pk", flat=True))
        return ids[number % len(ids)] if ids else 0


def check(play: Play) -> None:
    """Of each line: what is invoiced, less red letters that are done or noted, is what was paid and kept; and all of it can be invoiced."""
    red_letters.find_red_letters(now=play.now)
    lines = list(OrderLine.objects.filter(order_id__in=[each.id for each in play.orders]))
    kept = sql.kept_of_lines([each.pk for each in lines])
    free = sum(each.amount_fen for each in list_askable_goods(play.desk.her.id, Choice(), at=play.now))
    asked = 0
    for line in lines:
        items = InvoiceItem.objects.filter(line=line, is_live=True)
        assert items.count() <= 1
        for item in items:
            back_fen = item.red_letters.aggregate(fen=Sum("amount_fen", default=0))["fen"]
            if item.request.state == "requested":
                assert item.amount_fen >= kept[line.pk]
            else:
                assert item.amount_fen - back_fen == kept[line.pk]
            asked += kept[line.pk]
    assert asked + free == sum(kept.values())
    assert violations_of("invoices") == []


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, phases=WITHOUT_SHRINKING)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), min_size=4, max_size=14))
def test_no_fen_is_invoiced_twice_however_acts_follow_each_other(acts: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        play = Play(Desk())
        play.act("pay", 1)
        for name, number in acts:
            play.act(name, number)
        check(play)
        transaction.set_rollback(True)
