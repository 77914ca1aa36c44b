# ruff: noqa: S608 - statements are put together from our own text only; every figure is a parameter
"""The month's turn as sets: the law of `rules.standing` said in SQL, once, for the preview and for the service that carries it out."""

ROLLUP = "membership_growthmonth"
LEDGER = """(SELECT reseller_id, month, CASE WHEN kind = 4 THEN 0 ELSE milli END AS new_milli,
                    CASE WHEN kind = 4 THEN milli ELSE 0 END AS bonus_milli, pending_milli
             FROM membership_growthentry WHERE at >= %(first_at)s AND at < %(turn_at)s)"""
"""The two sources of a judgement: the monthly rollup, or the ledger itself.

An entry counts for the month that it came in or, taking back, for an earlier one; never for a later one. So partitions that lie before
the window need not be read.
"""

# Nearly everybody has nothing that waits to be shipped: for her `firm_reached` and the like are null, and the tier of all growth stands
# for that of shipped goods. OFFSET 0 is a fence: without it the planner would copy each level's expressions into all their uses on the
# next, and reckon each member's keep test dozens of times. MATERIALIZED is another: where it takes a range of members for empty, as one
# that is newer than its statistics, it would add up the whole range anew for each of them.
JUDGED = """
sums AS MATERIALIZED (
    SELECT reseller_id,
           sum(new_milli) FILTER (WHERE month = %(month)s)::bigint AS new_milli,
           sum(new_milli + bonus_milli) FILTER (WHERE month >= %(window_from)s)::bigint AS counted,
           sum(new_milli + bonus_milli) FILTER (WHERE month >= %(next_window_from)s)::bigint AS counted_next
    FROM {source} AS growth
    WHERE month BETWEEN least(%(window_from)s, %(next_window_from)s) AND %(month)s
      AND reseller_id BETWEEN %(first_id)s AND %(last_id)s
    GROUP BY reseller_id
), waiting AS MATERIALIZED (
    SELECT growth.reseller_id,
           sum(growth.pending_milli) FILTER (WHERE growth.month >= %(window_from)s)::bigint AS counted,
           sum(growth.pending_milli) FILTER (WHERE growth.month >= %(next_window_from)s)::bigint AS counted_next
    FROM {members} AS member JOIN {source} AS growth ON growth.reseller_id = member.id
    WHERE member.pending <> 0 AND growth.month BETWEEN least(%(window_from)s, %(next_window_from)s) AND %(month)s
    GROUP BY growth.reseller_id
), probations AS MATERIALIZED (
    SELECT reseller_id,
           max(tier) FILTER (WHERE month <= %(month)s AND until > %(month)s) AS present,
           max(tier) FILTER (WHERE until > %(turn)s) AS coming
    FROM membership_growthentry
    WHERE kind = 6 AND at < %(turn_at)s AND reseller_id BETWEEN %(first_id)s AND %(last_id)s
    GROUP BY reseller_id
), facts AS (
    SELECT member.id, member.shown, member.own, member.firm, member.total, member.pending, coalesce(new_milli, 0) AS new_milli,
           coalesce(sums.counted, 0) AS counted, coalesce(sums.counted_next, 0) AS counted_next,
           coalesce(waiting.counted, 0) AS pending_counted, coalesce(waiting.counted_next, 0) AS pending_counted_next,
           coalesce(present, 0) AS present, coalesce(coming, 0) AS coming,
           CASE WHEN new_milli >= %(keep5)s THEN 5 WHEN new_milli >= %(keep4)s THEN 4 WHEN new_milli >= %(keep3)s THEN 3
                WHEN new_milli >= %(keep2)s THEN 2 ELSE 1 END AS met
    FROM {members} AS member
    LEFT JOIN sums ON sums.reseller_id = member.id
    LEFT JOIN waiting ON waiting.reseller_id = member.id
    LEFT JOIN probations ON probations.reseller_id = member.id
    OFFSET 0
), kept AS (
    SELECT facts.*, greatest(least(own, met), CASE WHEN met >= 2 THEN least(present, met) ELSE 0 END) AS kept,
           CASE WHEN own <> firm THEN greatest(least(firm, met), CASE WHEN met >= 2 THEN least(present, met) ELSE 0 END)
           END AS kept_firm,
           {reached} AS reached, CASE WHEN pending <> 0 THEN {firm_reached} END AS firm_reached
    FROM facts OFFSET 0
), paid AS (
    SELECT kept.*, CASE kept WHEN 5 THEN %(bonus5)s WHEN 4 THEN %(bonus4)s WHEN 3 THEN %(bonus3)s WHEN 2 THEN %(bonus2)s
                             ELSE 0 END::bigint AS bonus
    FROM kept OFFSET 0
), closed AS (
    SELECT id, shown, new_milli, bonus, coming, kept, firm, reached, coalesce(firm_reached, reached) AS firm_reached,
           greatest(coalesce(kept_firm, kept), firm_reached, CASE WHEN firm_reached IS NULL THEN reached END) AS firm_closed,
           {next_reached} AS next_reached, CASE WHEN pending <> 0 THEN {next_firm_reached} END AS next_firm_reached
    FROM paid OFFSET 0
), judged AS (
    SELECT id, shown, new_milli, bonus, firm_after, own_after, greatest(own_after, coming) AS shown_after
    FROM (
        SELECT id, shown, new_milli, bonus, coming,
               greatest(firm_closed, coalesce(next_firm_reached, next_reached)) AS firm_after,
               greatest(kept, firm_closed, least(reached, greatest(firm, firm_reached) + 1),
                        coalesce(next_firm_reached, next_reached),
                        least(next_reached, greatest(firm_closed, coalesce(next_firm_reached, next_reached)) + 1)) AS own_after
        FROM closed
    ) AS final
)
"""


