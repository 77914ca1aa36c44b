"""Telling resellers that a sale has opened. No change brings it about: the clock does, and a periodic job says so (EVENT-5)."""

from datetime import datetime, timedelta

from django.db import transaction

from events.rules import EventKind
from events.services import EventDraft, publish_once
from flashsales.models import Sale
from flashsales.rules import SaleState

_TOLD_WITHIN = timedelta(hours=1)
"""A sale that opened longer ago is no news; a worker that was away for less still tells of it."""


@transaction.atomic
def announce_openings(*, now: datetime) -> int:
    """Publish an event for each sale that has opened, once per sale; returns how many are new."""
    opened = Sale.objects.filter(
        state=SaleState.PUBLISHED.value, starts_at__lte=now, starts_at__gt=now - _TOLD_WITHIN, ends_at__gt=now
    )
    drafts = [
        EventDraft(EventKind.SALE_OPENED, pk, brand_id=brand_id, data={"sale_id": pk, "title": title})
        for pk, brand_id, title in opened.values_list("pk", "brand_id", "title")
    ]
    return publish_once(drafts, now=now)
