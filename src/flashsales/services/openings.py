"""Telling resellers that a sale has opened, or is about to. The clock brings it about, and a periodic job says so (EVENT-5).

Where tiers have a head start (SALE-19), each member is told of her own opening.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from events.rules.kinds import EventKind
from events.services import EventDraft, publish, publish_once
from flashsales.models import AnnouncedOpening, Sale, SaleReminder
from flashsales.rules import SaleState
from flashsales.rules.head_start import MAX_HEAD_START, opens_at, opens_to_all_at
from membership.rules.tiers import Tier
from membership.selectors.histories import tiers_at
from membership.selectors.people import ids_of_tier

REMINDED_BEFORE = timedelta(minutes=5)
_MAX_DELAY = timedelta(hours=1)
"""A sale that opened longer ago is no news; a worker that was away for less still tells of it."""
_MAX_EVENTS = 5000
"""So many events are written by one statement."""


@transaction.atomic
def announce_openings(*, now: datetime) -> int:
    """Publish an event for each sale that has opened for all, once per sale; returns how many are new."""
    drafts = [
        EventDraft(EventKind.SALE_OPENED, row.pk, brand_id=row.brand_id, data=_data_of(row))
        for row in _begun(now)
        if _has_just_passed(opens_to_all_at(row.starts_at, row.opening_delays), now)
    ]
    return publish_once(drafts, now=now)


@transaction.atomic
def announce_head_starts(*, now: datetime) -> int:
    """Tell the members of each tier for which a sale has opened before it opens for all, once per sale and tier; returns how many."""
    told = 0
    for row in _begun(now):
        to_all_at = opens_to_all_at(row.starts_at, row.opening_delays)
        for tier in Tier:
            opening = opens_at(row.starts_at, row.opening_delays, tier)
            if opening < to_all_at and _has_just_passed(opening, now):
                told += _announce(row, tier, now)
    return told


def _announce(row: Sale, tier: Tier, now: datetime) -> int:
    # The unique key lets one of several workers go on; the others wait for it and find the row.
    _, is_new = AnnouncedOpening.objects.get_or_create(sale=row, tier=tier, defaults={"announced_at": now})
    if not is_new:
        return 0
    members = ids_of_tier(tier, at=now)
    for first in range(0, len(members), _MAX_EVENTS):
        drafts = [
            EventDraft(EventKind.SALE_OPENED_FOR_TIER, row.pk, reseller_id=reseller_id, data=_data_of(row))
            for reseller_id in members[first : first + _MAX_EVENTS]
        ]
        publish(drafts, now=now)
    return len(members)


def _begun(now: datetime) -> list[Sale]:
    """The published sales of which an opening may have just passed."""
    since = now - _MAX_DELAY - timedelta(minutes=MAX_HEAD_START)
    rows = Sale.objects.filter(
        state=SaleState.PUBLISHED.value, starts_at__lte=now, starts_at__gt=since, ends_at__gt=now
    )
    return list(rows.order_by("pk"))


def _has_just_passed(opening: datetime, now: datetime) -> bool:
    return now - _MAX_DELAY < opening <= now


def _data_of(row: Sale) -> dict[str, str | int | bool | None]:
    return {"sale_id": row.pk, "title": row.title}


@transaction.atomic
def remind_of_openings(*, now: datetime) -> int:
    """Tell those who asked of each sale that opens for them within `REMINDED_BEFORE`, once each; returns how many are new (SALE-10)."""
    asked = SaleReminder.objects.filter(
        Q(sale__starts_at__gt=now)
        | Q(sale__starts_at__gt=now - timedelta(minutes=MAX_HEAD_START), sale__opening_delays__isnull=False),
        withdrawn_at=None,
        sale__state=SaleState.PUBLISHED.value,
        sale__starts_at__lte=now + REMINDED_BEFORE,
        sale__ends_at__gt=now,
    ).select_related("sale")
    drafts = [
        EventDraft(
            EventKind.SALE_OPENS_SOON,
            row.pk,
            reseller_id=row.reseller_id,
            data={**_data_of(row.sale), "minutes": -(-(opening - now) // timedelta(minutes=1))},
        )
        for row, opening in _openings_of(list(asked), now)
        if now < opening <= now + REMINDED_BEFORE
    ]
    return publish_once(drafts, now=now)


def _openings_of(reminders: Sequence[SaleReminder], now: datetime) -> list[tuple[SaleReminder, datetime]]:
    """When the sale of each reminder opens for who asked."""
    asking: Collection[int] = {row.reseller_id for row in reminders if row.sale.opening_delays}
    tiers = tiers_at(asking, now) if asking else {}
    return [
        (row, opens_at(row.sale.starts_at, row.sale.opening_delays, tiers.get(row.reseller_id, Tier.TRIAL)))
        for row in reminders
    ]
