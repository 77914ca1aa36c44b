"""Money booked by hand: one person enters, another approves (MONEY-1 to MONEY-4)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.rules import Actor, Role
from accounts.services.passwords import issue_password_link
from accounts.services.people import add_person, deactivate, reactivate
from events.models import Event
from kernel.refusal import Refusal
from ledger.models import Posting
from ledger.rules import COMMISSION, AccountKind, AccountRef, InsufficientBalance
from ledger.selectors.accounts import get_balance_fen
from orders.models.orders import Order
from orders.models.payments import ReceivedPayment
from orders.selectors.orders import NoSuchOrder, get_wallet_balance_fen
from orders.services.payment import pay
from tests.builders import NOW, PASSWORD, Marketplace, item_of, person
from tests.two_people import ACCOUNT
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_ENTERED_REFERENCE, RequestState, booked_reference, may_approve
from treasury.selectors.requests import MoneyRequestView, count_waiting_requests, get_request, list_requests
from treasury.services import bank_accounts, deciding, entering
from treasury.services.adjustments import enter_adjustment
from treasury.services.booking import NotReversible, SpentMeanwhile
from treasury.services.deciding import FinanceApproves, NotEntered, NothingToApprove, NotWaiting, OwnRequest
from treasury.services.entering import InvalidAmount, InvalidReference, ReferenceTaken
from treasury.services.second_person import ArrangedBoth, ArrangedEntry, ArrangedFinance

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Desk:
    """Two people of finance, ops, and a reseller with an empty wallet."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.first, self.second, self.ops = self.market.finance, self.market.second_finance, self.market.ops
        self.her = self.market.reseller()

    def enter(self, amount_fen: int = 100_00, reference: str = "ICBC-1", **options: Any) -> MoneyRequestView:
        sent: dict[str, Any] = {"actor": self.first, "reseller_id": self.her.id, "now": NOW} | options
        return entering.enter_top_up(amount_fen=amount_fen, reference=reference, **sent)

    def approve(self, *requests: MoneyRequestView, by: Any = None) -> list[MoneyRequestView]:
        return deciding.approve(actor=by or self.second, request_ids=[each.id for each in requests], now=NOW)

    def reverse(self, request: MoneyRequestView) -> MoneyRequestView:
        return entering.enter_reversal(actor=self.first, request_id=request.id, reason="会员号看错", now=NOW)

    @property
    def wallet_fen(self) -> int:
        return get_wallet_balance_fen(self.her.id)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# MONEY-1
def test_a_top_up_is_booked_when_the_second_person_approves(desk: Desk) -> None:
    request = desk.enter(reference=" icbc -1 ")
    assert (request.state, request.reference, desk.wallet_fen) == (RequestState.WAITING, "ICBC-1", 0)
    assert count_waiting_requests().amount_fen == 100_00
    (approved,) = desk.approve(request)
    assert (approved.state, approved.entered_by, approved.decided_by) == (
        RequestState.APPROVED,
        desk.first.name,
        desk.second.name,
    )
    assert desk.wallet_fen == 100_00
    posting = Posting.objects.get(key="top-up:ICBC-1")
    assert posting.person_id == desk.second.own_id
    log = AuditEntry.objects.filter(subject_kind="money_request", subject_id=request.id).order_by("pk")
    assert [(each.action, each.person_id) for each in log] == [
        ("treasury.enter_top_up", desk.first.own_id),
        ("treasury.approve", desk.second.own_id),
    ]
    assert all_violations() == []


# MONEY-1
def test_a_refusal_of_many_names_the_request_that_the_booking_refuses(desk: Desk) -> None:
    booked = desk.approve(desk.enter())[0]
    with override_settings(ADJUSTMENT_LIMIT_FEN=0):
        debit = enter_adjustment(
            actor=desk.first,
            reseller_id=desk.her.id,
            amount_fen=60_00,
            is_credit=False,
            reason="多付",
            key="k",
            now=NOW,
        )
    desk.approve(desk.reverse(booked))
    other = desk.enter(1_00, "ICBC-2")
    for requests, subject in (([debit, other], f"第 {debit.id} 笔："), ([debit], "")):
        with pytest.raises(InsufficientBalance) as refused:
            desk.approve(*requests)
        assert refused.value.sentence() == f"{subject}余额不足：现有 ¥0.00，需要 ¥60.00"
    assert [list_requests(state="waiting").items[at].id for at in (0, 1)] == [other.id, debit.id]


