"""Which words reveal a brand, and a text without them (FORWARD-3)."""

import functools
import re
import unicodedata
from collections.abc import Iterable

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
    return "".join(letter for letter, _place in _letters(text))


def redact(text: str, secrets: Iterable[str]) -> str:
    """Remove the secrets from a text, however they are spaced or cased, and those that a removal creates (FORWARD-3)."""
    folded_secrets = _folded(tuple(secrets))
    if not folded_secrets:
        return text
    while True:
        letters = _letters(text)
        folded = "".join(letter for letter, _place in letters)
        secret = next((word for word in folded_secrets if word in folded), None)
        if secret is None:
            return _tidy(text)
        start = folded.index(secret)
        first, last = letters[start][1], letters[start + len(secret) - 1][1]
        text = f"{text[:first]} {text[last + 1 :]}"


@functools.lru_cache(maxsize=64)
def _folded(secrets: tuple[str, ...]) -> list[str]:
    """The secrets as they are searched for, the longest first: a page removes the same ones from some hundred texts."""
    return sorted({folded for secret in secrets if (folded := fold_text(secret))}, key=len, reverse=True)


def _letters(text: str) -> list[tuple[str, int]]:
    """The letters and digits of a folded text, each with its position in the text. Each character is folded by itself, so that a part
    of a text folds to a part of the folded text."""
    return [
        (letter, place)
        for place, sign in enumerate(text)
        for letter in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
        if letter.isalnum()
    ]


_EMPTY_BRACKETS = re.compile(r"[(\[（【「『《<]\s*[)\]）】」』》>]")
_EDGE_PUNCTUATION = " ·・-–—/|,，、:：&+×*"


def _tidy(text: str) -> str:
    return " ".join(_EMPTY_BRACKETS.sub(" ", text).split()).strip(_EDGE_PUNCTUATION)
