"""What resellers do until they have paid: grab, change the cart, pay, cancel, order again, send workbooks."""

from django.db.models import QuerySet

from accounts.rules import SYSTEM
from flashsales.models import SaleItem
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.uploads import OrderUpload
from orders.rules.lines import Take
from orders.services import again, cart, customers, grab, payment, placing, received_payments, recipients
from orders.services.placing import GrabLine
from orders.services.recipients import RecipientFields
from orders.uploads import commit, parse, receive
from orders.uploads.commit import Repeats
from tests.journeys.random_play.player import WRONG_ID, Call, Player, WeightedActs
from tests.orders import order_files
from treasury.models import MoneyRequest
from treasury.rules.requests import STANDING
from treasury.services import deciding, entering, withdrawals

UNPAID = "unpaid"
FAMILY, GIVEN = "王李张刘陈", "芳敏静丽强"


def _recipient_id(player: Player, reseller_id: int) -> int:
    return player.id(Recipient.objects.filter(reseller=reseller_id, hidden_at=None))


def _lines(player: Player, reseller_id: int, most: int) -> list[GrabLine]:
    items = list(player.live_items().order_by("-pk").values_list("pk", flat=True)[:40])
    own = Recipient.objects.filter(reseller=reseller_id, hidden_at=None).order_by("pk").values_list("pk", flat=True)
    places = [_recipient_id(player, reseller_id), *own]
    return [
        GrabLine(item, player.dice.choice((1, 1, 1, 2, 3, 8)), places[0] if most == 1 else player.pick(places))
        for item in player.some(items, most)
    ]


