"""What may be invoiced: the money that was paid for order lines and not refunded, and what the platform keeps of statements (INVOICE-2).

The amount is computed, never typed. What was invoiced and is refunded later needs a red letter 红字 (INVOICE-7).
"""

from dataclasses import dataclass

from orders.rules.refunds import PaidLine
from settlement.rules.statements import StatementTotals


def line_fen(line: PaidLine, *, late_fen: int = 0) -> int:
    """What a reseller paid for a line and did not get back: goods and freight. `invoices.sql` says the same for a set.

    `late_fen` went back after the statement of the line was sent (SETTLE-15). What she gets for sending goods back is no part of the
    price and changes nothing.
    """
    return line.sold_fen - line.refunded_fen + line.freight_fen - line.returned_freight_fen - late_fen


def fees_fen(totals: StatementTotals, *, late_platform_fen: int = 0) -> int:
    """What the platform keeps of a statement: commission, less what accepted disputes gave the brand, and fees of the contract.

    `late_platform_fen` is the platform's part of what went back for its lines after it was sent (SETTLE-15). How it is paid (debts of
    earlier statements, debts left for the next one) changes nothing. At or below zero nothing is invoiced.
    """
    return totals.commission_fen - totals.adjustments_fen + totals.deductions_fen - late_platform_fen


@dataclass(frozen=True, slots=True)
class InvoicedAmount:
    """An amount on an invoice, what of it red letters took back, and what is kept of its cause now."""

    invoiced_fen: int
    reversed_fen: int
    kept_fen: int

    @property
    def red_letter_fen(self) -> int:
        """What a red letter has to take back; 0 for nothing."""
        return max(0, self.invoiced_fen - self.reversed_fen - max(0, self.kept_fen))
