"""The private page of a wish names no brand that was hidden from its customer, whatever carriers, sellers and pictures say (FORWARD-10)."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from aftersales.rules import CaseReason
from aftersales.services.exchanges import exchange
from aftersales.services.fault_reports import FaultFields, answer_report
from flashsales.services.ending import end_early
from forwarding.models import Forward, RetailPrice, Wish, WishLine
from forwarding.rules.redaction import fold_text
from forwarding.rules.wishes import PickedUnits
from forwarding.selectors.wish_pages import WishPageView, get_wish_page
from forwarding.services import forwards, prices, wishes
from forwarding.services.fault_reports import report_fault
from inventory.models import Picture, Sku, Style
from inventory.picture_models import StylePicture
from kernel.clock import set_to
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.services.parcel_tracking import follow_parcels, receive_push
from orders.services.shipping import ship
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_selections import Selections
from tests.forwarding.test_storefronts import Store
from tests.forwarding.test_wish_pages import WANG, ordered
from tracking.rules import CarrierEvent, Report

pytestmark = pytest.mark.django_db
SHOWN = ["【杭州市】青禾仓库已揽收", "青禾 QH-88022 会补您五元"]


def wish_for(token: str, *item_ids: int) -> Wish:
    lines = [PickedUnits(item_id, 1) for item_id in item_ids]
    fields = wishes.WishFields("王小姐", "13800138000", WANG, "")
    wish = wishes.create_wish(token=token, lines=lines, fields=fields, visitor="v", network="n", key="k", now=NOW)
    return Wish.objects.get(pk=wish.id)


def scarf_of(shop: ForwardedSale) -> int:
    return item_of(shop.sale_id, Sku.objects.get(style_id=shop.scarf).pk)


def ship_and_tell(shop: ForwardedSale, settings: Settings) -> None:
    """Ship the goods with a carrier that names the brand."""
    settings.KUAIDI100_CUSTOMER, settings.KUAIDI100_KEY = "customer", "key"
    ordered(shop)
    clerk = shop.market.new_clerk(shop.market.brand_id)
    consignment_id = Consignment.objects.get().pk
    ship(actor=clerk, consignment_id=consignment_id, carrier="圆通", tracking_no="YT1234567890123", now=NOW)
    assert follow_parcels(now=NOW) == 1
    event = CarrierEvent(NOW + HOUR, "103", "【杭州市】青禾仓库已揽收")
    assert receive_push(report=Report(("yuantong",), "YT1234567890123", (event,)), now=NOW + HOUR)


def answer_a_report(shop: ForwardedSale, wish: Wish) -> None:
    """The customer reports her goods as faulty, and the reseller answers with the brand's name."""
    report_id = report_fault(
        token=wish.token,
        wish_line_id=WishLine.objects.get(wish=wish).pk,
        fields=FaultFields(units=1, reason=CaseReason.FAULTY.value, text="脱线"),
        files=[],
        network="n",
        key="k",
        now=NOW + HOUR,
    )
    answer_report(actor=shop.daigou.actor, report_id=report_id, answer="青禾 QH-88022 会补您五元", now=NOW + HOUR)


def told(view: WishPageView) -> list[str]:
    """What carriers and the seller say on a page."""
    events = [event.text for line in view.lines for parcel in line.parcels for event in parcel.events]
    return events + [report.answer for line in view.lines for report in line.faults.reports]


def test_events_of_labelled_goods_name_no_brand_beside_cut_goods(settings: Settings) -> None:
    shop = ForwardedSale()
    shop.price(shop.coat, 699_00)
    shop.price(shop.scarf, 499_00)
    wish = wish_for(shop.forward(None), item_of(shop.sale_id, shop.coat_sku), scarf_of(shop))
    ship_and_tell(shop, settings)
    assert told(get_wish_page(wish.token, at=NOW + HOUR)) == ["【杭州市】 仓库已揽收"] * 2


@pytest.mark.parametrize("later", [HOUR, 60 * HOUR])
def test_events_and_answers_name_no_brand_that_the_storefront_hides(settings: Settings, later: timedelta) -> None:
    shop = Store()
    wish = wish_for(shop.address, scarf_of(shop))
    ship_and_tell(shop, settings)
    answer_a_report(shop, wish)
    assert told(get_wish_page(wish.token, at=NOW + later)) == ["【杭州市】 仓库已揽收", "会补您五元"]


def test_events_and_answers_name_the_brand_where_the_customer_saw_it(settings: Settings) -> None:
    shop = ForwardedSale()
    shop.price(shop.scarf, 499_00)
    wish = wish_for(shop.forward(shop.scarf), scarf_of(shop))
    ship_and_tell(shop, settings)
    answer_a_report(shop, wish)
    said = told(get_wish_page(wish.token, at=NOW + HOUR))
    assert said == ["【杭州市】青禾仓库已揽收", "青禾 QH-88022 会补您五元"]


def test_events_and_answers_name_no_brand_that_the_page_hid_when_the_wish_was_left(settings: Settings) -> None:
    """FORWARD-10: the scarf keeps its label, and the coat beside it, whose label is cut, leaves the page later."""
    shop = ForwardedSale()
    shop.price(shop.coat, 699_00)
    shop.price(shop.scarf, 499_00)
    wish = wish_for(shop.forward(None), scarf_of(shop))
    assert wish.brand_hidden is True
    ship_and_tell(shop, settings)
    answer_a_report(shop, wish)
    RetailPrice.objects.filter(style_id=shop.coat).delete()
    assert told(get_wish_page(wish.token, at=NOW + HOUR)) == ["【杭州市】 仓库已揽收", "会补您五元"]


