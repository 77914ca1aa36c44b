"""What a reseller gets for the freight of goods that she sent back (AFTER-22)."""

from aftersales.models.cases import Case
from aftersales.rules import Party
from flashsales.rules.freight import ReturnPayer
from flashsales.selectors.freight import get_freight_of_sales
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.rules.refunds import NO_FREIGHT, RefundedFreight, RefundTarget
from orders.selectors.lines import get_brand_part_fen
from orders.services.refund import LockedLine, lock_money_of_refund


def return_freight_of(row: Case, line: LockedLine, *, fault: Party, brand_refund_fen: int) -> RefundedFreight:
    """The freight of a case whose goods came back, by the frozen terms of the sale; the line must be locked.

    It is paid once per parcel that came back. The brand bears it only from what it keeps of this line after `brand_refund_fen` for the
    goods; where that is too little, the platform bears it, so that neither this refund nor that of another line is held up. The money is
    locked before the other cases of the parcel are read: of two that are refunded at this instant, one is paid.
    """
    terms = get_freight_of_sales([line.sale_id])[line.sale_id]
    is_fault = fault is not Party.RESELLER
    amount_fen = terms.return_freight_fen(is_fault=is_fault)
    if not amount_fen:
        return NO_FREIGHT
    lock_money_of_refund(line, target=RefundTarget(row.refund_to))
    if _is_paid_for_parcel(row):
        return NO_FREIGHT
    if terms.payer_of_return(is_fault=is_fault) is ReturnPayer.BRAND and _covers(
        row.line_id, line.brand_id, brand_refund_fen + amount_fen
    ):
        return RefundedFreight(brand_return_fen=amount_fen)
    return RefundedFreight(platform_return_fen=amount_fen)


def _is_paid_for_parcel(row: Case) -> bool:
    """Whether another case with goods in the same parcel was refunded with its freight."""
    if not row.tracking_no:
        return False
    others = Case.objects.filter(
        reseller_id=row.reseller_id,
        brand_id=row.brand_id,
        tracking_no=row.tracking_no,
        refund__return_freight_fen__gt=0,
    )
    return others.exclude(pk=row.pk).exists()


def _covers(line_id: int, brand_id: int, fen: int) -> bool:
    unsettled_fen = get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, brand_id))
    return min(get_brand_part_fen(line_id), unsettled_fen) >= fen
