"""Traditional characters read as simplified ones: one table of labels, divisions and words of goods serves both.

The pairs are those of OpenCC's `TSCharacters.txt` (licence Apache-2.0), the first simplified character where several fit. A text keeps
its length, so that places in the one are places in the other.
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
