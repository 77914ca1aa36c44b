"""Shared strings by a regular expression are those that a parser gives, or none are given (IMPORT-2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.limits import DEFAULT
from imports.workbook.ooxml.parts import Parts, _scanned_strings
from imports.workbook.ooxml.plain_strings import plain_strings
from imports.workbook.package import Package
from tests.imports.builders import rewrite, xlsx

HEAD = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2">'
)
PART = "xl/sharedStrings.xml"


def scanned(xml: bytes) -> list[str]:
    return _scanned_strings(Package(rewrite(xlsx([["a"]]), PART, xml), DEFAULT), PART)


def part(*strings: str) -> bytes:
    return HEAD + "".join(strings).encode() + b"</sst>"


@pytest.mark.parametrize(
    "strings",
    [
        (),
        ("<si><t>款号</t></si>", "<si><t>A &amp; B &lt;c&gt; &quot;d&quot; &apos;e&apos;</t></si>"),
        ('<si><t xml:space="preserve"> 两边有空格 </t></si>', "<si><t></t></si>"),
        ("<si><t>&amp;lt;</t></si>", "<si><t>第一行\n第二行</t></si>\n"),
    ],
)
def test_plain_strings_are_those_of_a_parser(strings: tuple[str, ...]) -> None:
    xml = part(*strings)
    assert plain_strings(xml) == scanned(xml)


@pytest.mark.parametrize(
    "strings",
    [
        ("<si><r><t>富</t></r><r><t>文本</t></r></si>",), ("<si><t>a</t><rPh><t>b</t></rPh></si>",), ("<si><t/></si>",), ("<si/>",),
        ("<si><t>&#65;</t></si>",), ("<si><t>a\r\nb</t></si>",), ("<si><t><![CDATA[a]]></t></si>",), ("<!-- c --><si><t>a</t></si>",),
        ("<si><t>a]]></t></si>",), ("<si><t>&nbsp;</t></si>",), ("<si><t>a</t></si><extLst/>",), ("<si><t>\x01</t></si>",),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_parser(strings: tuple[str, ...]) -> None:
    assert plain_strings(part(*strings)) is None


def test_other_encodings_and_damage_are_left_to_the_parser() -> None:
    assert plain_strings(part("<si><t>a</t></si>").replace(b"UTF-8", b"GBK")) is None
    assert plain_strings(part("<si><t>a</t></si>")[:-6]) is None
    assert plain_strings(HEAD + b"<si><t>\xff</t></si></sst>") is None
    assert plain_strings(b"") is None


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20), max_size=8))
def test_every_text_comes_back_by_both_ways(texts: list[str]) -> None:
    data = xlsx([texts, [f"{text}." for text in texts]])
    package = Package(data, DEFAULT)
    if PART in package:
        assert Parts(package, DEFAULT).strings == _scanned_strings(package, PART)
