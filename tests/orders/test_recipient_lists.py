"""A pasted list of recipients is read and proposed; nothing is entered unasked (ORDER-5)."""

from dataclasses import dataclass

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Person
from flashsales.models import SaleItem
from forwarding.models import RetailPrice
from forwarding.services.prices import set_retail_price
from inventory.models import Sku
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.services.recipient_lists import MAX_PASTED_RECIPIENTS, InvalidRecipientList, propose_recipients
from orders.services.recipients import RecipientFields, find_or_add_recipients
from tests.builders import NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db

WANG = "王芳 13912345678 浙江省杭州市西湖区文三路 1 号"
LI = "李雷 13900000002 上海市徐汇区漕溪北路 2 号"
NO_PHONE = "赵敏 广东省深圳市南山区科技园 3 栋"
PASTE = "/shop/recipients/paste/"
MANY = "/shop/orders/for-many/"


@pytest.fixture
def daigou() -> Daigou:
    return Marketplace().reseller()


def client_of(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def names(daigou: Daigou) -> list[str]:
    """Who was entered after the recipient with whom every reseller of these tests begins."""
    rows = Recipient.objects.filter(reseller=daigou.id, hidden_at=None).order_by("pk")
    return list(rows.values_list("name", flat=True))[1:]


def test_propose_recipients_reads_each_and_creates_none(daigou: Daigou) -> None:
    found = propose_recipients(actor=daigou.actor, pasted=f"{WANG}\n{LI}\n{NO_PHONE}")
    assert [(each.recipient.name, each.recipient.phone, each.unsure) for each in found] == [
        ("王芳", "13912345678", []),
        ("李雷", "13900000002", []),
        ("赵敏", "", ["phone"]),
    ]
    assert [each.recipient.pasted for each in found] == [WANG, LI, NO_PHONE]
    assert names(daigou) == []


def test_propose_recipients_says_who_is_known(daigou: Daigou) -> None:
    client_of(daigou).post(
        "/shop/recipients/", {"name": "王芳", "phone": "13912345678", "address": "浙江省杭州市西湖区文三路 1 号"}
    )
    known = propose_recipients(actor=daigou.actor, pasted=f"{WANG}\n{LI}")
    assert [each.is_known for each in known] == [
        Recipient.objects.filter(address=known[0].recipient.address).exists(),
        False,
    ]
    assert known[0].is_known


def test_propose_recipients_refuses_more_than_it_reads(daigou: Daigou) -> None:
    with pytest.raises(InvalidRecipientList) as caught:
        propose_recipients(actor=daigou.actor, pasted="\n".join([WANG] * (MAX_PASTED_RECIPIENTS + 1)))
    assert (caught.value.found, caught.value.recipients) == (101, 100)
    with pytest.raises(InvalidRecipientList) as caught:
        propose_recipients(actor=daigou.actor, pasted="王" * 20_001)
    assert caught.value.length == 20_001


def test_the_api_reads_a_list_and_enters_nothing(daigou: Daigou) -> None:
    answer = client_of(daigou).post(
        "/api/v1/recipients/read-list", {"pasted": f"{WANG}\n{NO_PHONE}"}, content_type="application/json"
    )
    assert (answer.status_code, [each["unsure"] for each in answer.json()]) == (200, [[], ["phone"]])
    assert answer.json()[0]["recipient"]["name"] == "王芳"
    assert names(daigou) == []


def sent(*rows: tuple[str, dict[str, str]]) -> dict[str, str]:
    """The form of the list: what was pasted for each row, and its fields."""
    data = {"rows": "1"}
    for place, (pasted, fields) in enumerate(rows):
        data |= {f"pasted-{place}": pasted}
        for name, value in fields.items():
            data[f"{name}-{place}" if name in ("sure", "leave_out") else f"{place}-{name}"] = value
    return data


WANG_FIELDS = {"name": "王芳", "phone": "13912345678", "address": "浙江省杭州市西湖区文三路1号"}
ZHAO_FIELDS = {"name": "赵敏", "phone": "", "address": "广东省深圳市南山区科技园3栋"}


def test_a_pasted_list_is_shown_and_saves_nothing(daigou: Daigou) -> None:
    answer = client_of(daigou).post(PASTE, {"pasted": f"今晚的\n\n{WANG}\n{NO_PHONE}"})
    page = answer.content.decode()
    assert (page.count('data-pasted="sure"'), page.count('data-pasted="unsure"')) == (1, 2)
    assert 'name="leave_out-0"\n        checked' in page
    assert names(daigou) == []


def test_an_unsure_row_is_saved_only_once_it_is_corrected_or_confirmed(daigou: Daigou) -> None:
    client = client_of(daigou)
    answer = client.post(PASTE, sent((WANG, WANG_FIELDS), (NO_PHONE, ZHAO_FIELDS)))
    page = answer.content.decode()
    assert (answer.status_code, names(daigou)) == (200, ["王芳"])
    assert page.count("data-pasted=") == 1
    assert "先给已保存的选货" in page
    corrected = ZHAO_FIELDS | {"phone": "13900000003"}
    answer = client.post(PASTE, sent((NO_PHONE, corrected)))
    assert names(daigou) == ["王芳", "赵敏"]
    added = Recipient.objects.get(reseller=daigou.id, name="赵敏")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{MANY}?to={added.pk}")


def test_an_unsure_row_that_is_right_is_saved_as_it_is(daigou: Daigou) -> None:
    two_numbers = "王芳 13912345678 0571-88880000 浙江省杭州市西湖区文三路1号"
    client = client_of(daigou)
    client.post(PASTE, sent((two_numbers, WANG_FIELDS)))
    assert names(daigou) == []
    client.post(PASTE, sent((two_numbers, WANG_FIELDS | {"sure": "on"})))
    assert names(daigou) == ["王芳"]


def test_a_row_that_is_left_out_is_not_saved(daigou: Daigou) -> None:
    li = {"name": "李雷", "phone": "13900000002", "address": "上海市徐汇区漕溪北路2号"}
    client_of(daigou).post(PASTE, sent((WANG, WANG_FIELDS | {"leave_out": "on"}), (LI, li)))
    assert names(daigou) == ["李雷"]


def test_the_goods_she_came_from_stay_in_the_address(daigou: Daigou) -> None:
    answer = client_of(daigou).post(f"{PASTE}?sale=3&style=4", sent((WANG, WANG_FIELDS)))
    added = Recipient.objects.get(reseller=daigou.id, name="王芳")
    assert answer.headers["Location"] == f"{MANY}?to={added.pk}&sale=3&style=4"


@dataclass
class Shop:
    """A live sale with two priced styles of one SKU each, 10 and 1 units at ¥50; a reseller with three recipients."""

    client: Client
    daigou: Daigou
    items: list[int]
    prices: list[int]
    sale_id: int
    people: list[int]

    @property
    def address(self) -> str:
        return f"{MANY}?to={','.join(map(str, self.people))}"

    def chosen(self, *picks: tuple[int, int, int], **more: str) -> dict[str, list[str] | str]:
        """The form with goods beside recipients: (recipient, item, units), both by their place."""
        data: dict[str, list[str]] = {}
        for person, item, units in picks:
            data.setdefault(f"item-{self.people[person]}", []).append(f"{self.items[item]}.{self.prices[item]}")
            data.setdefault(f"units-{self.people[person]}", []).append(str(units))
        return data | {"key": "page"} | more


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    market = Marketplace()
    skus = [market.sku(units=units, base_price_fen=50_00) for units in (10, 1)]
    sale_id = market.sale(*skus)
    daigou = market.reseller(wallet_fen=1_000_00)
    for style_id in Sku.objects.filter(pk__in=skus).values_list("style_id", flat=True):
        set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=99_00, now=NOW)
    people = find_or_add_recipients(
        actor=daigou.actor,
        recipients=[
            RecipientFields(name, "13900000002", "上海市徐汇区漕溪北路2号") for name in ("王芳", "李雷", "赵敏")
        ],
        now=NOW,
    )
    return Shop(
        client_of(daigou),
        daigou,
        [item_of(sale_id, sku) for sku in skus],
        [50_00, 50_00],
        sale_id,
        [each.id for each in people],
    )


