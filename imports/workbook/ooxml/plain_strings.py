"""The shared strings of a workbook by one regular expression, where they are written as all common programs write them."""

from __future__ import annotations

import re

_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml(?P<declaration>[^<>]*)\?>\s*)?<sst(?:\s[^<>]*)?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)")
_STRING = re.compile(rb'<si><t(?: xml:space="preserve")?+>([^<]*+)</t></si>')
_TAGS_OF_STRING = 4
_NOT_PLAIN = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)|[\x00-\x08\x0b-\x1f]|\]\]>|\xef\xbf[\xbe\xbf]")
"""Numeric entities, line ends that XML would change, and what no XML may hold: all left to a parser."""
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def plain_strings(xml: bytes) -> list[str] | None:
    """The strings of a part that holds nothing but plain ones; None where a parser must read it.

    Each string has four tags. So as many strings as a fourth of all tags leave no byte of markup out.
    """
    head = _HEAD.match(xml)
    if head is None or not xml.rstrip().endswith(b"</sst>"):
        return None
    encoding = _ENCODING.search(head["declaration"] or b"")
    if encoding is not None and encoding[1].lower() != b"utf-8":
        return None
    start, stop = head.end(), xml.rfind(b"</sst>")
    found = _STRING.findall(xml, start, stop)
    if len(found) * _TAGS_OF_STRING != xml.count(b"<", start, stop) or _NOT_PLAIN.search(xml, start, stop):
        return None
    try:
        strings = b"\x00".join(found).decode("utf-8").split("\x00") if found else []
    except UnicodeDecodeError:
        return None
    return [_without_entities(text) if "&" in text else text for text in strings]


def _without_entities(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text
