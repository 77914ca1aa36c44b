"""Entering freight terms: for all coming sales of a brand, or for one sale instead (SALE-18)."""

from dataclasses import asdict
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from db.transactions import atomic_with_retry
from flashsales.models import Sale, SaleFreightTerms
from flashsales.rules.freight import (
    MAX_FREE_FROM_FEN,
    MAX_FREE_FROM_UNITS,
    MAX_FREIGHT_FEN,
    FreightFault,
    FreightTerms,
    freight_fault,
)
from flashsales.selectors.freight import find_row_in_force
from flashsales.services.locking import lock_draft, record_change
from kernel.money import display_yuan
from kernel.refusal import Invalid


class InvalidFreightTerms(Invalid):
    """`fault`: `amount`, `free_from`, `order` or `province`."""

    code = "flashsales.invalid_freight_terms"
    zh = "{why_zh}；没有保存"
    en = "{why_en}; nothing was saved"
    fault: str
    why_zh: str
    why_en: str


_FAULTS = {
    FreightFault.AMOUNT: (
        f"运费须在 ¥0 至 {display_yuan(MAX_FREIGHT_FEN)} 之间",
        f"Freight is between ¥0 and {display_yuan(MAX_FREIGHT_FEN)}",
    ),
    FreightFault.FREE_FROM: (
        f"包邮门槛须为 2 至 {MAX_FREE_FROM_UNITS} 件或至多 {display_yuan(MAX_FREE_FROM_FEN)}，且只用于收运费时",
        f"Shipping is free from 2 to {MAX_FREE_FROM_UNITS} pieces or from at most {display_yuan(MAX_FREE_FROM_FEN)}, where freight is paid",
    ),
    FreightFault.ORDER: ("每加一件的运费不能高于首件运费", "A further piece costs no more freight than the first"),
    FreightFault.PROVINCE: (
        f"每个省只能写一次，要么加收，要么不发；加收须在 ¥0.01 至 {display_yuan(MAX_FREIGHT_FEN)} 之间",
        f"Each province stands once, with a surcharge or no delivery; a surcharge is between ¥0.01 and {display_yuan(MAX_FREIGHT_FEN)}",
    ),
}


@atomic_with_retry
def set_brand_freight(*, actor: Actor, brand_id: int, terms: FreightTerms, now: datetime) -> FreightTerms:
    """Enter what shipping and returns cost in sales of a brand that are published from now on. Published sales keep their terms.

    Refuses terms that make no sense.
    """
    require_roles(actor, Role.OPS)
    get_brand(brand_id)
    _require_sensible(terms)
    SaleFreightTerms.objects.create(brand_id=brand_id, entered_by_id=actor.own_id, entered_at=now, **asdict(terms))
    details = {"terms": terms.zh, "returns": terms.return_zh}
    record(actor=actor, action="flashsales.set_freight", kind="brand", subject_id=brand_id, details=details, now=now)
    return terms


@atomic_with_retry
def set_sale_freight(*, actor: Actor, sale_id: int, terms: FreightTerms | None, now: datetime) -> None:
    """Enter other terms for one draft of a sale; None returns to those of its brand. Refuses a published sale: its terms are frozen."""
    require_roles(actor, Role.OPS)
    sale = lock_draft(sale_id)
    if terms is None:
        SaleFreightTerms.objects.filter(for_sale=sale).delete()
    else:
        _require_sensible(terms)
        entered = {"brand_id": sale.brand_id, "entered_by_id": actor.own_id, "entered_at": now, **asdict(terms)}
        SaleFreightTerms.objects.update_or_create(for_sale=sale, defaults=entered)
    record_change(actor, "set_freight", sale_id, {"terms": terms.zh if terms else None}, now)


def freeze_freight(sale: Sale) -> None:
    """Let a sale that is being published keep the terms of now. Belongs into the transaction that publishes it."""
    sale.freight_terms = find_row_in_force(sale)


def copy_sale_freight(*, from_sale_id: int, to_sale_id: int) -> None:
    """Give a draft the terms that ops entered for another sale, if they did."""
    row = SaleFreightTerms.objects.filter(for_sale_id=from_sale_id).first()
    if row is not None:
        row.pk, row.for_sale_id = None, to_sale_id
        row.save(force_insert=True)


def _require_sensible(terms: FreightTerms) -> None:
    fault = freight_fault(terms)
    if fault is not None:
        zh, en = _FAULTS[fault]
        raise InvalidFreightTerms(fault=fault.value, why_zh=zh, why_en=en)
