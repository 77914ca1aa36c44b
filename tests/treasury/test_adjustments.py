"""Adjustments of wallets, and deductions from deposits (MONEY-13, MONEY-14)."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AuditEntry, Person
from events.models import Event
from kernel.refusal import KeyRequired, Refusal
from ledger.rules import COMMISSION, AccountKind, AccountRef, InsufficientBalance
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.orders import get_wallet_balance_fen
from tests.builders import NOW, Marketplace
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestState
from treasury.selectors.requests import MoneyRequestView, list_deposit_requests
from treasury.services import deciding
from treasury.services.adjustments import EvidenceRequired, InvalidAdjustment, enter_adjustment, enter_deduction
from treasury.services.inserting import KeyUsed

pytestmark = pytest.mark.django_db


class Desk:
    """A reseller with ¥100, a brand with its deposit, and two people of finance."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.money, self.brand_id = self.market.money, self.market.brand_id
        self.her = self.market.reseller(wallet_fen=100_00)

    def adjust(self, amount_fen: int = 20_00, *, is_credit: bool = True, **options: Any) -> MoneyRequestView:
        sent: dict[str, Any] = {
            "actor": self.money.first,
            "reason": "发错货补偿",
            "key": uuid4().hex,
            "now": NOW,
        } | options
        return enter_adjustment(reseller_id=self.her.id, amount_fen=amount_fen, is_credit=is_credit, **sent)

    def deduct(self, amount_fen: int = 300_00, **options: Any) -> MoneyRequestView:
        sent: dict[str, Any] = {
            "reason": "超时发货",
            "evidence": "发货单 12、13",
            "key": uuid4().hex,
            "now": NOW,
        } | options
        return enter_deduction(actor=self.money.first, brand_id=self.brand_id, amount_fen=amount_fen, **sent)

    @property
    def wallet_fen(self) -> int:
        return get_wallet_balance_fen(self.her.id)

    @property
    def deposit_fen(self) -> int:
        return get_balance_fen(AccountRef(AccountKind.DEPOSIT, self.brand_id))


@pytest.fixture
def desk() -> Desk:
    return Desk()


# MONEY-13, MONEY-14
@pytest.mark.parametrize("limit_fen", [0, 50_00])
def test_the_same_key_enters_once(desk: Desk, limit_fen: int) -> None:
    with override_settings(ADJUSTMENT_LIMIT_FEN=limit_fen):
        assert desk.adjust(key="a").id == desk.adjust(key="a").id
    assert desk.deduct(key="d").id == desk.deduct(key="d").id
    assert MoneyRequest.objects.filter(key__in=["a", "d"]).count() == 2
    assert desk.wallet_fen == (120_00 if limit_fen else 100_00)
    with pytest.raises(KeyUsed):
        desk.adjust(30_00, key="a")
    with pytest.raises(KeyUsed):
        desk.deduct(key="a")
    with pytest.raises(KeyRequired):
        desk.adjust(key=" ")


# MONEY-13
@pytest.mark.parametrize(("is_credit", "change"), [(True, 20_00), (False, -20_00)])
def test_an_adjustment_takes_two_people_and_is_told(desk: Desk, is_credit: bool, change: int) -> None:
    income_fen = get_balance_fen(COMMISSION)
    entered = desk.adjust(is_credit=is_credit)
    assert (entered.state, desk.wallet_fen) == (RequestState.WAITING, 100_00)
    with pytest.raises(deciding.OwnRequest):
        deciding.approve(actor=desk.money.first, request_ids=[entered.id], now=NOW)
    desk.money.approve(entered, now=NOW)
    assert (desk.wallet_fen, get_balance_fen(COMMISSION)) == (100_00 + change, income_fen - change)
    event = Event.objects.get(kind="wallet_credited" if is_credit else "wallet_debited")
    assert event.data == {"amount": "20.00", "reason": "发错货补偿"}
    assert all_violations() == []


# MONEY-13
def test_one_person_adjusts_within_the_limit_and_it_is_marked(desk: Desk) -> None:
    with override_settings(ADJUSTMENT_LIMIT_FEN=20_00):
        booked = desk.adjust()
        assert (booked.state, booked.is_within_limit, desk.wallet_fen) == (RequestState.APPROVED, True, 120_00)
        assert desk.adjust(20_01).state is RequestState.WAITING
    assert AuditEntry.objects.filter(action="treasury.adjust", subject_id=booked.id).exists()
    assert all_violations() == []


# MONEY-13
def test_nobody_is_put_into_debt(desk: Desk) -> None:
    entered = desk.adjust(100_01, is_credit=False)
    with pytest.raises(InsufficientBalance):
        desk.money.approve(entered, now=NOW)
    assert (desk.wallet_fen, MoneyRequest.objects.get(pk=entered.id).state) == (100_00, "waiting")
    for sent, refusal in ({"amount_fen": 0}, InvalidAdjustment), ({"reason": " "}, Refusal):
        with pytest.raises(refusal):
            desk.adjust(**sent)
    for actor in (desk.market.ops, desk.her.actor, desk.market.clerk):
        with pytest.raises(Refusal):
            desk.adjust(actor=actor)


# MONEY-14
def test_a_deduction_goes_to_the_platform_or_to_a_reseller(desk: Desk) -> None:
    income_fen = get_balance_fen(COMMISSION)
    to_platform, to_her = desk.deduct(), desk.deduct(50_00, beneficiary_id=desk.her.id)
    assert desk.deposit_fen == 10_000_00
    for entered in (to_platform, to_her):
        desk.money.approve(entered, now=NOW)
    assert (desk.deposit_fen, desk.wallet_fen) == (9_650_00, 150_00)
    assert get_balance_fen(COMMISSION) == income_fen + 300_00
    told = Event.objects.filter(kind="deposit_deducted").order_by("pk")
    assert [each.data["left"] for each in told] == ["9700.00", "9650.00"]
    assert Event.objects.get(kind="compensated").reseller_id == desk.her.id
    moves = list_deposit_requests(desk.brand_id).items
    assert [(each.kind.value, each.amount_fen) for each in moves] == [
        ("deposit_deduction", 50_00),
        ("deposit_deduction", 300_00),
        ("deposit", 10_000_00),
    ]
    assert all_violations() == []


# MONEY-14
def test_a_deduction_needs_evidence_and_a_deposit_that_holds_it(desk: Desk) -> None:
    with pytest.raises(EvidenceRequired):
        desk.deduct(evidence=" ")
    with pytest.raises(InsufficientBalance):
        desk.deduct(10_000_01)
    with pytest.raises(Refusal):
        desk.deduct(beneficiary_id=999_999)
    first, second = desk.deduct(6_000_00), desk.deduct(6_000_00)
    desk.money.approve(first, now=NOW)
    with pytest.raises(InsufficientBalance):
        desk.money.approve(second, now=NOW)
    assert desk.deposit_fen == 4_000_00
    assert all_violations() == []


# MONEY-14
def test_a_brand_sees_its_own_deductions_with_reason_and_evidence(desk: Desk, client: Client) -> None:
    desk.money.approve(desk.deduct(), now=NOW)
    waiting = desk.deduct(1_00, reason="还没复核")
    client.force_login(Person.objects.get(pk=desk.market.clerk.own_id))
    page = client.get(reverse("portal:deposit")).content.decode()
    assert "超时发货" in page
    assert "发货单 12、13" in page
    assert "还没复核" not in page
    assert waiting.state is RequestState.WAITING
