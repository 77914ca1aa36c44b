"""The life of a statement: sent, disputed line by line, confirmed, settled, paid, closed (SETTLE-2 to SETTLE-6)."""

import io
from datetime import datetime, timedelta

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.rules import NotAllowed
from events.models import Event
from flashsales.services.ending import close_ended
from ledger.rules import COMMISSION, AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.models.lines import OrderLine
from orders.selectors.consignments import list_consignments
from orders.selectors.sold import LineFilter, iterate_paid_lines, list_paid_lines
from orders.services.shipping import ship
from settlement import sql, workbook
from settlement.models import Statement, StatementDispute, StatementItem
from settlement.rules.disputes import DisputeState, adjustment_fen, is_possible_figure
from settlement.rules.periods import StatementKind
from settlement.rules.statements import TRANSITIONS, StatementAct, StatementState, state_at, total_lines
from settlement.selectors.disputes import list_disputes
from settlement.selectors.statements import NoSuchStatement, get_statement, list_due
from settlement.services import disputes, many
from settlement.services import statements as services
from settlement.services.disputes import AnswerDraft, DisputeDraft
from settlement.sql import LineScope
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.rolled_back import rolled_back
from tests.violations import all_violations

END = NOW + 48 * HOUR
DAY = timedelta(days=1)
OVER = END + 7 * DAY

# (units, refunded units, price, share of the brand in percent, refund adjustment in percent of what may be adjusted, claim)
figures = st.tuples(
    st.integers(1, 50), st.integers(0, 50), st.integers(1, 10**6), st.integers(0, 100), st.integers(-100, 100), st.integers(0, 99)
).filter(lambda each: each[1] <= each[0])  # fmt: skip


def sold_lines(market: Marketplace, count: int = 3) -> int:
    """An ended sale of which `count` lines were sold and shipped, two units each at ¥100: ¥80 for the brand."""
    skus = [market.sku(units=10, base_price_fen=100_00) for _ in range(count)]
    sale_id = market.sale(*skus)
    buyer: Daigou = market.reseller(wallet_fen=9000_00)
    for sku in skus:
        market.paid_order(buyer, item_of(sale_id, sku), 2)
    for number, parcel in enumerate(list_consignments(at=END, brand_id=market.brand_id, state="to_ship").items):
        ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no=f"SF1234567{number}", now=NOW)
    close_ended(now=END)
    return sale_id


def drawn(market: Marketplace, count: int = 3) -> int:
    sale_id = sold_lines(market, count)
    return services.generate_statement(actor=market.finance, sale_id=sale_id, now=END).id


def sent(market: Marketplace, count: int = 3) -> tuple[int, list[int]]:
    """A statement that was sent, and its lines."""
    statement_id = drawn(market, count)
    services.send(actor=market.finance, statement_id=statement_id, now=OVER)
    lines = StatementItem.objects.filter(statement=statement_id).order_by("line_id").values_list("line_id", flat=True)
    return statement_id, list(lines)


def dispute(market: Marketplace, statement_id: int, line_id: int, claimed_fen: int, now: datetime = OVER) -> None:
    lines = [DisputeDraft(line_id, claimed_fen, "少算一件")]
    disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=lines, now=now)


def balance(kind: AccountKind, market: Marketplace) -> int:
    return get_balance_fen(AccountRef(kind, market.brand_id))


# SETTLE-4
def test_every_act_leads_forward_and_only_returned_money_opens_the_end() -> None:
    order = list(StatementState)
    for (state, act), after in TRANSITIONS.items():
        assert act in (StatementAct.ANSWER_LAST, StatementAct.TAKE_BACK) or order.index(after) >= order.index(state)
    assert {act for state, act in TRANSITIONS if state is StatementState.CLOSED} == {StatementAct.TAKE_BACK}


