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
from dataclasses import dataclass, field, replace
from typing import Final

from imports.contact import ZERO_WIDTH, phone_spans, read_contact

MAX_CHARACTERS: Final = 20_000
MAX_NUMBER: Final = 999

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
class OfferedOption:
    """A colour and size of offered goods; `key` is what the caller knows it by."""

    key: int
    colour: str
    size: str


@dataclass(frozen=True, slots=True)
class OfferedGoods:
    """Goods that a list may name: by their number, or by a whole word of `names`, such as the style number."""

    number: int
    names: tuple[str, ...]
    options: tuple[OfferedOption, ...]


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


_POSITION = re.compile(r"^\s*(?:no\.?\s*)?(\d{1,3})\s*[.、):]\s*(?!\d{2,}\s*[-:])", re.IGNORECASE)
_TITLE = re.compile(r"^\s*(?:#|【|例[::\s]|接龙|报名|群接龙)")
_SEPARATOR = re.compile(r"([\s,、;|]+)")
_COMMA = re.compile(r"[\n,、;|]")
_PLUS_UNITS = re.compile(r"(?<!\d)\+\s*(\d{1,3})(?!\d)")
_PLACE_END = re.compile(r"[省市区县州盟旗镇乡村路街道巷弄]$")
_PLACE = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室]")
_MAX_NICKNAME: Final = 20
_ASKING = re.compile(r"(?:我?想?要|我?来|我?拍|我?订|帮我[拿拍订留]?|麻烦|请)+")
"""Words before goods that only ask for them."""
_NUMERALS: Final = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_REFERENCE = re.compile(
    r"(?:(?P<strong>第|款号?|#|no\.?)\s*)?(?P<number>\d{1,3})(?P<after>号款|号|款|#)?", re.IGNORECASE
)
_UNITS = re.compile(
    r"[x×*](\d{1,3})(?:[件条双套个只])?|(\d{1,3}|[一两二三四五六七八九十])[件条双套个只]", re.IGNORECASE
)


def read_group_list(text: str, goods: Sequence[OfferedGoods]) -> GroupList:
    """The entries of a pasted list. Raises ValueError for a text of more than MAX_CHARACTERS.

    Numbers that rise from entry to entry number the entries; other leading numbers refer to goods. Where no entry is numbered, blank
    lines or else ends of lines separate them.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a group list of more than {MAX_CHARACTERS} characters")
    heading, blocks = _blocks(_plain(text))
    vocabulary = _Vocabulary.of(goods)
    return GroupList(tuple(heading), tuple(_read_entry(position, block, vocabulary) for position, block in blocks))


def _plain(text: str) -> str:
    return ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The lines before the first entry, and the entries, each with its position ("" where it has none)."""
    lines = text.split("\n")
    found = [(place, match) for place, line in enumerate(lines) if (match := _POSITION.match(line))]
    numbers = [int(match.group(1)) for _, match in found]
    if found and all(before < after for before, after in itertools.pairwise(numbers)):
        starts = [place for place, _ in found]
        heading = [line.strip() for line in lines[: starts[0]] if line.strip()]
        blocks = [
            (match.group(1), "\n".join([lines[place][match.end() :], *lines[place + 1 : end]]).strip())
            for (place, match), end in zip(found, [*starts[1:], len(lines)], strict=True)
        ]
        # A number with nothing behind it is a place in the list that nobody has taken yet.
        return heading, [(position, block) for position, block in blocks if block]
    pieces = re.split(r"\n\s*\n", text) if re.search(r"\S\n\s*\n\s*\S", text) else lines
    pieces = [piece.strip() for piece in pieces if piece.strip()]
    heading = [piece for piece in pieces if _TITLE.match(piece)]
    return heading, [("", piece) for piece in pieces if not _TITLE.match(piece)]


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The words of the offered goods, folded, the longest first."""

    goods: dict[int, OfferedGoods]
    names: dict[str, int]
    sizes: tuple[str, ...]
    colours: tuple[str, ...]

    @classmethod
    def of(cls, goods: Sequence[OfferedGoods]) -> _Vocabulary:
        options = [option for each in goods for option in each.options]
        return cls(
            goods={each.number: each for each in goods},
            names={_fold(name): each.number for each in goods for name in each.names if len(_fold(name)) > 1},
            sizes=_longest_first(option.size for option in options),
            colours=_longest_first(option.colour for option in options),
        )

    @property
    def only(self) -> int | None:
        return next(iter(self.goods)) if len(self.goods) == 1 else None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _longest_first(words: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted({folded for word in words if (folded := _fold(word))}, key=len, reverse=True))


@dataclass(slots=True)
class _Draft:
    """A selection while its words are read."""

    words: list[str] = field(default_factory=list)
    number: int | None = None
    size: str = ""
    colour: str = ""
    units: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.words


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a word: its kind (number, size, colour, units), its value, and whether it can be nothing else."""

    kind: str
    value: str
    strong: bool = False


