# ruff: noqa: S608 - statements are put together from our own text only; every figure is a parameter
"""The monthly roll-over as sets: evaluate members, write what changed, list or warn who would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from db import sql
from kernel.period import month_period, previous_month
from membership.rules.tiers import GrowthKind, Tier, TierTable, table_in_force
from membership.sql.evaluation import LEDGER, MEMBERS, ROLLUP, evaluated

MAX_ID = 2**62
"""Beyond every id of a reseller."""


@dataclass(frozen=True, slots=True)
class RolloverTerms:
    """What the statements of one roll-over take: the month, its tables, and the range of members.

    `rollover_month` begins with the roll-over, `month` is the one before, which is evaluated. `reached_id` is the last member whom the
    roll-over before has reached: members beyond it, who are not rolled over yet, are left out.
    """

    rollover_month: date
    table: TierTable
    next_table: TierTable
    first_id: int
    last_id: int
    reached_id: int

    @property
    def month(self) -> date:
        return previous_month(self.rollover_month)

    def parameters(self) -> dict[str, int | date | datetime]:
        window_from = _months_before(self.month, self.table.window_months - 1)
        next_window_from = _months_before(self.rollover_month, self.next_table.window_months - 1)
        by_tier: dict[str, int | date | datetime] = {}
        for tier in list(Tier)[1:]:
            by_tier[f"keep{tier.value}"] = self.table.keep_amount(tier)
            by_tier[f"bonus{tier.value}"] = self.table.keep_bonus(tier)
            by_tier[f"threshold{tier.value}"] = self.table.threshold(tier)
            by_tier[f"next_threshold{tier.value}"] = self.next_table.threshold(tier)
        return {
            "rollover_month": self.rollover_month,
            "rollover_at": month_period(self.rollover_month).starts_at,
            "month": self.month,
            "first_at": month_period(min(window_from, next_window_from, self.month)).starts_at,
            "window_from": window_from,
            "next_window_from": next_window_from,
            "first_id": self.first_id,
            "last_id": self.last_id,
            "reached_id": self.reached_id,
            **by_tier,
        }


@dataclass(frozen=True, slots=True)
class RolloverCounts:
    """How many members a statement upgraded, downgraded and gave a keep bonus."""

    upgraded: int
    downgraded: int
    bonuses: int


@dataclass(frozen=True, slots=True)
class EvaluatedMember:
    """What the roll-over would do to a member. Growth in milli."""

    reseller_id: int
    name: str
    before: int
    after: int
    month_milli: int
    bonus_milli: int


def rollover_terms(
    rollover_month: date, tables: Sequence[TierTable], *, first_id: int, last_id: int, reached_id: int = MAX_ID
) -> RolloverTerms:
    """The terms of the roll-over at the start of `rollover_month` for members with ids from `first_id` to `last_id`."""
    return RolloverTerms(
        rollover_month=rollover_month,
        table=table_in_force(tables, previous_month(rollover_month)),
        next_table=table_in_force(tables, rollover_month),
        first_id=first_id,
        last_id=last_id,
        reached_id=reached_id,
    )


def lock_members_to_replay(*, rollover_month: date, first_id: int, last_id: int) -> None:
    """Lock members whose months will be evaluated again: nobody may credit them between reading and writing."""
    sql.execute(
        """SELECT 1 FROM membership_reseller
           WHERE must_replay AND rolled_over_through < %(rollover_month)s AND id BETWEEN %(first_id)s AND %(last_id)s
           ORDER BY id FOR UPDATE""",
        {"rollover_month": rollover_month, "first_id": first_id, "last_id": last_id},
    )


def prepare_large_aggregate() -> None:
    """A chunk is one hash aggregate: keep it in memory, do not compile what runs once, and do not let parallel workers each build it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"
        )


def lock_month(month: date, *, exclusive: bool, lock_class: int) -> None:
    """Take the advisory lock over a month until the transaction ends; shared by payments, exclusive for the roll-over."""
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    sql.execute(f"SELECT {function}(%(lock_class)s, %(month)s)", {"lock_class": lock_class, "month": month.toordinal()})


_MEMBERS_TO_REPLAY = """(
    SELECT replay.id, replay.displayed, replay.earned, replay.settled, past.total, past.pending
    FROM membership_replay AS replay
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(new_milli + bonus_milli), 0)::bigint AS total, coalesce(sum(pending_milli), 0)::bigint AS pending
        FROM membership_replay_month AS past WHERE past.reseller_id = replay.id AND past.month <= %(month)s
    ) AS past
    WHERE replay.first_month <= %(month)s)"""

