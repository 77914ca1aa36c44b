"""How far the monthly roll-overs have come."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from kernel.period import month_of
from membership.models import MonthRollover, Reseller
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class RolloverView:
    """How far a roll-over has come; `finished_at` is None while it runs."""

    month: date
    started_at: datetime
    finished_at: datetime | None
    upgraded: int
    downgraded: int
    bonuses: int


def list_rollovers(*, cursor: str = "", limit: int = 50) -> Page[RolloverView]:
    """The roll-overs that were begun, the latest first."""
    return paginate(
        MonthRollover.objects.all(),
        name="membership.rollovers",
        order=("-month",),
        cursor=cursor,
        limit=limit,
        view=_rollover_view,
    )


def is_rollover_due(at: datetime) -> bool:
    """Whether members wait for the roll-over at the start of this month."""
    month = month_of(at)
    return Reseller.objects.filter(rolled_over_through__lt=month, pk__gt=last_rolled_over_id(month)).exists()


def last_rolled_over_id(month: date) -> int:
    """The last reseller whom the roll-over at the start of `month` has reached; 0 before its first."""
    through_id = MonthRollover.objects.filter(month__gte=month).aggregate(last=Max("done_through_id"))["last"]
    return through_id or 0


def rolled_over_through(reseller_id: int, own_month: date) -> date:
    """The latest month that a member is rolled over to: `own_month` of her row, or a later one that the roll-over of all reached her in."""
    month = (
        MonthRollover.objects.filter(month__gt=own_month, done_through_id__gte=reseller_id)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
    return month or own_month


def _rollover_view(row: MonthRollover) -> RolloverView:
    return RolloverView(row.month, row.started_at, row.finished_at, row.upgraded, row.downgraded, row.bonuses)
