"""The simulator's results as workbooks: prices with their steps, and the comparison of two sets of rules."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from accounts.rules import Role
from kernel.money import display_yuan, format_yuan
from kernel.period import SHANGHAI
from membership.rules.tiers import Tier
from pricing.rules.comparison import Bucket
from pricing.selectors.compare import Comparison, Side
from pricing.selectors.price_lists import PreviewRow

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


def write_prices(rows: Iterable[PreviewRow], *, role: Role, english: bool) -> bytes:
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
        texts = (row.style_no, row.name, row.colour, row.size, Tier(row.tier).short_zh)
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


_TIER_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("dearer", "变贵", "Dearer"),
    ("cheaper", "变便宜", "Cheaper"),
    ("newly_cut", "新剪标", "Newly cut"),
    ("no_longer_cut", "不再剪标", "No longer cut"),
    ("newly_excluded", "新排除", "Newly left out"),
    ("no_longer_excluded", "不再排除", "No longer left out"),
    ("base_broken", "违反规则 左", "Break a rule, left"),
    ("other_broken", "违反规则 右", "Break a rule, right"),
    ("base_sum_fen", "价格合计 左", "Sum of prices, left"),
    ("other_sum_fen", "价格合计 右", "Sum of prices, right"),
    ("base_margin_fen", "平台所得 左", "Left to the platform, left"),
    ("other_margin_fen", "平台所得 右", "Left to the platform, right"),
)
_CHANGE_HEADERS = (
    ("款号", "Style"),
    ("品名", "Name"),
    ("颜色", "Colour"),
    ("尺码", "Size"),
    ("等级", "Tier"),
    ("吊牌价", "Tag price"),
    ("供货价", "Base price"),
    ("拿货价 左", "Wholesale price, left"),
    ("拿货价 右", "Wholesale price, right"),
    ("差", "Difference"),
    ("平台所得 左", "Left to the platform, left"),
    ("平台所得 右", "Left to the platform, right"),
    ("吊牌 左", "Label, left"),
    ("吊牌 右", "Label, right"),
    ("违反 左", "Breaks, left"),
    ("违反 右", "Breaks, right"),
)


def write_comparison(compared: Comparison, *, names: tuple[str, str], tier: int, at: datetime, english: bool) -> bytes:
    """An .xlsx of two sets of rules over the same SKUs: sums by tier, both distributions with their plots, every changed price.

    `names` are those of the two sets of rules; the distributions are those of `tier`.
    """
    side = 1 if english else 0
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    formats = {"bold": book.add_format({"bold": True}), "money": book.add_format({"num_format": "0.00"})}
    _write_sums(book, compared, names, at, formats, side)
    titles = (("拿货价分布", "Distribution of prices"), ("平台所得分布", "Distribution of margins"))
    for title, buckets in zip(titles, (compared.prices, compared.margins), strict=True):
        _write_distribution(book, f"{title[side]} {Tier(tier).short_zh}", buckets, names, formats, side)
    _write_changes(book, compared, formats, side)
    book.close()
    return buffer.getvalue()


def _write_sums(
    book: Any, compared: Comparison, names: tuple[str, str], at: datetime, formats: dict[str, Any], side: int
) -> None:
    sheet = book.add_worksheet(("汇总", "Sums")[side])
    sheet.set_column(0, len(_TIER_COLUMNS), 14)
    heads = ((("左", "Left"), names[0]), (("右", "Right"), names[1]))
    for number, (head, name) in enumerate(heads):
        sheet.write_string(number, 0, head[side], formats["bold"])
        sheet.write_string(number, 1, name)
    sheet.write_string(2, 0, ("按何时的规则", "Rules as of")[side], formats["bold"])
    sheet.write_string(2, 1, f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    sheet.write_row(4, 0, [("等级", "Tier")[side], *(column[1 + side] for column in _TIER_COLUMNS)], formats["bold"])
    for number, row in enumerate(compared.tiers, start=5):
        sheet.write_string(number, 0, Tier(row.tier).short_zh)
        for column, (field, *_words) in enumerate(_TIER_COLUMNS, start=1):
            _write_figure(sheet, number, column, getattr(row, field), field, formats)


def _write_figure(sheet: Any, row: int, column: int, figure: int, field: str, formats: dict[str, Any]) -> None:
    if field.endswith("_fen"):
        sheet.write_number(row, column, float(format_yuan(figure)), formats["money"])
    else:
        sheet.write_number(row, column, figure)


def _write_distribution(
    book: Any, title: str, buckets: Sequence[Bucket], names: tuple[str, str], formats: dict[str, Any], side: int
) -> None:
    sheet = book.add_worksheet(title)
    sheet.set_column(0, 3, 16)
    sheet.write_row(0, 0, [("从（元）", "From (yuan)")[side], ("至以下", "To below")[side], *names], formats["bold"])
    for number, bucket in enumerate(buckets, start=1):
        _write_figure(sheet, number, 0, bucket.low_fen, "low_fen", formats)
        _write_figure(sheet, number, 1, bucket.high_fen, "high_fen", formats)
        sheet.write_number(number, 2, bucket.base)
        sheet.write_number(number, 3, bucket.other)
    if not buckets:
        return
    chart = book.add_chart({"type": "column"})
    for column in (2, 3):
        chart.add_series(
            {
                "name": [title, 0, column],
                "categories": [title, 1, 0, len(buckets), 0],
                "values": [title, 1, column, len(buckets), column],
            }
        )
    chart.set_title({"name": title})
    chart.set_legend({"position": "bottom"})
    sheet.insert_chart("F2", chart, {"x_scale": 1.5, "y_scale": 1.3})


def _write_changes(book: Any, compared: Comparison, formats: dict[str, Any], side: int) -> None:
    sheet = book.add_worksheet(("变化", "Changes")[side])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_CHANGE_HEADERS) - 1, 14)
    sheet.write_row(0, 0, [header[side] for header in _CHANGE_HEADERS], formats["bold"])
    for number, row in enumerate(compared.changes, start=1):
        for column, text in enumerate((row.style_no, row.name, row.colour, row.size, Tier(row.tier).short_zh)):
            sheet.write_string(number, column, text)
        amounts = (
            row.tag_price_fen,
            row.base_price_fen,
            row.base.wholesale_fen,
            row.other.wholesale_fen,
            row.difference_fen,
            row.base.margin_fen,
            row.other.margin_fen,
        )
        for column, fen in enumerate(amounts, start=5):
            _write_figure(sheet, number, column, fen, "_fen", formats)
        for column, text in enumerate((_label(row.base, side), _label(row.other, side)), start=12):
            sheet.write_string(number, column, text)
        for column, each in enumerate((row.base, row.other), start=14):
            sheet.write_string(number, column, each.broken.value if each.broken else "")
    if compared.changed > len(compared.changes):
        shown, everything = len(compared.changes), compared.changed
        words = (f"列出变化最大的 {shown} 条，共 {everything} 条", f"The greatest {shown} of {everything} changes")
        sheet.write_string(shown + 1, 0, words[side], formats["bold"])


def _label(each: Side, side: int) -> str:
    return (_EXCLUDED if each.excluded else _LABELS[each.labelling.value])[side]


def _why(row: PreviewRow, role: Role, *, english: bool) -> str:
    steps = row.steps_for(role)
    return " → ".join(
        (step.en if english else step.zh) + ("" if step.after_fen is None else f" {display_yuan(step.after_fen)}")
        for step in steps
    )
