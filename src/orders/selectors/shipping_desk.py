"""What a brand's shipping desk works from: the clock of 24 hours, the picking list, and the consignment to pack next (ORDER-4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from brands.selectors.brands import brand_names
from orders import sql
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.rules.states import UNSHIPPED_STATES, Urgency, urgency_of
from orders.selectors.consignments import CONSIGNMENT_PREFETCH, ConsignmentView, consignment_view
from orders.selectors.sold import UNSHIPPED_UNITS
from web.column_plot import ColumnValue

MAX_LATE_HOURS = 24
"""Consignments that are late for longer are counted with those of this hour."""


@dataclass(frozen=True, slots=True)
class BacklogHour:
    """Consignments of a brand to ship with `hours_left` to `hours_left` + 1 hours left; negative hours are late."""

    brand_id: int
    brand_name: str
    hours_left: int
    urgency: Urgency
    consignments: int


@dataclass(frozen=True, slots=True)
class PickingLine:
    """Units of a SKU to take from the shelf; those whose label is cut stand apart. `consignments`: how many they go into."""

    style_no: str
    name: str
    colour: str
    size: str
    barcode: str
    label_cut: bool
    units: int
    consignments: int


def get_backlog(*, at: datetime, brand_id: int | None = None) -> list[BacklogHour]:
    """The consignments to ship, of one brand or of all, by the hours that are left, the most urgent first."""
    rows = sql.backlog_by_hour(brand_id=brand_id, max_late_hours=MAX_LATE_HOURS, at=at)
    names = brand_names({row["brand_id"] for row in rows})
    return [
        BacklogHour(
            brand_id=row["brand_id"],
            brand_name=names[row["brand_id"]],
            hours_left=row["hours_left"],
            urgency=urgency_of(ship_by=at + timedelta(hours=row["hours_left"]), at=at),
            consignments=row["consignments"],
        )
        for row in rows
    ]


TONES = {Urgency.LATE: "bad", Urgency.SOON: "wait", Urgency.DUE: "good"}


def backlog_values(hours: Iterable[BacklogHour]) -> list[ColumnValue]:
    """The backlog of all brands in `hours` as columns of a plot, by the hours that are left."""
    sums: dict[int, int] = {}
    tones: dict[int, str] = {}
    for each in hours:
        sums[each.hours_left] = sums.get(each.hours_left, 0) + each.consignments
        tones[each.hours_left] = TONES[each.urgency]
    return [ColumnValue(hour, count, tones[hour], f"{hour} h: {count}") for hour, count in sorted(sums.items())]


def count_by_urgency(hours: Iterable[BacklogHour]) -> dict[Urgency, int]:
    counts = dict.fromkeys(Urgency, 0)
    for each in hours:
        counts[each.urgency] += each.consignments
    return counts


def get_picking_list(brand_id: int, *, listed_only: bool = False) -> list[PickingLine]:
    """What is to be taken from the shelves for all consignments to ship, by style, colour and size; or for those that were listed."""
    left = OrderLine.objects.filter(brand_id=brand_id, consignment__state__in=UNSHIPPED_STATES)
    if listed_only:
        left = left.filter(consignment__listed_at__isnull=False)
    rows = (
        left.annotate(left_units=UNSHIPPED_UNITS)
        .filter(left_units__gt=0)
        .values_list(
            "sku__style__style_no", "sku__style__name", "sku__colour", "sku__size", "sku__barcode", "labelling"
        )
        .annotate(to_pick=Sum("left_units"), consignments=Count("consignment", distinct=True))
        .order_by("sku__style__style_no", "sku__colour", "sku__size", "labelling")
    )
    return [
        PickingLine(style_no, name, colour, size, barcode or "", labelling == "cut", units, consignments)
        for style_no, name, colour, size, barcode, labelling, units, consignments in rows
    ]


def get_next_to_ship(
    brand_id: int, *, at: datetime, after_id: int | None = None, only_id: int | None = None
) -> ConsignmentView | None:
    """The consignment to pack next, in the order of the deadlines: the first, or the first after another one; or `only_id` alone.

    None where none is left to ship.
    """
    rows = Consignment.objects.filter(brand_id=brand_id, state__in=UNSHIPPED_STATES)
    if only_id is not None:
        rows = rows.filter(pk=only_id)
    passed = Consignment.objects.filter(pk=after_id, brand_id=brand_id).first() if after_id is not None else None
    if passed is not None:
        later = rows.filter(Q(ship_by__gt=passed.ship_by) | Q(ship_by=passed.ship_by, pk__gt=passed.pk))
        rows = later if later.exists() else rows
    row = rows.select_related("brand").prefetch_related(*CONSIGNMENT_PREFETCH).order_by("ship_by", "pk").first()
    return None if row is None else consignment_view(row, at=at, is_for_brand=True)
