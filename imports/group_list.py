"""Reads a group list 接龙: one customer per entry, with numbers of goods, sizes, units and a contact in one line of text (FORWARD-11).

    1. 3号 L 2件 王芳 13912345678 浙江省杭州市西湖区文三路 1 号
    2、李雷 1 M，3 XL x2 13900000000 上海市徐汇区漕溪北路 1 号
    3. 小雨 1号 M 周雨桐 13912345678 广东省深圳市南山区科技园南路 8 号

WeChat writes the nickname of whoever takes part before what she wrote. Where a name follows behind the goods, the words before them are
her nickname and not the recipient.

Nothing is guessed and nothing is dropped: every word of an entry is part of a selection, of the nickname or of its contact text, and a
selection that does not name exactly one option says why.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from imports.contact import read_contact
from imports.group_goods import (
    ASKING,
    Draft,
    OfferedGoods,
    OfferedOption,
    Vocabulary,
    extended,
    fold,
    is_strong,
    parts_of,
)
from imports.phones import phone_spans, plain_text

MAX_CHARACTERS: Final = 20_000

NO_GOODS: Final = "no_goods"
"""The entry names no goods."""
NO_NUMBER: Final = "no_number"
"""There are several goods, and the selection names none of them."""
NO_SUCH_NUMBER: Final = "no_such_number"
NO_SIZE: Final = "no_size"
NO_SUCH_SIZE: Final = "no_such_size"
NO_COLOUR: Final = "no_colour"
NO_SUCH_COLOUR: Final = "no_such_colour"
NO_UNITS: Final = "no_units"
"""The units are zero."""


@dataclass(frozen=True, slots=True)
class GroupSelection:
    """Units of goods that an entry names. `key` is None where `fault` says why no option, or more than one, is meant.

    `units_assumed`: the entry names no units, and one is meant. `text` is what was read, as written.
    """

    text: str
    number: int | None
    key: int | None
    units: int
    units_assumed: bool
    fault: str


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """An entry of the list. `contact` is what of its words belongs to no selection: name, telephone, address and remarks.

    `nickname` is that of the customer where it differs from the name in the contact, else "".
    """

    position: str
    text: str
    nickname: str
    selections: tuple[GroupSelection, ...]
    contact: str

    @property
    def is_complete(self) -> bool:
        return bool(self.selections) and not any(each.fault for each in self.selections)


@dataclass(frozen=True, slots=True)
class GroupList:
    """`heading`: lines that belong to no entry, such as the title or an example."""

    heading: tuple[str, ...]
    entries: tuple[GroupEntry, ...]


_CIRCLED_NUMBER = re.compile("[\u2460-\u249b]")
_POSITION = re.compile(r"^\s*(?:no\.?\s*)?\(?(\d{1,3})\s*[.、):]\s*(?!\d{2,}\s*[-:])", re.IGNORECASE)
_TITLE = re.compile(r"^\s*(?:#|【|例[::\s]|接龙|报名|群接龙)")
_SEPARATOR = re.compile(r"([\s,、;|]+)")
_COMMA = re.compile(r"[\n,、;|]")
_PLUS_UNITS = re.compile(r"(?<!\d)\+\s*(\d{1,3})(?=[\s,、;|件条双套个只]|\Z)")
_PLUS_GOODS = re.compile(r"\+(?=\s*(?:第|款|#|no\.?)?\s*\d{1,3}[号款#\u3400-\u9fffa-z])", re.IGNORECASE)
"""«1号白L+2号26»: a plus before other goods counts no units."""
_PLACE_END = re.compile(r"[省市区县州盟旗镇乡村路街道巷弄]$")
_PLACE = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室]")
_MAX_NICKNAME: Final = 20


def read_group_list(text: str, goods: Sequence[OfferedGoods]) -> GroupList:
    """The entries of a pasted list. Raises ValueError for a text of more than MAX_CHARACTERS.

    Numbers that rise from entry to entry number the entries; other leading numbers refer to goods. Where no entry is numbered, blank
    lines or else ends of lines separate them.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a group list of more than {MAX_CHARACTERS} characters")
    heading, blocks = _blocks(plain_text(_CIRCLED_NUMBER.sub(_position_of, text.replace("\r\n", "\n"))))
    vocabulary = Vocabulary.of(goods)
    return GroupList(tuple(heading), tuple(_read_entry(position, block, vocabulary) for position, block in blocks))


def _position_of(circled: re.Match[str]) -> str:
    """①, ⑴ or ⒈ as the start of an entry of its own."""
    return f"\n{int(unicodedata.numeric(circled.group()))}. "


