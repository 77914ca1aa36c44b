"""Bank statements of one company as several banks export them, for tests: built cell by cell, in the layout of each."""

import io
from collections.abc import Sequence

import xlsxwriter

Row = Sequence[object]
TITLE: dict[str, list[Row]] = {
    "icbc": [["中国工商银行历史明细"], ["账号：1202 0204 0990 0123 456"], []],
    "ccb": [],
    "abc": [["账户明细"], ["户名：尾仓科技有限公司  账号：1202020409900123456  币种：人民币"]],
    "boc": [["查询账号[ Inquirer account number ]", "1202020409900123456"], ["交易笔数", "2"]],
    "cmb": [["招商银行交易流水"], ["账户：1202020409900123456 尾仓科技"], ["起始日期 20261101 截止日期 20261130"]],
}
HEADING: dict[str, Row] = {
    "icbc": ["凭证号", "交易时间", "对方账号", "借/贷", "借方发生额", "贷方发生额", "摘要", "用途", "对方单位名称", "余额"],
    "ccb": ["账号", "账户名称", "交易时间", "借方发生额（支取）", "贷方发生额（收入）", "余额", "币种", "对方户名", "对方账号",
            "摘要", "备注", "账户明细编号-交易流水号"],
    "abc": ["交易日期", "交易时间", "收入金额", "支出金额", "账户余额", "交易行名", "对方省市", "对方账号", "对方户名",
            "交易用途", "日志号"],
    "boc": ["交易类型[ Transaction Type ]", "付款人账号[ Debit Account No. ]", "付款人名称[ Payer's Name ]",
            "收款人账号[ Payee's Account Number ]", "收款人名称[ Payee's Name ]", "交易日期[ Transaction Date ]",
            "交易时间[ Transaction time ]", "交易货币[ Trade Currency ]", "交易金额[ Trade Amount ]",
            "交易后余额[ After-transaction balance ]", "交易流水号[ Transaction reference number ]", "交易附言[ Remark ]"],
    "cmb": ["交易日", "交易时间", "起息日", "交易类型", "借方金额", "贷方金额", "余额", "摘要", "流水号", "收(付)方名称", "收(付)方账号"],
}  # fmt: skip
LINES: dict[str, list[Row]] = {
    "icbc": [
        ["0", "2026-11-30 10:11:12", "6222021234567890128", "贷", "", "1,000.00", "转账", "RACCC", "王小美", "11,000.00"],
        ["0", "2026-11-30 15:00:00", "33100101", "借", "12.50", "", "手续费", "", "工商银行", "10,987.50"],
    ],
    "ccb": [
        ["1202020409900123456", "尾仓", "20261130 10:11:12", "0.00", "1000.00", "11000.00", "人民币元", "王小美",
         "6222021234567890128", "转账", "RACCC", "99-101"],
        ["1202020409900123456", "尾仓", "20261130 15:00:00", "12.50", "0.00", "10987.50", "人民币元", "建设银行", "33100101",
         "手续费", "", "99-102"],
    ],
    "abc": [
        ["20261130", "101112", "1000.00", "", "11000.00", "杭州", "浙江", "6222021234567890128", "王小美", "RACCC", "101"],
        ["20261130", "150000", "", "12.50", "10987.50", "杭州", "浙江", "33100101", "农业银行", "手续费", "102"],
        ["合计", "", "1000.00", "12.50", "", "", "", "", "", "", ""],
    ],
    "boc": [
        ["来账", "6222021234567890128", "王小美", "1202", "尾仓", "20261130", "10:11:12", "CNY", "1,000.00", "11,000.00", "B101", "RACCC"],
        ["往账", "1202", "尾仓", "33100101", "中国银行", "20261130", "15:00:00", "CNY", "-12.50", "10,987.50", "B102", "手续费"],
    ],
    "cmb": [
        ["20261130", "10:11:12", "20261130", "转账", "", "1000.00", "11000.00", "RACCC", "C101", "王小美", "6222021234567890128"],
        ["20261130", "15:00:00", "20261130", "收费", "12.50", "", "10987.50", "手续费", "C102", "招商银行", "33100101"],
        ["借方笔数：1", "", "", "", "12.50", "", "", "", "", "", ""],
    ],
}  # fmt: skip
ALIPAY = """#支付宝账务明细查询
#账号：[20881234567890120156]
#起始日期：[2026年11月01日 00:00:00]   终止日期：[2026年12月01日 00:00:00]
#-----------------------------------------账务明细列表----------------------------------------
账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注
101\t,2026113022001\t,\t,转账,2026-11-30 10:11:12,wang***@163.com(王小美),1000.00,0.00,11000.00,,转账,RACCC
102\t,2026113022002\t,\t,服务费,2026-11-30 15:00:00,alipay,0.00,-12.50,10987.50,,收费,
#-----------------------------------------账务明细列表结束------------------------------------
#支出合计：1笔，共-12.50元
"""


def rows_of(bank: str) -> list[Row]:
    return [*TITLE[bank], HEADING[bank], *LINES[bank]]


def workbook(rows: Sequence[Row], sheet_name: str = "明细") -> bytes:
    """The rows as an xlsx file, each cell as it is."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet(sheet_name)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                sheet.write(number, column, value)
    book.close()
    return out.getvalue()


def csv_file(rows: Sequence[Row], *, protect: bool = True) -> bytes:
    """The rows as banks write CSV: GBK, numbers protected against spreadsheet programs."""

    def cell(value: object) -> str:
        text = str(value)
        if protect and text.isdigit() and len(text) > 10:
            return f'="{text}"'
        return f'"{text}"' if "," in text else text

    return "\r\n".join(",".join(cell(value) for value in row) for row in rows).encode("gbk")