_CREATE_REPLAY = (
    "DROP TABLE IF EXISTS membership_replay, membership_replay_month",
    """CREATE TEMPORARY TABLE membership_replay ON COMMIT DROP AS
       SELECT r.id, r.tier AS displayed, 0::smallint AS earned, 0::smallint AS settled, r.tier AS displayed_after,
              0::bigint AS new_milli, 0::bigint AS bonus,
              least(date_trunc('month', r.joined_at AT TIME ZONE 'Asia/Shanghai')::date,
                    (SELECT min(month) FROM membership_growthmonth AS past WHERE past.reseller_id = r.id)) AS first_month
       FROM membership_reseller AS r
       WHERE r.rolled_over_through < %(rollover_month)s AND r.must_replay AND r.id BETWEEN %(first_id)s AND %(last_id)s
         AND (r.rolled_over_through >= %(month)s OR r.id <= %(reached_id)s)""",
    """CREATE TEMPORARY TABLE membership_replay_month ON COMMIT DROP AS
       SELECT past.reseller_id, past.month, past.new_milli, 0::bigint AS bonus_milli, past.bonus_milli AS recorded,
              past.pending_milli
       FROM membership_growthmonth AS past JOIN membership_replay AS replay ON replay.id = past.reseller_id""",
    "CREATE UNIQUE INDEX ON membership_replay_month (reseller_id, month)",
    "ANALYZE membership_replay, membership_replay_month",
)

_REPLAY_MONTH = (
    "WITH "
    + evaluated(source="membership_replay_month", members=_MEMBERS_TO_REPLAY)
    + """, bonuses AS (
        INSERT INTO membership_replay_month (reseller_id, month, new_milli, bonus_milli, recorded, pending_milli)
        SELECT id, %(rollover_month)s, 0, bonus, 0, 0 FROM evaluated WHERE bonus <> 0
        ON CONFLICT (reseller_id, month) DO UPDATE SET bonus_milli = excluded.bonus_milli
    )
    UPDATE membership_replay AS replay
    SET earned = evaluated.earned_after, settled = evaluated.settled_after, displayed_after = evaluated.displayed_after,
        new_milli = evaluated.new_milli, bonus = evaluated.bonus
    FROM evaluated WHERE evaluated.id = replay.id"""
)


def create_replay_tables(terms: RolloverTerms) -> date | None:
    """Copy the members who must be replayed, and their months, into temporary tables; returns the first month of any, None without any.

    The tables live until the end of the transaction.
    """
    parameters = terms.parameters()
    with connection.cursor() as cursor:
        for statement in _CREATE_REPLAY:
            cursor.execute(statement, parameters)
        cursor.execute("SELECT min(first_month) FROM membership_replay")
        (first_month,) = cursor.fetchone()
    return first_month if isinstance(first_month, date) else None


def replay_month(terms: RolloverTerms) -> None:
    """Evaluate one month for the members in the temporary tables, and leave the result there."""
    sql.execute(_REPLAY_MONTH, terms.parameters())


_WRITE_CHANGES = """, causes AS (
    INSERT INTO membership_growthcause (cause) SELECT cause FROM given
), entries AS (
    INSERT INTO membership_growthentry (at, reseller_id, month, kind, milli, cause)
    SELECT %(rollover_at)s, reseller_id, month, %(keep_bonus)s, milli, cause FROM given
), months AS (
    INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli)
    SELECT reseller_id, month, 0, milli FROM given
    ON CONFLICT (reseller_id, month) DO UPDATE
    SET bonus_milli = membership_growthmonth.bonus_milli + excluded.bonus_milli
), changes AS (
    INSERT INTO membership_tierchange (reseller_id, at, before, after, at_rollover)
    SELECT id, %(rollover_at)s, before, after, true FROM changed WHERE before <> after
), notices AS (
    INSERT INTO membership_notice (reseller_id, kind, at, rollover_month, before, after)
    SELECT id, CASE WHEN after < before THEN 'downgraded' ELSE 'upgraded' END, %(rollover_at)s, %(rollover_month)s, before, after
    FROM changed WHERE before <> after
    ON CONFLICT DO NOTHING
)
SELECT count(*) FILTER (WHERE after > before) AS upgraded, count(*) FILTER (WHERE after < before) AS downgraded,
       (SELECT count(*) FROM given WHERE milli > 0) AS bonuses
FROM changed"""

_ROLL_OVER = (
    "WITH "
    + evaluated(source=ROLLUP, members=MEMBERS)
    + """, changed AS (
    UPDATE membership_reseller AS r
    SET tier = evaluated.displayed_after, earned_tier = evaluated.earned_after, settled_tier = evaluated.settled_after,
        growth_milli = r.growth_milli + evaluated.bonus, rolled_over_through = %(rollover_month)s
    FROM evaluated
    WHERE r.id = evaluated.id AND r.rolled_over_through < %(rollover_month)s
      AND (%(mark_unchanged)s OR evaluated.displayed_after <> r.tier OR evaluated.earned_after <> r.earned_tier
           OR evaluated.settled_after <> r.settled_tier OR evaluated.bonus <> 0)
    RETURNING r.id, evaluated.displayed AS before, evaluated.displayed_after AS after, evaluated.bonus
), given AS (
    SELECT id AS reseller_id, %(rollover_month)s::date AS month, bonus AS milli,
           'keep/' || id || '/' || %(rollover_month)s::date AS cause
    FROM changed WHERE bonus <> 0
)"""
    + _WRITE_CHANGES
)

