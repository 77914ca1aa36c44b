"""Retail prices beside what they must keep (FORWARD-1)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PriceBesideFloor:
    """A retail price of a reseller for a style of a sale, beside the floor of the frozen list at her tier.

    `labelled`: some SKUs keep their label in the sale; `floor_fen` is the floor of those, None where there is none.
    """

    reseller_id: int
    reseller_name: str
    tier: int
    style_id: int
    style_no: str
    style_name: str
    price_fen: int
    set_at: datetime
    tag_price_fen: int
    labelled: bool
    floor_fen: int | None
