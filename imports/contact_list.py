"""Separates the recipients of a pasted text: one on a line, on several lines, or between blank lines. Nothing of the text is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from imports.contact import read_contact
from imports.contact_words import points_to_an_earlier_address
from imports.phones import read_phone
from kernel.traditional import simplified

MAX_CHARACTERS: Final = 20_000
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
_BETWEEN_CONTACTS = re.compile(r"(?<=[;；|])")
_ONLY_SEPARATORS = re.compile(r"[\s;；|,，、。.\-—=*#]*\Z")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the text, whether it holds a telephone number, and whether it holds province or city of an address, or 老地址 for one."""

    text: str
    has_phone: bool
    has_place: bool


def split_contacts(text: str) -> list[str]:
    """The pieces of a text with one recipient in each, in their order. Every visible character of the text is in one of them.

    A new recipient begins where a second telephone number or a second place would else be in one piece. Where each recipient takes
    several lines, the first one shows how many lines stand before its number and before its address, and which of them comes first.
    Raises ValueError for a text of more than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a list of recipients of more than {MAX_CHARACTERS} characters")
    plain = _LINE_END.sub("\n", text)
    blocks = [_lines(block) for block in _BLANK_LINES.split(plain)]
    blocks = [block for block in blocks if block]
    if not all(_can_stand_alone(block) for block in blocks):
        # A blank line stands inside of recipients too: it separates nothing.
        blocks = [[line for block in blocks for line in block]]
    return ["\n".join(line.text for line in piece) for block in blocks for piece in _pieces(block)]


def _lines(block: str) -> list[_Line]:
    return [line for text in block.split("\n") for line in _parts(text) if line.text]


def _parts(text: str) -> Iterator[_Line]:
    """A line, or its parts where semicolons or bars separate several recipients on it."""
    parts = [_line(part) for part in _BETWEEN_CONTACTS.split(text)]
    filled = [part for part in parts if not _ONLY_SEPARATORS.match(part.text)]
    if len(filled) > 1 and all(part.has_phone and part.has_place for part in filled):
        yield from parts
    else:
        yield _line(text)


def _line(text: str) -> _Line:
    read = read_contact(text)
    phone = read.phone or next(filter(None, map(read_phone, read.left_out)), "")
    has_place = bool(read.located.division.province) or points_to_an_earlier_address(simplified(text))
    return _Line(text.strip(), bool(phone), has_place)


def _can_stand_alone(block: Sequence[_Line]) -> bool:
    """Whether a block between blank lines is a whole recipient, or a heading that is none at all."""
    has_phone = any(line.has_phone for line in block)
    has_place = any(line.has_place for line in block)
    return has_place or (not has_phone and len(block) == 1)


def _pieces(block: Sequence[_Line]) -> Iterator[list[_Line]]:
    """The lines of a block by recipient."""
    before_phone = next((place for place, line in enumerate(block) if line.has_phone), 0)
    before_place = next((place for place, line in enumerate(block) if line.has_place), 0)
    piece: list[_Line] = []
    for line in block:
        has_phone, has_place = any(each.has_phone for each in piece), any(each.has_place for each in piece)
        # Where the number stands on a line before the address, a number behind an address is the next recipient's; and vice versa.
        repeats_phone = line.has_phone and (has_phone or (has_place and before_phone < before_place))
        repeats_place = line.has_place and (has_place or (has_phone and before_place < before_phone))
        if repeats_phone or repeats_place:
            kept = max(_last_of_first(piece), len(piece) - (before_phone if repeats_phone else before_place))
            yield piece[:kept]
            piece = piece[kept:]
        piece.append(line)
    if piece:
        yield piece


def _last_of_first(piece: Sequence[_Line]) -> int:
    """How many lines the first recipient of a piece surely has: up to its number and its address."""
    return max(place for place, line in enumerate(piece, 1) if line.has_phone or line.has_place)
