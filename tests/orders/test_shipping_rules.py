"""The rules of parcels (ORDER-4, ORDER-9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.lines import LinePlan, LineProblem, plan_line
from orders.rules.parcels import carrier_key, waybill_of
from orders.rules.states import ConsignmentState, shipping_state


@pytest.mark.parametrize(
    ("written", "waybill"),
    [
        ("SF1234567890123", "SF1234567890123"),
        ("sf1234567890123", "SF1234567890123"),
        ("JD0118080218877-1-1-", "JD0118080218877"),
        ("JDVB01234567890-2-3-", "JDVB01234567890"),
        ("JD0118080218877-2-2", "JD0118080218877"),
        ("SF-1234567890123", "SF1234567890123"),
        ("771234567890178", "771234567890178"),
        ("771234567890177-771234567890178", None),
        ("SF1234567890123 SF1234567890124", None),
        ("SF1234567890123、SF1234567890124", None),
        ("12345", None),
        ("1" * 41, None),
        ("单号123456", None),
        ("", None),
    ],
)
def test_waybill_of_one_number_and_of_what_is_none(written: str, waybill: str | None) -> None:
    assert waybill_of(written) == waybill


def test_carrier_key_ignores_case_width_and_blanks_and_nothing_else() -> None:
    assert carrier_key(" ＳＦ Express ") == carrier_key("sfexpress")
    assert carrier_key("中通快运") != carrier_key("中通快递")


@pytest.mark.parametrize(
    ("units", "shipped", "cancelled", "state"),
    [
        (3, 0, 0, ConsignmentState.TO_SHIP),
        (3, 0, 2, ConsignmentState.TO_SHIP),
        (3, 1, 1, ConsignmentState.PARTLY_SHIPPED),
        (3, 1, 2, ConsignmentState.SHIPPED),
        (3, 3, 0, ConsignmentState.SHIPPED),
        (3, 0, 3, ConsignmentState.CANCELLED),
    ],
)
def test_shipping_state(units: int, shipped: int, cancelled: int, state: ConsignmentState) -> None:
    assert shipping_state(units=units, shipped_units=shipped, cancelled_units=cancelled) is state


@pytest.mark.parametrize(
    ("line", "in_parcel", "asked", "plan"),
    [
        ((3, 0, 0), 0, None, LinePlan(3)),
        ((3, 0, 0), 0, 2, LinePlan(2)),
        ((3, 0, 1), 0, 3, LinePlan(2, 1)),
        ((3, 0, 1), 0, 2, LinePlan(2)),
        ((3, 0, 1), 0, 4, LinePlan(problem=LineProblem.TOO_MANY)),
        ((3, 2, 0), 0, 2, LinePlan(problem=LineProblem.TOO_MANY)),
        ((3, 0, 3), 0, 3, LinePlan(problem=LineProblem.REFUNDED)),
        ((3, 3, 0), 0, 3, LinePlan(problem=LineProblem.ALREADY_SHIPPED)),
        ((3, 3, 0), 3, 3, LinePlan()),
        ((3, 2, 1), 2, 3, LinePlan(0, 1)),
        ((3, 1, 0), 1, 3, LinePlan(problem=LineProblem.OTHER_UNITS)),
        ((3, 2, 0), 2, 1, LinePlan(problem=LineProblem.OTHER_UNITS)),
        ((3, 1, 0), 1, None, LinePlan(2)),
    ],
)
def test_plan_line(line: tuple[int, int, int], in_parcel: int, asked: int | None, plan: LinePlan) -> None:
    units, shipped, cancelled = line
    found = plan_line(units=units, shipped_units=shipped, cancelled_units=cancelled, in_parcel=in_parcel, asked=asked)
    assert found == plan


@st.composite
def lines(draw: st.DrawFn) -> tuple[int, int, int]:
    units = draw(st.integers(1, 20))
    shipped = draw(st.integers(0, units))
    return units, shipped, draw(st.integers(0, units - shipped))


# ORDER-4
@given(lines(), st.one_of(st.none(), st.integers(1, 25)))
def test_plan_line_never_ships_more_than_is_left_and_the_same_again_adds_nothing(
    line: tuple[int, int, int], asked: int | None
) -> None:
    units, shipped, cancelled = line
    first = plan_line(units=units, shipped_units=shipped, cancelled_units=cancelled, in_parcel=0, asked=asked)
    assert 0 <= first.units <= units - shipped - cancelled
    assert first.refunded_units <= cancelled
    if first.problem is not None or not first.units:
        assert first.units == 0
        return
    again = plan_line(
        units=units, shipped_units=shipped + first.units, cancelled_units=cancelled, in_parcel=first.units, asked=asked
    )
    assert (again.units, again.problem, again.refunded_units) == (0, None, first.refunded_units)
