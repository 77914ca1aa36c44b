"""Which goods on sale a line of a workbook means (WORKBOOK-2). Pure: it sees only what the caller found."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from orders.uploads.sentences import (
    AMBIGUOUS_GOODS,
    CONFLICTING_GOODS,
    UNKNOWN_GOODS,
    UNKNOWN_VARIANT,
    Sentence,
    filled,
)

MAX_CHOICES = 60
MAX_KEY_LENGTH = 300


class Goods(Protocol):
    """A SKU on sale, as its brand writes it."""

    @property
    def item_id(self) -> int: ...
    @property
    def sku_id(self) -> int: ...
    @property
    def style_no(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def size(self) -> str: ...
    @property
    def barcode(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Wording:
    """How a line names its goods; a text is empty where the line has none."""

    style_no: str
    colour: str
    size: str
    barcode: str

    @property
    def key(self) -> str:
        """The same for lines that name goods alike, without regard to letter case; empty where the words are too long to remember."""
        key = json.dumps([_folded(each) for each in self._parts], ensure_ascii=False)
        return key if len(key) <= MAX_KEY_LENGTH else ""

    def __str__(self) -> str:
        return " ".join(each for each in self._parts if each)

    @property
    def _parts(self) -> tuple[str, str, str, str]:
        return self.style_no, self.colour, self.size, self.barcode


@dataclass(frozen=True, slots=True)
class Match:
    """The sale item that is meant; else None, the items that may be meant, and why it is not sure."""

    item_id: int | None
    choices: tuple[int, ...] = ()
    reason: Sentence | None = None


@dataclass(slots=True)
class GoodsIndex:
    """The goods on sale that the lines of a workbook may mean."""

    by_barcode: dict[str, list[Goods]] = field(default_factory=dict)
    by_style: dict[str, list[Goods]] = field(default_factory=dict)
    by_sku: dict[int, Goods] = field(default_factory=dict)

    @staticmethod
    def of(goods: Iterable[Goods]) -> "GoodsIndex":
        index = GoodsIndex()
        for each in goods:
            if each.barcode:
                index.by_barcode.setdefault(each.barcode, []).append(each)
            index.by_style.setdefault(_folded(each.style_no), []).append(each)
            index.by_sku[each.sku_id] = each
        return index


def match_goods(wording: Wording, index: GoodsIndex, aliases: Mapping[str, int]) -> Match:
    """The item that a line means: by barcode, by style number, colour and size, or by what she chose before for the same words.

    Nothing is guessed. Where a barcode and the other words say different things, or several goods fit, or the colour is not one of the
    style, the goods are to be chosen. `aliases`: the id of a SKU by `Wording.key`.
    """
    found = _by_barcode(wording, index) if wording.barcode in index.by_barcode else _by_words(wording, index)
    if found.item_id is None and (chosen := index.by_sku.get(aliases.get(wording.key, 0))) is not None:
        return Match(chosen.item_id)
    return found


def _by_barcode(wording: Wording, index: GoodsIndex) -> Match:
    hits = index.by_barcode[wording.barcode]
    fitting = [each for each in hits if _fits(each.style_no, wording.style_no) and _fits(each.size, wording.size)]
    if len(fitting) == 1:
        return Match(fitting[0].item_id)
    if fitting:
        return _choose(AMBIGUOUS_GOODS, wording, fitting)
    return _choose(CONFLICTING_GOODS, wording, [*hits, *index.by_style.get(_folded(wording.style_no), [])])


def _by_words(wording: Wording, index: GoodsIndex) -> Match:
    style = index.by_style.get(_folded(wording.style_no), []) if wording.style_no else []
    if not style:
        return Match(None, reason=filled(UNKNOWN_GOODS, goods=wording))
    fitting = [each for each in style if _fits(each.size, wording.size) and _fits(each.colour, wording.colour)]
    if wording.barcode and any(each.barcode for each in fitting):
        return _choose(CONFLICTING_GOODS, wording, fitting)
    if len(fitting) == 1 and _is_sure(wording, style):
        return Match(fitting[0].item_id)
    if fitting:
        return _choose(AMBIGUOUS_GOODS, wording, fitting)
    sizes = [each for each in style if _fits(each.size, wording.size)]
    return _choose(UNKNOWN_VARIANT, wording, sizes or style)


def _is_sure(wording: Wording, style: Iterable[Goods]) -> bool:
    """Whether what the line leaves out cannot be anything else: the style number is of one brand's goods, of one colour, of one size."""
    goods = list(style)
    colours, sizes = {_folded(each.colour) for each in goods}, {_folded(each.size) for each in goods}
    return (bool(wording.colour) or len(colours) == 1) and (bool(wording.size) or len(sizes) == 1)


def _choose(reason: Sentence, wording: Wording, goods: Iterable[Goods]) -> Match:
    items = tuple(dict.fromkeys(each.item_id for each in goods))
    return Match(None, items[:MAX_CHOICES], filled(reason, goods=wording, count=len(items)))


def _fits(own: str, written: str) -> bool:
    return not written or _folded(own) == _folded(written)


def _folded(text: str) -> str:
    return " ".join(text.upper().casefold().split())
