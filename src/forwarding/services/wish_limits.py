"""How many wishes a page, a visitor and a network may leave (FORWARD-5)."""

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from forwarding.models import Forward, Wish
from forwarding.rules.wishes import (
    MAX_OPEN_WISHES,
    MAX_WISHES_PER_PAGE_AND_HOUR,
    MAX_WISHES_PER_VISITOR_AND_HOUR,
    WishState,
)
from forwarding.selectors.wishes import with_live_sales
from forwarding.sql.visits import lock_visitor
from kernel.refusal import TooMany

HOUR = timedelta(hours=1)


class TooManyWishes(TooMany):
    code = "forwarding.too_many_wishes"
    zh = "一小时内的留言太多了，请在 {again_at} 以后再试，或直接联系卖家"
    en = "Too many wishes within an hour; try again after {again_at}, or ask the seller directly"
    again_at: datetime


class TooManyOpenWishes(TooMany):
    code = "forwarding.too_many_open_wishes"
    zh = "卖家还有 {waiting} 条留言没回复，请一小时以后再试，或直接联系卖家"
    en = "{waiting} wishes still wait for the seller's answer; try again in an hour, or ask the seller directly"
    waiting: int


def enforce_rate_limits(row: Forward, visitor: str, network: str, now: datetime, *, is_waiting: bool) -> None:
    """The limits of a page count waiting wishes by themselves: a size that many wait for blocks no orders of others (FORWARD-29)."""
    # The forward is locked, so the wishes of one page are counted one after the other. Wishes of one visitor may come to several pages
    # at once; the advisory lock puts them in order too. The limit per network is coarse and needs no lock.
    lock_visitor(visitor=visitor)
    limits = [
        (Q(visitor=visitor), MAX_WISHES_PER_VISITOR_AND_HOUR),
        # Wishes that the reseller herself read from a group list have no visitor.
        (Q(forward=row, is_waiting=is_waiting) & ~Q(visitor=""), MAX_WISHES_PER_PAGE_AND_HOUR),
    ]
    if network:
        limits.append((Q(network=network), settings.MAX_WISHES_PER_NETWORK_AND_HOUR))
    for which, limit in limits:
        again_at = _accepts_again_at(which, limit, now)
        if again_at is not None:
            seconds = math.ceil((again_at - now).total_seconds())
            raise TooManyWishes(retry_after_seconds=seconds, again_at=_next_minute(again_at))
    unanswered = Wish.objects.filter(forward=row, state=WishState.NEW.value, is_waiting=is_waiting)
    # Nobody answers those that wait in a sale that is over.
    count = unanswered.filter(with_live_sales(now) if is_waiting else Q()).exclude(visitor="").count()
    if count >= MAX_OPEN_WISHES:
        raise TooManyOpenWishes(retry_after_seconds=int(HOUR.total_seconds()), waiting=count)


def _accepts_again_at(which: Q, limit: int, now: datetime) -> datetime | None:
    """The instant at which fewer than `limit` wishes lie within the last hour; None where there are fewer now."""
    recent = (
        Wish.objects.filter(which, created_at__gt=now - HOUR)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
    )
    oldest = recent[limit - 1 : limit].first()
    return None if oldest is None else oldest + HOUR


def _next_minute(instant: datetime) -> datetime:
    """The instant rounded up to a minute."""
    minute = instant.replace(second=0, microsecond=0)
    return minute if minute == instant else minute + timedelta(minutes=1)
