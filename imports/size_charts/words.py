"""The words of size charts: measurements, units, and what a caption says besides being the caption of a size chart."""

from __future__ import annotations

import re
from typing import Final

from imports import fields
from imports.cells.text import normalize
from imports.vocabulary import fold_heading, meaning_of

_MEASURES = re.compile(
    "胸围|胸宽|腰围|腰宽|臀围|臀宽|肩宽|衣长|袖长|袖口|袖肥|袖笼|袖窿|裤长|裙长|下摆|摆围|摆宽|领围|领宽|领深|腿围|腿宽|脚口|裤口|裤脚"
    "|前浪|后浪|前裆|后裆|立裆|直裆|横裆|裆深|臂围|前长|后长|后中长|内长|外长|通袖|脚长|足长|鞋长|脚宽|脚围|足围|筒高|筒围|跟高|头围|帽围"
    "|帽深|帽檐|手掌围|身高|体重|三围|bust|chest|waist|hips?|shoulder|sleeve|length|inseam|outseam|thigh|hem|height|weight|insole"
    "|rise|neck|cuff|calf|shaft|heel"
)
_CORNER_WORDS = (
    "部位 测量部位 项目 测量项目 尺码/部位 部位/尺码 尺寸/部位 部位/尺寸 尺码\\部位 部位\\尺码 尺码部位 部位尺码 规格/部位 部位/规格"
    " 度量 测量 measure measurement measurements part size/part part/size"
)
_CORNERS = frozenset(map(fold_heading, _CORNER_WORDS.split()))
_WEIGHTS = re.compile("重|weight")
_UNITS: Final = {
    "cm": "cm", "厘米": "cm", "公分": "cm", "mm": "mm", "毫米": "mm",
    "inch": "英寸", "inches": "英寸", "in": "英寸", "英寸": "英寸", "吋": "英寸",
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_UNIT_OF_HEADING = re.compile(rf"\s*[(/\[]\s*({_UNIT})\s*[)\]]?\s*$|\s*(?<![a-z])({_UNIT})$", re.IGNORECASE)
_UNIT_OF_CAPTION = re.compile(
    rf"(?:单位|unit)s?\s*(?:是|为|[:：])?\s*({_UNIT})(?![a-z])|[(（\[]\s*({_UNIT})\s*[)）\]]|(?<![a-z])({_UNIT})\s*$",
    re.IGNORECASE,
)
_CHART_NAME = re.compile(
    "尺码(?:对照|参考|信息|尺寸|说明|对应)?表|尺寸(?:对照|参考|信息|说明)?表|尺码(?:对照|参考|说明|信息|尺寸)"
    "|size ?(?:chart|guide|table)s?|sizing",
    re.IGNORECASE,
)
_CHART_WORDS = re.compile(
    rf"{_CHART_NAME.pattern}|尺码|尺寸|测量|单位|平铺|参考|手工|sizes?|units?|sheet ?\d*|工作表 ?\d*", re.IGNORECASE
)
_OF_STYLE = re.compile(r"^\s*(?:款号|货号|款式|style ?(?:no\.?|number)?)\s*[:：]\s*", re.IGNORECASE)
_OF_CATEGORY = re.compile(r"^\s*(?:类目|品类|类别|分类|适用类目|适用|category)\s*[:：]\s*", re.IGNORECASE)
_NOTE = re.compile(r"^\s*(?:注|备注|说明|温馨|提示|误差|以上|note|tips?)", re.IGNORECASE)
_ALL_GOODS = frozenset({"通用", "全部", "所有", "所有款", "所有款式", "全部款式", "全店", "全店通用", "all", "general"})
_EDGES = " \t　()（）[]【】「」《》<>:：-—–_,，、。.·*★/|"


def is_chart_name(name: str | None) -> bool:
    """Whether a sheet is named as a size chart."""
    return bool(name and _CHART_NAME.search(name))


def is_measure(text: str) -> bool:
    return bool(_MEASURES.search(fold_heading(text))) and len(text) <= 40


def is_size_word(text: str) -> bool:
    found = meaning_of(text)
    return found is not None and found.field == fields.SIZE and found.exact


def is_corner(text: str) -> bool:
    """Whether a text stands where sizes run to the right and measurements downwards."""
    return fold_heading(text) in _CORNERS or is_size_word(text)


def is_note(text: str) -> bool:
    return bool(_NOTE.match(text))


def unit_of_caption(text: str) -> str:
    """The unit that a caption gives for all measurements: cm, mm, 英寸, or none."""
    found = _UNIT_OF_CAPTION.search(normalize(text))
    return _UNITS[next(filter(None, found.groups())).lower()] if found else ""


def heading_with_unit(text: str, unit: str) -> str:
    """A heading with its own unit written in one way, or else with `unit` where it names a length."""
    plain = normalize(text)
    found = _UNIT_OF_HEADING.search(plain)
    if found and found.start():
        own = _UNITS[next(filter(None, found.groups())).lower()]
        return f"{plain[: found.start()].strip()}({own})"
    return f"{plain}({unit})" if unit and is_measure(plain) and not _WEIGHTS.search(plain.lower()) else plain


def bare_caption(text: str) -> str:
    """What a caption says besides being one: 连衣裙 of 连衣裙尺码表（单位：cm）; empty for 通用尺码表."""
    plain = _CHART_WORDS.sub(" ", _UNIT_OF_CAPTION.sub(" ", normalize(text)))
    plain = " ".join(plain.split()).strip(_EDGES)
    return "" if plain.lower() in _ALL_GOODS else plain


def labelled(text: str) -> tuple[str, str]:
    """The style numbers, or else the category, that a caption names behind a label: 款号：A100."""
    plain = normalize(text)
    if found := _OF_STYLE.match(plain):
        return bare_caption(plain[found.end() :]), ""
    if found := _OF_CATEGORY.match(plain):
        return "", bare_caption(plain[found.end() :])
    return "", ""
