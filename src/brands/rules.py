"""The rules of admission (BRAND-1 to BRAND-3) and the order minimum of a brand (BRAND-5)."""

import enum
from dataclasses import dataclass


class BrandStatus(enum.StrEnum):
    APPLIED = "applied"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    """Its account was closed: the deposit went back, and nobody signs in for it. It is not admitted again."""


@dataclass(frozen=True, slots=True)
class AdmissionTerms:
    """What a brand must bring: yearly sales and deposit in fen, number of physical shops."""

    min_annual_sales_fen: int
    min_offline_shops: int
    deposit_fen: int


DEFAULT_TERMS = AdmissionTerms(min_annual_sales_fen=20_000_000_00, min_offline_shops=50, deposit_fen=10_000_00)
"""BRAND-1: ¥20,000,000 a year, 50 shops, ¥10,000 deposit, as earlier systems required. Ops can change them."""


def shortfalls(*, annual_sales_fen: int, offline_shops: int, terms: AdmissionTerms) -> list[str]:
    """Which of the terms an applicant misses (BRAND-1); empty where none."""
    missed = []
    if annual_sales_fen < terms.min_annual_sales_fen:
        missed.append("annual_sales")
    if offline_shops < terms.min_offline_shops:
        missed.append("offline_shops")
    return missed


def may_sell(*, status: BrandStatus, deposit_fen: int, required_fen: int) -> bool:
    """BRAND-2: a brand sells while it is admitted and its whole deposit is in."""
    return status is BrandStatus.ADMITTED and deposit_fen >= required_fen


MAX_ORDER_MINIMUM_FEN, MAX_ORDER_MINIMUM_UNITS = 1_000_000_00, 100_000


@dataclass(frozen=True, slots=True)
class OrderMinimum:
    """What one placement must have of a brand at least (BRAND-5): an amount in fen, units, or both; None where nothing is asked."""

    min_fen: int | None = None
    min_units: int | None = None

    def is_met(self, *, fen: int, units: int) -> bool:
        return fen >= (self.min_fen or 0) and units >= (self.min_units or 0)
