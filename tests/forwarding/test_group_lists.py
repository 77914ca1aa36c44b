"""A pasted group list becomes wishes after a preview; what was not understood is returned (FORWARD-11)."""

import pytest
from django.test import Client

from accounts.models import Person
from flashsales.services.ending import end_early
from forwarding.models import Forward, RetailPrice, Wish, WishLine
from forwarding.rules.funnel import FunnelSpan
from forwarding.selectors.forwards import NoSuchForward
from forwarding.selectors.funnel import get_funnel
from forwarding.selectors.wish_desk import list_desk_wishes
from forwarding.services import group_lists
from forwarding.services.forwards import stop_forward
from forwarding.services.group_lists import GroupListView, GroupWishesView
from forwarding.services.wish_orders import WishChoice, order_wishes
from forwarding.services.wishes import PageClosed, recipient_of_wish
from kernel.clock import set_to
from kernel.period import SHANGHAI
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db

LIST = """#接龙
1. 1号 2件 王芳 13912345678 浙江省杭州市西湖区文三路 1 号
2. 9号 1件 李雷 13900000000 上海市徐汇区漕溪北路 1 号
3. 2号 赵六 13700137000
"""


class GroupShop(ForwardedSale):
    """A forward of the whole sale: the coat is number 1 because it was priced first, the scarf number 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.price(self.coat, 699_00)
        self.price(self.scarf, 299_00)
        self.forward(None)
        self.forward_id = Forward.objects.get().pk

    def preview(self, text: str = LIST) -> GroupListView:
        return group_lists.preview_group_list(actor=self.daigou.actor, forward_id=self.forward_id, text=text, now=NOW)

    def create(self, text: str = LIST, *, version: str = "", key: str = "k") -> GroupWishesView:
        return group_lists.create_group_wishes(
            actor=self.daigou.actor,
            forward_id=self.forward_id,
            text=text,
            version=version or self.preview(text).version,
            key=key,
            now=NOW,
        )


def test_preview_group_list_says_what_was_understood_and_stores_nothing() -> None:
    shop = GroupShop()
    found = shop.preview()
    assert (found.heading, found.ready_count) == (["#接龙"], 2)
    first, second, third = found.entries
    [line] = first.lines
    assert (line.style_name, line.size, line.units, line.item_id) == (
        "羊毛大衣", "M", 2, item_of(shop.sale_id, shop.coat_sku),
    )  # fmt: skip
    assert (first.recipient.name, first.unsure) == ("王芳", [])
    assert [(each.fault, each.fault_zh) for each in second.lines] == [("no_such_number", "页面上没有 9 号货")]
    assert (third.lines[0].units_assumed, third.unsure) == (True, ["address"])
    assert not Wish.objects.exists()


def test_create_group_wishes_keeps_what_was_not_understood() -> None:
    shop = GroupShop()
    made = shop.create()
    assert [(wish.name, wish.units, wish.phone) for wish in made.wishes] == [
        ("王芳", 2, "13912345678"),
        ("赵六", 1, "13700137000"),
    ]
    assert made.remaining_text == "2. 9号 1件 李雷 13900000000 上海市徐汇区漕溪北路 1 号"
    desk = list_desk_wishes(shop.daigou.id, 0, at=NOW).items
    assert [(row.recipient.name, row.can_be_ordered) for row in desk] == [("王芳", True), ("赵六", False)]
    assert {wish.token for wish in made.wishes}.isdisjoint({""})
    corrected = shop.create(made.remaining_text.replace("9号", "2号"), key="k2")
    assert [wish.name for wish in corrected.wishes] == ["李雷"]
    assert (corrected.remaining, Wish.objects.count(), WishLine.objects.count()) == ([], 3, 3)


def test_entry_without_a_name_waits_for_one_and_a_nickname_names_the_wish() -> None:
    """The made-up name of a wish is nobody to send a parcel to (FORWARD-8)."""
    shop = GroupShop()
    shop.create(
        "1. 1号 13912345678 浙江省杭州市西湖区文三路 1 号\n2. 小雨🌸 1号 王芳 13900000000 浙江省杭州市西湖区文三路 1 号"
    )
    unnamed, named = list_desk_wishes(shop.daigou.id, 0, at=NOW).items
    assert (unnamed.wish.name, unnamed.recipient.name, unnamed.recipient.unsure) == ("接龙 1", "", ["name"])
    assert recipient_of_wish(unnamed.wish).name == ""
    assert (named.wish.name, named.recipient.name, named.can_be_ordered) == ("小雨🌸", "王芳", True)
    refused = order_wishes(
        actor=shop.daigou.actor,
        choices=[WishChoice(unnamed.wish.id, unnamed.version, unnamed.prices_fen)],
        key="k",
        now=NOW,
    )
    assert (refused.order, [each.refusal.code for each in refused.wishes if each.refusal]) == (
        None,
        ["forwarding.wish_unsure"],
    )


def test_count_of_wishes_that_can_be_ordered_follows_a_correction() -> None:
    shop = GroupShop()
    shop.create("1. 1号 13912345678 浙江省杭州市西湖区文三路 1 号")
    client = Client()
    client.force_login(Person.objects.get(pk=shop.daigou.actor.own_id))
    with set_to(NOW):
        before = client.post("/shop/wishes/ticked/").content.decode()
        client.post(
            f"/shop/wishes/{Wish.objects.get().pk}/",
            {
                "name": "王芳", "phone": "13912345678", "address": "浙江省杭州市西湖区文三路 1 号",
                f"units-{item_of(shop.sale_id, shop.coat_sku)}": "1",
            },
        )  # fmt: skip
        after = client.post("/shop/wishes/ticked/").content.decode()
    assert ("1 条，0 条可以下单" in before, "1 条，1 条可以下单" in after) == (True, True)
    assert 'hx-swap-oob="true"' in after


def test_create_group_wishes_with_the_same_key_creates_them_once() -> None:
    shop = GroupShop()
    assert shop.create() == shop.create()
    assert Wish.objects.count() == 2


def test_create_group_wishes_after_the_numbers_changed_is_refused() -> None:
    shop = GroupShop()
    version = shop.preview().version
    RetailPrice.objects.filter(style_id=shop.coat).delete()
    with pytest.raises(group_lists.GoodsRenumbered):
        shop.create(version=version)
    assert not Wish.objects.exists()


def test_group_list_is_refused_without_text_for_others_and_after_the_sale() -> None:
    shop = GroupShop()
    stranger = shop.market.reseller()
    with pytest.raises(group_lists.InvalidGroupList):
        shop.preview(" \n")
    with pytest.raises(group_lists.InvalidGroupList):
        shop.preview("\n".join(f"{n}. 1号 王芳" for n in range(1, 202)))
    with pytest.raises(NoSuchForward):
        group_lists.preview_group_list(actor=stranger.actor, forward_id=shop.forward_id, text=LIST, now=NOW)
    stop_forward(actor=shop.daigou.actor, forward_id=shop.forward_id, now=NOW)
    assert shop.preview().ready_count == 2
    end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
    with pytest.raises(PageClosed):
        group_lists.preview_group_list(actor=shop.daigou.actor, forward_id=shop.forward_id, text=LIST, now=NOW + HOUR)


def test_wishes_of_a_group_list_do_not_count_against_the_customers_of_the_page() -> None:
    shop = GroupShop()
    shop.create("\n".join(f"{n}. 1号 顾客 1390000{n:04d} 上海市徐汇区漕溪北路 {n} 号" for n in range(1, 101)))
    assert Wish.objects.count() == 100
    shop.wish(Forward.objects.get().token)
    assert Wish.objects.count() == 101


def test_wishes_of_a_group_list_count_under_a_channel_of_their_own_that_no_address_can_name() -> None:
    shop = GroupShop()
    found = shop.create()
    assert set(Wish.objects.values_list("channel", flat=True)) == {"list"}
    token = Forward.objects.get().token
    visitors = shop.wish(token, key="by hand")
    with set_to(NOW):
        Client().get(f"/f/{token}/?c=list")
    today = NOW.astimezone(SHANGHAI).date()
    funnel = get_funnel(shop.daigou.id, span=FunnelSpan.CHANNEL, first_date=today, last_date=today)
    counted = {(row.key, row.name): (row.wishes, row.views) for row in funnel.rows}
    assert counted == {("list", "接龙"): (len(found.wishes), 0), ("", "没分渠道"): (1, 1)}
    assert Wish.objects.get(pk=visitors).channel == ""
