"""Every reason code with its sentence and the way to mend it, in Chinese and English."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Reason(NamedTuple):
    zh: str
    en: str
    hint_zh: str
    hint_en: str


ROWS: dict[str, Reason] = {
    "missing_required": Reason(
        "缺少必填内容。",
        "A required value is missing.",
        "请填写此单元格。",
        "Fill in this cell.",
    ),
    "bad_number": Reason(
        "“{value}”不是数字。",
        "'{value}' is not a number.",
        "请只填数字，例如 59.90。",
        "Type digits only, for example 59.90.",
    ),
    "negative_quantity": Reason(
        "数量“{value}”是负数。",
        "The quantity {value} is negative.",
        "请填写实际可售的数量（0 或以上）。",
        "Enter the units that can be sold, 0 or more.",
    ),
    "zero_quantity": Reason(
        "数量为 0，已按无货读入。",
        "The quantity is 0; read as out of stock.",
        "如有库存请改为实际数量。",
        "Enter the real quantity if there is stock.",
    ),
    "fractional_quantity": Reason(
        "数量“{value}”不是整数。",
        "The quantity {value} is not a whole number.",
        "请填写整数件数。",
        "Enter whole units.",
    ),
    "quantity_too_large": Reason(
        "数量“{value}”大得不合常理。",
        "The quantity {value} is implausibly large.",
        "请核对是否多打了位数，或错填了条码、金额。",
        "Check for extra digits, or a barcode or amount in the wrong column.",
    ),
    "zero_price": Reason(
        "价格为 0。",
        "The price is 0.",
        "请填写实际价格。",
        "Enter the real price.",
    ),
    "negative_price": Reason(
        "价格“{value}”是负数。",
        "The price {value} is negative.",
        "请填写大于 0 的价格。",
        "Enter a price above 0.",
    ),
    "supply_above_tag": Reason(
        "供货价“{value}”高于吊牌价 {0}。",
        "The supply price {value} is above the tag price {0}.",
        "请核对两个价格。",
        "Check both prices.",
    ),
    "implausible_price": Reason(
        "价格“{value}”不合常理（{0}）。",
        "The price {value} is implausible ({1}).",
        "请核对小数点和位数。",
        "Check the decimal point and the digits.",
    ),
    "too_many_decimals": Reason(
        "价格“{value}”的小数超过两位。",
        "The price {value} has more than two decimals.",
        "请改为精确到分的价格。",
        "Give the price to the fen (two decimals).",
    ),
    "rounded_price": Reason(
        "价格按单元格所显示的两位小数 {0} 读入（实际值 {value}）。",
        "The price was read as the cell shows it, {0} (stored value {value}).",
        "如不对，请直接填写两位小数的价格。",
        "If that is wrong, type the price with two decimals.",
    ),
    "foreign_currency": Reason(
        "“{value}”不是人民币价格。",
        "'{value}' is not a price in CNY.",
        "请换算为人民币元。",
        "Convert to Chinese yuan.",
    ),
    "discount_mismatch": Reason(
        "供货价与折扣不符：按折扣应为 {0}，填的是 {1}。",
        "Supply price and discount disagree: the discount gives {0}, the sheet says {1}.",
        "请更正折扣或供货价。",
        "Correct the discount or the supply price.",
    ),
    "ambiguous_discount": Reason(
        "折扣“{value}”可以有两种理解。",
        "The discount '{value}' can be read in two ways.",
        "请写成 25% 或 2.5折。",
        "Write it as 25% or 2.5折.",
    ),
    "discount_price": Reason(
        "供货价按折扣“{value}”算出为 {0}。",
        "The supply price was computed from the discount '{value}' as {0}.",
        "如不对，请直接填写供货价。",
        "If that is wrong, type the supply price itself.",
    ),
    "columns_swapped": Reason(
        "“{value}”像是填错了列（{0}）。",
        "'{value}' seems to be in the wrong column ({1}).",
        "请把两列的内容对调。",
        "Exchange the contents of the two columns.",
    ),
    "barcode_precision_lost": Reason(
        "条码“{value}”的位数已丢失。",
        "The barcode '{value}' has lost digits.",
        "请将该列设为文本格式后重新填写完整条码。",
        "Format the column as text and type the whole barcode again.",
    ),
    "barcode_checksum": Reason(
        "条码“{value}”的校验位不对。",
        "The check digit of barcode {value} is wrong.",
        "请按商品上的条码核对每一位。",
        "Compare each digit with the label.",
    ),
    "barcode_format": Reason(
        "“{value}”不是有效的条码。",
        "'{value}' is not a valid barcode.",
        "每个单元格填一个条码；没有条码请留空。",
        "One barcode per cell; leave it empty if there is none.",
    ),
    "duplicate_barcode": Reason(
        "条码“{value}”与第 {0} 行的另一个商品重复。",
        "Barcode {value} is already used by another item on row {0}.",
        "请为每个颜色尺码填写各自的条码。",
        "Give every colour and size its own barcode.",
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
    "bad_size": Reason(
        "“{value}”不是尺码。",
        "'{value}' is not a size.",
        "请填写尺码，例如 M、165/88A、38。",
        "Enter a size such as M, 165/88A or 38.",
    ),
    "unknown_size": Reason(
        "不认识的尺码“{value}”。",
        "The size '{value}' is not known.",
        "请核对写法。",
        "Check the spelling.",
    ),
    "size_range": Reason(
        "“{value}”是尺码范围，不是一个尺码。",
        "'{value}' is a range of sizes, not one size.",
        "请每个尺码一行，各填数量。",
        "One line per size, each with its quantity.",
    ),
    "size_became_date": Reason(
        "尺码变成了日期“{value}”。",
        "The size turned into a date '{value}'.",
        "请将该列设为文本格式后重新填写尺码。",
        "Format the column as text and type the size again.",
    ),
    "bad_style": Reason(
        "“{value}”不是有效的款号。",
        "'{value}' is not a valid style number.",
        "请填写款号。",
        "Enter the style number.",
    ),
    "style_became_date": Reason(
        "款号变成了日期“{value}”。",
        "The style number turned into a date '{value}'.",
        "请将该列设为文本格式后重新填写款号。",
        "Format the column as text and type the style number again.",
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
        "如不想上架请删除此行。",
        "Delete the line if it should not be on offer.",
    ),
    "hidden_column": Reason(
        "“{value}”列在表格中被隐藏，仍已读入。",
        "The column '{value}' is hidden in the sheet; it was read all the same.",
        "请核对隐藏列的内容。",
        "Check what the hidden column holds.",
    ),
    "hidden_sheet": Reason(
        "隐藏的工作表“{value}”有商品数据，没有读入。",
        "The hidden sheet '{value}' holds goods; it was not read.",
        "如需上架请取消隐藏后重新上传。",
        "Unhide it and upload again to offer these goods.",
    ),
    "example_row": Reason(
        "此行是模板的示例，没有读入。",
        "This line is the template's example; it was not read.",
        "如是真实商品，请去掉“示例”字样。",
        "Remove the word 'example' if the goods are real.",
    ),
    "missing_colour": Reason(
        "没有颜色。",
        "There is no colour.",
        "请填写颜色，便于区分商品。",
        "Enter a colour so that items can be told apart.",
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
    "summed_columns": Reason(
        "数量为各仓库列相加：{value}。",
        "The quantity is the sum of the warehouse columns: {value}.",
        "如不对，请增加一列总库存。",
        "If that is wrong, add a column with the total stock.",
    ),
    "unused_column": Reason(
        "没有使用“{value}”列（{0}）。",
        "The column '{value}' was not used ({1}).",
        "如需使用请改列名后重新上传。",
        "Rename the column and upload again to use it.",
    ),
    "summary_sheet": Reason(
        "工作表“{value}”是汇总或说明，没有读入。",
        "The sheet '{value}' is a summary or notes; it was not read.",
        "如是商品明细，请补齐必填列。",
        "Add the required columns if it holds goods.",
    ),
    "forbidden_category": Reason(
        "平台不接受类目“{value}”。",
        "The platform does not admit the category '{value}'.",
        "请删除这些商品。",
        "Remove these goods.",
    ),
    "bad_tracking_number": Reason(
        "“{value}”不是有效的快递单号。",
        "'{value}' is not a valid tracking number.",
        "请核对单号，每个单元格一个。",
        "Check the number; one per cell.",
    ),
    "unknown_carrier": Reason(
        "不认识的快递公司“{value}”。",
        "The carrier '{value}' is not known.",
        "请从下拉列表选择快递公司。",
        "Choose a carrier from the list.",
    ),
    "unknown_consignment": Reason(
        "没有发货单“{value}”。",
        "There is no consignment '{value}'.",
        "请勿修改发货单号列。",
        "Do not change the consignment column.",
    ),
    "conflicting_tracking": Reason(
        "同一发货单在第 {0} 行填了不同的快递信息。",
        "The same consignment has other shipping data on row {0}.",
        "同一发货单的各行请填相同的快递公司和单号。",
        "Give all lines of a consignment the same carrier and number.",
    ),
    "bad_phone": Reason(
        "“{value}”不是有效的电话号码。",
        "'{value}' is not a valid phone number.",
        "请填写 11 位手机号或带区号的座机。",
        "Enter an 11-digit mobile or a landline with area code.",
    ),
    "bad_address": Reason(
        "地址“{value}”不完整。",
        "The address '{value}' is incomplete.",
        "请写明省、市、区和详细地址。",
        "Give province, city, district and street.",
    ),
}

FILES: dict[str, Reason] = {
    "zip_bomb": Reason(
        "文件解压后过大，已拒绝读取。",
        "The file inflates beyond all measure and was not read.",
        "请用 Excel 或 WPS 另存为新的 xlsx 文件。",
        "Save it as a new xlsx file in Excel or WPS.",
    ),
    "too_large": Reason(
        "文件超过 {0} MB。",
        "The file is larger than {0} MB.",
        "请删除大图片，或分成几个文件上传。",
        "Remove large pictures, or upload it in several files.",
    ),
    "too_many_parts": Reason(
        "文件内部部件过多（{0} 个）。",
        "The file has too many parts ({0}).",
        "请把数据复制到新工作簿后保存。",
        "Copy the data into a new workbook and save it.",
    ),
    "too_many_rows": Reason(
        "数据超过 {0} 行。",
        "There are more than {0} lines.",
        "请分成几个文件上传。",
        "Upload it in several files.",
    ),
    "xml_entity": Reason(
        "文件含有不允许的 XML 实体声明。",
        "The file declares XML entities, which is not allowed.",
        "请用 Excel 或 WPS 另存为新的 xlsx 文件。",
        "Save it as a new xlsx file in Excel or WPS.",
    ),
    "encrypted": Reason(
        "文件有打开密码。",
        "The file is protected by a password.",
        "请取消密码后重新上传。",
        "Remove the password and upload again.",
    ),
    "corrupt": Reason(
        "文件已损坏或不完整。",
        "The file is damaged or incomplete.",
        "请重新导出或另存后上传。",
        "Export or save it again and upload that.",
    ),
    "malformed": Reason(
        "文件内部结构不正确。",
        "The inside of the file is not as it should be.",
        "请用 Excel 或 WPS 另存为新的 xlsx 文件。",
        "Save it as a new xlsx file in Excel or WPS.",
    ),
    "wrong_extension": Reason(
        "文件名后缀与内容不符，内容是 {0}。",
        "The file's extension does not fit its content, which is {0}.",
        "请用正确的后缀保存。",
        "Save it under the right extension.",
    ),
    "unsupported_format": Reason(
        "不支持这种文件（{0}）。",
        "This kind of file is not supported ({0}).",
        "请上传 xlsx、xls、xlsb、ods 或 csv 文件。",
        "Upload an xlsx, xls, xlsb, ods or csv file.",
    ),
    "html_not_excel": Reason(
        "文件其实是网页，不是 Excel 工作簿。",
        "The file is really a web page, not an Excel workbook.",
        "请重新从系统导出，或另存为 xlsx。",
        "Export it again, or save it as xlsx.",
    ),
    "macro": Reason(
        "文件含有宏；宏不会运行，仅读取表格内容。",
        "The file holds macros; they are never run, only the cells are read.",
        "可另存为不含宏的 xlsx。",
        "You may save it as an xlsx without macros.",
    ),
    "no_header": Reason(
        "找不到表头。",
        "No heading line was found.",
        "请保留一行列名：款号、颜色、尺码、吊牌价、供货价、库存。",
        "Keep one heading line: style, colour, size, tag price, supply price, stock.",
    ),
    "missing_column": Reason(
        "缺少必需的列：{0}。",
        "A required column is missing: {1}.",
        "请指出是哪一列，或补上该列。",
        "Say which column it is, or add it.",
    ),
    "duplicate_header": Reason(
        "有几列都像是“{0}”。",
        "Several columns look like {1}.",
        "请指出用哪一列。",
        "Say which one to use.",
    ),
    "ambiguous_layout": Reason(
        "表格结构或列名可以有两种理解。",
        "The layout or a heading can be read in two ways.",
        "请指出各列的含义。",
        "Say what each column means.",
    ),
    "empty": Reason(
        "文件里没有数据。",
        "There is no data in the file.",
        "请检查是否上传了正确的文件。",
        "Check that this is the right file.",
    ),
    "encoding_damage": Reason(
        "文字是乱码，无法还原。",
        "The text is garbled beyond repair.",
        "请从原文件重新导出为 UTF-8 CSV 或 xlsx。",
        "Export it again from the original as UTF-8 CSV or xlsx.",
    ),
    "formula_no_value": Reason(
        "公式没有保存结果，读不到数值。",
        "The formulas have no stored results.",
        "请用 Excel 或 WPS 打开并保存一次后上传。",
        "Open the file in Excel or WPS, save it, and upload that.",
    ),
    "memory_limit": Reason(
        "读取此文件需要的内存超过限制。",
        "Reading this file needs more memory than is allowed.",
        "请把数据复制到新工作簿，或分成几个文件。",
        "Copy the data into a new workbook, or split it.",
    ),
    "time_limit": Reason(
        "读取此文件的时间超过 {0} 秒。",
        "Reading this file took longer than {0} seconds.",
        "请把数据复制到新工作簿，或分成几个文件。",
        "Copy the data into a new workbook, or split it.",
    ),
}

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
