"""Reasons about goods: quantities, prices, barcodes, sizes, styles and colours."""

from __future__ import annotations

from imports.reasons.reason import Reason

GOODS: dict[str, Reason] = {
    "bad_number": Reason(
        "“{value}”不是数字。",
        "'{value}' is not a number.",
        "请只填数字，例如 59.90。",
        "Type digits only, for example 59.90.",
    ),
    "decimal_comma": Reason(
        "“{value}”用了逗号作小数点，无法确定是多少。",
        "'{value}' has, or may have, a decimal comma: it is not sure which number it is.",
        "请用点作小数点，不用千位分隔符，例如 599.00。",
        "Write a decimal point and no thousands separator, for example 599.00.",
    ),
    "negative_quantity": Reason(
        "数量“{value}”是负数。",
        "The quantity {value} is negative.",
        "请填写实际可售的数量（0 或以上）。",
        "Enter the units that can be sold, 0 or more.",
    ),
    "zero_quantity": Reason(
        "数量为 0。",
        "The quantity is 0.",
        "如不是 0 请改为实际数量。",
        "Enter the real quantity if it is not 0.",
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
    "bad_size": Reason(
        "“{value}”不是尺码。",
        "'{value}' is not a size.",
        "请填写尺码，例如 M、165/88A、38。",
        "Enter a size such as M, 165/88A or 38.",
    ),
    "conflicting_size": Reason(
        "“{value}”中的尺码与本行的尺码“{0}”不一致。",
        "The size in '{value}' is not '{0}', the size of this line.",
        "请核对，只保留正确的尺码。",
        "Check them and keep the right one.",
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
        "请每个尺码一行，各填数量；如果它本身就是一个尺码（如袜子），请写成 35/38。",
        "One line per size, each with its quantity; if it is one size, as of socks, write it as 35/38.",
    ),
    "size_span": Reason(
        "“{value}”这样的尺码按一个尺码读入。",
        "A size such as '{value}' was read as one size.",
        "如果它是几个尺码的合计，请每个尺码一行，各填数量。",
        "If it stands for several sizes, give one line per size, each with its quantity.",
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
        "请填写款号：须含字母或数字，最多 60 个字。",
        "Enter the style number: it holds letters or digits, and at most 60 characters.",
    ),
    "style_became_date": Reason(
        "款号变成了日期“{value}”。",
        "The style number turned into a date '{value}'.",
        "请将该列设为文本格式后重新填写款号。",
        "Format the column as text and type the style number again.",
    ),
    "missing_colour": Reason(
        "没有颜色。",
        "There is no colour.",
        "请填写颜色，便于区分商品。",
        "Enter a colour so that items can be told apart.",
    ),
    "similar_colour": Reason(
        "颜色“{value}”与第 {1} 行的“{0}”可能是同一种颜色，已按两种颜色读入。",
        "The colour '{value}' may be the same as '{0}' on row {1}; they were read as two colours.",
        "如是同一种颜色，请统一写法。",
        "If it is one colour, write it in one way.",
    ),
}
