import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.text import invisible_character, normalized, visible


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 王小美\u3000", "王小美"),
        ("王\u3000\u00a0小美", "王 小美"),
        ("Ame\u0301lie", "Amélie"),
        ("丽丽❤️", "丽丽❤"),
        ("一家👨\u200d👩\u200d👧", "一家👨👩👧"),
    ],
)
def test_a_name_has_one_spelling(typed: str, kept: str) -> None:
    assert normalized(typed) == kept
    assert invisible_character(kept) is None


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("王\u200b小美", "U+200B"),
        ("王\u202e小美", "U+202E"),
        ("王\n小美", "U+000A"),
        ("王\x7f小美", "U+007F"),
        ("王\ufeff小美", "U+FEFF"),
        ("王\u200d小美", "U+200D"),
        ("\u3164", "U+3164"),
        ("王\u2060", "U+2060"),
        ("王\ud800", "U+D800"),
        ("王\ue000", "U+E000"),
        ("王\U000e0041", "U+E0041"),
        ("o\u034fps", "U+034F"),
    ],
)
def test_what_cannot_be_seen_is_named(typed: str, named: str) -> None:
    assert invisible_character(normalized(typed)) == named


def test_what_cannot_be_seen_is_taken_out_of_a_pasted_text() -> None:
    assert visible("王小美\u200b \u202d13912345678\u202c\n杭州市\u2060文三路") == "王小美 13912345678\n杭州市文三路"


@given(st.text())
def test_normalizing_twice_is_once_and_nfc(text: str) -> None:
    once = normalized(text)
    assert normalized(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text())
def test_a_visible_text_holds_nothing_invisible_but_ends_of_lines(text: str) -> None:
    assert {invisible_character(each) for each in visible(text)} <= {None, "U+0009", "U+000A", "U+000D"}
