"""The rules of tiers, rule by rule (docs/rules/membership.md)."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.period import month_of, month_period, next_month
from membership.rules.tier_evaluation import GrowthHistory
from membership.rules.tier_status import (
    changes_evaluation,
    evaluate_months,
    forecast_rollover,
    member_state,
    tier_changes,
    tier_status,
)
from membership.rules.tiers import (
    DEFAULT_TABLE,
    Entry,
    GrowthKind,
    Tier,
    TierTable,
    growth_of,
    growth_to_take_back,
    table_in_force,
    whole_growth,
)
from tests.membership.histories import (
    CASES,
    JOINED,
    LAST,
    NEVER,
    SMALL,
    Purchase,
    history,
    instants,
    next_rollover_after,
    others,
    purchases,
    table_sequences,
    tables,
)

MANY = st.lists(purchases(), max_size=7)
KEPT = st.lists(purchases(refunded=False), max_size=7)
SHIPPED = st.lists(purchases(refunded=False, shipped=True), max_size=7)
MILLISECOND = timedelta(milliseconds=1)


def bought(month: int, milli: int, *, day: int = 10) -> Purchase:
    return Purchase(datetime(2024, month, day, 4, tzinfo=UTC), milli)


def at(month: int, day: int = 15) -> datetime:
    return datetime(2024, month, day, 4, tzinfo=UTC)


def rollover_at(month: int) -> datetime:
    return month_period(date(2024, month, 1)).starts_at


def tier_at(parts: list[Purchase | Entry], instant: datetime, table: TierTable = SMALL) -> Tier:
    return tier_status(history(*parts), [table], instant).tier


def upto(known: GrowthHistory, instant: datetime) -> GrowthHistory:
    return GrowthHistory(known.joined_at, tuple(entry for entry in known.entries if entry.at <= instant))


def with_purchase(known: GrowthHistory, at: datetime, milli: int) -> GrowthHistory:
    """One purchase more, which is not shipped yet."""
    entry = Entry(at, GrowthKind.PURCHASE, milli, month_of(at), pending_milli=milli, order_id=-1)
    return GrowthHistory(known.joined_at, (*known.entries, entry))


def all_shipped(known: GrowthHistory, at: datetime) -> GrowthHistory:
    """Everything that waits is shipped at an instant."""
    pending: dict[date, int] = {}
    for entry in known.entries:
        pending[entry.month] = pending.get(entry.month, 0) + entry.pending_milli
    shipments = [
        Entry(at, GrowthKind.SHIPMENT, 0, month, pending_milli=-milli) for month, milli in pending.items() if milli
    ]
    return GrowthHistory(known.joined_at, (*known.entries, *shipments))


# GROWTH-1


def test_ten_yuan_of_paid_goods_are_one_growth() -> None:
    assert growth_of(10_00, DEFAULT_TABLE) == 1000
    assert whole_growth(growth_of(9_99, DEFAULT_TABLE)) == 0
    assert whole_growth(growth_of(500_00, DEFAULT_TABLE)) == 50


def test_five_hundred_yuan_make_a_trial_member_vip1() -> None:
    almost = [Purchase(at(1), growth_of(499_99, DEFAULT_TABLE))]
    enough = [Purchase(at(1), growth_of(500_00, DEFAULT_TABLE))]
    assert tier_at(list(almost), at(1), DEFAULT_TABLE) is Tier.TRIAL
    assert tier_at(list(enough), at(1), DEFAULT_TABLE) is Tier.VIP1


# GROWTH-3


@CASES
@given(st.integers(1, 10**9), st.integers(1, 5000), st.data())
def test_refunds_of_the_whole_take_back_exactly_the_whole(paid: int, fen_per_growth: int, data: st.DataObject) -> None:
    table = TierTable(date(2020, 1, 1), (1, 2, 3, 4, 5), (0, 1, 1, 1, 1), (0,) * 5, 3, fen_per_growth)
    given_milli, back, taken = growth_of(paid, table), 0, 0
    while back < paid:
        refund = data.draw(st.one_of(st.just(paid - back), st.integers(1, paid - back)))
        part = growth_to_take_back(given_milli=given_milli, paid_fen=paid, refunded_before_fen=back, refund_fen=refund)
        assert part >= 0
        taken, back = taken + part, back + refund
    assert taken == given_milli


@CASES
@given(MANY, purchases(refunded=False), instants(), table_sequences())
def test_a_refund_of_all_is_as_if_never_bought_from_the_next_rollover_on(
    rest: list[Purchase], extra: Purchase, later_on: datetime, given_tables: list[TierTable]
) -> None:
    back_at = max(later_on, extra.at)
    with_it = history(*rest, extra.all_back_at(back_at))
    without = history(*rest)
    later = next_rollover_after(back_at)
    assert tier_status(with_it, given_tables, later).tier == tier_status(without, given_tables, later).tier
    assert forecast_rollover(with_it, given_tables, later) == forecast_rollover(without, given_tables, later)
    assert (
        tier_status(with_it, given_tables, later).growth_milli == tier_status(without, given_tables, later).growth_milli
    )


@CASES
@given(MANY, purchases(refunded=False), instants(), st.integers(0, 1000), table_sequences())
def test_a_refund_lowers_no_tier_before_the_next_rollover(
    rest: list[Purchase], extra: Purchase, later: datetime, thousandths: int, given_tables: list[TierTable]
) -> None:
    # Shortages and refunds; what she cancels herself before shipping lowers a tier at once.
    rest, extra = [replace(each, cancels=False) for each in rest], replace(extra, cancels=False)
    back_at = max(later, extra.at + MILLISECOND)
    just_before = max(back_at - MILLISECOND, month_period(month_of(back_at)).starts_at)
    seen_at = back_at + (next_rollover_after(back_at) - MILLISECOND - back_at) * thousandths / 1000
    before = tier_status(history(*rest, extra), given_tables, just_before).tier
    assert tier_status(history(*rest, extra.all_back_at(back_at)), given_tables, seen_at).tier >= before


def test_a_refund_that_comes_months_later_is_evaluated_at_the_rollover_after_it() -> None:
    purchase = Purchase(at(1), 510, ((at(4), 510),))
    keeping = [bought(2, 160), bought(3, 160), bought(4, 160)]
    assert tier_at([purchase, *keeping], rollover_at(5) - MILLISECOND) is Tier.VIP3
    assert tier_at([purchase, *keeping], rollover_at(5)) is tier_at(list(keeping), rollover_at(5)) is Tier.VIP2


# GROWTH-4


@CASES
@given(tables())
def test_generated_tables_are_valid(table: TierTable) -> None:
    assert table.faults() == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"thresholds": (50, 40, 60, 70, 80)}, "rise"),
        ({"thresholds": (50, 50, 60, 70, 80)}, "rise"),
        ({"thresholds": (0, 50, 60, 70, 80)}, "positive"),
        ({"keep_amounts": (0, 30, 20, 40, 50)}, "keep amounts must not fall"),
        ({"keep_amounts": (10, 30, 30, 40, 50)}, "VIP1 needs no keeping"),
        ({"keep_amounts": (0, 0, 30, 40, 50)}, "must be positive"),
        ({"keep_bonuses": (0, 5, 4, 6, 7)}, "bonuses must not fall"),
        ({"keep_bonuses": (1, 5, 6, 7, 8)}, "VIP1 has no keep bonus"),
        ({"keep_bonuses": (0, 5, 6)}, "one figure"),
        ({"from_month": date(2024, 1, 2)}, "first of a month"),
        ({"window_months": 0}, "window"),
        ({"fen_per_growth": 0}, "fen per growth"),
        ({"unpaid_limits_fen": (1, 2, 3, 4, 5)}, "six amounts"),
        ({"unpaid_limits_fen": (0, 2, 3, 4, 5, 6)}, "above zero"),
        ({"unpaid_limits_fen": (1, 2, 2, 1, 5, 6)}, "unpaid limits must not fall"),
    ],
)
def test_faults_of_an_invalid_table_say_why(change: dict[str, object], word: str) -> None:
    fields = {name: getattr(SMALL, name) for name in TierTable.__slots__} | change
    assert any(word in en for _, en in TierTable(**fields).faults())


def test_table_in_force_changes_with_the_month_of_a_table() -> None:
    later = TierTable(date(2024, 3, 1), (10, 20, 30, 40, 50), (0, 1, 1, 1, 1), (0,) * 5)
    assert table_in_force([later, SMALL], date(2024, 2, 1)) is SMALL
    assert table_in_force([later, SMALL], date(2024, 3, 1)) is later
    assert table_in_force([later], date(2024, 1, 1)) is later


def test_a_table_with_lower_thresholds_upgrades_at_its_first_rollover() -> None:
    easier = TierTable(date(2024, 3, 1), (10, 20, 30, 40, 50), (0, 1, 1, 1, 1), (0,) * 5)
    known = history(bought(2, 45))
    assert tier_status(known, [SMALL, easier], rollover_at(3) - MILLISECOND).tier is Tier.TRIAL
    assert tier_status(known, [SMALL, easier], rollover_at(3)).tier is Tier.VIP4


# GROWTH-5, GROWTH-6


def test_vip1_counts_all_growth_ever_and_the_others_the_last_three_months() -> None:
    slow = [bought(month, 30) for month in range(1, 8)]
    assert tier_at(list(slow), at(1)) is Tier.TRIAL
    assert tier_at(list(slow), at(2)) is Tier.VIP1
    assert tier_at(list(slow), at(8)) is Tier.VIP1


def test_an_upgrade_is_at_the_instant_of_the_entry() -> None:
    purchase = bought(2, 200)
    assert tier_at([purchase], purchase.at - MILLISECOND) is Tier.TRIAL
    assert tier_at([purchase], purchase.at) is Tier.VIP2


@CASES
@given(MANY, st.lists(others(), max_size=3), table_sequences())
def test_downgrades_are_at_rollovers_and_cancellations_only(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable]
) -> None:
    known = history(*parts, *more)
    cancelled_at = {entry.at for entry in known.entries if entry.kind is GrowthKind.CANCELLATION}
    for (_, before), (when, after) in itertools.pairwise(tier_changes(known, given_tables, LAST)):
        if after < before:
            assert when == month_period(month_of(when)).starts_at or when in cancelled_at


@CASES
@given(MANY, st.lists(others(), max_size=3), purchases(refunded=False), instants(), table_sequences())
def test_more_growth_never_lowers_a_tier(
    parts: list[Purchase], more: list[Entry], extra: Purchase, seen_at: datetime, given_tables: list[TierTable]
) -> None:
    less = tier_status(history(*parts, *more), given_tables, seen_at)
    richer = tier_status(history(*parts, *more, extra), given_tables, seen_at)
    assert richer.tier >= less.tier


@CASES
@given(SHIPPED, st.randoms(use_true_random=False), instants(), table_sequences())
def test_the_order_of_purchases_within_a_month_does_not_matter(
    parts: list[Purchase], dice: random.Random, seen_at: datetime, given_tables: list[TierTable]
) -> None:
    by_month: dict[date, list[Purchase]] = {}
    for part in parts:
        by_month.setdefault(month_of(part.at), []).append(part)
    shuffled = []
    for group in by_month.values():
        amounts = [part.milli for part in group]
        dice.shuffle(amounts)
        shuffled += [Purchase(part.at, milli) for part, milli in zip(group, amounts, strict=True)]
    end_of_month = next_rollover_after(seen_at) - timedelta(microseconds=1)
    expected = tier_status(history(*parts), given_tables, end_of_month)
    assert tier_status(history(*shuffled), given_tables, end_of_month).tier == expected.tier


@CASES
@given(st.lists(purchases(), max_size=6), table_sequences(), st.data())
def test_the_order_of_all_entries_within_a_month_does_not_matter_at_the_rollover(
    parts: list[Purchase], given_tables: list[TierTable], data: st.DataObject
) -> None:
    known = history(*parts)
    moved = []
    for entry in known.entries:
        period = month_period(month_of(entry.at))
        first = max(period.starts_at, JOINED)
        seconds = data.draw(st.integers(0, int((period.ends_at - first).total_seconds()) - 1))
        moved.append(replace(entry, at=first + timedelta(seconds=seconds)))
    other = GrowthHistory(JOINED, tuple(sorted(moved, key=lambda entry: entry.at)))
    for month in range(2, 10):
        start = date(2024, month, 1)
        assert evaluate_months(known, given_tables, start)[-1] == evaluate_months(other, given_tables, start)[-1]


# Goods that are not shipped yet (GROWTH-3, GROWTH-6)


def unshipped(month: int, milli: int, *, ships_at: datetime = NEVER, **changes: object) -> Purchase:
    return Purchase(at(month, 10), milli, ships_at=ships_at, **changes)  # type: ignore[arg-type]


def test_a_large_order_cancelled_after_two_hours_raises_by_one_step_for_two_hours() -> None:
    ten, noon = at(2, 10), at(2, 10) + timedelta(hours=2)
    order = Purchase(
        ten, growth_of(200_000_00, DEFAULT_TABLE), ((noon, growth_of(200_000_00, DEFAULT_TABLE)),), NEVER, True
    )
    assert tier_at([order], noon - MILLISECOND, DEFAULT_TABLE) is Tier.VIP1
    assert tier_at([order], noon, DEFAULT_TABLE) is Tier.TRIAL
    assert tier_changes(history(order), [DEFAULT_TABLE], at(3)) == [
        (JOINED, Tier.TRIAL),
        (ten, Tier.VIP1),
        (noon, Tier.TRIAL),
    ]


def test_a_shortage_takes_the_growth_at_once_and_the_tier_at_the_rollover() -> None:
    order = unshipped(2, 900, refunds=((at(2, 12), 900),))
    assert tier_at([order], rollover_at(3) - MILLISECOND) is Tier.VIP1
    assert tier_status(history(order), [SMALL], at(2, 12)).growth_milli == 0
    assert tier_at([order], rollover_at(3)) is Tier.TRIAL


def test_shipping_raises_to_what_was_paid_for() -> None:
    order = unshipped(2, 900, ships_at=at(2, 11))
    waiting = tier_status(history(order), [SMALL], at(2, 10))
    assert (waiting.tier, waiting.tier_after_shipping) == (Tier.VIP1, Tier.VIP4)
    assert (waiting.next_tier, waiting.milli_to_next_tier, waiting.next_tier_needs_shipping) == (Tier.VIP2, 0, True)
    assert tier_at([order], at(2, 11)) is Tier.VIP4


def test_shipping_in_the_next_month_raises_at_once_even_where_the_window_has_gone_on() -> None:
    one_month = replace(SMALL, window_months=1)
    order = unshipped(2, 900, ships_at=at(3, 2))
    assert tier_at([order], at(3, 2) - MILLISECOND, one_month) is Tier.VIP1
    assert tier_at([order], at(3, 2), one_month) is Tier.VIP4
    assert tier_at([order], rollover_at(4), one_month) is Tier.VIP1


def test_goods_that_wait_for_months_raise_by_one_step_in_all() -> None:
    order = unshipped(2, 5000)
    assert {tier for _, tier in tier_changes(history(order), [SMALL], LAST)} == {Tier.TRIAL, Tier.VIP1}


def test_unshipped_goods_count_for_keeping() -> None:
    assert tier_at([bought(1, 600), unshipped(4, 150)], rollover_at(5)) is Tier.VIP3


@CASES
@given(MANY, purchases(refunded=False), instants(), st.integers(0, 70), table_sequences())
def test_what_is_cancelled_before_shipping_is_as_if_never_bought_at_once(
    rest: list[Purchase], extra: Purchase, seen_at: datetime, days: int, given_tables: list[TierTable]
) -> None:
    waiting = replace(extra, ships_at=NEVER, cancels=True)
    back_at = max(seen_at, extra.at)
    instant = back_at + timedelta(days=days)
    for later in (back_at, instant):
        with_it = tier_status(history(*rest, waiting.all_back_at(back_at)), given_tables, later)
        without = tier_status(history(*rest), given_tables, later)
        assert replace(with_it, since=JOINED) == replace(without, since=JOINED)
    kept = member_state(history(*rest), given_tables, instant)
    cancelled = member_state(history(*rest, waiting.all_back_at(back_at)), given_tables, instant)
    # The tiers that she had until she cancelled stay written down.
    assert replace(cancelled, changes=kept.changes) == kept


@CASES
@given(MANY, purchases(refunded=False), instants(), table_sequences())
def test_an_order_that_is_not_shipped_raises_by_one_step_at_most(
    rest: list[Purchase], extra: Purchase, seen_at: datetime, given_tables: list[TierTable]
) -> None:
    waiting = replace(extra, ships_at=NEVER)
    shipped = [part for part in rest if part.ships_at is None]
    without = tier_status(history(*shipped), given_tables, seen_at).tier
    with_it = tier_status(history(*shipped, waiting), given_tables, seen_at).tier
    rollover_at = month_period(next_month(month_of(extra.at))).starts_at
    if seen_at < rollover_at:
        assert without <= with_it <= without + 1
    else:
        # It may have kept a tier; and what it kept it did not raise.
        before = max(tier for at_, tier in tier_changes(history(*shipped), given_tables, seen_at))
        assert without <= with_it <= before + 1


@CASES
@given(st.lists(purchases(refunded=False), max_size=7), instants(), table_sequences())
def test_shipping_never_lowers_and_ends_where_goods_shipped_at_once_end(
    parts: list[Purchase], seen_at: datetime, given_tables: list[TierTable]
) -> None:
    known = upto(history(*parts), seen_at)
    now = tier_status(known, given_tables, seen_at)
    shipped = tier_status(all_shipped(known, seen_at), given_tables, seen_at)
    at_once = history(*(replace(part, ships_at=None) for part in parts if part.at <= seen_at))
    assert now.tier <= now.tier_after_shipping <= shipped.tier
    assert tier_status(at_once, given_tables, next_rollover_after(seen_at)).tier == (
        tier_status(all_shipped(known, seen_at), given_tables, next_rollover_after(seen_at)).tier
    )


@CASES
@given(MANY, purchases(refunded=False), instants(), table_sequences())
def test_an_entry_that_changes_no_evaluation_leaves_the_next_rollover_as_it_was(
    parts: list[Purchase], extra: Purchase, seen_at: datetime, given_tables: list[TierTable]
) -> None:
    """What lets the service leave out evaluating all months again after most shipments of an earlier month."""
    known = upto(history(*parts, replace(extra, ships_at=NEVER)), seen_at)
    before = member_state(known, given_tables, seen_at)
    if extra.at > seen_at or before.must_replay or month_of(extra.at) == month_of(seen_at):
        return
    shipment = Entry(
        seen_at, GrowthKind.SHIPMENT, 0, month_of(extra.at), pending_milli=-extra.milli, order_id=extra.order_id
    )
    if not changes_evaluation(known, shipment, given_tables, month_of(seen_at)):
        after = member_state(GrowthHistory(JOINED, (*known.entries, shipment)), given_tables, seen_at)
        assert (after.earned_tier, after.settled_tier, after.bonuses) == (
            before.earned_tier,
            before.settled_tier,
            before.bonuses,
        )


# GROWTH-7, GROWTH-8, GROWTH-9


def test_a_month_below_the_keep_amount_downgrades_to_the_tier_that_growth_reaches() -> None:
    parts: list[Purchase | Entry] = [bought(1, 600)]
    assert tier_at(parts, rollover_at(4) - MILLISECOND) is Tier.VIP3
    assert tier_at(parts, rollover_at(5) - MILLISECOND) is Tier.VIP3
    assert tier_at(parts, rollover_at(5)) is Tier.VIP1
    assert tier_at([*parts, bought(4, 150)], rollover_at(5)) is Tier.VIP3
    assert tier_at([*parts, bought(4, 149)], rollover_at(5)) is Tier.VIP2


def test_the_last_millisecond_of_a_month_still_counts_for_it() -> None:
    parts: list[Purchase | Entry] = [bought(1, 600), Purchase(rollover_at(5) - MILLISECOND, 150)]
    late: list[Purchase | Entry] = [bought(1, 600), Purchase(rollover_at(5), 150)]
    assert tier_at(parts, rollover_at(5)) is Tier.VIP3
    assert tier_at(late, rollover_at(5)) is Tier.VIP1


def test_the_rollover_of_a_leap_february_is_midnight_in_shanghai() -> None:
    assert rollover_at(3) == datetime(2024, 2, 29, 16, tzinfo=UTC)
    leap_day = Purchase(datetime(2024, 2, 29, 15, 59, 59, 999000, tzinfo=UTC), 200)
    assert tier_status(history(leap_day), [SMALL], leap_day.at).month_milli == 200
    assert tier_status(history(leap_day), [SMALL], rollover_at(3)).month_milli == 0


@CASES
@given(KEPT, instants(), table_sequences())
def test_a_tier_reached_is_safe_until_the_end_of_the_next_month(
    parts: list[Purchase], seen_at: datetime, given_tables: list[TierTable]
) -> None:
    known = history(*parts)
    # What is shipped in a later month counts as reached when it was bought.
    late = {entry.at for entry in known.entries if entry.month < month_of(entry.at)}
    changes = tier_changes(known, given_tables, LAST)
    for (_, before), (when, after) in itertools.pairwise(changes):
        if after > before and when not in late:
            end_of_next = month_period(next_month(month_of(when))).ends_at
            seen = min(end_of_next - MILLISECOND, LAST)
            # A harder table may begin in between; what was reached under the old one is kept by it all the same.
            assert tier_status(known, given_tables, seen).tier >= after


@CASES
@given(KEPT, st.lists(others().filter(lambda entry: entry.milli >= 0), max_size=3), table_sequences(), instants())
def test_a_vip_never_becomes_trial_as_long_as_nothing_is_taken_back(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable], seen_at: datetime
) -> None:
    own = [entry for entry in more if entry.kind is not GrowthKind.TIER_MATCH]
    known = history(*parts, *own)
    if tier_status(known, given_tables, seen_at).tier >= Tier.VIP1:
        assert tier_status(known, given_tables, LAST.replace(year=2030)).tier >= Tier.VIP1 or seen_at > LAST


@CASES
@given(MANY, st.lists(others(), max_size=3), table_sequences(), instants())
def test_safe_until_is_the_rollover_that_downgrades_her(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = history(*parts, *more)
    known = GrowthHistory(known.joined_at, tuple(entry for entry in known.entries if entry.at <= seen_at))
    now = tier_status(known, given_tables, seen_at)
    if now.safe_until is None:
        assert tier_status(known, given_tables, seen_at + timedelta(days=900)).tier >= now.tier
    else:
        assert tier_status(known, given_tables, now.safe_until - MILLISECOND).tier >= now.tier
        assert tier_status(known, given_tables, now.safe_until).tier < now.tier


# GROWTH-10


@CASES
@given(MANY, table_sequences(), instants())
def test_a_keep_bonus_is_given_for_meeting_the_keep_amount_and_never_helps_to_meet_one(
    parts: list[Purchase], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = history(*parts)
    months = evaluate_months(known, given_tables, month_of(next_rollover_after(seen_at)))
    for before, after in itertools.pairwise(months):
        table = table_in_force(given_tables, before.month)
        assert after.bonus_milli == table.keep_bonus(before.kept_tier)
        if after.bonus_milli:
            assert before.month_milli >= table.keep_amount(before.kept_tier)
    keep_bonuses = [entry for entry in known.entries if entry.kind is GrowthKind.KEEP_BONUS]
    recorded = Entry(seen_at, GrowthKind.KEEP_BONUS, 99_999, month_of(seen_at))
    assert not keep_bonuses
    assert tier_status(history(*parts, recorded), given_tables, LAST) == tier_status(known, given_tables, LAST)


# GROWTH-11


@CASES
@given(MANY, table_sequences(), instants())
def test_buying_what_the_next_tier_needs_reaches_it_at_once(
    parts: list[Purchase], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = upto(history(*parts), seen_at)
    now = tier_status(known, given_tables, seen_at)
    if now.next_tier is None or now.milli_to_next_tier is None:
        return
    enough = with_purchase(known, seen_at, now.milli_to_next_tier)
    after = tier_status(enough, given_tables, seen_at)
    assert (after.tier >= now.next_tier) is not now.next_tier_needs_shipping
    assert after.tier_after_shipping >= now.next_tier
    assert tier_status(all_shipped(enough, seen_at), given_tables, seen_at).tier >= now.next_tier
    if now.milli_to_next_tier > 0:
        almost = with_purchase(known, seen_at, now.milli_to_next_tier - 1)
        assert tier_status(almost, given_tables, seen_at).tier == now.tier


@CASES
@given(MANY, st.lists(others(), max_size=2), table_sequences(), instants())
def test_buying_what_keeping_needs_keeps_the_tier_at_the_next_rollover(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = upto(history(*parts, *more), seen_at)
    now = tier_status(known, given_tables, seen_at)
    rollover_at = next_rollover_after(seen_at)
    bought = with_purchase(known, seen_at, now.milli_to_keep_tier)
    assert tier_status(all_shipped(bought, seen_at), given_tables, rollover_at).tier >= now.tier
    if now.milli_to_keep_tier:
        assert tier_status(known, given_tables, rollover_at).tier < now.tier


# GROWTH-12


@CASES
@given(MANY, st.lists(others(), max_size=3), table_sequences(), instants())
def test_the_forecast_is_what_the_rollover_then_does(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = history(*parts, *more)
    seen = GrowthHistory(known.joined_at, tuple(entry for entry in known.entries if entry.at <= seen_at))
    ahead = forecast_rollover(seen, given_tables, seen_at)
    assert tier_status(seen, given_tables, ahead.rollover_at).tier == ahead.tier
    assert evaluate_months(seen, given_tables, month_of(ahead.rollover_at))[-1].bonus_milli == ahead.bonus_milli


# GROWTH-13


def tier_match(month: int, tier: Tier, until: int) -> Entry:
    return Entry(at(month), GrowthKind.TIER_MATCH, 0, date(2024, month, 1), tier, date(2024, until, 1))


def test_a_matched_tier_holds_for_its_months_and_is_then_evaluated() -> None:
    trial = tier_match(2, Tier.VIP4, 4)
    assert tier_at([trial], at(2) - MILLISECOND) is Tier.TRIAL
    assert tier_at([trial], at(2)) is Tier.VIP4
    assert tier_at([trial], rollover_at(4) - MILLISECOND) is Tier.VIP4
    assert tier_at([trial], rollover_at(4)) is Tier.TRIAL
    assert tier_at([trial, bought(3, 300)], rollover_at(4)) is Tier.VIP4
    assert tier_at([trial, bought(3, 299)], rollover_at(4)) is Tier.VIP3
    assert tier_status(history(trial), [SMALL], at(2)).is_tier_matched


@CASES
@given(MANY, st.lists(others(), max_size=3), table_sequences(), instants())
def test_the_past_is_not_changed_by_what_came_later(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = history(*parts, *more)
    seen = GrowthHistory(known.joined_at, tuple(entry for entry in known.entries if entry.at <= seen_at))
    assert tier_status(known, given_tables, seen_at) == tier_status(seen, given_tables, seen_at)


@CASES
@given(MANY, st.lists(others(), max_size=3), table_sequences(), instants())
def test_a_tier_status_agrees_with_the_changes_that_led_to_it(
    parts: list[Purchase], more: list[Entry], given_tables: list[TierTable], seen_at: datetime
) -> None:
    known = history(*parts, *more)
    now = tier_status(known, given_tables, seen_at)
    assert tier_changes(known, given_tables, seen_at)[-1] == (now.since, now.tier)
    assert tier_status(known, given_tables, now.since).tier == now.tier
    assert now.since <= seen_at
