"""Writes of forwards 转发: make the page of a style or a sale, stop it, and count its views."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from accounts.services.people import lock_person
from flashsales.rules import Phase
from flashsales.selectors.sales import NoSuchSale, get_sale
from flashsales.selectors.styles import get_style_in_sale
from forwarding.models import Forward, Visit
from forwarding.selectors.forwards import ForwardView, NoSuchForward, get_forward, load_page_source
from forwarding.sql import visits
from kernel.refusal import Conflict
from membership.selectors.people import require_member, require_reseller

TOKEN_BYTES = 12
STOPPED_FORWARD_COUNTS_FOR = timedelta(hours=24)
"""A stopped forward counts against the limit for a day: otherwise forwarding and stopping in turns would fill the table."""
VISIT_RETENTION = timedelta(hours=2)
"""Longer than the hour in which a visitor counts once."""


class RetailPriceRequired(Conflict):
    code = "forwarding.retail_price_required"
    zh = "先定零售价再转发：顾客页面只显示有零售价的商品"
    en = "Set a retail price first: the customer's page shows only styles that have one"


class SaleEnded(Conflict):
    code = "forwarding.sale_ended"
    zh = "专场已结束，不能转发"
    en = "The sale has ended and cannot be forwarded"


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
    """Forward a style of a live or previewed sale, or with `style_id` None the whole sale. A repetition returns the same forward.

    Refuses a sale that has ended, a sale or style without a visible style of hers (FORWARD-2), and more than
    `settings.MAX_FORWARDS` forwards of sales that have not ended (ACCOUNT-7).
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
    defaults = {"token": secrets.token_urlsafe(TOKEN_BYTES), "created_at": now}
    same_scope = Q(style_id=style_id) if style_id is not None else Q(style__isnull=True)
    if earlier := Forward.objects.filter(same_scope, reseller_id=reseller.id, sale_id=sale_id, stopped_at=None).first():
        return get_forward(reseller.id, earlier.pk, at=now)
    lock_person(actor.own_id)
    counted = Q(stopped_at=None, sale__ends_at__gt=now) | Q(stopped_at__gt=now - STOPPED_FORWARD_COUNTS_FOR)
    if Forward.objects.filter(counted, reseller_id=reseller.id).count() >= settings.MAX_FORWARDS:
        raise TooManyForwards(limit=settings.MAX_FORWARDS)
    row, _ = Forward.objects.filter(same_scope).get_or_create(
        reseller_id=reseller.id,
        sale_id=sale_id,
        stopped_at=None,
        defaults=defaults | {"style_id": style_id},
    )
    return get_forward(reseller.id, row.pk, at=now)


@transaction.atomic
def stop_forward(*, actor: Actor, forward_id: int, now: datetime) -> ForwardView:
    """Stop a forward: from now on its page shows nothing. A repetition changes nothing."""
    reseller = require_reseller(actor)
    row = Forward.objects.select_for_update().filter(pk=forward_id, reseller_id=reseller.id).first()
    if row is None:
        raise NoSuchForward
    if row.stopped_at is None:
        row.stopped_at = now
        row.save(update_fields=["stopped_at"])
    return get_forward(reseller.id, forward_id, at=now)


def count_view(*, forward_id: int, visitor: str, now: datetime) -> None:
    """Count a view of a page that is not stopped (FORWARD-6).

    `visitor` is a keyed hash of page, hour and visitor: a visitor counts once an hour, however often she opens the page.
    """
    visits.count_view(forward_id=forward_id, visitor=visitor[:32], now=now)


def purge_visits(*, now: datetime) -> int:
    """Delete the visits of past hours, which are not needed any more. Returns their number. May run at any time and repeatedly."""
    deleted, _ = Visit.objects.filter(seen_at__lt=now - VISIT_RETENTION).delete()
    return deleted
