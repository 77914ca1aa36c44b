"""Writes of pricing: the rules of ops, refused where they are entered if they break a law, and the freeze of a price list."""

from pricing.services.checks import (
    BadTerms,
    CutStillBreaks,
    DraftClosed,
    FloorAboveTag,
    HigherTierPaysMore,
    MarginEaten,
    require_sale_terms,
)
from pricing.services.drafts import adopt_draft, discard_draft, start_draft
from pricing.services.effects import (
    effect_of_adoption,
    effect_of_commission,
    effect_of_control,
    effect_of_end,
    effect_of_platform_terms,
    effect_of_withdrawal,
)
from pricing.services.lists import NothingToPrice, freeze_price_list
from pricing.services.rulebook import (
    BadControl,
    ControlOverlaps,
    RuleTooLate,
    end_control,
    enter_commission,
    enter_control,
    enter_platform_terms,
    withdraw_control,
)

__all__ = [
    "BadControl",
    "BadTerms",
    "ControlOverlaps",
    "CutStillBreaks",
    "DraftClosed",
    "FloorAboveTag",
    "HigherTierPaysMore",
    "MarginEaten",
    "NothingToPrice",
    "RuleTooLate",
    "adopt_draft",
    "discard_draft",
    "effect_of_adoption",
    "effect_of_commission",
    "effect_of_control",
    "effect_of_end",
    "effect_of_platform_terms",
    "effect_of_withdrawal",
    "end_control",
    "enter_commission",
    "enter_control",
    "enter_platform_terms",
    "freeze_price_list",
    "require_sale_terms",
    "start_draft",
    "withdraw_control",
]
