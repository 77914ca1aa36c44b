"""Channels, shares, the hint at repetitions, and what was not shared yet (FORWARD-21, FORWARD-22)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from forwarding.models import Forward, Share, ShareChannel, SharedStyle, ViewCount, Wish
from forwarding.rules.channels import MAX_OWN_CHANNELS, ShareKind
from forwarding.rules.pages import SelectedStyle
from forwarding.selectors.channels import get_repeated_share, list_channels, list_unshared_styles
from forwarding.selectors.forwards import NoSuchForward, get_customer_page, shown_styles
from forwarding.services import channels, forwards, storefronts
from forwarding.sql.shares import RepeatedShare
from integrity.selectors.checks import violations_of
from kernel.clock import set_to
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.test_pages import signed_in, wish_for
from tests.forwarding.test_selections import Selections
from web.pagination import InvalidCursor

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Sharing(Selections):
    """The sale of 青禾 forwarded as a whole, and the coat alone."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = get_customer_page(self.forward(None), at=NOW).forward_id
        self.alone = get_customer_page(self.forward(self.coat), at=NOW).forward_id

    def share(self, forward_id: int, channel: str = "g", *, at: timedelta = timedelta(0), kind: str = "text") -> None:
        channels.record_share(
            actor=self.daigou.actor, forward_id=forward_id, kind=ShareKind(kind), channel=channel, now=NOW + at
        )

    def repeated(self, forward_id: int, channel: str = "g", *, at: timedelta = HOUR) -> RepeatedShare | None:
        styles = shown_styles(self.daigou.id, forward_id, at=NOW + at)
        return get_repeated_share(self.daigou.id, forward_id=forward_id, styles=styles, channel=channel, at=NOW + at)

    def own(self, name: str) -> str:
        return channels.add_channel(actor=self.daigou.actor, name=name, now=NOW).code


class TestChannels:
    def test_own_channels_stand_behind_the_built_in_ones(self) -> None:
        shop = Sharing()
        code = shop.own(" 宝妈群 ")
        assert shop.own("宝妈群") == code
        assert [(each.name, each.own) for each in list_channels(shop.daigou.id)][-2:] == [
            ("其他地方", False), ("宝妈群", True),
        ]  # fmt: skip
        channels.remove_channel(actor=shop.daigou.actor, code=code, now=NOW)
        channels.remove_channel(actor=shop.daigou.actor, code=code, now=NOW + HOUR)
        assert ShareChannel.objects.get().removed_at == NOW
        assert not [each for each in list_channels(shop.daigou.id) if each.own]
        assert shop.own("宝妈群") != code

    @pytest.mark.parametrize("name", ["", "  ", "群" * 13, "群\u202e"])
    def test_add_channel_refuses_a_bad_name(self, name: str) -> None:
        shop = Sharing()
        with pytest.raises(channels.InvalidChannelName):
            shop.own(name)
        assert not ShareChannel.objects.exists()

    def test_add_channel_refuses_more_than_the_limit_and_strangers(self) -> None:
        shop = Sharing()
        codes = [shop.own(f"群 {number}") for number in range(MAX_OWN_CHANNELS)]
        with pytest.raises(channels.TooManyChannels):
            shop.own("多一个")
        with pytest.raises(channels.NoSuchChannel):
            channels.remove_channel(actor=shop.market.reseller().actor, code=codes[0], now=NOW)
        assert len(set(codes)) == MAX_OWN_CHANNELS == ShareChannel.objects.count()


