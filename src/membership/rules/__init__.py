"""The law of membership, GROWTH-1 … of docs/rules/membership.md. Pure: no database, no clock, whole numbers only."""

from membership.rules.invitations import BadInvitationTerms, InvitationTerms, RewardState, reward_outcome
from membership.rules.standing import Forecast, History, Judgement, Standing, forecast, judgements, path, standing
from membership.rules.tiers import (
    DEFAULT_TABLE,
    MILLI,
    Entry,
    Kind,
    Tier,
    TierTable,
    growth_of,
    growth_to_take_back,
    table_in_force,
    whole_growth,
)

__all__ = [
    "DEFAULT_TABLE",
    "MILLI",
    "BadInvitationTerms",
    "Entry",
    "Forecast",
    "History",
    "InvitationTerms",
    "Judgement",
    "Kind",
    "RewardState",
    "Standing",
    "Tier",
    "TierTable",
    "forecast",
    "growth_of",
    "growth_to_take_back",
    "judgements",
    "path",
    "reward_outcome",
    "standing",
    "table_in_force",
    "whole_growth",
]
