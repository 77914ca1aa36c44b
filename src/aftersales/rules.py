"""Why units come back (AFTER-1, AFTER-2)."""

import enum


class RefundReason(enum.StrEnum):
    CHANGED_MIND = "changed_mind"
    """Before shipping, at the reseller's wish; the goods can be sold again."""
    OUT_OF_STOCK = "out_of_stock"
    """The brand cannot ship 缺货; the goods do not exist."""
