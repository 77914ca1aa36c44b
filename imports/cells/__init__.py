"""A cell → text, units, money, rate, size or barcode; or what is wrong with it.

Each parser is a pure function of one value, so that a column is parsed once per distinct value. Anything that
needs the neighbours (lost zeros, duplicates, prices that do not fit) is decided by `stock_sheet`.
"""

from imports.cells.barcodes import barcode, check_digit, right_ean13
from imports.cells.defects import defect, names_defect
from imports.cells.numbers import (
    MANY_UNITS,
    MAX_PRICE_FEN,
    MAX_UNITS,
    discount,
    price,
    price_text,
    rounded_fen,
    units,
)
from imports.cells.sizes import COLOUR_WORD, is_known_size, is_size_range, size, size_label
from imports.cells.text import (
    MISSING,
    ZERO_WIDTH,
    Problem,
    colour,
    free_text,
    has_problem,
    is_garbled,
    number_text,
    one_case,
    shown,
    style,
    tidy,
    trouble,
)

__all__ = [
    "COLOUR_WORD", "MANY_UNITS", "MAX_PRICE_FEN", "MAX_UNITS", "MISSING", "ZERO_WIDTH", "Problem", "barcode",
    "check_digit", "colour", "defect", "discount", "free_text", "has_problem", "is_garbled", "is_known_size", "is_size_range",
    "names_defect", "number_text", "one_case", "price", "price_text", "right_ean13", "rounded_fen", "shown", "size",
    "size_label", "style", "tidy", "trouble", "units",
]  # fmt: skip
