"""Who waits for sold-out sizes, resellers and their customers, and faults that customers report."""

from datetime import datetime

from django.db.models import QuerySet

from aftersales.models.fault_reports import FaultReport
from aftersales.rules import FAULT_REASONS
from aftersales.services.fault_reports import FaultFields, answer_report, open_case_from_report
from flashsales.models import DrawEntry, Reservation, SaleItem, WaitingEntry
from flashsales.services import draws, reservations, waiting_list
from flashsales.services.waiting_list import WaitingLine
from forwarding.models import Forward, Wish, WishLine
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors.waiting_wishes import list_waited_sizes
from forwarding.services import fault_reports, waiting, waiting_customers, wish_addresses, wish_orders, wishes
from forwarding.services.wish_orders import WishChoice
from membership.selectors.people import require_buyer
from orders.models.recipients import Recipient
from orders.services import grab
from orders.services.placing import GrabLine
from tests.journeys.random_play.player import Call, Player, WeightedActs
from tests.journeys.random_play.wishing import WRITTEN


def _sold_out(player: Player) -> QuerySet[SaleItem]:
    return SaleItem.objects.filter(
        available=0, sale__state="published", sale__closed_at=None, sale__ends_at__gt=player.now
    )


def ask_for(player: Player) -> Call:
    """A reseller waits for sold-out sizes, for herself, a customer, a wish or all who wait."""
    reseller = player.pick(player.world.resellers)
    items = list(_sold_out(player).order_by("-pk").values_list("pk", flat=True)[:20])
    own = Wish.objects.filter(reseller=reseller.id)
    kind = player.pick(("", "", "recipient", "wish", "wishes"))
    rows = Recipient.objects.filter(reseller=reseller.id) if kind == "recipient" else own
    source = f"{kind}:{player.id(rows)}" if kind else ""
    lines = [WaitingLine(item, player.dice.choice((1, 1, 2, 5)), source) for item in player.some(items, 3)]
    # An entry that has ended since is asked for anew.
    return Call(waiting.ask_for, {"actor": reseller.actor, "lines": lines}, is_once=False)


def withdraw_entry(player: Player) -> Call:
    actor, entry_id = player.own(WaitingEntry.objects.filter(ended_at=None))
    return Call(waiting_list.withdraw, {"actor": actor, "entry_id": entry_id})


def decline(player: Player) -> Call:
    actor, reservation_id = player.own(Reservation.objects.filter(ended_at=None))
    return Call(reservations.decline, {"actor": actor, "reservation_id": reservation_id})


def take_reserved(player: Player) -> Call:
    """Order reserved units, fewer or more than there are, or those of somebody else."""
    row: Reservation = player.row(Reservation.objects.filter(ended_at=None))
    reseller = player.reseller(row.reseller_id)
    if player.chance(0.1):
        reseller = player.pick(player.world.resellers)
    recipient_id = player.id(Recipient.objects.filter(reseller=reseller.id, hidden_at=None))
    lines = [GrabLine(row.item_id, player.pick((row.units, row.units, 1, row.units + 1)), recipient_id)]
    return Call(grab.grab, {"actor": reseller.actor, "lines": lines, "key": player.key()})


def enter_draw(player: Player) -> Call:
    """A reseller enters a draw, or changes the units of her entry, at times of goods that are not drawn."""
    items = SaleItem.objects.filter(
        is_drawn=not player.chance(0.1), sale__state="published", sale__ends_at__gt=player.now
    )
    reseller = player.pick(player.world.resellers)
    arguments = {"actor": reseller.actor, "item_id": player.id(items), "units": player.dice.choice((1, 1, 2, 5, 40))}
    return Call(draws.enter, arguments, is_once=False)


def leave_draw(player: Player) -> Call:
    actor, number = player.own(DrawEntry.objects.filter(withdrawn_at=None))
    return Call(draws.withdraw_entry, {"actor": actor, "number": number})


