"""The statement as a workbook: one row per order line and the sums as formulas, so that the brand can check each amount in Excel."""

import io
from typing import NamedTuple

import xlsxwriter

from kernel.money import format_yuan
from kernel.period import SHANGHAI
from settlement.rules.debts import DebtKind
from settlement.rules.disputes import DisputeState
from settlement.rules.fees import FeeKind
from settlement.rules.periods import StatementKind
from settlement.rules.statements import StatementState
from settlement.selectors.debts import DebtView, list_debts_of
from settlement.selectors.disputes import DisputeView, list_disputes
from settlement.selectors.fees import DeductionView, all_deductions
from settlement.selectors.statements import StatementView, items_of, iterate_lines

_HEADERS = (
    "订单号", "明细号", "款号", "颜色", "尺码", "售出件数", "退款件数",
    "成交单价", "货款单价", "佣金单价", "成交额", "退款额", "佣金", "应结货款", "退款调整", "货款调整", "快递承担", "运费",
)  # fmt: skip
_KINDS = {StatementKind.SALE: "专场", StatementKind.MONTH: "月份", StatementKind.DELIVERY: "发货日"}
_STATES = {
    StatementState.DRAFT: "待定稿",
    StatementState.SENT: "待品牌确认",
    StatementState.DISPUTED: "品牌有异议",
    StatementState.CONFIRMED: "已确认",
    StatementState.SETTLED: "已结算",
    StatementState.PAID: "已付款",
    StatementState.CLOSED: "已完结",
}
_DISPUTE_STATES = {DisputeState.OPEN: "待答复", DisputeState.ACCEPTED: "接受", DisputeState.KEPT: "维持"}
_FEE_KINDS = {FeeKind.LATE_SHIPMENT: "超时发货", FeeKind.SHORTAGE: "缺货", FeeKind.FAULT_RETURN: "质量退货"}
_DEDUCTION_HEADERS = ("订单号", "明细号", "商品", "费用", "件数", "约定金额", "扣款", "免收原因")
_DEBT_HEADERS = ("结算单号", "明细号", "原因", "金额")
_FIRST_SUM_ROW = 8
"""The row of the first sum on the summary, as Excel counts."""
_DISPUTE_HEADERS = ("订单号", "明细号", "商品", "结算单应结", "品牌主张", "更正", "结果", "品牌的理由", "答复")


