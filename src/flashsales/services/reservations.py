"""What becomes of reserved units: the reseller orders them, declines, or lets their time pass (SALE-13, SALE-14)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Greatest

from accounts.rules import SYSTEM, Actor
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.models import Reservation, WaitingEntry
from flashsales.rules.waiting import (
    ReservationOutcome,
    WaitingEnd,
    entry_ends,
    rests_after_declining,
    rests_until,
)
from flashsales.services import units as flashsales_units
from flashsales.services.reserving import reserve_for_waiting
from flashsales.services.units import ItemUnits
from flashsales.sql import waiting as statements
from flashsales.sql.units import hold_units
from flashsales.sql.waiting import ReservedRow, find_items_waited_for, lock_items, lock_own_reservations
from jobs.batches import run_each
from kernel.refusal import Missing
from membership.selectors.people import require_reseller

MAX_AT_ONCE = 500


class NoSuchReservation(Missing):
    code = "flashsales.no_such_reservation"
    zh = "没有为您留着的这件货，可能已过时间"
    en = "Nothing is reserved for you there; its time may have passed"


@dataclass(frozen=True, slots=True)
class ClaimedUnits:
    """Reserved units that an order of the same transaction may take; `settle_claim` says how many it took."""

    rows: tuple[ReservedRow, ...]


def claim(*, reseller_id: int, item_ids: Iterable[int], are_locked: bool = False, now: datetime) -> ClaimedUnits:
    """Make the units that are reserved for a reseller available to the order that this transaction places.

    The items are locked first, unless the caller has locked them, so nobody else gets the units before the transaction ends. A caller
    that places nothing rolls back.
    """
    items = sorted(set(item_ids))
    if not are_locked:
        lock_items(item_ids=items)
    rows = lock_own_reservations(reseller_id=reseller_id, item_ids=items, at=now)
    if rows:
        flashsales_units.unreserve(reseller_id=reseller_id, lines=[ItemUnits(row.item_id, row.units) for row in rows])
        # Ended at once, so that what is read from now on counts the units once: as available.
        Reservation.objects.filter(pk__in=[row.id for row in rows]).update(
            ended_at=now, outcome=ReservationOutcome.TAKEN.value
        )
    return ClaimedUnits(tuple(rows))


def settle_claim(claimed: ClaimedUnits, *, reseller_id: int, taken: Mapping[int, int], by: str, now: datetime) -> None:
    """Record what an order took of claimed units, `taken` by item; what it left is reserved for the next, or is available.

    A reservation of which it could take nothing stays hers until its time has passed, unless what it took of others leaves her limits
    too little for it.
    """
    for row in claimed.rows:
        units = min(row.units, taken.get(row.item_id, 0))
        if not units and _hold_again(row, reseller_id, now):
            Reservation.objects.filter(pk=row.id).update(ended_at=None, outcome="")
            continue
        ended = entry_ends(wanted_units=row.wanted_units, reserved_units=row.units, taken_units=units)
        Reservation.objects.filter(pk=row.id).update(
            outcome=ReservationOutcome.TAKEN.value if units else ReservationOutcome.DECLINED.value,
            taken_units=units,
            taken_by=by if units else "",
        )
        end = WaitingEnd.SERVED if units else WaitingEnd.DECLINED
        change = {"ended_at": now, "end": end.value} if ended else {}
        WaitingEntry.objects.filter(pk=row.entry_id).update(taken_units=F("taken_units") + units, **change)
    reserve_for_waiting(item_ids=[row.item_id for row in claimed.rows], now=now)


def _hold_again(row: ReservedRow, reseller_id: int, now: datetime) -> bool:
    """Hold the units of a reservation again; False, and nothing counts as taken, where the order left her limits too little."""
    with transaction.atomic():
        held = hold_units(item_ids=[row.item_id], units=[row.units], reseller_id=reseller_id, now=now)
        if not held:
            transaction.set_rollback(True)
        return bool(held)


@atomic_with_retry
def decline(*, actor: Actor, reservation_id: int, now: datetime) -> None:
    """Give reserved units up; they go to the next who waits, or are available. Her entry ends. Refuses what is not reserved for her now."""
    me = require_reseller(actor)
    if not _end(Q(pk=reservation_id, reseller=me.id, until__gt=now), ReservationOutcome.DECLINED, actor, now):
        raise NoSuchReservation


def end_with_sale(*, sale_id: int, now: datetime) -> None:
    """End what is reserved of a sale that ends now, so that its units return, and its waiting list (SALE-13).

    Tells those who had time left. The sale is locked by this transaction, and so is its draw, if it has one.
    """
    statements.lock_items_of_sale(sale_id=sale_id)
    ended = statements.end_reservations_of_sale(sale_id=sale_id, outcome=ReservationOutcome.LAPSED.value, now=now)
    statements.end_entries_of_sale(sale_id=sale_id, end=WaitingEnd.SALE_OVER.value, now=now)
    drafts = []
    for each in ended:
        if each.until > now:
            kind, subject_id = (
                (EventKind.RESERVATION_ENDED, each.entry_id)
                if each.draw_entry_id is None
                else (EventKind.WON_UNITS_ENDED, each.draw_entry_id)
            )
            data: dict[str, str | int | bool | None] = {"goods": each.goods, "units": each.units, "sale_id": sale_id}
            drafts.append(EventDraft(kind, subject_id, reseller_id=each.reseller_id, data=data))
    publish(drafts, now=now)


def expire_reservations(*, now: datetime) -> int:
    """End the reservations whose time has passed, and those of people who were deactivated; returns how many.

    It may run at any time, repeatedly and concurrently.
    """
    due_rows = Reservation.objects.filter(_is_due(now), ended_at=None).order_by("until", "pk")
    due = list(due_rows.values_list("pk", flat=True)[:MAX_AT_ONCE])
    return run_each(lambda pk: _expire_one(pk, now), due, job="flashsales.expire_reservations")


def reserve_what_was_missed(*, now: datetime) -> int:
    """Reserve units that are available while somebody waits who can use them now, and end entries of closed sales.

    A raised limit, other quantity terms, a longer sale or a morning brings it about; no change of units does. Returns how many are new.
    """
    is_reserved_for = Exists(Reservation.objects.filter(entry=OuterRef("pk"), ended_at=None))
    over = WaitingEntry.objects.filter(~is_reserved_for, ended_at=None, item__sale__closed_at__isnull=False)
    over.update(ended_at=now, end=WaitingEnd.SALE_OVER.value)
    items = find_items_waited_for(at=now)
    return run_each(lambda item_id: _reserve_one(item_id, now), items, job="flashsales.reserve_what_was_missed")


@atomic_with_retry
def _expire_one(reservation_id: int, now: datetime) -> bool:
    return _end(_is_due(now) & Q(pk=reservation_id), ReservationOutcome.LAPSED, SYSTEM, now)


def _is_due(now: datetime) -> Q:
    """Reservations that the clock ends, and those of people who cannot order any more."""
    return Q(until__lte=now) | Q(reseller__person__is_active=False)


@atomic_with_retry
def _reserve_one(item_id: int, now: datetime) -> bool:
    lock_items(item_ids=[item_id])
    return reserve_for_waiting(item_ids=[item_id], now=now) > 0


def _end(which: Q, outcome: ReservationOutcome, actor: Actor, now: datetime) -> bool:
    """End one open reservation and what it is for; False where there is none. The item is locked first, as a grab locks it.

    If she let it lapse, everything that she waits for of the item ends or rests with it: the next unit is not kept for her in turn.
    If she declined, the others rest (`end_reservation`).
    """
    lock_items(item_ids=list(Reservation.objects.filter(which, ended_at=None).values_list("item_id", flat=True)))
    row = Reservation.objects.select_for_update(of=("self",)).filter(which, ended_at=None).first()
    if row is None:
        return False
    has_lapsed = outcome is ReservationOutcome.LAPSED
    rests = rests_until(row.reserved_at) if has_lapsed else None
    change: dict[str, object] = {"rests_until": rests} if rests else {"ended_at": now, "end": outcome.value}
    concerned = Q(item_id=row.item_id, reseller_id=row.reseller_id) if has_lapsed else Q(pk=row.entry_id)
    WaitingEntry.objects.filter(concerned, ended_at=None).update(**change)
    end_reservation(row, outcome=outcome, actor=actor, now=now)
    return True


def end_reservation(
    row: Reservation, *, outcome: ReservationOutcome = ReservationOutcome.DECLINED, actor: Actor, now: datetime
) -> None:
    """End an open reservation of which nothing was ordered, and release its units. Its item is locked by this transaction.

    Where she gave it up, what else she waits for of the item rests first: the units go to others, or are available to everybody.
    """
    if outcome is ReservationOutcome.DECLINED:
        rests = rests_after_declining(now, life=settings.RESERVATION_LIFE)
        others = WaitingEntry.objects.filter(item_id=row.item_id, reseller_id=row.reseller_id, ended_at=None)
        # PostgreSQL's greatest() leaves null out, so an entry that does not rest yet rests until then.
        others.update(rests_until=Greatest("rests_until", Value(rests)))
    Reservation.objects.filter(pk=row.pk).update(ended_at=now, outcome=outcome.value)
    flashsales_units.release(
        reseller_id=row.reseller_id,
        lines=[ItemUnits(row.item_id, row.units)],
        cause=f"reservation:{row.pk}",
        actor=actor,
        now=now,
    )
