"""The sentence and the hint of every reason code, in Chinese and English."""

from __future__ import annotations

from imports import fields
from imports.reasons.charts import CHARTS
from imports.reasons.deliveries import DELIVERIES
from imports.reasons.files import FILES
from imports.reasons.goods import GOODS
from imports.reasons.reason import Language
from imports.reasons.rows import ROWS

_REASONS = {**FILES, **GOODS, **ROWS, **DELIVERIES, **CHARTS}


def is_known(code: str) -> bool:
    return code in _REASONS


def message(code: str, language: Language, value: str | None, details: tuple[str, ...]) -> str:
    """The sentence for a code; an unknown code is a bug and raises KeyError."""
    reason = _REASONS[code]
    template = reason.zh if language == "zh" else reason.en
    padded = (*details, "", "", "")
    return template.format(*padded, value="" if value is None else value)


def hint(code: str, language: Language) -> str:
    """How to correct it."""
    reason = _REASONS[code]
    return reason.hint_zh if language == "zh" else reason.hint_en


def file_message(code: str, language: Language, details: tuple[str, ...] = ()) -> str:
    """The sentence for a refused file."""
    template = FILES[code].zh if language == "zh" else FILES[code].en
    return template.format(*(*details, "", "", ""))


def question(code: str, field: str, language: Language) -> str:
    """The question to the owner of the sheet."""
    zh, en = fields.NAMES.get(field, (field, field))
    if language == "zh":
        return {
            "missing_column": f"没有找到“{zh}”列，请指出是哪一列。",
            "duplicate_header": f"有几列都像是“{zh}”，请指出用哪一列。",
            "no_header": f"没有表头，请指出“{zh}”是哪一列。",
        }.get(code, f"请确认哪一列是“{zh}”。")
    return {
        "missing_column": f"No column for the {en} was found; which one is it?",
        "duplicate_header": f"Several columns look like the {en}; which one is it?",
        "no_header": f"There is no heading line; which column is the {en}?",
    }.get(code, f"Which column is the {en}?")
