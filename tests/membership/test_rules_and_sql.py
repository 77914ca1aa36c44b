"""The roll-over as sets, and the services, against the pure rules: thousands of generated members, every month of their histories."""

import random
from datetime import date, datetime, timedelta

import pytest

from accounts.rules import SYSTEM
from db import sql
from integrity.selectors.checks import violations_of
from kernel.period import month_of, month_period, next_month
from membership.models import GrowthCause, GrowthEntry, Reseller
from membership.rules.tier_evaluation import GrowthHistory
from membership.rules.tier_status import forecast_rollover, member_state, tier_changes, tier_status
from membership.rules.tiers import Entry, GrowthKind, Tier, TierTable
from membership.selectors import histories as membership_histories
from membership.selectors.tier_status import list_tier_changes
from membership.services import adjustments
from membership.services import rollover as membership_rollover
from tests.membership.histories import FIRST, JOINED, LAST, MONTHS, NEVER, SMALL, Purchase
from tests.membership.play import Step, do, enter_tables, members

HARDER = TierTable(
    from_month=date(2024, 5, 1),
    thresholds=(80, 260, 450, 1000, 1400),
    keep_amounts=(0, 40, 180, 280, 600),
    keep_bonuses=(0, 0, 30, 30, 60),
    window_months=2,
)
TABLES = [SMALL, HARDER]
MEMBERS = 1300
SIGNED_BY_VERBS = 25


def generate_entries(dice: random.Random) -> list[tuple[Entry, int]]:
    """Entries of one member with the number of their order: purchases, refunds early and late, adjustments, tier matches."""
    entries: list[tuple[Entry, int]] = []
    for order in range(dice.randrange(7)):
        at = _instant(dice, JOINED)
        milli = dice.choice([dice.randrange(1, 120), dice.randrange(1, 700)])
        ships_at = at + timedelta(hours=dice.choice([0, 6, 20, 60, 900, 10**5]))
        refunds: tuple[tuple[datetime, int], ...] = ()
        if dice.random() < 0.4:
            back_at = dice.choice([_instant(dice, at), at + timedelta(hours=5)])
            refunds = ((back_at, dice.choice([milli, dice.randrange(1, milli + 1)])),)
        purchase = Purchase(at, milli, refunds, min(ships_at, NEVER), dice.random() < 0.6, order_id=order)
        entries += [(entry, order) for entry in purchase.entries() if entry.at <= LAST]
    if dice.random() < 0.3:
        at = _instant(dice, JOINED)
        entries.append((Entry(at, GrowthKind.ADJUSTMENT, dice.choice([-60, 40, 250]), month_of(at)), -1))
    if dice.random() < 0.2:
        at = _instant(dice, JOINED)
        until = month_of(at)
        for _ in range(dice.randrange(1, 4)):
            until = next_month(until)
        entries.append((Entry(at, GrowthKind.TIER_MATCH, 0, month_of(at), Tier(dice.randrange(2, 6)), until), -1))
    return sorted(entries, key=lambda pair: pair[0].at)


def _instant(dice: random.Random, first: datetime) -> datetime:
    edges = [month_period(date(2024, month, 1)).starts_at for month in range(2, 9)]
    later = [edge + timedelta(milliseconds=shift) for edge in edges for shift in (-1, 0) if edge > first]
    if later and dice.random() < 0.2:
        return dice.choice(later)
    return first + timedelta(seconds=dice.randrange(int((LAST - first).total_seconds())))


@pytest.mark.django_db
def test_roll_over_month_by_sets_equals_the_rules_for_every_member_and_month() -> None:
    enter_tables(TABLES)
    dice = random.Random(20240101)
    histories = {reseller_id: generate_entries(dice) for reseller_id in members(MEMBERS)}
    compared = 0
    month = FIRST
    for _ in range(MONTHS):
        _enter_month_in_bulk(histories, month)
        coming = next_month(month)
        rollover_at = month_period(coming).starts_at
        just_before = rollover_at - timedelta(microseconds=1)
        previewed = _preview(just_before, from_ledger=False)
        from_ledger = _preview(just_before, from_ledger=True)
        assert previewed == from_ledger
        membership_rollover.roll_over_month(actor=SYSTEM, month=coming, now=rollover_at, chunk=400)
        tiers = dict(Reseller.objects.values_list("pk", "tier"))
        for reseller_id, entries in histories.items():
            known = GrowthHistory(JOINED, tuple(entry for entry, _ in entries if entry.at < rollover_at))
            expected = forecast_rollover(known, TABLES, just_before)
            assert tiers[reseller_id] == expected.tier, (reseller_id, coming, known)
            assert previewed[reseller_id].after == expected.tier
            compared += 1
        month = coming
    assert compared >= 10_000
    # The generated entries have orders and refunds only by name, and the tiers of the members were not written.
    assert {violation.code for violation in violations_of("membership")} <= {"membership.cause", "membership.tier"}


