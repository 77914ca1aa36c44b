"""Freight by province, and where goods do not go: from the terms to cart, workbook, refunds, pages and programs (SALE-23)."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from aftersales.services.exchanges import exchange
from aftersales.services.refunds import refund_unshipped
from console.pages.freight_forms import FreightForm, ProvincesField, SurchargesField
from flashsales.models import Sale, SaleFreightTerms
from flashsales.rules.freight import (
    FREE,
    DeliveryFault,
    FreightFault,
    FreightTerms,
    ProvinceSurcharge,
    delivery_fault,
    freight_fault,
    freight_of,
)
from flashsales.rules.provinces import PROVINCES, find_province
from flashsales.selectors.freight import get_brand_freight, get_sale_freight
from flashsales.services.freight import InvalidFreightTerms, set_brand_freight
from imports.divisions import all_divisions
from kernel.clock import set_to
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.selectors.delivery import NoDelivery, UnknownProvince, province_of
from orders.selectors.freight import list_freight_by_recipient
from orders.selectors.orders import OrderView, get_own_order, get_wallet_balance_fen
from orders.services import cart, recipients
from orders.services.batches import GrabRequest, NotDecided, place_batch
from orders.services.grab import grab
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from orders.services.placing_refusals import LinesRefused
from orders.uploads.commit import WorkbookIncomplete, commit_upload
from tests.builders import NOW, Marketplace, units_of
from tests.forwarding.test_wish_orders import Desk
from tests.orders.order_files import line, lines_of, preview
from tests.orders.test_freight import PIECES, FreightSale
from tests.violations import all_violations

FAR, NOWHERE = "新疆维吾尔自治区", "台湾省"
FAR_MORE = FreightTerms(surcharges=(ProvinceSurcharge(FAR, 20_00),), no_delivery=(NOWHERE,))
PIECES_AND_FAR = replace(PIECES, surcharges=FAR_MORE.surcharges, no_delivery=FAR_MORE.no_delivery)


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with set_to(NOW):
        yield


class FarSale(FreightSale):
    """The sale of `FreightSale` at terms with provinces, and recipients in 新疆, in 台湾 and at an address without a province."""

    def __init__(self, terms: FreightTerms = PIECES_AND_FAR) -> None:
        super().__init__(terms)
        self.far = self.recipient("阿依", "新疆乌鲁木齐市天山区解放路 8 号")
        self.nowhere = self.recipient("林小姐", "台湾省台北市信义区松仁路 100 号")
        self.unclear = self.recipient("赵五", "幸福路 100 号 2 单元")

    def recipient(self, name: str, address: str) -> int:
        actor = self.daigou.actor
        return recipients.add_recipient(actor=actor, name=name, phone="13900139000", address=address, now=NOW).id

    def order(self, *lines: tuple[int, int, int], take: Take = Take.ALL) -> OrderView:
        """Items by their place in the sale, units, recipient."""
        wanted = [GrabLine(self.items[item], units, to) for item, units, to in lines]
        return place_orders(actor=self.daigou.actor, lines=wanted, key=uuid4().hex, take=take, now=NOW)


def _nothing_is_wrong() -> None:
    assert [violation.what for violation in all_violations()] == []


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def test_provinces_are_those_of_the_table_of_divisions() -> None:
    assert list(PROVINCES) == list(dict.fromkeys(each.province for each in all_divisions()))
    assert [find_province(each) for each in ("新疆", FAR, "xinjiang", "Inner Mongolia", "火星", "")] == [
        FAR, FAR, FAR, "内蒙古自治区", "", "",
    ]  # fmt: skip


THREE = ("香港特别行政区", "澳门特别行政区", "台湾省")


# SALE-23
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("广西省", ("广西壮族自治区",)),
        ("内蒙", ("内蒙古自治区",)),
        ("新疆生产建设兵团", (FAR,)),
        ("港澳台", THREE),
        ("香港 澳门 台湾", THREE),
        ("香港/澳门/台湾", THREE),
        ("香港|澳门, 台灣省；港澳台", THREE),
        ("Hong Kong, Macao; Inner Mongolia", (*THREE[:2], "内蒙古自治区")),
        ("", ()),
    ],
)
def test_provinces_are_read_as_people_write_them(typed: str, found: tuple[str, ...]) -> None:
    assert ProvincesField(required=False).clean(typed) == found


# SALE-23
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("新疆20", [(FAR, 20_00)]),
        ("新疆：20", [(FAR, 20_00)]),
        ("新疆 ¥20.50", [(FAR, 20_50)]),
        ("新疆 20元 西藏 15元", [(FAR, 20_00), ("西藏自治区", 15_00)]),
        ("新疆、西藏 20；广西省8", [(FAR, 20_00), ("西藏自治区", 20_00), ("广西壮族自治区", 8_00)]),
        ("港澳台 40", [(each, 40_00) for each in THREE]),
        ("Inner Mongolia 20, Xinjiang 30", [("内蒙古自治区", 20_00), (FAR, 30_00)]),
    ],
)
def test_surcharges_are_read_as_people_write_them(typed: str, found: list[tuple[str, int]]) -> None:
    assert SurchargesField().clean(typed) == tuple(ProvinceSurcharge(*each) for each in found)


# SALE-18
@pytest.mark.parametrize("high", [{"return_fen": "1000"}, {"first_fen": "128"}, {"surcharges": "新疆 200"}])
def test_freight_far_above_what_carriers_take_is_asked_about_once(high: dict[str, str]) -> None:
    typed = {"fault_payer": "brand", "no_reason_payer": "reseller", "return_fen": "12", "surcharges": "新疆 20"}
    assert FreightForm(typed).is_valid()
    form = FreightForm(typed | high)
    assert not form.is_valid()
    assert list(form.errors) == ["is_meant"]
    assert not form["is_meant"].is_hidden
    assert FreightForm(typed | high | {"is_meant": "on"}).is_valid()


# SALE-23
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("新彊 20", "“新彊”这个省，是不是“新疆”"),
        ("火星 20", "请写成 新疆、西藏"),
        ("新疆", "“新疆”写得不对"),
        ("新疆 20.005", "写得不对"),
        ("20", "写得不对"),
    ],
)
def test_a_refused_province_names_the_nearest_one(typed: str, words: str) -> None:
    with translation.override("zh-hans"), pytest.raises(ValidationError, match=words):
        SurchargesField().clean(typed)


@pytest.mark.parametrize(
    ("address", "province"),
    [
        ("新疆乌鲁木齐市天山区解放路 8 号", FAR),
        ("新疆維吾爾自治區喀什地區", FAR),
        ("新疆生产建设兵团第八师石河子市北泉镇 1 号", FAR),
        ("内蒙呼和浩特市新城区 1 号", "内蒙古自治区"),
        ("深圳市南山区科技园 1 号", "广东省"),
        ("朝阳区建国路 1 号", ""),
        ("幸福路 100 号 2 单元", ""),
        ("", ""),
    ],
)
def test_province_of_an_address_is_read_and_never_guessed(address: str, province: str) -> None:
    assert province_of(address) == province


def test_a_surcharge_is_paid_once_also_where_freight_is_free() -> None:
    terms = replace(PIECES_AND_FAR, free_from_units=3)
    amounts = [freight_of(units=units, goods_fen=1, terms=terms, province=FAR) for units in (0, 1, 2, 3)]
    assert amounts == [0, 28_00, 30_00, 20_00]
    assert freight_of(units=2, goods_fen=1, terms=terms, province="浙江省") == 10_00
    assert freight_of(units=2, goods_fen=1, terms=terms) == 10_00


def test_delivery_fault_asks_for_a_province_only_where_the_terms_do() -> None:
    assert [delivery_fault(terms, "") for terms in (None, FREE, PIECES)] == [None, None, None]
    assert [delivery_fault(FAR_MORE, province) for province in ("", NOWHERE, FAR, "浙江省")] == [
        DeliveryFault.UNKNOWN_PROVINCE, DeliveryFault.NO_DELIVERY, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "terms",
    [
        FreightTerms(surcharges=(ProvinceSurcharge("火星", 1_00),)),
        FreightTerms(surcharges=(ProvinceSurcharge("新疆", 1_00),)),
        FreightTerms(surcharges=(ProvinceSurcharge(FAR, 0),)),
        FreightTerms(surcharges=(ProvinceSurcharge(FAR, 1_000_01),)),
        FreightTerms(surcharges=(ProvinceSurcharge(FAR, 1_00), ProvinceSurcharge(FAR, 2_00))),
        FreightTerms(surcharges=(ProvinceSurcharge(FAR, 1_00),), no_delivery=(FAR,)),
        FreightTerms(no_delivery=("火星",)),
    ],
)
def test_provinces_that_make_no_sense_are_a_fault(terms: FreightTerms) -> None:
    assert freight_fault(terms) is FreightFault.PROVINCE


def test_terms_say_in_one_line_what_provinces_cost() -> None:
    more = (*FAR_MORE.surcharges, ProvinceSurcharge("西藏自治区", 20_00))
    terms = FreightTerms(surcharges=more, no_delivery=("香港特别行政区", NOWHERE))
    assert terms.zh == "包邮；新疆、西藏另加 ¥20.00；不发香港、台湾"
    assert terms.en == "free shipping; ¥20.00 more to Xinjiang, Tibet; no delivery to Hong Kong, Taiwan"
    assert (freight_fault(terms), terms.are_by_province, PIECES.are_by_province) == (None, True, False)


@pytest.mark.django_db
def test_each_recipient_pays_for_her_own_province() -> None:
    shop = FarSale()
    order = shop.order((0, 2, shop.far), (1, 1, shop.daigou.recipient_id), (1, 1, shop.far))
    assert [(each.freight_fen, each.province) for each in order.lines] == [(21_33, FAR), (8_00, "浙江省"), (10_67, FAR)]
    assert (order.freight_fen, order.total_fen) == (32_00 + 8_00, 100_00 + 40_00)
    pay(actor=shop.daigou.actor, order_id=order.id, now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00 - 140_00
    assert shop.payable_fen == 80_00 + 40_00
    _nothing_is_wrong()


@pytest.mark.django_db
def test_terms_without_provinces_read_no_address() -> None:
    shop = FarSale(PIECES)
    order = shop.order((0, 1, shop.unclear), (0, 1, shop.nowhere))
    assert [(each.freight_fen, each.province) for each in order.lines] == [(8_00, ""), (8_00, "")]


@pytest.mark.django_db
@pytest.mark.parametrize("terms", [FAR_MORE, PIECES_AND_FAR])
def test_goods_that_are_not_delivered_are_refused_and_nothing_is_held(terms: FreightTerms) -> None:
    shop = FarSale(terms)
    with pytest.raises(NoDelivery) as refused:
        shop.order((0, 1, shop.daigou.recipient_id), (1, 1, shop.nowhere))
    assert refused.value.sentence("zh") == "「冬季尾货专场」不发台湾（林小姐），没有下单"
    with pytest.raises(UnknownProvince) as unclear:
        grab(actor=shop.daigou.actor, lines=[GrabLine(shop.items[0], 1, shop.unclear)], key="unclear", now=NOW)
    assert unclear.value.what == "赵五"
    assert (Order.objects.count(), units_of(shop.items[0]), units_of(shop.items[1])) == (
        0,
        (10, 10, 0, 0),
        (10, 10, 0, 0),
    )


@pytest.mark.django_db
def test_what_is_left_leaves_out_goods_that_are_not_delivered_each_with_its_reason() -> None:
    shop = FarSale(FAR_MORE)
    order = shop.order((0, 1, shop.nowhere), (0, 2, shop.far), (1, 1, shop.unclear), take=Take.WHAT_IS_LEFT)
    assert [(each.recipient.name, each.units, each.freight_fen) for each in order.lines] == [("阿依", 2, 20_00)]
    assert [(each.line, each.units, each.code) for each in order.refused_lines] == [
        (1, 1, "orders.no_delivery"), (3, 1, "orders.unknown_province"),
    ]  # fmt: skip
    assert order.refused_lines[0].zh == "「冬季尾货专场」不发台湾（F1 黑 M），没有下单"
    with pytest.raises(LinesRefused):
        shop.order((0, 1, shop.nowhere), (1, 1, shop.unclear), take=Take.WHAT_IS_LEFT)
    _nothing_is_wrong()


# ORDER-17
@pytest.mark.django_db
def test_a_batch_of_grabs_leaves_goods_with_provinces_to_the_single_placement() -> None:
    shop = FarSale(FAR_MORE)
    wanted = [GrabLine(shop.items[0], 1, shop.nowhere)]
    [outcome] = place_batch([GrabRequest(wanted, "batch", Take.ALL, NOW, actor=shop.daigou.actor)])
    assert isinstance(outcome, NotDecided)
    assert Order.objects.count() == 0


@pytest.mark.django_db
def test_a_refund_before_shipping_keeps_the_surcharge_until_the_last_unit() -> None:
    shop = FarSale()
    order = pay(actor=shop.daigou.actor, order_id=shop.order((0, 2, shop.far)).id, now=NOW)
    line_id, before_fen = order.lines[0].id, get_wallet_balance_fen(shop.daigou.id)
    refund_unshipped(actor=shop.market.ops, line_id=line_id, units=1, note="", key="one", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == before_fen + 20_00 + 2_00
    refund_unshipped(actor=shop.market.ops, line_id=line_id, units=1, note="", key="two", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00
    row = OrderLine.objects.get(pk=line_id)
    assert (row.freight_fen, row.returned_freight_fen, row.province) == (30_00, 30_00, FAR)
    _nothing_is_wrong()


@pytest.mark.django_db
def test_a_change_in_the_cart_keeps_the_surcharge() -> None:
    shop = FarSale(FAR_MORE)
    order = shop.order((0, 1, shop.far))
    changed = cart.change_units(actor=shop.daigou.actor, line_id=order.lines[0].id, units=3, now=NOW)
    assert changed is not None
    assert (Order.objects.get(pk=order.id).freight_fen, Order.objects.get(pk=order.id).total_fen) == (20_00, 80_00)
    _nothing_is_wrong()


@pytest.mark.django_db
def test_an_exchange_takes_the_surcharge_with_it() -> None:
    shop = FarSale(FAR_MORE)
    order = pay(actor=shop.daigou.actor, order_id=shop.order((0, 1, shop.far)).id, now=NOW)
    exchange(actor=shop.daigou.actor, line_id=order.lines[0].id, units=1, item_id=shop.items[2], key="x", now=NOW)
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00 - 40_00
    row = OrderLine.objects.latest("pk")
    assert (row.item_id, row.freight_fen, row.province) == (shop.items[2], 20_00, FAR)
    # What she paid for 新疆 is named where she paid it, and not a second time.
    shown = [
        list_freight_by_recipient((view.id, each) for each in view.lines)
        for view in (get_own_order(shop.daigou.id, number) for number in (order.id, row.order_id))
    ]
    assert [[(each.freight_fen, each.surcharge_fen) for each in of_order] for of_order in shown] == [
        [(20_00, 20_00)], [(20_00, 0)],
    ]  # fmt: skip
    page = client_of(shop.daigou.actor).get(reverse("shop:order", args=[row.order_id])).content.decode()
    assert ("20.00" in page, "其中新疆另加" in page) == (True, False)
    _nothing_is_wrong()


@pytest.mark.django_db
def test_a_workbook_names_rows_that_are_not_delivered_before_it_is_ordered() -> None:
    shop = FarSale()
    sku = OrderLine.objects.get(pk=shop.order((0, 1, shop.far)).lines[0].id).sku_id
    view = preview(
        shop.daigou,
        line(sku, 1, recipient="阿依", address="新疆乌鲁木齐市天山区解放路 8 号"),
        line(sku, 1, recipient="林小姐", address="台湾省台北市信义区松仁路 100 号"),
        line(sku, 1, recipient="赵五", address="幸福路 100 号 2 单元"),
    )
    rows = lines_of(shop.daigou, view.id)
    assert [(row.left_units, row.reason.code if row.reason else "") for row in rows] == [
        (1, ""), (0, "orders.no_delivery"), (0, "orders.unknown_province"),
    ]  # fmt: skip
    assert (view.totals.left_freight_fen, view.totals.left_total_fen) == (28_00, 48_00)
    actor = shop.daigou.actor
    with pytest.raises(WorkbookIncomplete):
        commit_upload(actor=actor, upload_id=view.id, take=Take.ALL, now=NOW)
    assert Order.objects.count() == 1
    result = commit_upload(actor=actor, upload_id=view.id, take=Take.WHAT_IS_LEFT, expected_total_fen=48_00, now=NOW)
    assert [(each.recipient.name, each.freight_fen) for each in result.order.lines] == [("阿依", 28_00)]


@pytest.mark.django_db
def test_programs_ask_for_the_freight_of_a_recipient() -> None:
    shop = FarSale()
    headers = {"Authorization": f"Bearer {issue_token(actor=shop.daigou.actor, label='t', now=NOW)}"}

    def quote(recipient_id: int) -> dict[str, object]:
        lines = [{"item_id": shop.items[0], "units": 1, "recipient_id": recipient_id}]
        answer = Client().post(
            "/api/v1/freight-quotes", {"lines": lines}, content_type="application/json", headers=headers
        )
        return dict(answer.json())

    assert [quote(each).get("freight") for each in (0, shop.daigou.recipient_id, shop.far)] == ["8.00", "8.00", "28.00"]
    assert [quote(each).get("code") for each in (shop.nowhere, shop.unclear)] == [
        "orders.no_delivery", "orders.unknown_province",
    ]  # fmt: skip
    terms = Client().get(f"/api/v1/sales/{shop.sale_id}/freight", headers=headers).json()
    assert terms["surcharges"] == [{"province": FAR, "amount": "20.00"}]
    assert terms["no_delivery"] == [NOWHERE]


@pytest.mark.django_db
def test_pages_name_what_each_recipient_pays_before_she_pays() -> None:
    shop = FarSale()
    order = shop.order((0, 1, shop.far), (0, 1, shop.daigou.recipient_id))
    client = client_of(shop.daigou.actor)
    said = "新疆另加 ¥20.00"
    for address in (f"/shop/sales/{shop.sale_id}/", f"/shop/orders/{order.id}/", "/shop/cart/"):
        page = client.get(address).content.decode()
        assert said in page, address
    why = client.get(f"/shop/orders/{order.id}/lines/{order.lines[0].id}/why/").content.decode()
    assert said in why
    assert "¥28.00" in why


@pytest.mark.django_db
def test_ops_enter_provinces_by_form_and_by_program() -> None:
    market = Marketplace()
    ops = client_of(market.ops)
    address = f"/console/brands/{market.brand_id}/"
    typed = {
        "fault_payer": "brand",
        "no_reason_payer": "reseller",
        "surcharges": "新疆 20、西藏自治区 15.5",
        "no_delivery": "台湾，香港",
    }

    def send(**more: str) -> str:
        fields = {f"freight-{name}": value for name, value in (typed | more).items()}
        return ops.post(address, {"form_action": "freight", **fields}, follow=True).content.decode()

    assert "没有“火星”这个省" in send(no_delivery="火星")
    assert "写得不对，请写成 新疆 20" in send(surcharges="新疆二十")
    assert get_brand_freight(market.brand_id) == FREE
    send()
    found = get_brand_freight(market.brand_id)
    assert found.zh == "包邮；西藏另加 ¥15.50；新疆另加 ¥20.00；不发台湾、香港"
    assert 'value="新疆 20.00、西藏 15.50"' in ops.get(address).content.decode()
    headers = {"Authorization": f"Bearer {issue_token(actor=market.ops, label='t', now=NOW)}"}
    path = f"/api/v1/brands/{market.brand_id}/freight-terms"
    body = {"surcharges": [{"province": "新疆", "amount": "8.00"}], "no_delivery": ["台湾"]}
    answer = Client().put(path, body, content_type="application/json", headers=headers)
    assert answer.json()["surcharges"] == [{"province": FAR, "amount": "8.00"}]
    refused = Client().put(path, {"no_delivery": ["火星"]}, content_type="application/json", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "flashsales.invalid_freight_terms")
    assert get_brand_freight(market.brand_id).no_delivery == (NOWHERE,)


@pytest.mark.django_db
def test_a_published_sale_keeps_its_provinces() -> None:
    shop = FarSale(FAR_MORE)
    terms = FreightTerms(no_delivery=("火星",))
    with pytest.raises(InvalidFreightTerms):
        set_brand_freight(actor=shop.market.ops, brand_id=shop.market.brand_id, terms=terms, now=NOW)
    set_brand_freight(actor=shop.market.ops, brand_id=shop.market.brand_id, terms=FREE, now=NOW)
    assert get_sale_freight(shop.sale_id).terms == FAR_MORE


# FORWARD-9
@pytest.mark.django_db
def test_wishes_are_ordered_where_goods_are_delivered_and_the_others_keep_their_reason() -> None:
    desk = Desk()
    row = SaleFreightTerms.objects.create(brand_id=desk.shop.market.brand_id, entered_at=NOW, **asdict(FAR_MORE))
    Sale.objects.filter(pk=desk.shop.sale_id).update(freight_terms=row)
    near = desk.wish(1)
    far = desk.wish(2, address="阿依 13900000002 新疆乌鲁木齐市天山区解放路 2 号")
    nowhere = desk.wish(3, address="林小姐 13900000003 台湾省台北市信义区松仁路 3 号")
    assert {each.wish.id: each.freight_fen for each in desk.rows()} == {near: 0, far: 20_00, nowhere: 0}
    result = desk.order(desk.choices())
    assert {each.wish_id: each.refusal and each.refusal.code for each in result.wishes} == {
        near: None, far: None, nowhere: "orders.no_delivery",
    }  # fmt: skip
    assert result.order is not None
    assert (result.order.state, result.order.freight_fen) == (OrderState.PAID, 20_00)
    _nothing_is_wrong()
