"""What carriers reported of waybills, and the statement of their status that integrity checks compare with."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from tracking.models import WaybillEvent
from tracking.rules import STATES, ParcelStatus

WAYBILL_STATUSES = "SELECT id, status, status_at FROM tracking_trackedwaybill"
"""The status of every waybill, for a check of those who took it over."""


@dataclass(frozen=True, slots=True)
class ParcelEventView:
    """What a carrier reported of a parcel: its text, with phones and names masked. `status` None where it named no known state."""

    at: datetime
    text: str
    place: str
    status: ParcelStatus | None


def events_of_waybills(waybill_ids: Collection[int]) -> Mapping[int, list[ParcelEventView]]:
    """The events of waybills, the newest first. One statement."""
    found: dict[int, list[ParcelEventView]] = defaultdict(list)
    if waybill_ids:
        rows = WaybillEvent.objects.filter(waybill_id__in=waybill_ids).order_by("waybill_id", "-at", "-pk")
        for row in rows:
            known = STATES.get(row.code)
            found[row.waybill_id].append(ParcelEventView(row.at, row.text, row.place, known.status if known else None))
    return found


def problem_words(code: str) -> tuple[str, str]:
    """What is wrong with a waybill in this state, in Chinese and English; "" where nothing is."""
    known = STATES.get(code)
    return (known.problem_zh, known.problem_en) if known else ("", "")
