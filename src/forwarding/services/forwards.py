"""Forwarding 转发: one tap makes the page of a style or a sale."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from accounts.services.people import lock_person
from db import sql
from flashsales.rules import Phase
from flashsales.selectors.sales import NoSuchSale, get_sale
from flashsales.selectors.styles import get_style_in_sale
from forwarding.models import Forward, Visit
from forwarding.selectors.forwards import ForwardView, NoSuchForward, get_forward, load_page_source
from kernel.refusal import Conflict
from membership.selectors.people import require_member, require_reseller

TOKEN_BYTES = 12
STOPPED_FORWARD_COUNTS_FOR = timedelta(hours=24)
"""Else forwarding and stopping in turns would fill the table whatever the limit."""
VISIT_RETENTION = timedelta(hours=2)
"""Longer than the hour in which a visitor counts once."""


@dataclass(eq=False)
class RetailPriceRequired(Conflict):
    code = "forwarding.retail_price_required"
    zh = "先定零售价再转发：顾客页面只显示有零售价的商品"
    en = "Set a retail price first: the customer's page shows only goods that have one"


@dataclass(eq=False)
class SaleEnded(Conflict):
    code = "forwarding.sale_ended"
    zh = "专场已结束，不能转发"
    en = "The sale has ended and cannot be forwarded"


@dataclass(eq=False)
class TooManyForwards(Conflict):
    code = "forwarding.too_many_forwards"
    zh = "同时最多 {limit} 个转发（24 小时内收回的也算在内）；请先收回不用的，或转发整场"
    en = (
        "At most {limit} forwards at a time, those stopped within 24 hours included; stop some that you no longer need, "
        "or forward a whole sale"
    )
    limit: int


@transaction.atomic
def create_forward(*, actor: Actor, sale_id: int, style_id: int | None, now: datetime) -> ForwardView:
    """Pass on a style of a live or previewed sale, or with `style_id` None the whole sale; the same again is the same forward.

    Refuses what is not open, where nothing has a retail price of hers that may be seen (FORWARD-2), and more than
    `settings.MAX_FORWARDS` of sales that are not over (ACCOUNT-7).
    """
    reseller = require_member(actor, now)
    window = get_sale(sale_id, at=now)
    if window.phase is Phase.ENDED:
        raise SaleEnded
    if window.phase not in (Phase.PREVIEW, Phase.LIVE):
        raise NoSuchSale(sale_id=sale_id)
    if style_id is not None:
        get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=reseller.tier, reseller_id=reseller.id, at=now)
    if not any(style.is_visible for style in load_page_source(reseller.id, sale_id, style_id, at=now).styles):
        raise RetailPriceRequired
    fresh = {"token": secrets.token_urlsafe(TOKEN_BYTES), "created_at": now}
    about = Q(style_id=style_id) if style_id is not None else Q(style__isnull=True)
    if earlier := Forward.objects.filter(about, reseller_id=reseller.id, sale_id=sale_id, stopped_at=None).first():
        return get_forward(reseller.id, earlier.pk, at=now)
    lock_person(actor.own_id)
    counted = Q(stopped_at=None, sale__ends_at__gt=now) | Q(stopped_at__gt=now - STOPPED_FORWARD_COUNTS_FOR)
    if Forward.objects.filter(counted, reseller_id=reseller.id).count() >= settings.MAX_FORWARDS:
        raise TooManyForwards(limit=settings.MAX_FORWARDS)
    row, _ = Forward.objects.filter(about).get_or_create(
        reseller_id=reseller.id,
        sale_id=sale_id,
        stopped_at=None,
        defaults=fresh | {"style_id": style_id},
    )
    return get_forward(reseller.id, row.pk, at=now)


@transaction.atomic
def stop_forward(*, actor: Actor, forward_id: int, now: datetime) -> ForwardView:
    """Take a page back: from now on it shows nothing. Twice is once."""
    reseller = require_reseller(actor)
    row = Forward.objects.select_for_update().filter(pk=forward_id, reseller_id=reseller.id).first()
    if row is None:
        raise NoSuchForward
    if row.stopped_at is None:
        row.stopped_at = now
        row.save(update_fields=["stopped_at"])
    return get_forward(reseller.id, forward_id, at=now)


_COUNT_VIEW = """
WITH first AS (
    INSERT INTO forwarding_visit (forward_id, visitor, seen_at)
    SELECT id, %(visitor)s, %(now)s FROM forwarding_forward WHERE id = %(forward)s AND stopped_at IS NULL
    ON CONFLICT (visitor) DO NOTHING
    RETURNING forward_id
)
UPDATE forwarding_forward f SET views = f.views + 1 FROM first WHERE f.id = first.forward_id
"""


def count_view(*, forward_id: int, visitor: str, now: datetime) -> None:
    """Count that a visitor has opened the page, as long as it is not stopped (FORWARD-6).

    `visitor` is a keyed hash of page, hour and visitor, so that she counts once an hour however often and however fast she opens it.
    """
    sql.execute(_COUNT_VIEW, {"forward": forward_id, "visitor": visitor[:32], "now": now})


def purge_visits(*, now: datetime) -> int:
    """Delete the looks of past hours, which no later look can repeat; gives how many. Safe at any time and twice."""
    deleted, _ = Visit.objects.filter(seen_at__lt=now - VISIT_RETENTION).delete()
    return deleted
