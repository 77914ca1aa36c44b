"""PRIVACY-1: what of a name, a phone and an address is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.masking import hide_phones, hide_texts, mask_address, mask_name, mask_phone, mask_search


@pytest.mark.parametrize(
    ("name", "masked"), [("王小美", "王*"), ("欧阳娜娜", "欧*"), ("May Wang", "M*"), ("王", "王*"), ("", "")]
)
def test_mask_name_shows_the_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13912345678", "139****5678"),
        ("18412345678-7804", "184****5678-****"),
        ("0571-88881234", "0571-****1234"),
        ("010-66668888-803", "010-****8888-****"),
        ("+85291234567", "+85****4567"),
        ("12345", "****45"),
        ("", ""),
    ],
)
def test_mask_phone_shows_both_ends_and_no_extension(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.from_regex(r"[0-9]{1,6}", fullmatch=True))
def test_mask_phone_hides_the_middle_and_the_extension(number: str, extension: str) -> None:
    assert mask_phone(f"{number}-{extension}") == f"{number[:3]}****{number[-4:]}-****"


def test_mask_address_shows_the_division() -> None:
    assert mask_address("浙江省杭州市余杭区仓前路 1 号", shown=9) == "浙江省杭州市余杭区***"
    assert mask_address("仓前路 1 号", shown=0) == "***"
    assert mask_address("", shown=0) == ""


def test_hide_texts_replaces_each_secret_but_single_characters() -> None:
    assert hide_texts("找王小美 13912345678，小王收", ("王小美", "13912345678", "王")) == "找*** ***，小王收"


@pytest.mark.parametrize(
    "written",
    ["139 1234 5678", "139-1234-5678", "１３９１２３４５６７８", "13912345678", "1391 234 5678"],
)
def test_hide_texts_finds_a_phone_however_it_is_spaced(written: str) -> None:
    """PRIVACY-4."""
    assert hide_texts(f"打{written}没人接", ("13912345678",)) == "打***没人接"


@pytest.mark.parametrize("written", ["13912345678", "139 1234 5678", "１３９-1234-5678"])
def test_hide_phones_masks_a_mobile_number_however_it_is_spaced(written: str) -> None:
    assert hide_phones(f"打{written}") == "打139****5678"


def test_hide_texts_hides_other_mobile_numbers_and_keeps_other_digits() -> None:
    """PRIVACY-4."""
    assert hide_texts("改打 138 0013 8000，款号 QH-88011", ("王小美",)) == "改打 ***，款号 QH-88011"
    tracked = "SF13912345678 和 7391234567812345，订单 100"
    assert hide_texts(tracked, ("王小美", "13800138000")) == tracked


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13912345678", "139****5678"),
        ("１３９１２３４５６７８", "139****5678"),
        ("(0571)88881234", "(05****1234"),
        ("May Wang", "M*"),
        ("JULIA 38", "JULIA 38"),
        (" 139 1234 5678", "139****5678"),
        ("欧阳晓晴", "欧*"),
        ("QH-88011", "QH-88011"),
        ("5678", "5678"),
        ("unpaid", "unpaid"),
    ],
)
def test_mask_search_keeps_codes_and_masks_people(typed: str, kept: str) -> None:
    assert mask_search(typed) == kept