def write_statement_workbook(view: StatementView) -> bytes:
    """The statement of a sale as .xlsx; amounts in yuan. Texts are written as strings, so that no name is taken for a formula."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, money = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "0.00"})
    sheet = workbook.add_worksheet("明细")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_HEADERS) - 1, 12)
    sheet.write_row(0, 0, _HEADERS, bold)
    last_row = 1
    for last_row, line in enumerate(iterate_lines(view), start=2):
        texts = (str(line.order_id), str(line.line_id), line.style_no, line.colour, line.size)
        for column, text in enumerate(texts):
            sheet.write_string(last_row - 1, column, text)
        sheet.write_number(last_row - 1, 5, line.units)
        sheet.write_number(last_row - 1, 6, line.refunded_units)
        for column, fen in enumerate((line.price_fen, line.payable_fen, line.commission_fen), start=7):
            sheet.write_number(last_row - 1, column, float(format_yuan(fen)), money)
        adjustments = (
            line.refund_adjustment_fen,
            line.payable_adjustment_fen,
            line.carrier_claim_fen,
            line.kept_freight_fen,
        )
        for column, fen in enumerate(adjustments, start=14):
            sheet.write_number(last_row - 1, column, float(format_yuan(fen)), money)
        cells = (
            (10, f"=F{last_row}*H{last_row}", line.sold_fen),
            (11, f"=G{last_row}*H{last_row}+O{last_row}", line.refunded_fen),
            (12, f"=K{last_row}-L{last_row}+Q{last_row}+R{last_row}-N{last_row}", line.platform_fen),
            (13, f"=(F{last_row}-G{last_row})*I{last_row}+P{last_row}+R{last_row}", line.brand_fen),
        )
        for column, formula, fen in cells:
            sheet.write_formula(last_row - 1, column, formula, money, float(format_yuan(fen)))
    disputes, deductions = list_disputes(view.id), all_deductions(view.id)
    if disputes:
        _write_disputes(workbook, disputes, bold, money)
    if deductions:
        _write_deductions(workbook, deductions, bold, money)
    # A draft counts what is owed and does not pay it yet.
    sent_id = items_of(view)
    debts = [] if sent_id is None else list_debts_of(brand_id=view.brand_id, statement_id=sent_id)
    if debts:
        _write_debts(workbook, debts, bold, money)
    last_rows = _LastRows(last_row, len(disputes) + 1, len(deductions) + 1, len(debts) + 1)
    _write_summary(workbook, view, last_rows, bold, money)
    workbook.close()
    return buffer.getvalue()


def _write_disputes(
    workbook: xlsxwriter.Workbook,
    disputes: list[DisputeView],
    bold: xlsxwriter.format.Format,
    money: xlsxwriter.format.Format,
) -> None:
    sheet = workbook.add_worksheet("异议")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_DISPUTE_HEADERS) - 1, 14)
    sheet.write_row(0, 0, _DISPUTE_HEADERS, bold)
    for row, each in enumerate(disputes, start=1):
        for column, text in enumerate((str(each.order_id), str(each.line_id), each.goods)):
            sheet.write_string(row, column, text)
        for column, fen in enumerate((each.payable_fen, each.claimed_fen, each.adjustment_fen), start=3):
            sheet.write_number(row, column, float(format_yuan(fen)), money)
        for column, text in enumerate((_DISPUTE_STATES[each.state], each.reason, each.answer), start=6):
            sheet.write_string(row, column, text)


def _write_deductions(
    workbook: xlsxwriter.Workbook,
    deductions: list[DeductionView],
    bold: xlsxwriter.format.Format,
    money: xlsxwriter.format.Format,
) -> None:
    """What the contract deducts. A waived fee has its amount and deducts nothing."""
    sheet = workbook.add_worksheet("扣款")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_DEDUCTION_HEADERS) - 1, 14)
    sheet.write_row(0, 0, _DEDUCTION_HEADERS, bold)
    for row, each in enumerate(deductions, start=1):
        for column, text in enumerate((str(each.order_id), str(each.line_id), each.goods, _FEE_KINDS[each.kind])):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 4, each.units)
        sheet.write_number(row, 5, float(format_yuan(each.amount_fen)), money)
        deducted_fen = 0 if each.waived_because else each.amount_fen
        sheet.write_formula(row, 6, f'=IF(H{row + 1}="",F{row + 1},0)', money, float(format_yuan(deducted_fen)))
        sheet.write_string(row, 7, each.waived_because)


def _write_debts(
    workbook: xlsxwriter.Workbook,
    debts: list[DebtView],
    bold: xlsxwriter.format.Format,
    money: xlsxwriter.format.Format,
) -> None:
    """What the brand owed from earlier statements, each with its cause."""
    sheet = workbook.add_worksheet("前欠")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_DEBT_HEADERS) - 1, 16)
    sheet.write_row(0, 0, _DEBT_HEADERS, bold)
    for row, each in enumerate(debts, start=1):
        cause = each.reason if each.kind is DebtKind.LATE_REFUND else "上期不足的部分"
        for column, text in enumerate((str(each.source_id), str(each.line_id or ""), cause)):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 3, float(format_yuan(each.amount_fen)), money)


class _LastRows(NamedTuple):
    """The last row of each sheet that the summary adds up, as Excel counts; 1 where there is no such sheet."""

    lines: int
    disputes: int
    deductions: int
    debts: int


def _write_summary(
    workbook: xlsxwriter.Workbook,
    view: StatementView,
    last_rows: _LastRows,
    bold: xlsxwriter.format.Format,
    money: xlsxwriter.format.Format,
) -> None:
    """The sums, as formulas over the sheets whose last rows are `last_rows`."""
    sums = view.totals
    last_row, last_dispute_row, last_deduction_row, last_debt_row = last_rows
    sheet = workbook.add_worksheet("结算单")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 40)
    labelled_texts = (
        ("结算单号", str(view.id)),
        ("品牌", view.brand_name),
        (_KINDS[view.kind], view.title),
        ("状态", _STATES[view.state]),
        ("出单时间", f"{view.generated_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("可结算日", f"{view.settleable_from.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
    )
    for row, (label, text) in enumerate(labelled_texts):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, text)
    netted = f"=SUM(前欠!D2:D{last_debt_row})" if last_debt_row > 1 else f"={format_yuan(sums.netted_fen)}"
    labelled_sums = (
        ("成交额", f"=SUM(明细!K2:K{last_row})", sums.sold_fen),
        ("退款额", f"=SUM(明细!L2:L{last_row})", sums.refunded_fen),
        ("其中快递承担", f"=SUM(明细!Q2:Q{last_row})", sums.carrier_claims_fen),
        ("运费（扣除退货运费）", f"=SUM(明细!R2:R{last_row})", sums.freight_fen),
        ("佣金", f"=SUM(明细!M2:M{last_row})", sums.commission_fen),
        ("明细应结", f"=SUM(明细!N2:N{last_row})", sums.earned_fen),
        ("异议更正", f"=SUM(异议!F2:F{last_dispute_row})" if last_dispute_row > 1 else "=0", sums.adjustments_fen),
        ("扣款", f"=SUM(扣款!G2:G{last_deduction_row})" if last_deduction_row > 1 else "=0", sums.deductions_fen),
        ("抵扣前欠", netted, sums.netted_fen),
        ("不足部分转下期", f"={format_yuan(sums.carried_fen)}", sums.carried_fen),
        ("应结货款", "=B{}+B{}-B{}-B{}+B{}".format(*range(_FIRST_SUM_ROW + 5, _FIRST_SUM_ROW + 10)), sums.payable_fen),
    )
    for row, (label, formula, fen) in enumerate(labelled_sums, start=_FIRST_SUM_ROW - 1):
        sheet.write_string(row, 0, label, bold)
        sheet.write_formula(row, 1, formula, money, float(format_yuan(fen)))
    sheet.activate()
    sheet.set_first_sheet()
