"""Draws that two workers hold at once, and entries at the instant of the close (SALE-25)."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from accounts.models import AuditEntry
from events.models import Event
from flashsales.models import Draw, DrawEntry, Reservation, SaleItem, WaitingEntry
from flashsales.rules.draw import Drawn, rank_entries
from flashsales.selectors.sales import get_sale
from flashsales.services import draws, ending, publishing
from flashsales.services.draws import NotTakingEntries, enter, hold_draws, set_draw, withdraw_entry
from flashsales.services.locking import record_change
from flashsales.sql import draws as statements
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

MINUTE = timedelta(minutes=1)
CLOSES = NOW + 10 * MINUTE
MOMENT = timedelta(microseconds=1)


class Scarce:
    """A sale of which one size of three units is drawn, and resellers who may enter."""

    def __init__(self, *, resellers: int) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=3, style_no="SCARCE")
        self.sale_id = self.market.draft(sku)
        set_draw(actor=self.market.ops, sale_id=self.sale_id, entry_minutes=10, codes=["SCARCE"], now=NOW)
        publishing.publish(actor=self.market.ops, sale_id=self.sale_id, now=NOW)
        self.item_id = item_of(self.sale_id, sku)
        self.resellers = [self.market.reseller() for _ in range(resellers)]

    def enters(self, daigou: Daigou, units: int = 1) -> Callable[[], int]:
        return partial(enter, actor=daigou.actor, item_id=self.item_id, units=units, now=CLOSES - MOMENT)

    def all_enter(self) -> None:
        for each in self.resellers:
            self.enters(each)()


def outcome() -> tuple[int, int, int, int]:
    """How many places in line, reservations and notices of winners there are, and how often it was drawn."""
    return (
        WaitingEntry.objects.count(),
        Reservation.objects.filter(ended_at=None).count(),
        Event.objects.filter(kind="draw_won").count(),
        AuditEntry.objects.filter(action="flashsales.draw").count(),
    )


def test_two_workers_draw_twice_without_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nobody locks the draw, and both workers hold it."""
    scarce = Scarce(resellers=5)
    scarce.all_enter()
    monkeypatch.setattr(statements, "lock_draw", lambda *, sale_id: True)
    monkeypatch.setattr(draws, "record_change", meet_after(record_change, 2))
    run_concurrently([partial(hold_draws, now=CLOSES), partial(hold_draws, now=CLOSES)])
    assert AuditEntry.objects.filter(action="flashsales.draw").count() == 2


def test_two_workers_hold_a_draw_once() -> None:
    scarce = Scarce(resellers=5)
    scarce.all_enter()
    done = run_concurrently([partial(hold_draws, now=CLOSES) for _ in range(4)])
    assert sum(each for each in done if isinstance(each, int)) == 2  # the order once, and the units of the size once
    assert outcome() == (5, 3, 3, 1)
    assert units_of(scarce.item_id) == (3, 0, 3, 0)
    entries = [Drawn(each.pk, each.item_id, each.units) for each in DrawEntry.objects.all()]
    ranks = rank_entries(entries, seed=Draw.objects.get().seed)
    assert dict(DrawEntry.objects.values_list("pk", "rank")) == ranks
    assert Counter(DrawEntry.objects.values_list("won_units", flat=True)) == {1: 3, 0: 2}
    assert [violation.what for violation in all_violations()] == []


def test_entries_at_the_last_instant_are_drawn_or_refused() -> None:
    for _ in range(3):
        scarce = Scarce(resellers=6)
        early, late = scarce.resellers[:2], scarce.resellers[2:]
        numbers = [scarce.enters(each)() for each in early]
        leaves = partial(withdraw_entry, actor=early[0].actor, number=numbers[0], now=CLOSES - MOMENT)
        answers = run_concurrently([*map(scarce.enters, late), leaves, partial(hold_draws, now=CLOSES)])
        entered = [each for each in answers[: len(late)] if isinstance(each, int)]
        refused = [each for each in answers[: len(late)] if isinstance(each, NotTakingEntries)]
        assert len(entered) + len(refused) == len(late)
        hold_draws(now=CLOSES)
        drawn = set(DrawEntry.objects.filter(draw=scarce.sale_id, rank__isnull=False).values_list("pk", flat=True))
        stayed = {numbers[0]} if isinstance(answers[len(late)], NotTakingEntries) else set()
        assert drawn == {numbers[1], *entered} | stayed
        assert [violation.what for violation in all_violations()] == []


def test_two_taps_enter_once() -> None:
    scarce = Scarce(resellers=1)
    numbers = run_concurrently([scarce.enters(scarce.resellers[0], units) for units in (1, 2, 1, 2)])
    assert len(set(numbers)) == 1
    assert DrawEntry.objects.count() == 1


def test_draw_and_end_of_the_sale_at_once_leave_no_unit_behind() -> None:
    for _ in range(3):
        scarce = Scarce(resellers=3)
        scarce.all_enter()
        ends = partial(
            ending.end_early, actor=scarce.market.ops, sale_id=scarce.sale_id, reason="提前", now=CLOSES + MOMENT
        )
        run_concurrently([partial(hold_draws, now=CLOSES), partial(hold_draws, now=CLOSES), ends])
        item = SaleItem.objects.get(pk=scarce.item_id)
        assert not Reservation.objects.filter(item_id=item.pk, ended_at=None).exists()
        assert (item.available, item.held, item.draw_units, item.returned) == (0, 0, 0, 3)
        assert [violation.what for violation in all_violations()] == []


def test_cancelling_and_entering_at_once_do_not_wait_for_each_other() -> None:
    scarce = Scarce(resellers=5)
    cancels = partial(
        ending.cancel, actor=scarce.market.ops, sale_id=scarce.sale_id, reason="撤货", now=CLOSES - MINUTE
    )
    answers = run_concurrently([*map(scarce.enters, scarce.resellers), cancels])
    assert not isinstance(answers[-1], Exception)
    told = Event.objects.filter(kind="draw_called_off").count()
    assert told == sum(isinstance(each, int) for each in answers[:-1])
    assert units_of(scarce.item_id) == (0, 0, 0, 0)
    assert get_sale(scarce.sale_id, at=CLOSES).phase == "cancelled"
    assert [violation.what for violation in all_violations()] == []


def meet_after(act: Callable[..., object], workers: int) -> Callable[..., object]:
    """`act`, after which each thread waits until so many have done it, or a second has passed."""
    barrier = threading.Barrier(workers)

    def meets(*arguments: object) -> object:
        result = act(*arguments)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=1)
        return result

    return meets
