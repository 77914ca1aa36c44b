"""Text that went through a wrong encoding, told from text with rare characters by turning the mistake back (IMPORT-8)."""

from __future__ import annotations

import codecs
import re

_LOST = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯|^[?？]{2,}$|[\u4e00-\u9fff][?？]{2,}|[?？]{2,}[\u4e00-\u9fff]")
"""What decoders and converters write in place of characters that they cannot read."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_MIN_CHARACTERS = 3
"""A colour of two rare characters can be UTF-8 by chance (娴翠); three that give two whole common characters cannot."""
_WRONG_PAIRS = (("gb18030", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "utf-8"))


def is_garbled_cell(text: str) -> bool:
    """Whether a cell holds characters that were lost, or UTF-8 once read as GBK, Latin-1 or Windows-1252.

    娴, 锛 and other rare characters are no evidence by themselves: the text must give common characters when the mistake is turned back.
    """
    if text.isascii() and "?" not in text:
        return False
    if _LOST.search(text):
        return True
    runs = [run.rstrip("？") for run in _NOT_ASCII.findall(text)]
    if any(len(run) >= _MIN_CHARACTERS and _is_utf8_read_as_gbk(run) for run in runs):
        return True
    return any(_is_utf8_read_as_latin(text, wrong) for wrong in ("cp1252", "latin-1"))


def is_garbled(text: str) -> bool:
    """Whether a heading is garbled: weaker evidence than for a cell is enough, because several headings are judged together."""
    if is_garbled_cell(text):
        return True
    for wrong, right in _WRONG_PAIRS:
        try:
            found = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if found != text and any(map(_is_han, found)):
            return True
    return False


def _is_utf8_read_as_gbk(run: str) -> bool:
    """Whether the bytes of a run of characters in GBK are UTF-8 of common characters; the last one may be cut off."""
    try:
        data = run.encode("gb18030")
        found = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeError:
        return False
    return len(found) > 1 and all(map(_is_common, found))


def _is_utf8_read_as_latin(text: str, wrong: str) -> bool:
    try:
        found = text.encode(wrong).decode("utf-8")
    except UnicodeError:
        return False
    return found != text and all(char.isascii() or _is_common(char) or "\xa0" <= char <= "\xff" for char in found)


def _is_common(char: str) -> bool:
    """Whether a character is one of GB2312's 3,755 most common ones, or punctuation of Chinese text."""
    if not _is_han(char):
        return "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef"
    try:
        return char.encode("gb2312")[0] <= 0xD7
    except UnicodeError:
        return False


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
