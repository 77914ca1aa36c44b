"""The pages of forwarding: hers to make one, and the one that her customers open without signing in (FORWARD-3 to FORWARD-6)."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from flashsales.selectors.styles import get_style_in_sale
from flashsales.services.ending import end_early
from forwarding.models import Forward, RetailPrice, Visit, Wish
from forwarding.rules.redaction import fold_text
from forwarding.rules.wishes import WishState
from forwarding.selectors.forwards import get_customer_page
from forwarding.selectors.wishes import get_wish
from forwarding.services import forwards
from forwarding.services import prices as forwarding_prices
from forwarding.tasks import purge_visits
from inventory.models import Style
from kernel.clock import set_to
from kernel.money import format_yuan
from membership.models import Reseller
from orders.models.orders import Order
from tests.builders import HOUR, NOW, Daigou, item_of
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.membership.test_api import Caller

pytestmark = pytest.mark.django_db


def signed_in(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def said_to_a_customer(answer: Any) -> str:
    """Whatever of an answer reaches her: source, headers, cookies; addresses unquoted and entities read, as a reader of the source may."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    source = answer.content.decode()
    words = re.sub(r"<[^>]*>", "", source)
    return "\n".join([source, words, html.unescape(source), unquote(source), headers, str(answer.cookies)])


def wish_for(shop: ForwardedSale, **typed: Any) -> dict[str, Any]:
    return {
        "style": shop.coat, "item": item_of(shop.sale_id, shop.coat_sku), "units": "2", "name": "王小姐", "phone": "",
        "note": "周末前要", "key": "form-1",
    } | typed  # fmt: skip


