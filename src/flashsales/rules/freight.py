"""Freight terms of a brand or a sale: what a reseller pays for shipping, and who bears return freight (SALE-18)."""

import enum
from dataclasses import dataclass
from typing import ClassVar

from kernel.money import format_yuan

MAX_FREIGHT_FEN = 1_000_00
"""The highest price of a piece in fen, and the highest amount for the freight of a return."""
MAX_FREE_FROM_FEN = 100_000_00
MAX_FREE_FROM_UNITS = 999


class ReturnPayer(enum.StrEnum):
    """Who bears the freight of goods that are sent back."""

    BRAND = "brand"
    PLATFORM = "platform"
    RESELLER = "reseller"


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """What shipping costs; the defaults ship free (包邮). Amounts in fen.

    The first piece for a recipient costs `first_fen`, each further one `further_fen`. From `free_from_fen` or `free_from_units` on
    nothing is paid. Who sends goods back pays the carrier; where `fault_payer` (the goods were faulty, wrong or damaged) or
    `no_reason_payer` is not the reseller, she gets `return_fen` for it with the refund.
    """

    response_properties: ClassVar = ("zh", "en", "return_zh", "return_en")

    first_fen: int = 0
    further_fen: int = 0
    free_from_fen: int | None = None
    free_from_units: int | None = None
    return_fen: int = 0
    fault_payer: ReturnPayer = ReturnPayer.BRAND
    no_reason_payer: ReturnPayer = ReturnPayer.RESELLER

    @property
    def are_free(self) -> bool:
        """Whether nobody ever pays freight for goods that are shipped to her customers."""
        return not self.first_fen and not self.further_fen

    @property
    def zh(self) -> str:
        """What shipping costs, in one line."""
        if self.are_free:
            return "包邮"
        text = f"运费首件 ¥{format_yuan(self.first_fen)}"
        if self.further_fen:
            text += f"，每加一件 ¥{format_yuan(self.further_fen)}"
        free = []
        if self.free_from_units is not None:
            free.append(f"{self.free_from_units} 件")
        if self.free_from_fen is not None:
            free.append(f" ¥{format_yuan(self.free_from_fen)}")
        return f"{text}；同一收货人满{'或满'.join(free)}包邮" if free else text

    @property
    def en(self) -> str:
        if self.are_free:
            return "free shipping"
        text = f"shipping ¥{format_yuan(self.first_fen)} for the first piece"
        if self.further_fen:
            text += f", ¥{format_yuan(self.further_fen)} for each further one"
        free = []
        if self.free_from_units is not None:
            free.append(f"{self.free_from_units} pieces")
        if self.free_from_fen is not None:
            free.append(f"¥{format_yuan(self.free_from_fen)}")
        return f"{text}; free from {' or '.join(free)} for one recipient" if free else text

    @property
    def return_zh(self) -> str:
        """Who bears the freight of returns, in one line."""
        return "；".join(
            (
                f"质量问题退货运费{_PAYERS[self.fault_payer][0]}承担{self._amount(self.fault_payer, '，补 ')}",
                f"无理由退货运费{_PAYERS[self.no_reason_payer][0]}承担{self._amount(self.no_reason_payer, '，补 ')}",
            )
        )

    @property
    def return_en(self) -> str:
        return "; ".join(
            (
                f"return freight of faulty goods is borne by {_PAYERS[self.fault_payer][1]}{self._amount(self.fault_payer, ', ')}",
                f"without a reason by {_PAYERS[self.no_reason_payer][1]}{self._amount(self.no_reason_payer, ', ')}",
            )
        )

    def payer_of_return(self, *, is_fault: bool) -> ReturnPayer:
        return self.fault_payer if is_fault else self.no_reason_payer

    def return_freight_fen(self, *, is_fault: bool) -> int:
        """What a reseller gets for the freight of goods that she sent back."""
        return 0 if self.payer_of_return(is_fault=is_fault) is ReturnPayer.RESELLER else self.return_fen

    def _amount(self, payer: ReturnPayer, joint: str) -> str:
        paid = self.return_fen and payer is not ReturnPayer.RESELLER
        return f"{joint}¥{format_yuan(self.return_fen)}" if paid else ""


_PAYERS = {
    ReturnPayer.BRAND: ("品牌", "the brand"),
    ReturnPayer.PLATFORM: ("平台", "the platform"),
    ReturnPayer.RESELLER: ("买家", "the buyer"),
}

FREE = FreightTerms()


class FreightFault(enum.StrEnum):
    """Why freight terms make no sense."""

    AMOUNT = "amount"
    """An amount is negative or above its limit."""
    FREE_FROM = "free_from"
    """Free from nothing on, or where nothing is ever paid."""
    ORDER = "order"
    """A further piece costs more than the first."""


def freight_fault(terms: FreightTerms) -> FreightFault | None:
    """What is wrong with freight terms by themselves (SALE-18)."""
    if not all(0 <= each <= MAX_FREIGHT_FEN for each in (terms.first_fen, terms.further_fen, terms.return_fen)):
        return FreightFault.AMOUNT
    if terms.further_fen > terms.first_fen:
        return FreightFault.ORDER
    has_threshold = terms.free_from_fen is not None or terms.free_from_units is not None
    if has_threshold and terms.are_free:
        return FreightFault.FREE_FROM
    if terms.free_from_fen is not None and not 1 <= terms.free_from_fen <= MAX_FREE_FROM_FEN:
        return FreightFault.FREE_FROM
    if terms.free_from_units is not None and not 2 <= terms.free_from_units <= MAX_FREE_FROM_UNITS:
        return FreightFault.FREE_FROM
    return None


def freight_of(*, units: int, goods_fen: int, terms: FreightTerms) -> int:
    """The freight in fen of so many units of one sale for one recipient of an order, which cost `goods_fen` (SALE-18)."""
    if units <= 0:
        return 0
    if terms.free_from_units is not None and units >= terms.free_from_units:
        return 0
    if terms.free_from_fen is not None and goods_fen >= terms.free_from_fen:
        return 0
    return terms.first_fen + (units - 1) * terms.further_fen
