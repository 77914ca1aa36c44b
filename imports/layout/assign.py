"""Which column of a table has which field (IMPORT-4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from imports import fields, vocabulary
from imports.cells.sizes import is_known_size, parse_size
from imports.cells.text import Problem, normalize
from imports.layout.questions import ask_for_missing, question_of
from imports.layout.size_rows import holds_units, is_wrong_size
from imports.layout.table import Table
from imports.layout.unused import list_unused_columns
from imports.vocabulary import Meaning
from imports.workbook.model import Value, column_index, is_blank

PIECES = re.compile(r"\s*[;；,，|/\\]\s*|\s+")
"""What stands between the colour and the size in one cell."""


def assign_fields(table: Table, answers: Mapping[str, str]) -> None:
    """Decide which column has which field; `answers` (column letters or heading → field) come first."""
    meanings = _answered_meanings(table, answers)
    for column in _columns_of_another_table(table, meanings):
        del meanings[column]
        table.unused.append((column, "是旁边的另一张表", "it belongs to another table beside this one"))
    by_field: dict[str, list[int]] = {}
    for column, meaning in sorted(meanings.items()):
        by_field.setdefault(meaning.field, []).append(column)
    for name, columns in by_field.items():
        if name == fields.LOCATION:
            table.locations = columns
        elif name in (fields.REMARK, fields.CONDITION):
            table.remarks = sorted([*table.remarks, *columns])
            if name == fields.REMARK:
                table.columns[name] = columns[0]
        elif name == fields.COST:
            table.unused += [(column, "成本价不读取", "cost prices are never read") for column in columns]
        elif name not in (fields.WAREHOUSE, fields.TOTAL, fields.UNUSED, fields.AMOUNT, fields.SIZE_PARENT):
            _choose_column(table, name, columns, meanings)
    _assign_quantities(table, by_field, meanings)
    _apply_fallbacks(table, by_field, meanings)
    ask_for_missing(table, by_field)
    if table.is_matrix and fields.BARCODE in table.columns:
        why = "横排尺码表一行有多个尺码，条码无法对应", "a line of a matrix has several sizes, a barcode but one"
        table.unused.append((table.columns.pop(fields.BARCODE), *why))
    table.wrong_sizes = _wrong_sizes(table, meanings)
    list_unused_columns(table, meanings)


def _answered_meanings(table: Table, answers: Mapping[str, str]) -> dict[int, Meaning]:
    """The meanings of the headings, with the answers to questions about them."""
    meanings = dict(table.header.meanings)
    for key, chosen in answers.items():
        column = _answered_column(table, key)
        if column is None:
            continue
        if chosen == "ignore":
            meanings.pop(column, None)
            table.unused.append((column, "按您的选择忽略", "ignored as you chose"))
            continue
        for other in [c for c, meaning in meanings.items() if meaning.field == chosen]:
            del meanings[other]
        meanings[column] = Meaning(chosen, -1, True, meanings[column].notes if column in meanings else ())
    return meanings


def _answered_column(table: Table, key: str) -> int | None:
    if key.isascii() and key.isalpha() and len(key) <= 3:
        column = column_index(key)
        if table.header.left <= column <= table.header.right:
            return column
    folded = vocabulary.fold_heading(key)
    for column, text in table.header.texts.items():
        if vocabulary.fold_heading(text) == folded:
            return column
    return None


def _columns_of_another_table(table: Table, meanings: Mapping[int, Meaning]) -> list[int]:
    """Columns behind an empty one that repeat fields of the table with the style numbers, where that table is complete.

    A column that the brand has named (precedence below 0) stays.
    """
    header = table.header
    style = next((column for column, meaning in sorted(meanings.items()) if meaning.field == fields.STYLE_NO), None)
    if style is None:
        return []
    rows = table.sheet.rows[table.start : table.stop]
    bare = [at for at in range(header.left, header.right + 1) if at not in header.texts and at not in meanings]
    gaps = [column for column in bare if all(is_blank(row[column]) for row in rows)]
    sizes = [column for row in header.sizes for column in row.labels]
    left = max((gap for gap in gaps if gap < style), default=-1)
    right = min((gap for gap in gaps if gap > style), default=header.right + 1)
    within = {meaning.field for column, meaning in meanings.items() if left < column < right}
    if sizes:
        within |= {fields.SIZE, fields.QUANTITY}
    if fields.COLOUR_AND_SIZE in within:
        within.add(fields.SIZE)
    if not within.issuperset(fields.REQUIRED) or any(not left < column < right for column in sizes):
        return []
    apart = {column: meaning for column, meaning in meanings.items() if not left < column < right}
    says_again = any(meaning.field in within for meaning in apart.values())
    return [column for column, meaning in apart.items() if says_again and meaning.precedence >= 0]


def _wrong_sizes(table: Table, meanings: dict[int, Meaning]) -> dict[int, str]:
    """Columns among or next to the sizes whose heading became a date or names several sizes, with the reason."""
    if not table.is_matrix:
        return {}
    sizes = {column for row in table.header.sizes for column in row.labels}
    wrong: dict[int, str] = {}
    for column, text in table.header.texts.items():
        parsed = parse_size(text)
        if (
            column not in sizes and column not in meanings and isinstance(parsed, Problem) and is_wrong_size(parsed)
            and holds_units(table.sheet, table.header, column)
        ):  # fmt: skip
            wrong[column] = parsed.code
    return wrong


def _choose_column(table: Table, name: str, columns: list[int], meanings: dict[int, Meaning]) -> None:
    best = min(meanings[column].precedence for column in columns)
    claim = [column for column in columns if meanings[column].precedence == best]
    rest = [column for column in columns if meanings[column].precedence != best]
    if len(claim) > 1:
        claim = _distinct_columns(table, claim)
    if len(claim) > 1 and name == fields.QUANTITY and _are_warehouses(table, claim, meanings):
        table.warehouses = claim
        return
    same_word = len({vocabulary.fold_heading(table.heading(column) or "") for column in claim}) < len(claim)
    if len(claim) > 1 and (name in fields.REQUIRED or (same_word and name in (fields.COLOUR, fields.BARCODE))):
        table.questions.append(question_of(table, "duplicate_header", name, claim))
        return
    table.columns[name] = claim[0]
    for column in claim[1:] + rest:
        zh, en = f"已用“{table.heading(claim[0])}”", f"'{table.heading(claim[0])}' was used"
        table.unused.append((column, zh, en))


def _distinct_columns(table: Table, columns: list[int]) -> list[int]:
    """Columns of the same content are one."""
    seen: dict[tuple[Value, ...], int] = {}
    rows = table.sheet.rows[table.start : table.stop]
    for column in columns:
        seen.setdefault(tuple(row[column] for row in rows), column)
    filled = [column for values, column in seen.items() if any(not is_blank(value) for value in values)]
    return filled or columns[:1]


def _are_warehouses(table: Table, columns: list[int], meanings: dict[int, Meaning]) -> bool:
    """Same word, different places in brackets: 库存(杭州仓), 库存(广州仓)."""
    notes = [meanings[column].notes for column in columns]
    return all(notes) and len(set(notes)) == len(notes) and all("件" not in note for row in notes for note in row)


def _assign_quantities(table: Table, by_field: dict[str, list[int]], meanings: dict[int, Meaning]) -> None:
    warehouses = by_field.get(fields.WAREHOUSE, [])
    totals = by_field.get(fields.TOTAL, [])
    if table.is_matrix:
        if totals:
            table.columns[fields.TOTAL] = totals[-1]
        elif fields.QUANTITY in table.columns:
            table.columns[fields.TOTAL] = table.columns.pop(fields.QUANTITY)
        table.questions = [q for q in table.questions if q.field != fields.QUANTITY]
        if fields.SIZE in table.columns and fields.SIZE_GROUP not in table.columns:
            table.columns[fields.SIZE_GROUP] = table.columns.pop(fields.SIZE)
        return
    numeric = [column for column in warehouses if _is_numeric(table, column)]
    if len(numeric) == 1 and meanings[numeric[0]].precedence > 0:
        numeric = []  # 北京 beside another 上海 is a warehouse; alone it may be anything
    if fields.QUANTITY in table.columns:
        if numeric:
            table.unused += [(c, "已用总数列", "the total column was used") for c in numeric]
            table.parts = numeric
        return
    if numeric:
        table.warehouses = sorted({*table.warehouses, *numeric})
        if len(table.warehouses) == 1:
            table.columns[fields.QUANTITY] = table.warehouses.pop()
    if table.warehouses and totals:
        table.columns[fields.TOTAL] = totals[-1]
    elif not table.warehouses and totals and not by_field.get(fields.QUANTITY):
        table.columns[fields.QUANTITY] = totals[-1]


def _is_numeric(table: Table, column: int) -> bool:
    rows = table.sheet.rows[table.start : min(table.stop, table.start + 200)]
    values = [row[column] for row in rows if not is_blank(row[column])]
    return bool(values) and sum(isinstance(v, float) or str(v).strip().isdigit() for v in values) * 2 >= len(values)


def _apply_fallbacks(table: Table, by_field: dict[str, list[int]], meanings: dict[int, Meaning]) -> None:
    """Fields that step in where a plainer one is absent, and prices that only confuse where all is known."""
    columns = table.columns
    if table.is_matrix and fields.COLOUR_AND_SIZE in columns:  # the corner: colours below it, sizes beside it
        columns.setdefault(fields.COLOUR, columns.pop(fields.COLOUR_AND_SIZE))
    if fields.COLOUR not in columns and fields.COLOUR_CODE in columns and fields.COLOUR_AND_SIZE not in columns:
        columns[fields.COLOUR] = columns.pop(fields.COLOUR_CODE)
    if fields.SIZE in columns and fields.COLOUR not in columns and _holds_colours_too(table, columns[fields.SIZE]):
        columns[fields.COLOUR_AND_SIZE] = columns.pop(fields.SIZE)
    if fields.COLOUR_AND_SIZE in columns and fields.COLOUR in columns and fields.SIZE in columns:
        both = columns.pop(fields.COLOUR_AND_SIZE)
        table.unused.append((both, "已用颜色列和尺码列", "the columns of colour and size were used"))
    if fields.TAG_PRICE in columns and fields.BASE_PRICE in columns and by_field.get(fields.UNCLEAR_PRICE):
        for column in by_field[fields.UNCLEAR_PRICE]:
            table.unused.append((column, "含义不明的价格", "a price of unclear meaning"))
    columns.pop(fields.UNCLEAR_PRICE, None)


def _holds_colours_too(table: Table, column: int) -> bool:
    """Whether 规格 holds 黑色;L on most lines: a size behind a text that is no size."""
    samples = [
        [piece for piece in PIECES.split(normalize(value)) if piece]
        for row in table.sheet.rows[table.start : min(table.stop, table.start + 200)]
        if isinstance(value := row[column], str) and not is_blank(value)
    ]
    both = sum(len(pieces) == 2 and is_known_size(pieces[1]) and not is_known_size(pieces[0]) for pieces in samples)
    return both * 2 > len(samples)
