"""IMPORT-8: garbled text is told by turning the mistake back, not by rare characters."""

from __future__ import annotations

import pytest

from imports.cells.garbled import is_garbled, is_garbled_cell

RARE = "喆 堃 龘 犇 𠮷野 㐂 囍字红 娴雅紫 娴静连衣裙 王娴 娴翠 锛子 鍙 缃色 黛蓝 鸦青 赭石 绛紫 妃色 藕荷 玄青 绀青"
WORDS = "烫烫裤 屯屯袜 联通 Chloé’s Café SÃO BJÖRK ÅNGSTRÖM Ça°"


@pytest.mark.parametrize("text", f"{RARE} {WORDS}".split())
def test_is_garbled_cell_is_false_for_rare_characters(text: str) -> None:
    assert not is_garbled_cell(text)


@pytest.mark.parametrize(
    "text", ["黑色", "红色款", "连衣裙", "（红色）", "黑色,白色", "修身连衣裙2024", "深蓝色", "测试"]
)
@pytest.mark.parametrize("wrong", ["gb18030", "latin-1"])
def test_is_garbled_cell_finds_text_that_was_decoded_wrongly(text: str, wrong: str) -> None:
    garbled = text.encode().decode(wrong, "replace")
    assert is_garbled_cell(garbled)
    assert is_garbled(garbled)


@pytest.mark.parametrize("text", ["锟斤拷", "ST\ufffd24", "???", "黑??", "CafÃ©"])
def test_is_garbled_cell_finds_what_decoders_write_for_lost_characters(text: str) -> None:
    assert is_garbled_cell(text)