def _blocks(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The lines before the first entry, and the entries, each with its position ("" where it has none)."""
    lines = text.split("\n")
    found = [(place, match) for place, line in enumerate(lines) if (match := _POSITION.match(line))]
    numbers = [int(match.group(1)) for _, match in found]
    if found and all(before < after for before, after in itertools.pairwise(numbers)):
        starts = [place for place, _ in found]
        above = [line.strip() for line in lines[: starts[0]] if line.strip()]
        # A line with a telephone number is somebody's, though no number stands before it.
        heading = [line for line in above if not phone_spans(line)]
        blocks = [("", line) for line in above if phone_spans(line)]
        blocks += [
            (match.group(1), "\n".join([lines[place][match.end() :], *lines[place + 1 : end]]).strip())
            for (place, match), end in zip(found, [*starts[1:], len(lines)], strict=True)
        ]
        # A number with nothing behind it is a place in the list that nobody has taken yet.
        return heading, [(position, block) for position, block in blocks if block]
    pieces = re.split(r"\n\s*\n", text) if re.search(r"\S\n\s*\n\s*\S", text) else lines
    pieces = [piece.strip() for piece in pieces if piece.strip()]
    heading = [piece for piece in pieces if _TITLE.match(piece)]
    return heading, [("", piece) for piece in pieces if not _TITLE.match(piece)]


def _read_entry(position: str, text: str, vocabulary: Vocabulary) -> GroupEntry:
    drafts: list[Draft] = [Draft()]
    lead: list[str] = []
    contact: list[str] = []
    in_address = has_lead = False
    for word, is_phone, is_first in _words(text):
        parts = None if is_phone else parts_of(word, drafts[-1], vocabulary, is_first=is_first)
        if parts and (not in_address or is_strong(parts)):
            drafts = extended(drafts, word, parts)
            in_address = False
            continue
        has_lead = has_lead or is_phone or _starts_address(word)
        (lead if drafts[-1].is_empty and not has_lead else contact).append(word)
        in_address = in_address or (not is_phone and _starts_address(word))
    selections = list(_merged([_resolved(draft, vocabulary) for draft in drafts if not draft.is_empty]))
    if not selections:
        selections = [_selection_of_nothing(vocabulary)]
    asking = [word for word in lead if ASKING.fullmatch(word)]
    selections[0] = replace(selections[0], text=" ".join([*asking, selections[0].text]).strip())
    nickname = " ".join(word for word in lead if word not in asking)
    if not _is_nickname(nickname, contact):
        nickname, contact = "", [*nickname.split(), *contact]
    return GroupEntry(position, text, nickname, tuple(selections), " ".join(contact))


def _is_nickname(words: str, contact: Sequence[str]) -> bool:
    """Whether words before the goods are a nickname: what stands behind them has a name of its own."""
    return 0 < len(words) <= _MAX_NICKNAME and bool(read_contact(" ".join(contact)).name)


def _words(text: str) -> Iterator[tuple[str, bool, bool]]:
    """The words of an entry in order, whether each is a telephone number (one word, however it is spaced), and whether a comma or the
    start of a line stands before it."""
    at = 0
    for start, end in [*phone_spans(text), (len(text), len(text))]:
        pieces = _SEPARATOR.split(_PLUS_GOODS.sub(" ", _PLUS_UNITS.sub(r" x\1 ", text[at:start])))
        before = "," if at == 0 else " "
        for place, piece in enumerate(pieces):
            if place % 2:
                before = piece
            elif piece:
                yield piece, False, bool(_COMMA.search(before))
        if start < end:
            yield text[start:end], True, False
        at = end


def _starts_address(word: str) -> bool:
    return bool(_PLACE_END.search(word) and len(word) > 2) or (len(word) > 4 and bool(_PLACE.search(word)))


def _resolved(draft: Draft, vocabulary: Vocabulary) -> GroupSelection:
    """The option that a draft names, or why it names none."""
    number = draft.number if draft.number is not None else vocabulary.only
    selection = GroupSelection(
        text=" ".join(draft.words),
        number=number,
        key=None,
        units=1 if draft.units is None else draft.units,
        units_assumed=draft.units is None,
        fault="",
    )
    if selection.units == 0:
        return replace(selection, fault=NO_UNITS)
    if number is None:
        return replace(selection, fault=NO_NUMBER)
    if number not in vocabulary.goods:
        return replace(selection, fault=NO_SUCH_NUMBER)
    key, fault = _find_option(vocabulary.goods[number].options, draft)
    return replace(selection, key=key, fault=fault)


def _find_option(options: Sequence[OfferedOption], draft: Draft) -> tuple[int | None, str]:
    of_size = [option for option in options if not draft.size or fold(option.size) == draft.size]
    if not of_size:
        return None, NO_SUCH_SIZE
    if not draft.size and len({fold(option.size) for option in options}) > 1:
        return None, NO_SIZE
    found = [option for option in of_size if not draft.colour or fold(option.colour) == draft.colour]
    if not found:
        return None, NO_SUCH_COLOUR
    return (found[0].key, "") if len(found) == 1 else (None, NO_COLOUR)


def _selection_of_nothing(vocabulary: Vocabulary) -> GroupSelection:
    """What an entry without goods means: one unit where only one option is offered at all."""
    if vocabulary.only is not None and len(vocabulary.goods[vocabulary.only].options) == 1:
        [option] = vocabulary.goods[vocabulary.only].options
        return GroupSelection("", vocabulary.only, option.key, 1, units_assumed=True, fault="")
    return GroupSelection("", None, None, 1, units_assumed=True, fault=NO_GOODS)


def _merged(selections: Sequence[GroupSelection]) -> Iterator[GroupSelection]:
    """The selections with those of one option added up: 3号 L 1件，3号 L 2件 are three."""
    by_key: dict[int, GroupSelection] = {}
    for each in selections:
        if each.key is None:
            yield each
        elif each.key in by_key:
            first = by_key[each.key]
            by_key[each.key] = replace(first, text=f"{first.text} {each.text}", units=first.units + each.units)
        else:
            by_key[each.key] = each
    yield from by_key.values()
