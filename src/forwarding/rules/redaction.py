"""Which words reveal a brand, and a text without them (FORWARD-3)."""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

_TRADE_WORDS = (
    "有限公司", "旗舰店", "专卖店", "官方", "集团", "公司", "品牌", "服饰", "服装", "时装", "女装", "男装", "童装", "女鞋",
    "男鞋", "鞋业", "箱包", "内衣", "家纺", "珠宝", "饰品", "商贸", "实业",
)  # fmt: skip
_LETTER_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


def brand_words(name: str) -> tuple[str, ...]:
    """The words that reveal a brand: its name, the parts of it («QINGHE 青禾»), and those parts without words of the trade («云杉服饰» →
    «云杉»). A single Chinese character or two Latin letters reveal too little and occur in every text."""
    words = [name]
    for run in _LETTER_RUNS.findall(unicodedata.normalize("NFKC", name)):
        bare = run
        while endings := [word for word in _TRADE_WORDS if bare.endswith(word)]:
            bare = bare[: -len(endings[0])]
        min_length = 3 if run.isascii() else 2
        words += [word for word in (run, bare) if len(word) >= min_length and word not in _TRADE_WORDS]
    return tuple(dict.fromkeys(words))


def fold_text(text: str) -> str:
    """The letters and digits of a text without case, width, accents, spaces and punctuation."""
    return "".join(map(_folded_sign, text))


def redact(text: str, secrets: Iterable[str]) -> str:
    """Remove the secrets from a text, however they are spaced or cased, and those that a removal creates (FORWARD-3)."""
    return redactor(secrets)(text)


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that removes these secrets from any text, as `redact` does: to be made once where there are many texts.

    A text without any of them is returned as it is (sizes like «L+»), and so are the lines of a text that had none. Its time grows with
    the text and hardly with the number of secrets.
    """
    searched = _searched(tuple(secrets))

    def without(text: str) -> str:
        if not searched.words:
            return text
        original, text = text, text.replace(_REMOVED, "")
        while True:
            letters = _letters(text)
            found = searched.find_longest("".join(letter for letter, _place in letters))
            if found is None:
                return _tidy(text) if _REMOVED in text else original
            first, last = letters[found[0]][1], letters[found[1] - 1][1]
            text = f"{text[:first]}{_REMOVED}{text[last + 1 :]}"

    return without


@dataclass(frozen=True, slots=True)
class _SearchedWords:
    """Folded words that are not empty, and which lengths the words have that begin with the same letters; all begin with so many."""

    words: frozenset[str]
    lengths_by_start: Mapping[str, Sequence[int]]
    start_length: int

    def find_longest(self, folded: str) -> tuple[int, int] | None:
        """Where the longest of the words stands in a folded text, the first one among those as long."""
        found, longest = None, 0
        for first in range(len(folded) - self.start_length + 1):
            for length in self.lengths_by_start.get(folded[first : first + self.start_length], ()):
                last = first + length
                if longest < length and last <= len(folded) and folded[first:last] in self.words:
                    found, longest = (first, last), length
        return found


@functools.lru_cache(maxsize=64)
def _searched(secrets: tuple[str, ...]) -> _SearchedWords:
    words = frozenset(folded for secret in secrets if (folded := fold_text(secret)))
    start_length = min(map(len, words), default=0)
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[:start_length], set()).add(len(word))
    return _SearchedWords(words, {start: sorted(each) for start, each in lengths.items()}, start_length)


def _letters(text: str) -> list[tuple[str, int]]:
    """The letters and digits of a folded text, each with its position in the text. Each character is folded by itself, so that a part
    of a text folds to a part of the folded text."""
    return [(letter, place) for place, sign in enumerate(text) for letter in _folded_sign(sign)]


@functools.lru_cache(maxsize=16_384)
def _folded_sign(sign: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
    return "".join(letter for letter in folded if letter.isalnum())


_EMPTY_BRACKETS = re.compile(r"[(\[（【「『《<]\s*[)\]）】」』》>]")
_EDGE_PUNCTUATION = " ·・-–—/|,，、:：&+×*"


_REMOVED = "\0"
"""Where a word was removed: no text in the database holds it."""


def _tidy(text: str) -> str:
    """The text without what a removal leaves behind, as far as its line goes; a line of which nothing is left is dropped."""
    lines = [_tidy_line(line) if _REMOVED in line else line for line in text.split("\n")]
    return "\n".join(
        line for line, before in zip(lines, text.split("\n"), strict=True) if line or _REMOVED not in before
    )


def _tidy_line(line: str) -> str:
    return " ".join(_EMPTY_BRACKETS.sub(" ", line.replace(_REMOVED, " ")).split()).strip(_EDGE_PUNCTUATION)
