"""Traditional characters read as simplified ones, so that one table of labels and of divisions serves both.

The pairs come from OpenCC's `TSCharacters.txt` (licence Apache-2.0): those whose simplified character stands in a division's name or in
the words of `contact`. A text keeps its length, so that places in the one are places in the other.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

_PAIRS: Final = Path(__file__).with_name("data") / "traditional.json"


def simplified(text: str) -> str:
    """The text with simplified characters, as long as before: 臺北市 as 台北市."""
    return text if text.isascii() else text.translate(_table())


@cache
def _table() -> dict[int, int]:
    pairs = json.loads(_PAIRS.read_text("utf-8"))
    return dict(zip(map(ord, pairs["traditional"]), map(ord, pairs["simplified"]), strict=True))
