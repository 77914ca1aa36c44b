"""A brand uploads its list for a statement: stored, read by a worker, compared, disputed, marked, erased (SETTLE-13, SETTLE-14)."""

import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models.lines import OrderLine
from settlement.models import ComparisonDifference, StatementComparison, StatementComparisonJob, StatementDispute
from settlement.rules.comparison import FIGURES, ComparisonState, DifferenceKind
from settlement.rules.disputes import MAX_REASON
from settlement.rules.statements import StatementState
from settlement.selectors.comparisons import (
    ListComparisonView,
    NoSuchComparison,
    all_differences,
    get_comparison,
    list_comparisons,
    list_differences,
)
from settlement.selectors.statements import NoSuchStatement, get_statement
from settlement.services import list_disputes
from settlement.services.disputes import AnswerDraft, answer
from settlement.uploads import erasing, marked_copy, reading, receive
from settlement.uploads.queue import KEEP_LISTS, QUEUE
from tests.builders import Marketplace
from tests.imports.reconciliation import csv_file, workbook
from tests.settlement.test_life import DAY, OVER, drawn, sent
from tests.violations import all_violations

HEADING = ["订单号", "明细号", "款号", "售出件数", "退款额", "佣金", "应结货款"]


def rows_of(lines: list[int]) -> list[list[Any]]:
    """What the platform's own statement says of the lines: two units at ¥100 each, of which ¥80 are the brand's."""
    found = OrderLine.objects.select_related("sku__style").in_bulk(lines)
    return [
        [str(found[each].order_id), str(each), found[each].sku.style.style_no, 2, 0.0, 40.0, 160.0] for each in lines
    ]


def uploaded(
    market: Marketplace, statement_id: int, rows: list[list[Any]], *, now: datetime = OVER, tolerance_fen: int = 0
) -> ListComparisonView:
    """A list that was received and read."""
    view = receive.receive_list(
        actor=market.clerk,
        statement_id=statement_id,
        filename="十一月对账.xlsx",
        chunks=[workbook([HEADING, *rows])],
        tolerance_fen=tolerance_fen,
        now=now,
    )
    assert (view.state, view.in_progress) == (ComparisonState.RECEIVED, True)
    assert reading.claimable_lists(now=now) == [view.id]
    assert reading.read_list(comparison_id=view.id, clock=lambda: now)
    return get_comparison(market.clerk, view.id)


# SETTLE-14
@given(
    typed=st.text("按合同，", max_size=300),
    filename=st.text("对账.x", min_size=1, max_size=200),
    figures=st.lists(st.text("应结货款（G2）¥1", min_size=1, max_size=60), min_size=1, max_size=6),
)
def test_the_reason_of_a_list_always_fits_and_has_its_first_figure(
    typed: str, filename: str, figures: list[str]
) -> None:
    place = f"「{'表' * list_disputes.MAX_SHEET}」第 100000 行"
    reason = list_disputes.list_reason(typed=typed, filename=filename, place=place, figures=figures)
    assert len(reason) <= MAX_REASON
    assert f"{place}：{figures[0]}" in reason
    if len(filename) <= list_disputes.MAX_FILENAME and len(typed) + len(filename) + sum(map(len, figures)) < 150:
        assert (
            reason
            == (f"{typed.strip()}。" if typed.strip() else "") + f"对账表《{filename}》{place}：{'；'.join(figures)}"
        )


