"""Accounts that are closed while their money is asked for: it leaves once, and one closing stands (MONEY-17)."""

from collections.abc import Callable
from functools import partial

import pytest

from accounts.models import Person
from closings.models import AccountClosing
from closings.selectors.closings import ClosingView
from closings.services import closing
from closings.services.closing import ClosingNotWaiting, StillOpen
from invoices.models import InvoiceCorrection, InvoiceRequest
from invoices.services.corrections import ask_correction
from invoices.services.owners import AccountIsClosed
from invoices.services.titles import save_title
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.orders import get_wallet_balance_fen
from tests.builders import NOW, Marketplace
from tests.contention.concurrency import run_concurrently, while_uncommitted
from tests.invoices.desk import LATER, PERSON, Desk
from tests.one_time_codes import one_time_code
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.services.withdrawals import request_withdrawal

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


class Leaver:
    """A reseller with ¥100 and an account that is paid to, who wants to leave."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.her = self.market.reseller(wallet_fen=100_00)
        self.market.money.account_of_reseller(self.her.id, now=NOW)

    def ask(self, key: str = "k") -> ClosingView:
        return closing.request_own_closing(actor=self.her.actor, reason="不做了", key=key, now=NOW)

    def approve(self, closing_id: int, code: str) -> object:
        return closing.approve_closing(actor=self.market.second_finance, closing_id=closing_id, code=code, now=NOW)

    def withdraw(self) -> object:
        return request_withdrawal(actor=self.her.actor, amount_fen=100_00, key="w", now=NOW)

    @property
    def balances(self) -> tuple[int, int]:
        in_transit = get_balance_fen(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, self.her.id))
        return get_wallet_balance_fen(self.her.id), in_transit


@pytest.fixture
def leaver() -> Leaver:
    return Leaver()


def test_six_requests_at_once_are_one(leaver: Leaver) -> None:
    answers = run_concurrently([partial(leaver.ask, f"k{number % 2}") for number in range(6)])
    assert len({answer.id for answer in answers if isinstance(answer, ClosingView)}) == 1
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert AccountClosing.objects.count() == 1


def test_closing_and_withdrawing_the_same_money_do_one_of_them(leaver: Leaver) -> None:
    asked = leaver.ask()
    # The control: each alone is possible with what she has; both together are not.
    assert leaver.balances == (100_00, 0)
    code = one_time_code(leaver.market.second_finance, now=NOW)
    answers = run_concurrently([partial(leaver.approve, asked.id, code), leaver.withdraw])
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    assert leaver.balances == (0, 100_00)
    assert MoneyRequest.objects.filter(kind="withdrawal").count() == 1
    is_closed = AccountClosing.objects.get().state == "closed"
    assert Person.objects.get(pk=leaver.her.actor.own_id).is_active != is_closed
    assert all_violations() == []


def test_two_approvals_at_once_close_once(leaver: Leaver) -> None:
    asked = leaver.ask()
    code = one_time_code(leaver.market.second_finance, now=NOW)
    answers = run_concurrently([partial(leaver.approve, asked.id, code)] * 3)
    assert sum(isinstance(answer, ClosingView) for answer in answers) == 1
    assert sum(isinstance(answer, ClosingNotWaiting) for answer in answers) == 2
    assert leaver.balances == (0, 100_00)
    assert all_violations() == []


class AskingLeaver:
    """A reseller who may close her account, with an order to invoice and an issued invoice."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.market, self.her = self.desk.market, self.desk.her
        self.order = self.desk.order()
        [self.issued] = self.desk.ask(self.desk.order(), key="issued")
        self.desk.issue(self.issued)
        self.title = save_title(actor=self.her.actor, fields=PERSON, now=LATER)
        self.market.money.account_of_reseller(self.her.id, now=LATER)
        self.closing_id = closing.request_own_closing(actor=self.her.actor, reason="不做了", key="k", now=LATER).id
        self.code = one_time_code(self.market.second_finance, now=LATER)

    def approve(self) -> object:
        second = self.market.second_finance
        return closing.approve_closing(actor=second, closing_id=self.closing_id, code=self.code, now=LATER)

    def ask_invoice(self) -> object:
        return self.desk.ask(self.order, key="late")

    def ask_correction(self) -> object:
        asked, title = self.issued.id, self.title.id
        return ask_correction(actor=self.her.actor, request_id=asked, title_id=title, reason="开给个人", now=LATER)


@pytest.mark.parametrize("ask", [AskingLeaver.ask_invoice, AskingLeaver.ask_correction])
def test_a_closing_sees_what_is_being_asked_for(ask: Callable[[AskingLeaver], object]) -> None:
    leaver = AskingLeaver()
    answer = while_uncommitted(partial(ask, leaver), leaver.approve)
    assert isinstance(answer, StillOpen)
    assert answer.open == ["invoices"]
    assert AccountClosing.objects.get().state == "waiting"
    assert all_violations() == []


@pytest.mark.parametrize("ask", [AskingLeaver.ask_invoice, AskingLeaver.ask_correction])
def test_nothing_is_asked_for_behind_a_closing(ask: Callable[[AskingLeaver], object]) -> None:
    leaver = AskingLeaver()
    assert isinstance(while_uncommitted(leaver.approve, partial(ask, leaver)), AccountIsClosed)
    assert AccountClosing.objects.get().state == "closed"
    assert (InvoiceRequest.objects.count(), InvoiceCorrection.objects.count()) == (1, 0)
    assert all_violations() == []
