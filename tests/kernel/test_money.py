from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import format_yuan, parse_yuan, share, split


@given(st.integers(-(10**13), 10**13))
def test_an_amount_survives_being_written_and_read(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "-", "1.234", "1e3", "1,000", "¥3", "NaN", "１２", "1 2", ".5"])
def test_anything_but_plain_yuan_is_not_money(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_yuan(text)


def test_halves_of_a_fen_are_rounded_up() -> None:
    assert share(25, Decimal("0.5")) == 13
    assert share(333, Decimal("0.15")) == 50


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_parts_of_a_split_add_up_and_are_off_by_less_than_a_fen(fen: int, weights: list[int]) -> None:
    parts = split(fen, weights)
    assert sum(parts) == fen
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - fen * weight) < sum(weights)


def test_a_split_without_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        split(100, [0, 0])