@given(st.sampled_from(StatementState), st.integers(-5, 5))
def test_only_a_statement_that_was_sent_lapses_at_its_instant(state: StatementState, minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    expected = StatementState.CONFIRMED if state is StatementState.SENT and minutes >= 0 else state
    assert state_at(state, NOW, at) is expected


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_accepted_figure_makes_the_line_pay_what_the_brand_claims(claimed: int, sold: int, payable: int) -> None:
    possible = is_possible_figure(claimed, sold_fen=sold, payable_fen=payable)
    assert possible == (claimed <= sold and claimed != payable)
    change = adjustment_fen(DisputeState.ACCEPTED, claimed_fen=claimed, payable_fen=payable)
    assert payable + change == claimed
    assert adjustment_fen(DisputeState.KEPT, claimed_fen=claimed, payable_fen=payable) == 0


@pytest.mark.django_db
class TestLife:
    # SETTLE-1
    def test_total_sale_says_the_same_as_the_rule(self) -> None:
        market = Marketplace()
        sale_id = sold_lines(market)

        @settings(max_examples=25, deadline=None)
        @given(lines=st.lists(figures, min_size=3, max_size=3))
        def compare(lines: list[tuple[int, int, int, int, int, int]]) -> None:
            with rolled_back():
                rows = list(OrderLine.objects.filter(sale=sale_id).order_by("pk"))
                for row, (units, refunded, price, share, adjusted, claim) in zip(rows, lines, strict=True):
                    row.units, row.shipped_units, row.refunded_units, row.price_fen = units, units, refunded, price
                    row.payable_fen = price * share // 100
                    row.commission_fen = price - row.payable_fen
                    room = (units - refunded) * price if adjusted > 0 else refunded * price
                    row.refund_adjustment_fen = room * adjusted // 100 if adjusted > 0 else -(room * -adjusted // 100)
                    row.payable_adjustment_fen = -((units - refunded) * row.payable_fen * claim // 100)
                    row.carrier_claim_fen = claim
                    row.save()
                sums = sql.total_lines_of(LineScope(sale_id, market.brand_id, StatementKind.SALE, None))
                assert sums.totals == total_lines(iterate_paid_lines(sale_id))
                assert sums.totals.adds_up

        compare()

    # SETTLE-2
    def test_send_writes_the_lines_once_and_tells_the_brand(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        view = get_statement(statement_id)
        assert (view.state, view.confirm_by, view.totals.payable_fen) == (StatementState.SENT, OVER + 3 * DAY, 480_00)
        assert list(StatementItem.objects.values_list("payable_fen", flat=True)) == [160_00] * 3
        assert len(lines) == 3
        assert Event.objects.get(kind="statement_sent").brand_id == market.brand_id
        with pytest.raises(services.InvalidStatementTransition):
            services.send(actor=market.finance, statement_id=statement_id, now=OVER)
        assert StatementItem.objects.count() == 3
        assert all_violations() == []

    # SETTLE-2
    def test_the_statements_of_sending_do_not_grow_with_the_lines(self, django_assert_max_num_queries: object) -> None:
        market = Marketplace()
        few, many_lines = drawn(market, 1), drawn(market, 6)
        counts = []
        for statement_id in (few, many_lines):
            with django_assert_max_num_queries(40) as counted:  # type: ignore[operator]
                services.send(actor=market.finance, statement_id=statement_id, now=OVER)
            counts.append(len(counted))
        assert counts[0] == counts[1]

    # SETTLE-4
    def test_confirm_is_for_a_clerk_of_the_brand_and_settle_needs_it(self) -> None:
        market = Marketplace()
        statement_id, _ = sent(market)
        with pytest.raises(services.InvalidStatementTransition):
            services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        with pytest.raises(NoSuchStatement):
            services.confirm(actor=market.new_clerk(market.brand()), statement_id=statement_id, now=OVER)
        with pytest.raises(NotAllowed):
            services.confirm(actor=market.finance, statement_id=statement_id, now=OVER)
        assert get_statement(statement_id).state is StatementState.SENT
        view = services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
        assert (view.state, view.confirmed_by) == (StatementState.CONFIRMED, market.clerk.name)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        assert (balance(AccountKind.BRAND_PAYABLE, market), balance(AccountKind.BRAND_SETTLED, market)) == (0, 480_00)
        assert all_violations() == []

    # SETTLE-4
    def test_a_statement_that_nobody_disputed_in_time_is_confirmed_by_the_clock(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        due = OVER + 3 * DAY
        assert list_due(at=due - HOUR).to_settle == []
        assert [each.id for each in list_due(at=due).to_settle] == [statement_id]
        with pytest.raises(services.InvalidStatementTransition):
            dispute(market, statement_id, lines[0], 0, now=due)
        view = services.settle(actor=market.finance, statement_id=statement_id, now=due)
        assert (view.state, view.confirmed_at, view.confirmed_by) == (StatementState.SETTLED, due, None)
        assert all_violations() == []

    # SETTLE-4, SETTLE-6
    def test_record_what_lapsed_confirms_and_closes_once(self) -> None:
        market = Marketplace()
        statement_id, _ = sent(market)
        assert many.record_what_lapsed(now=OVER + DAY) == 0
        assert many.record_what_lapsed(now=OVER + 4 * DAY) == 1
        assert get_statement(statement_id).confirmed_at == OVER + 3 * DAY
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER + 4 * DAY)
        market.money.pay_out(statement_id, "ICBC-1", now=OVER + 4 * DAY)
        assert many.record_what_lapsed(now=OVER + 33 * DAY) == 0
        assert [many.record_what_lapsed(now=OVER + 34 * DAY) for _ in range(2)] == [1, 0]
        assert get_statement(statement_id).state is StatementState.CLOSED
        assert all_violations() == []

    # SETTLE-5
    def test_disputes_are_answered_one_by_one_and_adjust_what_is_payable(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        before = get_balance_fen(COMMISSION)
        dispute(market, statement_id, lines[0], 170_00)
        dispute(market, statement_id, lines[1], 100_00)
        first, second = list_disputes(statement_id)
        accepted = [AnswerDraft(first.id, True, "按品牌数字")]
        disputes.answer(actor=market.finance, statement_id=statement_id, answers=accepted, now=OVER + DAY)
        assert get_statement(statement_id).state is StatementState.DISPUTED
        with pytest.raises(disputes.NotOpen):
            disputes.answer(actor=market.finance, statement_id=statement_id, answers=accepted, now=OVER + DAY)
        kept = [AnswerDraft(second.id, False, "已核对")]
        view = disputes.answer(actor=market.finance, statement_id=statement_id, answers=kept, now=OVER + DAY)
        assert (view.state, view.confirm_by) == (StatementState.SENT, OVER + 4 * DAY)
        assert (view.totals.adjustments_fen, view.totals.payable_fen, view.totals.adds_up) == (10_00, 490_00, True)
        assert list(StatementItem.objects.values_list("payable_fen", flat=True)) == [160_00] * 3
        services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER + DAY)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER + DAY)
        assert balance(AccountKind.BRAND_SETTLED, market) == 490_00
        assert get_balance_fen(COMMISSION) == before - 10_00
        assert all_violations() == []
        sheets = openpyxl.load_workbook(io.BytesIO(workbook.write_statement_workbook(view)), data_only=True)
        sums = {row[0]: row[1] for row in sheets["结算单"].iter_rows(max_col=2, values_only=True)}
        assert (sums["明细应结"], sums["异议更正"], sums["应结货款"]) == (480.0, 10.0, 490.0)
        assert [row[5] for row in sheets["异议"].iter_rows(min_row=2, values_only=True)] == [10.0, 0.0]

    # SETTLE-5
    def test_a_dispute_that_is_not_possible_is_refused_with_its_line_and_writes_nothing(self) -> None:
        market = Marketplace()
        other_id, others = sent(market, 1)
        statement_id, lines = sent(market, 2)
        good = DisputeDraft(lines[0], 150_00, "少算")
        for bad, refusal in (
            (DisputeDraft(others[0], 1, "不是这张"), disputes.NoSuchItem),
            (DisputeDraft(lines[1], 160_00, "没有不同"), disputes.ImpossibleFigure),
            (DisputeDraft(lines[1], 200_01, "太多"), disputes.ImpossibleFigure),
            (DisputeDraft(lines[1], -1, "负数"), disputes.ImpossibleFigure),
        ):
            with pytest.raises(refusal) as refused:
                disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[good, bad], now=OVER)
            assert refused.value.line_id == bad.line_id  # type: ignore[attr-defined]
        with pytest.raises(disputes.NothingDisputed):
            disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[good, good], now=OVER)
        assert not StatementDispute.objects.exists()
        assert get_statement(statement_id).state is StatementState.SENT
        disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[good], now=OVER)
        with pytest.raises(disputes.AlreadyDisputed):
            disputes.dispute(actor=market.clerk, statement_id=statement_id, lines=[good], now=OVER)
        assert get_statement(other_id).state is StatementState.SENT
        assert all_violations() == []

    # SETTLE-7
    def test_many_are_sent_and_settled_at_once_and_a_refused_one_stops_no_other(self) -> None:
        market = Marketplace()
        ready, late = drawn(market, 1), drawn(market, 1)
        Statement.objects.filter(pk=late).update(state="closed")
        results = many.send_many(actor=market.finance, statement_ids=[late, ready, ready], now=OVER)
        assert [(each.statement_id, each.is_done) for each in results] == [(ready, True), (late, False)]
        assert results[1].code == "settlement.invalid_transition"
        settled = many.settle_many(actor=market.finance, statement_ids=[ready], now=OVER + 3 * DAY)
        assert [each.is_done for each in settled] == [True]
        with pytest.raises(many.NothingChosen):
            many.settle_many(actor=market.finance, statement_ids=[], now=OVER)
        with pytest.raises(NotAllowed):
            many.settle_many(actor=market.ops, statement_ids=[ready], now=OVER)

    # SETTLE-6
    def test_close_is_for_paid_statements(self) -> None:
        market = Marketplace()
        statement_id, _ = sent(market)
        with pytest.raises(services.InvalidStatementTransition):
            services.close(actor=market.clerk, statement_id=statement_id, now=OVER)
        services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
        services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
        market.money.pay_out(statement_id, "ICBC-1", now=OVER)
        assert services.close(actor=market.clerk, statement_id=statement_id, now=OVER).closed_at == OVER
        assert all_violations() == []

    def test_list_paid_lines_shows_the_lines_behind_a_figure(self) -> None:
        market = Marketplace()
        sale_id = sold_lines(market)
        first, second, _ = OrderLine.objects.filter(sale=sale_id).order_by("pk").values_list("pk", flat=True)
        OrderLine.objects.filter(pk=first).update(refunded_units=1, price_fen=100_00)
        OrderLine.objects.filter(pk=second).update(carrier_claim_fen=5)
        found = {
            only: [each.line_id for each in list_paid_lines(sale_id, name="lines", only=only).items]
            for only in LineFilter
        }
        assert found == {LineFilter.REFUNDED: [first], LineFilter.CLAIMED: [second], LineFilter.FREIGHT: []}
        page = list_paid_lines(sale_id, name="lines", limit=2)
        assert len(list_paid_lines(sale_id, name="lines", limit=2, cursor=page.next_cursor or "").items) == 1
