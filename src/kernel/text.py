"""Names as people type them: one spelling, and nothing in them that cannot be seen."""

import re
import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks without a shape: fillers, the grapheme joiner, the blank Braille cell, Mongolian and ideographic variation selectors.
_WITHOUT_SHAPE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE0E)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
# U+FE0E and U+FE0F only choose between two pictures of a symbol, and U+200D joins symbols into one picture: nicknames are full of them.
_VARIANT_OF_SYMBOL = re.compile("[\ufe0e\ufe0f]")
_JOINER = "\u200d"


def normalized(text: str) -> str:
    """The text in NFC, without spaces around it, with one space for a run of any, and with emoji in their plainest form."""
    composed = _VARIANT_OF_SYMBOL.sub("", unicodedata.normalize("NFC", text.strip()))
    composed = "".join(
        character for place, character in enumerate(composed) if not (character == _JOINER and _joins(composed, place))
    )
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in composed)
    return unicodedata.normalize("NFC", re.sub(" {2,}", " ", spaced).strip())


def invisible_character(text: str) -> str | None:
    """The first character that cannot be seen or that controls how others are shown, as «U+200B»; None where there is none."""
    for character in text:
        if unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _WITHOUT_SHAPE:
            return f"U+{ord(character):04X}"
    return None


def visible(text: str) -> str:
    """The text without characters that cannot be seen; ends of lines stay."""
    return "".join(each for each in text if each in "\r\n\t" or invisible_character(each) is None)


def _joins(text: str, place: int) -> bool:
    """Whether the joiner at `place` stands between two symbols."""
    if not 0 < place < len(text) - 1:
        return False
    before, after = unicodedata.category(text[place - 1]), unicodedata.category(text[place + 1])
    return before in ("So", "Sk") and after in ("So", "Sk")