def grab_one(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    return Call(grab.grab, {"actor": reseller.actor, "lines": _lines(player, reseller.id, 1), "key": player.key()})


def place_many(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    take = player.pick((Take.ALL, Take.WHAT_IS_LEFT, Take.WHAT_IS_LEFT))
    lines = _lines(player, reseller.id, 8)
    return Call(placing.place_orders, {"actor": reseller.actor, "lines": lines, "key": player.key(), "take": take})


def _to_pay(player: Player) -> QuerySet[Order]:
    """Unpaid orders, mostly those that can still be paid."""
    unpaid = Order.objects.filter(state=UNPAID)
    return unpaid if player.chance(WRONG_ID) else unpaid.filter(pay_before__gt=player.now)


def pay_one(player: Player) -> Call:
    actor, order_id = player.own(_to_pay(player))
    return Call(payment.pay, {"actor": actor, "order_id": order_id})


def pay_all(player: Player) -> Call:
    rows = _to_pay(player)
    actor, order_id = player.own(rows)
    orders = list(rows.filter(reseller__person=actor.person_id).order_by("pk")[:5])
    total = player.pick((None, sum(order.total_fen for order in orders)))
    ids = sorted({order_id, *(order.pk for order in orders)})
    return Call(payment.pay_orders, {"actor": actor, "order_ids": ids, "expected_total_fen": total})


def cancel(player: Player) -> Call:
    actor, order_id = player.own(Order.objects.filter(state=UNPAID))
    return Call(grab.cancel_unpaid, {"actor": actor, "order_id": order_id})


def _in_cart(player: Player) -> QuerySet[OrderLine]:
    """Lines of unpaid orders, often of those that came from wishes."""
    lines = OrderLine.objects.filter(order__in=_to_pay(player))
    of_wishes = lines.filter(source__startswith="wish:")
    return of_wishes if player.chance(0.5) and of_wishes.exists() else lines


def change_units(player: Player) -> Call:
    actor, line_id = player.own(_in_cart(player), "order__reseller")
    arguments = {"actor": actor, "line_id": line_id, "units": player.dice.randint(0, 5)}
    return Call(cart.change_units, arguments, is_once=False)


def swap_item(player: Player) -> Call:
    line: OrderLine = player.row(_in_cart(player).select_related("order", "item"))
    actor = player.reseller(line.order.reseller_id).actor
    alike = SaleItem.objects.filter(sale=line.sale_id, style=line.item.style_id)
    arguments = {
        "line_id": line.pk,
        "item_id": player.id(alike),
        "expected_price_fen": player.pick((None, line.price_fen)),
    }
    return Call(cart.swap_item, {"actor": actor, **arguments}, is_once=False)


def set_remark(player: Player) -> Call:
    actor, line_id = player.own(OrderLine.objects.all(), "order__reseller")
    arguments = {"actor": actor, "line_id": line_id, "remark": player.pick(("", "周五前到", "不要折"))}
    return Call(cart.set_remark, arguments, is_once=False)


def order_again(player: Player) -> Call:
    on_sale = OrderLine.objects.filter(sku__in=player.live_items().values("sku"))
    actor, line_id = player.own(on_sale.exclude(order__state=UNPAID), "order__reseller")
    lines = on_sale.filter(order__reseller__person=actor.person_id).order_by("-pk")[:2]
    chosen = [again.AgainLine(line.pk, line.units, line.price_fen) for line in lines]
    if player.chance(WRONG_ID):
        chosen.append(again.AgainLine(line_id, 1, 100_00))
    arguments = {"actor": actor, "lines": chosen, "key": player.key()}
    # Orders of hers that have run out are released first, whatever becomes of the new one.
    return Call(again.order_again, arguments, is_once=False, leaves_traces=True)


def top_up(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    actor = player.world.market.finance if player.chance(0.9) else reseller.actor
    arguments = {"reseller_id": reseller.id, "amount_fen": player.dice.randint(0, 4000_00), "reference": player.key()}
    standing = standing_requests(reference=arguments["reference"])
    return Call(entering.enter_top_up, {"actor": actor, **arguments}, stands=standing.exists)


def standing_requests(**which: object) -> QuerySet[MoneyRequest]:
    """What was entered and neither refused, taken back nor reversed: it may be entered anew then."""
    return MoneyRequest.objects.filter(state__in=sorted(STANDING), **which)


def withdraw(player: Player) -> Call:
    """A part of a wallet, or all of it; now and then more than is there."""
    reseller = player.pick(player.world.resellers)
    amount_fen = None if player.chance(0.3) else player.dice.randint(0, 900_00)
    arguments = {"actor": reseller.actor, "amount_fen": amount_fen, "key": player.key()}
    return Call(withdrawals.request_withdrawal, arguments)


def take_withdrawal_back(player: Player) -> Call:
    waiting = MoneyRequest.objects.filter(kind="withdrawal", state="waiting")
    actor, request_id = player.own(waiting, "reseller")
    return Call(deciding.cancel, {"actor": actor, "request_id": request_id}, is_once=False)


def add_recipient(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    name = player.pick(FAMILY) + player.pick(GIVEN)
    phone = f"139{player.dice.randint(0, 99):08d}"
    arguments = {"name": name, "phone": phone, "address": "浙江省杭州市西湖区文三路 8 号"}
    return Call(recipients.add_recipient, {"actor": reseller.actor, **arguments})


def hide_recipient(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    return Call(
        recipients.hide_recipient,
        {"actor": reseller.actor, "recipient_id": _recipient_id(player, reseller.id)},
    )


def edit_customer(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    fields = RecipientFields(player.pick(FAMILY) + "小姐", "13800138000", "浙江省杭州市西湖区文三路 9 号")
    arguments = {"customer_id": _recipient_id(player, reseller.id), "fields": fields, "note": "老客"}
    return Call(customers.edit_customer, {"actor": reseller.actor, **arguments}, is_once=False)


def send_workbook(player: Player) -> Call:
    """A reseller sends a workbook of orders and a worker reads it."""
    reseller = player.pick(player.world.resellers)
    skus = list(player.live_items().order_by("-pk").values_list("sku", flat=True)[:40])
    rows = [
        order_files.line(sku, player.dice.randint(1, 3), recipient=player.pick(FAMILY) + "女士")
        for sku in player.some(skus, 6)
    ]
    chunks = [order_files.workbook(*rows)]
    actor = reseller.actor

    def send_and_read(*, now: object) -> None:
        view = receive.receive_upload(actor=actor, filename="代发.xlsx", chunks=chunks, now=player.now)
        parse.read_upload(upload_id=view.id, clock=lambda: player.now)

    return Call(send_and_read, {}, is_once=False)


def commit_workbook(player: Player) -> Call:
    actor, upload_id = player.own(OrderUpload.objects.filter(state="preview"))
    arguments = {
        "upload_id": upload_id,
        "take": player.pick((Take.ALL, Take.WHAT_IS_LEFT, Take.WHAT_IS_LEFT)),
        "repeats": player.pick((None, Repeats.ORDER, Repeats.LEAVE_OUT)),
        "pay_now": player.chance(0.6),
    }
    # The preview is made anew where it is outdated; a second call pays what the first could not.
    return Call(commit.commit_upload, {"actor": actor, **arguments}, is_once=False, leaves_traces=True)


def money_arrives(player: Player) -> Call:
    """Money for an order, mostly for one that ran out: in full, or too little, as a provider's callback brings it."""
    ran_out = Order.objects.filter(state="cancelled")
    order: Order = player.row(ran_out if player.chance(0.7) else Order.objects.all())
    amount_fen = order.total_fen if player.chance(0.8) else player.dice.randint(1, order.total_fen)
    arguments = {"order_id": order.pk, "amount_fen": amount_fen, "reference": player.key()}
    return Call(received_payments.receive_payment, {"actor": SYSTEM, **arguments})


def leave_out_row(player: Player) -> Call:
    actor, upload_id = player.own(OrderUpload.objects.filter(state="preview"))
    return Call(
        receive.leave_out,
        {"actor": actor, "upload_id": upload_id, "numbers": [1], "left_out": player.chance(0.5)},
        is_once=False,
    )


ACTS: WeightedActs = (
    (60, grab_one),
    (30, place_many),
    (50, pay_one),
    (25, pay_all),
    (10, cancel),
    (12, change_units),
    (8, swap_item),
    (4, set_remark),
    (8, order_again),
    (12, top_up),
    (6, withdraw),
    (1, take_withdrawal_back),
    (4, add_recipient),
    (2, hide_recipient),
    (2, edit_customer),
    (3, send_workbook),
    (6, commit_workbook),
    (1, leave_out_row),
    (8, money_arrives),
)
