"""Where the refund of a case went: back to the payment that paid the order, or into the wallet (PAY-8, PAY-9)."""

from dataclasses import dataclass

from aftersales.models.refunds import Refund
from orders.selectors.source_refunds import list_refunds_to_source
from payments.rules.refunds import RefundState
from payments.selectors.refunds import RefundToSourceView


@dataclass(frozen=True, slots=True)
class CaseRefundView:
    """The money of a case's refund: `amount_fen` with the freight of the return (AFTER-22), what of it the wallet got and kept, and what
    went on to the source, the newest first. What the provider could not pay out is in the wallet again.
    """

    amount_fen: int
    return_freight_fen: int
    wallet_fen: int
    to_source: tuple[RefundToSourceView, ...]


def get_case_refund(refund_id: int) -> CaseRefundView:
    row = Refund.objects.get(pk=refund_id)
    amount_fen = row.amount_fen + row.return_freight_fen
    to_source = list_refunds_to_source(refund_id)
    gone_fen = sum(each.amount_fen for each in to_source if each.state is not RefundState.FAILED)
    return CaseRefundView(amount_fen, row.return_freight_fen, amount_fen - gone_fen, tuple(to_source))
