"""What every service of sales begins and ends with: lock the sale, and record the change in the audit log."""

from datetime import datetime
from typing import Any

from accounts.rules import Actor
from accounts.services.audit import record
from flashsales.models import Sale
from flashsales.rules import SaleState
from flashsales.selectors.sales import NoSuchSale
from kernel.refusal import Conflict


class NotADraft(Conflict):
    code = "flashsales.not_a_draft"
    zh = "专场已发布或已取消，商品与价格不能再改"
    en = "The sale is published or cancelled; its items and prices cannot change"


def lock_sale(sale_id: int) -> Sale:
    """Lock a sale against other changes of it. Grabs are not blocked: they lock only its key (`FOR KEY SHARE`)."""
    row = Sale.objects.select_for_update(of=("self",), no_key=True).select_related("brand").filter(pk=sale_id).first()
    if row is None:
        raise NoSuchSale(sale_id=sale_id)
    return row


def lock_draft(sale_id: int) -> Sale:
    """Lock a sale; refuses one that is no draft."""
    row = lock_sale(sale_id)
    if row.state != SaleState.DRAFT.value:
        raise NotADraft
    return row


def record_change(actor: Actor, action: str, sale_id: int, details: dict[str, Any], now: datetime) -> None:
    """Record a change of a sale in the audit log (SALE-7)."""
    record(actor=actor, action=f"flashsales.{action}", kind="sale", subject_id=sale_id, details=details, now=now)
