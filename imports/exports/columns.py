"""The columns of a list, and what a cell of each kind holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

Cell = None | str | int | datetime
"""What a row gives for a column: see `Kind`. None is an empty cell in every column."""


class Kind(Enum):
    """TEXT: a text. CODE: a text that may look like a number (a phone, a barcode, an order number). INTEGER: a whole number.

    MONEY: an amount in fen. TIME: an aware instant, shown in the local time that the heading names. LINK: an address of a page.
    DIGITS: digits, or nothing, exactly as they are. `safe_text` would mark them, so this kind is for files that a program reads.
    """

    TEXT = "text"
    CODE = "code"
    DIGITS = "digits"
    INTEGER = "integer"
    MONEY = "money"
    TIME = "time"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list; `width` is in characters of a spreadsheet program, 0 for what its kind needs."""

    heading: str
    kind: Kind = Kind.TEXT
    width: int = 0