def _read_entry(position: str, text: str, vocabulary: _Vocabulary) -> GroupEntry:
    drafts: list[_Draft] = [_Draft()]
    lead: list[str] = []
    contact: list[str] = []
    in_address = has_lead = False
    for word, is_phone, is_first in _words(text):
        parts = None if is_phone else _parts_of(word, drafts[-1], vocabulary, is_first=is_first)
        if parts and (not in_address or _is_strong(parts)):
            drafts = _extended(drafts, word, parts)
            in_address = False
            continue
        has_lead = has_lead or is_phone or _starts_address(word)
        (lead if drafts[-1].is_empty and not has_lead else contact).append(word)
        in_address = in_address or (not is_phone and _starts_address(word))
    selections = list(_merged([_resolved(draft, vocabulary) for draft in drafts if not draft.is_empty]))
    if not selections:
        selections = [_selection_of_nothing(vocabulary)]
    asking = [word for word in lead if _ASKING.fullmatch(word)]
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
        pieces = _SEPARATOR.split(_PLUS_UNITS.sub(r" x\1 ", text[at:start]))
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


def _is_strong(parts: Sequence[_Part]) -> bool:
    """Whether the parts cannot belong to an address: a number that says 款, or a size together with a number or counted units."""
    kinds = {part.kind for part in parts}
    return any(part.kind == "number" and part.strong for part in parts) or (
        "size" in kinds and ("number" in kinds or any(part.kind == "units" and part.strong for part in parts))
    )


def _parts_of(word: str, draft: _Draft, vocabulary: _Vocabulary, *, is_first: bool) -> list[_Part] | None:
    """What a word says of goods, part after part; None where some of it says nothing of them."""
    folded = _fold(word)
    if (asking := _ASKING.match(folded)) and asking.end() < len(folded):
        folded = folded[asking.end() :]
    digits = folded.rstrip(".:)") if is_first else folded
    if digits.isascii() and digits.isdigit():
        return _bare_number(digits, draft, vocabulary, is_first=is_first)
    return _split(folded, draft, vocabulary)


def _bare_number(digits: str, draft: _Draft, vocabulary: _Vocabulary, *, is_first: bool) -> list[_Part] | None:
    """A number by itself: units behind a size, the number of goods at the start of a selection, a size behind a number.

    Behind a comma it is no units where there are several goods: «1 M，3 XL» names goods 1 and 3.
    """
    number = int(digits)
    if draft.size and draft.units is None and number <= MAX_NUMBER and not (is_first and vocabulary.only is None):
        return [_Part("units", digits)]
    knows_goods = draft.number is not None or vocabulary.only is not None
    if knows_goods and not draft.size and digits in vocabulary.sizes:
        return [_Part("size", digits)]
    starts_selection = draft.is_empty or bool(draft.size)
    if starts_selection and len(vocabulary.goods) > 1 and len(digits) <= 3:
        return [_Part("number", digits)]
    return None