def _preview(at: datetime, *, from_ledger: bool) -> dict[int, membership_rollover.RolloverPreview]:
    rows = membership_rollover.preview_rollover(at=at, only_changes=False, limit=10**6, from_ledger=from_ledger)
    return {row.reseller_id: row for row in rows}


def _enter_month_in_bulk(histories: dict[int, list[tuple[Entry, int]]], month: date) -> None:
    """What `services.growth.enter` writes, for all members at once."""
    period = month_period(month)
    causes, rows = [], []
    for reseller_id, entries in histories.items():
        for number, (entry, order) in enumerate(entries):
            if not period.contains(entry.at):
                continue
            cause = f"{entry.kind}/{reseller_id}/{number}"
            of_order = entry.order_id is not None
            causes.append(GrowthCause(cause=cause))
            rows.append(
                GrowthEntry(
                    at=entry.at,
                    reseller_id=reseller_id,
                    month=entry.month,
                    kind=entry.kind,
                    milli=entry.milli,
                    pending_milli=entry.pending_milli,
                    cause=cause,
                    order_id=reseller_id * 100 + order if of_order else None,
                    amount_fen=abs(entry.milli or entry.pending_milli) if of_order else None,
                    tier=entry.tier or None,
                    until=entry.until,
                    reason="" if of_order else "test",
                )
            )
    GrowthCause.objects.bulk_create(causes)
    GrowthEntry.objects.bulk_create(rows)
    sql.execute(
        """INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli, pending_milli)
           SELECT reseller_id, month, sum(milli), 0, sum(pending_milli) FROM membership_growthentry
           WHERE kind <> 4 AND at >= %(first)s AND at < %(last)s GROUP BY 1, 2
           ON CONFLICT (reseller_id, month) DO UPDATE
           SET new_milli = membership_growthmonth.new_milli + excluded.new_milli,
               pending_milli = membership_growthmonth.pending_milli + excluded.pending_milli""",
        {"first": period.starts_at, "last": period.ends_at},
    )
    acting = {row.pk: row for row in Reseller.objects.filter(pk__in={row.reseller_id for row in rows})}
    for row in rows:
        acting[row.reseller_id].growth_milli += row.milli
        acting[row.reseller_id].pending_milli += row.pending_milli
        acting[row.reseller_id].must_replay |= row.month < month
    for reseller_id, reseller in acting.items():
        known = tuple(entry for entry, _ in histories[reseller_id] if entry.at < period.ends_at)
        expected = member_state(GrowthHistory(JOINED, known), TABLES, period.ends_at - timedelta(microseconds=1))
        reseller.tier = expected.tier
        # What a cancellation of an earlier month's goods changes at once is evaluated again here, as after a refund of shipped ones.
        reseller.must_replay |= expected.must_replay
    fields = ["growth_milli", "pending_milli", "must_replay", "tier"]
    Reseller.objects.bulk_update(acting.values(), fields, batch_size=500)


@pytest.mark.django_db
def test_services_and_rollovers_together_leave_what_the_rules_say_at_every_instant() -> None:
    """Members act through the services, some before the roll-over of all reaches them, some after; every step is checked at once."""
    enter_tables(TABLES)
    dice = random.Random(7)
    steps = []
    number = 0
    for reseller_id in members(SIGNED_BY_VERBS):
        matched_until = date.min
        for entry, order in generate_entries(dice):
            number += 1
            if entry.kind is GrowthKind.TIER_MATCH:
                if entry.month < matched_until:
                    continue
                matched_until = entry.until or date.min
            steps.append(Step(entry.at, reseller_id, entry, reseller_id * 100 + order, number))
    steps.sort(key=lambda step: (step.at, step.number))
    rolled_over_to = FIRST
    done = 0
    for step in steps:
        # The roll-over of all comes late: some members have acted in the new month already.
        if month_of(step.at) > rolled_over_to and dice.random() < 0.5:
            rolled_over_to = month_of(step.at)
            membership_rollover.roll_over_month(actor=SYSTEM, month=rolled_over_to, now=step.at)
        try:
            do(step)
        except adjustments.InvalidTierMatch:
            continue
        known = membership_histories.get_growth_history(step.reseller_id)
        assert (
            Reseller.objects.get(pk=step.reseller_id).tier
            == tier_status(known, membership_histories.tier_tables(), step.at).tier
        )
        done += 1
    assert done > SIGNED_BY_VERBS * 2
    membership_rollover.roll_over_month(actor=SYSTEM, month=month_of(LAST), now=LAST)
    assert violations_of("membership") == []
    for reseller_id in Reseller.objects.values_list("pk", flat=True):
        expected = tier_changes(
            membership_histories.get_growth_history(reseller_id), membership_histories.tier_tables(), LAST
        )
        carried_out = [(JOINED, Tier.TRIAL), *((at, after) for at, _, after in list_tier_changes(reseller_id))]
        assert carried_out == expected
