"""Text that stays text in a spreadsheet program, and still does after the sheet was saved as CSV and opened again.

A cell format or a leading apostrophe that only the program sees (quotePrefix) is lost on the way through CSV. So a text that would
come back as something else begins with an apostrophe that is a character of the text, as people type it. Programs read such a cell as
text. Any other text stays as it is: an apostrophe in front of every phone number would spoil looking it up.
"""

from __future__ import annotations

import re

MARK = "'"
MAX_CELL = 32_767
"""Characters of one cell that spreadsheet programs can open."""

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠][\s\S]|[\t\r\n]")
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?"
)
_CHANGED = re.compile(
    r"\s*(?:"
    r"0\d+(?:\.\d*)?"  # 00123 would become 123
    r"|\d{16,}|\d{1,3}(?:,\d{3}){5,}"  # of more than 15 digits the last become 0
    r"|\d+(?:\.\d*)?e[+-]?\d+"  # 24E05 would become 2400000
    r"|\d*\.\d*0|\d+\."  # 5.10 would become 5.1
    r"|\d{1,4}\s*[-/年]\s*\d{1,2}(?:\s*[-/月]\s*\d{1,4}日?)?|\d{4}\.\d{1,2}\.\d{1,2}|\d{1,2}月(?:\d{1,2}日?)?"  # 3-4 would become a day
    rf"|\d{{1,4}}[- /]?(?:{_MONTH})(?:[- /]?\d{{1,4}})?|(?:{_MONTH})[- /]?\d{{1,4}}"
    r"|\d+:\d{1,2}(?::\d{1,2})?(?:\s*[ap]m)?|\d+(?:\.\d*)?\s*%|\d+\s+\d+/\d+|[¥$￥€£]\s*[\d.,]+|\(\d[\d.,]*\)"
    r"|true|false|#(?:n/a|ref!|value!|div/0!|name\?|num!|null!)"
    r")\s*",
    re.IGNORECASE,
)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def safe_text(text: str) -> str:
    """The text as a cell: marked where a program would make something else of it, without characters that a cell cannot hold.

    A text beyond the length of a cell is cut, with … at its end.
    """
    if text.isalpha():
        if len(text) <= 5 and _CHANGED.fullmatch(text):
            return MARK + text
        return text if len(text) <= MAX_CELL else _cut(text)
    text = _NOT_IN_XML.sub("\ufffd", text)
    if _FORMULA.match(text) or _CHANGED.fullmatch(text):
        text = MARK + text
    return text if len(text) <= MAX_CELL else _cut(text)


def bare_digits(text: str) -> str:
    """Digits as they are, for a program that takes no mark. ValueError where the text has anything else, which might be a formula."""
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError("a cell of digits holds something else")
    return text


def _cut(text: str) -> str:
    return f"{text[: MAX_CELL - 1]}…"