def placed(daigou: Daigou) -> list[tuple[str, int, int]]:
    rows = OrderLine.objects.filter(order__reseller_id=daigou.id).order_by("pk")
    return [(row.recipient.name, row.item_id, row.units) for row in rows]


def test_recipients_are_ticked_where_the_address_names_none(shop: Shop) -> None:
    page = shop.client.get(f"{MANY}?sale=3&style=4").content.decode()
    assert page.count('name="who"') == 4
    answer = shop.client.post(f"{MANY}?sale=3&style=4", {"who": [str(each) for each in shop.people[:2]]})
    assert answer.headers["Location"] == f"{MANY}?to={shop.people[0]},{shop.people[1]}&sale=3&style=4"


def test_goods_of_many_recipients_are_one_order(shop: Shop) -> None:
    answer = shop.client.post(shop.address, shop.chosen((0, 0, 2), (1, 0, 1), (1, 1, 1), (0, 0, 1), place="1"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/shop/cart/")
    assert placed(shop.daigou) == [("王芳", shop.items[0], 3), ("李雷", shop.items[0], 1), ("李雷", shop.items[1], 1)]
    assert Order.objects.filter(reseller_id=shop.daigou.id).count() == 1
    shop.client.post(shop.address, shop.chosen((0, 0, 2), (1, 0, 1), (1, 1, 1), (0, 0, 1), place="1"))
    assert Order.objects.filter(reseller_id=shop.daigou.id).count() == 1


def test_what_cannot_be_had_is_named_and_the_rest_is_placed(shop: Shop) -> None:
    answer = shop.client.post(shop.address, shop.chosen((0, 1, 1), (1, 1, 1), place="1"), follow=True)
    assert placed(shop.daigou) == [("王芳", shop.items[1], 1)]
    assert any(each.level_tag == "warning" for each in answer.context["messages"])


def test_another_price_than_the_shown_one_places_nothing_of_it(shop: Shop) -> None:
    shop.prices[0] = 49_00
    answer = shop.client.post(shop.address, shop.chosen((0, 0, 1), place="1"))
    page = answer.content.decode()
    assert (answer.status_code, placed(shop.daigou)) == (200, [])
    assert "¥49.00" in page
    assert "¥50.00" in page


def test_nothing_is_placed_where_nothing_is_chosen(shop: Shop) -> None:
    answer = shop.client.post(shop.address, {"key": "page", "place": "1"}, follow=True)
    assert placed(shop.daigou) == []
    assert "请先给收货人选货" in answer.content.decode()


@pytest.mark.parametrize("units", ["", "0", "many", "1.5", "1000000"])
def test_nothing_is_placed_where_the_units_are_no_number(shop: Shop, units: str) -> None:
    form = shop.chosen((0, 0, 2), (1, 0, 1), place="1") | {f"units-{shop.people[1]}": units}
    answer = shop.client.post(shop.address, form)
    assert (answer.status_code, placed(shop.daigou)) == (200, [])
    assert "请填写每种货要几件" in answer.content.decode()


def test_filling_without_goods_says_so(shop: Shop) -> None:
    page = shop.client.post(shop.address, {"key": "page", "fill": "1", "fill_item": ""}).content.decode()
    assert "请先选货" in page


def test_filling_and_adding_choose_goods_and_place_nothing(shop: Shop) -> None:
    same = f"{shop.items[1]}.{shop.prices[1]}"
    page = shop.client.post(shop.address, shop.chosen((0, 0, 2), fill="1", fill_item=same)).content.decode()
    assert page.count(f'value="{same}" selected') == 2
    assert page.count(f'value="{shop.items[0]}.{shop.prices[0]}" selected') == 1
    page = shop.client.post(shop.address, shop.chosen((0, 0, 2), add=str(shop.people[0]))).content.decode()
    assert page.count(f'name="item-{shop.people[0]}"') == 2
    assert placed(shop.daigou) == []


def test_the_style_she_came_from_can_be_chosen_without_a_retail_price(shop: Shop) -> None:
    RetailPrice.objects.all().delete()
    assert "还没有可选的货" in shop.client.get(shop.address).content.decode()
    style_id = SaleItem.objects.get(pk=shop.items[0]).style_id
    page = shop.client.get(f"{shop.address}&sale={shop.sale_id}&style={style_id}").content.decode()
    assert page.count("<option") == 4 + 4


def test_the_recipients_of_somebody_else_are_not_shown(shop: Shop) -> None:
    other = Marketplace().reseller()
    page = client_of(other).get(shop.address).content.decode()
    assert "王芳" not in page


def test_the_page_takes_few_statements_for_many_recipients(
    shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        shop.client.get(shop.address)
