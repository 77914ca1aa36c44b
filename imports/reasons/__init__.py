"""Every reason code with its sentence and the way to mend it, in Chinese and English."""

from __future__ import annotations

from imports.reasons.files import FILES
from imports.reasons.reason import Language, Reason
from imports.reasons.rows import ROWS

__all__ = ["FIELDS", "FILES", "ROWS", "Language", "Reason", "file_message", "hint", "message", "question"]

FIELDS: dict[str, tuple[str, str]] = {
    "style_no": ("款号", "style number"),
    "colour": ("颜色", "colour"),
    "size": ("尺码", "size"),
    "barcode": ("条码", "barcode"),
    "tag_price": ("吊牌价", "tag price"),
    "base_price": ("供货价", "supply price"),
    "discount": ("折扣", "discount"),
    "quantity": ("库存数量", "quantity"),
    "name": ("品名", "name"),
    "category": ("类目", "category"),
    "season": ("季节", "season"),
    "year": ("年份", "year"),
    "gender": ("性别", "gender"),
    "brand": ("品牌", "brand"),
    "remark": ("备注", "remark"),
    "picture": ("图片", "picture"),
    "consignment_no": ("发货单号", "consignment number"),
    "carrier": ("快递公司", "carrier"),
    "tracking_no": ("快递单号", "tracking number"),
    "recipient": ("收货人", "recipient"),
    "phone": ("电话", "phone"),
    "address": ("收货地址", "address"),
    "units": ("数量", "units"),
    "order_ref": ("订单号", "order reference"),
}


def message(code: str, language: Language, value: str | None, details: tuple[str, ...]) -> str:
    """The sentence for a code; an unknown code is a bug and raises KeyError."""
    reason = ROWS.get(code) or FILES[code]
    template = reason.zh if language == "zh" else reason.en
    padded = (*details, "", "", "")
    return template.format(*padded, value="" if value is None else value)


def hint(code: str, language: Language) -> str:
    """How to mend it."""
    reason = ROWS.get(code) or FILES[code]
    return reason.hint_zh if language == "zh" else reason.hint_en


def file_message(code: str, language: Language, details: tuple[str, ...] = ()) -> str:
    """The sentence for a refused file."""
    template = FILES[code].zh if language == "zh" else FILES[code].en
    return template.format(*(*details, "", "", ""))


def question(code: str, field: str, language: Language) -> str:
    """What is asked of the person who knows the sheet."""
    zh, en = FIELDS.get(field, (field, field))
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
