"""The 34 provinces of China as freight terms name them: full name, short name, and in English (SALE-23)."""

from collections.abc import Iterable
from difflib import get_close_matches

from kernel.traditional import simplified

PROVINCES: dict[str, tuple[str, str]] = {
    "北京市": ("北京", "Beijing"),
    "天津市": ("天津", "Tianjin"),
    "河北省": ("河北", "Hebei"),
    "山西省": ("山西", "Shanxi"),
    "内蒙古自治区": ("内蒙古", "Inner Mongolia"),
    "辽宁省": ("辽宁", "Liaoning"),
    "吉林省": ("吉林", "Jilin"),
    "黑龙江省": ("黑龙江", "Heilongjiang"),
    "上海市": ("上海", "Shanghai"),
    "江苏省": ("江苏", "Jiangsu"),
    "浙江省": ("浙江", "Zhejiang"),
    "安徽省": ("安徽", "Anhui"),
    "福建省": ("福建", "Fujian"),
    "江西省": ("江西", "Jiangxi"),
    "山东省": ("山东", "Shandong"),
    "河南省": ("河南", "Henan"),
    "湖北省": ("湖北", "Hubei"),
    "湖南省": ("湖南", "Hunan"),
    "广东省": ("广东", "Guangdong"),
    "广西壮族自治区": ("广西", "Guangxi"),
    "海南省": ("海南", "Hainan"),
    "重庆市": ("重庆", "Chongqing"),
    "四川省": ("四川", "Sichuan"),
    "贵州省": ("贵州", "Guizhou"),
    "云南省": ("云南", "Yunnan"),
    "西藏自治区": ("西藏", "Tibet"),
    "陕西省": ("陕西", "Shaanxi"),
    "甘肃省": ("甘肃", "Gansu"),
    "青海省": ("青海", "Qinghai"),
    "宁夏回族自治区": ("宁夏", "Ningxia"),
    "新疆维吾尔自治区": ("新疆", "Xinjiang"),
    "香港特别行政区": ("香港", "Hong Kong"),
    "澳门特别行政区": ("澳门", "Macau"),
    "台湾省": ("台湾", "Taiwan"),
}
_OTHER_NAMES = {
    "内蒙": "内蒙古自治区",
    "新疆生产建设兵团": "新疆维吾尔自治区",
    "新疆兵团": "新疆维吾尔自治区",
    "macao": "澳门特别行政区",
    "xizang": "西藏自治区",
    "nei mongol": "内蒙古自治区",
}
"""What people write beside full and short names; 广西省 and 新疆自治区 are read too."""
_TOGETHER = {
    "港澳台": ("香港特别行政区", "澳门特别行政区", "台湾省"),
    "港澳": ("香港特别行政区", "澳门特别行政区"),
}
"""Several provinces in one word."""
_BY_NAME = _OTHER_NAMES | {
    way.casefold(): full
    for full, (short, english) in PROVINCES.items()
    for way in (full, short, english, *(short + ending for ending in ("省", "市", "自治区", "特别行政区")))
}


def find_province(name: str) -> str:
    """The full name of a province that is written in any usual way, in Chinese or English; "" where it is none."""
    return _BY_NAME.get(simplified(" ".join(name.split())).casefold(), "")


def find_provinces(name: str) -> tuple[str, ...]:
    """The same, where one word may stand for several: 港澳台."""
    if name.strip() in _TOGETHER:
        return _TOGETHER[name.strip()]
    found = find_province(name)
    return (found,) if found else ()


def nearest_province(name: str) -> str:
    """The full name of the province that a word, which names none, was most likely to mean; "" where none is like it."""
    close = get_close_matches(name.strip().casefold(), _BY_NAME, n=1, cutoff=0.5)
    return _BY_NAME[close[0]] if close else ""


def short_names(provinces: Iterable[str]) -> str:
    return "、".join(PROVINCES[each][0] for each in provinces)


def english_names(provinces: Iterable[str]) -> str:
    return ", ".join(PROVINCES[each][1] for each in provinces)
