"""Cases from their request to each end, and enquiries."""

from django.conf import settings
from django.db.models import QuerySet

from aftersales.models.cases import Case
from aftersales.models.enquiries import Enquiry
from aftersales.rules import CaseReason, Disposition, Party
from aftersales.services import cases, decisions, enquiries, exchanges, receiving, resending
from aftersales.services.case_refunds import Liability
from aftersales.services.cases import CaseLine
from aftersales.services.decisions import DecisionDraft
from flashsales.models import SaleItem
from inventory.models import Style
from orders.models.lines import OrderLine
from orders.models.orders import Order
from tests.journeys.random_play.player import WRONG_ID, Call, Player, WeightedActs

HOME = "浙江省杭州市余杭区仓前路 1 号 退货组"


def _shipped(player: Player) -> QuerySet[OrderLine]:
    """Shipped lines, mostly those whose after-sales window is open."""
    shipped = OrderLine.objects.filter(shipped_units__gt=0)
    since = player.now - settings.AFTER_SALES_WINDOW
    return shipped if player.chance(WRONG_ID) else shipped.filter(shipped_at__gt=since)


def open_case(player: Player) -> Call:
    actor, line_id = player.own(_shipped(player), "order__reseller")
    arguments = {
        "line_id": line_id,
        "units": player.dice.choice((1, 1, 2, 3)),
        "reason": player.pick(list(CaseReason)),
        "evidence": player.dice.choices(("脱线", "颜色不对", ""), (4, 4, 1))[0],
        "key": player.key(),
    }
    return Call(cases.open_case, {"actor": actor, **arguments})


def open_cases(player: Player) -> Call:
    actor, order_id = player.own(Order.objects.filter(lines__in=_shipped(player)).distinct())
    lines = list(OrderLine.objects.filter(order=order_id).order_by("pk").values_list("pk", flat=True))
    arguments = {
        "order_id": order_id,
        "lines": [CaseLine(line, 1) for line in player.some(lines or [1], 3)],
        "reason": player.pick(list(CaseReason)),
        "evidence": "破损",
        "key": player.key(),
    }
    return Call(cases.open_cases, {"actor": actor, **arguments})


def exchange(player: Player) -> Call:
    """Paid goods for another colour or size of the style."""
    to_ship = OrderLine.objects.filter(consignment__state="to_ship", sale__ends_at__gt=player.now)
    line: OrderLine = player.row(to_ship.select_related("order", "item"))
    alike = SaleItem.objects.filter(sale=line.sale_id, style=line.item.style_id)
    arguments = {
        "line_id": line.pk,
        "item_id": player.id(alike),
        "units": player.pick((None, 1)),
        "expected_price_fen": player.pick((None, line.price_fen)),
        "key": player.key(),
    }
    owner = player.reseller(line.order.reseller_id)
    return Call(exchanges.exchange, {"actor": owner.actor, **arguments})


def _case(player: Player, *states: str) -> int:
    return player.id(Case.objects.filter(state__in=states))


def _amount(player: Player) -> int | None:
    return player.pick((None, None, player.dice.randint(1, 100_00), player.dice.randint(1, 300_00)))


def _liability(player: Player) -> Liability:
    if player.chance(0.6):
        return Liability()
    return Liability(
        fault=player.pick((None, *Party)), borne_by=player.pick((None, *Party)), reason=player.pick(("协商", ""))
    )


def approve(player: Player) -> Call:
    arguments = {"return_address": player.pick((HOME, "")), "liability": _liability(player)}
    return Call(
        cases.approve,
        {"actor": player.world.market.ops, "case_id": _case(player, "requested"), **arguments},
    )


def reject(player: Player) -> Call:
    arguments = {"case_id": _case(player, "requested", "sent_back", "received"), "reason": "穿过"}
    return Call(cases.reject, {"actor": player.world.market.ops, **arguments})


def send_back(player: Player) -> Call:
    actor, case_id = player.own(Case.objects.filter(state="approved"))
    return Call(
        cases.send_back,
        {"actor": actor, "case_id": case_id, "carrier": "中通", "tracking_no": f"ZT{player.key()}"},
    )


def receive(player: Player) -> Call:
    actor = player.pick([*player.world.clerks.values(), player.world.market.ops])
    arguments = {"case_id": _case(player, "sent_back"), "disposition": player.pick(list(Disposition))}
    return Call(cases.receive, {"actor": actor, **arguments})


def receive_many(player: Player) -> Call:
    actor = player.pick(list(player.world.clerks.values()))
    ids = [_case(player, "sent_back", "received") for _ in range(3)]
    return Call(
        receiving.receive_many, {"actor": actor, "case_ids": ids, "disposition": player.pick(list(Disposition))}
    )


def refund_only(player: Player) -> Call:
    arguments = {"case_id": _case(player, "requested"), "amount_fen": _amount(player), "liability": _liability(player)}
    return Call(cases.refund_only, {"actor": player.world.market.ops, **arguments})


def receive_and_refund(player: Player) -> Call:
    arguments = {
        "case_id": _case(player, "sent_back", "received"),
        "amount_fen": _amount(player),
        "liability": _liability(player),
        "disposition": player.pick((None, *Disposition)),
    }
    return Call(cases.receive_and_refund, {"actor": player.world.market.ops, **arguments})


def resend(player: Player) -> Call:
    liability = _liability(player)
    arguments = {"case_id": _case(player, "requested", "received"), "liability": liability}
    return Call(resending.resend, {"actor": player.world.market.ops, **arguments})


def withdraw(player: Player) -> Call:
    actor, case_id = player.own(Case.objects.filter(ended_at=None))
    return Call(cases.withdraw, {"actor": actor, "case_id": case_id})


def decide_many(player: Player) -> Call:
    drafts = {
        case_id: DecisionDraft(
            case_id,
            player.pick(decisions.DECIDED_BY_OPS),
            reason="按约定",
            amount_fen=_amount(player),
            disposition=player.pick((None, *Disposition)),
        )
        for case_id in (_case(player, "requested", "sent_back", "received") for _ in range(3))
    }
    arguments = {"decisions": list(drafts.values()), "key": player.key()}
    # What was refused is tried again.
    return Call(decisions.decide, {"actor": player.world.market.ops, **arguments}, is_once=False)


def ask(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    order_id = player.id(Order.objects.filter(reseller=reseller.id)) if player.chance(0.5) else None
    style_id = player.id(Style.objects.all()) if order_id is None and player.chance(0.5) else None
    arguments = {"text": "什么时候发货", "order_id": order_id, "style_id": style_id, "key": player.key()}
    return Call(enquiries.open_enquiry, {"actor": reseller.actor, **arguments})


def write(player: Player) -> Call:
    actor, enquiry_id = player.own(Enquiry.objects.exclude(state="closed"))
    actor = player.pick((actor, player.world.market.ops, player.world.market.ops))
    return Call(enquiries.add_message, {"actor": actor, "enquiry_id": enquiry_id, "text": "今天", "key": player.key()})


def close(player: Player) -> Call:
    return Call(
        enquiries.close_enquiry,
        {"actor": player.world.market.ops, "enquiry_id": player.id(Enquiry.objects.exclude(state="closed"))},
    )


ACTS: WeightedActs = (
    (6, exchange),
    (26, open_case),
    (6, open_cases),
    (10, approve),
    (4, reject),
    (10, send_back),
    (8, receive),
    (4, receive_many),
    (8, refund_only),
    (8, receive_and_refund),
    (6, resend),
    (3, withdraw),
    (5, decide_many),
    (2, ask),
    (2, write),
    (1, close),
)
