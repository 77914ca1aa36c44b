"""What customers and resellers do on forwarded pages: price, forward, wish, correct, order, withdraw, answer."""

from flashsales.models import SaleItem
from forwarding.models import Forward, RetailPrice, Wish
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors.wish_desk import list_desk_wishes
from forwarding.services import forwards, prices, wish_orders, wishes
from forwarding.services.wish_orders import WishChoice
from membership.selectors.people import require_buyer
from orders.models.orders import Order
from orders.services.recipients import RecipientFields
from tests.journeys.random_play.player import Call, Player, WeightedActs

WRITTEN = (
    "王芳 13912345678 浙江省杭州市西湖区文三路 1 号",
    "江苏省南京市鼓楼区中山路 3 号 李敏 13812345678",
    "张静 13712345678",
)


def _live_item(player: Player) -> SaleItem:
    item: SaleItem = player.row(player.live_items())
    return item


def set_price(player: Player) -> Call:
    item = _live_item(player)
    arguments = {"sale_id": item.sale_id, "style_id": item.style_id, "price_fen": player.dice.randint(90_00, 600_00)}
    return Call(
        prices.set_retail_price,
        {"actor": player.pick(player.world.resellers).actor, **arguments, "below_cost_confirmed": player.chance(0.3)},
        is_once=False,
    )


def forward(player: Player) -> Call:
    price: RetailPrice = player.row(RetailPrice.objects.filter(sale__ends_at__gt=player.now))
    actor = player.reseller(price.reseller_id).actor
    arguments = {"sale_id": price.sale_id, "style_id": player.pick((None, price.style_id))}
    shared = Forward.objects.filter(reseller=price.reseller_id, stopped_at=None, selection="", **arguments)
    return Call(forwards.create_forward, {"actor": actor, **arguments}, stands=shared.exists)


def stop_forward(player: Player) -> Call:
    actor, forward_id = player.own(Forward.objects.filter(stopped_at=None))
    return Call(forwards.stop_forward, {"actor": actor, "forward_id": forward_id})


def make_wish(player: Player) -> Call:
    page: Forward = player.row(Forward.objects.filter(stopped_at=None, sale__ends_at__gt=player.now))
    items = SaleItem.objects.filter(sale=page.sale_id, available__gt=0)
    if page.style_id:
        items = items.filter(style=page.style_id)
    ids = list(items.order_by("pk").values_list("pk", flat=True))
    arguments = {
        "token": page.token,
        "lines": [PickedUnits(each, player.dice.randint(1, 3)) for each in player.some(ids, 3)],
        "fields": wishes.WishFields("王小姐", address=player.pick(WRITTEN)),
        "visitor": f"v{player.dice.randint(1, 30)}",
        "network": "n",
        "key": player.key(),
    }
    return Call(wishes.create_wish, arguments)


def correct_wish(player: Player) -> Call:
    actor, wish_id = player.own(Wish.objects.filter(state=WishState.NEW.value))
    recipient = RecipientFields("张静", "13712345678", "浙江省宁波市海曙区中山东路 8 号")
    arguments = {"wish_id": wish_id, "recipient": recipient}
    return Call(wish_orders.correct_wish, {"actor": actor, **arguments}, is_once=False)


def order_wishes(player: Player) -> Call:
    wish: Wish = player.row(Wish.objects.filter(state=WishState.NEW.value))
    reseller = player.reseller(wish.reseller_id)
    buyer = require_buyer(reseller.actor, player.now)
    desk = list_desk_wishes(buyer.id, buyer.tier.value, at=player.now).items
    chosen = [WishChoice(row.wish.id, row.version, row.prices_fen) for row in player.some(desk, 6)]
    if player.chance(0.1):
        chosen.append(WishChoice(player.id(Wish.objects.filter(reseller=reseller.id)), "stale", ()))
    service = player.pick((wish_orders.order_wishes, wish_orders.order_and_pay_wishes))
    # A second call pays what the first could not, and keeps the reason with a wish that was refused.
    return Call(service, {"actor": reseller.actor, "choices": chosen, "key": player.key()}, is_once=False)


def withdraw(player: Player) -> Call:
    wish: Wish = player.row(Wish.objects.all())
    return Call(wishes.withdraw_wish, {"token": wish.token})


def answer(player: Player) -> Call:
    actor, wish_id = player.own(Wish.objects.all())
    state = player.pick((WishState.DONE, WishState.DECLINED, WishState.ORDERED))
    return Call(wishes.answer_wish, {"actor": actor, "wish_id": wish_id, "state": state})


def link(player: Player) -> Call:
    actor, wish_id = player.own(Wish.objects.exclude(state=WishState.WITHDRAWN.value))
    order_id = player.id(Order.objects.filter(reseller__person=actor.person_id))
    return Call(wishes.link_order, {"actor": actor, "wish_id": wish_id, "order_id": order_id}, is_once=False)


ACTS: WeightedActs = (
    (14, set_price),
    (12, forward),
    (1, stop_forward),
    (40, make_wish),
    (4, correct_wish),
    (16, order_wishes),
    (3, withdraw),
    (3, answer),
    (3, link),
)
