"""Units that are shipped again because they were missing or wrong. Aftersales decides which, and calls this (AFTER-18)."""

from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.rules import Actor
from ledger.rules import COMMISSION, AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import post
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.rules.states import UNSHIPPED_STATES
from orders.services.refund import update_consignment_state


def start_resend(
    *, actor: Actor, line_id: int, consignment_id: int, units: int, payable_fen: int, resend_id: int, now: datetime
) -> None:
    """Put units of a locked line back to what its brand has to ship, within the time that a paid consignment has.

    What else is left of the consignment keeps its deadline; of one that was shipped whole `paid_ship_by` keeps it. `payable_fen` is what
    the platform pays the brand for the units.
    """
    OrderLine.objects.filter(pk=line_id).update(
        resending_units=F("resending_units") + units, payable_adjustment_fen=F("payable_adjustment_fen") + payable_fen
    )
    Consignment.objects.filter(pk=consignment_id).exclude(state__in=UNSHIPPED_STATES).update(
        ship_by=now + settings.SHIP_WITHIN, paid_ship_by=Coalesce("paid_ship_by", "ship_by")
    )
    update_consignment_state(consignment_id)
    _pay(actor, line_id, payable_fen, f"resend:{resend_id}", now)


def stop_resend(
    *, actor: Actor, line_id: int, consignment_id: int, payable_fen: int, resend_id: int, now: datetime
) -> None:
    """Take what is left to be shipped again of a locked line from what its brand has to ship, and take `payable_fen` back from it."""
    OrderLine.objects.filter(pk=line_id).update(
        resending_units=0, payable_adjustment_fen=F("payable_adjustment_fen") - payable_fen
    )
    update_consignment_state(consignment_id)
    _pay(actor, line_id, -payable_fen, f"resend_short:{resend_id}", now)


def _pay(actor: Actor, line_id: int, payable_fen: int, key: str, now: datetime) -> None:
    if not payable_fen:
        return
    brand_id = OrderLine.objects.values_list("brand_id", flat=True).get(pk=line_id)
    entries = [
        EntryDraft(AccountRef(AccountKind.BRAND_PAYABLE, brand_id), payable_fen),
        EntryDraft(COMMISSION, -payable_fen),
    ]
    post(kind=PostingKind.RESEND, key=key, cause=key, entries=entries, actor=actor, now=now)
