"""The simulator's prices as a workbook: one line per SKU and tier, with the steps behind each price."""

import io
from collections.abc import Iterable

import xlsxwriter

from accounts.rules import Role
from kernel.money import format_yuan
from pricing.queries import PriceRow
from pricing.rules import LABELS

_HEADERS = (
    ("款号", "Style"),
    ("品名", "Name"),
    ("颜色", "Colour"),
    ("尺码", "Size"),
    ("等级", "Tier"),
    ("吊牌价", "Tag price"),
    ("供货价", "Base price"),
    ("拿货价", "Wholesale price"),
    ("应付品牌", "Payable to the brand"),
    ("平台所得", "Left to the platform"),
    ("吊牌", "Label"),
    ("零售底价", "Retail floor"),
    ("违反", "Breaks"),
    ("由来", "Why"),
)
_LABELS = {"kept": ("保留", "kept"), "cut": ("剪标", "cut")}
_EXCLUDED = ("不参加", "left out")


def write_prices(rows: Iterable[PriceRow], *, role: Role, english: bool) -> bytes:
    """An .xlsx of price rows; amounts in yuan, text as text, so that no name becomes a formula."""
    side = 1 if english else 0
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    sheet = book.add_worksheet("Prices" if english else "价格")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_HEADERS) - 2, 12)
    sheet.set_column(len(_HEADERS) - 1, len(_HEADERS) - 1, 90)
    sheet.write_row(0, 0, [header[side] for header in _HEADERS], bold)
    for number, row in enumerate(rows, start=1):
        label = _EXCLUDED if row.excluded else _LABELS[row.labelling.value]
        texts = (row.style_no, row.name, row.colour, row.size, LABELS[row.tier])
        for column, text in enumerate(texts):
            sheet.write_string(number, column, text)
        amounts = (row.tag_price_fen, row.base_price_fen, row.wholesale_fen, row.brand_payable_fen, row.commission_fen)
        for column, fen in enumerate(amounts, start=len(texts)):
            sheet.write_number(number, column, float(format_yuan(fen)), money)
        sheet.write_string(number, 10, label[side])
        if row.retail_floor_fen is not None:
            sheet.write_number(number, 11, float(format_yuan(row.retail_floor_fen)), money)
        sheet.write_string(number, 12, row.broken.value if row.broken else "")
        sheet.write_string(number, 13, _why(row, role, english=english))
    book.close()
    return buffer.getvalue()


def _why(row: PriceRow, role: Role, *, english: bool) -> str:
    steps = row.steps(role)
    return " → ".join(
        (step.en if english else step.zh) + ("" if step.after_fen is None else f" ¥{format_yuan(step.after_fen)}")
        for step in steps
    )
