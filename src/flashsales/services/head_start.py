"""The head start of tiers in a sale, which ops enter before it is published (SALE-19)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.rules import Actor, Role, require_roles
from db.transactions import atomic_with_retry
from flashsales.models import Sale
from flashsales.rules.head_start import (
    MAX_HEAD_START,
    HeadStartFault,
    delays_of,
    head_start_fault,
    head_starts_of,
    opens_to_all_at,
)
from flashsales.selectors.sales import SaleView, get_sale
from flashsales.services.locking import lock_draft, record_change
from flashsales.services.windows import require_window
from kernel.refusal import Invalid
from membership.rules.tiers import TIER_COUNT


class InvalidHeadStart(Invalid):
    """`fault`: `count`, `range`, `trial` or `order`."""

    code = "flashsales.invalid_head_start"
    zh = "{why_zh}；没有保存"
    en = "{why_en}; nothing was saved"
    fault: str
    why_zh: str
    why_en: str


_FAULTS = {
    HeadStartFault.COUNT: (
        f"提前开抢要填 {TIER_COUNT} 个数，从体验会员到 VIP5",
        f"Head starts are {TIER_COUNT} numbers, from trial to VIP5",
    ),
    HeadStartFault.RANGE: (
        f"提前开抢须为 0 至 {MAX_HEAD_START} 分钟",
        f"A head start is between 0 and {MAX_HEAD_START} minutes",
    ),
    HeadStartFault.TRIAL: (
        "体验会员不能提前：对全员开抢的时刻就是体验会员的时刻",
        "Trial members have no head start: the opening for all is theirs",
    ),
    HeadStartFault.ORDER: ("低等级不能比高等级更早开抢", "A lower tier may not come before a higher one"),
}


@atomic_with_retry
def set_head_start(*, actor: Actor, sale_id: int, minutes: Sequence[int], now: datetime) -> SaleView:
    """Let a draft open for each tier so many minutes before it opens for all, trial first; zeros take the head start back.

    The opening for all stays where it is, and the window begins with the first tier. Refuses head starts that make no sense, a preview
    that would begin after the first tier, and a sale that is no draft.
    """
    require_roles(actor, Role.OPS)
    row = lock_draft(sale_id)
    fault = head_start_fault(minutes)
    if fault is not None:
        why_zh, why_en = _FAULTS[fault]
        raise InvalidHeadStart(fault=fault.value, why_zh=why_zh, why_en=why_en)
    _apply(row, minutes, now)
    record_change(actor, "set_head_start", sale_id, {"minutes": list(minutes)}, now)
    return get_sale(sale_id, at=now)


def copy_head_start(*, from_sale: Sale, to_sale_id: int, now: datetime) -> None:
    """Give a draft the head starts of another sale."""
    if from_sale.opening_delays:
        _apply(lock_draft(to_sale_id), head_starts_of(from_sale.opening_delays), now)


def _apply(row: Sale, minutes: Sequence[int], now: datetime) -> None:
    to_all_at = opens_to_all_at(row.starts_at, row.opening_delays)
    starts_at = to_all_at - timedelta(minutes=max(minutes))
    if row.preview_at == row.starts_at:
        row.preview_at = starts_at  # It has no preview, and gets none.
    require_window(row.preview_at, starts_at, row.ends_at, now)
    row.starts_at, row.opening_delays = starts_at, delays_of(minutes)
    row.save(update_fields=["preview_at", "starts_at", "opening_delays"])
