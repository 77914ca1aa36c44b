"""Forwards and wishes in the catalogue (FORWARD-1, 2, 3, 4, 5, 6)."""

import pytest
from pytest_django import Settings

from accounts.rules import NotAllowed
from aftersales.services.refunds import refund_unshipped
from flashsales.selectors.sales import NoSuchSale
from flashsales.services.ending import end_early
from forwarding.models import Forward, RetailPrice, Wish, WishLine
from forwarding.rules.pages import Availability
from forwarding.rules.redaction import fold_text
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors.forwards import NoSuchForward, get_customer_page, get_forward, list_forwards
from forwarding.selectors.wishes import NoSuchWish, count_new_wishes, list_wishes
from forwarding.services import forwards, wish_limits, wishes
from forwarding.services.wishes import WishHasGoods
from forwarding.tasks import anonymize_wishes
from kernel.clock import set_to
from orders.selectors.orders import NoSuchOrder
from orders.services.payment import pay
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db


class TestForward:
    def test_create_forward_without_a_retail_price_is_refused(self) -> None:
        shop = ForwardedSale()
        for style_id in (shop.coat, None):
            with pytest.raises(forwards.RetailPriceRequired):
                shop.forward(style_id)
        assert not Forward.objects.exists()

    def test_create_forward_again_returns_the_same_page_unless_it_was_stopped(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        assert shop.forward(shop.coat) == token
        assert shop.forward(None) != token
        [_, mine] = list_forwards(shop.daigou.id, at=NOW).items
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=mine.id, now=NOW)
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=mine.id, now=NOW + HOUR)
        assert get_forward(shop.daigou.id, mine.id, at=NOW).stopped_at == NOW
        assert get_customer_page(token, at=NOW).stopped
        assert shop.forward(shop.coat) not in (token, "")

    def test_customer_page_of_a_cut_label_shows_the_style_and_hides_the_brand(self) -> None:
        shop = ForwardedSale()
        page = get_customer_page(shop.forwarded_coat(), at=NOW)
        [coat] = page.view.styles
        assert (coat.name, coat.style_no, coat.price_fen) == ("羊毛大衣", "", 699_00)
        assert [(piece.size, piece.availability) for piece in coat.items] == [("M", Availability.PLENTY)]
        assert "青禾" not in fold_text(repr(page))
        assert not {"wholesale", "base", "commission", "tier", "tag_price"} & {
            name for name in dir(coat) if name[0] != "_"
        }

    def test_customer_page_of_a_mixed_sale_hides_the_brand_and_of_a_labelled_style_shows_it(self) -> None:
        shop = ForwardedSale()
        shop.price(shop.scarf, 299_00)
        labelled = get_customer_page(shop.forward(shop.scarf), at=NOW).view
        assert (labelled.brand, labelled.styles[0].style_no) == ("青禾女装", "QH-88022")
        whole = shop.forward(None)
        assert get_customer_page(whole, at=NOW).view.brand == "青禾女装"
        shop.price(shop.coat, 699_00)
        mixed = get_customer_page(whole, at=NOW).view
        assert (mixed.brand, mixed.title, [each.style_no for each in mixed.styles]) == ("", "", ["", ""])

    def test_customer_page_never_shows_a_price_below_the_frozen_floor(self) -> None:
        shop = ForwardedSale()
        shop.price(shop.scarf, 100_00, below_cost_confirmed=True)
        token = shop.forward(shop.scarf)
        assert len(get_customer_page(token, at=NOW).view.styles) == 1
        RetailPrice.objects.update(price_fen=99_99)
        assert get_customer_page(token, at=NOW).view.styles == ()
        with pytest.raises(forwards.RetailPriceRequired):
            shop.forward(None)

    def test_create_forward_of_an_ended_sale_is_refused_and_its_page_is_closed(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
        page = get_customer_page(token, at=NOW + HOUR)
        assert (page.phase, page.is_open) == ("ended", False)
        with pytest.raises(forwards.SaleEnded):
            forwards.create_forward(actor=shop.daigou.actor, sale_id=shop.sale_id, style_id=None, now=NOW + HOUR)

    def test_create_forward_of_a_draft_is_refused(self) -> None:
        market = Marketplace()
        draft = market.draft(market.sku())
        with pytest.raises(NoSuchSale):
            forwards.create_forward(actor=market.reseller().actor, sale_id=draft, style_id=None, now=NOW)

    def test_forwards_are_for_resellers_and_each_sees_only_her_own(self) -> None:
        shop = ForwardedSale()
        shop.forwarded_coat()
        [mine] = list_forwards(shop.daigou.id, at=NOW).items
        with pytest.raises(NotAllowed):
            forwards.create_forward(actor=shop.market.ops, sale_id=shop.sale_id, style_id=None, now=NOW)
        stranger = shop.market.reseller()
        with pytest.raises(NoSuchForward):
            forwards.stop_forward(actor=stranger.actor, forward_id=mine.id, now=NOW)
        with pytest.raises(NoSuchForward):
            get_forward(stranger.id, mine.id, at=NOW)
        assert list_forwards(stranger.id, at=NOW).items == []

    def test_get_customer_page_with_a_wrong_token_is_refused(self) -> None:
        for token in ("", "nothing", "x" * 40):
            with pytest.raises(NoSuchForward):
                get_customer_page(token, at=NOW)

    def test_list_forwards_counts_views_wishes_and_orders(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        forward_id = get_customer_page(token, at=NOW).forward_id
        for visitor in ("one", "other", "one"):
            forwards.count_view(forward_id=forward_id, visitor=visitor, now=NOW)
        first, _second = shop.wish(token, key="a"), shop.wish(token, key="b")
        order = shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku), 1)
        wishes.link_order(actor=shop.daigou.actor, wish_id=first, order_id=order.id, now=NOW)
        view = get_forward(shop.daigou.id, forward_id, at=NOW)
        assert (view.views, view.wishes, view.new_wishes, view.orders) == (2, 2, 1, 1)
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=forward_id, now=NOW)
        forwards.count_view(forward_id=forward_id, visitor="third", now=NOW)
        assert get_forward(shop.daigou.id, forward_id, at=NOW).views == 2


