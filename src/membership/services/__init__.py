"""Writes of membership. Every verb that changes growth first carries out the turns that are due for that member."""

from membership.services.growth import (
    AdjustmentNeedsReason,
    AlreadyOnProbation,
    BadProbation,
    GrowthView,
    KeyNeeded,
    KeyUsedOtherwise,
    NothingToTakeBack,
    adjust,
    credit_purchase,
    put_on_probation,
    settle_shipment,
    take_back,
)
from membership.services.invitations import (
    BadCode,
    NotYetVip,
    QuotaUsed,
    grant_due_rewards,
    issue_code,
    join,
    request_to_join,
    revoke_code,
)
from membership.services.partitions import open_months
from membership.services.tables import BadTierTable, TableTooLate, enter_tier_table
from membership.services.turn import TurnNotDue, read_notices, turn_month, warn_of_falls

__all__ = [
    "AdjustmentNeedsReason",
    "AlreadyOnProbation",
    "BadCode",
    "BadProbation",
    "BadTierTable",
    "GrowthView",
    "KeyNeeded",
    "KeyUsedOtherwise",
    "NotYetVip",
    "NothingToTakeBack",
    "QuotaUsed",
    "TableTooLate",
    "TurnNotDue",
    "adjust",
    "credit_purchase",
    "enter_tier_table",
    "grant_due_rewards",
    "issue_code",
    "join",
    "open_months",
    "put_on_probation",
    "read_notices",
    "request_to_join",
    "revoke_code",
    "settle_shipment",
    "take_back",
    "turn_month",
    "warn_of_falls",
]