# MONEY-1
def test_many_are_approved_in_one_act_all_or_none(desk: Desk) -> None:
    requests = [desk.enter(reference=f"ICBC-{number}") for number in range(5)]
    requests.append(
        entering.enter_deposit(
            actor=desk.first, brand_id=desk.market.brand_id, amount_fen=500_00, reference="ICBC-1", now=NOW
        )
    )
    deciding.cancel(actor=desk.first, request_id=requests[3].id, now=NOW)
    with pytest.raises(NotWaiting) as refused:
        desk.approve(*requests)
    assert refused.value.request_id == requests[3].id
    assert desk.wallet_fen == 0
    del requests[3]
    assert len(desk.approve(*requests)) == 5
    assert desk.wallet_fen == 400_00
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT, desk.market.brand_id)) == 10_500_00
    told = Event.objects.filter(subject_kind="money_request", subject_id__in=[each.id for each in requests])
    assert [(each.kind, each.reseller_id, each.brand_id, each.data) for each in told.order_by("id")] == [
        *[
            ("top_up_booked", desk.her.id, None, {"amount": "100.00", "reference": f"ICBC-{number}"})
            for number in (0, 1, 2, 4)
        ],
        ("deposit_booked", None, desk.market.brand_id, {"amount": "500.00", "reference": "ICBC-1"}),
    ]
    assert all_violations() == []


# MONEY-1
@pytest.mark.parametrize("by", ["first", "ops", "her"])
def test_approve_is_refused_to_who_entered_to_ops_and_to_others(desk: Desk, by: str) -> None:
    request = desk.enter()
    refusal = {"first": OwnRequest, "ops": FinanceApproves}.get(by, Refusal)
    actor = desk.her.actor if by == "her" else getattr(desk, by)
    with pytest.raises(refusal):
        desk.approve(request, by=actor)
    with pytest.raises(refusal):
        deciding.refuse(actor=actor, request_id=request.id, reason="不对", now=NOW)
    assert MoneyRequest.objects.get(pk=request.id).state == "waiting"
    assert desk.wallet_fen == 0


# MONEY-2
def test_ops_approve_where_finance_is_one_person(desk: Desk) -> None:
    request = desk.enter()
    deactivate(actor=desk.ops, person_id=desk.second.own_id, reason="休假", now=NOW - 8 * DAY)
    desk.approve(request, by=desk.ops)
    assert desk.wallet_fen == 100_00
    assert all_violations() == []


# MONEY-2
def test_ops_are_not_the_second_person_after_removing_finance(desk: Desk) -> None:
    request = desk.enter()
    deactivate(actor=desk.ops, person_id=desk.second.own_id, reason="休假", now=NOW - 6 * DAY)
    with pytest.raises(ArrangedFinance):
        desk.approve(request, by=desk.ops)
    with pytest.raises(ArrangedFinance):
        deciding.refuse(actor=desk.ops, request_id=request.id, reason="不对", now=NOW)
    # Somebody else in ops has removed nobody.
    desk.approve(request, by=person(Role.OPS))
    assert desk.wallet_fen == 100_00


# MONEY-2
@pytest.mark.parametrize("act", ["add", "link", "reactivate"])
def test_ops_do_not_approve_what_somebody_entered_whom_they_arranged(desk: Desk, act: str) -> None:
    her = _arranged(desk, act)
    deactivate(actor=person(Role.OPS), person_id=desk.first.own_id, reason="休假", now=NOW - DAY)
    deactivate(actor=person(Role.OPS), person_id=desk.second.own_id, reason="休假", now=NOW - DAY)
    request = desk.enter(actor=her)
    account = bank_accounts.enter_account_of_brand(actor=her, brand_id=desk.market.brand_id, fields=ACCOUNT, now=NOW)
    with pytest.raises(ArrangedEntry):
        desk.approve(request, by=desk.ops)
    with pytest.raises(ArrangedEntry):
        bank_accounts.approve_account(actor=desk.ops, account_id=account.id, now=NOW)
    assert (desk.wallet_fen, MoneyRequest.objects.get(pk=request.id).state) == (0, "waiting")
    deciding.approve(actor=desk.ops, request_ids=[request.id], now=NOW + 7 * DAY)
    assert desk.wallet_fen == 100_00


