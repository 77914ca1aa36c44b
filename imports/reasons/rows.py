"""Reasons about damaged cells, repeated lines, and what of a sheet was not read."""

from __future__ import annotations

from imports.reasons.reason import Reason

ROWS: dict[str, Reason] = {
    "missing_required": Reason(
        "缺少必填内容。",
        "A required value is missing.",
        "请填写此单元格。",
        "Fill in this cell.",
    ),
    "duplicate_row": Reason(
        "本行与第 {0} 行完全重复，未重复计入。",
        "This line repeats row {0}; it was not counted twice.",
        "请删除其中一行。",
        "Delete one of the two lines.",
    ),
    "conflicting_duplicate": Reason(
        "同一款色码在第 {0} 行还有一行，内容不一致（{1}）。",
        "The same style, colour and size is on row {0} with other figures ({2}).",
        "请只保留正确的一行。",
        "Keep only the right one.",
    ),
    "duplicate_across_sheets": Reason(
        "同一款色码已在工作表“{0}”第 {1} 行出现。",
        "The same style, colour and size is already on sheet '{0}' row {1}.",
        "请只在一个工作表中保留。",
        "Keep it on one sheet only.",
    ),
    "style_number_damaged": Reason(
        "款号“{value}”已被软件改成数字而损坏。",
        "The style number '{value}' was damaged by being turned into a number.",
        "请将该列设为文本格式后重新填写款号。",
        "Format the column as text and type the style number again.",
    ),
    "leading_zero_lost": Reason(
        "“{value}”开头的 0 已丢失（同列其他为 {0} 位）。",
        "'{value}' has lost its leading zero (others have {0} digits).",
        "请将该列设为文本格式后重新填写。",
        "Format the column as text and type it again.",
    ),
    "precision_lost": Reason(
        "“{value}”超过 15 位，末尾数字已丢失。",
        "'{value}' has more than 15 digits; the last ones are lost.",
        "请将该列设为文本格式后重新填写。",
        "Format the column as text and type it again.",
    ),
    "formula_error": Reason(
        "公式出错：{value}。",
        "The formula gives an error: {value}.",
        "请修正公式，或直接填写值。",
        "Mend the formula or type the value.",
    ),
    "formula_no_value": Reason(
        "公式没有保存结果。",
        "The formula has no stored result.",
        "请用 Excel 或 WPS 打开并保存一次，或直接填写值。",
        "Open and save the file in Excel or WPS, or type the value.",
    ),
    "external_link": Reason(
        "值来自另一个工作簿的链接，按保存的结果读入。",
        "The value comes from a link to another workbook; its stored result was read.",
        "建议改为直接填写的值。",
        "Better paste it as a value.",
    ),
    "encoding_damage": Reason(
        "“{value}”是乱码。",
        "'{value}' is garbled text.",
        "请另存为 UTF-8 或 xlsx 后重新填写。",
        "Save as UTF-8 or xlsx and type it again.",
    ),
    "unclosed_quote": Reason(
        "单元格“{value}”中有一个不成对的引号，涉及第 {0} 至 {1} 行。",
        "The cell '{value}' has a quotation mark without its partner; it concerns lines {0} to {1}.",
        "请去掉多余的引号，或把文件另存为 xlsx，并核对这几行。",
        "Remove the mark or save the file as xlsx, and check these lines.",
    ),
    "unsafe_text": Reason(
        "“{value}”像是公式或脚本，仅作为文字保存。",
        "'{value}' looks like a formula or script; it is kept as text only.",
        "如非有意请更正。",
        "Correct it if this was not meant.",
    ),
    "control_character": Reason(
        "内容含有不可见的控制字符。",
        "The text holds invisible control characters.",
        "请重新键入此单元格。",
        "Type this cell again.",
    ),
    "hidden_row": Reason(
        "此行在表格中被隐藏，仍已读入。",
        "This line is hidden in the sheet; it was read all the same.",
        "如不想读入请删除此行。",
        "Delete the line if it should not be read.",
    ),
    "hidden_column": Reason(
        "“{value}”列在表格中被隐藏，仍已读入。",
        "The column '{value}' is hidden in the sheet; it was read all the same.",
        "请核对隐藏列的内容。",
        "Check what the hidden column holds.",
    ),
    "hidden_sheet": Reason(
        "隐藏的工作表“{value}”有数据，没有读入。",
        "The hidden sheet '{value}' holds data; it was not read.",
        "如需读入请取消隐藏后重新上传。",
        "Unhide it and upload again if it should be read.",
    ),
    "example_row": Reason(
        "此行是模板的示例，没有读入。",
        "This line is the template's example; it was not read.",
        "如是真实商品，请去掉“示例”字样。",
        "Remove the word 'example' if the goods are real.",
    ),
    "extra_cells": Reason(
        "本行有 {1} 个单元格，比表头的 {0} 个多，“{value}”没有列名。",
        "The line has {1} cells and the heading {0}; '{value}' has no heading.",
        "可能是内容里有未加引号的分隔符（例如 599,00），请更正后重新上传。",
        "A delimiter inside a value, as in 599,00, may lack its quotation marks; correct it and upload again.",
    ),
    "total_mismatch": Reason(
        "合计 {value} 与各行相加的 {0} 不符。",
        "The total {value} differs from the sum of the lines, {0}.",
        "请核对是否有遗漏或错填的行。",
        "Look for missing or wrong lines.",
    ),
    "filled_down": Reason(
        "空白的“{value}”按上一行读入。",
        "The empty '{value}' was read as on the line above.",
        "建议每行都填写。",
        "Better fill in every line.",
    ),
    "merged_quantity": Reason(
        "数量单元格合并了多行，无法分到每个尺码。",
        "The quantity is merged over several lines and cannot be split by size.",
        "请为每一行填写数量。",
        "Enter a quantity on every line.",
    ),
    "summed_lines": Reason(
        "第 {0} 行是同一商品，数量相加为 {value}。",
        "Rows {1} are the same item in several places; their quantities add up to {value}.",
        "如有重复登记请删除其中一行。",
        "Delete a line if one was entered twice.",
    ),
    "unused_column": Reason(
        "没有使用“{value}”列（{0}）。",
        "The column '{value}' was not used ({1}).",
        "如其中有要用的内容，请改成对应的列名后重新上传。",
        "If it holds something that should be read, give it the name of that column and upload again.",
    ),
    "summary_sheet": Reason(
        "工作表“{value}”是汇总或说明，没有读入。",
        "The sheet '{value}' is a summary or notes; it was not read.",
        "如是明细，请补齐必填列。",
        "Add the required columns if it holds items.",
    ),
}
