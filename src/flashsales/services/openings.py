"""Telling resellers that a sale has opened, or is about to. The clock brings it about, and a periodic job says so (EVENT-5)."""

from datetime import datetime, timedelta

from django.db import transaction

from events.rules.kinds import EventKind
from events.services import EventDraft, publish_once
from flashsales.models import Sale, SaleReminder
from flashsales.rules import SaleState

REMINDED_BEFORE = timedelta(minutes=5)
_MAX_DELAY = timedelta(hours=1)
"""A sale that opened longer ago is no news; a worker that was away for less still tells of it."""


@transaction.atomic
def announce_openings(*, now: datetime) -> int:
    """Publish an event for each sale that has opened, once per sale; returns how many are new."""
    opened = Sale.objects.filter(
        state=SaleState.PUBLISHED.value, starts_at__lte=now, starts_at__gt=now - _MAX_DELAY, ends_at__gt=now
    )
    drafts = [
        EventDraft(EventKind.SALE_OPENED, pk, brand_id=brand_id, data={"sale_id": pk, "title": title})
        for pk, brand_id, title in opened.values_list("pk", "brand_id", "title")
    ]
    return publish_once(drafts, now=now)


@transaction.atomic
def remind_of_openings(*, now: datetime) -> int:
    """Tell those who asked of each sale that opens within `REMINDED_BEFORE`, once each; returns how many are new (SALE-10)."""
    asked = SaleReminder.objects.filter(
        withdrawn_at=None,
        sale__state=SaleState.PUBLISHED.value,
        sale__starts_at__gt=now,
        sale__starts_at__lte=now + REMINDED_BEFORE,
    )
    drafts = [
        EventDraft(
            EventKind.SALE_OPENS_SOON,
            pk,
            reseller_id=reseller_id,
            data={"sale_id": sale_id, "title": title, "minutes": -(-(starts_at - now) // timedelta(minutes=1))},
        )
        for pk, reseller_id, sale_id, title, starts_at in asked.values_list(
            "pk", "reseller_id", "sale_id", "sale__title", "sale__starts_at"
        )
    ]
    return publish_once(drafts, now=now)
