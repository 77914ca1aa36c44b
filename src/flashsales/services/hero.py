"""Ops pin a sale to the top of the resellers' first page, and take the pin back (SALE-16)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from db.errors import constraint_of
from flashsales.models import HeroPin, Sale
from flashsales.rules import Phase
from flashsales.rules.hero import default_pin
from flashsales.selectors.hero import HeroPinView, pin_view
from flashsales.selectors.sales import sale_view
from flashsales.services.locking import lock_sale, record_change
from kernel.period import Period
from kernel.refusal import Conflict, Invalid, Missing

ONE_AT_A_TIME = "hero_pin_one_at_a_time"
PINNABLE = (Phase.WAITING, Phase.PREVIEW, Phase.LIVE)


class NotPinnable(Conflict):
    code = "flashsales.not_pinnable"
    zh = "只有已发布、还没结束的专场能置顶"
    en = "Only a published sale that has not ended can be pinned to the top"


class InvalidPinPeriod(Invalid):
    code = "flashsales.invalid_pin_period"
    zh = "置顶的结束时间须晚于开始时间，也须晚于现在"
    en = "The end of the pin must be later than its beginning, and later than now"


class PinOutsideSale(Invalid):
    code = "flashsales.pin_outside_sale"
    zh = "置顶时间须在专场时段之内：{sale_starts_at} 至 {sale_ends_at}"
    en = "The pin must lie within the window of the sale: {sale_starts_at} to {sale_ends_at}"
    sale_starts_at: datetime
    sale_ends_at: datetime


class PinTaken(Conflict):
    code = "flashsales.pin_taken"
    zh = "这段时间已经置顶了「{title}」：{pin_starts_at} 至 {pin_ends_at}，请先取消或错开"
    en = "“{title}” is pinned at that time: {pin_starts_at} to {pin_ends_at}. Remove that pin first, or choose another time"
    sale_id: int
    title: str
    pin_starts_at: datetime
    pin_ends_at: datetime


class NotPinned(Missing):
    code = "flashsales.not_pinned"
    zh = "这个专场没有置顶"
    en = "This sale is not pinned"


@transaction.atomic
def pin_hero(
    *, actor: Actor, sale_id: int, starts_at: datetime | None = None, ends_at: datetime | None = None, now: datetime
) -> HeroPinView:
    """Pin a sale to the top of the first page; the pin that it has is replaced.

    Without `starts_at` from now on, or from the opening of the sale; without `ends_at` until its end. Refuses a period outside the
    window of the sale, and one in which another sale is pinned, which is named.
    """
    require_roles(actor, Role.OPS)
    row = lock_sale(sale_id)
    if row.closed_at is not None or sale_view(row, at=now).phase not in PINNABLE:
        raise NotPinnable
    window = Period(row.starts_at, row.ends_at)
    period = default_pin(window, starts_at=starts_at, ends_at=ends_at, now=now)
    if period is None or period.ends_at <= now:
        raise InvalidPinPeriod
    if period.starts_at < window.starts_at or period.ends_at > window.ends_at:
        raise PinOutsideSale(sale_starts_at=window.starts_at, sale_ends_at=window.ends_at)
    pin = _write(row, period)
    details = {"from": period.starts_at.isoformat(), "to": period.ends_at.isoformat()}
    record_change(actor, "pin_hero", sale_id, details, now)
    return pin_view(pin)


@transaction.atomic
def unpin_hero(*, actor: Actor, sale_id: int, now: datetime) -> None:
    """Take the pin of a sale back: the first page follows the rule again at once."""
    require_roles(actor, Role.OPS)
    row = lock_sale(sale_id)
    if not HeroPin.objects.filter(sale=row).delete()[0]:
        raise NotPinned
    record_change(actor, "unpin_hero", sale_id, {}, now)


def _write(row: Sale, period: Period) -> HeroPin:
    try:
        with transaction.atomic():
            pin, _ = HeroPin.objects.update_or_create(
                sale=row, defaults={"starts_at": period.starts_at, "ends_at": period.ends_at}
            )
    except IntegrityError as error:
        if constraint_of(error) != ONE_AT_A_TIME:
            raise
        raise _taken(row, period) from error
    return pin


def _taken(row: Sale, period: Period) -> PinTaken:
    other = (
        HeroPin.objects.exclude(sale=row)
        .select_related("sale")
        .filter(starts_at__lt=period.ends_at, ends_at__gt=period.starts_at)
        .order_by("starts_at")
        .first()
    )
    if other is None:  # it was removed in the meantime: the next attempt succeeds
        raise NotPinnable
    return PinTaken(
        sale_id=other.sale_id, title=other.sale.title, pin_starts_at=other.starts_at, pin_ends_at=other.ends_at
    )
