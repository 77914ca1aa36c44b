"""Reasons about recipients, parcels and the orders that a sheet names."""

from __future__ import annotations

from imports.reasons.reason import Reason

DELIVERIES: dict[str, Reason] = {
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
    "number_of_other_column": Reason(
        "“{value}”与“{0}”列的号码相同，不像快递单号。",
        "'{value}' stands in the column '{0}' too; it does not look like a tracking number.",
        "请填写快递单号。",
        "Enter the tracking number.",
    ),
    "doubtful_address": Reason(
        "地址“{value}”没有写明省市，或没有详细地址，已按所写读入。",
        "The address '{value}' names no province and city, or no street; it was read as written.",
        "请核对，快递可能送不到。",
        "Check it: a carrier may not find it.",
    ),
    "phone_like_number": Reason(
        "“{value}”像是手机号，已按快递单号读入。",
        "'{value}' looks like a mobile number; it was read as the tracking number.",
        "如不是快递单号请更正。",
        "Correct it if it is no tracking number.",
    ),
    "number_of_other_carrier": Reason(
        "“{value}”像是{0}的单号。",
        "'{value}' looks like a number of {0}.",
        "请核对快递公司。",
        "Check the carrier.",
    ),
    "short_above_units": Reason(
        "缺货数 {value} 多于本行数量 {0}。",
        "{value} units are out of stock, but the line has {0}.",
        "请填写本行实际缺货的件数。",
        "Enter how many units of this line cannot be shipped.",
    ),
    "bad_reference": Reason(
        "“{value}”不是有效的单号。",
        "'{value}' is not a valid number.",
        "请填写原来的单号。",
        "Enter the number as it was given.",
    ),
    "order_not_open": Reason(
        "订单状态是“{value}”，没有读入。",
        "The order is '{value}'; it was not read.",
        "如仍要下单，请清空这一行的状态后重新上传。",
        "Clear the state of this line and upload again if it is to be ordered all the same.",
    ),
    "repeated_order": Reason(
        "与第 {0} 行的收货人和商品相同，两行都会下单。",
        "Row {0} has the same recipient and goods; both lines will be ordered.",
        "如是重复填写，请删除其中一行。",
        "Delete one of the lines if it was entered twice.",
    ),
    "masked_text": Reason(
        "“{value}”有内容被隐去。",
        "Parts of '{value}' are hidden.",
        "请填写完整的内容；平台导出的订单请先解密。",
        "Enter the whole text; export the orders of a marketplace without masking.",
    ),
    "bad_name": Reason(
        "“{value}”不像姓名。",
        "'{value}' does not look like a name.",
        "请核对是否填错了列。",
        "Check whether it is in the wrong column.",
    ),
    "bad_contact": Reason(
        "“{value}”分不出姓名、电话和地址，或有多余的内容。",
        "Name, telephone and address cannot be told apart in '{value}', or something is left over.",
        "请写成“姓名，电话，省市区详细地址”，每个单元格一位收货人。",
        "Write name, telephone and address, separated by commas, one recipient per cell.",
    ),
    "region_mismatch": Reason(
        "地址“{value}”与所填的“{0}”不在同一个省市。",
        "The address '{value}' is in another province or city than '{0}'.",
        "请更正其中一处。",
        "Correct one of them.",
    ),
    "colour_conflict": Reason(
        "颜色“{value}”与规格中的“{0}”不同。",
        "The colour '{value}' differs from '{0}' in the specification.",
        "请更正其中一处。",
        "Correct one of them.",
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
