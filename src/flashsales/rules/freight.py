"""Freight terms of a brand or a sale: what a reseller pays for shipping, where to, and who bears return freight (SALE-18, SALE-23)."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flashsales.rules.provinces import PROVINCES, english_names, short_names
from kernel.money import display_yuan

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
class ProvinceSurcharge:
    """What goods of a sale for one recipient in a province cost beside the freight, in fen, also where that is free."""

    province: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """What shipping costs; the defaults ship free (包邮) to everywhere. Amounts in fen.

    The first piece for a recipient costs `first_fen`, each further one `further_fen`. From `free_from_fen` or `free_from_units` on
    nothing is paid. Who sends goods back pays the carrier; where `fault_payer` (the goods were faulty, wrong or damaged) or
    `no_reason_payer` is not the reseller, she gets `return_fen` for it with the refund. Provinces stand by their full names (SALE-23).
    """

    response_properties: ClassVar = ("zh", "en", "return_zh", "return_en")

    first_fen: int = 0
    further_fen: int = 0
    free_from_fen: int | None = None
    free_from_units: int | None = None
    return_fen: int = 0
    fault_payer: ReturnPayer = ReturnPayer.BRAND
    no_reason_payer: ReturnPayer = ReturnPayer.RESELLER
    surcharges: tuple[ProvinceSurcharge, ...] = ()
    no_delivery: tuple[str, ...] = ()

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "FreightTerms":
        """The terms out of the columns of a row, or out of JSON with the same names."""
        surcharges = tuple(ProvinceSurcharge(**each) for each in stored["surcharges"])
        return FreightTerms(**{**stored, "surcharges": surcharges, "no_delivery": tuple(stored["no_delivery"])})

    @property
    def are_by_province(self) -> bool:
        """Whether the freight depends on where the recipient lives."""
        return bool(self.surcharges or self.no_delivery)

    def surcharge_fen(self, province: str) -> int:
        return next((each.amount_fen for each in self.surcharges if each.province == province), 0)

    @property
    def are_free(self) -> bool:
        """Whether nobody ever pays freight for goods that are shipped to her customers."""
        return not self.first_fen and not self.further_fen

    @property
    def zh(self) -> str:
        """What shipping costs and where to, in one line."""
        return "；".join((self._base_zh, *self._places_zh))

    @property
    def en(self) -> str:
        return "; ".join((self._base_en, *self._places_en))

    @property
    def _places_zh(self) -> Iterable[str]:
        for fen, provinces in self._by_surcharge.items():
            yield f"{short_names(provinces)}另加 {display_yuan(fen)}"
        if self.no_delivery:
            yield f"不发{short_names(self.no_delivery)}"

    @property
    def _places_en(self) -> Iterable[str]:
        for fen, provinces in self._by_surcharge.items():
            yield f"{display_yuan(fen)} more to {english_names(provinces)}"
        if self.no_delivery:
            yield f"no delivery to {english_names(self.no_delivery)}"

    @property
    def _by_surcharge(self) -> dict[int, list[str]]:
        """The provinces by what they cost more, the cheapest first."""
        found: dict[int, list[str]] = {}
        for each in sorted(self.surcharges, key=lambda surcharge: surcharge.amount_fen):
            found.setdefault(each.amount_fen, []).append(each.province)
        return found

    @property
    def _base_zh(self) -> str:
        if self.are_free:
            return "包邮"
        text = f"运费首件 {display_yuan(self.first_fen)}"
        if self.further_fen:
            text += f"，每加一件 {display_yuan(self.further_fen)}"
        free = []
        if self.free_from_units is not None:
            free.append(f"{self.free_from_units} 件")
        if self.free_from_fen is not None:
            free.append(f" {display_yuan(self.free_from_fen)}")
        return f"{text}；同一收货人满{'或满'.join(free)}包邮" if free else text

    @property
    def _base_en(self) -> str:
        if self.are_free:
            return "free shipping"
        text = f"shipping {display_yuan(self.first_fen)} for the first piece"
        if self.further_fen:
            text += f", {display_yuan(self.further_fen)} for each further one"
        free = []
        if self.free_from_units is not None:
            free.append(f"{self.free_from_units} pieces")
        if self.free_from_fen is not None:
            free.append(f"{display_yuan(self.free_from_fen)}")
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
        return f"{joint}{display_yuan(self.return_fen)}" if paid else ""


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
    PROVINCE = "province"
    """A province that is none, that stands twice, that has a surcharge and no delivery, or a surcharge of nothing or above the limit."""


def freight_fault(terms: FreightTerms) -> FreightFault | None:
    """What is wrong with freight terms by themselves (SALE-18)."""
    if not all(0 <= each <= MAX_FREIGHT_FEN for each in (terms.first_fen, terms.further_fen, terms.return_fen)):
        return FreightFault.AMOUNT
    if not _provinces_are_sound(terms):
        return FreightFault.PROVINCE
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


def _provinces_are_sound(terms: FreightTerms) -> bool:
    named = [*(each.province for each in terms.surcharges), *terms.no_delivery]
    is_known_once = len(set(named)) == len(named) and set(named) <= PROVINCES.keys()
    return is_known_once and all(0 < each.amount_fen <= MAX_FREIGHT_FEN for each in terms.surcharges)


class DeliveryFault(enum.StrEnum):
    """Why goods of a sale do not go to a recipient (SALE-23)."""

    NO_DELIVERY = "no_delivery"
    """The terms exclude her province."""
    UNKNOWN_PROVINCE = "unknown_province"
    """Her address names no province, and the terms depend on it."""


def delivery_fault(terms: FreightTerms | None, province: str) -> DeliveryFault | None:
    """Why goods with these terms do not go to a province, "" where an address names none."""
    if terms is None or not terms.are_by_province:
        return None
    if not province:
        return DeliveryFault.UNKNOWN_PROVINCE
    return DeliveryFault.NO_DELIVERY if province in terms.no_delivery else None


def freight_of(*, units: int, goods_fen: int, terms: FreightTerms, province: str = "") -> int:
    """The freight in fen of so many units of one sale for one recipient of an order, which cost `goods_fen` (SALE-18, SALE-23).

    `province`: that of the recipient, "" where it is not known yet: the surcharge of a province is left out.
    """
    if units <= 0:
        return 0
    return terms.surcharge_fen(province) + _freight_without_place(units, goods_fen, terms)


def _freight_without_place(units: int, goods_fen: int, terms: FreightTerms) -> int:
    if terms.free_from_units is not None and units >= terms.free_from_units:
        return 0
    if terms.free_from_fen is not None and goods_fen >= terms.free_from_fen:
        return 0
    return terms.first_fen + (units - 1) * terms.further_fen
