"""What a customer follows on the private page of her wish, and that it shows nothing of what was hidden from her (FORWARD-10)."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.services import people
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from forwarding.models import Wish, WishLine
from forwarding.rules.pages import saving_fen
from forwarding.rules.redaction import fold_text
from forwarding.rules.wishes import WishState, certain_short_units
from forwarding.selectors.wish_desk import list_desk_wishes
from forwarding.selectors.wish_pages import WishProgress, get_wish_page
from forwarding.selectors.wishes import NoSuchWishPage, get_wish
from forwarding.services import wishes
from forwarding.services.wish_orders import WishChoice, order_and_pay_wishes, order_wishes
from inventory.models import Sku
from kernel.clock import set_to
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.services.grab import cancel_unpaid
from orders.services.parcel_tracking import follow_parcels, receive_push
from orders.services.shipping import ship
from tests.builders import HOUR, NOW
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_pages import signed_in
from tracking.rules import CarrierEvent, Report

pytestmark = pytest.mark.django_db

WANG = "王芳 13912345678 浙江省杭州市西湖区文三路 1 号"


def sent_wish() -> tuple[ForwardedSale, int, str]:
    shop = ForwardedSale()
    wish_id = shop.wish(shop.forwarded_coat(), address=WANG, units=2)
    return shop, wish_id, Wish.objects.get(pk=wish_id).token


def ordered(shop: ForwardedSale) -> None:
    choices = [
        WishChoice(row.wish.id, row.version, row.prices_fen)
        for row in list_desk_wishes(shop.daigou.id, 0, at=NOW).items
    ]
    assert order_and_pay_wishes(actor=shop.daigou.actor, choices=choices, key="k", now=NOW).ordered_count == 1


def opened(token: str, at: timedelta = timedelta(0)) -> Any:
    with set_to(NOW + at):
        return Client().get(f"/f/w/{token}/")


def test_wish_page_follows_the_wish_to_the_parcel() -> None:
    shop, _, token = sent_wish()
    assert "卖家已收到" in opened(token).content.decode()
    ordered(shop)
    assert "已下单" in opened(token).content.decode()
    ship(
        actor=shop.market.new_clerk(shop.market.brand_id),
        consignment_id=Consignment.objects.get().pk,
        carrier="中通快递",
        tracking_no="ZT1234567890",
        now=NOW + HOUR,
    )
    source = opened(token, HOUR).content.decode()
    assert "已发货" in source
    assert "ZT1234567890" in source


def test_wish_page_tells_how_many_units_are_short() -> None:
    shop, _, token = sent_wish()
    ordered(shop)
    line_id = OrderLine.objects.get().pk
    clerk = shop.market.new_clerk(shop.market.brand_id)
    report_out_of_stock(actor=clerk, line_id=line_id, units=1, note="", key="one", now=NOW)
    [line] = get_wish_page(token, at=NOW).lines
    assert (line.progress, line.short_units, line.parcels) == (WishProgress.ORDERED, 1, [])
    assert "其中 1 件缺货" in opened(token).content.decode()
    report_out_of_stock(actor=clerk, line_id=line_id, units=1, note="", key="two", now=NOW)
    [line] = get_wish_page(token, at=NOW).lines
    assert (line.progress, line.short_units) == (WishProgress.SHORT, 2)
    source = opened(token).content.decode()
    assert ("缺货，没能发出" in source, "件缺货" in source) == (True, False)


def test_wish_page_adds_up_only_what_may_still_come() -> None:
    shop, _, token = sent_wish()
    price = get_wish_page(token, at=NOW).lines[0].retail_fen or 0
    assert get_wish_page(token, at=NOW).total_fen == 2 * price > 0
    ordered(shop)
    clerk, line_id = shop.market.new_clerk(shop.market.brand_id), OrderLine.objects.get().pk
    report_out_of_stock(actor=clerk, line_id=line_id, units=1, note="", key="one", now=NOW)
    assert get_wish_page(token, at=NOW).total_fen == price
    report_out_of_stock(actor=clerk, line_id=line_id, units=1, note="", key="two", now=NOW)
    assert get_wish_page(token, at=NOW).total_fen == 0
    source = opened(token).content.decode()
    assert ("合计" in source, "¥0.00" in source) == (False, False)


def test_withdrawn_wish_can_be_corrected_and_sent_again() -> None:
    _, _, token = sent_wish()
    assert "改一改" not in opened(token).content.decode()
    wishes.withdraw_wish(token=token, now=NOW)
    found = re.search(r'href="(/f/[^"]+pick=[^"]+)"', opened(token).content.decode())
    assert found
    with set_to(NOW):
        form = Client().get(html.unescape(found[1])).content.decode()
    item_id = WishLine.objects.get().item_id
    assert re.search(rf'name="units-{item_id}"\s+value="2"', form)


def test_reseller_sees_the_shortage_of_a_wish_and_copies_its_link_from_the_order() -> None:
    shop, wish_id, token = sent_wish()
    ordered(shop)
    line = OrderLine.objects.get()
    client = signed_in(shop.daigou)
    with set_to(NOW):
        before = client.get(f"/shop/orders/{line.order_id}/").content.decode()
        report_out_of_stock(actor=shop.market.ops, line_id=line.pk, units=1, note="盘点没有", key="s", now=NOW)
        order = client.get(f"/shop/orders/{line.order_id}/").content.decode()
        listed = client.get("/shop/wishes/?state=ordered").content.decode()
    part = order.split('id="order-wishes"')[1].split("</section>")[0]
    assert f'data-copy="http://testserver/f/w/{token}/"' in part
    assert ("王小姐" in part, "缺货 1 件" in part, "缺货 1 件" in listed) == (True, True, True)
    assert "缺货 1 件" not in before.split('id="order-wishes"')[1].split("</section>")[0]
    assert [each.short_units for each in get_wish(shop.daigou.id, wish_id).lines] == [1]


@pytest.mark.parametrize(
    ("units", "of_units", "short", "certain"),
    [(2, 2, 1, 1), (1, 2, 1, 0), (1, 2, 2, 1), (2, 3, 2, 1), (1, 1, 0, 0), (1, 5, 5, 1)],
)
def test_a_shortage_is_told_to_a_customer_only_where_it_is_surely_hers(
    units: int, of_units: int, short: int, certain: int
) -> None:
    assert certain_short_units(units, of_units=of_units, short_units=short) == certain


def test_a_shortage_that_wishes_share_is_told_to_the_reseller_as_such() -> None:
    shop, wish_id, token = sent_wish()
    ordered(shop)
    line = OrderLine.objects.get()
    report_out_of_stock(actor=shop.market.ops, line_id=line.pk, units=1, note="盘点没有", key="s", now=NOW)
    WishLine.objects.update(units=1)  # the other unit of the order line is another customer's
    [shown] = get_wish(shop.daigou.id, wish_id).lines
    assert (shown.short_units, shown.shared_short_units) == (0, 1)
    with set_to(NOW):
        listed = signed_in(shop.daigou).get("/shop/wishes/?state=ordered").content.decode()
    assert "和其他顾客合计缺货 1 件" in listed
    [told] = get_wish_page(token, at=NOW).lines
    assert told.short_units == 0


def test_wish_page_does_not_call_short_what_was_cancelled() -> None:
    shop, _, token = sent_wish()
    ordered(shop)
    line_id = OrderLine.objects.get().pk
    refund_unshipped(actor=shop.market.ops, line_id=line_id, units=2, note="", key="r", now=NOW)
    [line] = get_wish_page(token, at=NOW).lines
    assert (line.progress, line.short_units) == (WishProgress.CANCELLED, 0)
    assert "已取消，没有发出" in opened(token).content.decode()


def test_wish_page_shows_neither_brand_nor_wholesale_price_and_forbids_indexing() -> None:
    shop, _, token = sent_wish()
    ordered(shop)
    answer = opened(token)
    source = answer.content.decode()
    assert "699.00" in source
    assert not [
        word for word in ("青禾", "QH-88011", "196.00", "王芳", "13912345678") if fold_text(word) in fold_text(source)
    ]
    assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "private, no-store")
    assert '<meta name="robots" content="noindex, nofollow">' in source


def test_wish_page_shows_what_the_carrier_reports_without_the_brand(settings: Settings) -> None:
    settings.KUAIDI100_CUSTOMER, settings.KUAIDI100_KEY = "customer", "key"
    shop, _, token = sent_wish()
    ordered(shop)
    clerk = shop.market.new_clerk(shop.market.brand_id)
    consignment_id = Consignment.objects.get().pk
    ship(actor=clerk, consignment_id=consignment_id, carrier="圆通", tracking_no="YT1234567890123", now=NOW)
    assert follow_parcels(now=NOW) == 1
    event = CarrierEvent(NOW + HOUR, "103", "【杭州市】青禾仓库已揽收")
    report = Report(("yuantong",), "YT1234567890123", (event,))
    assert receive_push(report=report, now=NOW + HOUR)
    source = opened(token, HOUR).content.decode()
    assert "仓库已揽收" in source
    assert "运输中" in source
    assert "青禾" not in source


def test_customer_withdraws_a_wish_until_it_is_answered() -> None:
    shop, wish_id, token = sent_wish()
    with set_to(NOW):
        assert Client().post(f"/f/w/{token}/").status_code == 302
        Client().post(f"/f/w/{token}/")
    assert get_wish(shop.daigou.id, wish_id).state is WishState.WITHDRAWN
    assert get_wish_page(token, at=NOW).lines[0].progress is WishProgress.WITHDRAWN
    other = shop.wish(shop.forward(shop.coat), key="other", address=WANG)
    ordered(shop)
    with pytest.raises(wishes.WishAlreadyAnswered):
        wishes.withdraw_wish(token=Wish.objects.get(pk=other).token, now=NOW)
    with set_to(NOW):
        late = Client().post(f"/f/w/{Wish.objects.get(pk=other).token}/", follow=True)
    assert "不能再撤回" in late.content.decode()
    assert get_wish(shop.daigou.id, other).state is WishState.ORDERED


def test_customer_withdraws_a_wish_whose_order_ended_unpaid() -> None:
    """It waits for an order again (FORWARD-9), so she may take it back (FORWARD-5)."""
    shop, wish_id, token = sent_wish()
    [row] = list_desk_wishes(shop.daigou.id, 0, at=NOW).items
    choice = WishChoice(row.wish.id, row.version, row.prices_fen)
    placed = order_wishes(actor=shop.daigou.actor, choices=[choice], key="k", now=NOW).order
    assert placed is not None
    assert not get_wish_page(token, at=NOW).can_be_withdrawn
    with pytest.raises(wishes.WishAlreadyAnswered):
        wishes.withdraw_wish(token=token, now=NOW)
    cancel_unpaid(actor=shop.daigou.actor, order_id=placed.id, now=NOW)
    assert get_wish_page(token, at=NOW).can_be_withdrawn
    wishes.withdraw_wish(token=token, now=NOW)
    assert get_wish(shop.daigou.id, wish_id).state is WishState.WITHDRAWN
    assert list_desk_wishes(shop.daigou.id, 0, at=NOW).items == []
    assert get_wish_page(token, at=NOW).lines[0].progress is WishProgress.WITHDRAWN


def test_wish_page_ends_with_the_personal_data_and_while_the_reseller_is_deactivated() -> None:
    shop, _, token = sent_wish()
    people.deactivate(actor=shop.market.ops, person_id=shop.daigou.actor.own_id, reason="查", now=NOW)
    assert opened(token).status_code == 410
    people.reactivate(actor=shop.market.ops, person_id=shop.daigou.actor.own_id, reason="清", now=NOW)
    assert opened(token, 72 * HOUR).status_code == 200
    assert wishes.anonymize_wishes(now=NOW + 31 * 24 * HOUR, retention=timedelta(days=30)) == 1
    row = Wish.objects.get()
    assert (row.name, row.phone, row.address, row.token) == ("", "", "", "")
    assert opened(token).status_code == 404
    for unknown in ("", "x" * 40):
        with pytest.raises(NoSuchWishPage):
            get_wish_page(unknown, at=NOW)


def test_address_is_read_while_she_types_and_nothing_is_stored() -> None:
    """FORWARD-5."""
    shop = ForwardedSale()
    token = shop.forwarded_coat()
    with set_to(NOW):
        answer = Client().post(f"/f/{token}/address/", {"address": WANG})
    source = " ".join(answer.content.decode().split())
    assert "王芳" in source
    assert "浙江省 杭州市 西湖区 文三路 1 号" in source
    assert not Wish.objects.exists()


def test_wish_page_shows_saving_and_returns_of_labelled_goods() -> None:
    """FORWARD-26."""
    shop = ForwardedSale()
    shop.price(shop.scarf, 499_00)
    scarf = Sku.objects.get(style_id=shop.scarf).pk
    token = shop.forward(shop.scarf)
    with set_to(NOW):
        page = Client().get(f"/f/{token}/").content.decode()
    wish = Wish.objects.get(pk=shop.wish(token, sku_id=scarf))
    for source in (page, opened(wish.token).content.decode()):
        assert "¥1,000.00" in source
        assert "省 ¥501.00" in source
        assert "发货后 7 天内可以退，任何原因都可以" in source
    [line] = get_wish_page(wish.token, at=NOW).lines
    assert (line.tag_price_fen, line.saving_fen, line.label_kept) == (1000_00, 501_00, True)


def test_wish_page_shows_neither_tag_price_nor_returns_for_any_reason_of_cut_goods() -> None:
    """FORWARD-26."""
    _, _, token = sent_wish()
    source = opened(token).content.decode()
    assert "1,000.00" not in source
    assert "任何原因" not in source
    assert "「不想要了」不退" in source
    [line] = get_wish_page(token, at=NOW).lines
    assert (line.tag_price_fen, line.saving_fen, line.label_kept) == (None, None, False)


@pytest.mark.parametrize(
    ("tag_fen", "price_fen", "saved"),
    [(100, 99, 1), (100, 100, None), (100, 101, None), (None, 1, None), (1, None, None)],
)
def test_saving_is_what_the_price_is_below_the_tag_price(
    tag_fen: int | None, price_fen: int | None, saved: int | None
) -> None:
    assert saving_fen(tag_fen, price_fen) == saved