# MONEY-2
@pytest.mark.parametrize("act", ["add", "link", "reactivate"])
def test_nobody_approves_what_somebody_entered_whom_the_same_person_arranged(desk: Desk, act: str) -> None:
    request = desk.enter(actor=_arranged(desk, act))
    issue_password_link(actor=desk.ops, person_id=desk.second.own_id, now=NOW)
    with pytest.raises(ArrangedBoth):
        desk.approve(request)
    assert (desk.wallet_fen, MoneyRequest.objects.get(pk=request.id).state) == (0, "waiting")
    deciding.approve(actor=desk.second, request_ids=[request.id], now=NOW + 7 * DAY + timedelta(seconds=1))
    assert desk.wallet_fen == 100_00


def _arranged(desk: Desk, act: str) -> Actor:
    """Somebody in finance as whom ops may be able to sign in."""
    if act == "add":
        return add_person(
            actor=desk.ops, login="finance-nine", name="新财务", role=Role.FINANCE, password=PASSWORD, now=NOW - DAY
        )
    her = person(Role.FINANCE)
    if act == "link":
        issue_password_link(actor=desk.ops, person_id=her.own_id, now=NOW - DAY)
    else:
        deactivate(actor=person(Role.OPS), person_id=her.own_id, reason="休假", now=NOW - 2 * DAY)
        reactivate(actor=desk.ops, person_id=her.own_id, reason="回来", now=NOW - DAY)
    return her


# MONEY-2
@given(
    role=st.sampled_from([Role.OPS, Role.FINANCE, Role.BRAND, Role.RESELLER]), own=st.booleans(), n=st.integers(0, 5)
)
def test_nobody_approves_her_own_and_only_staff_approve(role: Role, own: bool, n: int) -> None:
    allowed = may_approve(role, is_own=own, active_finance=n)
    assert not (allowed and (own or role in (Role.BRAND, Role.RESELLER)))
    assert own or role is not Role.FINANCE or allowed


# MONEY-1
def test_the_database_refuses_one_person_for_both(desk: Desk) -> None:
    request = desk.enter()
    with pytest.raises(IntegrityError, match="money_request_of_two_people"), transaction.atomic():
        MoneyRequest.objects.filter(pk=request.id).update(
            state="approved", decided_by=desk.first.own_id, decided_at=NOW, booked_as="top-up:ICBC-1"
        )


# MONEY-3
def test_a_reference_is_entered_once(desk: Desk) -> None:
    request = desk.enter()
    assert desk.enter(reference="ｉｃｂｃ-1") == request
    with pytest.raises(ReferenceTaken) as refused:
        desk.enter(amount_fen=101_00)
    assert (refused.value.request_id, refused.value.amount_fen) == (request.id, 100_00)
    with pytest.raises(ReferenceTaken):
        desk.enter(reseller_id=desk.market.reseller().id)
    desk.approve(request)
    assert desk.enter().state is RequestState.APPROVED
    with pytest.raises(NotWaiting):
        desk.approve(request)
    assert desk.wallet_fen == 100_00


