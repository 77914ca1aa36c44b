"""What finance give of their own decision goes to no closed wallet; what arrives there all the same leaves it (MONEY-18)."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings

from closings.services import closing
from orders.selectors.orders import get_wallet_balance_fen
from tests.builders import HOUR, NOW
from tests.closings.test_closing import DAY, Desk
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.selectors.requests import MoneyRequestView
from treasury.services.adjustments import enter_adjustment, enter_deduction
from treasury.services.booking import SpentAndClosed
from treasury.services.entering import enter_reversal
from treasury.services.open_wallets import WalletClosed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def credit(desk: Desk, **options: Any) -> MoneyRequestView:
    sent: dict[str, Any] = {"is_credit": True, "reason": "发错货补偿", "key": uuid4().hex} | options
    return enter_adjustment(actor=desk.money.first, reseller_id=desk.her.id, amount_fen=20_00, now=NOW, **sent)


def deduct(desk: Desk) -> MoneyRequestView:
    return enter_deduction(
        actor=desk.money.first,
        brand_id=desk.market.brand_id,
        amount_fen=30_00,
        reason="超时发货",
        evidence="发货单 12",
        beneficiary_id=desk.her.id,
        key=uuid4().hex,
        now=NOW,
    )


@pytest.mark.parametrize("limit_fen", [0, 50_00])
def test_a_closed_wallet_is_not_credited(desk: Desk, limit_fen: int) -> None:
    desk.approve(desk.ask())
    before = MoneyRequest.objects.count()
    with override_settings(ADJUSTMENT_LIMIT_FEN=limit_fen), pytest.raises(WalletClosed) as refused:
        credit(desk)
    assert desk.her_person.name in refused.value.sentence("zh")
    with pytest.raises(WalletClosed):
        deduct(desk)
    assert (MoneyRequest.objects.count(), get_wallet_balance_fen(desk.her.id)) == (before, 0)


@pytest.mark.parametrize(("enter", "to_whom"), [(credit, "reseller_id"), (deduct, "beneficiary_id")])
def test_what_was_entered_while_the_account_was_being_closed_is_not_approved(
    desk: Desk, enter: Any, to_whom: str
) -> None:
    entered = enter(desk)
    # The closing does not see what another transaction enters at that instant.
    row = MoneyRequest.objects.filter(pk=entered.id)
    row.update(**{to_whom: desk.market.reseller().id})
    desk.approve(desk.ask())
    row.update(**{to_whom: desk.her.id})
    with pytest.raises(WalletClosed):
        desk.money.approve(entered, now=NOW + HOUR)
    assert (row.get().state, get_wallet_balance_fen(desk.her.id)) == ("waiting", 0)


def test_a_reversal_of_a_closed_account_names_the_ways_that_are_left(desk: Desk) -> None:
    """MONEY-4, decision 304."""
    booked = MoneyRequest.objects.get(reseller_id=desk.her.id, kind="top_up")
    desk.approve(desk.ask())
    enter = partial(enter_reversal, actor=desk.money.first, request_id=booked.pk, reason="会员号看错")
    reversal = enter(now=NOW + HOUR)
    with pytest.raises(SpentAndClosed) as refused:
        desk.money.approve(reversal, now=NOW + HOUR)
    said = refused.value.sentence("zh")
    assert f"会员{desk.her_person.name}的账户已经关闭，不能再加款：请对方汇来 ¥1,000.00，入账后再复核" in said
    assert "退回这笔冲正，给真正付款的会员的钱包加款" in said
    assert (refused.value.balance_fen, refused.value.missing_fen) == (0, 1000_00)
    assert (MoneyRequest.objects.get(pk=reversal.id).state, get_wallet_balance_fen(desk.her.id)) == ("waiting", 0)
    # The owner transfers it.
    desk.money.top_up(desk.her.id, 1000_00, "ICBC-LATE", now=NOW + HOUR)
    desk.money.approve(reversal, now=NOW + HOUR)
    assert (MoneyRequest.objects.get(pk=booked.pk).state, get_wallet_balance_fen(desk.her.id)) == ("reversed", 0)
    assert all_violations() == []


def test_a_transfer_that_arrives_after_the_closing_is_booked_and_leaves_the_wallet(desk: Desk) -> None:
    done = desk.approve(desk.ask())
    desk.money.top_up(desk.her.id, 50_00, "ICBC-LATE", now=NOW + HOUR)
    assert get_wallet_balance_fen(desk.her.id) == 50_00
    later = NOW + 5 * DAY
    desk.money.account_of_reseller(desk.her.id, now=later)
    closing.pay_late_money(actor=desk.money.first, closing_id=done.id, key="l", now=later)
    assert get_wallet_balance_fen(desk.her.id) == 0
    assert all_violations() == []


def test_a_closed_wallet_may_be_debited(desk: Desk) -> None:
    desk.approve(desk.ask())
    desk.money.top_up(desk.her.id, 50_00, "ICBC-LATE", now=NOW + HOUR)
    desk.money.approve(credit(desk, is_credit=False), now=NOW + HOUR)
    assert get_wallet_balance_fen(desk.her.id) == 30_00
