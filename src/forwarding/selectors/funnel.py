"""What became of the pages that a reseller shared: by day, channel and page (FORWARD-21)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from db.rows import view_of
from forwarding.models import Forward, ForwardStyle
from forwarding.rules.funnel import FunnelSpan
from forwarding.selectors.channels import channel_names
from forwarding.selectors.forwards import NoSuchForward
from forwarding.sql.funnel import FunnelSums, find_funnel

MAX_ROWS = 400
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class FunnelRowView:
    """A day (`key` its date), a channel (its code) or a page (the id of the forward), with its name in words.

    `ordered` and `paid` count wishes. Of units that were refunded and of goods without a retail price no money is counted.
    """

    response_properties: ClassVar = ("profit_fen",)

    key: str
    name: str
    views: int
    wishes: int
    wished_units: int
    ordered: int
    ordered_units: int
    paid: int
    paid_units: int
    revenue_fen: int
    paid_fen: int

    @property
    def profit_fen(self) -> int:
        return self.revenue_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class FunnelView:
    """The rows of a span of days, both included, and their sums; of one page where `forward_id` is given."""

    span: FunnelSpan
    first_date: date
    last_date: date
    forward_id: int | None
    total: FunnelRowView
    rows: list[FunnelRowView]


def get_funnel(
    reseller_id: int, *, span: FunnelSpan, first_date: date, last_date: date, forward_id: int | None = None
) -> FunnelView:
    """At most MAX_DAYS, the later ones where there are more, and MAX_ROWS rows; the sums are those of all rows, also of rows that are
    not listed. Refuses another reseller's page."""
    if forward_id is not None and not Forward.objects.filter(pk=forward_id, reseller_id=reseller_id).exists():
        raise NoSuchForward
    first_date = max(first_date, last_date - timedelta(days=MAX_DAYS - 1))
    total, sums = find_funnel(
        reseller_id=reseller_id,
        span=span,
        first_date=first_date,
        last_date=last_date,
        forward_id=forward_id,
        limit=MAX_ROWS,
    )
    names = _names(reseller_id, span, sums)
    rows = [view_of(FunnelRowView, each, name=names.get(each.key, each.key)) for each in sums]
    if span is FunnelSpan.CHANNEL:
        rows.sort(key=lambda each: (-each.profit_fen, -each.wishes, -each.views, each.key))
    return FunnelView(span, first_date, last_date, forward_id, view_of(FunnelRowView, total, name=""), rows)


def _names(reseller_id: int, span: FunnelSpan, sums: Iterable[FunnelSums]) -> dict[str, str]:
    if span is FunnelSpan.CHANNEL:
        return channel_names(reseller_id)
    if span is FunnelSpan.FORWARD:
        return _forward_names([int(each.key) for each in sums])
    return {}


def _forward_names(forward_ids: list[int]) -> dict[str, str]:
    """What each page is called where its reseller sees it."""
    selected = Prefetch("selected_styles", queryset=ForwardStyle.objects.only("id", "forward_id"))
    rows = Forward.objects.filter(pk__in=forward_ids).select_related("sale", "style").prefetch_related(selected)
    return {str(row.pk): _forward_name(row) for row in rows}


def _forward_name(row: Forward) -> str:
    if row.sale is None:
        return _("店铺")
    if row.style is not None:
        return row.style.name or row.style.style_no
    if count := len(row.selected_styles.all()):
        return _("精选 %(count)s 款") % {"count": count}
    return row.sale.title
