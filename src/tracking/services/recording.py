"""Recording what the tracking service reports: events, and the status that follows from them (TRACK-4, TRACK-5)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db.transactions import atomic_with_retry
from tracking import sql
from tracking.models import TrackedWaybill, WaybillEvent
from tracking.rules import (
    FINAL_STATUSES,
    RESUBSCRIBE_AFTER,
    SILENCE,
    CarrierEvent,
    Monitoring,
    ParcelStatus,
    Report,
    StatusOfEvents,
    WatchState,
    masked_text,
    status_of,
    takes_event,
)


@dataclass(frozen=True, slots=True)
class WaybillUpdate:
    """What a report changed. `code`: the state that says what is wrong, "" where nothing is."""

    waybill_id: int
    before: ParcelStatus
    after: ParcelStatus
    at: datetime
    code: str


@atomic_with_retry
def record_reports(
    *, reports: Mapping[int, Report], names: Mapping[int, Sequence[str]], is_push: bool, now: datetime
) -> list[WaybillUpdate]:
    """Record reports by the id of their waybill; gives the waybills whose status or its time changed.

    `names`: the recipients of each waybill, which are masked in the texts. The same report again, or an older one after a newer one,
    changes nothing. Erased waybills take nothing. The number of statements does not grow with that of the events.
    """
    rows = {
        row.pk: row
        for row in TrackedWaybill.objects.select_for_update().filter(pk__in=reports, erased_at=None).order_by("pk")
    }
    taken = [
        (waybill_id, replace(event, text=masked_text(event.text, names.get(waybill_id, ()))))
        for waybill_id, row in rows.items()
        for event in reports[waybill_id].events
        if takes_event(event, shipped_at=row.shipped_at, now=now)
    ]
    if taken:
        sql.add_events(taken)
    updates = _update_statuses(rows)
    for waybill_id, row in rows.items():
        _set_watch(row, reports[waybill_id].monitoring, is_push=is_push, now=now)
    return updates


def find_waybill(report: Report) -> int | None:
    """The waybill that a push tells of; None where there is none of ours."""
    rows = TrackedWaybill.objects.filter(number=report.number, company__in=report.companies, retired_at=None)
    return rows.order_by("pk").values_list("pk", flat=True).first()


def _update_statuses(rows: Mapping[int, TrackedWaybill]) -> list[WaybillUpdate]:
    events: dict[int, list[CarrierEvent]] = defaultdict(list)
    for waybill_id, at, code, text in WaybillEvent.objects.filter(waybill_id__in=rows).values_list(
        "waybill_id", "at", "code", "text"
    ):
        events[waybill_id].append(CarrierEvent(at, code, text))
    changed: list[tuple[int, StatusOfEvents, datetime]] = []
    updates: list[WaybillUpdate] = []
    for waybill_id, row in rows.items():
        found = status_of(events[waybill_id], shipped_at=row.shipped_at)
        last = max((event.at for event in events[waybill_id]), default=row.shipped_at)
        before = ParcelStatus(row.status)
        if (row.status_at, row.status_code, before) != (found.at, found.code, found.status):
            updates.append(WaybillUpdate(waybill_id, before, found.status, found.at, found.code))
        elif row.last_event_at == last:
            continue
        changed.append((waybill_id, found, last))
        row.status = found.status.value
    if changed:
        sql.set_statuses(changed)
    return updates


def _set_watch(row: TrackedWaybill, monitoring: Monitoring, *, is_push: bool, now: datetime) -> None:
    """What is delivered or returned is watched no more. After a push, the waybill is left alone for a while."""
    if row.watch == WatchState.ENDED.value:
        return
    if ParcelStatus(row.status) in FINAL_STATUSES or monitoring is Monitoring.DONE:
        row.watch, row.next_attempt_at, row.phone_tail = WatchState.ENDED.value, None, ""
    elif monitoring is Monitoring.GIVEN_UP:
        row.watch, row.next_attempt_at = WatchState.WAITING.value, now + RESUBSCRIBE_AFTER
    elif is_push:
        row.watch, row.next_attempt_at, row.attempts = WatchState.SUBSCRIBED.value, now + SILENCE, 0
    else:
        return
    row.save(update_fields=["watch", "next_attempt_at", "phone_tail", "attempts"])