# MONEY-3
def test_what_was_refused_or_cancelled_can_be_entered_again(desk: Desk) -> None:
    deciding.refuse(actor=desk.second, request_id=desk.enter().id, reason="银行没有这笔", now=NOW)
    request = desk.enter()
    with pytest.raises(NotEntered):
        deciding.cancel(actor=desk.second, request_id=request.id, now=NOW)
    deciding.cancel(actor=desk.first, request_id=request.id, now=NOW)
    desk.approve(desk.enter())
    assert desk.wallet_fen == 100_00
    assert all_violations() == []


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"amount_fen": 0}, InvalidAmount),
        ({"amount_fen": 10**14}, InvalidAmount),
        ({"reference": " \u3000"}, InvalidReference),
        ({"reference": "9" * (MAX_ENTERED_REFERENCE + 1)}, InvalidReference),
        ({"order_id": 1}, NoSuchOrder),
    ],
)
def test_enter_top_up_refuses_what_makes_no_sense(desk: Desk, sent: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        desk.enter(**sent)
    with pytest.raises(Refusal):
        desk.enter(actor=desk.ops)
    assert not MoneyRequest.objects.filter(reseller__isnull=False).exists()


def test_approve_refuses_no_requests_and_too_many(desk: Desk) -> None:
    for ids in ([], list(range(1, 102))):
        with pytest.raises(NothingToApprove):
            deciding.approve(actor=desk.second, request_ids=ids, now=NOW)


# MONEY-1
def test_money_for_an_order_pays_it_when_it_is_approved(desk: Desk) -> None:
    sku = desk.market.sku(base_price_fen=100_00)
    order = desk.her.grab(item_of(desk.market.sale(sku), sku))
    request = entering.enter_order_payment(
        actor=desk.first, order_id=order.id, amount_fen=150_00, reference="ICBC-9", now=NOW
    )
    assert Order.objects.get().state == "unpaid"
    desk.approve(request)
    assert Order.objects.get().state == "paid"
    assert ReceivedPayment.objects.get().person_id == desk.second.own_id
    assert desk.wallet_fen == 50_00
    assert all_violations() == []


# MONEY-4
def test_a_wrong_booking_is_reversed_and_its_reference_is_booked_again(desk: Desk) -> None:
    wrong = desk.enter()
    desk.approve(wrong)
    reversal = desk.reverse(wrong)
    assert desk.reverse(wrong) == reversal
    assert desk.wallet_fen == 100_00
    with pytest.raises(OwnRequest):
        desk.approve(reversal, by=desk.first)
    desk.approve(reversal)
    assert desk.wallet_fen == 0
    assert MoneyRequest.objects.get(pk=wrong.id).state == "reversed"
    event = Event.objects.get(kind="top_up_reversed")
    assert event.data == {"amount": "100.00", "reference": "ICBC-1", "reason": "会员号看错"}
    with pytest.raises(NotReversible):
        desk.reverse(wrong)
    right = desk.enter(amount_fen=90_00)
    desk.approve(right)
    assert Posting.objects.filter(key="top-up:ICBC-1/2").exists()
    assert desk.wallet_fen == 90_00
    assert booked_reference("A", 0) == "A"
    assert all_violations() == []


# MONEY-4
def test_a_booking_whose_money_was_spent_is_not_reversed(desk: Desk) -> None:
    wrong = desk.enter()
    desk.approve(wrong)
    sku = desk.market.sku(base_price_fen=30_00)
    pay(actor=desk.her.actor, order_id=desk.her.grab(item_of(desk.market.sale(sku), sku)).id, now=NOW)
    reversal = desk.reverse(wrong)
    with pytest.raises(SpentMeanwhile) as refused:
        desk.approve(reversal)
    assert (refused.value.amount_fen, refused.value.balance_fen, refused.value.missing_fen) == (100_00, 70_00, 30_00)
    assert "还差 ¥30.00，没有冲正" in refused.value.sentence("zh")
    assert (desk.wallet_fen, MoneyRequest.objects.get(pk=reversal.id).state) == (70_00, "waiting")
    assert all_violations() == []


# MONEY-4, MONEY-13
def test_what_was_spent_of_a_wrong_top_up_is_covered_by_a_credit_and_all_of_it_reversed(desk: Desk) -> None:
    wrong = desk.enter()
    desk.approve(wrong)
    sku = desk.market.sku(base_price_fen=30_00)
    pay(actor=desk.her.actor, order_id=desk.her.grab(item_of(desk.market.sale(sku), sku)).id, now=NOW)
    reversal = desk.reverse(wrong)
    credit = enter_adjustment(
        actor=desk.first,
        reseller_id=desk.her.id,
        amount_fen=30_00,
        is_credit=True,
        reason="错充已花掉，平台先垫",
        key="c",
        now=NOW,
    )
    income_fen = get_balance_fen(COMMISSION)
    desk.approve(reversal, credit)
    assert (desk.wallet_fen, get_balance_fen(COMMISSION)) == (0, income_fen - 30_00)
    assert MoneyRequest.objects.get(pk=wrong.id).state == "reversed"
    # The reference is free for whose money it was.
    right = desk.market.reseller()
    desk.approve(desk.enter(reseller_id=right.id))
    assert get_wallet_balance_fen(right.id) == 100_00
    assert all_violations() == []


# MONEY-4, MONEY-13
def test_a_credit_that_covers_a_reversal_is_never_booked_by_one_person(desk: Desk) -> None:
    wrong = desk.enter()
    desk.approve(wrong)
    adjust = partial(enter_adjustment, actor=desk.first, amount_fen=30_00, reason="错充已花掉，平台先垫", now=NOW)
    with override_settings(ADJUSTMENT_LIMIT_FEN=50_00):
        before = adjust(reseller_id=desk.her.id, is_credit=True, key="before")
        reversal = desk.reverse(wrong)
        credit = adjust(reseller_id=desk.her.id, is_credit=True, key="c")
        assert (credit.state, credit.is_within_limit, desk.wallet_fen) == (RequestState.WAITING, False, 130_00)
        other = adjust(reseller_id=desk.market.reseller().id, is_credit=True, key="other")
        debit = adjust(reseller_id=desk.her.id, is_credit=False, key="debit")
        assert {each.state for each in (before, other, debit)} == {RequestState.APPROVED}
        desk.approve(reversal, credit)
        assert desk.wallet_fen == 30_00
        assert adjust(reseller_id=desk.her.id, is_credit=True, key="after").state is RequestState.APPROVED
    assert all_violations() == []


# MONEY-4
def test_a_wrong_deposit_is_reversed(desk: Desk) -> None:
    booked = MoneyRequest.objects.get(kind="deposit")
    assert get_request(booked.pk).can_be_reversed
    reversal = entering.enter_reversal(actor=desk.first, request_id=booked.pk, reason="别的品牌的", now=NOW)
    waits = get_request(booked.pk)
    assert (waits.reversal_id, waits.can_be_reversed) == (reversal.id, False)
    desk.approve(reversal)
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT, desk.market.brand_id)) == 0
    assert Event.objects.get(kind="deposit_reversed").brand_id == desk.market.brand_id
    assert all_violations() == []