def _reached(table: str, counted: str, total: str) -> str:
    """The tier that growth reaches by the present table, or by the coming one: its figures are named `next_reach…`."""
    tiers = " ".join(f"WHEN {counted} >= %({table}{tier})s THEN {tier}" for tier in (5, 4, 3, 2))
    return f"CASE {tiers} WHEN {total} >= %({table}1)s THEN 1 ELSE 0 END"


def judged(*, source: str, members: str) -> str:
    """The common table expressions that judge `members` by the growth in `source`; the last of them is `judged`."""
    return JUDGED.format(
        source=source,
        members=members,
        reached=_reached("reach", "counted", "total"),
        firm_reached=_reached("reach", "counted - pending_counted", "total - pending"),
        next_reached=_reached("next_reach", "counted_next + bonus", "total + bonus"),
        next_firm_reached=_reached(
            "next_reach", "counted_next + bonus - pending_counted_next", "total + bonus - pending"
        ),
    )


MEMBERS = """(
    SELECT id, tier AS shown, turn_tier AS own, turn_firm_tier AS firm, growth_milli AS total, pending_milli AS pending
    FROM membership_reseller
    WHERE turned_month < %(turn)s AND NOT must_replay AND id BETWEEN %(first_id)s AND %(last_id)s
      AND (turned_month >= %(month)s OR id <= %(reached_id)s))"""

REPLAYED = """(
    SELECT replay.id, replay.shown, replay.own, replay.firm, past.total, past.pending
    FROM membership_replay AS replay
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(new_milli + bonus_milli), 0)::bigint AS total, coalesce(sum(pending_milli), 0)::bigint AS pending
        FROM membership_replay_month AS past WHERE past.reseller_id = replay.id AND past.month <= %(month)s
    ) AS past
    WHERE replay.first_month <= %(month)s)"""

START_REPLAY = (
    "DROP TABLE IF EXISTS membership_replay, membership_replay_month",
    """CREATE TEMPORARY TABLE membership_replay ON COMMIT DROP AS
       SELECT r.id, r.tier AS shown, 0::smallint AS own, 0::smallint AS firm, r.tier AS shown_after,
              0::bigint AS new_milli, 0::bigint AS bonus,
              least(date_trunc('month', r.joined_at AT TIME ZONE 'Asia/Shanghai')::date,
                    (SELECT min(month) FROM membership_growthmonth AS past WHERE past.reseller_id = r.id)) AS first_month
       FROM membership_reseller AS r
       WHERE r.turned_month < %(turn)s AND r.must_replay AND r.id BETWEEN %(first_id)s AND %(last_id)s
         AND (r.turned_month >= %(month)s OR r.id <= %(reached_id)s)""",
    """CREATE TEMPORARY TABLE membership_replay_month ON COMMIT DROP AS
       SELECT past.reseller_id, past.month, past.new_milli, 0::bigint AS bonus_milli, past.bonus_milli AS recorded,
              past.pending_milli
       FROM membership_growthmonth AS past JOIN membership_replay AS replay ON replay.id = past.reseller_id""",
    "CREATE UNIQUE INDEX ON membership_replay_month (reseller_id, month)",
    "ANALYZE membership_replay, membership_replay_month",
)

REPLAY_STEP = (
    "WITH "
    + judged(source="membership_replay_month", members=REPLAYED)
    + """, bonuses AS (
        INSERT INTO membership_replay_month (reseller_id, month, new_milli, bonus_milli, recorded, pending_milli)
        SELECT id, %(turn)s, 0, bonus, 0, 0 FROM judged WHERE bonus <> 0
        ON CONFLICT (reseller_id, month) DO UPDATE SET bonus_milli = excluded.bonus_milli
    )
    UPDATE membership_replay AS replay
    SET own = judged.own_after, firm = judged.firm_after, shown_after = judged.shown_after,
        new_milli = judged.new_milli, bonus = judged.bonus
    FROM judged WHERE judged.id = replay.id"""
)


