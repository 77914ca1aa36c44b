"""How a sale ends: extended, early, cancelled by ops, or closed after its end, when its unsold units return."""

from datetime import datetime

from accounts.rules import SYSTEM, Actor, Role, require_roles
from db.transactions import atomic_with_retry
from flashsales.models import HeroPin, Sale, SaleItem
from flashsales.rules import MAX_DURATION, Phase, SaleState
from flashsales.selectors.sales import SaleView, markdown_has_begun, sale_view
from flashsales.services.draws import call_off_draw
from flashsales.services.finding import make_unfindable
from flashsales.services.locking import lock_sale, record_change
from flashsales.services.reservations import end_with_sale
from flashsales.services.windows import EndNotLater, SaleTooLong, require_in_no_other_sale, set_window
from flashsales.sql.units import return_unsold_units
from inventory.rules import Move, MovementKind
from inventory.services.stock import lock_skus, move
from jobs.batches import run_each
from kernel.refusal import Conflict, require_reason

MAX_REASON = 300


class NotRunning(Conflict):
    code = "flashsales.not_running"
    zh = "专场现在的状态不能这样处理，请刷新页面看看"
    en = "The sale is {phase}; that cannot be done now"
    phase: str


class HasOrders(Conflict):
    code = "flashsales.has_orders"
    zh = "专场已有 {units} 件被抢，不能取消；可以提前结束"
    en = "{units} units are already taken: the sale cannot be cancelled, but it can end early"
    units: int


@atomic_with_retry
def extend(*, actor: Actor, sale_id: int, ends_at: datetime, reason: str, now: datetime) -> SaleView:
    """Move the end of a sale that has not ended. Refuses where one of its SKUs is in another sale by then.

    A markdown schedule that has not begun moves with the end; one that has begun keeps its instants, so that no price rises (PRICE-10).
    """
    require_roles(actor, Role.OPS)
    row = _lock_in_phase(sale_id, now, Phase.WAITING, Phase.PREVIEW, Phase.LIVE)
    if ends_at <= row.ends_at:
        raise EndNotLater
    if ends_at - row.starts_at > MAX_DURATION:
        raise SaleTooLong(days=MAX_DURATION.days)
    if row.markdown_ends_at is None and markdown_has_begun(sale_view(row, at=now), at=now):
        row.markdown_ends_at = row.ends_at
    before, row.ends_at = row.ends_at, ends_at
    require_in_no_other_sale(row.pk, row.starts_at, ends_at)
    lock_skus(list(SaleItem.objects.filter(sale=row).values_list("sku_id", flat=True)))
    require_in_no_other_sale(row.pk, row.starts_at, ends_at)  # final, since publications lock the SKUs too
    row.save(update_fields=["ends_at", "markdown_ends_at"])
    set_window(row)
    details = {
        "from": before.isoformat(),
        "to": ends_at.isoformat(),
        "reason": require_reason(reason, max_length=MAX_REASON),
    }
    record_change(actor, "extend", sale_id, details, now)
    return sale_view(row, at=now)


@atomic_with_retry
def end_early(*, actor: Actor, sale_id: int, reason: str, now: datetime) -> SaleView:
    """End a live sale now. Available units return at once, and reserved ones with them; those of unpaid orders stay with their orders."""
    require_roles(actor, Role.OPS)
    row = _lock_in_phase(sale_id, now, Phase.LIVE)
    if now == row.starts_at:  # the window would be empty; a sale that nobody could see is cancelled instead
        raise NotRunning(phase=Phase.PREVIEW.value)
    row.markdown_ends_at = row.markdown_ends_at or row.ends_at
    before, row.ends_at = row.ends_at, now
    row.save(update_fields=["ends_at", "markdown_ends_at"])
    set_window(row)
    record_change(
        actor,
        "end_early",
        sale_id,
        {"from": before.isoformat(), "reason": require_reason(reason, max_length=MAX_REASON)},
        now,
    )
    _close(row, actor, now)
    return sale_view(row, at=now)


@atomic_with_retry
def cancel(*, actor: Actor, sale_id: int, reason: str, now: datetime) -> SaleView:
    """Cancel a draft, or a published sale of which nobody has taken a unit; its bound stock returns."""
    require_roles(actor, Role.OPS)
    row = lock_sale(sale_id)
    if row.state == SaleState.PUBLISHED.value:
        row = _lock_in_phase(sale_id, now, Phase.WAITING, Phase.PREVIEW, Phase.LIVE)
        # What waits for a draw is held for nobody yet. Its draw is locked before the items, as who enters locks them.
        call_off_draw(row, now=now)
        # The items are locked before they are counted: a concurrent grab either comes first and is counted, or finds nothing available.
        items = SaleItem.objects.filter(sale_id=sale_id).order_by("pk").select_for_update()
        taken = sum(held + sold for held, sold in items.values_list("held", "sold"))
        if taken:
            raise HasOrders(units=taken)
        _close(row, actor, now)
        SaleItem.objects.filter(sale_id=sale_id).update(sale_window=None)
    elif row.state != SaleState.DRAFT.value:
        raise NotRunning(phase=row.state)
    row.state = SaleState.CANCELLED.value
    row.save(update_fields=["state"])
    record_change(actor, "cancel", sale_id, {"reason": require_reason(reason, max_length=MAX_REASON)}, now)
    return sale_view(row, at=now)


def close_ended(*, now: datetime) -> int:
    """Return the unsold units of ended sales to free stock; returns how many sales were closed.

    Safe to run at any time, twice, and at once. A sale that cannot be closed stops none of the others.
    """
    waiting = Sale.objects.filter(state=SaleState.PUBLISHED.value, ends_at__lte=now, closed_at=None)
    due = list(waiting.values_list("pk", flat=True))
    return run_each(lambda sale_id: _close_one(sale_id, now), due, job="flashsales.close_ended")


@atomic_with_retry
def _close_one(sale_id: int, now: datetime) -> bool:
    """Close one ended sale; False where another transaction is closing it, or has closed it."""
    row = (
        Sale.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=sale_id, closed_at=None, ends_at__lte=now)
        .first()
    )
    if row is None:
        return False
    _close(row, SYSTEM, now)
    return True


def _close(row: Sale, actor: Actor, now: datetime) -> None:
    call_off_draw(row, now=now)
    end_with_sale(sale_id=row.pk, now=now)
    returned = return_unsold_units(sale_id=row.pk)
    move(
        kind=MovementKind.RETURN,
        moves=[Move(each.sku_id, on_hand_delta=0, allotted_delta=-each.units) for each in returned],
        cause=f"sale:{row.pk}",
        actor=actor,
        now=now,
    )
    make_unfindable(sale_id=row.pk)
    HeroPin.objects.filter(sale=row).delete()
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    record_change(actor, "close", row.pk, {"units": sum(each.units for each in returned)}, now)


def _lock_in_phase(sale_id: int, now: datetime, *expected: Phase) -> Sale:
    row = lock_sale(sale_id)
    current = sale_view(row, at=now).phase
    if row.closed_at is not None and row.state == SaleState.PUBLISHED.value:
        # This transaction may have read the clock before it waited for the row. The units are returned, whatever that clock says.
        current = Phase.ENDED
    if current not in expected:
        raise NotRunning(phase=current.value)
    return row
