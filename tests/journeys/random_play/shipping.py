"""What brands do with paid orders: ship whole and in parts, correct numbers, report shortages; and refunds of ops before shipping."""

from django.db.models import F

from aftersales.services import refunds, shipping_workbooks
from aftersales.services.refunds import Shortage
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment, Parcel
from orders.services import shipping, shipping_workbook
from orders.services.parcel_plan import LineUnits, Shipment
from tests.journeys.random_play.player import WRONG_ID, Call, Player, WeightedActs

WAITING = ("to_ship", "partly_shipped")
CARRIERS = ("顺丰", "中通", "圆通", "无名快递")


def _brand(player: Player) -> int:
    return player.pick(list(player.world.clerks))


def _waiting(player: Player, brand_id: int) -> int:
    return player.id(Consignment.objects.filter(brand=brand_id, state__in=WAITING))


def _number(player: Player) -> str:
    """A new number, and now and then one that may be in use."""
    return f"SF{player.dice.randint(1, 40):08d}" if player.chance(WRONG_ID) else f"SF{player.key().replace('-', '')}000"


def _carrier(player: Player) -> str:
    return player.dice.choices(CARRIERS, (40, 40, 20, 2))[0]


def _parts(player: Player, consignment_id: int) -> list[LineUnits]:
    lines = list(OrderLine.objects.filter(consignment=consignment_id).order_by("pk"))
    return [LineUnits(line.pk, player.pick((None, 1, 1, 2))) for line in player.some(lines, 3)] if lines else []


def ship(player: Player) -> Call:
    brand_id = _brand(player)
    actor = player.world.clerk_of(brand_id) if player.chance(0.9) else player.world.market.ops
    consignment_id = _waiting(player, brand_id)
    arguments = {
        "consignment_id": consignment_id,
        "carrier": _carrier(player),
        "tracking_no": _number(player),
        "lines": _parts(player, consignment_id) if player.chance(0.4) else [],
    }
    # Where the number of its parcel was corrected in between, a part under the old number is a parcel of its own.
    return Call(shipping.ship, {"actor": actor, **arguments}, is_once=not arguments["lines"])


def ship_many(player: Player) -> Call:
    brand_id = _brand(player)
    shipments = [
        Shipment(
            consignment_id, _carrier(player), _number(player),
            tuple(_parts(player, consignment_id)) if player.chance(0.4) else (),
        )
        for consignment_id in {_waiting(player, brand_id) for _ in range(4)}
    ]  # fmt: skip
    arguments = {"actor": player.world.clerk_of(brand_id), "shipments": shipments}
    return Call(shipping.ship_many, arguments, is_once=not any(each.lines for each in shipments))


def correct_parcel(player: Player) -> Call:
    brand_id = _brand(player)
    arguments = {
        "parcel_id": player.id(Parcel.objects.filter(brand=brand_id)),
        "carrier": _carrier(player),
        "tracking_no": _number(player),
    }
    return Call(shipping.correct_parcel, {"actor": player.world.clerk_of(brand_id), **arguments}, is_once=False)


def correct_tracking(player: Player) -> Call:
    brand_id = _brand(player)
    arguments = {
        "consignment_id": player.id(Consignment.objects.filter(brand=brand_id, state="shipped")),
        "carrier": _carrier(player),
        "tracking_no": _number(player),
    }
    return Call(shipping.correct_tracking, {"actor": player.world.clerk_of(brand_id), **arguments}, is_once=False)


def _line_to_ship(player: Player, brand_id: int) -> int:
    left = OrderLine.objects.filter(
        brand=brand_id, order__state="paid", units__gt=F("shipped_units") + F("cancelled_units")
    )
    return player.id(left)


def report_out_of_stock(player: Player) -> Call:
    brand_id = _brand(player)
    arguments = {"line_id": _line_to_ship(player, brand_id), "units": player.dice.randint(1, 3)}
    actor = player.world.clerk_of(brand_id)
    return Call(refunds.report_out_of_stock, {"actor": actor, **arguments, "note": "盘亏", "key": player.key()})


def report_short(player: Player) -> Call:
    brand_id = _brand(player)
    shortages = [Shortage(_line_to_ship(player, brand_id), player.dice.randint(1, 2)) for _ in range(2)]
    actor = player.world.clerk_of(brand_id)
    return Call(refunds.report_short, {"actor": actor, "shortages": shortages, "note": "", "key": player.key()})


def report_short_total(player: Player) -> Call:
    brand_id = _brand(player)
    arguments = {"line_id": _line_to_ship(player, brand_id), "units": player.dice.randint(0, 3)}
    return Call(refunds.report_short_total, {"actor": player.world.clerk_of(brand_id), **arguments})


def refund_unshipped(player: Player) -> Call:
    actor = player.world.market.ops if player.chance(0.95) else player.world.market.clerk
    arguments = {"line_id": _line_to_ship(player, _brand(player)), "units": player.dice.randint(1, 3), "note": ""}
    return Call(refunds.refund_unshipped, {"actor": actor, **arguments, "key": player.key()})


def ship_by_list(player: Player) -> Call:
    """The brand sends the list back that it downloaded, with nothing filled in: nothing is shipped."""
    actor = player.world.clerk_of(_brand(player))
    data = shipping_workbook.write_shipping_list(actor=actor, now=player.now)
    return Call(shipping_workbooks.ship_by_workbook, {"actor": actor, "filename": "发货单.xlsx", "data": data})


ACTS: WeightedActs = (
    (30, ship),
    (10, ship_many),
    (4, correct_parcel),
    (2, correct_tracking),
    (4, report_out_of_stock),
    (3, report_short),
    (3, report_short_total),
    (8, refund_unshipped),
    (1, ship_by_list),
)