def test_defects_are_shown_to_reseller_and_customer_without_the_brand() -> None:
    shop = ForwardedSale()
    Style.objects.filter(pk=shop.coat).update(defects="青禾专柜退货，袖口污渍")
    token = shop.forwarded_coat()
    with set_to(NOW):
        hers = signed_in(shop.daigou).get(f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/").content.decode()
        told = said_to_a_customer(Client().get(f"/f/{token}/"))
    assert "青禾专柜退货，袖口污渍" in hers
    assert "专柜退货，袖口污渍" in told
    assert "青禾" not in told


class TestCustomerPage:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_page_of_a_cut_label_contains_neither_brand_nor_wholesale_price(self, language: str) -> None:
        shop = ForwardedSale()
        shop.price(shop.scarf, 299_00)
        Style.objects.update(picture="a" * 64)
        Person.objects.filter(pk=shop.daigou.actor.own_id).update(name="青禾小陈")
        tokens = [shop.forwarded_coat(), shop.forward(None)]
        client = Client()
        client.cookies["language"] = language
        with set_to(NOW):
            answers = [client.get(f"/f/{token}/") for token in tokens]
            answers.append(client.get(f"/f/{tokens[1]}/?style={shop.coat}"))
            answers.append(client.post(f"/f/{tokens[0]}/", wish_for(shop, name="")))
            answers.append(client.post(f"/f/{tokens[0]}/", wish_for(shop, item="0")))
            answers.append(client.post(f"/f/{tokens[0]}/", wish_for(shop), follow=True))
        with set_to(NOW + 48 * HOUR):
            answers.append(client.get(f"/f/{tokens[0]}/"))
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 409, 200, 410]
        for answer in answers:
            said = said_to_a_customer(answer)
            assert not [
                secret
                for secret in ("青禾", "QH-88011", "QH-88022", "冬季尾货专场")
                if fold_text(secret) in fold_text(said)
            ]
        assert "羊毛大衣" in answers[0].content.decode()
        bought = get_style_in_sale(
            sale_id=shop.sale_id, style_id=shop.coat, tier=0, reseller_id=shop.daigou.id, at=NOW
        ).items[0]
        hers, theirs = said_to_a_customer(answers[0]), [bought.price_fen, bought.tag_price_fen, 200_00]
        assert "699.00" in hers
        assert not [fen for fen in theirs if format_yuan(fen) in hers]

    def test_control_page_of_a_labelled_style_contains_brand_and_style_number(self) -> None:
        shop = ForwardedSale()
        shop.price(shop.scarf, 299_00)
        with set_to(NOW):
            said = said_to_a_customer(Client().get(f"/f/{shop.forward(shop.scarf)}/"))
        assert "青禾女装" in said
        assert "QH-88022" in said

    def test_page_shows_retail_price_and_availability_and_forbids_indexing(self) -> None:
        shop = ForwardedSale()
        with set_to(NOW):
            answer = Client().get(f"/f/{shop.forwarded_coat()}/")
        source = answer.content.decode()
        assert '<span class="sign">¥</span>699<span class="fen">.00</span>' in source
        assert '<meta name="robots" content="noindex, nofollow">' in source
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "private, no-store"

    def test_page_of_an_ended_sale_or_stopped_forward_answers_410_without_the_styles(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        client = Client()
        with set_to(NOW + 48 * HOUR - HOUR / 3600):
            assert client.get(f"/f/{token}/").status_code == 200
        with set_to(NOW + 48 * HOUR):
            ended = client.get(f"/f/{token}/")
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=get_customer_page(token, at=NOW).forward_id, now=NOW)
        with set_to(NOW):
            stopped = client.get(f"/f/{token}/")
            unknown = client.get("/f/nothing/")
        assert [each.status_code for each in (ended, stopped, unknown)] == [410, 410, 404]
        assert "这场特卖已经结束" in ended.content.decode()
        assert "卖家已收回这个分享" in stopped.content.decode()
        assert "羊毛大衣" not in ended.content.decode() + stopped.content.decode()

    def test_page_of_a_sale_that_ended_early_is_closed(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
        with set_to(NOW + HOUR):
            assert Client().get(f"/f/{token}/").status_code == 410
            assert Client().post(f"/f/{token}/", wish_for(shop)).status_code == 410
        assert not Wish.objects.exists()

    def test_view_is_counted_once_per_visitor_and_hour_without_a_cookie(self) -> None:
        """FORWARD-6."""
        shop = ForwardedSale()
        token = shop.forwarded_coat()

        def look(
            path: str = "", *, browser: str = "MicroMessenger/8.0", address: str = "192.0.2.1", **headers: str
        ) -> Any:
            client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=browser)
            return client.get(f"/f/{token}/{path}", headers=headers)

        def views() -> int:
            return Forward.objects.get().views

        with set_to(NOW):
            first = look()
            look("?from=groupmessage")
            assert views() == 1
            look(address="192.0.2.2")
            look(browser="MicroMessenger/7.0")
            assert views() == 3
        with set_to(NOW + HOUR - HOUR / 3600):
            look()
            assert views() == 3
        with set_to(NOW + HOUR):
            look()
            assert views() == 4
        assert set(first.cookies) <= {"csrftoken"}
        kept = list(Visit.objects.values_list("visitor", flat=True))
        assert {len(each) for each in kept} == {32}
        assert not [each for each in kept if "192." in each]

    def test_views_of_signed_in_people_bots_prefetches_and_inner_links_are_not_counted(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        with set_to(NOW):
            Client().get(f"/f/{token}/?style={shop.coat}")
            Client().head(f"/f/{token}/")
            signed_in(shop.daigou).get(f"/f/{token}/")
            for robot in ("Mozilla/5.0 (compatible; Baiduspider/2.0)", "WhatsApp/2.2", "curl/8.5.0", "Googlebot/2.1"):
                Client(HTTP_USER_AGENT=robot).get(f"/f/{token}/")
            Client().get(f"/f/{token}/", headers={"Sec-Purpose": "prefetch;prerender"})
        assert Forward.objects.get().views == 0

    def test_purge_visits_deletes_past_hours_and_keeps_the_count(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        for later in (0, 3):
            with set_to(NOW + later * HOUR):
                Client().get(f"/f/{token}/")
        with set_to(NOW + 3 * HOUR):
            assert (purge_visits(), purge_visits()) == (1, 0)
        assert (Visit.objects.count(), Forward.objects.get().views) == (1, 2)

    def test_wish_form_sent_twice_makes_one_wish(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        client = Client()
        with set_to(NOW):
            client.post(f"/f/{token}/", wish_for(shop))
            answer = client.post(f"/f/{token}/", wish_for(shop), follow=True)
            page = signed_in(shop.daigou).get("/shop/wishes/").content.decode()
        assert "请等回复确认" in answer.content.decode()
        assert Wish.objects.count() == 1
        assert "周末前要" in page

    def test_wish_form_sent_again_with_other_contents_makes_another_wish(self) -> None:
        """She goes back in the browser, changes her wish and sends it: what she changed is not lost (FORWARD-5)."""
        shop = ForwardedSale()
        token, hers = shop.forwarded_coat(), Client()
        with set_to(NOW):
            first = hers.post(f"/f/{token}/", wish_for(shop))
            second = hers.post(f"/f/{token}/", wish_for(shop, units="1", note="改成一件"))
        assert first["Location"] != second["Location"]
        stored = Wish.objects.order_by("pk").values_list("units", "note")
        assert list(stored) == [(2, "周末前要"), (1, "改成一件")]

    def test_eleventh_wish_of_a_visitor_in_an_hour_is_refused_with_the_time_of_the_next(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        hers = Client()
        with set_to(NOW):
            hers.post(f"/f/{token}/", wish_for(shop))
            wish = Wish.objects.get()
            for number in range(9):
                wish.pk, wish.key, wish.network = None, f"copy {number}", ""
                wish.save()
            refused = hers.post(f"/f/{token}/", wish_for(shop, key="k10"))
        assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
        assert "请在 2026-11-22 13:00 以后再试" in refused.content.decode()
        assert Wish.objects.count() == 10

    def test_customers_behind_one_address_do_not_block_each_other(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        with set_to(NOW):
            codes = {Client().post(f"/f/{token}/", wish_for(shop, key=f"k{n}")).status_code for n in range(11)}
        assert codes == {302}
        kept = list(Wish.objects.values_list("visitor", "network"))
        assert (len({visitor for visitor, _ in kept}), len({network for _, network in kept})) == (11, 1)
        assert not [each for pair in kept for each in pair if "127." in each or len(each) != 32]

    def test_visitor_without_a_cookie_is_limited_by_page_and_network(self, settings: Settings) -> None:
        settings.MAX_WISHES_PER_NETWORK_AND_HOUR = 2
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        with set_to(NOW):
            codes = [Client().post(f"/f/{token}/", wish_for(shop, key=f"k{n}")).status_code for n in range(3)]
        assert codes == [302, 302, 429]

    def test_wisher_cookie_is_set_by_a_wish_only_lasts_a_day_and_is_signed(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        hers = Client()
        with set_to(NOW):
            assert "wisher" not in hers.get(f"/f/{token}/").cookies
            assert "wisher" not in hers.post(f"/f/{token}/", wish_for(shop, name="")).cookies
            cookie = hers.post(f"/f/{token}/", wish_for(shop)).cookies["wisher"]
            assert (cookie["max-age"], cookie["path"], cookie["httponly"], cookie["samesite"]) == (
                86400,
                "/f/",
                True,
                "Lax",
            )
            assert "wisher" not in hers.post(f"/f/{token}/", wish_for(shop, key="again")).cookies
            hers.cookies["wisher"] = "made-up"
            assert "wisher" in hers.post(f"/f/{token}/", wish_for(shop, key="third")).cookies
        assert len({wish.visitor for wish in Wish.objects.all()}) == 2

    def test_wish_without_a_csrf_token_is_refused(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        with set_to(NOW):
            answer = Client(enforce_csrf_checks=True).post(f"/f/{token}/", wish_for(shop))
        assert answer.status_code == 403
        assert not Wish.objects.exists()


class TestHerPages:
    def test_price_styles_page_sets_prices_and_makes_text_link_and_qr(self) -> None:
        shop = ForwardedSale()
        client = signed_in(shop.daigou)
        prices = {f"price-{shop.coat}": "699", f"price-{shop.scarf}": ""}
        with set_to(NOW):
            answer = client.post(f"/shop/sales/{shop.sale_id}/forward/", prices, follow=True)
        source = answer.content.decode()
        token = Forward.objects.get().token
        text = html.unescape(re.search(r'<pre\s+id="share-text"[^>]*>(.*?)</pre>', source, re.DOTALL)[1])  # type: ignore[index]
        assert text == (
            f"羊毛大衣  ¥699.00\n尺码 M（黑）\n限时到 11-24 12:00\n点开看图、留言下单：http://testserver/f/{token}/"
        )
        assert f'data-copy="http://testserver/f/{token}/"' in source
        assert 'src="data:image/svg+xml' in source

    def test_share_text_is_english_for_an_english_reader(self) -> None:
        shop = ForwardedSale()
        shop.forwarded_coat()
        client = signed_in(shop.daigou)
        client.cookies["language"] = "en"
        with set_to(NOW):
            text = client.get(f"/shop/forwards/{Forward.objects.get().pk}/").context["text"]
        assert text.splitlines()[:3] == ["羊毛大衣  ¥699.00", "Sizes M (黑)", "Until 11-24 12:00"]

    def test_price_styles_page_shows_a_price_below_the_floor_as_a_fault_and_forwards_nothing(self) -> None:
        shop = ForwardedSale()
        client = signed_in(shop.daigou)
        prices = {f"price-{shop.coat}": "699", f"price-{shop.scarf}": "99.99"}
        with set_to(NOW):
            source = client.post(f"/shop/sales/{shop.sale_id}/forward/", prices).content.decode()
        assert "QH-88022 保留吊牌，品牌控价不低于 ¥100.00，不能标 ¥99.99" in source
        assert 'value="99.99"' in source
        assert not Forward.objects.exists()
        assert list(RetailPrice.objects.values_list("style_id", flat=True)) == [shop.coat]

    def test_price_styles_page_asks_to_confirm_a_price_below_cost(self) -> None:
        shop = ForwardedSale()
        client = signed_in(shop.daigou)
        address = f"/shop/sales/{shop.sale_id}/forward/"
        # The coat's label is cut: 200 less 2 %.
        prices = {f"price-{shop.coat}": "195.99", f"price-{shop.scarf}": "200"}
        with set_to(NOW):
            source = " ".join(client.post(address, prices).content.decode().split())
            assert "QH-88011 您的拿货价是 ¥196.00，标 ¥195.99 卖一件亏 ¥0.01。确定要亏本卖吗？" in source
            assert f'name="confirm-{shop.coat}" value="19599"' in source
            assert f'name="confirm-{shop.scarf}"' not in source
            assert list(RetailPrice.objects.values_list("style_id", "price_fen")) == [(shop.scarf, 200_00)]
            other = {f"price-{shop.coat}": "150", f"confirm-{shop.coat}": "19599"}
            client.post(address, prices | other)
            assert not RetailPrice.objects.filter(style=shop.coat).exists()
            client.post(address, prices | {f"confirm-{shop.coat}": "19599"})
        assert RetailPrice.objects.get(style=shop.coat).price_fen == 195_99
        assert Forward.objects.count() == 1

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
    def test_style_page_asks_to_confirm_a_price_below_cost(self, headers: dict[str, str]) -> None:
        shop = ForwardedSale()
        client = signed_in(shop.daigou)
        address = f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/retail-price/"
        with set_to(NOW):
            asked = client.post(address, {"retail_price": "50"}, follow=True, headers=headers).content.decode()
            assert "QH-88011 您的拿货价是 ¥196.00，标 ¥50.00 卖一件亏 ¥146.00。确定要亏本卖吗？" in asked
            assert "已保存" not in asked
            assert 'name="confirm" value="5000"' in asked
            assert not RetailPrice.objects.exists()
            client.post(address, {"retail_price": "49", "confirm": "5000"}, headers=headers)
            assert not RetailPrice.objects.exists()
            client.post(address, {"retail_price": "50", "confirm": "5000"}, headers=headers)
        assert RetailPrice.objects.get().price_fen == 50_00

    def test_api_asks_to_confirm_a_price_below_cost(self) -> None:
        shop = ForwardedSale()
        program = Caller(Person.objects.get(pk=shop.daigou.actor.own_id).login)
        path = f"sales/{shop.sale_id}/styles/{shop.coat}/retail-price"
        with set_to(NOW):
            refused = program.put(path, {"price": "195.99"})
            assert (refused.status_code, refused.json()["code"]) == (409, "forwarding.below_cost")
            assert refused.json()["fields"] == {
                "style_no": "QH-88011", "cost_fen": 196_00, "price_fen": 195_99, "loss_fen": 1,
            }  # fmt: skip
            assert not RetailPrice.objects.exists()
            assert program.put(path, {"price": "195.99", "below_cost_confirmed": True}).json()["price"] == "195.99"
            assert program.put(path, {"price": "196.00"}).json()["price"] == "196.00"
            floor = program.put(
                f"sales/{shop.sale_id}/styles/{shop.scarf}/retail-price",
                {"price": "99.99", "below_cost_confirmed": True},
            )
            assert floor.json()["code"] == "forwarding.below_floor"

    def test_set_retail_price_compares_with_the_cost_of_tier_and_instant(self) -> None:
        shop = ForwardedSale()
        Reseller.objects.filter(pk=shop.daigou.id).update(tier=5)
        shop.price(shop.scarf, 190_00)
        with pytest.raises(forwarding_prices.BelowCost) as asked:
            shop.price(shop.scarf, 189_99)
        assert (asked.value.cost_fen, asked.value.loss_fen) == (190_00, 1)

    def test_price_styles_page_removes_a_style_whose_price_is_emptied(self) -> None:
        shop = ForwardedSale()
        shop.price(shop.scarf, 299_00)
        shop.price(shop.coat, 699_00)
        token = shop.forward(None)
        prices = {f"price-{shop.coat}": "", f"price-{shop.scarf}": "299"}
        with set_to(NOW):
            signed_in(shop.daigou).post(f"/shop/sales/{shop.sale_id}/forward/", prices)
        assert [each.style_id for each in get_customer_page(token, at=NOW).view.styles] == [shop.scarf]

    def test_wish_leads_to_a_grab_for_a_recipient(self) -> None:
        shop = ForwardedSale()
        wish_id = shop.wish(shop.forwarded_coat(), units=2)
        item = item_of(shop.sale_id, shop.coat_sku)
        client = signed_in(shop.daigou)
        with set_to(NOW):
            page = client.get(f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/?item={item}&wish={wish_id}")
            assert (page.context["units"], page.context["wish"].id) == (2, wish_id)
            sent = {
                "sale": shop.sale_id, "style": shop.coat, "item": item, "units": 2, "key": "grab-1", "wish": wish_id,
                "recipient": shop.daigou.recipient_id, "version": page.context["wish_version"],
            }  # fmt: skip
            client.post("/shop/grab/", sent)
            again = client.get(f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/?item={item}&wish={wish_id}")
        wish = get_wish(shop.daigou.id, wish_id)
        assert (wish.state, wish.order_id) == (WishState.ORDERED, Order.objects.get().pk)
        assert again.context["wish"] is None

    def test_wish_of_another_reseller_is_neither_shown_nor_answered(self) -> None:
        shop = ForwardedSale()
        wish_id = shop.wish(shop.forwarded_coat())
        stranger = signed_in(shop.market.reseller())
        with set_to(NOW):
            page = stranger.get(f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/?wish={wish_id}")
            stranger.post(f"/shop/wishes/{wish_id}/answer/", {"answer": "declined"})
            forward = stranger.get(f"/shop/forwards/{Forward.objects.get().pk}/")
        assert page.context["wish"] is None
        assert forward.status_code == 404
        assert get_wish(shop.daigou.id, wish_id).state is WishState.NEW

    def test_stop_forward_and_decline_wish_by_page(self) -> None:
        shop = ForwardedSale()
        token = shop.forwarded_coat()
        wish_id = shop.wish(token)
        client = signed_in(shop.daigou)
        with set_to(NOW):
            client.post(f"/shop/wishes/{wish_id}/answer/", {"answer": "declined"})
            client.post(f"/shop/forwards/{Forward.objects.get().pk}/stop/")
            listed = client.get("/shop/forwards/").content.decode()
        assert get_wish(shop.daigou.id, wish_id).state is WishState.DECLINED
        assert get_customer_page(token, at=NOW).stopped
        assert "已收回" in listed


def test_api_of_forwarding_with_its_refusals() -> None:
    shop = ForwardedSale()
    client = signed_in(shop.daigou)

    def send(path: str, **body: Any) -> Any:
        return client.post(f"/api/v1/{path}", body, content_type="application/json")

    with set_to(NOW):
        first = send("forwards", sale_id=shop.sale_id, style_id=shop.coat)
        shop.price(shop.coat, 699_00)
        made = send("forwards", sale_id=shop.sale_id, style_id=shop.coat).json()
        wish_id = shop.wish(Forward.objects.get().token)
        order = shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku))
        ordered = send(f"wishes/{wish_id}/order", order_id=order.id).json()
        done = send(f"wishes/{wish_id}/done").json()
        declined = send(f"wishes/{wish_id}/decline")
        listed = client.get("/api/v1/wishes?state=done").json()
        stopped = send(f"forwards/{made['id']}/stop").json()
        cleared = client.delete(f"/api/v1/sales/{shop.sale_id}/styles/{shop.coat}/retail-price")
    assert (first.status_code, first.json()["code"]) == (409, "forwarding.retail_price_required")
    assert made["address"] == f"http://testserver/f/{Forward.objects.get().token}/"
    assert (ordered["state"], ordered["order_id"], done["state"]) == ("ordered", order.id, "done")
    assert (declined.status_code, declined.json()["code"]) == (409, "forwarding.wish_already_answered")
    assert [each["id"] for each in listed["items"]] == [wish_id]
    assert (stopped["is_open"], stopped["orders"]) == (False, 1)
    assert cleared.status_code == 204
    assert not RetailPrice.objects.exists()
