"""Writes of forwards 转发: make the page of a style, a sale or a selection, stop it, and count its views."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from accounts.services.people import lock_person
from flashsales.rules import Phase
from flashsales.selectors.sales import NoSuchSale, SaleView, get_sale
from flashsales.selectors.styles import get_style_in_sale
from forwarding.models import Forward, ForwardStyle, Visit
from forwarding.rules.channels import is_channel_code
from forwarding.rules.pages import MAX_SELECTED_STYLES, SelectedStyle, is_valid_selection
from forwarding.selectors.forwards import (
    ForwardView,
    NoSuchForward,
    get_forward,
    load_page_source,
    load_selection_source,
)
from forwarding.sql import visits
from kernel.period import SHANGHAI
from kernel.refusal import Conflict, Invalid
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


class InvalidSelection(Invalid):
    code = "forwarding.invalid_selection"
    zh = "一次转发 1 至 {max} 款，每款一次"
    en = "A selection has 1 to {max} styles, each of them once"
    max: int


class SelectionWithoutPrice(Conflict):
    code = "forwarding.selection_without_price"
    zh = "选中的货里有 {missing} 款还没有零售价（或低于控价），先定价再转发"
    en = "{missing} of the styles have no retail price, or one below the floor; set their prices first"
    missing: int


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
    _open_sale(sale_id, now)
    if style_id is not None:
        get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=reseller.tier, reseller_id=reseller.id, at=now)
    if not any(style.is_visible for style in load_page_source(reseller.id, sale_id, style_id, at=now).styles):
        raise RetailPriceRequired
    defaults = {"token": secrets.token_urlsafe(TOKEN_BYTES), "created_at": now}
    same_scope = Q(style_id=style_id) if style_id is not None else Q(style__isnull=True)
    same_scope &= Q(selection="")
    if earlier := Forward.objects.filter(same_scope, reseller_id=reseller.id, sale_id=sale_id, stopped_at=None).first():
        return get_forward(reseller.id, earlier.pk, at=now)
    _require_room(actor, reseller.id, now)
    row, _ = Forward.objects.filter(same_scope).get_or_create(
        reseller_id=reseller.id,
        sale_id=sale_id,
        stopped_at=None,
        defaults=defaults | {"style_id": style_id, "selection": ""},
    )
    return get_forward(reseller.id, row.pk, at=now)


@transaction.atomic
def create_selection_forward(*, actor: Actor, styles: Sequence[SelectedStyle], now: datetime) -> ForwardView:
    """Forward 1 to `MAX_SELECTED_STYLES` styles of one or more sales on one page, in this order (FORWARD-12).

    A repetition returns the same forward, and a selection of one style is the forward of that style. Refuses a style twice, a sale that
    has ended, a style that its sale does not offer or that customers cannot see (FORWARD-2), and too many forwards (ACCOUNT-7).
    """
    reseller = require_member(actor, now)
    if not is_valid_selection(styles):
        raise InvalidSelection(max=MAX_SELECTED_STYLES)
    if len(styles) == 1:
        return create_forward(actor=actor, sale_id=styles[0].sale_id, style_id=styles[0].style_id, now=now)
    sales = {sale_id: _open_sale(sale_id, now) for sale_id in sorted({each.sale_id for each in styles})}
    rows = [
        ForwardStyle(sale_id=each.sale_id, style_id=each.style_id, position=position)
        for position, each in enumerate(styles, start=1)
    ]
    visible = {each.style_id for each in load_selection_source(reseller.id, rows, at=now).styles if each.is_visible}
    if hidden := [each.style_id for each in styles if each.style_id not in visible]:
        raise SelectionWithoutPrice(missing=len(hidden))
    selection = sha256(" ".join(f"{each.sale_id}:{each.style_id}" for each in styles).encode()).hexdigest()
    same = Forward.objects.filter(reseller_id=reseller.id, selection=selection, stopped_at=None)
    if earlier := same.first():
        return get_forward(reseller.id, earlier.pk, at=now)
    _require_room(actor, reseller.id, now)
    last = max(sales.values(), key=lambda sale: (sale.ends_at, sale.id))
    row, created = same.get_or_create(
        reseller_id=reseller.id,
        selection=selection,
        stopped_at=None,
        defaults={"sale_id": last.id, "token": secrets.token_urlsafe(TOKEN_BYTES), "created_at": now},
    )
    if created:
        for each in rows:
            each.forward = row
        ForwardStyle.objects.bulk_create(rows)
    return get_forward(reseller.id, row.pk, at=now)


def _open_sale(sale_id: int, now: datetime) -> SaleView:
    """A sale that is live or in preview; refuses any other."""
    sale = get_sale(sale_id, at=now)
    if sale.phase is Phase.ENDED:
        raise SaleEnded
    if sale.phase not in (Phase.PREVIEW, Phase.LIVE):
        raise NoSuchSale(sale_id=sale_id)
    return sale


def _require_room(actor: Actor, reseller_id: int, now: datetime) -> None:
    """Refuse one more forward than she may have; her forwards are created one after the other from here on."""
    lock_person(actor.own_id)
    counted = Q(stopped_at=None, sale__ends_at__gt=now) | Q(stopped_at__gt=now - STOPPED_FORWARD_COUNTS_FOR)
    if Forward.objects.filter(counted, reseller_id=reseller_id).count() >= settings.MAX_FORWARDS:
        raise TooManyForwards(limit=settings.MAX_FORWARDS)


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


def count_view(*, forward_id: int, visitor: str, channel: str = "", now: datetime) -> None:
    """Count a view of a page that is not stopped (FORWARD-6), on its day and for the channel of the visited address (FORWARD-21).

    `visitor` is a keyed hash of page, hour and visitor: a visitor counts once an hour, however often she opens the page.
    """
    visits.count_view(
        forward_id=forward_id,
        visitor=visitor[:32],
        channel=channel if is_channel_code(channel) else "",
        date=now.astimezone(SHANGHAI).date(),
        now=now,
    )


def purge_visits(*, now: datetime) -> int:
    """Delete the visits of past hours, which are not needed any more. Returns their number. May run at any time and repeatedly."""
    deleted, _ = Visit.objects.filter(seen_at__lt=now - VISIT_RETENTION).delete()
    return deleted