@pytest.mark.django_db
class TestReconciliation:
    # SETTLE-13
    def test_the_right_list_has_no_difference(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        view = uploaded(market, statement_id, rows_of(lines))
        assert (view.state, view.difference_count, view.fault_count) == (ComparisonState.DONE, 0, 0)
        assert view.result is not None
        assert (view.result.row_count, view.result.line_count, view.result.same_count) == (3, 3, 3)
        sums = {each.figure: (each.listed, each.stated, each.gap) for each in view.result.sums}
        assert (sums["payable"], sums["sold"]) == ((480_00, 480_00, 0), (None, 600_00, -600_00))
        assert [each.id for each in list_comparisons(statement_id).items] == [view.id]
        assert reading.read_list(comparison_id=view.id, clock=lambda: OVER) is False
        assert all_violations() == []

    # SETTLE-13
    def test_each_difference_has_both_figures_and_its_cell(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][6] = 170.0
        rows[1][3], rows[1][5] = 3, 39.99
        del rows[2]
        rows.append(["99999", "", "NEVER-1", 1, 0.0, 20.0, 80.0])
        rows.append([rows[0][0], "", "x", 1, 0.0, 20.0, "八十"])
        view = uploaded(market, statement_id, rows)
        assert (view.difference_count, view.fault_count) == (4, 1)
        assert view.result is not None
        assert [(each.row, each.col, each.code) for each in view.result.faults] == [(5, "G", "bad_number")]
        found = list_differences(view.id).items
        assert [(each.kind, each.row, each.line_id) for each in found] == [
            (DifferenceKind.DIFFERS, 2, lines[0]),
            (DifferenceKind.DIFFERS, 3, lines[1]),
            (DifferenceKind.ONLY_LIST, 4, None),
            (DifferenceKind.ONLY_STATEMENT, None, lines[2]),
        ]
        assert [(each.figure, each.listed, each.stated, each.cell) for each in found[0].shown_figures] == [
            ("payable", 170_00, 160_00, "G2")
        ]
        assert [(each.figure, each.listed, each.stated, each.cell) for each in found[1].shown_figures] == [
            ("units", 3, 2, "D3"),
            ("commission", 39_99, 40_00, "F3"),
        ]
        assert [(each.is_disputable, each.claimed_fen) for each in found] == [
            (True, 170_00), (False, None), (False, None), (False, None),
        ]  # fmt: skip
        payable = next(each for each in view.result.sums if each.figure == "payable")
        assert (payable.listed, payable.stated, payable.differs, payable.only_list, payable.only_statement) == (
            410_00, 480_00, 10_00, 80_00, -160_00,
        )  # fmt: skip
        only = list_differences(view.id, kind=DifferenceKind.ONLY_LIST).items
        assert [(each.order_no, each.goods) for each in only] == [("99999", "NEVER-1")]
        assert all_violations() == []

    # SETTLE-13
    def test_a_line_of_another_statement_is_told_where_it_is(self) -> None:
        market = Marketplace()
        first_id, first_lines = sent(market, 1)
        second_id, second_lines = sent(market, 1)
        view = uploaded(market, second_id, rows_of([*first_lines, *second_lines]))
        assert [(each.kind, each.elsewhere_id) for each in all_differences(view.id)] == [
            (DifferenceKind.ONLY_LIST, first_id)
        ]

    # SETTLE-13, SETTLE-14
    def test_the_same_goods_of_an_order_in_another_statement_are_no_false_difference(self) -> None:
        market = Marketplace()
        first_id, (first,) = sent(market, 1)
        second_id, (second,) = sent(market, 1)
        # Two recipients of one order were sent the same goods, one of them later.
        line = OrderLine.objects.get(pk=first)
        OrderLine.objects.filter(pk=second).update(order_id=line.order_id, sku_id=line.sku_id)
        rows = rows_of([first, second])
        view = uploaded(market, first_id, rows)
        assert [(each.kind, each.row, each.elsewhere_id, each.is_disputable) for each in all_differences(view.id)] == [
            (DifferenceKind.ONLY_LIST, 3, second_id, False)
        ]
        view = uploaded(market, first_id, [[order, "", *more] for order, _line, *more in rows])
        (found,) = all_differences(view.id)
        assert (found.kind, found.row_count, found.line_count, found.line_id) == (DifferenceKind.DIFFERS, 2, 1, None)
        assert (found.elsewhere_id, found.is_uncertain, found.is_disputable) == (second_id, True, False)
        with pytest.raises(list_disputes.DifferenceNotDisputable):
            list_disputes.dispute_differences(actor=market.clerk, comparison_id=view.id, numbers=[1], now=OVER)
        assert StatementDispute.objects.count() == 0
        content, _name = marked_copy.marked_copy(actor=market.clerk, comparison_id=view.id)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert f"也可能是结算单 {second_id} 的明细" in " ".join(
            str(cell.value) + str(cell.comment.text if cell.comment else "")
            for row in sheet.iter_rows()
            for cell in row
        )
        view = uploaded(market, first_id, [[rows[0][0], "", *rows[0][2:]]])
        assert all_differences(view.id) == []

    # SETTLE-14
    def test_one_act_disputes_what_differs_with_both_figures_in_the_reason(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][6], rows[2][6], rows[2][5] = 170.0, 165.0, 35.0
        view = uploaded(market, statement_id, rows)
        list_disputes.dispute_differences(
            actor=market.clerk, comparison_id=view.id, numbers=None, reason="按合同", now=OVER
        )
        disputes = list(StatementDispute.objects.order_by("line_id"))
        assert [(each.line_id, each.payable_fen, each.claimed_fen) for each in disputes] == [
            (lines[0], 160_00, 170_00),
            (lines[2], 160_00, 165_00),
        ]
        assert disputes[1].reason == (
            "按合同。对账表《十一月对账.xlsx》「对账」第 4 行：应结货款（G4） ¥165.00，结算单 ¥160.00；佣金（F4） ¥35.00，结算单 ¥40.00"
        )
        assert get_statement(statement_id).state is StatementState.DISPUTED
        assert [each.is_disputable for each in all_differences(view.id)] == [False, False]
        with pytest.raises(list_disputes.NothingToDispute):
            list_disputes.dispute_differences(actor=market.clerk, comparison_id=view.id, numbers=None, now=OVER)
        assert StatementDispute.objects.count() == 2
        assert all_violations() == []

    # SETTLE-14
    def test_a_long_reason_keeps_the_figure_that_it_claims(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][3], rows[0][4], rows[0][5], rows[0][6] = 3, 10.0, 20.0, 170.0
        view = uploaded(market, statement_id, rows)
        StatementComparison.objects.filter(pk=view.id).update(filename="十一月第三批对账明细表" * 15 + ".xlsx")
        ComparisonDifference.objects.filter(comparison=view.id).update(sheet="和尾仓平台的对账" * 12)
        list_disputes.dispute_differences(
            actor=market.clerk, comparison_id=view.id, numbers=None, reason="按合同附件二第三条" * 30, now=OVER
        )
        reason = StatementDispute.objects.get().reason
        assert len(reason) == MAX_REASON
        assert "第 2 行：应结货款（G2） ¥170.00，结算单 ¥160.00；售出件数（D2） 3 件，结算单 2 件" in reason
        assert reason.startswith("按合同附件二第三条" * 6)
        assert reason.count("和尾仓平台") == 3

    def test_the_brand_chooses_which_differences(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        for row in rows:
            row[6] = 161.0
        view = uploaded(market, statement_id, rows)
        list_disputes.dispute_differences(actor=market.clerk, comparison_id=view.id, numbers=[2], now=OVER)
        assert list(StatementDispute.objects.values_list("line_id", flat=True)) == [lines[1]]
        for numbers in ([2, 3], [4], []):
            with pytest.raises((list_disputes.DifferenceNotDisputable, list_disputes.NothingToDispute)):
                list_disputes.dispute_differences(actor=market.clerk, comparison_id=view.id, numbers=numbers, now=OVER)
        assert StatementDispute.objects.count() == 1

    def test_what_an_accepted_dispute_changed_is_no_difference_any_more(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][6], rows[0][5] = 170.0, 30.0
        view = uploaded(market, statement_id, rows)
        list_disputes.dispute_differences(actor=market.clerk, comparison_id=view.id, numbers=None, now=OVER)
        drafts = [AnswerDraft(StatementDispute.objects.get().pk, is_accepted=True, answer="按合同")]
        answer(actor=market.finance, statement_id=statement_id, answers=drafts, now=OVER)
        assert uploaded(market, statement_id, rows).difference_count == 0
        assert all_violations() == []

    # SETTLE-13
    def test_within_the_tolerance_nothing_differs_and_it_is_counted(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][6] = 160.01
        view = uploaded(market, statement_id, rows, tolerance_fen=1)
        assert view.result is not None
        assert (view.difference_count, view.result.tolerated_count, view.result.same_count) == (0, 1, 2)
        with pytest.raises(receive.ImpossibleTolerance):
            uploaded(market, statement_id, rows, tolerance_fen=101)
        assert StatementComparison.objects.count() == 1

    def test_the_marked_copy_names_both_figures_in_the_cell(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][6] = 170.0
        rows.append(["99999", "", "NEVER-1", 1, 0.0, 20.0, 80.0])
        view = uploaded(market, statement_id, rows)
        data, name = marked_copy.marked_copy(actor=market.clerk, comparison_id=view.id)
        book = openpyxl.load_workbook(io.BytesIO(data))
        sheet = book["对账"]
        assert name == "十一月对账-标注.xlsx"
        assert "应结货款：对账表 ¥170.00，结算单 ¥160.00。" in sheet["G2"].comment.text
        assert "结算单里没有这一行。" in sheet["A5"].comment.text
        assert sheet["G3"].comment is None

    def test_a_column_that_is_asked_about_is_remembered(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = [["订单号", "明细号", "甲"], *([row[0], row[1], row[6]] for row in rows_of(lines))]
        chunks = [csv_file(rows)]
        asked = []
        for _ in range(2):
            view = receive.receive_list(
                actor=market.clerk, statement_id=statement_id, filename="list.csv", chunks=chunks, now=OVER
            )
            reading.read_list(comparison_id=view.id, clock=lambda: OVER)
            asked.append(get_comparison(market.clerk, view.id))
            if asked[-1].state is ComparisonState.QUESTION:
                answers = {asked[-1].questions[0].fingerprint: {"C": "payable"}}
                with pytest.raises(receive.InvalidListAnswers):
                    receive.answer_list(
                        actor=market.clerk, comparison_id=view.id, answers={"x": {"C": "payable"}}, now=OVER
                    )
                receive.answer_list(actor=market.clerk, comparison_id=view.id, answers=answers, now=OVER)
                reading.read_list(comparison_id=view.id, clock=lambda: OVER)
        assert [each.state for each in asked] == [ComparisonState.QUESTION, ComparisonState.DONE]
        assert {each.difference_count for each in list_comparisons(statement_id).items} == {0}

    def test_a_list_that_asks_can_be_cancelled(self) -> None:
        market = Marketplace()
        statement_id, _ = sent(market, 1)
        view = receive.receive_list(
            actor=market.clerk,
            statement_id=statement_id,
            filename="l.csv",
            chunks=[csv_file([["订单号", "甲"], ["1", 2]])],
            now=OVER,
        )
        with pytest.raises(receive.ComparisonNotReady):
            receive.cancel_list(actor=market.clerk, comparison_id=view.id, now=OVER)
        reading.read_list(comparison_id=view.id, clock=lambda: OVER)
        cancelled = receive.cancel_list(actor=market.clerk, comparison_id=view.id, now=OVER)
        assert (cancelled.state, cancelled.questions) == (ComparisonState.CANCELLED, [])
        with pytest.raises(list_disputes.ListNotCompared):
            list_disputes.dispute_differences(actor=market.clerk, comparison_id=view.id, numbers=None, now=OVER)

    def test_what_is_refused_keeps_nothing(self) -> None:
        market = Marketplace()
        draft_id = drawn(market, 1)
        with pytest.raises(receive.StatementNotSent):
            uploaded(market, draft_id, [])
        statement_id, lines = sent(market, 1)
        with pytest.raises(receive.ListEmpty):
            receive.receive_list(actor=market.clerk, statement_id=statement_id, filename="l.csv", chunks=[], now=OVER)
        with pytest.raises(receive.ListTooLarge):
            receive.receive_list(
                actor=market.clerk, statement_id=statement_id, filename="l.csv", chunks=[], cut_short=True, now=OVER
            )
        assert StatementComparison.objects.count() == 0
        view = uploaded(market, statement_id, rows_of(lines))
        other = Marketplace()
        with pytest.raises(NoSuchComparison):
            get_comparison(other.clerk, view.id)
        with pytest.raises(NoSuchComparison):
            list_disputes.dispute_differences(actor=other.clerk, comparison_id=view.id, numbers=None, now=OVER)
        with pytest.raises(NoSuchStatement):
            receive.receive_list(
                actor=other.clerk, statement_id=statement_id, filename="l.csv", chunks=[b"x"], now=OVER
            )
        assert get_comparison(market.finance, view.id).id == view.id
        assert StatementComparison.objects.count() == 1

    def test_a_file_that_is_no_table_is_refused_with_the_reason(self) -> None:
        market = Marketplace()
        statement_id, _ = sent(market, 1)
        view = receive.receive_list(
            actor=market.clerk, statement_id=statement_id, filename="l.xlsx", chunks=[b"PK\x03\x04 broken"], now=OVER
        )
        reading.read_list(comparison_id=view.id, clock=lambda: OVER)
        refused = get_comparison(market.clerk, view.id)
        assert refused.state is ComparisonState.REFUSED
        assert (refused.reason, bool(refused.reason_zh), bool(refused.reason_en)) == ("corrupt", True, True)

    # SETTLE-13
    def test_a_worker_that_lost_its_lease_writes_nothing(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market, 1)
        view = receive.receive_list(
            actor=market.clerk, statement_id=statement_id, filename="l.xlsx",
            chunks=[workbook([HEADING, *rows_of(lines)])], now=OVER,
        )  # fmt: skip
        job = QUEUE.claim(view.id, now=OVER)
        assert job is not None
        assert QUEUE.claim(view.id, now=OVER + timedelta(minutes=2)) is not None
        reading._read(job, lambda: OVER)
        assert get_comparison(market.clerk, view.id).state is ComparisonState.READING
        assert reading.read_list(comparison_id=view.id, clock=lambda: OVER + timedelta(minutes=9))
        assert get_comparison(market.clerk, view.id).state is ComparisonState.DONE

    # SETTLE-13
    def test_old_lists_are_erased_and_what_differed_stays(self) -> None:
        market = Marketplace()
        statement_id, lines = sent(market)
        rows = rows_of(lines)
        rows[0][6], rows[1][6] = 170.0, "八十"
        view = uploaded(market, statement_id, rows)
        assert erasing.erase_expired(now=OVER + KEEP_LISTS) == 0
        assert erasing.erase_expired(now=OVER + KEEP_LISTS + DAY) == 1
        erased = get_comparison(market.clerk, view.id)
        assert (erased.filename, erased.difference_count, erased.fault_count) == ("…", 2, 1)
        assert erased.result is not None
        assert erased.result.faults == []
        assert ComparisonDifference.objects.count() == 2
        with pytest.raises(marked_copy.NoMarkedCopy):
            marked_copy.marked_copy(actor=market.clerk, comparison_id=view.id)
        assert erasing.erase_expired(now=OVER + KEEP_LISTS + DAY) == 0
        assert StatementComparisonJob.objects.count() == 1
        assert all_violations() == []


def test_figures_have_their_words() -> None:
    assert set(list_disputes._FIGURES) == set(marked_copy._FIGURES) == set(FIGURES)
