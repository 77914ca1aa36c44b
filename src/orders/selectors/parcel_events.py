"""Parcels with what carriers reported of them, and parcels that somebody should look after (TRACK-7)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from db.rows import view_of
from kernel.refusal import Missing
from orders.models.orders import Order
from orders.models.shipping import Parcel
from orders.rules.parcels import ParcelAttention
from orders.selectors.consignments import carrier_name_en
from orders.selectors.orders import NoSuchOrder
from tracking.rules import STILL_AFTER, TROUBLED_STATUSES, ParcelStatus, WatchState
from tracking.selectors import ParcelEventView, events_of_waybills, problem_words
from web.pagination import Page, paginate

TROUBLED_FOR = timedelta(days=60)
"""What was in trouble for longer is no longer listed: nobody will find it any more."""


class NoSuchParcel(Missing):
    code = "orders.no_such_parcel"
    zh = "没有这个包裹（{parcel_id}）"
    en = "There is no parcel {parcel_id}"
    parcel_id: int


@dataclass(frozen=True, slots=True)
class TrackedParcelView:
    """A parcel and what its carrier reported, the newest first; no events where it is not tracked. Phones and names in texts are masked."""

    id: int
    order_id: int
    consignment_id: int
    carrier: str
    carrier_en: str
    tracking_no: str
    shipped_at: datetime
    status: ParcelStatus
    status_at: datetime
    events: list[ParcelEventView]


@dataclass(frozen=True, slots=True)
class TroubledParcelView:
    """A parcel that somebody should look after. `problem_zh`, `problem_en`: what the carrier says is wrong, "" where it stands still."""

    id: int
    order_id: int
    consignment_id: int
    brand_id: int
    brand_name: str
    carrier: str
    carrier_en: str
    tracking_no: str
    shipped_at: datetime
    status: ParcelStatus
    last_event_at: datetime
    problem_zh: str
    problem_en: str

    @property
    def carrier_zh(self) -> str:
        return self.carrier


def get_timelines(parcel_ids: Collection[int]) -> Mapping[int, list[ParcelEventView]]:
    """The events of parcels by their ids, the newest first. Two statements for any number of them."""
    tracked = dict(Parcel.objects.filter(pk__in=parcel_ids, tracked__isnull=False).values_list("pk", "tracked_id"))
    events = events_of_waybills(set(tracked.values()))
    return {parcel_id: events[waybill_id] for parcel_id, waybill_id in tracked.items() if waybill_id in events}


def list_order_parcels(order_id: int, *, reseller_id: int | None = None) -> list[TrackedParcelView]:
    """The parcels of an order in the order of shipping; refuses an order of somebody else where `reseller_id` is given."""
    own = {} if reseller_id is None else {"reseller_id": reseller_id}
    if not Order.objects.filter(pk=order_id, **own).exists():
        raise NoSuchOrder(order_id=order_id)
    return _views(Parcel.objects.filter(consignment__order_id=order_id))


def get_tracked_parcel(
    parcel_id: int, *, reseller_id: int | None = None, brand_id: int | None = None
) -> TrackedParcelView:
    """One parcel; refuses that of another reseller or brand, where one is given."""
    rows = Parcel.objects.filter(pk=parcel_id)
    if reseller_id is not None:
        rows = rows.filter(consignment__order__reseller_id=reseller_id)
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    found = _views(rows)
    if not found:
        raise NoSuchParcel(parcel_id=parcel_id)
    return found[0]


def list_troubled_parcels(
    kind: ParcelAttention, *, at: datetime, brand_id: int | None = None, cursor: str = "", limit: int = 30
) -> Page[TroubledParcelView]:
    """Parcels with a problem or on their way back, the newest trouble first; or those that stand still, the longest first."""
    rows = _troubled(kind, at=at)
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    rows = rows.select_related("carrier", "brand", "consignment", "tracked")
    order = ("-status_at", "-id") if kind is ParcelAttention.PROBLEM else ("shipped_at", "id")
    return paginate(
        rows, name=f"orders.troubled_parcels:{kind.value}", order=order, cursor=cursor, limit=limit, view=_troubled_view
    )


def count_troubled_parcels(*, at: datetime) -> dict[ParcelAttention, int]:
    return {kind: _troubled(kind, at=at).count() for kind in ParcelAttention}


def _troubled(kind: ParcelAttention, *, at: datetime) -> QuerySet[Parcel]:
    if kind is ParcelAttention.PROBLEM:
        return Parcel.objects.filter(
            status__in=[each.value for each in TROUBLED_STATUSES],
            status_at__gt=at - TROUBLED_FOR,
            tracked__isnull=False,
        )
    watched = ~Q(tracked__watch=WatchState.ENDED.value)
    return Parcel.objects.filter(
        watched, tracked__last_event_at__lte=at - STILL_AFTER, status__in=_MOVING, tracked__isnull=False
    )


_MOVING = [
    status.value
    for status in (
        ParcelStatus.SHIPPED,
        ParcelStatus.IN_TRANSIT,
        ParcelStatus.DELIVERING,
        ParcelStatus.AT_PICKUP,
    )
]
"""The statuses in which a parcel can stand still; one with a problem is listed for that."""


def _views(rows: QuerySet[Parcel]) -> list[TrackedParcelView]:
    found = list(rows.select_related("carrier", "consignment").order_by("pk"))
    events = events_of_waybills({row.tracked_id for row in found if row.tracked_id is not None})
    return [
        view_of(
            TrackedParcelView,
            row,
            order_id=row.consignment.order_id,
            carrier=row.carrier_name,
            carrier_en=carrier_name_en(row),
            events=events.get(row.tracked_id or 0, []),
        )
        for row in found
    ]


def _troubled_view(row: Parcel) -> TroubledParcelView:
    if row.tracked is None:
        raise ValueError(f"parcel {row.pk} is not tracked")
    problem_zh, problem_en = problem_words(row.tracked.status_code)
    return view_of(
        TroubledParcelView,
        row,
        order_id=row.consignment.order_id,
        brand_name=row.brand.name,
        carrier=row.carrier_name,
        carrier_en=carrier_name_en(row),
        last_event_at=row.tracked.last_event_at,
        problem_zh=problem_zh,
        problem_en=problem_en,
    )
