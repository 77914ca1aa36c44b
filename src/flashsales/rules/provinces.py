"""The 34 provinces of China as freight terms name them: full name, short name, and in English (SALE-23)."""

from collections.abc import Iterable

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
_BY_NAME = {name: full for full, names in PROVINCES.items() for name in (full, names[0], names[1].casefold())}


def find_province(name: str) -> str:
    """The full name of a province that is written in full, in short or in English; "" where it is none."""
    return _BY_NAME.get(name.strip().casefold(), "")


def short_names(provinces: Iterable[str]) -> str:
    return "、".join(PROVINCES[each][0] for each in provinces)


def english_names(provinces: Iterable[str]) -> str:
    return ", ".join(PROVINCES[each][1] for each in provinces)
