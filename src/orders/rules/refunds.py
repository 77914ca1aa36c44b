"""Refunds of paid lines."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A paid order line with the parts of its unit price, in fen. Resellers must not see it."""

    order_id: int
    line_id: int
    style_no: str
    colour: str
    size: str
    units: int
    refunded_units: int
    price_fen: int
    payable_fen: int
    commission_fen: int
    refund_adjustment_fen: int = 0
    payable_adjustment_fen: int = 0
    carrier_claim_fen: int = 0
    freight_fen: int = 0
    returned_freight_fen: int = 0
    return_freight_fen: int = 0

    @property
    def kept_units(self) -> int:
        return self.units - self.refunded_units

    @property
    def sold_fen(self) -> int:
        return self.units * self.price_fen

    @property
    def refunded_fen(self) -> int:
        return self.refunded_units * self.price_fen + self.refund_adjustment_fen

    @property
    def kept_freight_fen(self) -> int:
        """What the brand keeps of the freight, less the return freight that it bears; it can be below zero."""
        return self.freight_fen - self.returned_freight_fen - self.return_freight_fen

    @property
    def brand_fen(self) -> int:
        """What the brand keeps of the line, with its freight."""
        return self.kept_units * self.payable_fen + self.payable_adjustment_fen + self.kept_freight_fen

    @property
    def platform_fen(self) -> int:
        """What the platform keeps of the line; negative where it bears more refunds than it earned."""
        return self.sold_fen - self.refunded_fen + self.carrier_claim_fen + self.kept_freight_fen - self.brand_fen


@dataclass(frozen=True, slots=True)
class RefundParts:
    """An amount that is refunded, and who bears it: the brand by a lower payable, the platform by its commission, a carrier by a claim."""

    payable_fen: int
    commission_fen: int
    claim_fen: int = 0

    @property
    def amount_fen(self) -> int:
        return self.payable_fen + self.commission_fen + self.claim_fen


@dataclass(frozen=True, slots=True)
class RefundedFreight:
    """Freight that is refunded beside the price of goods, in fen.

    `returned_fen`: what was paid for shipping, by the id of the line that it was paid with. `brand_return_fen` and
    `platform_return_fen`: what the reseller gets for sending goods back, by who bears it.
    """

    returned_fen: Mapping[int, int] = field(default_factory=dict)
    brand_return_fen: int = 0
    platform_return_fen: int = 0

    @property
    def shipping_fen(self) -> int:
        return sum(self.returned_fen.values())

    @property
    def amount_fen(self) -> int:
        return self.shipping_fen + self.brand_return_fen + self.platform_return_fen


NO_FREIGHT = RefundedFreight()


def brand_borne_parts(*, amount_fen: int, borne_before_fen: int, price_fen: int, payable_fen: int) -> RefundParts:
    """The parts of a refund that undoes that much of a sale: payable and commission as the price of a unit consists of them (AFTER-10).

    `borne_before_fen` is what the brand has borne of the line so far. The fen that do not divide are carried over to the next refund of
    the line, so that the refunds of whole units add up to exactly their parts, however they were cut.
    """
    before = borne_before_fen * payable_fen // price_fen
    payable = (borne_before_fen + amount_fen) * payable_fen // price_fen - before
    return RefundParts(payable_fen=payable, commission_fen=amount_fen - payable)


class RefundTarget(enum.StrEnum):
    """Where the money of one refund goes, of an order that was paid through a provider (PAY-9)."""

    AS_CHOSEN = ""
    """As she chose once for all: to the source, unless she wants refunds in her wallet."""
    SOURCE = "source"
    WALLET = "wallet"
