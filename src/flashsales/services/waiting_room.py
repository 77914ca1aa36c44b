"""The waiting room of a sale: ops set its rate for a draft, resellers draw tickets and are admitted in order (SALE-24)."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from db.transactions import atomic_with_retry
from flashsales.models import Draw, WaitingRoom
from flashsales.rules.head_start import opens_at
from flashsales.rules.waiting_room import EARLY, MAX_RATE, Place, admissions, interval_of, place_at
from flashsales.services.locking import lock_draft, record_change
from flashsales.sql import waiting_room as statements
from flashsales.sql.waiting_room import TicketRow
from kernel.refusal import Conflict, Invalid, TooMany
from membership.selectors.people import require_member


class InvalidAdmissionRate(Invalid):
    code = "flashsales.invalid_admission_rate"
    zh = "每秒放行人数须为 1 至 {max_rate}，或不填"
    en = "A waiting room admits from 1 to {max_rate} resellers per second, or there is none"
    max_rate: int = MAX_RATE


class DrawWithWaitingRoom(Conflict):
    code = "flashsales.draw_with_waiting_room"
    zh = "一场专场只能在等候室和抽签中选一个"
    en = "A sale has a waiting room or a draw, not both"


class InWaitingRoom(TooMany):
    """`position` counts those who are admitted before her and her; it is 0 before the sale opens for her."""

    code = "flashsales.in_waiting_room"
    zh = "专场「{title}」在排队入场，没有下单：您排第 {position} 位，约 {retry_after_seconds} 秒后轮到您"
    en = "The sale {title} admits in order and nothing was ordered: you are number {position}, in about {retry_after_seconds} s"
    sale_id: int
    title: str
    position: int


class NoTicket(InWaitingRoom):
    """She came without a ticket, and draws one beside this refusal."""

    code = "flashsales.no_ticket"
    zh = "专场「{title}」在排队入场，没有下单；已为您取号，请再试一次看排第几位"
    en = "The sale {title} admits in order and nothing was ordered; you have a ticket now, try again to see your place"


@atomic_with_retry
def set_waiting_room(*, actor: Actor, sale_id: int, admission_rate: int | None, now: datetime) -> None:
    """Give a draft a waiting room that admits so many resellers per second, or (None) take it back.

    Refuses a sale that is no draft, and one that has a draw (SALE-25).
    """
    require_roles(actor, Role.OPS)
    row = lock_draft(sale_id)
    if admission_rate is not None and not 1 <= admission_rate <= MAX_RATE:
        raise InvalidAdmissionRate
    if admission_rate is not None and Draw.objects.filter(sale=row).exists():
        raise DrawWithWaitingRoom
    if admission_rate is None:
        WaitingRoom.objects.filter(sale=row).delete()
    else:
        WaitingRoom.objects.update_or_create(sale=row, defaults={"rate": admission_rate})
    record_change(actor, "set_waiting_room", sale_id, {"admission_rate": admission_rate}, now)


def copy_waiting_room(*, from_sale_id: int, to_sale_id: int) -> None:
    """Give a draft a waiting room like that of another sale, if it has one."""
    for row in WaitingRoom.objects.filter(sale=from_sale_id):
        WaitingRoom.objects.create(sale_id=to_sale_id, rate=row.rate)


def take_place(*, actor: Actor, sale_id: int, now: datetime) -> Place | None:
    """Her place in the waiting room of a sale; she draws a ticket where she has none. None where the sale has no waiting room, where it
    ended, and where it is too early to wait."""
    me = require_member(actor, now)
    return next(iter(take_places(reseller_id=me.id, tier=me.tier, sale_ids=[sale_id], now=now)), None)


def take_places(*, reseller_id: int, tier: int, sale_ids: Collection[int], now: datetime) -> list[Place]:
    """Her places in the waiting rooms of these sales, as `take_place`. One statement where she has her places."""
    found = statements.find_tickets(reseller_id=reseller_id, sale_ids=sorted(set(sale_ids))) if sale_ids else []
    return [place for row in found if (place := _take_place(row, reseller_id, tier, now))]


def take_places_of_items(*, reseller_id: int, tier: int, item_ids: Collection[int], now: datetime) -> list[Place]:
    """Her places in the waiting rooms of the sales of these items."""
    sale_ids = statements.find_sales_of_items(item_ids=sorted(set(item_ids)))
    return take_places(reseller_id=reseller_id, tier=tier, sale_ids=sale_ids, now=now)


def take_places_for(*, actor: Actor, item_ids: Collection[int], now: datetime) -> None:
    """Draw the tickets that a reseller needs for these items, for a service that orders them within a transaction of its own.

    A ticket that was drawn inside of it would be lost with a refusal, and would hold up the draws of others until its end.
    """
    sale_ids = statements.find_sales_of_items(item_ids=sorted(set(item_ids)))
    if sale_ids:
        me = require_member(actor, now)
        take_places(reseller_id=me.id, tier=me.tier, sale_ids=sale_ids, now=now)


def _take_place(row: TicketRow, reseller_id: int, tier: int, now: datetime) -> Place | None:
    opening = opens_at(row.starts_at, row.opening_delays, tier)
    if row.admitted_from is None and not max(row.preview_at, opening - EARLY) <= now < row.ends_at:
        return None
    admitted_from = row.admitted_from
    if admitted_from is None:
        admitted_from = _draw(row, reseller_id, opening, now)
    return place_at(
        sale_id=row.sale_id,
        opens_at=opening,
        admitted_from=admitted_from,
        interval=interval_of(row.rate),
        at=now,
    )


def _draw(row: TicketRow, reseller_id: int, opening: datetime, now: datetime) -> datetime | None:
    """Draw a ticket, or give the one that she has its place; from when it is admitted, None before the opening."""
    if opening > now:
        statements.draw_early_ticket(sale_id=row.sale_id, reseller_id=reseller_id, opens_at=opening, now=now)
        return None
    with transaction.atomic():
        statements.lock_draws(sale_id=row.sale_id, reseller_id=reseller_id)
        if row.ticket_id is None:
            interval = interval_of(row.rate)
            drawn = statements.draw_ticket(
                sale_id=row.sale_id, reseller_id=reseller_id, opens_at=opening, interval=interval, now=now
            )
            if drawn is not None:
                return drawn
        return _draw_behind_early(row, reseller_id, opening, now)


def _draw_behind_early(row: TicketRow, reseller_id: int, opening: datetime, now: datetime) -> datetime:
    """Give their places to those who came before the opening, at random, and then to her, unless she is one of them.

    Her draws must be locked by this transaction.
    """
    next_at = statements.lock_room(sale_id=row.sale_id)
    [present] = statements.find_tickets(reseller_id=reseller_id, sale_ids=[row.sale_id])
    if present.admitted_from is not None:
        return present.admitted_from
    statements.draw_early_ticket(sale_id=row.sale_id, reseller_id=reseller_id, opens_at=opening, now=now)
    lots = secrets.SystemRandom()
    tickets = [
        (each.reseller_id == reseller_id and present.ticket_id is None, each.opens_at, lots.random(), each)
        for each in statements.find_early_tickets(sale_id=row.sale_id, at=now)
    ]
    tickets.sort(key=lambda each: each[:3])
    arrivals = [now if is_late else opens_at for is_late, opens_at, _, _ in tickets]
    admitted, next_at = admissions(arrivals, interval=interval_of(row.rate), next_at=next_at)
    ids = [each.id for *_, each in tickets]
    statements.give_places(sale_id=row.sale_id, ticket_ids=ids, admitted_from=admitted, next_at=next_at)
    return next(at for at, (*_, each) in zip(admitted, tickets, strict=True) if each.reseller_id == reseller_id)