@pytest.mark.parametrize(("whole_sale", "said"), [(True, ["【杭州市】 仓库已揽收", "会补您五元"]), (False, SHOWN)])
def test_wish_from_before_it_was_kept_names_no_brand_that_its_page_may_have_hidden(
    settings: Settings, whole_sale: bool, said: list[str]
) -> None:
    """FORWARD-10: the coat, whose label is cut, may have stood on the page of the sale, and never on that of the scarf."""
    shop = ForwardedSale()
    shop.price(shop.scarf, 499_00)
    wish = wish_for(shop.forward(None if whole_sale else shop.scarf), scarf_of(shop))
    ship_and_tell(shop, settings)
    answer_a_report(shop, wish)
    assert told(get_wish_page(wish.token, at=NOW + HOUR)) == SHOWN
    Wish.objects.update(brand_hidden=None)
    assert told(get_wish_page(wish.token, at=NOW + HOUR)) == said
    assert told(get_wish_page(wish.token, at=NOW + 60 * HOUR)) == said


def test_colour_and_size_of_exchanged_goods_name_no_brand() -> None:
    shop = ForwardedSale()
    medium, large = (
        shop.market.sku(
            units=3, tag_price_fen=1000_00, base_price_fen=200_00, style_no="QH-88011", category="women-coats",
            size=size, colour=colour,
        )
        for size, colour in (("M", "米"), ("QH-88011 L", "青禾蓝"))
    )  # fmt: skip
    sale_id = shop.market.sale(medium, large, brand_id=shop.market.brand_id)
    prices.set_retail_price(actor=shop.daigou.actor, sale_id=sale_id, style_id=shop.coat, price_fen=699_00, now=NOW)
    forward = forwards.create_forward(actor=shop.daigou.actor, sale_id=sale_id, style_id=shop.coat, now=NOW)
    wish = wish_for(forward.token, item_of(sale_id, medium))
    ordered(shop)
    line_id = OrderLine.objects.get().pk
    exchange(actor=shop.daigou.actor, line_id=line_id, item_id=item_of(sale_id, large), key="x", now=NOW)
    [line] = get_wish_page(wish.token, at=NOW).lines
    assert (line.colour, line.size) == ("蓝", "L")


def test_seller_of_a_selection_is_named_without_its_brands_also_once_its_sales_end() -> None:
    shop = Selections()
    Person.objects.filter(pk=shop.daigou.actor.own_id).update(name="青禾云杉小陈")
    token = Forward.objects.get(pk=shop.select(shop.hat, shop.coat)).token
    wish = wish_for(token, item_of(shop.hat_sale, shop.hat_sku))
    assert get_wish_page(wish.token, at=NOW).reseller_name == "小陈"
    end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
    for later in (HOUR, 60 * HOUR):
        assert get_wish_page(wish.token, at=NOW + later).reseller_name == "小陈"


def test_seller_of_labelled_goods_keeps_her_whole_name() -> None:
    shop = ForwardedSale()
    Person.objects.filter(pk=shop.daigou.actor.own_id).update(name="青禾小陈")
    shop.price(shop.scarf, 499_00)
    wish = wish_for(shop.forward(shop.scarf), scarf_of(shop))
    for later in (timedelta(0), 60 * HOUR):
        assert get_wish_page(wish.token, at=NOW + later).reseller_name == "青禾小陈"


COVER, SECOND, THIRD = ("a" * 64, "b" * 64, "c" * 64)


@pytest.mark.parametrize(
    ("logos", "unready", "shown"),
    [
        ("", "", COVER),
        (COVER, "", SECOND),
        ("", COVER, SECOND),
        (COVER, SECOND, THIRD),
        (COVER + SECOND + THIRD, "", ""),
        ("", COVER + SECOND + THIRD, ""),
    ],
)
def test_picture_is_the_first_without_a_logo(logos: str, unready: str, shown: str) -> None:
    """FORWARD-3."""
    shop = ForwardedSale()
    for place, sha256 in enumerate((COVER, SECOND, THIRD)):
        width = 0 if sha256 in unready else 1280
        Picture.objects.create(sha256=sha256, size_bytes=9, stored_at=NOW, sized_at=NOW, width=width, height=width)
        StylePicture.objects.create(
            style_id=shop.coat, sha256=sha256, position=place, source="archive", added_at=NOW, has_logo=sha256 in logos
        )
    Style.objects.filter(pk=shop.coat).update(picture=COVER)
    wish = Wish.objects.get(pk=shop.wish(shop.forwarded_coat(), address=WANG))
    assert [each.picture for each in get_wish_page(wish.token, at=NOW).lines] == [shown]
    with set_to(NOW):
        source = Client().get(f"/f/w/{wish.token}/").content.decode()
        source += Client().get(f"/f/w/{wish.token}/lines/{WishLine.objects.get().pk}/fault/").content.decode()
    assert {each for each in (COVER, SECOND, THIRD) if each in source} == ({shown} if shown else set())
    assert "青禾" not in fold_text(source)
