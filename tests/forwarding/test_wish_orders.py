"""Many wishes become one order: all of them once, the rest named with its reason (FORWARD-8, FORWARD-9)."""

from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from flashsales.models import SaleItem
from forwarding.models import RetailPrice, Wish, WishLine
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors.wish_desk import DeskWishView, get_desk_wish, list_desk_wishes
from forwarding.selectors.wishes import NoSuchWish, count_new_wishes, get_next_wish, get_wish
from forwarding.services import wish_orders, wishes
from forwarding.services.wish_orders import WishChoice, WishOrderView
from inventory.models import Style
from kernel.clock import set_to
from kernel.money import display_yuan
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.rules.states import OrderState
from orders.services.grab import cancel_unpaid
from orders.services.placing import OrderKeyConflict
from orders.services.recipients import InvalidRecipient, RecipientFields
from tests.builders import HOUR, NOW, item_of, units_of
from tests.built_once import built_once_class
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.pages.markup import read

pytestmark = pytest.mark.django_db

ADDRESS = "{name} 139{n:08d} 浙江省杭州市西湖区文三路 {n} 号"
COAT_FEN = 196_00


@built_once_class
@dataclass
class Desk:
    """A reseller with a forward of a coat of which five are left, and wishes for it."""

    shop: ForwardedSale = field(default_factory=ForwardedSale)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.token = self.shop.forwarded_coat()

    def wish(self, number: int, *, units: int = 1, address: str | None = None) -> int:
        text = (
            ADDRESS.format(name=f"顾客{'一二三四五六七八九十'[number % 10]}", n=number) if address is None else address
        )
        return self.shop.wish(self.token, key=f"k{number}", visitor=f"v{number}", units=units, address=text, note="")

    def rows(self) -> list[DeskWishView]:
        return list_desk_wishes(self.shop.daigou.id, 0, at=NOW).items

    def choices(self, *wish_ids: int) -> list[WishChoice]:
        return [
            WishChoice(row.wish.id, row.version, row.prices_fen)
            for row in self.rows()
            if not wish_ids or row.wish.id in wish_ids
        ]

    def order(self, choices: list[WishChoice], *, key: str = "once", pay: bool = True) -> WishOrderView:
        place = wish_orders.order_and_pay_wishes if pay else wish_orders.order_wishes
        return place(actor=self.shop.daigou.actor, choices=choices, key=key, now=NOW)

    @property
    def item_id(self) -> int:
        return item_of(self.shop.sale_id, self.shop.coat_sku)


def codes(result: WishOrderView) -> list[str]:
    return ["" if each.refusal is None else each.refusal.code for each in result.wishes]


class TestDesk:
    def test_list_desk_wishes_reads_recipients_and_prices(self) -> None:
        desk = Desk()
        desk.wish(1, units=2)
        [row] = desk.rows()
        assert (row.recipient.name, row.recipient.phone, row.recipient.address, row.recipient.county) == (
            "顾客二", "13900000001", "浙江省杭州市西湖区文三路 1 号", "西湖区",
        )  # fmt: skip
        assert (row.recipient.unsure, row.recipient.is_known, row.can_be_ordered) == ([], False, True)
        [line] = row.lines
        assert (line.price_fen, line.retail_fen, line.left, line.shortfall) == (COAT_FEN, 699_00, 2, None)
        assert row.total_fen == 2 * COAT_FEN

    @pytest.mark.parametrize(
        ("address", "unsure"),
        [
            ("", ["address"]),
            ("王芳 13912345678", ["address"]),
            ("王芳 13800138000 浙江省文三路 1 号", ["address"]),
            ("张三 李四 13800138000 北京朝阳区三里屯路 3 号", ["address"]),
            ("王芳 13800138000 13912345678 上海市徐汇区漕溪北路 1 号", ["phone"]),
            ("王芳 13800138000 上海市徐汇区漕溪北路 1 号 502 室 周末前要", ["address"]),
        ],
    )
    def test_recipient_that_is_unsure_cannot_be_ordered_before_it_is_corrected(
        self, address: str, unsure: list[str]
    ) -> None:
        desk = Desk()
        wish_id = desk.wish(1, address=address)
        [row] = desk.rows()
        assert (row.recipient.unsure, row.can_be_ordered) == (unsure, False)
        result = desk.order(desk.choices())
        assert (result.order, codes(result)) == (None, ["forwarding.wish_unsure"])
        assert not Order.objects.exists()
        wish_orders.correct_wish(
            actor=desk.shop.daigou.actor,
            wish_id=wish_id,
            recipient=RecipientFields("王芳", "13912345678", "北京市朝阳区三里屯路 3 号"),
            now=NOW,
        )
        assert Recipient.objects.filter(name="王芳").count() == 0
        assert desk.rows()[0].wish.refusal is None
        assert codes(desk.order(desk.choices(), key="again")) == [""]
        assert OrderLine.objects.get().recipient.address == "北京市朝阳区三里屯路 3 号"

    def test_the_desk_shows_what_the_customer_saw_beside_what_she_pays_and_earns(self) -> None:
        desk = Desk()
        desk.wish(1, units=2)
        [line] = desk.rows()[0].lines
        profit_fen = 2 * (699_00 - COAT_FEN)
        assert (line.retail_now_fen, line.profit_fen, line.is_other_price_now) == (699_00, profit_fen, False)
        client = Client()
        client.force_login(Person.objects.get(pk=desk.shop.daigou.actor.own_id))
        with set_to(NOW):
            page = " ".join(read(client.get("/shop/wishes/").content.decode()).text.split())
            saw = f"客人看到的 ¥699.00 · 拿货价 {display_yuan(COAT_FEN)} · 赚 {display_yuan(profit_fen)}"
            assert saw in page
            assert "您现在卖" not in page
            RetailPrice.objects.update(price_fen=729_00)
            [line] = desk.rows()[0].lines
            assert (line.retail_fen, line.retail_now_fen, line.profit_fen) == (699_00, 729_00, profit_fen)
            assert "（您现在卖 ¥729.00）" in client.get("/shop/wishes/").content.decode()

    def test_list_desk_wishes_takes_four_statements_more_for_any_number(
        self, django_assert_num_queries: pytest.FixtureRequest
    ) -> None:
        desk = Desk()
        for number in range(1, 4):
            desk.wish(number)
        with django_assert_num_queries(6):  # type: ignore[operator]
            assert len(desk.rows()) == 3
        for number in range(4, 9):
            desk.wish(number)
        with django_assert_num_queries(6):  # type: ignore[operator]
            assert len(desk.rows()) == 8