_ROLL_OVER_REPLAYED = (
    """WITH differences AS (
    SELECT reseller_id, month, bonus_milli - recorded AS milli FROM membership_replay_month WHERE bonus_milli <> recorded
), changed AS (
    UPDATE membership_reseller AS r
    SET tier = replay.displayed_after, earned_tier = replay.earned, settled_tier = replay.settled,
        rolled_over_through = %(rollover_month)s, must_replay = false,
        growth_milli = r.growth_milli
            + (SELECT coalesce(sum(milli), 0) FROM differences WHERE differences.reseller_id = replay.id)
    FROM membership_replay AS replay
    WHERE r.id = replay.id AND r.rolled_over_through < %(rollover_month)s
    RETURNING r.id, replay.displayed AS before, replay.displayed_after AS after
), given AS (
    SELECT reseller_id, month, milli,
           'keep/' || reseller_id || '/' || month
               || CASE WHEN month = %(rollover_month)s THEN '' ELSE '/' || %(rollover_month)s::date END AS cause
    FROM differences WHERE reseller_id IN (SELECT id FROM changed)
)"""
    + _WRITE_CHANGES
)


def write_rollover(terms: RolloverTerms, *, mark_unchanged: bool) -> RolloverCounts:
    """Evaluate the members of `terms` and write tiers, bonuses, changes and notices. `mark_unchanged` writes to unchanged members too."""
    parameters = {**terms.parameters(), "keep_bonus": GrowthKind.KEEP_BONUS.value, "mark_unchanged": mark_unchanged}
    return sql.fetch_one(RolloverCounts, _ROLL_OVER, parameters)


def write_replayed_rollover(terms: RolloverTerms) -> RolloverCounts:
    """Write what the replay in the temporary tables found, for its members."""
    parameters = {**terms.parameters(), "keep_bonus": GrowthKind.KEEP_BONUS.value}
    return sql.fetch_one(RolloverCounts, _ROLL_OVER_REPLAYED, parameters)


def evaluated_members(
    terms: RolloverTerms, *, from_ledger: bool, with_replayed: bool, include_unchanged: bool, limit: int
) -> list[EvaluatedMember]:
    """Members as the roll-over would leave them, downgrades first; with those in the temporary tables where there are any."""
    replayed = " UNION ALL SELECT id, displayed, new_milli, bonus, displayed_after FROM membership_replay"
    statement = f"""WITH {evaluated(source=LEDGER if from_ledger else ROLLUP, members=MEMBERS)},
    everybody AS (
        SELECT id, displayed, new_milli, bonus, displayed_after FROM evaluated{replayed if with_replayed else ""}
    ), chosen AS (
        SELECT * FROM everybody WHERE %(include_unchanged)s OR displayed <> displayed_after OR bonus <> 0
        ORDER BY displayed_after - displayed, id LIMIT %(limit)s
    )
    SELECT chosen.id AS reseller_id, person.name, displayed AS before, displayed_after AS after,
           new_milli::bigint AS month_milli, bonus::bigint AS bonus_milli
    FROM chosen JOIN membership_reseller AS r ON r.id = chosen.id JOIN accounts_person AS person ON person.id = r.person_id
    ORDER BY displayed_after - displayed, chosen.id"""
    parameters = {**terms.parameters(), "include_unchanged": include_unchanged, "limit": limit}
    return sql.fetch(EvaluatedMember, statement, parameters)


def insert_downgrade_warnings(terms: RolloverTerms, *, with_replayed: bool, now: datetime) -> int:
    """A notice for every member whom the roll-over would downgrade; returns how many are new."""
    replayed = " UNION ALL SELECT id, displayed, displayed_after FROM membership_replay" if with_replayed else ""
    statement = f"""WITH {evaluated(source=ROLLUP, members=MEMBERS)},
    everybody AS (SELECT id, displayed, displayed_after FROM evaluated{replayed})
    INSERT INTO membership_notice (reseller_id, kind, at, rollover_month, before, after)
    SELECT id, 'warning', %(now)s, %(rollover_month)s, displayed, displayed_after FROM everybody
    WHERE displayed_after < displayed
    ON CONFLICT DO NOTHING"""
    return sql.execute(statement, {**terms.parameters(), "now": now})


def _months_before(month: date, count: int) -> date:
    for _ in range(count):
        month = previous_month(month)
    return month
