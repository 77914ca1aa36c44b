"""Checks of style numbers, barcodes, sizes and colours by what the other lines of the table hold (IMPORT-8, IMPORT-11)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from imports.cells.barcodes import check_digit
from imports.cells.sizes import is_known_size
from imports.cells.text import Problem
from imports.stock_sheet.table_lines import TableLines

_SCIENTIFIC_STYLE = re.compile(r"^\d{1,4}[eE]\d{1,3}$")


def check_style_numbers(lines: TableLines) -> None:
    """Leading zeros and letters that a number cannot carry; words as style numbers are right where most are words."""
    column = lines.style_no
    words = {at: problem.value for at, problem in column.problems() if problem.code == "bad_style" and problem.value}
    if words and sum(lines.is_item[at] for at in words) * 2 > sum(lines.is_item):
        for at, word in words.items():
            column.values[at] = word
    styles, place = column.values, column.place
    numbers = [at for at, row in enumerate(lines.rows) if row[place].__class__ is float and styles[at].__class__ is str]
    if not numbers or len(numbers) == len(styles):
        return
    texts = [
        style for row, style in zip(lines.rows, styles, strict=True)
        if row[place].__class__ is str and isinstance(style, str)
    ]  # fmt: skip
    width = _width_with_zeros(texts)
    scientific = sum(bool(_SCIENTIFIC_STYLE.match(text)) for text in texts) * 2 > len(texts)
    for at in numbers:
        style = str(styles[at])
        if width and len(style) < width:
            styles[at] = Problem("leading_zero_lost", str(width))
        elif scientific and style.endswith("000"):
            styles[at] = Problem("style_number_damaged")


def _width_with_zeros(texts: list[str]) -> int:
    """The common length of digit codes of which some begin with 0; 0 where there is none."""
    digits = [text for text in texts if text.isdigit()]
    if not any(text.startswith("0") for text in digits):
        return 0
    width, count = Counter(map(len, digits)).most_common(1)[0]
    return width if count * 5 >= len(digits) * 4 else 0


def check_barcodes(lines: TableLines) -> None:
    """A brand's own codes are accepted, with one warning, where most of the column is made of them; lost zeros are faults."""
    codes, place = lines.barcode.values, lines.barcode.place
    unusual: dict[int, dict[int, Problem]] = defaultdict(dict)  # by length of the code and by line
    for at, problem in lines.barcode.problems():
        if lines.is_item[at] and problem.value is not None and problem.code in ("barcode_format", "barcode_checksum"):
            unusual[len(problem.value)][at] = problem
    if not unusual:
        return
    texts = [
        code.value if isinstance(code, Problem) else code
        for code, is_item in zip(codes, lines.is_item, strict=True)
        if is_item and code is not None
    ]
    lengths = Counter(len(text) for text in texts if isinstance(text, str))
    width = _width_with_zeros([code for code in codes if isinstance(code, str)])
    is_reported = False
    for length, problems in unusual.items():
        are_own = len(problems) >= 3 and len(problems) * 2 > lengths[length] and lengths[length] * 2 > len(texts)
        for at, problem in problems.items():
            if are_own:
                if not is_reported:
                    is_reported = True
                    lines.report(at, place, Problem(problem.code, fatal=False))
                codes[at] = problem.value
            elif width and lines.rows[at][place].__class__ is float and length < width:
                codes[at] = Problem("leading_zero_lost", str(width))


def check_size_among_colours(lines: TableLines) -> None:
    """A size in the column of colours beside what is no size in the column of sizes."""
    if lines.colour.derived:
        return
    colours = lines.colour.values
    for at, problem in lines.size.problems():
        colour = colours[at]
        if problem.code not in ("bad_size", "unknown_size"):
            continue
        if isinstance(colour, str) and is_known_size(colour) and not colour.isdigit():
            lines.size.values[at] = Problem("columns_swapped", "颜色与尺码", "colour and size")


def check_barcode_among_styles(lines: TableLines) -> None:
    """A barcode in the column of style numbers beside what is none in the column of barcodes."""
    styles = lines.style_no.values
    if not any(isinstance(style, str) and len(style) == 13 for style in set(styles)):
        return
    for at, code in enumerate(lines.barcode.values):
        style = styles[at]
        if (
            isinstance(style, str) and len(style) == 13 and style.isdigit() and isinstance(code, str)
            and not code.isdigit() and check_digit(style[:-1]) == style[-1]
        ):  # fmt: skip
            styles[at] = Problem("columns_swapped", "款号与条码", "style number and barcode")
