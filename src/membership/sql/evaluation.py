"""The evaluation of one month as sets: the rules of `membership.rules.tier_evaluation` as common table expressions.

The statements of `membership.sql.rollover` are built on it; tests compare it with the rules, member by member.
"""

ROLLUP = "membership_growthmonth"
LEDGER = """(SELECT reseller_id, month, CASE WHEN kind = 4 THEN 0 ELSE milli END AS new_milli,
                    CASE WHEN kind = 4 THEN milli ELSE 0 END AS bonus_milli, pending_milli
             FROM membership_growthentry WHERE at >= %(first_at)s AND at < %(rollover_at)s)"""
"""The two sources of growth: the monthly rollup, or the ledger itself.

An entry counts for the month in which it was written or, taking back, for an earlier one; never for a later one. So partitions that
lie before the window need not be read.
"""

MEMBERS = """(
    SELECT id, tier AS displayed, earned_tier AS earned, settled_tier AS settled, growth_milli AS total, pending_milli AS pending
    FROM membership_reseller
    WHERE rolled_over_through < %(rollover_month)s AND NOT must_replay AND id BETWEEN %(first_id)s AND %(last_id)s
      AND (rolled_over_through >= %(month)s OR id <= %(reached_id)s))"""
"""Members who wait for the roll-over and whose earlier months are as the last roll-over evaluated them."""

# Nearly every member has nothing that waits to be shipped: for her `settled_reached` and the like are null, and the tier of all growth
# is that of shipped goods. OFFSET 0 is an optimisation fence: without it the planner copies the expressions of each level into all their
# uses on the next, and computes each member's keep test dozens of times. MATERIALIZED is another: where the planner takes a range of
# members for empty, as one that is newer than its statistics, it would add up the whole range again for each of them.
_EVALUATED = """
sums AS MATERIALIZED (
    SELECT reseller_id,
           sum(new_milli) FILTER (WHERE month = %(month)s)::bigint AS new_milli,
           sum(new_milli + bonus_milli) FILTER (WHERE month >= %(window_from)s)::bigint AS in_window,
           sum(new_milli + bonus_milli) FILTER (WHERE month >= %(next_window_from)s)::bigint AS in_next_window
    FROM {source} AS growth
    WHERE month BETWEEN least(%(window_from)s, %(next_window_from)s) AND %(month)s
      AND reseller_id BETWEEN %(first_id)s AND %(last_id)s
    GROUP BY reseller_id
), pending_sums AS MATERIALIZED (
    SELECT growth.reseller_id,
           sum(growth.pending_milli) FILTER (WHERE growth.month >= %(window_from)s)::bigint AS in_window,
           sum(growth.pending_milli) FILTER (WHERE growth.month >= %(next_window_from)s)::bigint AS in_next_window
    FROM {members} AS member JOIN {source} AS growth ON growth.reseller_id = member.id
    WHERE member.pending <> 0 AND growth.month BETWEEN least(%(window_from)s, %(next_window_from)s) AND %(month)s
    GROUP BY growth.reseller_id
), tier_matches AS MATERIALIZED (
    SELECT reseller_id,
           max(tier) FILTER (WHERE month <= %(month)s AND until > %(month)s) AS matched,
           max(tier) FILTER (WHERE until > %(rollover_month)s) AS next_matched
    FROM membership_growthentry
    WHERE kind = 6 AND at < %(rollover_at)s AND reseller_id BETWEEN %(first_id)s AND %(last_id)s
    GROUP BY reseller_id
), facts AS (
    SELECT member.id, member.displayed, member.earned, member.settled, member.total, member.pending,
           coalesce(new_milli, 0) AS new_milli,
           coalesce(sums.in_window, 0) AS in_window, coalesce(sums.in_next_window, 0) AS in_next_window,
           coalesce(pending_sums.in_window, 0) AS pending_in_window,
           coalesce(pending_sums.in_next_window, 0) AS pending_in_next_window,
           coalesce(matched, 0) AS matched, coalesce(next_matched, 0) AS next_matched,
           CASE WHEN new_milli >= %(keep5)s THEN 5 WHEN new_milli >= %(keep4)s THEN 4 WHEN new_milli >= %(keep3)s THEN 3
                WHEN new_milli >= %(keep2)s THEN 2 ELSE 1 END AS qualifying
    FROM {members} AS member
    LEFT JOIN sums ON sums.reseller_id = member.id
    LEFT JOIN pending_sums ON pending_sums.reseller_id = member.id
    LEFT JOIN tier_matches ON tier_matches.reseller_id = member.id
    OFFSET 0
), kept_tiers AS (
    SELECT facts.*,
           greatest(least(earned, qualifying), CASE WHEN qualifying >= 2 THEN least(matched, qualifying) ELSE 0 END) AS kept,
           CASE WHEN earned <> settled
                THEN greatest(least(settled, qualifying), CASE WHEN qualifying >= 2 THEN least(matched, qualifying) ELSE 0 END)
           END AS settled_kept,
           {reached} AS reached, CASE WHEN pending <> 0 THEN {settled_reached} END AS settled_reached
    FROM facts OFFSET 0
), with_bonus AS (
    SELECT kept_tiers.*, CASE kept WHEN 5 THEN %(bonus5)s WHEN 4 THEN %(bonus4)s WHEN 3 THEN %(bonus3)s
                                   WHEN 2 THEN %(bonus2)s ELSE 0 END::bigint AS bonus
    FROM kept_tiers OFFSET 0
), closing AS (
    SELECT id, displayed, new_milli, bonus, next_matched, kept, settled, reached,
           coalesce(settled_reached, reached) AS settled_reached,
           greatest(coalesce(settled_kept, kept), settled_reached, CASE WHEN settled_reached IS NULL THEN reached END)
               AS settled_closing,
           {next_reached} AS next_reached, CASE WHEN pending <> 0 THEN {next_settled_reached} END AS next_settled_reached
    FROM with_bonus OFFSET 0
), evaluated AS (
    SELECT id, displayed, new_milli, bonus, settled_after, earned_after, greatest(earned_after, next_matched) AS displayed_after
    FROM (
        SELECT id, displayed, new_milli, bonus, next_matched,
               greatest(settled_closing, coalesce(next_settled_reached, next_reached)) AS settled_after,
               greatest(kept, settled_closing, least(reached, greatest(settled, settled_reached) + 1),
                        coalesce(next_settled_reached, next_reached),
                        least(next_reached, greatest(settled_closing, coalesce(next_settled_reached, next_reached)) + 1))
                   AS earned_after
        FROM closing
    ) AS opening
)
"""


def evaluated(*, source: str, members: str) -> str:
    """The common table expressions that evaluate `members` by the growth in `source`; the last of them is `evaluated`."""
    return _EVALUATED.format(
        source=source,
        members=members,
        reached=_tier_reached("threshold", "in_window", "total"),
        settled_reached=_tier_reached("threshold", "in_window - pending_in_window", "total - pending"),
        next_reached=_tier_reached("next_threshold", "in_next_window + bonus", "total + bonus"),
        next_settled_reached=_tier_reached(
            "next_threshold", "in_next_window + bonus - pending_in_next_window", "total + bonus - pending"
        ),
    )


def _tier_reached(threshold: str, in_window: str, total: str) -> str:
    """The tier that growth reaches by the thresholds of the month (`threshold`) or of the coming one (`next_threshold`)."""
    tiers = " ".join(f"WHEN {in_window} >= %({threshold}{tier})s THEN {tier}" for tier in (5, 4, 3, 2))
    return f"CASE {tiers} WHEN {total} >= %({threshold}1)s THEN 1 ELSE 0 END"
