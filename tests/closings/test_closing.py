"""Accounts that are closed: nothing is open, two people, what is left is paid out, and nobody signs in (MONEY-17, MONEY-18)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Person
from accounts.rules import Actor
from accounts.services.one_time_codes import CodeNotSetUp, CodeRequired
from accounts.services.people import AccountClosed, reactivate
from bank_statements.services.claims import ClaimFields, cancel_claim, make_claim
from brands.models import Brand
from brands.services import InvalidBrandTransition, add_clerk, admit_brand, suspend_brand
from closings.models import AccountClosing
from closings.rules import ClosingState, OpenKind, open_things, sentence_of
from closings.selectors.closings import ClosingView, NoSuchClosing, get_closing
from closings.selectors.open_things import list_open_of_brand, list_open_of_reseller
from closings.services import closing
from closings.services.closing import AccountIsClosed, ClosingNotWaiting, NotClosed, OwnClosing, StillOpen
from flashsales.services.ending import close_ended
from kernel.clock import set_to
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.grab import cancel_unpaid
from orders.services.provider_payments import book
from orders.services.shipping import ship
from payments.models import Payment
from payments.rules.payments import PaymentReport, ReportedState
from payments.services.port import ProvenReport
from settlement.services.statements import close, generate_statement
from tests.builders import HOUR, NOW, PASSWORD, Daigou, Marketplace, item_of
from tests.one_time_codes import one_time_code
from tests.payments.made import ACCOUNT, make_differing_payment
from tests.statements import settle_draft
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestState
from treasury.selectors.bank_accounts import NoPayeeAccount
from treasury.services.withdrawals import NothingToWithdraw, request_withdrawal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SETTLED = NOW + 20 * DAY


class Desk:
    """Two people of finance, and a reseller with ¥1,000 and an account that is paid to."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.money = self.market.money
        self.her: Daigou = self.market.reseller(wallet_fen=1000_00)
        self.money.account_of_reseller(self.her.id, now=NOW)

    def ask(self, *, key: str = "k") -> ClosingView:
        return closing.request_own_closing(actor=self.her.actor, reason="不做了", key=key, now=NOW)

    def approve(self, asked: ClosingView, *, actor: Actor | None = None, code: str | None = None) -> ClosingView:
        second = actor or self.money.second
        code = one_time_code(second, now=NOW) if code is None else code
        return closing.approve_closing(actor=second, closing_id=asked.id, code=code, now=NOW)

    @property
    def wallet(self) -> tuple[int, int]:
        in_transit = get_balance_fen(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, self.her.id))
        return get_wallet_balance_fen(self.her.id), in_transit

    @property
    def her_person(self) -> Person:
        return Person.objects.get(pk=self.her.actor.own_id)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@given(st.dictionaries(st.sampled_from(OpenKind), st.integers(0, 5)))
def test_what_is_open_is_named_once_in_order(counts: dict[OpenKind, int]) -> None:
    found = open_things(counts)
    assert {each.kind: each.count for each in found} == {kind: count for kind, count in counts.items() if count}
    assert [each.kind for each in found] == [kind for kind in OpenKind if counts.get(kind)]
    for is_chinese in (True, False):
        assert "{" not in sentence_of(found, is_chinese=is_chinese)


# MONEY-17
# ACCOUNT-14
def test_a_reseller_asks_and_what_is_left_goes_to_her_bank(desk: Desk) -> None:
    asked = desk.ask()
    assert (asked.state, asked.requested_by_id, desk.wallet) == (
        ClosingState.WAITING,
        desk.her.actor.own_id,
        (1000_00, 0),
    )
    assert desk.ask() == asked == desk.ask(key="another")
    with pytest.raises(CodeNotSetUp):
        desk.approve(asked, code="")
    one_time_code(desk.money.second, now=NOW)
    with pytest.raises(CodeRequired):
        desk.approve(asked, code="")
    assert (desk.wallet, desk.her_person.is_active) == ((1000_00, 0), True)
    done = desk.approve(asked)
    assert (done.state, done.paid_fen, desk.wallet) == (ClosingState.CLOSED, 1000_00, (0, 1000_00))
    request = MoneyRequest.objects.get(pk=done.request_id or 0)
    assert (request.kind, request.state, request.amount_fen) == ("withdrawal", "approved", 1000_00)
    assert (request.entered_by_id, request.decided_by_id) == (desk.her.actor.own_id, desk.money.second.own_id)
    assert (desk.her_person.is_active, desk.her_person.closed_at) == (False, NOW)
    assert all_violations() == []
    with pytest.raises(AccountClosed):
        reactivate(actor=desk.market.ops, person_id=desk.her.actor.own_id, reason="回来了", now=NOW)
    with pytest.raises(ClosingNotWaiting):
        desk.approve(asked)
    with pytest.raises(AccountIsClosed):
        closing.request_closing_of_reseller(
            actor=desk.money.first, reseller_id=desk.her.id, reason="再关", key="x", now=NOW
        )
    desk.money.transfer([request.pk], "B-1", now=NOW)
    assert (desk.wallet, MoneyRequest.objects.get(pk=request.pk).state) == ((0, 0), "paid")
    actions = AuditEntry.objects.filter(subject_kind="account_closing").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["closings.request", "closings.closed"]
    assert all_violations() == []


