"""Forwards and wishes in the catalogue (FORWARD-1, 2, 3, 4, 5, 6)."""

import pytest
from pytest_django import Settings

from accounts.rules import NotAllowed
from flashsales.selectors.sales import NoSuchSale
from flashsales.services.running import end_early
from forwarding.models import Forward, RetailPrice, Wish
from forwarding.rules import Availability, WishState, fold_text
from forwarding.selectors.forwards import NoSuchForward, get_customer_page, get_forward, list_forwards
from forwarding.selectors.wishes import NoSuchWish, count_new_wishes, list_wishes
from forwarding.services import forwards, wishes
from forwarding.tasks import anonymize_wishes
from kernel.clock import set_to
from orders.selectors.orders import NoSuchOrder
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.forwarding.stall import Shop

pytestmark = pytest.mark.django_db


class TestForward:
    def test_goods_without_a_price_of_hers_are_not_forwarded(self) -> None:
        shop = Shop()
        for style_id in (shop.coat, None):
            with pytest.raises(forwards.RetailPriceRequired):
                shop.forward(style_id)
        assert not Forward.objects.exists()

    def test_the_same_forward_again_is_the_same_page_and_a_stopped_one_is_left_behind(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        assert shop.forward(shop.coat) == token
        assert shop.forward(None) != token
        [_, mine] = list_forwards(shop.daigou.id, at=NOW).items
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=mine.id, now=NOW)
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=mine.id, now=NOW + HOUR)
        assert get_forward(shop.daigou.id, mine.id, at=NOW).stopped_at == NOW
        assert get_customer_page(token, at=NOW).stopped
        assert shop.forward(shop.coat) not in (token, "")

    def test_the_page_of_cut_goods_tells_the_goods_and_not_the_brand(self) -> None:
        shop = Shop()
        page = get_customer_page(shop.forwarded_coat(), at=NOW)
        [coat] = page.view.styles
        assert (coat.name, coat.style_no, coat.price_fen) == ("羊毛大衣", "", 699_00)
        assert [(piece.size, piece.availability) for piece in coat.items] == [("M", Availability.PLENTY)]
        assert "青禾" not in fold_text(repr(page))
        assert not {"wholesale", "base", "commission", "tier", "tag_price"} & {
            name for name in dir(coat) if name[0] != "_"
        }

    def test_a_mixed_sale_hides_the_brand_altogether_and_a_labelled_style_alone_tells_it(self) -> None:
        shop = Shop()
        shop.price(shop.scarf, 299_00)
        labelled = get_customer_page(shop.forward(shop.scarf), at=NOW).view
        assert (labelled.brand, labelled.styles[0].style_no) == ("青禾女装", "QH-88022")
        whole = shop.forward(None)
        assert get_customer_page(whole, at=NOW).view.brand == "青禾女装"
        shop.price(shop.coat, 699_00)
        mixed = get_customer_page(whole, at=NOW).view
        assert (mixed.brand, mixed.title, [each.style_no for each in mixed.styles]) == ("", "", ["", ""])

    def test_a_price_under_the_frozen_floor_is_never_shown(self) -> None:
        shop = Shop()
        shop.price(shop.scarf, 100_00, below_cost_confirmed=True)
        token = shop.forward(shop.scarf)
        assert len(get_customer_page(token, at=NOW).view.styles) == 1
        RetailPrice.objects.update(price_fen=99_99)
        assert get_customer_page(token, at=NOW).view.styles == ()
        with pytest.raises(forwards.RetailPriceRequired):
            shop.forward(None)

    def test_a_sale_that_is_over_is_not_forwarded_and_its_page_says_so(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
        page = get_customer_page(token, at=NOW + HOUR)
        assert (page.phase, page.is_open) == ("ended", False)
        with pytest.raises(forwards.SaleEnded):
            forwards.create_forward(actor=shop.daigou.actor, sale_id=shop.sale_id, style_id=None, now=NOW + HOUR)

    def test_a_draft_cannot_be_forwarded(self) -> None:
        market = Marketplace()
        draft = market.draft(market.sku())
        with pytest.raises(NoSuchSale):
            forwards.create_forward(actor=market.reseller().actor, sale_id=draft, style_id=None, now=NOW)

    def test_only_resellers_forward_and_only_their_own_is_theirs(self) -> None:
        shop = Shop()
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

    def test_a_wrong_token_leads_nowhere(self) -> None:
        for token in ("", "nothing", "x" * 40):
            with pytest.raises(NoSuchForward):
                get_customer_page(token, at=NOW)

    def test_views_wishes_and_orders_are_counted_per_forward(self) -> None:
        shop = Shop()
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
    def test_a_wish_reaches_its_reseller_once_a_key(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        assert shop.wish(token, units=2) == shop.wish(token, units=2)
        [wish] = list_wishes(shop.daigou.id, state="new").items
        assert (wish.name, wish.phone, wish.units, wish.note) == ("王小姐", "13800138000", 2, "周末前要")
        assert (count_new_wishes(shop.daigou.id), count_new_wishes(shop.market.reseller().id)) == (1, 0)

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
    def test_a_wish_that_makes_no_sense_is_refused(self, name: str, phone: str, note: str, units: int) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        with pytest.raises(wishes.InvalidWish):
            wishes.create_wish(
                token=token, item_id=item_of(shop.sale_id, shop.coat_sku), units=units, name=name, phone=phone, note=note,
                visitor="v", network="n", key="k", now=NOW,
            )  # fmt: skip
        assert not Wish.objects.exists()

    def test_what_the_page_does_not_show_cannot_be_wished_for(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        other = shop.market.sku()
        elsewhere = item_of(shop.market.sale(other), other)
        with pytest.raises(wishes.ItemNotOffered):
            wishes.create_wish(
                token=token, item_id=elsewhere, units=1, name="王", phone="", note="", visitor="v", network="n", key="k",
                now=NOW,
            )  # fmt: skip
        shop.market.paid_order(shop.daigou, item_of(shop.sale_id, shop.coat_sku), 5)
        with pytest.raises(wishes.ItemNotOffered):
            shop.wish(token)
        assert not Wish.objects.exists()

    def test_a_closed_page_takes_no_wishes(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        with pytest.raises(wishes.PageClosed):
            shop.wish(token, at=48 * HOUR)
        forward_id = get_customer_page(token, at=NOW).forward_id
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=forward_id, now=NOW)
        with pytest.raises(wishes.PageClosed):
            shop.wish(token)
        assert not Wish.objects.exists()

    def test_one_visitor_cannot_flood_a_page_nor_keep_others_out(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        for number in range(10):
            shop.wish(token, key=f"k{number}")
        with pytest.raises(wishes.TooManyWishes) as caught:
            shop.wish(token, key="one more", at=HOUR / 4 + HOUR / 3600)
        assert (caught.value.again_at, caught.value.retry_after_seconds) == (NOW + HOUR, 2699)
        assert "请在 2026-11-22 13:00 以后再试" in caught.value.sentence("zh")
        shop.wish(token, key="somebody else", visitor="w")
        shop.wish(token, key="an hour later", at=HOUR)
        assert Wish.objects.count() == 12

    def test_many_visitors_cannot_flood_a_page(self) -> None:
        shop = Shop()
        token = shop.forwarded_coat()
        for number in range(60):
            shop.wish(token, key=f"k{number}", visitor=f"v{number}")
        with pytest.raises(wishes.TooManyWishes):
            shop.wish(token, key="more", visitor="more", network="another")
        assert Wish.objects.count() == 60

    def test_a_network_is_a_coarse_bound_over_all_pages(self, settings: Settings) -> None:
        settings.MAX_WISHES_PER_NETWORK_AND_HOUR = 12
        shop = Shop()
        tokens = [shop.forwarded_coat(), shop.forward(None)]
        for number in range(12):
            shop.wish(tokens[number % 2], key=f"k{number}", visitor=f"v{number}", at=number * HOUR / 60)
        with pytest.raises(wishes.TooManyWishes) as caught:
            shop.wish(tokens[0], key="more", visitor="more", at=HOUR / 2)
        assert caught.value.again_at == NOW + HOUR
        shop.wish(tokens[0], key="elsewhere", visitor="more", network="another", at=HOUR / 2)
        shop.wish(tokens[0], key="more", visitor="more", at=HOUR)
        assert Wish.objects.count() == 14

    def test_a_seller_who_has_not_answered_two_hundred_gets_no_more(self) -> None:
        shop = Shop()
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
        with pytest.raises(wishes.TooManyOpenWishes) as caught:
            shop.wish(token, key="more", visitor="w", at=2 * HOUR)
        assert (caught.value.waiting, caught.value.retry_after_seconds) == (200, 3600)
        assert Wish.objects.count() == 200

    def test_who_left_a_wish_is_forgotten_after_a_month_and_what_was_wished_for_is_not(self) -> None:
        """FORWARD-6."""
        shop = Shop()
        token = shop.forwarded_coat()
        shop.wish(token, key="old", units=2)
        shop.wish(token, key="new", at=HOUR)
        with set_to(NOW + 30 * 24 * HOUR):
            assert (anonymize_wishes(), anonymize_wishes()) == (1, 0)
        old, new = Wish.objects.order_by("pk")
        assert (old.name, old.phone, old.note, old.visitor, old.network, old.units) == ("", "", "", "", "", 2)
        assert (new.name, new.phone, new.note) == ("王小姐", "13800138000", "周末前要")

    def test_a_wish_becomes_an_order_of_hers_or_is_declined(self) -> None:
        shop = Shop()
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
