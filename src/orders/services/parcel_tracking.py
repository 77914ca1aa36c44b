"""What carriers report of parcels: following their waybills, asking for them, and taking over their status (TRACK-2 to TRACK-7)."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db.models.functions import Length

from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from jobs.batches import run_each
from orders import sql
from orders.models.shipping import Parcel
from orders.selectors.consignments import carrier_name_en
from tracking.rules import MAX_NUMBER, MIN_NUMBER, TROUBLED_STATUSES, WATCHED_FOR, Claim, ParcelStatus, Report
from tracking.selectors import problem_words
from tracking.services import asking
from tracking.services.account import get_account, is_tracking_on
from tracking.services.client import Client
from tracking.services.kuaidi100 import OutcomeKind
from tracking.services.recording import WaybillUpdate, find_waybill, record_reports
from tracking.services.registering import WaybillToRegister, register_waybills

log = logging.getLogger("weicang.tracking")

_FOLLOWED_AT_ONCE = 500
_CLAIMED_AT_ONCE = 10
_SECONDS_PER_RUN = timedelta(seconds=40)
"""A run claims no more after so long; the next one begins within a minute."""
_MAX_FAILURES = 3
"""After so many failures in a row the service is away, and the run ends."""


def follow_parcels(*, now: datetime) -> int:
    """Have the waybills of shipped parcels followed; returns how many parcels. Without an account for tracking, none are.

    A parcel that waits is one whose number is not followed yet, so shipping need not tell anybody, and what was shipped before the
    account was there is taken up too.
    """
    total = 0
    while is_tracking_on():
        count = _follow_some(now=now)
        total += count
        if count < _FOLLOWED_AT_ONCE:
            break
    return total


@atomic_with_retry
def _follow_some(*, now: datetime) -> int:
    rows = (
        Parcel.objects.select_for_update(skip_locked=True, of=("self",))
        .annotate(length=Length("waybill"))
        .filter(
            tracked=None,
            shipped_at__gt=now - WATCHED_FOR,
            carrier__kuaidi100_code__gt="",
            length__gte=MIN_NUMBER,
            length__lte=MAX_NUMBER,
        )
        .select_related("carrier", "consignment")
        .order_by("shipped_at", "pk")[:_FOLLOWED_AT_ONCE]
    )
    parcels = {(row.carrier.kuaidi100_code, row.waybill, row.pk): row for row in rows if row.carrier is not None}
    registered = register_waybills(
        waybills=[
            WaybillToRegister(company, number, row.consignment.phone, row.shipped_at)
            for (company, number, _), row in parcels.items()
        ],
        now=now,
    )
    for (company, number, _), row in parcels.items():
        waybill = registered[company, number]
        row.tracked_id = waybill.id
        if waybill.status is not ParcelStatus.SHIPPED:
            row.status, row.status_at = waybill.status.value, waybill.status_at
    Parcel.objects.bulk_update(parcels.values(), ["tracked", "status", "status_at"])
    return len(parcels)


def ask_about_parcels(*, clock: Callable[[], datetime]) -> int:
    """Subscribe waybills that wait, and ask for those of which nothing is heard; returns how many were asked for.

    A run is bounded in time. It ends early where the tracking service refuses our account or does not answer several times in a row.
    """
    account = get_account()
    if account is None:
        return 0
    ends_at, asked = clock() + _SECONDS_PER_RUN, 0
    with Client(account) as client:
        run = _Run(client, clock)
        while not run.is_over and clock() < ends_at:
            claims = {each.id: each for each in asking.claim_due(limit=_CLAIMED_AT_ONCE, now=clock())}
            if not claims:
                break
            asked += run_each(partial(run.ask, claims), claims, job="ask_about_parcels")
    return asked


class _Run:
    """One run over waybills that are due, with the failures in a row so far."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client, self._clock = client, clock
        self._failures, self.is_over = 0, False

    def ask(self, claims: Mapping[int, Claim], waybill_id: int) -> int:
        """Ask for one waybill, and write what came of it; 0 where the run is over."""
        if self.is_over:
            return 0
        claim = claims[waybill_id]
        outcome = asking.ask(self._client, claim)
        now, has_news = self._clock(), False
        if outcome.report is not None:
            has_news = bool(apply_reports(reports={claim.id: outcome.report}, is_push=False, now=now))
        asking.settle(claim=claim, outcome=outcome, has_news=has_news, now=now)
        self._failures = self._failures + 1 if outcome.kind is OutcomeKind.FAILED else 0
        self.is_over = outcome.kind is OutcomeKind.WRONG_ACCOUNT or self._failures >= _MAX_FAILURES
        return 1


@atomic_with_retry
def receive_push(*, report: Report, now: datetime) -> bool:
    """Record a push whose signature was checked; False where no parcel travels under its number. The same push again changes nothing."""
    waybill_id = find_waybill(report)
    if waybill_id is None:
        return False
    apply_reports(reports={waybill_id: report}, is_push=True, now=now)
    return True


@atomic_with_retry
def apply_reports(*, reports: Mapping[int, Report], is_push: bool, now: datetime) -> list[WaybillUpdate]:
    """Record reports of waybills, give their parcels the status that follows, and tell resellers and brands (TRACK-5)."""
    names: dict[int, list[str]] = defaultdict(list)
    recipients = Parcel.objects.filter(tracked_id__in=reports).values_list("tracked_id", "consignment__name").distinct()
    for waybill_id, name in recipients:
        names[waybill_id or 0].append(name)
    updates = record_reports(reports=reports, names=names, is_push=is_push, now=now)
    if updates:
        sql.set_parcel_statuses(
            waybills=[each.waybill_id for each in updates],
            statuses=[each.after.value for each in updates],
            at=[each.at for each in updates],
        )
        _publish(updates, now=now)
    return updates


def _publish(updates: Sequence[WaybillUpdate], *, now: datetime) -> None:
    told = {
        each.waybill_id: each
        for each in updates
        if each.before is not each.after and each.after in (ParcelStatus.DELIVERED, *TROUBLED_STATUSES)
    }
    if not told:
        return
    rows = Parcel.objects.filter(tracked_id__in=told).select_related("carrier", "consignment__order").order_by("pk")
    # Pieces of one shipment are parcels with one waybill, and one news.
    first = {(row.consignment_id, row.tracked_id or 0): row for row in reversed(list(rows))}
    publish([_event(row, told[waybill_id]) for (_, waybill_id), row in first.items()], now=now)


def _event(row: Parcel, update: WaybillUpdate) -> EventDraft:
    is_delivered = update.after is ParcelStatus.DELIVERED
    problem_zh, problem_en = problem_words(update.code)
    order = row.consignment.order
    return EventDraft(
        EventKind.PARCEL_SIGNED if is_delivered else EventKind.PARCEL_PROBLEM,
        subject_id=row.consignment_id,
        reseller_id=order.reseller_id,
        brand_id=row.brand_id,
        data={
            "order_id": order.pk,
            "parcel_id": row.pk,
            "carrier": row.carrier_name,
            "carrier_en": carrier_name_en(row),
            "tracking_no": row.tracking_no,
            "problem_zh": problem_zh,
            "problem_en": problem_en,
        },
    )