class TestWish:
    def test_create_wish_with_the_same_key_makes_one_wish(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        assert shop.wish(token, units=2) == shop.wish(token, units=2)
        [wish] = list_wishes(shop.daigou.id, state="new").items
        assert (wish.name, wish.phone, wish.units, wish.note) == ("王小姐", "13800138000", 2, "周末前要")
        assert (count_new_wishes(shop.daigou.id, at=NOW), count_new_wishes(shop.market.reseller().id, at=NOW)) == (1, 0)

    @pytest.mark.parametrize(
        ("name", "phone", "note", "units"),
        [
            (" ", "", "", 1),
            ("名" * 41, "", "", 1),
            ("王", "call me", "", 1),
            ("王", "1" * 30, "", 1),
            ("王", "", "注" * 201, 1),
            ("王", "", "", 0),
            ("王", "", "", 100),
        ],
    )
    def test_create_wish_with_invalid_fields_is_refused(self, name: str, phone: str, note: str, units: int) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        with pytest.raises(wishes.InvalidWish):
            wishes.create_wish(
                token=token, lines=[PickedUnits(item_of(shop.sale_id, shop.coat_sku), units)],
                fields=wishes.WishFields(name, phone, note=note), visitor="v", network="n", key="k", now=NOW,
            )  # fmt: skip
        assert not Wish.objects.exists()

    def test_create_wish_for_an_item_that_is_not_shown_is_refused(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        other = shop.market.sku()
        elsewhere = item_of(shop.market.sale(other), other)
        with pytest.raises(wishes.ItemNotOffered):
            wishes.create_wish(
                token=token, lines=[PickedUnits(elsewhere, 1)], fields=wishes.WishFields("王"), visitor="v", network="n", key="k",
                now=NOW,
            )  # fmt: skip
        shop.market.paid_order(shop.daigou, item_of(shop.sale_id, shop.coat_sku), 5)
        with pytest.raises(wishes.ItemNotOffered):
            shop.wish(token)
        assert not Wish.objects.exists()

    def test_create_wish_on_a_closed_page_is_refused(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        with pytest.raises(wishes.PageClosed):
            shop.wish(token, at=48 * HOUR)
        forward_id = get_customer_page(token, at=NOW).forward_id
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=forward_id, now=NOW)
        with pytest.raises(wishes.PageClosed):
            shop.wish(token)
        assert not Wish.objects.exists()

    def test_create_wish_is_limited_per_visitor_without_blocking_others(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        for number in range(10):
            shop.wish(token, key=f"k{number}")
        with pytest.raises(wish_limits.TooManyWishes) as caught:
            shop.wish(token, key="one more", at=HOUR / 4 + HOUR / 3600)
        assert (caught.value.again_at, caught.value.retry_after_seconds) == (NOW + HOUR, 2699)
        assert "请在 2026-11-22 13:00 以后再试" in caught.value.sentence("zh")
        shop.wish(token, key="somebody else", visitor="w")
        shop.wish(token, key="an hour later", at=HOUR)
        assert Wish.objects.count() == 12

    def test_create_wish_is_limited_per_page(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        for number in range(60):
            shop.wish(token, key=f"k{number}", visitor=f"v{number}")
        with pytest.raises(wish_limits.TooManyWishes):
            shop.wish(token, key="more", visitor="more", network="another")
        assert Wish.objects.count() == 60

    def test_create_wish_is_limited_per_network_over_all_pages(self, settings: Settings) -> None:
        settings.MAX_WISHES_PER_NETWORK_AND_HOUR = 12
        shop = ForwardedSale()
        tokens = [shop.forwarded_coat(), shop.forward(None)]
        for number in range(12):
            shop.wish(tokens[number % 2], key=f"k{number}", visitor=f"v{number}", at=number * HOUR / 60)
        with pytest.raises(wish_limits.TooManyWishes) as caught:
            shop.wish(tokens[0], key="more", visitor="more", at=HOUR / 2)
        assert caught.value.again_at == NOW + HOUR
        shop.wish(tokens[0], key="elsewhere", visitor="more", network="another", at=HOUR / 2)
        shop.wish(tokens[0], key="more", visitor="more", at=HOUR)
        assert Wish.objects.count() == 14

    def test_create_wish_is_refused_at_200_unanswered_wishes(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        first = Wish.objects.get(pk=shop.wish(token))
        copies = [
            Wish(
                forward_id=first.forward_id, reseller_id=first.reseller_id, item_id=first.item_id, units=1, name="王",
                key=f"c{number}", visitor=f"c{number}", created_at=NOW,
            )
            for number in range(199)
        ]  # fmt: skip
        Wish.objects.bulk_create(copies)
        with pytest.raises(wish_limits.TooManyOpenWishes) as caught:
            shop.wish(token, key="more", visitor="w", at=2 * HOUR)
        assert (caught.value.waiting, caught.value.retry_after_seconds) == (200, 3600)
        assert Wish.objects.count() == 200

    def test_anonymize_wishes_erases_personal_data_after_a_month_and_keeps_the_item(self) -> None:
        """FORWARD-6."""
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        shop.wish(token, key="old", units=2)
        shop.wish(token, key="new", at=HOUR)
        with set_to(NOW + 30 * 24 * HOUR):
            assert (anonymize_wishes(), anonymize_wishes()) == (1, 0)
        old, new = Wish.objects.order_by("pk")
        assert (old.name, old.phone, old.note, old.visitor, old.network, old.units) == ("", "", "", "", "", 2)
        assert (new.name, new.phone, new.note) == ("王小姐", "13800138000", "周末前要")

    def test_link_order_leaves_a_wish_whose_goods_are_paid_for_in_its_order(self) -> None:
        shop = ForwardedSale()
        wish = shop.wish(shop.forwarded_coat())
        item = item_of(shop.sale_id, shop.coat_sku)
        first = shop.daigou.grab(item)
        wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=first.id, now=NOW)
        second = shop.daigou.grab(item, key="second")
        for order in (second, first):  # Not paid yet: it may be an abandoned one.
            wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=order.id, now=NOW)
        pay(actor=shop.daigou.actor, order_id=first.id, now=NOW)
        line = WishLine.objects.get()
        with pytest.raises(WishHasGoods) as refused:
            wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=second.id, now=NOW)
        assert refused.value.order_id == first.id
        unchanged = WishLine.objects.get()
        assert (Wish.objects.get(pk=wish).order_id, unchanged.order_line_id) == (first.id, line.order_line_id)
        again = wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=first.id, now=NOW)
        assert again.order_id == first.id
        refund_unshipped(actor=shop.market.ops, line_id=first.lines[0].id, units=1, note="", key="short", now=NOW)
        moved = wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=second.id, now=NOW)
        assert moved.order_id == second.id

    def test_link_order_and_answer_wish_end_a_wish(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        wish, other = shop.wish(token, key="a"), shop.wish(token, key="b")
        strangers = shop.market.reseller(wallet_fen=0)
        item = item_of(shop.sale_id, shop.coat_sku)
        theirs, hers = strangers.grab(item), shop.daigou.grab(item)
        with pytest.raises(NoSuchOrder):
            wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=theirs.id, now=NOW)
        with pytest.raises(NoSuchWish):
            wishes.answer_wish(actor=strangers.actor, wish_id=wish, state=WishState.DECLINED, now=NOW)
        ordered = wishes.link_order(actor=shop.daigou.actor, wish_id=wish, order_id=hers.id, now=NOW)
        assert (ordered.state, ordered.order_id) == (WishState.ORDERED, hers.id)
        wishes.answer_wish(actor=shop.daigou.actor, wish_id=other, state=WishState.DECLINED, now=NOW)
        with pytest.raises(wishes.WishAlreadyAnswered):
            wishes.link_order(actor=shop.daigou.actor, wish_id=other, order_id=hers.id, now=NOW)
        done = wishes.answer_wish(actor=shop.daigou.actor, wish_id=wish, state=WishState.DONE, now=NOW)
        assert done.state is WishState.DONE
