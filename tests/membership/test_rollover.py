"""The monthly roll-over through its service (GROWTH-7, GROWTH-12), and the integrity check of GROWTH-18."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from accounts.rules import SYSTEM
from integrity.selectors.checks import violations_of
from membership.models import GrowthEntry, InvitationReward, MonthRollover, Notice, Reseller
from membership.rules.invitations import RewardState
from membership.rules.tiers import DEFAULT_TABLE, GrowthKind, Tier, TierTable
from membership.selectors import histories, rollover, tier_status
from membership.selectors import people as membership_people
from membership.services import rollover as membership_rollover
from membership.services import tier_tables
from membership.services.rollover import _roll_over_chunk
from tests.membership.acts import (
    DAY,
    NOW,
    buy,
    give_back,
    grant,
    invited,
    joined,
    platform_code,
    reseller_id,
    rollover_at,
    vip,
)

pytestmark = pytest.mark.django_db


def test_roll_over_month_that_is_not_due_is_refused() -> None:
    with pytest.raises(membership_rollover.RolloverNotDue):
        membership_rollover.roll_over_month(
            actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4) - timedelta(milliseconds=1)
        )
    assert not MonthRollover.objects.exists()


def test_roll_over_month_goes_on_where_it_stopped_and_a_second_run_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(4):
        actor = joined(f"many{number}", platform_code())
        buy(actor, number, 5000)
    rollovers = [
        membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, month, 1), now=rollover_at(month))
        for month in (4, 5, 6)
    ]
    assert [each.downgraded for each in rollovers] == [0, 0, 0]
    with monkeypatch.context() as patch:
        _stop_after(patch, chunks=2)
        with pytest.raises(RuntimeError):
            membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7), chunk=1)
    half = MonthRollover.objects.get(month=date(2026, 7, 1))
    assert half.finished_at is None
    assert Reseller.objects.filter(tier=Tier.VIP1).count() == half.downgraded == 2
    done = membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7) + DAY, chunk=1)
    assert (done.downgraded, done.finished_at) == (4, rollover_at(7) + DAY)
    assert (
        membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7) + 2 * DAY) == done
    )
    assert Notice.objects.filter(kind=Notice.DOWNGRADED).count() == 4
    assert violations_of("membership") == []


def _stop_after(patch: pytest.MonkeyPatch, *, chunks: int) -> None:
    """A run that dies between two chunks, as a killed worker would."""
    carried_out = _roll_over_chunk
    left = [chunks]

    def dying(month: date, *, last_id: int, now: datetime, chunk: int) -> bool:
        if not left[0]:
            raise RuntimeError("killed")
        left[0] -= 1
        return carried_out(month, last_id=last_id, now=now, chunk=chunk)

    patch.setattr("membership.services.rollover._roll_over_chunk", dying)


def test_roll_over_month_catches_up_on_rollovers_that_were_missed() -> None:
    actor = joined("sleeper", platform_code())
    buy(actor, 1, 5000)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 8, 1), now=rollover_at(8))
    assert [each.month.month for each in rollover.list_rollovers().items] == [8, 7, 6, 5, 4]
    assert tier_status.list_tier_changes(reseller_id(actor))[-1] == (rollover_at(7), Tier.VIP2, Tier.VIP1)
    assert violations_of("membership") == []


def test_a_member_who_acts_before_the_rollover_reaches_her_is_rolled_over_first() -> None:
    actor = joined("early", platform_code())
    buy(actor, 1, 5000)
    view = buy(actor, 2, 10, rollover_at(7) + timedelta(seconds=1))
    assert (view.before, view.tier) == (Tier.VIP1, Tier.VIP1)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7) + DAY)
    assert violations_of("membership") == []


def test_warn_of_downgrades_warns_the_members_of_the_forecast_once() -> None:
    falling, safe = joined("falling", platform_code()), joined("safe", platform_code())
    buy(falling, 1, 5000)
    buy(safe, 2, 5000)
    june = rollover_at(7) - 3 * DAY
    buy(safe, 3, 1000, june)
    assert rollover.is_rollover_due(june)
    assert [row.reseller_id for row in membership_rollover.preview_rollover(at=june, only_changes=False)] == [
        reseller_id(safe)
    ]
    assert membership_rollover.warn_of_downgrades(actor=SYSTEM, now=june) == 0
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 6, 1), now=rollover_at(6))
    assert not rollover.is_rollover_due(june)
    assert [row.reseller_id for row in membership_rollover.preview_rollover(at=june) if row.after < row.before] == [
        reseller_id(falling)
    ]
    assert membership_rollover.warn_of_downgrades(actor=SYSTEM, now=june) == 1
    assert membership_rollover.warn_of_downgrades(actor=SYSTEM, now=june + DAY) == 0
    notices = tier_status.list_notices(falling, reseller_id(falling))
    assert [(each.kind, each.before, each.after) for each in notices if each.kind == "warning"] == [
        ("warning", Tier.VIP2, Tier.VIP1)
    ]
    forecast = tier_status.get_membership(reseller_id(falling), june).forecast
    assert forecast.tier is Tier.VIP1
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7))
    assert membership_people.require_member(falling, rollover_at(7)).tier is forecast.tier
    assert membership_people.require_member(safe, rollover_at(7)).tier is Tier.VIP2


def test_a_keep_bonus_is_an_entry_and_a_late_refund_takes_it_back_at_the_next_rollover() -> None:
    actor = joined("bonus", platform_code())
    buy(actor, 1, 5000)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    buy(actor, 2, 1000, rollover_at(4) + DAY)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    assert membership_people.require_reseller(actor).growth == 500 + 100 + 10
    give_back(actor, 2, 1, 1, rollover_at(5) + DAY)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 6, 1), now=rollover_at(6))
    assert Reseller.objects.get(pk=reseller_id(actor)).growth_milli == 600_000 - 1
    bonuses = GrowthEntry.objects.filter(kind=GrowthKind.KEEP_BONUS).order_by("id").values_list("milli", "month")
    assert list(bonuses) == [(10_000, date(2026, 5, 1)), (-10_000, date(2026, 5, 1))]
    assert violations_of("membership") == []


def test_create_tier_table_of_a_begun_month_or_invalid_is_refused() -> None:
    april = TierTable(
        date(2026, 4, 1), (50_000, 60_000, 70_000, 80_000, 90_000), (0, 1, 2, 3, 4), (0,) * 5, window_months=2, fen_per_growth=500
    )  # fmt: skip
    with pytest.raises(tier_tables.TableTooLate):
        tier_tables.create_tier_table(actor=SYSTEM, table=replace(april, from_month=date(2026, 3, 1)), now=NOW)
    with pytest.raises(tier_tables.InvalidTierTable, match="keeping"):
        tier_tables.create_tier_table(actor=SYSTEM, table=replace(april, keep_amounts=(1, 1, 2, 3, 4)), now=NOW)
    entered = tier_tables.create_tier_table(actor=SYSTEM, table=april, now=NOW)
    with pytest.raises(tier_tables.TableTooLate):
        tier_tables.create_tier_table(actor=SYSTEM, table=april, now=NOW)
    assert histories.tier_tables() == [DEFAULT_TABLE, entered]


def test_tier_at_any_past_instant_is_read_from_the_ledger() -> None:
    actor = joined("past", platform_code())
    buy(actor, 1, 500, NOW + DAY)
    buy(actor, 2, 4500, NOW + 2 * DAY)
    tiers = [tier_status.tier_at(reseller_id(actor), NOW + days * DAY) for days in range(3)]
    assert tiers == [Tier.TRIAL, Tier.VIP1, Tier.VIP2]


def test_violations_name_the_rows_that_were_changed_by_hand() -> None:
    inviter = vip("integrity", 1)
    buy(invited(inviter, "booked"), 2, 200)
    grant(NOW + 15 * DAY)
    assert violations_of("membership") == []
    her = reseller_id(inviter)
    Reseller.objects.filter(pk=her).update(tier=Tier.VIP4)
    assert [(violation.invariant, violation.row_id) for violation in violations_of("membership")] == [(4, her)]
    Reseller.objects.filter(pk=her).update(tier=Tier.VIP1, growth_milli=1)
    assert [(violation.invariant, violation.row_id) for violation in violations_of("membership")] == [(4, her)]
    Reseller.objects.filter(pk=her).update(growth_milli=60_000)
    InvitationReward.objects.update(state=RewardState.VOID, milli=0)
    assert [violation.invariant for violation in violations_of("membership")] == [6]
