"""What is compared where two sets of rules, or a frozen list and the present rules, price the same SKUs."""

from dataclasses import dataclass

from pricing.rules.quote import Labelling


@dataclass(frozen=True, slots=True)
class TierDifference:
    """What changes for a tier from the base rules to the other: SKUs that get dearer, cheaper, lose or keep their label; sums in fen."""

    tier: int
    dearer: int
    cheaper: int
    newly_cut: int
    no_longer_cut: int
    newly_excluded: int
    no_longer_excluded: int
    base_broken: int
    other_broken: int
    base_sum_fen: int
    other_sum_fen: int
    base_margin_fen: int
    other_margin_fen: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many prices (or margins) lie from `low_fen` up to below `high_fen`, under the base rules and under the other."""

    low_fen: int
    high_fen: int
    base: int
    other: int


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """A row of a frozen list that other rules would price differently; `now_fen` is None where they exclude the SKU."""

    sku_id: int
    tier: int
    frozen_fen: int | None
    now_fen: int | None
    frozen_labelling: Labelling | None
    now_labelling: Labelling | None