def customer_waits(player: Player) -> Call:
    page: Forward = player.row(Forward.objects.filter(stopped_at=None, sale__ends_at__gt=player.now))
    items = _sold_out(player).filter(sale=page.sale_id)
    if page.style_id:
        items = items.filter(style=page.style_id)
    lines = [PickedUnits(player.id(items), player.dice.randint(1, 2))]
    fields = wishes.WishFields("李小姐", address=player.pick((*WRITTEN, "")))
    visitor = f"v{player.dice.randint(1, 30)}"
    arguments = {"token": page.token, "lines": lines, "fields": fields, "visitor": visitor, "network": "n"}
    return Call(wishes.create_wish, {**arguments, "key": player.key(), "may_wait": True})


def let_wish_wait(player: Player) -> Call:
    wish: Wish = player.row(Wish.objects.filter(state=WishState.NEW.value, is_waiting=False))
    return Call(waiting_customers.let_wish_wait, {"token": wish.token})


def change_address(player: Player) -> Call:
    wish: Wish = player.row(Wish.objects.all())
    text = player.pick((*WRITTEN, "上海市徐汇区漕溪北路 1 号 502 室", "13912345678"))
    return Call(wish_addresses.change_address, {"token": wish.token, "text": text}, is_once=False)


def order_for_waiting(player: Player) -> Call:
    """All customers of a size whom units reach, or all who wait for it, in one order."""
    wish: Wish = player.row(Wish.objects.filter(is_waiting=True, state=WishState.NEW.value))
    reseller = player.reseller(wish.reseller_id)
    buyer = require_buyer(reseller.actor, player.now)
    size = player.pick(list_waited_sizes(buyer.id, buyer.tier.value, at=player.now))
    rows = size.ordered_now if player.chance(0.8) and size.reached else size.wishes
    choices = [WishChoice(row.wish.id, row.version, row.prices_fen) for row in rows]
    arguments = {"actor": reseller.actor, "choices": choices, "key": player.key()}
    return Call(wish_orders.order_and_pay_wishes, arguments, is_once=False)


def report_fault(player: Player) -> Call:
    line: WishLine = player.row(WishLine.objects.filter(order_line__shipped_units__gt=0).select_related("wish"))
    fields = FaultFields(
        units=player.dice.choice((1, 1, 2)),
        reason=player.pick(sorted(FAULT_REASONS)),
        text=player.dice.choices(("脱线", ""), (8, 1))[0],
        may_reuse=player.chance(0.5),
    )
    arguments = {"token": line.wish.token, "wish_line_id": line.pk, "fields": fields, "files": (), "network": "n"}
    return Call(fault_reports.report_fault, {**arguments, "key": player.key()})


def _reported(player: Player) -> tuple[str, int]:
    """The page of a report and its id; now and then the page of another wish."""
    report: FaultReport = player.row(FaultReport.objects.all())
    own = Wish.objects.filter(pk=int(report.source.partition(":")[2]))
    wish: Wish = player.row(own if player.chance(0.9) else Wish.objects.all())
    return wish.token, report.pk


def withdraw_report(player: Player) -> Call:
    token, report_id = _reported(player)
    return Call(fault_reports.withdraw_report, {"token": token, "report_id": report_id})


def set_consent(*, token: str, report_id: int, may_reuse: bool, now: datetime) -> None:
    """As the player calls it; the service itself needs no time."""
    fault_reports.set_consent(token=token, report_id=report_id, may_reuse=may_reuse)


def lend_photos(player: Player) -> Call:
    token, report_id = _reported(player)
    arguments = {"token": token, "report_id": report_id, "may_reuse": player.chance(0.5)}
    return Call(set_consent, arguments, is_once=False)


def answer(player: Player) -> Call:
    actor, report_id = player.own(FaultReport.objects.all())
    return Call(answer_report, {"actor": actor, "report_id": report_id, "answer": player.pick(("给您补发", ""))})


def open_case(player: Player) -> Call:
    actor, report_id = player.own(FaultReport.objects.all())
    return Call(open_case_from_report, {"actor": actor, "report_id": report_id})


ACTS: WeightedActs = (
    (16, ask_for),
    (12, enter_draw),
    (2, leave_draw),
    (2, withdraw_entry),
    (4, decline),
    (10, take_reserved),
    (12, customer_waits),
    (3, let_wish_wait),
    (3, change_address),
    (6, order_for_waiting),
    (8, report_fault),
    (1, withdraw_report),
    (1, lend_photos),
    (2, answer),
    (3, open_case),
)
