"""When a sale opens for each tier (SALE-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flashsales.rules.head_start import opens_at
from flashsales.sql import openings as statements
from membership.rules.tiers import Tier


@dataclass(frozen=True, slots=True)
class TierOpening:
    """A sale opens at this instant for a tier and those above it that have no earlier opening."""

    tier: Tier
    opens_at: datetime
    is_for_all: bool


def list_openings(starts_at: datetime, delays: Sequence[int] | None) -> list[TierOpening]:
    """The instants at which a sale opens for more tiers, the first one first; none where it opens for all at once."""
    if not delays:
        return []
    lowest = {delay: Tier(tier) for tier, delay in reversed(list(enumerate(delays)))}
    return [
        TierOpening(tier, opens_at(starts_at, delays, tier), is_for_all=tier is Tier.TRIAL)
        for _, tier in sorted(lowest.items())
    ]


def opens_at_sql(tier: str, sale: str = "s") -> str:
    """The instant at which the sale of the alias `sale` opens for a tier, for statements of other apps; null is nobody in particular."""
    return statements.opens_at_sql(tier, sale)
