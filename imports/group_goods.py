"""The words with which group lists name goods: numbers, names, sizes, colours and units (FORWARD-11)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

MAX_NUMBER: Final = 999
ASKING = re.compile(r"(?:我?想?要|我?来|我?拍|我?订|帮我[拿拍订留]?|麻烦|请)+")
"""Words before goods that only ask for them."""
_NUMERALS: Final = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_REFERENCE = re.compile(
    r"(?:(?P<strong>第|款号?|#|no\.?)\s*)?(?P<number>\d{1,3})(?P<after>号款|号|款|#)?", re.IGNORECASE
)
_UNITS = re.compile(
    r"[x×*](\d{1,3})(?:[件条双套个只])?|(\d{1,3}|[一两二三四五六七八九十])[件条双套个只]", re.IGNORECASE
)

_EACH = re.compile(r"各(?:来|要|拿)?(\d{1,3}|[一两二三四五六七八九十])[件条双套个只]?")
"""«1号白S 1号白M各两件»: units of all goods before it that have none of their own."""
_ANY_SIZE = re.compile(r"(?:[2-9]?x{1,5}|\d)?[sml]码?\Z|均码\Z")


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
class Vocabulary:
    """The words of the offered goods, folded, the longest first."""

    goods: dict[int, OfferedGoods]
    names: dict[str, int]
    sizes: tuple[str, ...]
    colours: tuple[str, ...]

    @classmethod
    def of(cls, goods: Sequence[OfferedGoods]) -> Vocabulary:
        options = [option for each in goods for option in each.options]
        return cls(
            goods={each.number: each for each in goods},
            names={fold(name): each.number for each in goods for name in each.names if len(fold(name)) > 1},
            sizes=_longest_first(option.size for option in options),
            colours=_longest_first(option.colour for option in options),
        )

    @property
    def only(self) -> int | None:
        return next(iter(self.goods)) if len(self.goods) == 1 else None

    def has_one_size(self, number: int | None) -> bool:
        goods = self.goods.get(self.only or 0 if number is None else number)
        return goods is not None and len({fold(option.size) for option in goods.options}) == 1


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _longest_first(words: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted({folded for word in words if (folded := fold(word))}, key=len, reverse=True))


@dataclass(slots=True)
class Draft:
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
class Part:
    """A part of a word: its kind (number, size, colour, units), its value, and whether it can be nothing else."""

    kind: str
    value: str
    strong: bool = False


def is_strong(parts: Sequence[Part]) -> bool:
    """Whether the parts cannot belong to an address: a number that says 款, or a size together with a number or counted units."""
    kinds = {part.kind for part in parts}
    return any(part.kind == "number" and part.strong for part in parts) or (
        "size" in kinds and ("number" in kinds or any(part.kind in ("units", "each") and part.strong for part in parts))
    )


def parts_of(word: str, draft: Draft, vocabulary: Vocabulary, *, is_first: bool) -> list[Part] | None:
    """What a word says of goods, part after part; None where some of it says nothing of them."""
    folded = fold(word)
    if (asking := ASKING.match(folded)) and asking.end() < len(folded):
        folded = folded[asking.end() :]
    digits = folded.rstrip(".:)") if is_first else folded
    if digits.isascii() and digits.isdigit():
        return _bare_number(digits, draft, vocabulary, is_first=is_first)
    parts = _split(folded, draft, vocabulary)
    if parts is None and draft.words and not draft.size and _ANY_SIZE.match(folded):
        # A size that these goods do not have is no part of a name.
        return [Part("size", folded.removesuffix("码") if folded != "均码" else folded)]
    return parts


def _bare_number(digits: str, draft: Draft, vocabulary: Vocabulary, *, is_first: bool) -> list[Part] | None:
    """A number by itself: units behind a size, the number of goods at the start of a selection, a size behind a number.

    Behind a comma it is no units where there are several goods: «1 M，3 XL» names goods 1 and 3.
    """
    number = int(digits)
    has_size = bool(draft.size) or (bool(draft.colour) and vocabulary.has_one_size(draft.number))
    if has_size and draft.units is None and number <= MAX_NUMBER and not (is_first and vocabulary.only is None):
        return [Part("units", digits)]
    knows_goods = draft.number is not None or vocabulary.only is not None
    if knows_goods and not draft.size and digits in vocabulary.sizes:
        return [Part("size", digits)]
    starts_selection = draft.is_empty or bool(draft.size)
    if starts_selection and len(vocabulary.goods) > 1 and len(digits) <= 3:
        return [Part("number", digits)]
    return None


def _split(folded: str, draft: Draft, vocabulary: Vocabulary) -> list[Part] | None:
    parts: list[Part] = []
    at = 0
    while at < len(folded):
        found = _part_at(folded, at, parts, draft, vocabulary)
        if found is None:
            return None
        part, at = found
        parts.append(part)
    return parts


def _part_at(
    folded: str, at: int, parts: Sequence[Part], draft: Draft, vocabulary: Vocabulary
) -> tuple[Part, int] | None:
    if units := _UNITS.match(folded, at):
        amount = units.group(1) or units.group(2)
        return Part("units", str(_NUMERALS.get(amount, amount)), strong=True), units.end()
    if each := _EACH.match(folded, at):
        return Part("each", str(_NUMERALS.get(each.group(1), each.group(1))), strong=True), each.end()
    for name, number in vocabulary.names.items():
        if folded.startswith(name, at):
            return Part("number", str(number), strong=True), at + len(name)
    for size in vocabulary.sizes:
        end = at + len(size)
        if folded.startswith(size, at) and _size_ends(folded, at, end, size):
            known = (
                draft.number is not None or vocabulary.only is not None or any(part.kind == "number" for part in parts)
            )
            if not size.isdigit() or known:
                return Part("size", size), end + (1 if folded.startswith("码", end) else 0)
    for colour in vocabulary.colours:
        if folded.startswith(colour, at):
            end = at + len(colour)
            return Part("colour", colour), end + (1 if folded.startswith("色", end) else 0)
    reference = _REFERENCE.match(folded, at)
    if reference and not any(part.kind == "number" for part in parts) and (len(vocabulary.goods) > 1 or at == 0):
        strong = bool(reference.group("strong")) or reference.group("after") in ("号款", "款")
        return Part("number", reference.group("number"), strong=strong), reference.end()
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


def extended(drafts: list[Draft], word: str, parts: Sequence[Part]) -> list[Draft]:
    """The drafts with a word more. A number, a size or a colour that the last draft has already begins another one."""
    for place, part in enumerate(parts):
        draft = drafts[-1]
        if part.kind == "number":
            if draft.number is not None or draft.size or draft.units is not None:
                draft = Draft()
            draft.number = int(part.value)
        elif part.kind == "size":
            draft = Draft(number=draft.number) if draft.size else draft
            draft.size = part.value
        elif part.kind == "colour":
            draft = Draft(number=draft.number) if draft.colour or draft.units is not None else draft
            draft.colour = part.value
        elif part.kind == "each":
            for earlier in drafts:
                earlier.units = int(part.value) if earlier.units is None else earlier.units
        else:
            draft = Draft(number=draft.number) if draft.units is not None else draft
            draft.units = int(part.value)
        if draft is not drafts[-1]:
            drafts = [*drafts, draft]
        if place == 0 or not draft.words:
            draft.words.append(word)
    return drafts