class TestCounting:
    def test_views_and_wishes_carry_the_channel_of_the_address(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        shop = Sharing()
        code, stranger = shop.own("宝妈群"), shop.market.reseller()
        other = channels.add_channel(actor=stranger.actor, name="她的群", now=NOW).code
        for visitor, channel in (
            ("a", "g"),
            ("b", "g"),
            ("c", code),
            ("d", other),
            ("e", "zzz"),
            ("f", "<b>"),
            ("a", "m"),
        ):
            with django_assert_num_queries(1):
                forwards.count_view(forward_id=shop.alone, visitor=visitor, channel=channel, now=NOW)
        late = NOW.replace(hour=17)
        forwards.count_view(forward_id=shop.alone, visitor="h", channel="g", now=late)
        found = ViewCount.objects.order_by("date", "channel").values_list("date", "channel", "views")
        assert set(found) == {
            (date(2026, 11, 22), "", 3), (date(2026, 11, 22), "g", 2), (date(2026, 11, 22), code, 1), (date(2026, 11, 23), "g", 1),
        }  # fmt: skip
        assert Forward.objects.get(pk=shop.alone).views == 7
        assert violations_of("forwarding") == []

    def test_the_form_keeps_the_channel_from_style_to_style(self) -> None:
        shop = Sharing()
        token = Forward.objects.get(pk=shop.whole).token
        coat, scarf = item_of(shop.sale_id, shop.coat_sku), get_customer_page(token, at=NOW).view.styles
        other = next(each for each in scarf if each.style_id != shop.coat).items[0].item_id
        customer = Client()
        with set_to(NOW):
            listed = customer.get(f"/f/{token}/?c=m").content.decode()
            opened = customer.get(f"/f/{token}/?style={shop.coat}&c=m").content.decode()
            more = customer.post(f"/f/{token}/", {"style": shop.coat, f"units-{coat}": "1", "more": "1", "c": "m"})
            refused = customer.post(f"/f/{token}/", {"style": shop.coat, "name": "", "key": "1", "c": "m"})
            customer.post(
                f"/f/{token}/",
                {"style": shop.scarf, f"units-{coat}": "1", f"units-{other}": "1", "name": "王", "key": "1", "c": "m"},
            )
            first = Wish.objects.get().token
            customer.post(f"/f/w/{first}/")
            again = customer.get(f"/f/w/{first}/").content.decode()
            customer.post(f"/f/{token}/", wish_for(shop, key="2", c="nothing9"))
        assert f"?style={shop.coat}&amp;c=m" in listed
        assert f"&amp;c=m&amp;pick={coat}x1.{other}x1" in again
        assert 'name="c" value="m"' in opened
        assert more["Location"] == f"/f/{token}/?c=m&pick={coat}x1"
        assert 'name="c" value="m"' in refused.content.decode()
        assert list(Wish.objects.order_by("pk").values_list("channel", flat=True)) == ["m", ""]
        assert [(each.channel, each.views) for each in ViewCount.objects.all()] == [("m", 1)]


class TestShares:
    def test_share_is_recorded_with_its_styles_once_a_minute(self) -> None:
        shop = Sharing()
        shop.share(shop.whole)
        shop.share(shop.whole, at=timedelta(seconds=59))
        shop.share(shop.whole, "m")
        shop.share(shop.whole, at=timedelta(minutes=2))
        assert list(Share.objects.order_by("pk").values_list("kind", "channel")) == [
            ("text", "g"),
            ("text", "m"),
            ("text", "g"),
        ]
        first = Share.objects.earliest("pk")
        assert set(first.styles.values_list("sale_id", "style_id")) == {
            (shop.sale_id, shop.coat), (shop.sale_id, shop.scarf),
        }  # fmt: skip

    def test_share_of_a_selection_names_the_sale_of_each_style(self) -> None:
        shop = Sharing()
        shop.share(shop.select(shop.hat, shop.scarf), "")
        assert set(SharedStyle.objects.values_list("sale_id", "style_id")) == {
            (shop.hat_sale, shop.hat), (shop.sale_id, shop.scarf),
        }  # fmt: skip

    def test_record_share_refuses_what_is_not_hers(self) -> None:
        shop = Sharing()
        stranger = shop.market.reseller()
        with pytest.raises(channels.NoSuchChannel):
            shop.share(shop.whole, "zz")
        with pytest.raises(NoSuchForward):
            channels.record_share(actor=stranger.actor, forward_id=shop.whole, kind=ShareKind.TEXT, channel="", now=NOW)
        assert not Share.objects.exists()


class TestRepetition:
    def test_same_goods_to_the_same_channel_are_told_on_any_page(self) -> None:
        shop = Sharing()
        assert shop.repeated(shop.whole) is None
        shop.share(shop.whole)
        forwards.count_view(forward_id=shop.whole, visitor="a", channel="g", now=NOW)
        forwards.count_view(forward_id=shop.whole, visitor="b", channel="m", now=NOW)
        found = shop.repeated(shop.alone)
        assert found == RepeatedShare(shop.whole, False, NOW, shares=1, styles=1, views=1, wishes=0)
        assert shop.repeated(shop.alone, "m") is None
        assert shop.repeated(shop.select(shop.hat, shop.coat)) is not None
        shop.share(shop.alone, at=2 * HOUR)
        again = shop.repeated(shop.whole, at=3 * HOUR)
        assert again is not None
        assert (again.forward_id, again.shares, again.styles, again.views) == (shop.alone, 2, 2, 0)

    def test_what_she_takes_along_of_a_page_in_one_act_is_no_repetition(self) -> None:
        shop = Sharing()
        shop.share(shop.whole)
        shop.share(shop.whole, at=5 * MINUTE, kind="pack")
        assert shop.repeated(shop.whole, at=10 * MINUTE - SECOND) is None
        found = shop.repeated(shop.whole, at=10 * MINUTE)
        assert found is not None
        assert (found.shared_at, found.shares) == (NOW, 1)
        assert shop.repeated(shop.alone, at=MINUTE - SECOND) is None
        assert shop.repeated(shop.alone, at=MINUTE) is not None
        again = shop.repeated(shop.whole, at=15 * MINUTE)
        assert again is not None
        assert (again.shared_at, again.shares) == (NOW + 5 * MINUTE, 2)

    def test_hours_are_hers_or_those_of_ops(self, settings: Settings) -> None:
        shop = Sharing()
        shop.share(shop.alone)
        assert shop.repeated(shop.alone, at=11 * HOUR) is not None
        assert shop.repeated(shop.alone, at=12 * HOUR) is None
        settings.REPEATED_SHARE_HOURS = 20
        assert shop.repeated(shop.alone, at=12 * HOUR) is not None
        for hours, told in ((2, False), (13, True), (0, False)):
            channels.set_hint_hours(actor=shop.daigou.actor, hours=hours)
            assert (shop.repeated(shop.alone, at=12 * HOUR) is not None) == told
        for hours in (-1, 169):
            with pytest.raises(channels.InvalidHintHours):
                channels.set_hint_hours(actor=shop.daigou.actor, hours=hours)

    def test_storefront_is_compared_as_a_whole(self) -> None:
        shop = Sharing()
        page = storefronts.open_storefront(actor=shop.daigou.actor, now=NOW).forward_id
        shop.share(shop.whole)
        args: dict[str, Any] = {"forward_id": page, "styles": (), "channel": "g", "at": NOW + HOUR}
        assert get_repeated_share(shop.daigou.id, **args) is None
        shop.share(page)
        found = get_repeated_share(shop.daigou.id, **args)
        assert found is not None
        assert (found.is_storefront, found.styles) == (True, 0)

    def test_another_reseller_is_told_nothing(self) -> None:
        shop = Sharing()
        shop.share(shop.whole)
        styles = [SelectedStyle(shop.sale_id, shop.coat)]
        stranger = shop.market.reseller()
        assert get_repeated_share(stranger.id, forward_id=shop.whole, styles=styles, channel="g", at=NOW + HOUR) is None


def test_unshared_styles_are_those_that_no_share_named() -> None:
    shop = Sharing()
    me = shop.daigou.id
    assert [each.style_id for each in list_unshared_styles(me, at=NOW).items] == [shop.hat, shop.scarf, shop.coat]
    first = list_unshared_styles(me, at=NOW, limit=2)
    second = list_unshared_styles(me, at=NOW, limit=2, cursor=first.next_cursor or "")
    assert [each.style_id for each in second.items] == [shop.coat]
    shop.share(shop.alone)
    assert [each.style_id for each in list_unshared_styles(me, at=NOW).items] == [shop.hat, shop.scarf]
    shop.share(shop.whole)
    assert [each.style_id for each in list_unshared_styles(me, at=NOW).items] == [shop.hat]
    assert list_unshared_styles(me, at=NOW + 60 * HOUR).items == []
    with pytest.raises(InvalidCursor):
        list_unshared_styles(me, at=NOW, cursor="x")


class TestPages:
    def test_she_shares_to_a_channel_and_is_told_of_the_repetition(self) -> None:
        shop = Sharing()
        client = signed_in(shop.daigou)
        page = f"/shop/forwards/{shop.alone}/"
        with set_to(NOW):
            client.post("/shop/sharing/channel/", {"name": "宝妈群"})
            code = ShareChannel.objects.get().code
            chosen = client.get(f"{page}?channel={code}").content.decode()
            copied = client.post(f"{page}share/", {"kind": "text", "channel": code})
            code_png = client.post(f"{page}share/", {"kind": "qr", "channel": code})
            png = client.get(code_png["Location"])
            card = client.post(f"{page}share/", {"kind": "card", "channel": code})
            zipped = client.post(f"{page}share/", {"kind": "pack", "pack": "7", "channel": ""})
            refused = client.post(f"{page}share/", {"kind": "text", "channel": "zz"})
        with set_to(NOW + HOUR):
            again = client.get(f"{page}?channel={code}").content.decode()
            elsewhere = client.get(f"{page}?channel=m").content.decode()
        token = Forward.objects.get(pk=shop.alone).token
        assert f"http://testserver/f/{token}/?c={code}" in chosen
        assert 'id="repeated"' not in chosen
        assert (copied.status_code, png["Content-Type"]) == (204, "image/png")
        assert card["Location"] == f"/f/{token}/?c={code}"
        assert zipped["Location"] == f"{page}pack/7/pack.zip"
        assert refused["Location"] == page
        assert Share.objects.count() == 4
        assert "「宝妈群」" in again[again.index('id="repeated"') :]
        assert 'id="repeated"' not in elsewhere

    def test_she_looks_at_the_effect_by_channel_day_and_page(self) -> None:
        shop = Sharing()
        client = signed_in(shop.daigou)
        token = Forward.objects.get(pk=shop.alone).token
        with set_to(NOW):
            Client().get(f"/f/{token}/?c=m")
            pages = [client.get(f"/shop/sharing/?by={by}").content.decode() for by in ("channel", "day", "forward")]
            bad = client.get("/shop/sharing/?by=week")
            unshared = client.get("/shop/sharing/unshared/").content.decode()
            client.post("/shop/sharing/hint/", {"hours": "5"})
            client.post("/shop/sharing/hint/", {"hours": "many"})
            settings = client.get("/shop/sharing/").content.decode()
            file = client.get("/api/v1/sharing/export?format=csv&by=channel")
        assert "朋友圈" in pages[0]
        assert "2026-11-22" in pages[1]
        assert "<svg" in pages[2]
        assert bad.status_code == 422
        assert f'value="{shop.hat_sale}-{shop.hat}"' in unshared
        assert 'name="hours" min="0" max="168" value="5"' in settings
        assert "朋友圈" in b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    def test_storefront_is_shared_with_its_channel(self) -> None:
        shop = Sharing()
        client = signed_in(shop.daigou)
        with set_to(NOW):
            client.post("/shop/storefront/open/")
            token = Forward.objects.get(sale=None).token
            page = client.get("/shop/storefront/?channel=g").content.decode()
            shared = client.post("/shop/storefront/share/", {"kind": "card", "channel": "g"})
            Client().get(f"/s/{token}/?c=g")
        assert f"/s/{token}/?c=g" in page
        assert shared["Location"] == f"/s/{token}/?c=g"
        assert Share.objects.get().styles.count() == 0
        assert ViewCount.objects.get().channel == "g"

    def test_api_of_sharing_with_its_refusals(self) -> None:
        shop = Sharing()
        client = signed_in(shop.daigou)

        def send(path: str, **body: Any) -> Any:
            return client.post(f"/api/v1/sharing/{path}", body, content_type="application/json")

        with set_to(NOW):
            added = send("channels", name="宝妈群").json()
            refused = send("channels", name="群" * 20)
            shared = send("shares", forward_id=shop.alone, kind="text", channel=added["code"])
            unknown = send("shares", forward_id=shop.alone, kind="text", channel="zz")
            none = send("shares", kind="link")
        with set_to(NOW + 10 * MINUTE):
            repeated = client.get(f"/api/v1/sharing/repeated?forward_id={shop.alone}&channel={added['code']}").json()
            hint = client.put("/api/v1/sharing/hint", {"hours": 3}, content_type="application/json").json()
            unshared = client.get("/api/v1/sharing/unshared?limit=1").json()
            funnel = client.get(f"/api/v1/sharing?span=day&forward_id={shop.alone}").json()
            listed = client.get("/api/v1/sharing/channels").json()
            left = client.delete(f"/api/v1/sharing/channels/{added['code']}").json()
        assert (refused.status_code, refused.json()["code"]) == (422, "forwarding.invalid_channel_name")
        assert shared.status_code == 204
        assert (unknown.status_code, unknown.json()["code"]) == (404, "forwarding.no_such_channel")
        assert (none.status_code, none.json()["code"]) == (404, "forwarding.no_such_storefront")
        assert (repeated["hours"], repeated["repeated"]["styles"]) == (12, 1)
        assert hint["hours"] == 3
        assert len(unshared["items"]) == 1
        assert funnel["total"]["views"] == 0
        assert (len(listed), len(left)) == (6, 5)