class TestOrderWishes:
    def test_order_wishes_makes_one_order_one_payment_and_the_recipients(self) -> None:
        desk = Desk()
        ids = [desk.wish(number) for number in (1, 2, 3)]
        result = desk.order(desk.choices())
        assert result.order is not None
        assert (result.order.state, result.order.total_fen, codes(result)) == (
            OrderState.PAID,
            3 * COAT_FEN,
            ["", "", ""],
        )
        assert Order.objects.count() == 1
        assert Recipient.objects.filter(reseller_id=desk.shop.daigou.id).count() == 4
        assert [line.recipient.name for line in result.order.lines] == ["顾客二", "顾客三", "顾客四"]
        assert list(OrderLine.objects.order_by("pk").values_list("source", flat=True)) == [
            f"wish:{each}" for each in ids
        ]
        assert set(Wish.objects.values_list("state", "order_id")) == {("ordered", result.order.id)}
        linked = WishLine.objects.order_by("pk").values_list("order_line__recipient__name", flat=True)
        assert list(linked) == ["顾客二", "顾客三", "顾客四"]
        assert (units_of(desk.item_id), desk.rows()) == ((5, 2, 0, 3), [])

    def test_order_wishes_takes_as_many_statements_for_four_as_for_one(self) -> None:
        desk = Desk()
        first = desk.wish(1)
        for number in range(2, 6):
            desk.wish(number)
        counts = []
        for choices in (desk.choices(first), desk.choices()[1:]):
            with CaptureQueriesContext(connection) as queries:
                result = desk.order(choices, key=f"{len(choices)} wishes", pay=False)
            assert result.ordered_count == len(choices)
            counts.append(len(queries))
        assert counts[1] == counts[0] <= 60

    def test_order_wishes_beyond_the_credit_names_what_the_wishes_before_it_cost(self) -> None:
        desk = Desk()
        market = desk.shop.market
        dear = market.sku(units=1, tag_price_fen=5000_00, base_price_fen=1500_00)
        desk.shop.daigou.grab(item_of(market.sale(dear), dear))
        for number in (1, 2):
            desk.wish(number, units=2)
        result = desk.order(desk.choices(), pay=False)
        assert codes(result) == ["", "orders.unpaid_limit_exceeded"]
        refusal = result.wishes[1].refusal
        assert refusal is not None
        assert "已有 ¥1,500.00 未付，这一单 ¥784.00" in refusal.zh
        assert units_of(desk.item_id) == (5, 3, 2, 0)

    def test_order_wishes_with_the_same_key_orders_and_pays_once(self) -> None:
        desk = Desk()
        for number in (1, 2):
            desk.wish(number)
        choices = desk.choices()
        first, second = desk.order(choices), desk.order(choices)
        assert first == second
        assert units_of(desk.item_id) == (5, 3, 0, 2)
        with pytest.raises(OrderKeyConflict):
            desk.order(choices[:1])
        assert Order.objects.count() == 1

    def test_wish_that_is_sold_out_stays_with_its_reason_and_leaves_its_units_to_others(self) -> None:
        desk = Desk()
        ids = [desk.wish(1, units=4), desk.wish(2, units=2), desk.wish(3)]
        result = desk.order(desk.choices())
        assert [each.ordered for each in result.wishes] == [True, False, True]
        assert codes(result) == ["", "flashsales.sold_out", ""]
        assert Recipient.objects.filter(name="顾客三").count() == 0
        [row] = desk.rows()
        assert (row.wish.id, row.lines[0].left, row.lines[0].shortfall) == (ids[1], 0, "sold_out")
        assert row.wish.refusal is not None
        assert row.wish.refusal.code == "flashsales.sold_out"
        assert units_of(desk.item_id) == (5, 0, 0, 5)

    def test_wish_at_another_price_is_not_ordered_and_names_both_prices(self) -> None:
        desk = Desk()
        desk.wish(1)
        [choice] = desk.choices()
        result = desk.order([WishChoice(choice.wish_id, choice.version, [COAT_FEN - 1])])
        assert codes(result) == ["orders.price_changed"]
        refusal = result.wishes[0].refusal
        assert refusal is not None
        assert "¥195.99" in refusal.zh
        assert "¥196.00" in refusal.zh
        assert not Order.objects.exists()
        assert units_of(desk.item_id) == (5, 5, 0, 0)

    def test_wish_that_was_corrected_or_withdrawn_meanwhile_is_not_ordered(self) -> None:
        desk = Desk()
        changed, withdrawn, kept = (desk.wish(number) for number in (1, 2, 3))
        choices = desk.choices()
        wish_orders.correct_wish(
            actor=desk.shop.daigou.actor, wish_id=changed, lines=[PickedUnits(desk.item_id, 3)], now=NOW
        )
        wishes.withdraw_wish(token=get_wish(desk.shop.daigou.id, withdrawn).token, now=NOW)
        result = desk.order(choices)
        assert codes(result) == ["forwarding.wish_changed", "forwarding.wish_withdrawn", ""]
        assert get_wish(desk.shop.daigou.id, withdrawn).state is WishState.WITHDRAWN
        assert get_wish(desk.shop.daigou.id, kept).state is WishState.ORDERED
        assert units_of(desk.item_id) == (5, 4, 0, 1)
        assert desk.order(choices) == result

    def test_two_wishes_of_one_customer_for_one_item_are_one_line(self) -> None:
        desk = Desk()
        text = ADDRESS.format(name="王芳", n=1)
        ids = [desk.wish(1, address=text, units=2), desk.wish(2, address=text)]
        text = ADDRESS.format(name="王芳", n=1)
        Wish.objects.update(phone="")
        result = desk.order(desk.choices())
        assert result.order is not None
        [line] = result.order.lines
        assert (line.units, OrderLine.objects.get().source) == (3, f"wish:{ids[0]},wish:{ids[1]}")
        assert set(WishLine.objects.values_list("order_line_id", flat=True)) == {line.id}

    def test_order_beyond_the_wallet_stays_unpaid_and_says_why(self) -> None:
        desk = Desk()
        poor = desk.shop.market.reseller()
        desk.shop.daigou = poor
        RetailPrice.objects.update(reseller_id=poor.id)
        desk.token = desk.shop.forward(desk.shop.coat)
        desk.wish(1)
        result = desk.order(desk.choices())
        assert result.order is not None
        assert (result.order.state, codes(result)) == (OrderState.UNPAID, [""])
        assert result.payment_refusal is not None
        assert result.payment_refusal.code == "ledger.insufficient_balance"

    def test_wish_whose_order_ended_unpaid_is_open_again(self) -> None:
        desk = Desk()
        wish_id = desk.wish(1)
        first = desk.order(desk.choices(), pay=False)
        assert first.order is not None
        assert (desk.rows(), count_new_wishes(desk.shop.daigou.id, at=NOW)) == ([], 0)
        cancel_unpaid(actor=desk.shop.daigou.actor, order_id=first.order.id, now=NOW + HOUR / 60)
        assert [row.wish.id for row in desk.rows()] == [wish_id]
        second = desk.order(desk.choices(), key="second")
        assert second.order is not None
        assert get_wish(desk.shop.daigou.id, wish_id).order_id == second.order.id

    def test_order_wishes_of_somebody_else_is_refused(self) -> None:
        desk = Desk()
        wish_id = desk.wish(1)
        stranger = desk.shop.market.reseller(wallet_fen=1000_00)
        [choice] = desk.choices()
        with pytest.raises(NoSuchWish):
            wish_orders.order_wishes(actor=stranger.actor, choices=[choice], key="k", now=NOW)
        with pytest.raises(NoSuchWish):
            wish_orders.correct_wish(actor=stranger.actor, wish_id=wish_id, lines=[], now=NOW)
        with pytest.raises(wish_orders.InvalidWishOrder):
            desk.order([choice, choice])
        assert not Order.objects.exists()

    def test_next_wish_is_the_oldest_open_one_after_an_order_of_wishes(self) -> None:
        desk = Desk()
        first, second = desk.wish(1), desk.wish(2)
        result = desk.order(desk.choices(first))
        assert result.order is not None
        after = get_next_wish(desk.shop.daigou.id, after_order_id=result.order.id, at=NOW)
        assert after is not None
        assert after.id == second
        other = desk.shop.daigou.grab(desk.item_id)
        assert get_next_wish(desk.shop.daigou.id, after_order_id=other.id, at=NOW) is None


