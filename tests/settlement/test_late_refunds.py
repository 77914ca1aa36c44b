"""Refunds after a statement was sent: netted by the next one, or paid from the deposit (SETTLE-12, SETTLE-15)."""

import io
from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Person
from accounts.rules import Actor, Role
from brands.services import suspend_brand
from closings.rules import OpenKind
from closings.selectors.open_things import list_open_of_brand, list_open_of_reseller
from closings.services import closing
from closings.services.closing import StillOpen
from events.models import Event
from kernel.clock import set_to
from ledger.rules import COMMISSION, AccountKind
from ledger.selectors.accounts import get_balance_fen
from orders.models.lines import OrderLine
from orders.selectors.orders import get_wallet_balance_fen
from settlement.models import BrandDebt, Statement, StatementItem
from settlement.rules.debts import DebtKind, late_part_fen
from settlement.rules.periods import StatementKind
from settlement.rules.statements import StatementState
from settlement.selectors.debts import get_open_debt_fen, list_debts_of
from settlement.selectors.late_refunds import LineNotSettled
from settlement.selectors.statements import get_statement
from settlement.services import statements as services
from settlement.services.debts import NotWhatIsOwed
from settlement.services.late_refunds import LateRefundTooHigh, ResellerClosed
from settlement.workbook import write_statement_workbook
from tests.builders import NOW, Marketplace
from tests.one_time_codes import one_time_code
from tests.rolled_back import rolled_back
from tests.settlement import test_periods as periods
from tests.settlement.test_life import DAY, OVER, balance, drawn, sent
from tests.statements import settle_draft
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.selectors.requests import MoneyRequestView
from treasury.services.adjustments import DebtIsThePlatforms, enter_deduction
from treasury.services.deposits import DepositTied, enter_deposit_return
from treasury.services.late_refunds import LineOfAnotherStatement, enter_late_refund


def entered(
    market: Marketplace, line_id: int, amount_fen: int, key: str = "", statement_id: int | None = None
) -> MoneyRequestView:
    return enter_late_refund(
        actor=market.money.first,
        line_id=line_id,
        amount_fen=amount_fen,
        reason="洗后开线",
        key=key or uuid4().hex,
        statement_id=statement_id,
        now=OVER,
    )


def refunded(market: Marketplace, line_id: int, amount_fen: int) -> MoneyRequestView:
    return market.money.approve(entered(market, line_id, amount_fen), now=OVER)


def left_by_the_brand(market: Marketplace) -> list[int]:
    """The lines of a statement that was paid and closed. Its brand is suspended: nothing stands against the closing of its account."""
    market.money.bank_account(brand_id=market.brand_id, now=OVER)
    statement_id, lines = sent(market)
    services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
    services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
    market.money.pay_out(statement_id, "ICBC-9", now=OVER)
    services.close(actor=market.finance, statement_id=statement_id, now=OVER)
    suspend_brand(actor=market.ops, brand_id=market.brand_id, reason="合同到期", now=OVER)
    return lines


def close_brand_account(market: Marketplace) -> None:
    asked = closing.request_closing_of_brand(
        actor=market.money.first, brand_id=market.brand_id, reason="合同到期", key="close", now=OVER
    )
    code = one_time_code(market.money.second, now=OVER)
    closing.approve_closing(actor=market.money.second, closing_id=asked.id, code=code, now=OVER)


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def deducted(market: Marketplace, amount_fen: int) -> MoneyRequestView:
    request = enter_deduction(
        actor=market.money.first, brand_id=market.brand_id, amount_fen=amount_fen, reason="还欠款", evidence="结算单",
        pays_debt=True, key=uuid4().hex, now=OVER,
    )  # fmt: skip
    return market.money.approve(request, now=OVER)


def adds_up(market: Marketplace) -> None:
    """What statements say is what the ledger says: the brand got, is owed and owes what its items give less its parts of late refunds."""
    ours = Statement.objects.filter(brand=market.brand_id)
    settled = ours.exclude(settled_at=None)
    items = StatementItem.objects.filter(statement__in=settled).aggregate(fen=Sum("payable_fen", default=0))["fen"]
    late = BrandDebt.objects.filter(brand=market.brand_id, kind=DebtKind.LATE_REFUND.value)
    late_fen = late.aggregate(fen=Sum("amount_fen", default=0))["fen"]
    forfeited = MoneyRequest.objects.filter(brand=market.brand_id, pays_debt=True, state="approved")
    from_deposit_fen = forfeited.aggregate(fen=Sum("amount_fen", default=0))["fen"]
    paid_fen = settled.aggregate(fen=Sum("payable_fen", default=0))["fen"]
    assert paid_fen - from_deposit_fen + balance(AccountKind.BRAND_DEBT, market) == items - late_fen
    assert balance(AccountKind.BRAND_SETTLED, market) == paid_fen


