"""What a line is that is neither an item nor a heading."""

from __future__ import annotations

from typing import Literal

from imports import vocabulary
from imports.cells.text import display_text, normalize
from imports.report import IgnoredWhy
from imports.workbook.model import Row, is_blank

LABEL_WITHIN = 1000
"""Labels are looked for in the first characters of a text only."""


def texts_of(row: Row, left: int = 0, right: int | None = None) -> list[str]:
    """The non-blank cells of a line that are text, as far as a label may be looked for in them."""
    return [
        value[:LABEL_WITHIN]
        for value in row[left : None if right is None else right + 1]
        if isinstance(value, str) and not is_blank(value)
    ]


def total_kind(row: Row, left: int = 0, right: int | None = None) -> Literal["subtotal", "total"] | None:
    """`subtotal` or `total` for a line whose first words say so; None for any other."""
    texts = texts_of(row, left, right)
    if texts and vocabulary.TOTAL_SENTENCE.match(normalize(texts[0])):
        return "total"
    for text in texts[:3]:
        match = vocabulary.TOTAL_LABEL.match(normalize(text))
        if match is not None:
            label = vocabulary.fold_heading(match.group(2))
            return (
                "subtotal"
                if label in ("小计", "本页小计", "本页计", "subtotal", "sub-total") or match.group(1)
                else "total"
            )
    return None


def ignore_why(row: Row, place: Literal["before", "between", "after"], *, first: bool = False) -> IgnoredWhy:
    """What a line is before, between or after the items; `first` for the first line of the sheet."""
    texts = texts_of(row)
    joined = " ".join(texts)
    if place == "before":
        if vocabulary.CONTACT_LABEL.search(joined):
            return "contact"
        if vocabulary.INSTRUCTION_LABEL.search(joined):
            return "instruction"
        return "note" if vocabulary.NOTE_LABEL.search(joined) and not first else "title"
    if place == "after":
        return "footer"
    return "note"


def is_single_text(row: Row, left: int = 0, right: int | None = None) -> str | None:
    """The text of a line that holds nothing but one text cell."""
    cells = [value for value in row[left : None if right is None else right + 1] if not is_blank(value)]
    if len(cells) == 1 and isinstance(cells[0], str):
        return display_text(cells[0])[:LABEL_WITHIN].strip()
    if len(cells) > 1 and all(isinstance(value, str) for value in cells) and len({str(value) for value in cells}) == 1:
        return display_text(cells[0])[:LABEL_WITHIN].strip()
    return None


def category_of(text: str) -> str | None:
    """The category that a line between items announces, such as 【T恤】 or 一、连衣裙."""
    bare = normalize(text).strip("【】[]()（）<>《》-—=*·•■◆●▶ :：")
    bare = bare.lstrip("一二三四五六七八九十0123456789、.．,， ")
    if bare.startswith(("类别", "品类", "类目", "分类")):
        bare = bare[2:].strip(" :：")
    if not 0 < len(bare) <= 15 or any(char.isdigit() for char in bare):
        return None
    return None if vocabulary.CONTACT_LABEL.search(bare) or vocabulary.NOTE_LABEL.search(bare) or "页" in bare else bare
