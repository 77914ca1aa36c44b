"""Reasons about size charts."""

from __future__ import annotations

from imports.reasons.reason import Reason

CHARTS: dict[str, Reason] = {
    "bad_measure": Reason(
        "“{value}”不像尺寸：要大于 0、不超过 {0}，范围从小到大。",
        "'{value}' is no plausible measurement: above 0, at most {0}, and a range from low to high.",
        "请核对单位和小数点。",
        "Check the unit and the decimal point.",
    ),
    "measure_became_date": Reason(
        "尺寸被表格软件改成了日期。",
        "The spreadsheet program turned the measurement into a date.",
        "请把该列设为“文本”格式后重新填写。",
        "Format the column as text and type the measurement again.",
    ),
    "chart_text_too_long": Reason(
        "“{value}”超过 {0} 个字，尺码表放不下。",
        "'{value}' has more than {0} characters and does not fit a size chart.",
        "请写短一些。",
        "Shorten it.",
    ),
    "chart_size_twice": Reason(
        "同一张尺码表里“{value}”出现两次（另见第 {0} 行），内容不同。",
        "'{value}' stands twice in one size chart (see row {0}) and differs.",
        "请只留一行；如果是另一款，请写上款号。",
        "Keep one line; name the style number if it is for another style.",
    ),
    "chart_line_unread": Reason(
        "这一行不属于任何一张尺码表。",
        "This line belongs to no size chart.",
        "请紧接在尺码表下面填写，或在上面加一行表头（尺码、胸围、衣长……）。",
        "Put it directly below its chart, or give it a heading line (size, bust, length …).",
    ),
    "chart_too_wide": Reason(
        "尺码表超过 {0} 列。",
        "The size chart has more than {0} columns.",
        "请删去不重要的列。",
        "Remove what matters least.",
    ),
    "chart_too_long": Reason(
        "尺码表超过 {0} 行。",
        "The size chart has more than {0} lines.",
        "请按款号或类目分成几张。",
        "Split it by style number or category.",
    ),
    "chart_empty": Reason(
        "尺码表只有表头，没有尺寸。",
        "The size chart has a heading and no measurements.",
        "如需要请补上。",
        "Fill it in if it is wanted.",
    ),
    "size_chart_unread": Reason(
        "工作表“{0}”像是尺码表，但没有找到表头。",
        "Sheet '{0}' looks like a size chart, and no heading was found.",
        "表头请写“尺码”和部位，例如：尺码、胸围、衣长。图片里的尺码表读不出来。",
        "Write a heading of size and measurements, such as size, bust, length. A chart in a picture is not read.",
    ),
}
