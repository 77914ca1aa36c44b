"""Selections: styles of one or more sales on one page (FORWARD-12)."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from flashsales.selectors.sales import NoSuchSale
from flashsales.selectors.styles import StyleNotInSale
from flashsales.services.ending import end_early
from forwarding.models import Forward, ForwardStyle, RetailPrice, Wish
from forwarding.rules.pages import SelectedStyle
from forwarding.rules.redaction import fold_text
from forwarding.rules.wishes import PickedUnits
from forwarding.selectors.forwards import get_customer_page, get_forward, list_forwards
from forwarding.services import forwards, prices, wishes
from inventory.models import Style
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db


class Selections(ForwardedSale):
    """The two styles of 青禾 and a hat of another brand in a sale of its own, all of them priced."""

    def __init__(self) -> None:
        super().__init__()
        brand_id = self.market.brand(name="云杉服饰")
        self.hat_sku = self.market.sku(
            brand_id=brand_id, units=3, tag_price_fen=300_00, base_price_fen=60_00, style_no="YS-1"
        )
        self.hat_sale = self.market.sale(self.hat_sku, brand_id=brand_id)
        self.hat = Style.objects.get(style_no="YS-1").pk
        for style_id, fen in ((self.coat, 699_00), (self.scarf, 299_00)):
            self.price(style_id, fen)
        prices.set_retail_price(
            actor=self.daigou.actor, sale_id=self.hat_sale, style_id=self.hat, price_fen=129_00, now=NOW
        )

    def select(self, *style_ids: int) -> int:
        chosen = [SelectedStyle(self.hat_sale if each == self.hat else self.sale_id, each) for each in style_ids]
        return forwards.create_selection_forward(actor=self.daigou.actor, styles=chosen, now=NOW).id

    def token(self, forward_id: int) -> str:
        return get_forward(self.daigou.id, forward_id, at=NOW).token


def numbers(token: str) -> list[tuple[int, int]]:
    return [(each.number, each.style_id) for each in get_customer_page(token, at=NOW).view.styles]


def test_create_selection_forward_numbers_its_styles_in_the_order_of_the_reseller() -> None:
    shop = Selections()
    forward_id = shop.select(shop.hat, shop.scarf)
    token = shop.token(forward_id)
    assert numbers(token) == [(1, shop.hat), (2, shop.scarf)]
    RetailPrice.objects.filter(style_id=shop.hat).delete()
    assert numbers(token) == [(2, shop.scarf)]
    view = get_forward(shop.daigou.id, forward_id, at=NOW)
    assert (view.selected_styles, view.style_id, view.is_open) == (2, None, True)


def test_create_selection_forward_again_returns_the_same_page_unless_it_was_stopped() -> None:
    shop = Selections()
    first = shop.select(shop.hat, shop.scarf)
    assert shop.select(shop.hat, shop.scarf) == first
    other_order = shop.select(shop.scarf, shop.hat)
    assert other_order != first
    forwards.stop_forward(actor=shop.daigou.actor, forward_id=first, now=NOW)
    assert shop.select(shop.hat, shop.scarf) not in (first, other_order)
    assert len(list_forwards(shop.daigou.id, at=NOW).items) == 3


def test_a_selection_is_neither_the_page_of_its_sale_nor_of_a_style() -> None:
    shop = Selections()
    whole, single = shop.forward(None), shop.forward(shop.coat)
    token = shop.token(shop.select(shop.coat, shop.scarf))
    assert len({whole, single, token}) == 3
    assert (shop.forward(None), shop.forward(shop.coat)) == (whole, single)


def test_a_selection_of_one_style_is_the_forward_of_that_style() -> None:
    shop = Selections()
    single = shop.forward(shop.coat)
    assert shop.token(shop.select(shop.coat)) == single
    assert not ForwardStyle.objects.exists()


def test_a_selection_with_a_cut_label_hides_the_brands_of_all_its_styles() -> None:
    shop = Selections()
    labelled = get_customer_page(shop.token(shop.select(shop.hat, shop.scarf)), at=NOW).view
    assert (labelled.brand, labelled.title) == ("", "")
    assert [each.brand for each in labelled.styles] == ["云杉服饰", "青禾女装"]
    Style.objects.filter(pk=shop.hat).update(name="云杉 YS-1 毛呢帽")
    mixed = get_customer_page(shop.token(shop.select(shop.hat, shop.coat)), at=NOW)
    assert [each.brand for each in mixed.view.styles] == ["", ""]
    assert not {"青禾", "云杉", "ys1"} & {
        word for word in ("青禾", "云杉", "ys1") if word in fold_text(repr(mixed.view))
    }


def test_a_selection_hides_the_brands_also_after_the_style_with_the_cut_label_has_left() -> None:
    shop = Selections()
    Style.objects.filter(pk=shop.hat).update(name="云杉 YS-1 毛呢帽")
    token = shop.token(shop.select(shop.hat, shop.coat))
    end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
    view = get_customer_page(token, at=NOW + HOUR).view
    assert [(each.style_id, each.brand, each.number) for each in view.styles] == [(shop.hat, "", 1)]
    assert (view.brand_hidden, view.brand, view.title) == (True, "", "")
    assert not {word for word in ("青禾", "云杉", "ys1") if word in fold_text(repr(view))}


def test_a_selection_of_labelled_styles_names_the_brand_of_those_that_are_left() -> None:
    shop = Selections()
    token = shop.token(shop.select(shop.hat, shop.scarf))
    end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
    view = get_customer_page(token, at=NOW + HOUR).view
    assert (view.brand_hidden, view.brand, [each.style_id for each in view.styles]) == (False, "云杉服饰", [shop.hat])


def test_a_style_leaves_a_selection_when_its_sale_ends_and_the_page_closes_with_the_last() -> None:
    shop = Selections()
    forward_id = shop.select(shop.hat, shop.scarf)
    token = shop.token(forward_id)
    later = NOW + HOUR
    end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=later)
    page = get_customer_page(token, at=later)
    assert (page.is_open, [each.style_id for each in page.view.styles]) == (True, [shop.hat])
    assert get_forward(shop.daigou.id, forward_id, at=later).is_open
    end_early(actor=shop.market.ops, sale_id=shop.hat_sale, reason="清仓", now=later + HOUR)
    closed = get_customer_page(token, at=later + HOUR)
    assert (closed.is_open, closed.phase, closed.view.styles) == (False, "ended", ())


def test_a_wish_on_a_selection_may_hold_items_of_several_sales_and_nothing_else() -> None:
    shop = Selections()
    token = shop.token(shop.select(shop.hat, shop.scarf))
    hat, coat = item_of(shop.hat_sale, shop.hat_sku), item_of(shop.sale_id, shop.coat_sku)
    scarf = get_customer_page(token, at=NOW).view.styles[1].items[0].item_id

    def wish(key: str, *item_ids: int) -> None:
        wishes.create_wish(
            token=token, lines=[PickedUnits(each, 1) for each in item_ids], fields=wishes.WishFields("王小姐"), visitor="v",
            network="", key=key, now=NOW,
        )  # fmt: skip

    wish("both", hat, scarf)
    with pytest.raises(wishes.ItemNotOffered):
        wish("coat", hat, coat)
    assert [list(each.lines.order_by("pk").values_list("item_id", flat=True)) for each in Wish.objects.all()] == [
        [hat, scarf]
    ]


def test_create_selection_forward_is_refused_without_a_trace() -> None:
    shop = Selections()
    for style_ids in ([], [shop.hat, shop.hat], list(range(1, 11))):
        with pytest.raises(forwards.InvalidSelection):
            shop.select(*style_ids)
    RetailPrice.objects.filter(style_id=shop.scarf).update(price_fen=99_99)
    with pytest.raises(forwards.SelectionWithoutPrice):
        shop.select(shop.hat, shop.scarf)
    with pytest.raises(forwards.SelectionWithoutPrice):
        # The hat is of the other sale.
        forwards.create_selection_forward(
            actor=shop.daigou.actor,
            styles=[SelectedStyle(shop.sale_id, shop.coat), SelectedStyle(shop.sale_id, shop.hat)],
            now=NOW,
        )
    draft = shop.market.draft(shop.market.sku())
    with pytest.raises(NoSuchSale):
        forwards.create_selection_forward(
            actor=shop.daigou.actor,
            styles=[SelectedStyle(draft, shop.coat), SelectedStyle(shop.sale_id, shop.scarf)],
            now=NOW,
        )
    with pytest.raises(forwards.SaleEnded):
        forwards.create_selection_forward(
            actor=shop.daigou.actor,
            styles=[SelectedStyle(shop.sale_id, shop.coat), SelectedStyle(shop.hat_sale, shop.hat)],
            now=NOW + timedelta(days=30),
        )
    with pytest.raises(StyleNotInSale):
        forwards.create_selection_forward(
            actor=shop.daigou.actor, styles=[SelectedStyle(shop.sale_id, shop.hat)], now=NOW
        )
    assert not Forward.objects.exists()
    assert not ForwardStyle.objects.exists()


def test_the_page_of_a_selection_costs_as_many_statements_for_nine_styles_as_for_two(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    shop = Selections()
    two = shop.token(shop.select(shop.hat, shop.scarf))
    three = shop.token(shop.select(shop.hat, shop.scarf, shop.coat))
    for token in (two, three):
        with django_assert_num_queries(9):
            get_customer_page(token, at=NOW)