RECORD = """, causes AS (
    INSERT INTO membership_growthcause (cause) SELECT cause FROM given
), entries AS (
    INSERT INTO membership_growthentry (at, reseller_id, month, kind, milli, cause)
    SELECT %(turn_at)s, reseller_id, month, %(kind)s, milli, cause FROM given
), months AS (
    INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli)
    SELECT reseller_id, month, 0, milli FROM given
    ON CONFLICT (reseller_id, month) DO UPDATE
    SET bonus_milli = membership_growthmonth.bonus_milli + excluded.bonus_milli
), changes AS (
    INSERT INTO membership_tierchange (reseller_id, at, before, after, at_turn)
    SELECT id, %(turn_at)s, before, after, true FROM changed WHERE before <> after
), notices AS (
    INSERT INTO membership_notice (reseller_id, kind, at, turn, before, after)
    SELECT id, CASE WHEN after < before THEN 'fallen' ELSE 'risen' END, %(turn_at)s, %(turn)s, before, after
    FROM changed WHERE before <> after
    ON CONFLICT DO NOTHING
)
SELECT count(*) FILTER (WHERE after > before) AS risen, count(*) FILTER (WHERE after < before) AS fallen,
       (SELECT count(*) FROM given WHERE milli > 0) AS bonuses
FROM changed"""

TURN = (
    "WITH "
    + judged(source=ROLLUP, members=MEMBERS)
    + """, changed AS (
    UPDATE membership_reseller AS r
    SET tier = judged.shown_after, turn_tier = judged.own_after, turn_firm_tier = judged.firm_after,
        growth_milli = r.growth_milli + judged.bonus, turned_month = %(turn)s
    FROM judged
    WHERE r.id = judged.id AND r.turned_month < %(turn)s
      AND (%(touch)s OR judged.shown_after <> r.tier OR judged.own_after <> r.turn_tier OR judged.firm_after <> r.turn_firm_tier
           OR judged.bonus <> 0)
    RETURNING r.id, judged.shown AS before, judged.shown_after AS after, judged.bonus
), given AS (
    SELECT id AS reseller_id, %(turn)s::date AS month, bonus AS milli, 'keep/' || id || '/' || %(turn)s::date AS cause
    FROM changed WHERE bonus <> 0
)"""
    + RECORD
)

TURN_REPLAYED = (
    """WITH differences AS (
    SELECT reseller_id, month, bonus_milli - recorded AS milli FROM membership_replay_month WHERE bonus_milli <> recorded
), changed AS (
    UPDATE membership_reseller AS r
    SET tier = replay.shown_after, turn_tier = replay.own, turn_firm_tier = replay.firm, turned_month = %(turn)s, must_replay = false,
        growth_milli = r.growth_milli
            + (SELECT coalesce(sum(milli), 0) FROM differences WHERE differences.reseller_id = replay.id)
    FROM membership_replay AS replay
    WHERE r.id = replay.id AND r.turned_month < %(turn)s
    RETURNING r.id, replay.shown AS before, replay.shown_after AS after
), given AS (
    SELECT reseller_id, month, milli,
           'keep/' || reseller_id || '/' || month || CASE WHEN month = %(turn)s THEN '' ELSE '/' || %(turn)s::date END AS cause
    FROM differences WHERE reseller_id IN (SELECT id FROM changed)
)"""
    + RECORD
)


def preview_statement(*, from_ledger: bool, replayed: bool) -> str:
    """Everybody's judgement with her name, falls first; with the replayed ones where there are any."""
    again = " UNION ALL SELECT id, shown, new_milli, bonus, own, shown_after FROM membership_replay" if replayed else ""
    return f"""WITH {judged(source=LEDGER if from_ledger else ROLLUP, members=MEMBERS)},
    everybody AS (SELECT id, shown, new_milli, bonus, own_after, shown_after FROM judged{again}),
    chosen AS (
        SELECT * FROM everybody WHERE %(all)s OR shown <> shown_after OR bonus <> 0
        ORDER BY shown_after - shown, id LIMIT %(limit)s
    )
    SELECT chosen.id, person.name, shown, shown_after, new_milli, bonus
    FROM chosen JOIN membership_reseller AS r ON r.id = chosen.id JOIN accounts_person AS person ON person.id = r.person_id
    ORDER BY shown_after - shown, chosen.id"""


def warn_statement(*, replayed: bool) -> str:
    """A notice for everybody who would fall."""
    again = " UNION ALL SELECT id, shown, shown_after FROM membership_replay" if replayed else ""
    return f"""WITH {judged(source=ROLLUP, members=MEMBERS)},
    everybody AS (SELECT id, shown, shown_after FROM judged{again})
    INSERT INTO membership_notice (reseller_id, kind, at, turn, before, after)
    SELECT id, 'warning', %(now)s, %(turn)s, shown, shown_after FROM everybody WHERE shown_after < shown
    ON CONFLICT DO NOTHING"""