def _split(folded: str, draft: _Draft, vocabulary: _Vocabulary) -> list[_Part] | None:
    parts: list[_Part] = []
    at = 0
    while at < len(folded):
        found = _part_at(folded, at, parts, draft, vocabulary)
        if found is None:
            return None
        part, at = found
        parts.append(part)
    return parts


def _part_at(
    folded: str, at: int, parts: Sequence[_Part], draft: _Draft, vocabulary: _Vocabulary
) -> tuple[_Part, int] | None:
    if units := _UNITS.match(folded, at):
        amount = units.group(1) or units.group(2)
        return _Part("units", str(_NUMERALS.get(amount, amount)), strong=True), units.end()
    for name, number in vocabulary.names.items():
        if folded.startswith(name, at):
            return _Part("number", str(number), strong=True), at + len(name)
    for size in vocabulary.sizes:
        end = at + len(size)
        if folded.startswith(size, at) and _size_ends(folded, at, end, size):
            known = (
                draft.number is not None or vocabulary.only is not None or any(part.kind == "number" for part in parts)
            )
            if not size.isdigit() or known:
                return _Part("size", size), end + (1 if folded.startswith("码", end) else 0)
    for colour in vocabulary.colours:
        if folded.startswith(colour, at):
            end = at + len(colour)
            return _Part("colour", colour), end + (1 if folded.startswith("色", end) else 0)
    reference = _REFERENCE.match(folded, at)
    if reference and not any(part.kind == "number" for part in parts) and (len(vocabulary.goods) > 1 or at == 0):
        strong = bool(reference.group("strong")) or reference.group("after") in ("号款", "款")
        return _Part("number", reference.group("number"), strong=strong), reference.end()
    return None


def _size_ends(folded: str, at: int, end: int, size: str) -> bool:
    """Whether a size that stands there is one: XL is not the L of it, 38 not a part of 138, and behind it come no letters of a word."""
    before, after = folded[at - 1 : at], folded[end : end + 1]
    latin = size[-1:].isascii() and size[-1:].isalpha()
    if latin and (after.isascii() and after.isalpha() and after != "x"):
        return False
    if size[:1].isdigit() and before.isdigit():
        return False
    return not (size[-1:].isdigit() and after.isdigit())


def _extended(drafts: list[_Draft], word: str, parts: Sequence[_Part]) -> list[_Draft]:
    """The drafts with a word more. A number, a size or a colour that the last draft has already begins another one."""
    for place, part in enumerate(parts):
        draft = drafts[-1]
        if part.kind == "number":
            if draft.number is not None or draft.size or draft.units is not None:
                draft = _Draft()
            draft.number = int(part.value)
        elif part.kind == "size":
            draft = _Draft(number=draft.number) if draft.size else draft
            draft.size = part.value
        elif part.kind == "colour":
            draft = _Draft(number=draft.number) if draft.colour or draft.units is not None else draft
            draft.colour = part.value
        else:
            draft = _Draft(number=draft.number) if draft.units is not None else draft
            draft.units = int(part.value)
        if draft is not drafts[-1]:
            drafts = [*drafts, draft]
        if place == 0 or not draft.words:
            draft.words.append(word)
    return drafts


def _resolved(draft: _Draft, vocabulary: _Vocabulary) -> GroupSelection:
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


def _find_option(options: Sequence[OfferedOption], draft: _Draft) -> tuple[int | None, str]:
    of_size = [option for option in options if not draft.size or _fold(option.size) == draft.size]
    if not of_size:
        return None, NO_SUCH_SIZE
    if not draft.size and len({_fold(option.size) for option in options}) > 1:
        return None, NO_SIZE
    found = [option for option in of_size if not draft.colour or _fold(option.colour) == draft.colour]
    if not found:
        return None, NO_SUCH_COLOUR
    return (found[0].key, "") if len(found) == 1 else (None, NO_COLOUR)


def _selection_of_nothing(vocabulary: _Vocabulary) -> GroupSelection:
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
