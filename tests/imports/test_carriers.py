"""The table of carriers: a whole name, an alias or a code finds a carrier; the beginning of a name finds none."""

import pytest

from imports.carriers import Carrier, CarrierTable, built_in_table

TABLE = built_in_table()


def test_the_built_in_table_has_the_carriers_of_china_with_their_codes() -> None:
    assert len(TABLE.carriers) >= 40
    assert len({carrier.code for carrier in TABLE.carriers}) == len(TABLE.carriers)
    for carrier in TABLE.carriers:
        assert all(TABLE.find(word) is carrier for word in carrier.words)
        assert all(TABLE.find(f" {word.upper()} ") is carrier for word in carrier.words)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("顺丰", "顺丰速运"), ("SF", "顺丰速运"), ("SF Express", "顺丰速运"), ("shunfeng", "顺丰速运"), ("ＳＦ", "顺丰速运"),
        ("HTKY", "百世快递"), ("YZPY", "邮政快递包裹"), ("HHTT", "天天快递"), ("JTSD", "极兔速递"), ("DBL", "德邦快递"),
        ("youzhengguonei", "邮政快递包裹"), ("huitongkuaidi", "百世快递"), ("jtexpress", "极兔速递"), ("danniao", "菜鸟速递"),
        ("邮政特快专递", "邮政EMS"), ("中国邮政EMS快递", "邮政EMS"), ("邮政EMS速递", "邮政EMS"), ("中国邮政速递物流", "邮政EMS"),
        ("中通快运", "中通快运"), ("顺丰同城急送", "顺丰同城"), ("德邦物流", "德邦物流"), ("邮政标准快递", "邮政标准快递"),
        ("J&T Express", "极兔速递"), ("JD Logistics", "京东快递"), ("百世汇通快递", "百世快递"), ("安能快递", "安能快递"),
    ],
)  # fmt: skip
def test_find_takes_names_aliases_and_codes(written: str, name: str) -> None:
    found = TABLE.find(written)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "written",
    ["顺丰冷链", "中通冷链", "极兔国际", "京东大件物流", "邮政平邮", "菜鸟裹裹", "申通快运", "飞毛腿", "中", ""],
)
def test_find_takes_no_name_that_only_begins_like_a_known_one(written: str) -> None:
    assert TABLE.find(written) is None


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("SF1380013800012", "顺丰速运"),
        ("yt1234567890123", "圆通速递"),
        ("JDVB01234567890", "京东快递"),
        ("JT1234567890123", "极兔速递"),
    ],
)
def test_suggest_tells_the_carrier_by_prefix_and_length(number: str, name: str) -> None:
    suggested = TABLE.suggest(number)
    assert suggested is not None
    assert suggested.name == name


@pytest.mark.parametrize("number", ["12345678", "SF12", "1380013800012345678"])
def test_suggest_tells_nothing_where_no_format_matches(number: str) -> None:
    assert TABLE.suggest(number) is None


def test_suggest_tells_nothing_where_two_carriers_have_the_format() -> None:
    table = CarrierTable(
        [Carrier("A", "甲", number_patterns=(r"A\d{8}",)), Carrier("B", "乙", number_patterns=(r"[AB]\d{8}",))]
    )
    assert table.suggest("A12345678") is None
    assert table.suggest("B12345678") == table.find("乙")


def test_a_table_in_which_two_carriers_have_one_name_is_refused() -> None:
    with pytest.raises(ValueError, match="names both"):
        CarrierTable([Carrier("A", "甲", aliases=("快",)), Carrier("B", "乙", aliases=("快",))])