def test_requests_are_found_by_state_reference_and_name(desk: Desk) -> None:
    desk.approve(desk.enter())
    waiting = desk.enter(reference="CCB-77")

    def found(**filters: Any) -> list[str]:
        return [each.reference for each in list_requests(**filters).items]

    assert found(state="waiting") == [waiting.reference]
    assert found(query="ccb") == ["CCB-77"]
    assert found(query=desk.her.actor.name) == ["CCB-77", "ICBC-1"]
    assert found(query="无此人") == []


def test_a_third_person_sees_the_same(desk: Desk) -> None:
    third = person(Role.FINANCE)
    request = desk.enter()
    desk.approve(request, by=third)
    assert desk.wallet_fen == 100_00


# MONEY-4
def test_a_rebooked_reference_takes_the_next_free_number(desk: Desk) -> None:
    desk.approve(desk.enter(reference="ICBC-1/2", amount_fen=1_00))
    wrong = desk.enter()
    desk.approve(wrong)
    desk.approve(desk.reverse(wrong))
    desk.approve(desk.enter(amount_fen=90_00))
    assert MoneyRequest.objects.get(amount_fen=90_00).booked_as == "top-up:ICBC-1/3"
    assert desk.wallet_fen == 91_00
    assert all_violations() == []


# MONEY-4
def test_a_reference_that_is_written_like_a_rebooked_one_is_booked(desk: Desk) -> None:
    wrong = desk.enter()
    desk.approve(wrong)
    desk.approve(desk.reverse(wrong))
    desk.approve(desk.enter(amount_fen=90_00), desk.enter(amount_fen=5_00, reference="ICBC-1/2"))
    assert MoneyRequest.objects.get(amount_fen=5_00).booked_as == "top-up:ICBC-1/2/2"
    assert desk.wallet_fen == 95_00
    assert all_violations() == []


# MONEY-4
def test_the_longest_reference_can_be_rebooked(desk: Desk) -> None:
    wrong = desk.enter(reference="9" * MAX_ENTERED_REFERENCE)
    desk.approve(wrong)
    desk.approve(desk.reverse(wrong))
    desk.approve(desk.enter(reference="9" * MAX_ENTERED_REFERENCE, amount_fen=90_00))
    assert desk.wallet_fen == 90_00
