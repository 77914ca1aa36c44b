"""Cards: blocks that give style and prices once above a small matrix: 款号：A100 吊牌价：599, then colours by sizes.

A card is rewritten as an ordinary table: its values are added to each of its lines in new columns to the right of the
sheet. Those columns are not in the file, so a fault in them is reported for the whole line.
"""

from __future__ import annotations

from imports import fields, vocabulary
from imports.cells.sizes import size_label
from imports.cells.text import display_text, normalize
from imports.workbook.model import Row, Sheet, Value, is_blank

_CARD_FIELDS = (
    fields.STYLE_NO,
    fields.TAG_PRICE,
    fields.BASE_PRICE,
    fields.DISCOUNT,
    "name",
    "category",
    "season",
    "year",
    "gender",
    "brand",
)
_MAX_LINES_ABOVE = 4
_MAX_LINES = 20_000


def lay_out_cards(sheet: Sheet) -> None:
    """Rewrite the cards of a sheet, if it has any; `sheet.card_lines` are the indexes of the lines that head them."""
    if not sheet.rows or len(sheet.rows) > _MAX_LINES or sheet.card_lines:
        return
    stated = [_stated_fields(row) for row in sheet.rows]
    if not any(fields.STYLE_NO in given for given in stated):
        return
    heads = [at for at, row in enumerate(sheet.rows) if not stated[at] and _is_block_heading(row)]
    blocks: list[tuple[int, dict[str, Value]]] = []
    for at in heads:
        card: dict[str, Value] = {}
        for before in range(max(0, at - _MAX_LINES_ABOVE), at):
            if fields.STYLE_NO in stated[before]:
                card = {}
            card.update(stated[before])
        if fields.STYLE_NO in card:
            blocks.append((at, card))
    if blocks:
        _extend(sheet, blocks, {at for at, given in enumerate(stated) if given})


def _stated_fields(row: Row) -> dict[str, Value]:
    """The fields that a line gives as `heading：value` in one cell, or as a heading with its value in the next cell."""
    given: dict[str, Value] = {}
    filled = [value for value in row if not is_blank(value)]
    at = 0
    while at < len(filled):
        value = filled[at]
        at += 1
        if not isinstance(value, str):
            return {}
        head, mark, rest = normalize(value).replace("：", ":").partition(":")
        meaning = vocabulary.meaning_of(head)
        if meaning is None or not meaning.exact or meaning.field not in _CARD_FIELDS:
            if mark or meaning is None:
                continue
            return {}
        if rest.strip():
            given[meaning.field] = rest.strip()
        elif at < len(filled) and not _is_word(filled[at]):
            given[meaning.field] = filled[at]
            at += 1
        else:
            return {}
    return given


def _is_word(value: Value) -> bool:
    return isinstance(value, str) and vocabulary.meaning_of(value.rstrip(":：")) is not None


def _is_block_heading(row: Row) -> bool:
    given = {meaning.field for value in row if isinstance(value, str) and (meaning := vocabulary.meaning_of(value))}
    if fields.STYLE_NO in given:
        return False
    labels = sum(size_label(value) is not None for value in row)
    if labels >= 2 and not given.isdisjoint((fields.COLOUR, fields.COLOUR_AND_SIZE)):
        return True
    return given.issuperset((fields.COLOUR, fields.SIZE, fields.QUANTITY))


def _extend(sheet: Sheet, blocks: list[tuple[int, dict[str, Value]]], cards: set[int]) -> None:
    names = [name for name in _CARD_FIELDS if any(name in card for _, card in blocks)]
    sheet.real_width = sheet.width
    for row in sheet.rows:
        row.extend([None] * (sheet.width + len(names) - len(row)))
    for place, (at, card) in enumerate(blocks):
        stop = blocks[place + 1][0] if place + 1 < len(blocks) else len(sheet.rows)
        for line in range(at, stop):
            if line in cards:
                break
            total = vocabulary.TOTAL_LABEL.match(
                normalize(display_text(next((v for v in sheet.rows[line] if not is_blank(v)), None)))
            )
            for offset, name in enumerate(names):
                if line == at:
                    sheet.rows[line][sheet.width + offset] = fields.NAMES[name][0]
                elif not total:
                    sheet.rows[line][sheet.width + offset] = card.get(name)
    sheet.width += len(names)
    sheet.card_lines = cards