class TestCorrectWish:
    def test_correct_wish_refuses_a_recipient_that_cannot_be_one(self) -> None:
        desk = Desk()
        wish_id = desk.wish(1)
        with pytest.raises(InvalidRecipient) as caught:
            wish_orders.correct_wish(
                actor=desk.shop.daigou.actor, wish_id=wish_id, recipient=RecipientFields("王芳", "139", "无"), now=NOW
            )
        assert caught.value.faulty == ["phone", "address"]
        assert get_desk_wish(desk.shop.daigou.id, 0, wish_id, at=NOW).recipient.name == "顾客二"

    def test_correct_wish_replaces_lines_by_items_of_the_page_only(self) -> None:
        desk = Desk()
        wish_id = desk.wish(1)
        other = SaleItem.objects.exclude(pk=desk.item_id).get().pk
        for lines in ([PickedUnits(other, 1)], [PickedUnits(desk.item_id, 0)], []):
            with pytest.raises(wishes.ItemNotOffered):
                wish_orders.correct_wish(actor=desk.shop.daigou.actor, wish_id=wish_id, lines=lines, now=NOW)
        assert [line.units for line in get_wish(desk.shop.daigou.id, wish_id).lines] == [1]
        corrected = wish_orders.correct_wish(
            actor=desk.shop.daigou.actor, wish_id=wish_id, lines=[PickedUnits(desk.item_id, 4)], now=NOW
        )
        assert [(line.item_id, line.units) for line in corrected.lines] == [(desk.item_id, 4)]

    def test_correct_wish_keeps_what_the_customer_saw_of_the_goods_that_it_had(self) -> None:
        """FORWARD-9: only added goods take the price of today."""
        desk = Desk()
        desk.shop.price(desk.shop.scarf, 299_00)
        token = desk.shop.forward(None)
        wish_id = desk.shop.wish(token, key="both")
        desk.shop.price(desk.shop.coat, 799_00)
        desk.shop.price(desk.shop.scarf, 399_00)
        Style.objects.filter(pk=desk.shop.coat).update(name="大衣")
        before = WishLine.objects.get(wish=wish_id)
        Wish.objects.update(is_waiting=True)
        WishLine.objects.update(is_awaited=True)
        scarf_id = SaleItem.objects.exclude(pk=desk.item_id).get().pk
        lines = [PickedUnits(desk.item_id, 2), PickedUnits(scarf_id, 1)]
        wish_orders.correct_wish(actor=desk.shop.daigou.actor, wish_id=wish_id, lines=lines, now=NOW)
        kept, added = WishLine.objects.filter(wish=wish_id).order_by("pk")
        assert (kept.units, kept.retail_fen, kept.shown_name, kept.is_awaited) == (2, 699_00, before.shown_name, True)
        assert (added.units, added.retail_fen, added.is_awaited) == (1, 399_00, False)

    def test_correct_wish_that_is_ordered_is_refused(self) -> None:
        desk = Desk()
        wish_id = desk.wish(1)
        desk.order(desk.choices())
        with pytest.raises(wishes.WishAlreadyAnswered):
            wish_orders.correct_wish(
                actor=desk.shop.daigou.actor, wish_id=wish_id, lines=[PickedUnits(desk.item_id, 2)], now=NOW
            )


def test_wish_of_the_release_before_lines_existed_is_shown_and_ordered() -> None:
    desk = Desk()
    wish_id = desk.wish(1, units=2)
    WishLine.objects.all().delete()
    assert [(line.item_id, line.units) for line in get_wish(desk.shop.daigou.id, wish_id).lines] == [(desk.item_id, 2)]
    result = desk.order(desk.choices())
    assert codes(result) == [""]
    assert (WishLine.objects.get().units, units_of(desk.item_id)) == (2, (5, 3, 0, 2))