shares = st.integers(1, 10**5)
FIRST = NOW.date()
ACTS = ("refund", "send", "settle", "deduct", "send", "settle")


# SETTLE-15
@given(st.lists(st.integers(1, 10**4), min_size=1, max_size=6), shares, st.integers(0, 100))
def test_the_parts_of_a_brand_add_up_and_never_pass_what_the_line_gave_it(
    amounts: list[int], price_fen: int, percent: int
) -> None:
    payable_fen = price_fen * percent // 100
    units = sum(amounts) // price_fen + 1
    given_fen, before, borne = units * payable_fen, 0, 0
    for amount_fen in amounts:
        part_fen = late_part_fen(
            amount_fen=amount_fen,
            before_fen=before,
            price_fen=price_fen,
            payable_fen=payable_fen,
            left_fen=given_fen - borne,
        )
        assert 0 <= part_fen <= amount_fen
        before, borne = before + amount_fen, borne + part_fen
    assert borne == before * payable_fen // price_fen <= given_fen


@pytest.mark.django_db
class TestLateRefunds:
    # SETTLE-15
    def test_the_next_statement_pays_what_the_brand_bears_and_names_why(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        buyer_id = OrderLine.objects.get(pk=lines[0]).order.reseller_id
        wallet_fen, commission_fen = get_wallet_balance_fen(buyer_id), get_balance_fen(COMMISSION)
        request = refunded(market, lines[0], 50_00)
        assert (request.brand_part_fen, get_wallet_balance_fen(buyer_id)) == (40_00, wallet_fen + 50_00)
        assert (balance(AccountKind.BRAND_DEBT, market), get_balance_fen(COMMISSION)) == (
            -40_00,
            commission_fen - 10_00,
        )
        assert get_statement(statement_id).totals.payable_fen == 480_00
        assert all_violations() == []
        services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        second_id = drawn(market, 1)
        settle_draft(market, second_id, now=OVER)
        totals = get_statement(second_id).totals
        assert (totals.netted_fen, totals.payable_fen, totals.adds_up) == (40_00, 120_00, True)
        assert [
            (each.kind, each.line_id, each.reason, each.amount_fen)
            for each in list_debts_of(brand_id=market.brand_id, statement_id=second_id)
        ] == [(DebtKind.LATE_REFUND, lines[0], "洗后开线", 40_00)]
        book = openpyxl.load_workbook(io.BytesIO(write_statement_workbook(get_statement(second_id))))
        assert list(book["前欠"].values)[1:] == [(str(statement_id), str(lines[0]), "洗后开线", 40)]
        sums = {row[0]: row[1] for row in book["结算单"].values}
        assert sums["抵扣前欠"] == "=SUM(前欠!D2:D2)"
        assert (balance(AccountKind.BRAND_DEBT, market), get_open_debt_fen(market.brand_id)) == (0, 0)
        adds_up(market)
        assert all_violations() == []

    # SETTLE-15
    def test_the_order_says_what_was_refunded_late_and_the_reseller_of_which_order(self) -> None:
        market = Marketplace()
        _statement_id, lines = sent(market)
        request = entered(market, lines[0], 5_55)
        order = OrderLine.objects.select_related("order__reseller__person").get(pk=lines[0]).order
        person = order.reseller.person
        reseller = type(market.ops)(person.pk, Role(person.role), person.name)
        with set_to(OVER):
            console, shop = f"/console/orders/{order.pk}/", f"/shop/orders/{order.pk}/"
            waiting = signed_in(market.finance).get("/console/money-requests/").content.decode()
            assert "定稿后退款" in waiting
            assert "结算单定稿后退" not in signed_in(market.finance).get(console).content.decode()
            market.money.approve(request, now=OVER)
            assert "其中结算单定稿后退 ¥5.55" in signed_in(market.finance).get(console).content.decode()
            assert "¥5.55" in signed_in(reseller).get(shop).content.decode()
        event = Event.objects.get(kind="refunded_late")
        assert (event.reseller_id, event.data["order_id"], event.data["amount"]) == (
            order.reseller_id,
            order.pk,
            "5.55",
        )

    # SETTLE-15
    def test_never_more_goes_back_than_was_paid_however_it_is_cut(self) -> None:
        market = Marketplace()
        _, lines = sent(market)
        first, second = entered(market, lines[0], 150_00), entered(market, lines[0], 150_00)
        market.money.approve(first, now=OVER)
        for amount_fen in (50_01, 0):
            with pytest.raises(LateRefundTooHigh):
                entered(market, lines[0], amount_fen)
        with pytest.raises(LateRefundTooHigh):
            market.money.approve(second, now=OVER)
        assert refunded(market, lines[0], 50_00).brand_part_fen == 40_00
        assert balance(AccountKind.BRAND_DEBT, market) == -160_00
        with pytest.raises(LateRefundTooHigh) as refused:
            entered(market, lines[0], 1)
        assert refused.value.left_fen == 0
        assert BrandDebt.objects.count() == 2
        assert all_violations() == []

    def test_a_line_whose_statement_was_not_sent_is_refunded_as_after_sales(self) -> None:
        market = Marketplace()
        statement_id = drawn(market, 1)
        line_id = OrderLine.objects.get().pk
        with pytest.raises(LineNotSettled):
            entered(market, line_id, 1_00)
        services.send(actor=market.finance, statement_id=statement_id, now=OVER)
        assert entered(market, line_id, 1_00, "k").id == entered(market, line_id, 1_00, "k").id
        assert MoneyRequest.objects.filter(line=line_id).count() == 1

    # SETTLE-15
    def test_a_line_of_another_statement_is_refused_with_both_named(self) -> None:
        market = Marketplace()
        first_id, lines = sent(market)
        other_id, others = sent(market, 1)
        with pytest.raises(LineOfAnotherStatement) as refused:
            entered(market, others[0], 1_00, statement_id=first_id)
        assert refused.value.sentence("zh") == (
            f"明细 {others[0]} 不在结算单 #{first_id} 里，它在结算单 #{other_id} 里；请核对明细号"
        )
        assert not MoneyRequest.objects.filter(kind="wallet_credit").exists()
        assert entered(market, lines[0], 1_00, statement_id=first_id).line_id == lines[0]

    # SETTLE-15
    def test_the_api_refuses_a_line_of_another_statement_than_that_of_its_address(self) -> None:
        market = Marketplace()
        first_id, lines = sent(market)
        _, others = sent(market, 1)
        desk, path = signed_in(market.money.first), f"/api/v1/statements/{first_id}/late-refunds"
        body = {"amount": "50.00", "reason": "洗后开线", "key": "k"}
        with set_to(OVER):
            refused = desk.post(path, body | {"line_id": others[0]}, "application/json")
            assert (refused.status_code, refused.json()["code"]) == (409, "treasury.line_of_another_statement")
            assert not MoneyRequest.objects.filter(kind="wallet_credit").exists()
            answer = desk.post(path, body | {"line_id": lines[0]}, "application/json")
        assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
        assert MoneyRequest.objects.get(kind="wallet_credit").line_id == lines[0]

    # SETTLE-15
    def test_pages_compare_the_line_with_the_statement_and_show_the_approver_what_it_is(self) -> None:
        market = Marketplace()
        first_id, lines = sent(market)
        other_id, others = sent(market, 1)
        fields = {"amount_fen": "50", "reason": "洗后开线", "key": "k"}
        form = {f"late_refund-{name}": value for name, value in fields.items()} | {"form_action": "late_refund"}
        desk, address = signed_in(market.money.first), reverse("console:statement", args=[first_id])
        with set_to(OVER):
            page = desk.post(address, form | {"late_refund-line_id": str(others[0])}).content.decode()
            assert f"明细 {others[0]} 不在结算单 #{first_id} 里，它在结算单 #{other_id} 里" in page
            assert not MoneyRequest.objects.filter(kind="wallet_credit").exists()
            assert desk.post(address, form | {"late_refund-line_id": str(lines[0])}).status_code == 302
            request_id = MoneyRequest.objects.get(kind="wallet_credit").pk
            second = signed_in(market.money.second)
            page = second.get(reverse("console:money_request", args=[request_id])).content.decode()
        line = OrderLine.objects.select_related("brand", "sku__style").get(pk=lines[0])
        for shown in (
            reverse("console:statement", args=[first_id]),
            reverse("console:order", args=[line.order_id]),
            reverse("console:brand", args=[market.brand_id]),
            line.brand.name,
            line.sku.style.style_no,
            "¥200.00",
        ):
            assert shown in page

    # MONEY-17
    def test_a_late_refund_that_waits_keeps_the_accounts_of_both_open(self) -> None:
        market = Marketplace()
        lines = left_by_the_brand(market)
        buyer_id = OrderLine.objects.get(pk=lines[0]).order.reseller_id
        assert list_open_of_brand(market.brand_id, at=OVER) == []
        request = entered(market, lines[0], 50_00)
        for found in (list_open_of_brand(market.brand_id, at=OVER), list_open_of_reseller(buyer_id, at=OVER)):
            assert [(each.kind, each.count) for each in found] == [(OpenKind.MONEY_REQUESTS, 1)]
        with pytest.raises(StillOpen):
            close_brand_account(market)
        market.money.approve(request, now=OVER)
        assert [each.kind for each in list_open_of_brand(market.brand_id, at=OVER)] == [OpenKind.UNSETTLED]
        assert all_violations() == []

    # SETTLE-15, MONEY-17
    def test_the_platform_bears_all_where_the_account_of_the_brand_is_closed(self) -> None:
        market = Marketplace()
        lines = left_by_the_brand(market)
        close_brand_account(market)
        buyer_id = OrderLine.objects.get(pk=lines[0]).order.reseller_id
        wallet_fen, commission_fen = get_wallet_balance_fen(buyer_id), get_balance_fen(COMMISSION)
        assert refunded(market, lines[0], 50_00).brand_part_fen == 0
        assert (get_wallet_balance_fen(buyer_id), get_balance_fen(COMMISSION)) == (
            wallet_fen + 50_00,
            commission_fen - 50_00,
        )
        assert (get_open_debt_fen(market.brand_id), balance(AccountKind.BRAND_DEBT, market)) == (0, 0)
        with pytest.raises(LateRefundTooHigh) as refused:
            entered(market, lines[0], 150_01)
        assert refused.value.left_fen == 150_00
        assert all_violations() == []

    # SETTLE-15, MONEY-17
    def test_nothing_goes_back_to_a_reseller_whose_account_is_closed(self) -> None:
        market = Marketplace()
        _, lines = sent(market)
        request = entered(market, lines[0], 50_00)
        buyer = OrderLine.objects.get(pk=lines[0]).order.reseller
        wallet_fen = get_wallet_balance_fen(buyer.pk)
        # Her account is closed between the look and the booking.
        Person.objects.filter(pk=buyer.person_id).update(is_active=False, closed_at=OVER)
        with pytest.raises(ResellerClosed) as refused:
            market.money.approve(request, now=OVER)
        assert buyer.person.name in refused.value.sentence("zh")
        with pytest.raises(ResellerClosed):
            entered(market, lines[1], 1_00)
        assert get_wallet_balance_fen(buyer.pk) == wallet_fen
        assert list(MoneyRequest.objects.filter(kind="wallet_credit").values_list("state", flat=True)) == ["waiting"]
        assert BrandDebt.objects.count() == 0

    # SETTLE-15
    @pytest.mark.parametrize("kind", [StatementKind.MONTH, StatementKind.DELIVERY])
    def test_statements_of_periods_pay_it_alike(self, kind: StatementKind) -> None:
        market = periods.market_by(kind)
        lines = periods.sold(market, 1)
        first_id = periods.draw(market, FIRST, kind=kind)
        settle_draft(market, first_id, now=periods.DECEMBER_10)
        refunded(market, lines[0], 100_00)
        periods.sold(market, 1)
        second_id = next_statement(market, kind)
        assert get_statement(second_id).totals.netted_fen == 80_00
        settle_draft(market, second_id, now=get_statement(second_id).settleable_from + DAY)
        assert get_open_debt_fen(market.brand_id) == 0
        adds_up(market)
        assert all_violations() == []

    # SETTLE-12, MONEY-14
    def test_a_deposit_pays_all_that_a_brand_owes_so_that_it_gets_the_rest(self) -> None:
        market = Marketplace()
        market.money.bank_account(brand_id=market.brand_id, now=OVER)
        statement_id, lines = sent(market)
        refunded(market, lines[0], 50_00)
        services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        market.money.pay_out(statement_id, "ICBC-9", now=OVER)
        services.close(actor=market.finance, statement_id=statement_id, now=OVER)
        suspend_brand(actor=market.ops, brand_id=market.brand_id, reason="合同到期", now=OVER)
        deposit_fen = balance(AccountKind.DEPOSIT, market)
        with pytest.raises(DepositTied):
            returned(market, deposit_fen)
        for amount_fen in (39_99, 40_01):
            with pytest.raises(NotWhatIsOwed):
                deducted(market, amount_fen)
        with pytest.raises(DebtIsThePlatforms):
            enter_deduction(
                actor=market.money.first, brand_id=market.brand_id, amount_fen=40_00, reason="x", evidence="x",
                beneficiary_id=OrderLine.objects.get(pk=lines[0]).order.reseller_id, pays_debt=True, key="b", now=OVER,
            )  # fmt: skip
        assert balance(AccountKind.DEPOSIT, market) == deposit_fen
        request = deducted(market, 40_00)
        assert (balance(AccountKind.DEPOSIT, market), balance(AccountKind.BRAND_DEBT, market)) == (
            deposit_fen - 40_00,
            0,
        )
        assert [each.paid_as for each in BrandDebt.objects.all()] == [f"deposit_deduction:{request.id}"]
        assert list_open_of_brand(market.brand_id, at=OVER) == []
        assert returned(market, deposit_fen - 40_00).amount_fen == deposit_fen - 40_00
        assert all_violations() == []

    # SETTLE-12
    def test_what_a_statement_pays_meanwhile_is_not_paid_again(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        refunded(market, lines[0], 50_00)
        request = enter_deduction(
            actor=market.money.first, brand_id=market.brand_id, amount_fen=40_00, reason="还欠款", evidence="x",
            pays_debt=True, key="d", now=OVER,
        )  # fmt: skip
        services.send(actor=market.finance, statement_id=drawn(market, 1), now=OVER)
        deposit_fen = balance(AccountKind.DEPOSIT, market)
        with pytest.raises(NotWhatIsOwed) as refused:
            market.money.approve(request, now=OVER)
        assert (refused.value.owed_fen, balance(AccountKind.DEPOSIT, market)) == (0, deposit_fen)
        assert get_statement(statement_id).state is StatementState.SENT
        assert all_violations() == []

    # SETTLE-15
    def test_in_any_order_of_acts_statements_say_what_the_ledger_says(self) -> None:
        market = Marketplace()
        drafts = [drawn(market, 1) for _ in range(3)]

        @settings(max_examples=12, deadline=None)
        @given(acts=st.lists(st.sampled_from(ACTS), max_size=14), seed=st.integers(0, 10**6))
        def play(acts: list[str], seed: int) -> None:
            with rolled_back():
                play_acts(market, [*drafts], acts, seed)
                assert all_violations() == []

        play()


def play_acts(market: Marketplace, drafts: list[int], acts: list[str], seed: int) -> None:
    sent_ids: list[int] = []
    for number, act in enumerate(acts):
        amount_fen = (seed + 37 * number) % 90_00 + 1
        if act == "send" and drafts:
            sent_ids.append(drafts.pop())
            services.send(actor=market.finance, statement_id=sent_ids[-1], now=OVER)
        elif act == "settle":
            at = OVER + 4 * DAY
            for statement_id in sent_ids:
                if get_statement(statement_id).settled_at is None:
                    services.settle(actor=market.finance, statement_id=statement_id, now=at)
                    break
        elif act == "deduct" and (owed_fen := get_open_debt_fen(market.brand_id)):
            deducted(market, owed_fen)
        elif act == "refund":
            item = StatementItem.objects.filter(statement__brand=market.brand_id).order_by("-line_id").first()
            left_fen = 0 if item is None else left_of(item.line_id)
            if item and left_fen:
                refunded(market, item.line_id, min(amount_fen, left_fen))
        adds_up(market)


def left_of(line_id: int) -> int:
    late = MoneyRequest.objects.filter(line=line_id, state="approved").aggregate(fen=Sum("amount_fen", default=0))[
        "fen"
    ]
    return 200_00 - int(late)


def returned(market: Marketplace, amount_fen: int) -> MoneyRequestView:
    return enter_deposit_return(
        actor=market.finance,
        brand_id=market.brand_id,
        amount_fen=amount_fen,
        reason="终止合作",
        key=uuid4().hex,
        now=OVER,
    )


def next_statement(market: Marketplace, kind: StatementKind) -> int:
    """The statement of the next period, drawn once it is over."""
    day = FIRST + timedelta(days=30 if kind is StatementKind.MONTH else 1)
    return periods.draw(market, day, now=periods.DECEMBER_10 + 40 * DAY, kind=kind)
