"""What a reason code says: a sentence and the way to mend it, in Chinese and English."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Reason(NamedTuple):
    zh: str
    en: str
    hint_zh: str
    hint_en: str
