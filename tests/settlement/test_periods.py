"""Statements by month and by delivery date (SETTLE-9)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, Person
from accounts.rules import Actor, NotAllowed
from aftersales.rules import CaseReason
from aftersales.services.cases import open_case, withdraw
from flashsales.models import Sale
from flashsales.services.ending import close_ended
from integrity.selectors.checks import all_violations, run_checks
from integrity.sql import Watermark, load_changed_ids
from kernel.clock import set_to
from ledger.rules import AccountKind
from orders.models.lines import OrderLine
from orders.selectors.consignments import list_consignments
from orders.services.shipping import ship
from settlement import sql
from settlement.models import BrandDebt, Statement, StatementItem
from settlement.rules.periods import (
    StatementKind,
    StatementPeriod,
    TermsFrom,
    draft_of,
    kind_on,
    last_complete_period,
    period_of,
    period_to_draw,
)
from settlement.rules.statements import StatementState
from settlement.selectors.statements import (
    count_open_statements,
    get_statement,
    iterate_lines,
    list_due,
    list_lines,
    list_sales_without_statement,
)
from settlement.selectors.summary import summarize
from settlement.selectors.terms import list_periods_to_draw, list_terms
from settlement.services import statements as services
from settlement.services import terms
from settlement.workbook import write_statement_workbook
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.rolled_back import rolled_back
from tests.settlement.test_life import balance

DAY = timedelta(days=1)
END = NOW + 48 * HOUR
BEFORE = NOW - 10 * DAY
NOVEMBER = date(2026, 11, 1)
DECEMBER_10 = datetime(2026, 12, 10, 4, tzinfo=UTC)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
kinds = st.sampled_from([StatementKind.MONTH, StatementKind.DELIVERY])


@given(kinds, days)
def test_periods_follow_each_other_without_a_gap(kind: StatementKind, day: date) -> None:
    period = period_of(kind, day)
    assert period.first_date <= day <= period.last_date
    after = period_of(kind, period.last_date + DAY)
    assert after.first_date == period.last_date + DAY
    assert last_complete_period(kind, after.first_date) == period


@given(kinds, days, days, st.lists(days), st.lists(days))
def test_period_to_draw_is_over_has_no_statement_and_covers_the_lines(
    kind: StatementKind, day: date, today: date, drawn_days: list[date], due_days: list[date]
) -> None:
    drawn = {period_of(kind, each).first_date for each in drawn_days}
    own = period_of(kind, day)
    over = {period_of(kind, each) for each in due_days}
    due = {each.first_date for each in over if each.last_date < today} - drawn
    found = period_to_draw(kind, own, drawn=drawn, due=due, today=today)
    if found is None:
        assert own.last_date >= today or last_complete_period(kind, today).first_date in drawn
    else:
        assert found.last_date < today
        assert found.first_date not in drawn
        assert found.last_date >= own.last_date
        assert not any(own.first_date < each < found.first_date for each in due if own.first_date in drawn)


@given(
    st.lists(st.builds(TermsFrom, st.sampled_from(StatementKind), days), unique_by=lambda each: each.from_date), days
)
def test_kind_on_is_that_of_the_latest_terms(known: list[TermsFrom], day: date) -> None:
    begun = sorted((each.from_date, each.kind) for each in known if each.from_date <= day)
    assert kind_on(known, day) is (begun[-1][1] if begun else StatementKind.SALE)


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def market_by(kind: StatementKind) -> Marketplace:
    market = Marketplace(now=NOW)
    terms.enter_terms(actor=market.ops, brand_id=market.brand_id, kind=kind, from_date=NOW.date(), now=BEFORE)
    return market


def sold(market: Marketplace, count: int = 3, *, shipped_at: datetime = NOW) -> list[int]:
    """An ended sale of so many lines of two units, ¥80 a unit for the brand; its lines."""
    skus = [market.sku(units=10, base_price_fen=100_00) for _ in range(count)]
    sale_id = market.sale(*skus)
    buyer = market.reseller(wallet_fen=9000_00)
    for sku in skus:
        market.paid_order(buyer, item_of(sale_id, sku), 2)
    for parcel in list_consignments(at=END, brand_id=market.brand_id, state="to_ship").items:
        ship(
            actor=market.clerk,
            consignment_id=parcel.id,
            carrier="顺丰",
            tracking_no=f"SF{parcel.id:08d}",
            now=shipped_at,
        )
    close_ended(now=END)
    return list(OrderLine.objects.filter(sale=sale_id).order_by("pk").values_list("pk", flat=True))


def draw(
    market: Marketplace,
    day: date = NOVEMBER,
    now: datetime = DECEMBER_10,
    *,
    kind: StatementKind = StatementKind.MONTH,
) -> int:
    found = services.generate_period_statement(
        actor=market.finance, brand_id=market.brand_id, kind=kind, day=day, now=now
    )
    return found.id


@pytest.mark.django_db
class TestPeriods:
    # SETTLE-9
    def test_the_sql_settles_an_ended_sale_as_the_rule_says(self) -> None:
        market = Marketplace()
        sold(market, 1)
        ends_on = END.date()

        @settings(max_examples=15, deadline=None)
        @given(st.lists(st.tuples(st.sampled_from(StatementKind), st.integers(-3, 3)), unique_by=lambda each: each[1]))
        def compare(known: list[tuple[StatementKind, int]]) -> None:
            with rolled_back():
                for kind, shift in known:
                    terms.enter_terms(
                        actor=market.ops,
                        brand_id=market.brand_id,
                        kind=kind,
                        from_date=ends_on + shift * DAY,
                        now=BEFORE,
                    )
                expected = kind_on(list_terms(market.brand_id), ends_on)
                unsettled = [each.kind for each in sql.list_unsettled() if each.brand_id == market.brand_id]
                by_sale = Sale.objects.filter(pk__in=[each.sale_id for each in list_sales_without_statement()])
                assert unsettled == ([] if expected is StatementKind.SALE else [expected])
                assert by_sale.filter(brand=market.brand_id).exists() == (expected is StatementKind.SALE)

        compare()

    # SETTLE-9
    def test_a_month_is_settled_from_its_lines_and_ends_like_any_statement(self) -> None:
        market = market_by(StatementKind.MONTH)
        lines = sold(market)
        [due] = list_periods_to_draw(at=DECEMBER_10)
        assert (due.period, due.line_count) == (StatementPeriod(NOVEMBER, date(2026, 11, 30)), 3)
        statement_id = draw(market)
        drawn = get_statement(statement_id)
        assert (drawn.title, drawn.sale_id, drawn.totals.payable_fen) == ("2026-11", None, 480_00)
        assert [each.line_id for each in list_lines(drawn).items] == lines
        assert list_periods_to_draw(at=DECEMBER_10) == []
        assert draw(market) == statement_id
        assert all_violations() == []
        view = services.send(actor=market.finance, statement_id=statement_id, now=DECEMBER_10)
        assert (view.state, view.totals) == (StatementState.SENT, drawn.totals)
        assert [each.line_id for each in iterate_lines(view)] == lines
        assert sum(each.payable_fen for each in summarize(view, at=DECEMBER_10).styles) == 480_00
        assert write_statement_workbook(view)[:2] == b"PK"
        services.confirm(actor=market.clerk, statement_id=statement_id, now=DECEMBER_10)
        services.settle(actor=market.finance, statement_id=statement_id, now=DECEMBER_10)
        assert (balance(AccountKind.BRAND_PAYABLE, market), balance(AccountKind.BRAND_SETTLED, market)) == (0, 480_00)
        assert draw(market) == statement_id
        assert get_statement(statement_id).state is StatementState.SETTLED
        market.money.pay_out(statement_id, "ICBC-1", now=DECEMBER_10)
        assert all_violations() == []

    # SETTLE-9
    def test_a_line_that_is_not_ready_is_settled_by_the_next_statement_and_once(self) -> None:
        market = market_by(StatementKind.DELIVERY)
        lines = sold(market)
        line = OrderLine.objects.select_related("order__reseller__person").get(pk=lines[1])
        person = line.order.reseller.person
        buyer = type(market.ops)(person.pk, market.ops.role.__class__.RESELLER, person.name)
        case = open_case(
            actor=buyer, line_id=line.pk, units=1, reason=CaseReason.FAULTY, evidence="脱线", key="c", now=NOW + HOUR
        )
        first = draw(market, NOW.date(), kind=StatementKind.DELIVERY)
        services.send(actor=market.finance, statement_id=first, now=DECEMBER_10)
        kept = list(StatementItem.objects.filter(statement=first).order_by("line_id").values_list("line_id", flat=True))
        assert kept == [lines[0], lines[2]]
        assert get_statement(first).totals.payable_fen == 320_00
        withdraw(actor=buyer, case_id=case.id, now=DECEMBER_10)
        [due] = list_periods_to_draw(at=DECEMBER_10)
        assert (due.period.first_date, due.line_count) == (date(2026, 12, 9), 1)
        second = draw(market, due.period.first_date, kind=due.kind)
        later = DECEMBER_10 + 7 * DAY
        services.send(actor=market.finance, statement_id=second, now=later)
        assert list(StatementItem.objects.filter(statement=second).values_list("line_id", flat=True)) == [lines[1]]
        assert list_periods_to_draw(at=later) == []
        assert all_violations() == []

    # SETTLE-9
    def test_a_line_that_is_not_shipped_or_within_its_window_waits_for_the_next_statement(self) -> None:
        market = market_by(StatementKind.MONTH)
        late = sold(market, 1, shipped_at=DECEMBER_10 - 7 * DAY + HOUR)
        on_time = sold(market, 1)
        statement_id = draw(market)
        services.send(actor=market.finance, statement_id=statement_id, now=DECEMBER_10)
        view = get_statement(statement_id)
        assert [each.line_id for each in iterate_lines(view)] == on_time
        assert view.settleable_from == StatementPeriod(NOVEMBER, date(2026, 11, 30)).ends_at + 7 * DAY
        january = datetime(2027, 1, 10, tzinfo=UTC)
        [due] = list_periods_to_draw(at=january)
        assert (due.period.first_date, due.line_count) == (date(2026, 12, 1), 1)
        second = draw(market, due.period.first_date, january)
        services.send(actor=market.finance, statement_id=second, now=january)
        assert [each.line_id for each in iterate_lines(get_statement(second))] == late
        assert all_violations() == []

    # SETTLE-9
    def test_the_sql_gives_each_line_to_the_draft_that_the_rule_names(self) -> None:
        market = market_by(StatementKind.DELIVERY)
        shipped = {}
        for shift in (0, 1, 3):
            [line_id] = sold(market, 1, shipped_at=NOW + shift * DAY)
            shipped[line_id] = NOW.date() + shift * DAY
        later = DECEMBER_10

        @settings(max_examples=20, deadline=None)
        @given(st.sets(st.integers(0, 6)))
        def compare(shifts: set[int]) -> None:
            with rolled_back():
                drafts = {}
                for shift in sorted(shifts):
                    period = period_of(StatementKind.DELIVERY, NOW.date() + shift * DAY)
                    row = Statement(
                        brand_id=market.brand_id,
                        kind="delivery",
                        first_date=period.first_date,
                        last_date=period.last_date,
                        **dict.fromkeys(
                            ("units", "refunded_units", "sold_fen", "refunded_fen", "commission_fen", "payable_fen"), 0
                        ),
                        generated_at=later,
                        settleable_from=later,
                    )
                    row.save()
                    drafts[row.pk] = period
                for draft_id, period in drafts.items():
                    expected = [line for line, day in shipped.items() if draft_of(day, drafts.values()) == period]
                    view = get_statement(draft_id)
                    assert [each.line_id for each in list_lines(view).items] == expected
                    assert view.totals.units == 2 * len(expected)
                offered = sum(each.line_count for each in list_periods_to_draw(at=later))
                assert offered == sum(draft_of(day, drafts.values()) is None for day in shipped.values())

        compare()

    # SETTLE-9
    def test_lines_of_a_draft_are_not_offered_again_and_offer_and_statement_agree(self) -> None:
        market = market_by(StatementKind.DELIVERY)
        sold(market, 2)
        sold(market, 1, shipped_at=NOW + DAY)
        for drawn_on in (NOW.date(), NOW.date() + DAY):
            first, *others = list_periods_to_draw(at=DECEMBER_10)
            assert (first.period.first_date, first.is_next) == (drawn_on, True)
            assert [each.is_next for each in others] == [False] * len(others)
            view = get_statement(draw(market, drawn_on, kind=StatementKind.DELIVERY))
            assert (len(list_lines(view).items), view.totals.payable_fen) == (first.line_count, first.payable_fen)
        assert list_periods_to_draw(at=DECEMBER_10) == []
        with pytest.raises(services.NothingToSettle):
            draw(market, NOW.date() + 5 * DAY, kind=StatementKind.DELIVERY)
        with pytest.raises(services.InLaterDraft):
            draw(market, NOW.date() - 5 * DAY, kind=StatementKind.DELIVERY)
        assert Statement.objects.count() == 2

    # SETTLE-9
    @pytest.mark.parametrize("kind", [StatementKind.MONTH, StatementKind.DELIVERY])
    def test_a_draft_says_what_its_lines_say_after_another_was_sent_and_an_empty_one_is_dropped(
        self, kind: StatementKind
    ) -> None:
        market = market_by(kind)
        ready, late = sold(market, 1), sold(market, 1, shipped_at=DECEMBER_10 - HOUR)
        first = draw(market, NOW.date(), kind=kind)
        january = datetime(2027, 1, 10, tzinfo=UTC)
        second = draw(market, DECEMBER_10.date(), january, kind=kind) if kind is StatementKind.DELIVERY else first
        services.send(actor=market.finance, statement_id=first, now=DECEMBER_10)
        assert [each.line_id for each in iterate_lines(get_statement(first))] == ready
        if kind is StatementKind.MONTH:
            second = draw(market, date(2026, 12, 1), january)
        left = get_statement(second)
        assert ([each.line_id for each in iterate_lines(left)], left.totals.units) == (late, 2)
        assert (left.totals.payable_fen, Statement.objects.get(pk=second).payable_fen) == (160_00, 160_00)
        with pytest.raises(services.AfterSalesWindowOpen):
            services.send(actor=market.finance, statement_id=second, now=DECEMBER_10 + HOUR)
        services.send(actor=market.finance, statement_id=second, now=january + 8 * DAY)
        assert all_violations() == []

    # SETTLE-9
    def test_a_draft_whose_lines_another_statement_took_is_neither_sent_nor_kept(self) -> None:
        market = market_by(StatementKind.DELIVERY)
        sold(market, 1)
        first = draw(market, NOW.date(), kind=StatementKind.DELIVERY)
        row = Statement.objects.get(pk=first)
        row.pk, row.first_date, row.last_date = None, NOW.date() + 3 * DAY, NOW.date() + 3 * DAY
        row.save()
        assert get_statement(row.pk).totals.payable_fen == 0
        assert [each.id for each in list_due(at=DECEMBER_10).to_send] == [first]
        assert count_open_statements(market.brand_id) == 1
        with pytest.raises(services.NothingReady):
            services.send(actor=market.finance, statement_id=row.pk, now=DECEMBER_10)
        services.send(actor=market.finance, statement_id=first, now=DECEMBER_10)
        assert list(Statement.objects.values_list("pk", flat=True)) == [first]
        assert AuditEntry.objects.filter(action="settlement.drop_draft", subject_id=row.pk).count() == 1

    # SETTLE-1
    def test_a_draft_nets_what_the_brand_owes_now(self) -> None:
        market = market_by(StatementKind.MONTH)
        sold(market, 1)
        statement_id = draw(market)
        source = Statement.objects.get(pk=statement_id)
        BrandDebt.objects.create(brand_id=market.brand_id, kind="carried", amount_fen=4_57, source=source, at=NOW)
        totals = get_statement(statement_id).totals
        assert (totals.netted_fen, totals.payable_fen) == (4_57, 155_43)

    # SETTLE-9
    def test_terms_for_the_same_day_are_replaced(self) -> None:
        market = market_by(StatementKind.MONTH)
        again = terms.enter_terms(
            actor=market.finance,
            brand_id=market.brand_id,
            kind=StatementKind.DELIVERY,
            from_date=NOW.date(),
            now=BEFORE,
        )
        assert again == [TermsFrom(StatementKind.DELIVERY, NOW.date())]
        assert kind_on(again, END.date()) is StatementKind.DELIVERY

    # SETTLE-9
    def test_through_the_api_and_on_the_pages_of_finance_and_the_brand(self) -> None:
        market = market_by(StatementKind.MONTH)
        sold(market, 1)
        finance, brand = signed_in(market.finance), signed_in(market.clerk)
        path = f"/api/v1/brands/{market.brand_id}"
        json = "application/json"
        with set_to(BEFORE):
            body = {"kind": "delivery", "from_date": "2027-06-01"}
            known = finance.put(f"{path}/settlement-terms", body, json).json()
            assert [each["kind"] for each in known] == ["month", "delivery"]
            assert brand.put(f"{path}/settlement-terms", body, json).status_code == 403
            refused = finance.put(f"{path}/settlement-terms", body | {"from_date": "2026-01-01"}, json)
            assert refused.json()["code"] == "settlement.terms_in_the_past"
        with set_to(DECEMBER_10):
            refused = finance.post(f"{path}/statements", {"kind": "month", "day": "2026-12-05"}, json)
            assert refused.json()["code"] == "settlement.period_not_over"
            view = finance.post(f"{path}/statements", {"kind": "month", "day": "2026-11-20"}, json).json()
            assert (view["title"], view["first_date"], view["last_date"]) == ("2026-11", "2026-11-01", "2026-11-30")
            page = f"/console/statements/{view['id']}/"
            assert finance.post(page, {"form_action": "generate_statement"}).status_code == 302
            assert finance.post(page, {"form_action": "send"}).status_code == 302
            listed = brand.get("/portal/statements/").content.decode()
            assert ("2026-11" in listed, "从 2027-06-01 起，结束的专场按发货日结算" in listed) == (True, True)
            assert "2026-11" in brand.get(f"/portal/statements/{view['id']}/").content.decode()
            assert "按月" in brand.get(f"/portal/statements/{view['id']}/print/").content.decode()
        assert Statement.objects.get().state == "sent"

    # INTEGRITY-7
    def test_a_statement_of_a_period_that_no_money_request_paid_is_found_among_changes(self) -> None:
        market = market_by(StatementKind.MONTH)
        sold(market, 1)
        statement_id = draw(market)
        services.send(actor=market.finance, statement_id=statement_id, now=DECEMBER_10)
        services.confirm(actor=market.clerk, statement_id=statement_id, now=DECEMBER_10)
        services.settle(actor=market.finance, statement_id=statement_id, now=DECEMBER_10)
        Statement.objects.update(state="paid", paid_at=DECEMBER_10, payout_reference="x")
        load_changed_ids(Watermark(3, "", {}))
        for changes in (False, True):
            found = [each for each in run_checks(["treasury"], changes=changes) if each.code == "treasury.statement"]
            assert [each.row_id for each in found[0].violations] == [statement_id]

    # SETTLE-9
    def test_what_the_terms_do_not_allow_is_refused(self) -> None:
        market = market_by(StatementKind.MONTH)
        sold(market, 1)
        sale_id = OrderLine.objects.get().sale_id
        with pytest.raises(services.SettledByPeriod):
            services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        with pytest.raises(services.PeriodNotOver) as refused:
            draw(market, now=END)
        assert refused.value.last_date == date(2026, 11, 30)
        statement_id = draw(market, now=datetime(2026, 12, 1, 4, tzinfo=UTC))
        with pytest.raises(services.AfterSalesWindowOpen):
            services.send(actor=market.finance, statement_id=statement_id, now=datetime(2026, 12, 7, tzinfo=UTC))
        with pytest.raises(terms.TermsInThePast):
            terms.enter_terms(
                actor=market.ops, brand_id=market.brand_id, kind=StatementKind.SALE, from_date=NOW.date(), now=NOW
            )
        with pytest.raises(NotAllowed):
            terms.enter_terms(
                actor=market.clerk, brand_id=market.brand_id, kind=StatementKind.SALE, from_date=END.date(), now=NOW
            )
        for kind in (StatementKind.SALE, StatementKind.DELIVERY):
            with pytest.raises(services.NotSettledSo):
                draw(market, kind=kind)
        assert len(list_terms(market.brand_id)) == 1
