"""What a reseller earns on a piece, for the pages that show a retail price."""

from dataclasses import dataclass

from forwarding.rules.pricing import profit_percent
from kernel.money import display_yuan


@dataclass(frozen=True, slots=True)
class PieceProfit:
    """The amount in words without a sign, the share of the price in percent without a sign, and whether it is a loss."""

    amount: str
    percent: int
    loses: bool


def profit_at(retail_fen: int | None, cost_fen: int) -> PieceProfit | None:
    """The profit on a piece by the most expensive SKU; None where there is no retail price."""
    if retail_fen is None:
        return None
    return PieceProfit(
        display_yuan(abs(retail_fen - cost_fen)), abs(profit_percent(retail_fen, cost_fen)), retail_fen < cost_fen
    )
