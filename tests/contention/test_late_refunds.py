"""Late refunds of one line that are approved at one instant: one after the other, without a deadlock (SETTLE-15)."""

from functools import partial

import pytest
from django.db import transaction
from django.db.models import Sum

from accounts.rules import Actor, Role
from orders.models.lines import OrderLine
from settlement.models import BrandDebt
from settlement.services.late_refunds import LateRefundTooHigh, require_left
from tests.builders import Marketplace, person
from tests.contention.concurrency import run_concurrently
from tests.settlement.test_life import OVER, sent
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.selectors.late_refunds import get_refundable_line
from treasury.selectors.requests import MoneyRequestView
from treasury.services import deciding
from treasury.services.late_refunds import enter_late_refund

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def enter(market: Marketplace, line_id: int, amount_fen: int, key: str) -> MoneyRequestView:
    return enter_late_refund(
        actor=market.finance,
        line_id=line_id,
        amount_fen=amount_fen,
        reason="洗后开线",
        key=f"{line_id} {key}",
        now=OVER,
    )


def approve_once(actor: Actor, request_id: int) -> object:
    """Approve in one attempt: a deadlock is not hidden by a second one."""
    with transaction.atomic():
        return deciding.approve(actor=actor, request_ids=[request_id], now=OVER)


@pytest.mark.parametrize(("amount_fen", "approved"), [(150_00, 1), (66_67, 2)])
def test_two_refunds_of_a_line_at_once_never_give_back_more_than_was_paid(amount_fen: int, approved: int) -> None:
    market = Marketplace()
    second, third = market.second_finance, person(Role.FINANCE)
    _, lines = sent(market, 4)
    for line_id in lines:
        pair = [enter(market, line_id, amount_fen, key) for key in "ab"]
        # The control: for each of both there is enough left.
        for _each in pair:
            require_left(get_refundable_line(line_id), amount_fen)
        answers = run_concurrently([
            partial(approve_once, actor, each.id) for actor, each in zip((second, third), pair, strict=True)
        ])  # fmt: skip
        assert sum(isinstance(answer, list) for answer in answers) == approved
        assert sum(isinstance(answer, LateRefundTooHigh) for answer in answers) == 2 - approved
        booked = MoneyRequest.objects.filter(line=line_id, state="approved")
        assert booked.aggregate(fen=Sum("amount_fen"))["fen"] == approved * amount_fen
        line = OrderLine.objects.get(pk=line_id)
        debts = BrandDebt.objects.filter(line=line_id).aggregate(fen=Sum("amount_fen"))["fen"]
        assert debts == approved * amount_fen * line.payable_fen // line.price_fen
    assert all_violations() == []