def test_an_empty_account_is_closed_without_an_account_or_a_code() -> None:
    market = Marketplace()
    her = market.reseller()
    asked = closing.request_own_closing(actor=her.actor, reason="不做了", key="k", now=NOW)
    done = closing.approve_closing(actor=market.second_finance, closing_id=asked.id, now=NOW)
    assert (done.state, done.paid_fen, done.request_id) == (ClosingState.CLOSED, 0, None)
    assert all_violations() == []


def test_money_without_a_bank_account_is_refused() -> None:
    her = Marketplace().reseller(wallet_fen=5_00)
    with pytest.raises(NoPayeeAccount):
        closing.request_own_closing(actor=her.actor, reason="不做了", key="k", now=NOW)
    assert not AccountClosing.objects.exists()


def test_everything_that_is_open_is_named(desk: Desk) -> None:
    market, her = desk.market, desk.her
    sku = market.sku(units=9, base_price_fen=10_00)
    item = item_of(market.sale(sku), sku)
    unpaid = her.grab(item)
    market.paid_order(her, item)
    request_withdrawal(actor=her.actor, amount_fen=20_00, key="w", now=NOW)
    claim = make_claim(actor=her.actor, fields=ClaimFields(5_00, NOW.date(), "王小美"), now=NOW)
    kinds = [each.kind for each in list_open_of_reseller(her.id, at=NOW)]
    assert kinds == [
        OpenKind.UNPAID_ORDERS, OpenKind.UNSHIPPED_ORDERS, OpenKind.TRANSFER_CLAIMS, OpenKind.MONEY_REQUESTS
    ]  # fmt: skip
    with pytest.raises(StillOpen) as refused:
        desk.ask()
    assert refused.value.open == [each.value for each in kinds]
    assert "未付订单 1 张、未发完的订单 1 张、等核对的转账登记 1 笔、待复核或待付的资金 1 笔" in refused.value.sentence(
        "zh"
    )
    assert "1 unpaid orders, 1 orders that are not shipped whole" in refused.value.sentence("en")
    assert not AccountClosing.objects.exists()
    cancel_unpaid(actor=her.actor, order_id=unpaid.id, now=NOW)
    cancel_claim(actor=her.actor, claim_id=claim.id, now=NOW)
    assert len(list_open_of_reseller(her.id, at=NOW)) == 2


def test_a_payment_that_was_booked_is_not_open_though_a_later_report_differs(desk: Desk) -> None:
    payment_id = make_differing_payment(desk.her.id, amount_fen=5_00, arrived_fen=5_00, now=NOW)
    paid = Payment.objects.get(pk=payment_id)
    report = PaymentReport(paid.number, ReportedState.PAID, "wx1", "190", paid.transaction_id, 1, "CNY", NOW)
    book(ProvenReport(report, "{}"), ACCOUNT, NOW)
    paid.refresh_from_db()
    assert (paid.state, paid.difference) == ("paid", "amount")
    assert list_open_of_reseller(desk.her.id, at=NOW) == []


