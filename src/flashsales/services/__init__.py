"""Writes of sales: `planning` (draft to published), `running` (extend, end, cancel, close), `units` (what orders do to sale items)."""

from flashsales.services.planning import (
    NotADraft,
    PlannedUnits,
    Published,
    fix_prices,
    publish,
    put_in,
    put_in_free_stock,
    rerun,
    schedule,
    set_limits,
    take_out,
)
from flashsales.services.running import cancel, close_ended, end_early, extend
from flashsales.services.units import HOLD, ItemUnits, release, sell, unsell, why_not_held

__all__ = [
    "HOLD",
    "ItemUnits",
    "NotADraft",
    "PlannedUnits",
    "Published",
    "cancel",
    "close_ended",
    "end_early",
    "extend",
    "fix_prices",
    "publish",
    "put_in",
    "put_in_free_stock",
    "release",
    "rerun",
    "schedule",
    "sell",
    "set_limits",
    "take_out",
    "unsell",
    "why_not_held",
]
