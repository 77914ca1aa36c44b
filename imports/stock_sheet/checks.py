"""The checks that look at several lines or columns of a table, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from imports.fields import BARCODE, BASE_PRICE, COLOUR, DISCOUNT, QUANTITY, SIZE, STYLE_NO, TAG_PRICE
from imports.stock_sheet.check_codes import (
    check_barcode_among_styles,
    check_barcodes,
    check_size_among_colours,
    check_style_numbers,
)
from imports.stock_sheet.check_merged import check_merged_quantities
from imports.stock_sheet.check_prices import (
    check_prices,
    compare_discounts,
    price_by_discounts,
    read_discounts_as_prices,
)
from imports.stock_sheet.check_widths import check_widths
from imports.stock_sheet.fill_groups import fill_groups
from imports.stock_sheet.table_lines import TableLines


@dataclass(frozen=True, slots=True)
class Check:
    """`run` may replace values by problems, or problems by values. It runs on tables whose lines have all the columns of `needs`."""

    run: Callable[[TableLines], None]
    needs: frozenset[str]


def _check(run: Callable[[TableLines], None], *needs: str) -> Check:
    return Check(run, frozenset(needs))


CHECKS: Final = (
    _check(check_style_numbers, STYLE_NO),
    _check(check_barcodes, BARCODE),
    _check(check_size_among_colours, SIZE, COLOUR),
    _check(check_barcode_among_styles, STYLE_NO, BARCODE),
    _check(fill_groups, STYLE_NO),
    _check(price_by_discounts, TAG_PRICE, DISCOUNT),
    _check(read_discounts_as_prices, TAG_PRICE, BASE_PRICE),
    _check(compare_discounts, TAG_PRICE, BASE_PRICE, DISCOUNT),
    _check(check_prices, STYLE_NO, TAG_PRICE, BASE_PRICE),
    _check(check_merged_quantities, QUANTITY),
    _check(check_widths, STYLE_NO),
)