def test_what_was_opened_after_the_request_stops_the_approval(desk: Desk) -> None:
    asked = desk.ask()
    sku = desk.market.sku(units=9, base_price_fen=10_00)
    order = desk.her.grab(item_of(desk.market.sale(sku), sku))
    with pytest.raises(StillOpen):
        desk.approve(asked)
    assert (get_closing(asked.id).state, desk.wallet, desk.her_person.is_active) == (
        ClosingState.WAITING, (1000_00, 0), True
    )  # fmt: skip
    cancel_unpaid(actor=desk.her.actor, order_id=order.id, now=NOW)
    assert desk.approve(asked).state is ClosingState.CLOSED
    assert all_violations() == []


def test_who_asks_does_not_approve_and_others_do_not_cancel(desk: Desk) -> None:
    first, second = desk.money.first, desk.money.second
    asked = closing.request_closing_of_reseller(
        actor=first, reseller_id=desk.her.id, reason="长期不登录", key="k", now=NOW
    )
    for actor, refusal in ((first, OwnClosing), (desk.market.ops, Refusal), (desk.her.actor, Refusal)):
        with pytest.raises(refusal):
            closing.approve_closing(actor=actor, closing_id=asked.id, code="000000", now=NOW)
    with pytest.raises(NoSuchClosing):
        closing.cancel_closing(actor=desk.her.actor, closing_id=asked.id, now=NOW)
    for act in (closing.request_closing_of_reseller, closing.request_closing_of_brand):
        owner = {"reseller_id": desk.her.id} if act is closing.request_closing_of_reseller else {"brand_id": 1}
        with pytest.raises(Refusal):
            act(actor=desk.market.ops, reason="x", key="o", now=NOW, **owner)
    refused = closing.refuse_closing(actor=second, closing_id=asked.id, reason="还有邀请奖励", now=NOW)
    assert (refused.state, refused.decision_reason) == (ClosingState.REFUSED, "还有邀请奖励")
    again = closing.request_closing_of_reseller(
        actor=first, reseller_id=desk.her.id, reason="长期不登录", key="k2", now=NOW
    )
    assert closing.cancel_closing(actor=first, closing_id=again.id, now=NOW).state is ClosingState.CANCELLED
    assert (desk.wallet, desk.her_person.is_active) == ((1000_00, 0), True)
    assert all_violations() == []


# MONEY-18
def test_what_comes_back_after_the_closing_is_paid_again(desk: Desk) -> None:
    done = desk.approve(desk.ask())
    with pytest.raises(NothingToWithdraw):
        closing.pay_late_money(actor=desk.money.first, closing_id=done.id, key="l", now=NOW)
    desk.money.transfer([done.request_id or 0], "B-1", now=NOW)
    desk.money.return_from_bank(done.request_id or 0, now=NOW + HOUR)
    assert desk.wallet == (1000_00, 0)
    assert all_violations() == []
    with pytest.raises(NoPayeeAccount):
        closing.pay_late_money(actor=desk.money.first, closing_id=done.id, key="l", now=NOW + HOUR)
    later = NOW + 5 * DAY
    desk.money.account_of_reseller(desk.her.id, now=later)
    entered = closing.pay_late_money(actor=desk.money.first, closing_id=done.id, key="l", now=later)
    assert closing.pay_late_money(actor=desk.money.first, closing_id=done.id, key="l", now=later) == entered
    assert (entered.state, desk.wallet) == (RequestState.WAITING, (0, 1000_00))
    assert all_violations() == []
    desk.money.approve(entered, now=later)
    desk.money.transfer([entered.id], "B-2", now=later)
    assert desk.wallet == (0, 0)
    assert all_violations() == []


def test_late_money_of_an_open_account_is_not_paid_so(desk: Desk) -> None:
    asked = desk.ask()
    with pytest.raises(NotClosed):
        closing.pay_late_money(actor=desk.money.first, closing_id=asked.id, key="l", now=NOW)
    assert desk.wallet == (1000_00, 0)


