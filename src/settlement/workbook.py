"""The statement as a workbook: one row per order line and the sums as formulas, so that the brand can check each amount in Excel."""

import io

import xlsxwriter

from kernel.money import format_yuan
from kernel.period import SHANGHAI
from orders.selectors.sold import iterate_paid_lines
from settlement.selectors.statements import StatementView

_HEADERS = (
    "订单号", "明细号", "款号", "颜色", "尺码", "售出件数", "退款件数",
    "成交单价", "货款单价", "佣金单价", "成交额", "退款额", "佣金", "应结货款", "退款调整", "货款调整", "快递承担",
)  # fmt: skip


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
    for last_row, line in enumerate(iterate_paid_lines(view.sale_id), start=2):
        texts = (str(line.order_id), str(line.line_id), line.style_no, line.colour, line.size)
        for column, text in enumerate(texts):
            sheet.write_string(last_row - 1, column, text)
        sheet.write_number(last_row - 1, 5, line.units)
        sheet.write_number(last_row - 1, 6, line.refunded_units)
        for column, fen in enumerate((line.price_fen, line.payable_fen, line.commission_fen), start=7):
            sheet.write_number(last_row - 1, column, float(format_yuan(fen)), money)
        adjustments = (line.refund_adjustment_fen, line.payable_adjustment_fen, line.carrier_claim_fen)
        for column, fen in enumerate(adjustments, start=14):
            sheet.write_number(last_row - 1, column, float(format_yuan(fen)), money)
        cells = (
            (10, f"=F{last_row}*H{last_row}", line.sold_fen),
            (11, f"=G{last_row}*H{last_row}+O{last_row}", line.refunded_fen),
            (12, f"=K{last_row}-L{last_row}+Q{last_row}-N{last_row}", line.platform_fen),
            (13, f"=(F{last_row}-G{last_row})*I{last_row}+P{last_row}", line.brand_fen),
        )
        for column, formula, fen in cells:
            sheet.write_formula(last_row - 1, column, formula, money, float(format_yuan(fen)))
    _write_summary(workbook, view, last_row, bold, money)
    workbook.close()
    return buffer.getvalue()


def _write_summary(
    workbook: xlsxwriter.Workbook,
    view: StatementView,
    last_row: int,
    bold: xlsxwriter.format.Format,
    money: xlsxwriter.format.Format,
) -> None:
    sums = view.totals
    sheet = workbook.add_worksheet("结算单")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 40)
    states = {"draft": "待结算", "settled": "已结算", "paid": "已付款"}
    labelled_texts = (
        ("结算单号", str(view.id)),
        ("品牌", view.brand_name),
        ("专场", view.sale_title),
        ("状态", states[view.state.value]),
        ("出单时间", f"{view.generated_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("可结算日", f"{view.settleable_from.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
    )
    for row, (label, text) in enumerate(labelled_texts):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, text)
    labelled_sums = (
        ("成交额", f"=SUM(明细!K2:K{last_row})", sums.sold_fen),
        ("退款额", f"=SUM(明细!L2:L{last_row})", sums.refunded_fen),
        ("其中快递承担", f"=SUM(明细!Q2:Q{last_row})", sums.carrier_claims_fen),
        ("佣金", f"=SUM(明细!M2:M{last_row})", sums.commission_fen),
        ("应结货款", f"=SUM(明细!N2:N{last_row})", sums.payable_fen),
    )
    for row, (label, formula, fen) in enumerate(labelled_sums, start=len(labelled_texts) + 1):
        sheet.write_string(row, 0, label, bold)
        sheet.write_formula(row, 1, formula, money, float(format_yuan(fen)))
    sheet.activate()
    sheet.set_first_sheet()
