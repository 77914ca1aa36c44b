from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import format_yuan, parse_yuan, share, split, typed_yuan


@given(st.integers(-(10**13), 10**13))
def test_an_amount_survives_being_written_and_read(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "-", "1.234", "1e3", "1,000", "¥3", "NaN", "１２", "1 2", ".5"])
def test_anything_but_plain_yuan_is_not_money(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_yuan(text)


@given(st.integers(-(10**13), 10**13))
def test_an_amount_is_read_as_it_is_typed_whatever_unit_and_commas_it_has(fen: int) -> None:
    written = format_yuan(fen)
    whole, rest = written.split(".")
    assert typed_yuan(f" ¥ {int(whole):,}.{rest} 元" if int(whole) or fen >= 0 else written) == fen
    if fen % 10**4 == 0:
        assert typed_yuan(f"{fen // 10**4 / 100:.2f}万") == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("3000万", 3_000_000_000), ("1.2亿", 12_000_000_000), ("￥3,000万元", 3_000_000_000), ("１２９．５", 12950),
        ("5千", 500_000), ("2.55萬", 2_550_000), ("-¥3", -300), ("129 rmb", 12900), ("0.000001亿", 10_000),
    ],
)  # fmt: skip
def test_large_amounts_are_read_in_the_units_of_people(text: str, fen: int) -> None:
    assert typed_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["", "万", "1.234", "0.000000001亿", "3000万万", "1e3", "约3000万", "$5", "1.2.3", "99999999亿", "NaN"]
)
def test_what_is_no_amount_of_whole_fen_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        typed_yuan(text)


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
