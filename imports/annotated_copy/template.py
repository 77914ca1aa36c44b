"""The empty workbook to fill in: locked heading, drop-down lists, an example line that the reader ignores."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import xlsxwriter

from imports.vocabulary import LISTS_SHEET

_HEADINGS: Final = (
    ("款号*", 16, "文本，与吊牌一致 text, as on the label"),
    ("品名", 20, "选填 optional"),
    ("类目", 14, "从下拉列表选择，选填 optional, from the list"),
    ("颜色", 10, "可从下拉列表选择，选填 optional, from the list"),
    ("尺码*", 10, "每行一个尺码，必填 required, one size a line"),
    ("条码", 18, "文本，13 位国标码，选填 optional, text"),
    ("吊牌价*", 12, "元，最多两位小数，必填 required, yuan"),
    ("供货价*", 12, "元，最多两位小数，必填 required, yuan"),
    ("库存数量*", 12, "整数，必填 required, whole units"),
    ("年份", 8, "选填 optional"),
    ("季节", 8, "从下拉列表选择，选填 optional, from the list"),
    ("备注", 20, "选填 optional"),
)
_EXAMPLE: Final = (
    "示例 ST24A001",
    "短袖T恤",
    "",
    "墨绿",
    "M",
    "6901234567892",
    599,
    149.75,
    20,
    2024,
    "夏",
    "示例行，可删除 example",
)
CATEGORIES: Final = ("女装", "男装", "童装", "鞋", "箱包", "珠宝", "配饰")
COLOURS: Final = (
    "黑色",
    "白色",
    "灰色",
    "米白",
    "卡其",
    "驼色",
    "棕色",
    "红色",
    "酒红",
    "粉色",
    "橙色",
    "黄色",
    "绿色",
    "墨绿",
    "军绿",
    "蓝色",
    "藏青",
    "牛仔蓝",
    "紫色",
    "金色",
    "银色",
    "条纹",
    "格纹",
    "花色",
)
SIZES: Final = (
    "均码",
    "XS",
    "S",
    "M",
    "L",
    "XL",
    "XXL",
    "3XL",
    "155/80A",
    "160/84A",
    "165/88A",
    "170/92A",
    "175/96A",
    *map(str, range(25, 47)),
    *map(str, range(80, 175, 10)),
)
SEASONS: Final = ("春", "夏", "秋", "冬", "四季")
_LINES: Final = 5000


def template(
    *,
    categories: Sequence[str] = CATEGORIES,
    colours: Sequence[str] = COLOURS,
    sizes: Sequence[str] = SIZES,
    brand: str | None = None,
) -> bytes:
    """The template as xlsx. Filled in and read back it is clean; the example and instruction lines are ignored."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("库存")
    lists = book.add_worksheet(LISTS_SHEET)
    title = book.add_format({"bold": True, "font_size": 13})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F5", "border": 1, "align": "center"})
    note_format = book.add_format({"font_color": "#777777", "font_size": 9, "text_wrap": True, "valign": "top"})
    example = book.add_format({"font_color": "#999999", "italic": True, "locked": False, "num_format": "@"})
    text = book.add_format({"locked": False, "num_format": "@"})
    money = book.add_format({"locked": False, "num_format": "0.00"})
    whole = book.add_format({"locked": False, "num_format": "0"})
    sheet.write_string(0, 0, f"{brand or ''} 尾货库存表 Stock sheet".strip(), title)
    styles = {6: money, 7: money, 8: whole, 9: whole}
    for column, (heading, width, note) in enumerate(_HEADINGS):
        sheet.set_column(column, column, width, styles.get(column, text))
        sheet.write_string(1, column, heading, head)
        sheet.write_string(2, column, note, note_format)
        value = _EXAMPLE[column]
        if isinstance(value, str):
            sheet.write_string(3, column, value, example)
        else:
            sheet.write_number(3, column, value, example)
    sheet.set_row(2, 36)
    for column, values in enumerate((categories, colours, sizes, SEASONS)):
        for number, value in enumerate(values):
            lists.write_string(number, column, value)
    lists.hide()
    for column, source, strict in ((2, 0, True), (3, 1, False), (4, 2, False), (10, 3, True)):
        count = len((categories, colours, sizes, SEASONS)[source])
        letters = "ABCD"[source]
        sheet.data_validation(
            3, column, _LINES, column,
            {
                "validate": "list", "source": f"='{LISTS_SHEET}'!${letters}$1:${letters}${max(1, count)}",
                "error_type": "stop" if strict else "information", "ignore_blank": True,
            },
        )  # fmt: skip
    for column in (6, 7):
        sheet.data_validation(3, column, _LINES, column, {"validate": "decimal", "criteria": ">", "value": 0})
    sheet.data_validation(3, 8, _LINES, 8, {"validate": "integer", "criteria": ">=", "value": 0})
    sheet.freeze_panes(2, 1)
    sheet.protect(
        "", {"insert_rows": True, "delete_rows": True, "format_cells": True, "format_columns": True, "sort": True}
    )
    book.close()
    return out.getvalue()
