import pytest

from orders.rules import ParsedAddress, parse_address

ADDRESS = "浙江省杭州市西湖区文三路478号华星时代广场A座1201"


@pytest.mark.parametrize(
    "text",
    [
        f"王小美 13800138000 {ADDRESS}",
        f"王小美，13800138000，{ADDRESS}",
        f"{ADDRESS} 王小美 13800138000",
        f"{ADDRESS}\n王小美\n138 0013 8000",
        f"收货人：王小美\n手机号码：138-0013-8000\n详细地址：{ADDRESS}",
        f"收件人:王小美 联系电话:+86 13800138000 收货地址:{ADDRESS}",
        f"13800138000\t王小美\t{ADDRESS}",
        f"姓名：王小美；电话：13800138000；地址：{ADDRESS}",
        f"王小美 １３８００１３８０００ {ADDRESS}",
    ],
)
def test_an_address_is_read_however_it_was_pasted(text: str) -> None:
    assert parse_address(text) == ParsedAddress("王小美", "13800138000", ADDRESS)


def test_a_region_apart_from_the_street_is_joined() -> None:
    text = "收货人: 李雷\n手机号: 13912345678\n所在地区: 广东省深圳市南山区\n详细地址: 科技园路1号"
    assert parse_address(text) == ParsedAddress("李雷", "13912345678", "广东省深圳市南山区科技园路1号")


# ORDER-5
def test_what_cannot_be_told_is_left_empty() -> None:
    assert parse_address("13800138000") == ParsedAddress("", "13800138000", "")
    assert not parse_address("王小美 明天发货").complete
    assert parse_address("").phone == ""


def test_a_house_number_is_not_taken_for_a_phone() -> None:
    assert parse_address(f"王小美 {ADDRESS}").phone == ""


def test_a_landline_is_a_phone_too() -> None:
    assert parse_address(f"王小美 0571-88888888 {ADDRESS}").phone == "0571-88888888"
