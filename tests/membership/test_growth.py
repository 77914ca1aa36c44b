"""Growth through the services (GROWTH-1, GROWTH-2, GROWTH-3, GROWTH-6): given, taken back, refused; a retry changes nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from integrity.selectors.checks import violations_of
from kernel.refusal import KeyRequired, ReasonRequired
from membership.models import GrowthEntry, Notice, Reseller
from membership.rules.tiers import GrowthKind, Tier
from membership.selectors import people as membership_people
from membership.selectors import tier_status
from membership.services import adjustments, growth, partitions
from membership.services import rollover as membership_rollover
from tests.membership.acts import DAY, NOW, buy, give_back, joined, pay, platform_code, reseller_id, rollover_at, ship

pytestmark = pytest.mark.django_db


def test_credit_purchase_upgrades_at_fifty_growth_and_a_retry_changes_nothing() -> None:
    actor = joined("buyer", platform_code())
    assert buy(actor, 1, 499).tier is Tier.TRIAL
    first = buy(actor, 2, 1)
    assert (first.before, first.tier, first.growth) == (Tier.TRIAL, Tier.VIP1, 50)
    again = buy(actor, 2, 1, NOW + 40 * DAY)
    assert (again.given_milli, again.growth) == (0, 50)
    assert GrowthEntry.objects.filter(kind=GrowthKind.PURCHASE).count() == 2
    assert Notice.objects.filter(kind=Notice.UPGRADED).count() == 1


def test_take_back_takes_exactly_what_was_given_and_leaves_the_tier_until_the_rollover() -> None:
    actor = joined("returner", platform_code())
    buy(actor, 1, 600)
    for refund_id, fen in ((1, 10_001), (2, 33_333), (2, 33_333), (3, 16_666)):
        give_back(actor, 1, refund_id, fen)
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.growth_milli, row.tier) == (0, Tier.VIP1)
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 1, 4, 1)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=datetime(2026, 3, 31, 16, tzinfo=UTC))
    row.refresh_from_db()
    assert row.tier == Tier.TRIAL
    assert violations_of("membership") == []


def test_unshipped_goods_raise_by_one_step_and_shipping_by_the_rest() -> None:
    actor = joined("shipper", platform_code())
    assert pay(actor, 1, 200_000).tier is Tier.VIP1
    assert membership_people.require_reseller(actor).growth == 20_000
    assert ship(actor, 1, 6_000, name="first parcel").tier is Tier.VIP3
    assert ship(actor, 1, 6_000, name="first parcel").tier is Tier.VIP3
    assert ship(actor, 1, 194_000, name="second parcel").tier is Tier.VIP5
    with pytest.raises(ValueError, match="0 to ship"):
        ship(actor, 1, 1, name="third parcel")
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.growth_milli, row.pending_milli, row.tier) == (20_000_000, 0, Tier.VIP5)
    assert GrowthEntry.objects.filter(kind=GrowthKind.SHIPMENT).count() == 2
    assert violations_of("membership") == []


def test_a_cancellation_before_shipping_takes_the_tier_back_at_once() -> None:
    actor = joined("canceller", platform_code())
    assert pay(actor, 1, 200_000).tier is Tier.VIP1
    back = give_back(actor, 1, 1, 200_000_00, NOW + timedelta(hours=2), GrowthKind.CANCELLATION)
    assert (back.before, back.tier, back.growth) == (Tier.VIP1, Tier.TRIAL, 0)
    assert tier_status.list_tier_changes(reseller_id(actor)) == [
        (NOW, Tier.TRIAL, Tier.VIP1),
        (NOW + timedelta(hours=2), Tier.VIP1, Tier.TRIAL),
    ]
    assert Notice.objects.filter(kind=Notice.DOWNGRADED, after=Tier.TRIAL).count() == 1
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 1, 2, 1, NOW + DAY, GrowthKind.CANCELLATION)
    assert violations_of("membership") == []


def test_a_shortage_takes_the_growth_at_once_and_the_tier_at_the_rollover() -> None:
    actor = joined("short", platform_code())
    pay(actor, 1, 6_000)
    ship(actor, 1, 1_000)
    view = give_back(actor, 1, 1, 5_000_00, NOW + DAY, GrowthKind.SHORTAGE)
    assert (view.tier, view.growth) == (Tier.VIP2, 100)
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 1, 2, 1_00, NOW + DAY, GrowthKind.SHORTAGE)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    assert Reseller.objects.get(pk=reseller_id(actor)).tier == Tier.VIP1
    assert violations_of("membership") == []


def test_a_cancellation_after_the_rollover_takes_back_what_the_rollover_gave() -> None:
    """Paid in March, kept VIP2 with a bonus at the roll-over, cancelled in April: as if never bought, the bonus included."""
    actor = joined("keeper", platform_code())
    buy(actor, 1, 5000)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    last_evening = rollover_at(5) - timedelta(hours=3)
    pay(actor, 2, 60_000, last_evening)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.tier, row.growth_milli) == (Tier.VIP3, 6_510_000)
    view = give_back(actor, 2, 1, 60_000_00, rollover_at(5) + timedelta(hours=1), GrowthKind.CANCELLATION)
    assert (view.tier, view.growth) == (Tier.VIP2, 500)
    bonuses = GrowthEntry.objects.filter(kind=GrowthKind.KEEP_BONUS).order_by("id").values_list("milli", "month")
    assert list(bonuses) == [(10_000, date(2026, 5, 1)), (-10_000, date(2026, 5, 1))]
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 6, 1), now=rollover_at(6))
    assert violations_of("membership") == []


def test_settle_shipment_after_the_rollover_upgrades_at_once() -> None:
    actor = joined("late parcel", platform_code())
    pay(actor, 1, 200_000, rollover_at(4) - timedelta(hours=3))
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.tier, row.earned_tier, row.settled_tier) == (Tier.VIP1, Tier.VIP1, Tier.TRIAL)
    assert ship(actor, 1, 200_000, rollover_at(4) + timedelta(hours=9)).tier is Tier.VIP5
    row.refresh_from_db()
    assert row.must_replay
    small = joined("small parcel", platform_code())
    buy(small, 2, 600, rollover_at(4) - timedelta(hours=5))
    pay(small, 3, 100, rollover_at(4) - timedelta(hours=3))
    assert ship(small, 3, 100, rollover_at(4) + timedelta(hours=9)).tier is Tier.VIP1
    assert not Reseller.objects.get(pk=reseller_id(small)).must_replay
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    assert violations_of("membership") == []


def test_a_payment_stamped_before_midnight_and_written_after_the_rollover_is_evaluated_again() -> None:
    actor = joined("midnight", platform_code())
    buy(actor, 1, 5000)
    for month in (4, 5, 6, 7):
        membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, month, 1), now=rollover_at(month))
    assert Reseller.objects.get(pk=reseller_id(actor)).tier == Tier.VIP1
    stamp = rollover_at(7) - timedelta(milliseconds=1)
    view = pay(actor, 2, 1000, stamp)
    assert (view.before, view.tier) == (Tier.VIP1, Tier.VIP2)
    entry = GrowthEntry.objects.get(order_id=2)
    assert (entry.at, entry.month) == (rollover_at(7), date(2026, 6, 1))
    assert tier_status.list_tier_changes(reseller_id(actor))[-2:] == [
        (rollover_at(7), Tier.VIP2, Tier.VIP1),
        (rollover_at(7), Tier.VIP1, Tier.VIP2),
    ]
    assert violations_of("membership") == []
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 8, 1), now=rollover_at(8))
    bonuses = GrowthEntry.objects.filter(kind=GrowthKind.KEEP_BONUS).values_list("milli", "month")
    assert list(bonuses) == [(10_000, date(2026, 7, 1))]
    assert violations_of("membership") == []


def test_entries_are_never_older_than_those_written_before_them() -> None:
    actor = joined("clock", platform_code())
    pay(actor, 1, 100, NOW + DAY)
    pay(actor, 2, 500, NOW)
    assert list(GrowthEntry.objects.order_by("id").values_list("at", flat=True)) == [NOW + DAY, NOW + DAY]
    assert tier_status.list_tier_changes(reseller_id(actor)) == [(NOW + DAY, Tier.TRIAL, Tier.VIP1)]


def test_take_back_of_an_order_that_gave_nothing_is_refused() -> None:
    actor = joined("stranger", platform_code())
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 9, 1, 1)
    assert not GrowthEntry.objects.exists()


def test_adjust_growth_needs_a_reason_and_counts_once_per_key() -> None:
    actor = joined("adjusted", platform_code())
    ops = Actor(None, Role.OPS, "ops")
    with pytest.raises(ReasonRequired):
        adjustments.adjust_growth(actor=ops, reseller_id=reseller_id(actor), milli=1, reason=" ", key="a", now=NOW)
    with pytest.raises(NotAllowed):
        adjustments.adjust_growth(actor=actor, reseller_id=reseller_id(actor), milli=1, reason="me", key="a", now=NOW)
    for _ in range(2):
        adjustments.adjust_growth(
            actor=ops, reseller_id=reseller_id(actor), milli=60_000, reason="sorry", key="a", now=NOW
        )
    assert membership_people.require_reseller(actor).growth == 60
    assert membership_people.require_member(actor, NOW).tier is Tier.VIP1


@pytest.mark.parametrize(("key", "milli", "hers"), [("k" * 40, 2_000, True), ("k" * 40, 1_000, False)])
def test_adjust_growth_with_a_key_of_another_adjustment_is_refused(key: str, milli: int, hers: bool) -> None:
    first, second = joined("first", platform_code()), joined("second", platform_code())
    ops = Actor(None, Role.OPS, "ops")
    adjustments.adjust_growth(actor=ops, reseller_id=reseller_id(first), milli=1_000, reason="sorry", key=key, now=NOW)
    asked = reseller_id(first if hers else second)
    with pytest.raises(adjustments.GrowthKeyConflict):
        adjustments.adjust_growth(actor=ops, reseller_id=asked, milli=milli, reason="sorry", key=key, now=NOW)
    assert list(GrowthEntry.objects.values_list("reseller_id", "milli")) == [(reseller_id(first), 1_000)]


@pytest.mark.parametrize("key", ["", " ", "k" * 41])
def test_adjust_growth_with_a_blank_or_long_key_is_refused(key: str) -> None:
    actor = joined("adjusted", platform_code())
    with pytest.raises(KeyRequired):
        adjustments.adjust_growth(
            actor=Actor(None, Role.OPS, "ops"),
            reseller_id=reseller_id(actor),
            milli=1,
            reason="sorry",
            key=key,
            now=NOW,
        )
    assert not GrowthEntry.objects.exists()


def test_match_tier_is_an_entry_of_its_own_and_refused_while_one_runs() -> None:
    actor = joined("elsewhere", platform_code())
    put = {"actor": SYSTEM, "reseller_id": reseller_id(actor), "reason": "VIP3 elsewhere", "now": NOW}
    with pytest.raises(adjustments.InvalidTierMatch):
        adjustments.match_tier(tier=Tier.VIP3, months=7, **put)  # type: ignore[arg-type]
    view = adjustments.match_tier(tier=Tier.VIP3, months=2, **put)  # type: ignore[arg-type]
    assert view.tier is Tier.VIP3
    with pytest.raises(adjustments.TierMatchRunning) as refused:
        adjustments.match_tier(tier=Tier.VIP4, months=1, **put)  # type: ignore[arg-type]
    assert refused.value.until == date(2026, 5, 1)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=datetime(2026, 5, 1, tzinfo=UTC))
    assert membership_people.require_member(actor, rollover_at(5)).tier is Tier.TRIAL


def test_the_growth_ledger_is_append_only_and_a_cause_counts_once() -> None:
    actor = joined("ledger", platform_code())
    buy(actor, 1, 10)
    for statement in ("UPDATE membership_growthentry SET milli = 9", "DELETE FROM membership_growthentry"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO membership_growthcause (cause) VALUES ('order/1')")


def test_entries_lie_in_the_partition_of_their_month() -> None:
    opened = partitions.open_months(now=NOW)
    assert opened == [f"membership_growthentry_2026_{month:02d}" for month in (3, 4, 5)]
    assert partitions.open_months(now=NOW) == []
    buy(joined("parted", platform_code()), 1, 10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM membership_growthentry_2026_03")
        assert cursor.fetchone() == (2,)
