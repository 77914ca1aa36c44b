"""IMPORT-19: no column vanishes, and a remark that names a defect is kept."""
# ruff: noqa: E501 - lists of remarks

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imports import stock_sheet
from imports.cells.defects import names_defect, parse_defect
from tests.imports.builders import HEADER, csv, goods, xlsx


@pytest.mark.parametrize(
    "text",
    """有瑕疵,袖口开线|微瑕|小瑕疵 不影响穿着|次品|残次品|袖口有污渍|破损|B品|b级品|二等品|掉扣一颗|缺腰带|无吊牌|鞋盒破损|样衣|发黄|有色差|拉链坏|后背勾丝|客退|轻微染色|stain on sleeve|small hole
|slightly damaged|无洗标|领口脏污 无吊牌|左袖开线，其他无瑕疵|少备扣|泛黄、起球|沾色|盒损|有洞|退色|开胶|脱线头|缺扣""".replace(
        "\n", ""
    ).split("|"),
)
def test_names_defect_in_the_words_of_the_trade(text: str) -> None:
    assert names_defect(text)
    assert parse_defect(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    """全新|无瑕疵|没有瑕疵|无任何瑕疵|无明显瑕疵|无污渍、破损|不掉色|不起球不变形|不易变形|抗起球|防污面料|爆款|主推|断码|因拍摄光线可能有色差|色差以实物为准|补货中|春季新款|no defects|without stains|加绒
|七天无理由|耐磨损|未穿过|非样品|无瑕|正品|A品|优等品|库存|现货|A级|免烫|不会缩水|质量好|no visible damage|无残次|没有污渍和破损""".replace(
        "\n", ""
    ).split("|"),
)
def test_names_defect_is_false_where_it_is_denied(text: str) -> None:
    assert not names_defect(text)
    assert parse_defect(text) == ""


def test_parse_defect_of_a_blank_cell_is_none() -> None:
    assert (parse_defect(None), parse_defect("  "), parse_defect(7.0)) == (None, None, "")


MORE = ("图片链接", "备注", "面料", "成分", "产地", "品牌", "卖点", "序号", "库存金额", "色号", "等级")


def wide() -> list[list[object]]:
    lines: list[list[object]] = [[*HEADER, *MORE]]
    lines += [
        [*line, "http://x/1.jpg", None, "羊毛", "100%羊毛", "浙江", "云杉", "显瘦", float(n), 100.0, "23", None]
        for n, line in enumerate(goods(3), 1)
    ]
    lines[1][8], lines[1][17] = "有瑕疵,袖口开线", "B级"
    lines[2][8] = "主推款"
    return lines


@pytest.mark.parametrize(("name", "make"), [("a.xlsx", xlsx), ("a.csv", csv)])
def test_every_column_is_used_or_reported(name: str, make: object) -> None:
    reading = stock_sheet.read(make(wide()), name)  # type: ignore[operator]
    said = [(fault.header, fault.row, fault.details[0]) for fault in reading.warnings if fault.code == "unused_column"]
    assert sorted(said) == sorted(
        [
            ("面料", 1, "已用“成分”"), ("序号", 1, "平台用不到"),
            ("品牌", 1, "品牌以上传的账号为准"), ("库存金额", 1, "金额由数量和价格得出"),
            ("色号", 1, "已用颜色列"), ("备注", 1, "只保留写明瑕疵的内容"),
        ]
    )  # fmt: skip
    assert reading.rows.columns["defect"] == ["有瑕疵,袖口开线；B级", "", None]
    assert reading.rows.columns["remark"] == ["有瑕疵,袖口开线", "主推款", None]
    facts = [reading.rows.columns[each] for each in ("fabric", "origin", "selling_point", "picture_links")]
    assert facts == [["100%羊毛"] * 3, ["浙江"] * 3, ["显瘦"] * 3, [("http://x/1.jpg",)] * 3]


def test_empty_and_used_columns_are_not_reported() -> None:
    lines = [[*HEADER, "备注", "面料", "品名"], *([*line, None, None, "针织衫"] for line in goods(2))]
    lines[1][7] = "微瑕"
    reading = stock_sheet.read(xlsx(lines), "a.xlsx")
    assert (reading.warnings, reading.rows.columns["defect"]) == ([], ["微瑕", None])


def test_an_unused_column_is_reported_once_for_all_tables_of_one_layout() -> None:
    lines = [[*HEADER, "洗涤"], *([*line, "棉"] for line in goods(2)), ["第二批"], [*HEADER, "洗涤"]]
    lines += [[*line, "棉"] for line in goods(2, start=3)]
    reading = stock_sheet.read(csv(lines), "a.csv")
    assert [(fault.row, fault.header) for fault in reading.warnings if fault.code == "unused_column"] == [(1, "洗涤")]


def test_a_remark_merged_over_several_lines_holds_for_each() -> None:
    lines = [[*HEADER, "备注"], *([*line, None] for line in goods(4))]
    lines[1][7] = "袖口有污渍"
    reading = stock_sheet.read(xlsx(lines, merges=["H2:H4"]), "a.xlsx")
    assert reading.rows.columns["defect"] == ["袖口有污渍"] * 3 + [None]


def test_check_lists_the_columns_that_are_not_used(tmp_path: Path) -> None:
    file = tmp_path / "库存.xlsx"
    file.write_bytes(xlsx(wide()))
    said = subprocess.run(
        [sys.executable, "-m", "imports", "check", str(file)], capture_output=True, text=True, check=False
    ).stdout
    listed = next(line for line in said.splitlines() if line.startswith("未使用的列"))
    for heading in ("备注", "面料", "品牌", "序号"):
        assert heading in listed