def test_a_brand_is_closed_when_all_is_settled_and_its_deposit_goes_back(desk: Desk) -> None:
    market, money = desk.market, desk.money
    brand_id = market.brand_id
    sku = market.sku()
    sale_id = market.sale(sku)
    market.paid_order(desk.her, item_of(sale_id, sku))
    kinds = [each.kind for each in list_open_of_brand(brand_id, at=NOW)]
    assert kinds == [OpenKind.COOPERATION, OpenKind.SALES, OpenKind.UNSETTLED]
    with pytest.raises(StillOpen):
        closing.request_own_closing(actor=market.clerk, reason="合同到期", key="k", now=NOW)
    parcel = list_consignments(at=NOW, brand_id=brand_id).items[0]
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF10000001", now=NOW + HOUR)
    close_ended(now=NOW + 49 * HOUR)
    drawn = generate_statement(actor=market.finance, sale_id=sale_id, now=NOW + 49 * HOUR)
    suspend_brand(actor=market.ops, brand_id=brand_id, reason="合同到期", now=SETTLED)
    statement_id = settle_draft(market, drawn.id, now=SETTLED).id
    assert [each.kind for each in list_open_of_brand(brand_id, at=SETTLED)] == [OpenKind.UNSETTLED]
    money.pay_out(statement_id, "B-1", now=SETTLED)
    close(actor=market.clerk, statement_id=statement_id, now=SETTLED)
    assert list_open_of_brand(brand_id, at=SETTLED) == []
    asked = closing.request_own_closing(actor=market.clerk, reason="合同到期", key="k", now=SETTLED)
    code = one_time_code(money.second, now=SETTLED + HOUR)
    done = closing.approve_closing(actor=money.second, closing_id=asked.id, code=code, now=SETTLED + HOUR)
    assert (done.state, done.paid_fen) == (ClosingState.CLOSED, 10_000_00)
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT, brand_id)) == 0
    assert Brand.objects.get(pk=brand_id).status == "closed"
    assert not Person.objects.filter(staff__brand_id=brand_id, is_active=True).exists()
    money.transfer([done.request_id or 0], "B-2", now=SETTLED + 2 * HOUR)
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT_IN_TRANSIT, brand_id)) == 0
    for act in (
        lambda: admit_brand(actor=market.ops, brand_id=brand_id, now=SETTLED),
        lambda: add_clerk(
            actor=market.ops, brand_id=brand_id, login="neuer", name="新人", password=PASSWORD, now=SETTLED
        ),
    ):
        with pytest.raises(InvalidBrandTransition):
            act()
    assert all_violations() == []


def test_the_database_refuses_a_closing_of_one_person(desk: Desk) -> None:
    asked = desk.ask()
    with pytest.raises(IntegrityError, match="account_closing_two_people"), transaction.atomic():
        AccountClosing.objects.filter(pk=asked.id).update(
            state="closed", decided_by=desk.her.actor.own_id, decided_at=NOW
        )


@set_to(NOW)
def test_pages_of_all_three_faces(desk: Desk) -> None:

    def signed_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(Person.objects.get(pk=actor.own_id))
        return client

    shop, finance = signed_in(desk.her.actor), signed_in(desk.money.second)
    page = shop.get("/shop/wallet/close-account/").content.decode()
    assert "1,000" in page
    key = page.split('name="key" value="')[1].split('"')[0]
    page = shop.post("/shop/wallet/close-account/", {"reason": "不做了", "key": key}, follow=True).content.decode()
    assert "等财务复核" in page
    asked = AccountClosing.objects.get()
    assert f"#{asked.pk}" in finance.get("/console/account-closings/").content.decode()
    code = one_time_code(desk.money.second, now=NOW)
    place = f"/console/account-closings/{asked.pk}/"
    assert "关闭账户并退还余款" in finance.get(place).content.decode()
    finance.post(place, {"form_action": "approve", "approve-code": code})
    assert AccountClosing.objects.get().state == "closed"
    assert shop.get("/shop/wallet/").status_code == 302
    portal = signed_in(desk.market.clerk)
    page = portal.post("/portal/close-account/", {"reason": "到期", "key": "p"}).content.decode()
    assert "合作没有暂停" in page
    assert AccountClosing.objects.count() == 1
    member = desk.market.reseller()
    first = signed_in(desk.money.first)
    sent = {"form_action": "close_account", "close_account-reason": "不登录", "close_account-key": "m"}
    first.post(f"/console/members/{member.id}/", sent)
    assert AccountClosing.objects.latest("pk").reseller_id == member.id


@set_to(NOW)
def test_api_names_what_is_open_and_closes(desk: Desk) -> None:
    client = Client()
    client.force_login(Person.objects.get(pk=desk.her.actor.own_id))
    answer = client.get("/api/v1/account-closing").json()
    assert (answer["open"], answer["closing"]) == ([], None)
