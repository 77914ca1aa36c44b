"""Registering the waybills that are to be followed, and erasing what carriers said of them (TRACK-2, TRACK-8)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.transactions import atomic_with_retry
from tracking import sql
from tracking.models import TrackedWaybill, WaybillEvent
from tracking.rules import (
    FIRST_QUERY,
    MAX_NUMBER,
    MIN_NUMBER,
    PHONE_COMPANIES,
    REUSED_AFTER,
    ParcelStatus,
    WatchState,
    phone_tail_of,
)
from tracking.services.account import get_account
from tracking.sql import NewWaybill


@dataclass(frozen=True, slots=True)
class WaybillToRegister:
    """A number that a carrier carries. `phone`: of the recipient; of it the last digits are kept where the carrier asks for them."""

    company: str
    number: str
    phone: str
    shipped_at: datetime


@dataclass(frozen=True, slots=True)
class RegisteredWaybill:
    id: int
    status: ParcelStatus
    status_at: datetime


@atomic_with_retry
def register_waybills(
    *, waybills: Sequence[WaybillToRegister], now: datetime
) -> Mapping[tuple[str, str], RegisteredWaybill]:
    """Follow waybills from now on; gives those that can be followed, by company and number, and keeps them locked.

    A waybill that is followed already stays as it is. One that was shipped longer than `REUSED_AFTER` ago is another waybill of the same
    number. The number of statements does not grow with that of the waybills.
    """
    account = get_account()
    new: dict[tuple[str, str], NewWaybill] = {}
    for each in sorted(waybills, key=lambda each: each.shipped_at):
        if account is None or not (each.company and MIN_NUMBER <= len(each.number) <= MAX_NUMBER):
            continue
        tail = phone_tail_of(each.phone) if each.company in PHONE_COMPANIES else ""
        new.setdefault((each.company, each.number), NewWaybill(each.company, each.number, tail, each.shipped_at))
    if account is None or not new:
        return {}
    listed = [new[name] for name in sorted(new)]
    watch = WatchState.WAITING if account.callback_url else WatchState.POLLED
    first = now if account.callback_url else now + FIRST_QUERY
    sql.retire_old(listed, before=now - REUSED_AFTER, now=now)
    sql.register(listed, watch=watch, first_attempt_at=first, now=now)
    return {
        (row.company, row.number): RegisteredWaybill(row.id, ParcelStatus(row.status), row.status_at)
        for row in sql.lock_registered(listed)
    }


def erase_waybills(waybill_ids: Collection[int], *, now: datetime) -> None:
    """Delete what carriers said of waybills: it may name a customer or her street. They take no events any more (PRIVACY-5)."""
    if not waybill_ids:
        return
    rows = TrackedWaybill.objects.filter(pk__in=waybill_ids, erased_at=None)
    rows.update(watch=WatchState.ENDED.value, next_attempt_at=None, phone_tail="", erased_at=now)
    WaybillEvent.objects.filter(waybill_id__in=waybill_ids).delete()
