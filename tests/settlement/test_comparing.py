"""A brand's list against a statement: what differs is named with both figures, and nothing else is (SETTLE-13)."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports import reconciliation_sheet
from imports.reconciliation_sheet import read
from settlement.rules.comparison import FIGURES, DifferenceKind, claim_of, differing, sums_of
from settlement.uploads.comparing import Comparison, compare
from tests.imports.reconciliation import AMOUNTS, FIELDS, Line, csv_file, lines, plain, table, text, workbook
from tests.settlement.comparing import compared, elsewhere

LINES = lines(40)
KEYS = (
    ("line",),
    ("order", "line"),
    ("order", "style", "colour", "size"),
)
"""Columns that tell each line of LINES from every other one."""
COMPARED = ("units", "refunded_units", *AMOUNTS)
Named = tuple[DifferenceKind, list[int], list[tuple[str, int | None, int | None]]]


def compared_with(rows: Sequence[Sequence[Any]], stated: list[Line], *, tolerance_fen: int = 0) -> Comparison:
    reading = read(csv_file(rows, "utf-8"), "list.csv")
    assert (reading.outcome, reading.faults) == ("accept", [])
    return compare(compared(stated), reading.rows, reading.unread, tolerance_fen=tolerance_fen)


def named(found: Comparison, stated: list[Line]) -> list[Named]:
    """Kind, lines, and for each figure that differs its name and both figures."""
    return [
        (
            each.kind,
            [stated[at].line for at in each.group.lines],
            [(FIGURES[at], each.listed[at], each.stated[at] if each.stated else None) for at in each.differing],
        )
        for each in found.differences
    ]


def explains_itself(found: Comparison) -> bool:
    return all(
        (each.listed or 0) - each.stated
        == each.differs + each.only_list + each.only_statement + each.unread + each.tolerated + each.not_stated
        for each in found.sums.values()
    )


def test_the_figures_of_lists_and_of_rules_are_the_same() -> None:
    assert reconciliation_sheet.FIGURES == FIGURES


# SETTLE-13
def test_three_seeded_errors_among_hundreds_are_found_and_nothing_else() -> None:
    stated = lines(600)
    listed = list(stated)
    listed[17] = replace(listed[17], payable=listed[17].payable + 1)
    listed[250] = replace(listed[250], units=listed[250].units + 1)
    listed[599] = replace(listed[599], commission=listed[599].commission - 500, refunded=listed[599].refunded + 500)
    random.Random(7).shuffle(listed)
    found = compared_with(table(listed, cell=text), stated)
    one, two, three = stated[17], stated[250], stated[599]
    assert sorted(named(found, stated), key=lambda each: each[1]) == [
        (DifferenceKind.DIFFERS, [one.line], [("payable", one.payable + 1, one.payable)]),
        (DifferenceKind.DIFFERS, [two.line], [("units", two.units + 1, two.units)]),
        (
            DifferenceKind.DIFFERS,
            [three.line],
            [
                ("refunded", three.refunded + 500, three.refunded),
                ("commission", three.commission - 500, three.commission),
            ],
        ),
    ]
    assert (found.same_count, found.tolerated_count) == (597, 0)
    assert explains_itself(found)


# SETTLE-13
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_the_right_list_has_no_difference_however_it_is_written(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(KEYS))
    figures = data.draw(st.lists(st.sampled_from(COMPARED), min_size=1, unique=True))
    names = data.draw(st.permutations([*key, *figures]))
    rows = data.draw(st.permutations(LINES))
    written = table(
        rows, names, words=data.draw(st.sampled_from([0, 1, 2])), cell=data.draw(st.sampled_from([plain, text]))
    )
    found = compared_with(written, LINES)
    assert named(found, LINES) == []
    assert found.same_count == len(LINES)
    assert explains_itself(found)


# SETTLE-13
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_change_of_any_figure_is_named_with_both_figures(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(KEYS))
    figures = data.draw(st.lists(st.sampled_from(COMPARED), min_size=1, unique=True))
    at, name = data.draw(st.integers(0, len(LINES) - 1)), data.draw(st.sampled_from(figures))
    by = data.draw(st.integers(1, 10**6))
    changed = [*LINES]
    changed[at] = replace(LINES[at], **{name: getattr(LINES[at], name) + by})
    found = compared_with(table(data.draw(st.permutations(changed)), [*key, *figures]), LINES)
    said = getattr(changed[at], name)
    assert named(found, LINES) == [(DifferenceKind.DIFFERS, [LINES[at].line], [(name, said, said - by)])]
    assert explains_itself(found)


# SETTLE-13
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_lines_that_one_side_alone_has_are_named(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(KEYS))
    left_out = data.draw(st.sets(st.integers(0, len(LINES) - 1), min_size=1, max_size=5))
    extra = lines(data.draw(st.integers(0, 3)), start=9_000)
    listed = [*(line for at, line in enumerate(LINES) if at not in left_out), *extra]
    found = compared_with(table(data.draw(st.permutations(listed)), [*key, *COMPARED]), LINES)
    assert found.counts == {
        DifferenceKind.DIFFERS: 0,
        DifferenceKind.ONLY_LIST: len(extra),
        DifferenceKind.ONLY_STATEMENT: len(left_out),
        DifferenceKind.UNREAD: 0,
    }
    only_statement = [each for each in named(found, LINES) if each[0] is DifferenceKind.ONLY_STATEMENT]
    assert {tuple(each[1]) for each in only_statement} == {(LINES[at].line,) for at in left_out}
    assert explains_itself(found)


# SETTLE-13
def test_several_rows_of_a_line_are_summed_before_they_are_compared() -> None:
    line = replace(LINES[1], units=3, refunded_units=0, sold=300, refunded=0, commission=60, payable=240)
    halves = [
        replace(line, units=1, sold=100, commission=20, payable=80),
        replace(line, units=2, sold=200, commission=40, payable=160),
    ]
    found = compared_with(table(halves), [line])
    assert (named(found, [line]), found.same_count) == ([], 1)
    twice = compared_with(table([line, line]), [line])
    assert named(twice, [line])[0][2][0] == ("units", 6, 3)


def test_one_row_per_order_is_compared_with_the_sum_of_its_lines() -> None:
    per_order = [
        replace(
            (members := list(group))[0],
            **{name: sum(getattr(each, name) for each in members) for name in COMPARED},
        )
        for _, group in groupby(LINES, key=lambda line: line.order)
    ]
    names = ("order", *COMPARED)
    assert named(compared_with(table(per_order, names), LINES), LINES) == []
    per_order[4] = replace(per_order[4], payable=per_order[4].payable + 9)
    found = compared_with(table(per_order, names), LINES)
    together = [line.line for line in LINES if line.order == per_order[4].order]
    assert named(found, LINES) == [
        (DifferenceKind.DIFFERS, together, [("payable", per_order[4].payable, per_order[4].payable - 9)])
    ]


def test_the_number_of_a_parcel_names_a_line() -> None:
    rows: list[list[Any]] = [["运单号", "应结货款"], *([f"sf{line.line}0001", line.payable / 100] for line in LINES)]
    assert named(compared_with(rows, LINES), LINES) == []


def test_case_width_and_leading_zeros_of_keys_do_not_matter() -> None:
    rows: list[list[Any]] = [["订单号", "款号", "颜色", "尺码", "应结货款"]]
    for line in LINES:
        colour = line.colour + "色"
        rows.append([f"'000{line.order}", line.style.lower(), colour, line.size.lower(), f"{line.payable / 100:,.2f}"])
    assert named(compared_with(rows, LINES), LINES) == []


# SETTLE-13
@pytest.mark.parametrize(("tolerance_fen", "count"), [(0, 40), (1, 0)])
def test_the_tolerance_is_zero_unless_it_is_named(tolerance_fen: int, count: int) -> None:
    off = [replace(line, payable=line.payable + 1) for line in LINES]
    found = compared_with(table(off), LINES, tolerance_fen=tolerance_fen)
    assert (found.counts[DifferenceKind.DIFFERS], found.tolerated_count) == (count, 40 - count)
    assert (found.sums["payable"].differs, found.sums["payable"].tolerated) == (count, 40 - count)
    assert explains_itself(found)


def test_counts_have_no_tolerance() -> None:
    off = [replace(LINES[0], units=LINES[0].units + 1)]
    assert compared_with(table(off), LINES[:1], tolerance_fen=100).counts[DifferenceKind.DIFFERS] == 1


# SETTLE-13
def test_a_row_that_cannot_be_read_is_no_difference_and_is_named() -> None:
    rows = table(LINES)
    rows[1][FIELDS.index("payable")] = "八十"
    reading = read(workbook(rows), "list.xlsx")
    found = compare(compared(LINES), reading.rows, reading.unread)
    assert named(found, LINES) == [(DifferenceKind.UNREAD, [LINES[0].line], [])]
    assert found.sums["payable"].unread == -LINES[0].payable
    assert explains_itself(found)


def test_a_figure_that_the_list_does_not_have_is_not_compared() -> None:
    found = compared_with(table(LINES, ("line", "payable")), LINES)
    assert (found.sums["units"].listed, found.sums["payable"].listed) == (None, sum(line.payable for line in LINES))
    assert named(found, LINES) == []


TWINS = [twin for line in lines(6) for twin in (line, replace(line, line=line.line + 1000))]
"""Lines of six orders or so, each with another one of the same goods for another recipient."""
WITH_LINE, WITHOUT_LINE = (("line",), ("order", "line")), (("order",), ("order", "style", "colour", "size"))


# SETTLE-13
@settings(deadline=None, max_examples=60)
@given(
    places=st.lists(st.sampled_from((1, 2, None)), min_size=len(TWINS), max_size=len(TWINS)),
    names=st.sampled_from((*WITH_LINE, *WITHOUT_LINE)),
)
def test_orders_that_are_split_over_statements_give_no_false_difference(
    places: list[int | None], names: tuple[str, ...]
) -> None:
    stated = [line for line, place in zip(TWINS, places, strict=True) if place == 1]
    others = [elsewhere(line, place) for line, place in zip(TWINS, places, strict=True) if place != 1]
    names = (*names, "units", "payable")
    whole, own = (read(csv_file(table(each, names), "utf-8"), "list.csv").rows for each in (TWINS, stated))
    found = compare(compared(stated), whole, (), others)
    if "line" in names:
        assert {each.kind for each in found.differences} <= {DifferenceKind.ONLY_LIST}
        assert [[others[at].line_id for at in each.group.others] for each in found.differences] == [
            [line.line] for line, place in zip(TWINS, places, strict=True) if place != 1
        ]
    assert all(each.group.others for each in found.differences)
    assert explains_itself(found)
    if stated:
        assert compare(compared(stated), own, (), others).differences == []


# SETTLE-13
def test_rows_that_a_brand_numbers_itself_are_no_lines_of_other_statements() -> None:
    numbered = [replace(line, line=at) for at, line in enumerate(LINES, start=1)]
    strangers = [elsewhere(replace(line, order=line.order + 500), 2) for line in numbered]
    rows = read(csv_file(table(numbered), "utf-8"), "list.csv").rows
    assert compare(compared(LINES), rows, (), strangers).differences == []


def test_an_empty_statement_and_an_empty_list() -> None:
    assert compare([], []).sums["payable"].stated == 0
    assert compare(compared(LINES), []).counts[DifferenceKind.ONLY_STATEMENT] == 40


values = st.one_of(st.none(), st.integers(-(10**6), 10**6))


# SETTLE-13
@settings(deadline=None, max_examples=60)
@given(
    listed=st.lists(st.tuples(*[values] * 6), min_size=1, max_size=3),
    stated=st.tuples(*[st.integers(-(10**6), 10**6)] * 6),
    tolerance_fen=st.integers(0, 100),
)
def test_pandas_finds_what_the_rule_finds(
    listed: list[tuple[int | None, ...]], stated: tuple[int, ...], tolerance_fen: int
) -> None:
    line = replace(compared(LINES[:1])[0], figures=stated)
    row = read(csv_file(table(LINES[:1])), "list.csv").rows[0]
    rows = [replace(row, figures=figures) for figures in listed]
    found = compare([line], rows, tolerance_fen=tolerance_fen)
    sums = sums_of(listed)
    expected = differing(sums, stated, tolerance_fen=tolerance_fen, line_count=1)
    assert [each.differing for each in found.differences] == ([expected] if expected else [])
    assert [each.listed for each in found.differences] == ([list(sums)] if expected else [])
    assert explains_itself(found)


def test_a_claim_is_the_payable_of_the_list_where_a_dispute_may_have_it() -> None:
    stated = [1, 0, 100, 0, 20, 80]
    assert claim_of([1, 0, 100, 0, 10, 90], stated, sold_fen=100) == 90
    assert claim_of([1, 0, 100, 0, 10, 80], stated, sold_fen=100) is None
    assert claim_of([1, 0, 100, 0, 10, None], stated, sold_fen=100) is None
    assert claim_of([1, 0, 100, 0, 10, 101], stated, sold_fen=100) is None
