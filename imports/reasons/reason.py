"""A reason: a sentence and a hint how to correct it, in Chinese and English."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Reason(NamedTuple):
    zh: str
    en: str
    hint_zh: str
    hint_en: str
