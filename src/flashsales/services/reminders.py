"""Reminders of sales in preview: a reseller who asked is told shortly before the sale opens (SALE-10)."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from flashsales.models import SaleReminder
from flashsales.rules import Phase
from flashsales.selectors.sales import NoSuchSale, get_sale
from kernel.refusal import Conflict
from membership.selectors.people import require_member, require_reseller


class NotInPreview(Conflict):
    code = "flashsales.not_in_preview"
    zh = "专场已经开售或结束，不用再提醒"
    en = "The sale has opened or is over; there is nothing to be reminded of"


@transaction.atomic
def ask_reminder(*, actor: Actor, sale_id: int, now: datetime) -> None:
    """Remind the reseller who acts before a sale in preview opens for her tier. Idempotent. Refuses sales that are in no preview for it."""
    me = require_member(actor, now)
    phase = get_sale(sale_id, at=now, tier=me.tier).phase
    if phase in (Phase.LIVE, Phase.ENDED):
        raise NotInPreview
    if phase is not Phase.PREVIEW:
        raise NoSuchSale(sale_id=sale_id)
    SaleReminder.objects.update_or_create(
        sale_id=sale_id, reseller_id=me.id, defaults={"withdrawn_at": None}, create_defaults={"asked_at": now}
    )


@transaction.atomic
def withdraw_reminder(*, actor: Actor, sale_id: int, now: datetime) -> None:
    """Do not remind the reseller who acts. Idempotent; the row stays, because an event may name it."""
    me = require_reseller(actor)
    SaleReminder.objects.filter(sale=sale_id, reseller=me.id, withdrawn_at=None).update(withdrawn_at=now)
