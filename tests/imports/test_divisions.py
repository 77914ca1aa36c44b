"""`locate` (ORDER-5): every county of the table, short names, what follows from what, streets named like places."""

import pytest

from imports.divisions import Division, all_divisions, locate

STREET = "建设路1号"


def test_locate_finds_every_division_by_its_full_name() -> None:
    divisions = list(all_divisions())
    assert len(divisions) > 3000
    wrong = []
    for each in divisions:
        levels = [each.province, "" if each.city == each.province else each.city, each.county]
        for separator in ("", " "):
            text = separator.join(level for level in levels if level) + separator + STREET
            found = locate(text)
            if found is None or (found.division, text[found.end :], found.inferred) != (each, STREET, ()):
                wrong.append((text, found))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "division", "rest", "inferred"),
    [
        ("浙江 杭州 西湖区 文三路478号", ("浙江省", "杭州市", "西湖区"), "文三路478号", ()),
        ("浙江杭州西湖区文三路478号", ("浙江省", "杭州市", "西湖区"), "文三路478号", ()),
        ("中国广东省深圳市南山区科技园", ("广东省", "深圳市", "南山区"), "科技园", ()),
        ("北京朝阳区望京soho t3", ("北京市", "北京市", "朝阳区"), "望京soho t3", ()),
        ("北京市北京市海淀区中关村", ("北京市", "北京市", "海淀区"), "中关村", ()),
        ("黑龙江省大兴安岭地区加格达奇区铁路南小区", ("黑龙江省", "大兴安岭地区", "加格达奇区"), "铁路南小区", ()),
        ("新疆阿克苏地区温宿县", ("新疆维吾尔自治区", "阿克苏地区", "温宿县"), "", ()),
        ("广西省桂林市临桂区金水路", ("广西壮族自治区", "桂林市", "临桂区"), "金水路", ()),
        ("广西自治区 南宁 青秀区", ("广西壮族自治区", "南宁市", "青秀区"), "", ()),
        ("新疆省乌鲁木齐市", ("新疆维吾尔自治区", "乌鲁木齐市", ""), "", ()),
        ("新疆自治区建设路1号", ("新疆维吾尔自治区", "", ""), "建设路1号", ()),
        ("西藏省拉萨市", ("西藏自治区", "拉萨市", ""), "", ()),
        ("寧夏省銀川市", ("宁夏回族自治区", "银川市", ""), "", ()),
        ("内蒙古省包头市", ("内蒙古自治区", "包头市", ""), "", ()),
        ("内蒙古呼和浩特市新城区", ("内蒙古自治区", "呼和浩特市", "新城区"), "", ()),
        ("内蒙呼和浩特市新城区", ("内蒙古自治区", "呼和浩特市", "新城区"), "", ()),
        ("内蒙自治区包头市", ("内蒙古自治区", "包头市", ""), "", ()),
        ("新疆生产建设兵团第八师石河子市北泉镇", ("新疆维吾尔自治区", "", "石河子市"), "北泉镇", ()),
        ("新疆维吾尔自治区生产建设兵团 十二师 乌鲁木齐市", ("新疆维吾尔自治区", "乌鲁木齐市", ""), "", ()),
        ("新疆生产建设兵团第一师十团", ("新疆维吾尔自治区", "", ""), "生产建设兵团第一师十团", ()),
        ("新疆兵团第十师北屯市", ("新疆维吾尔自治区", "", "北屯市"), "", ()),
        ("湖北省仙桃市干河街道", ("湖北省", "", "仙桃市"), "干河街道", ()),
        ("恩施州利川市", ("湖北省", "恩施土家族苗族自治州", "利川市"), "", ("province",)),
        ("深圳南山区科技园", ("广东省", "深圳市", "南山区"), "科技园", ("province",)),
        ("余姚市阳明街道", ("浙江省", "宁波市", "余姚市"), "阳明街道", ("province", "city")),
        ("香港九龙旺角弥敦道", ("香港特别行政区", "九龙", ""), "旺角弥敦道", ()),
        ("台湾省台北市", ("台湾省", "台北市", ""), "", ()),
        ("深圳市科技园", ("广东省", "深圳市", ""), "科技园", ("province",)),
    ],
)
def test_locate_reads_short_names_and_infers_what_follows(
    text: str, division: tuple[str, str, str], rest: str, inferred: tuple[str, ...]
) -> None:
    found = locate(text)
    assert found is not None
    assert (found.division, text[found.end :], found.inferred) == (Division(*division), rest, inferred)


@pytest.mark.parametrize("text", ["浙江路12号", "南京东路300号", "四川北路100号电话大楼", "朝阳区建国路", "", "王小美"])
def test_locate_takes_no_street_and_no_ambiguous_county_for_a_place(text: str) -> None:
    assert locate(text) is None
