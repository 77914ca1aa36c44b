"""How many styles on show have a brand, a category or a size: kept, and counted anew by a periodic job (SALE-11)."""

from dataclasses import dataclass, field
from datetime import datetime

from flashsales.sql import facets as statements
from jobs.kept import KeptValue


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """Styles of live sales with units left, by brand, by their own category, and by each size that has units left."""

    brands: dict[int, int] = field(default_factory=dict)
    categories: dict[int, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


def get_facet_counts(*, at: datetime) -> FacetCounts:
    """The counts of at most a minute ago, while the job runs that counts them."""
    return COUNTS.get(at)


def keep_facet_counts(*, at: datetime) -> int:
    """Count and keep; returns how many brands, categories and sizes there are."""
    counts = COUNTS.refresh(at)
    return len(counts.brands) + len(counts.categories) + len(counts.sizes)


def _count(at: datetime) -> FacetCounts:
    counts = FacetCounts()
    for row in statements.count_facets(at=at):
        if row.brand_id is not None:
            counts.brands[row.brand_id] = row.styles
        elif row.category_id is not None:
            counts.categories[row.category_id] = row.styles
        elif row.size is not None:
            counts.sizes[row.size] = row.styles
    return counts


COUNTS: KeptValue[FacetCounts] = KeptValue("facet-counts", max_age_seconds=60, read=_count, empty=FacetCounts())
"""The job counts them twice a minute."""
