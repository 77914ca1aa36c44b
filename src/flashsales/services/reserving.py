"""Reserving units that have come back for the resellers who wait for them, in the order of asking (SALE-13).

Whatever makes units of an item available calls `reserve_for_waiting` in its transaction, while the item is locked. So no unit is
available, even for an instant, while somebody who can use it waits; the grab has nothing to look at and needs no further statement.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction

from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.models import Reservation
from flashsales.rules.waiting import QueuedEntry, reserved_until, share_out
from flashsales.selectors.offers import read_quantity_terms
from flashsales.sql.units import hold_units
from flashsales.sql.waiting import QueueRow, read_queue


def reserve_for_waiting(*, item_ids: Sequence[int], now: datetime) -> int:
    """Reserve available units of items for those who wait for them; returns how many reservations are new.

    The items must be locked by this transaction: what was released or asked for at the same time is then seen here or there.
    """
    queue = read_queue(item_ids=item_ids, at=now) if item_ids else []
    reserved = 0
    for _, rows in groupby(queue, key=lambda row: row.item_id):
        of_item = {row.entry_id: row for row in rows}
        shares = share_out(next(iter(of_item.values())).available, [_queued(row) for row in of_item.values()])
        reserved += sum(_reserve(of_item[entry_id], units, now) for entry_id, units in shares.items())
    return reserved


def _queued(row: QueueRow) -> QueuedEntry:
    limits = [(row.item_limit, row.item_taken), (row.sale_limit, row.sale_taken)]
    left = [max(limit - taken, 0) for limit, taken in limits if limit is not None]
    return QueuedEntry(
        row.entry_id,
        row.reseller_id,
        row.units,
        limit_units=min(left, default=None),
        terms=read_quantity_terms(row.quantity_terms),
    )


def _reserve(row: QueueRow, units: int, now: datetime) -> bool:
    """Hold units as a grab holds them; False where her limits left fewer, because she took others of the sale since they were read."""
    with transaction.atomic():
        held = hold_units(item_ids=[row.item_id], units=[units], reseller_id=row.reseller_id, now=now)
        if not held:
            transaction.set_rollback(True)
            return False
        reservation = Reservation.objects.create(
            entry_id=row.entry_id,
            item_id=row.item_id,
            reseller_id=row.reseller_id,
            units=units,
            reserved_at=now,
            until=reserved_until(now, life=_life(row), sale_ends_at=row.ends_at),
        )
        minutes = max(1, round((reservation.until - now).total_seconds() / 60))
        kind, subject_id = (
            (EventKind.WAITED_FOR_IS_BACK, row.entry_id)
            if row.draw_entry_id is None
            else (EventKind.DRAW_WON, row.draw_entry_id)
        )
        data: dict[str, str | int | bool | None] = {
            "goods": row.goods,
            "units": units,
            "minutes": minutes,
            "sale_id": row.sale_id,
        }
        publish([EventDraft(kind, subject_id, reseller_id=row.reseller_id, data=data)], now=now)
        return True


def _life(row: QueueRow) -> timedelta:
    return settings.RESERVATION_LIFE if row.order_minutes is None else timedelta(minutes=row.order_minutes)
