"""The checks of membership (GROWTH-18, INTEGRITY-4, INTEGRITY-6, INTEGRITY-7).

Growth is the sum of its entries; every tier, past, present and of the last roll-over, is what the rules give from them; a reward crosses
one invitation. Orders and refunds check that entries are theirs.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check, ComputedCheck, Read, Violation, fault_check, sum_check
from kernel.period import month_period
from membership.models import GrowthEntry, MonthRollover, TierChange
from membership.rules.tier_evaluation import GrowthHistory
from membership.rules.tier_status import MemberState, member_state
from membership.rules.tiers import Entry, GrowthKind, Tier
from membership.selectors.histories import tier_tables

BATCH = 1000

_GROWTH = (
    Check(
        "membership.growth",
        4,
        "membership_reseller",
        "her growth is {growth_milli}, of it {pending_milli} pending; her entries add up to {entries_milli}, {entries_pending} pending",
        """
        SELECT r.id, r.growth_milli, r.pending_milli, coalesce(e.milli, 0) AS entries_milli,
               coalesce(e.pending_milli, 0) AS entries_pending
        FROM membership_reseller r
        LEFT JOIN (SELECT reseller_id, sum(milli) AS milli, sum(pending_milli) AS pending_milli
                   FROM membership_growthentry WHERE changed_resellers(reseller_id) GROUP BY 1) e ON e.reseller_id = r.id
        WHERE changed_resellers(r.id)
          AND (r.growth_milli, r.pending_milli) <> (coalesce(e.milli, 0), coalesce(e.pending_milli, 0))
        """,
    ),
    Check(
        "membership.month",
        4,
        "membership_growthmonth",
        "of {month} she has {recorded} new, bonus and pending growth, her entries add up to {entries}",
        """
        SELECT coalesce(e.reseller_id, m.reseller_id) AS id, coalesce(e.month, m.month) AS month,
               concat_ws(', ', m.new_milli, m.bonus_milli, m.pending_milli) AS recorded,
               concat_ws(', ', e.new_milli, e.bonus_milli, e.pending_milli) AS entries
        FROM (SELECT reseller_id, month, coalesce(sum(milli) FILTER (WHERE kind <> 4), 0) AS new_milli,
                     coalesce(sum(milli) FILTER (WHERE kind = 4), 0) AS bonus_milli, sum(pending_milli) AS pending_milli
              FROM membership_growthentry WHERE changed_resellers(reseller_id) GROUP BY 1, 2) AS e
        FULL JOIN (SELECT * FROM membership_growthmonth WHERE changed_resellers(reseller_id)) AS m
               ON m.reseller_id = e.reseller_id AND m.month = e.month
        WHERE (coalesce(e.new_milli, 0), coalesce(e.bonus_milli, 0), coalesce(e.pending_milli, 0))
           <> (coalesce(m.new_milli, 0), coalesce(m.bonus_milli, 0), coalesce(m.pending_milli, 0))
        """,
    ),
    fault_check(
        "membership.cause",
        7,
        "membership_growthentry",
        "e LEFT JOIN membership_growthcause c ON c.cause = e.cause",
        """
        WHEN c.cause IS NULL THEN 'its cause ' || e.cause || ' is not among those that count once'
        WHEN NOT CASE e.kind
            WHEN 1 THEN e.cause = 'order/' || e.order_id
            WHEN 3 THEN e.cause = 'reward/' || e.reward_id OR e.cause LIKE 'reward/' || e.reward_id || '/%%'
            WHEN 4 THEN e.cause LIKE 'keep/' || e.reseller_id || '/%%'
            WHEN 5 THEN e.cause LIKE 'adjustment/%%'
            WHEN 6 THEN e.cause LIKE 'tier_match/' || e.reseller_id || '/%%'
            WHEN 8 THEN e.cause LIKE 'shipment/%%'
            ELSE e.cause ~ '^refund/[0-9]{1,18}$' END THEN 'an entry of kind ' || e.kind || ' does not stem from ' || e.cause
        """,
        "changed_resellers(e.reseller_id)",
    ),
    # Refunds of an order take back what the order gave in proportion, and the whole of it with the whole.
    Check(
        "membership.taken_back",
        7,
        "membership_growthentry",
        "refunds of order {order_id} took {taken} growth back for {back_fen} of {paid_fen} fen that gave {given}",
        """
        SELECT p.id, p.order_id, -b.milli AS taken, b.fen AS back_fen, p.amount_fen AS paid_fen, p.milli AS given
        FROM membership_growthentry p
        JOIN (SELECT order_id, sum(milli) AS milli, sum(amount_fen) AS fen FROM membership_growthentry
              WHERE kind IN (2, 7, 9) AND changed_resellers(reseller_id) GROUP BY 1) b ON b.order_id = p.order_id
        WHERE p.kind = 1 AND changed_resellers(p.reseller_id)
          AND (b.fen > p.amount_fen OR -b.milli <> p.milli * b.fen / greatest(p.amount_fen, 1))
        """,
    ),
)

_INVITATIONS = (
    Check(
        "membership.inviter",
        7,
        "membership_reseller",
        "she was invited by {inviter}, and joined with a code of {owner}",
        """
        SELECT r.id, coalesce(r.invited_by_id::text, 'nobody') AS inviter, coalesce(c.reseller_id::text, 'the platform') AS owner
        FROM membership_reseller r JOIN membership_invitationcode c ON c.id = r.joined_with_id
        WHERE r.invited_by_id IS DISTINCT FROM c.reseller_id
        """,
    ),
    sum_check(
        "membership.code_uses",
        7,
        "membership_invitationcode",
        "it was used {used} times, and {expected} joined with it",
        "used",
        "SELECT joined_with_id, 1 FROM membership_reseller",
    ),
    fault_check(
        "membership.reward",
        6,
        "membership_invitationreward",
        """reward
        JOIN membership_reseller AS invitee ON invitee.id = reward.invitee_id
        LEFT JOIN LATERAL (
            SELECT sum(entry.milli) AS milli, count(*) FILTER (WHERE entry.reseller_id <> reward.inviter_id) AS others
            FROM membership_growthentry AS entry WHERE entry.kind = 3 AND entry.reward_id = reward.id
        ) AS given ON true
        LEFT JOIN membership_growthentry AS purchase
               ON purchase.kind = 1 AND purchase.order_id = reward.order_id AND purchase.reseller_id = reward.invitee_id
        """,
        """
        WHEN invitee.invited_by_id IS DISTINCT FROM reward.inviter_id THEN 'it rewards somebody other than the direct inviter'
        WHEN reward.state = 2 AND reward.milli > 0 AND coalesce(given.milli, 0) = 0 THEN 'it is granted but gave no growth'
        WHEN reward.state <> 2 AND given.milli <> 0 THEN 'it gave growth but is not granted'
        WHEN given.milli <> reward.milli OR given.others > 0 THEN 'it gave other growth than it says'
        WHEN purchase.id IS NULL AND reward.state <> 4 THEN 'it stems from no order of the invitee'
        """,
    ),
    Check(
        "membership.rewarded",
        6,
        "membership_growthentry",
        "it is growth of an invitation without a reward of her own",
        """
        SELECT entry.id FROM membership_growthentry AS entry
        LEFT JOIN membership_invitationreward AS reward ON reward.id = entry.reward_id AND reward.inviter_id = entry.reseller_id
        WHERE entry.kind = 3 AND reward.id IS NULL
        """,
    ),
)

_MEMBERS = """
SELECT r.id, r.tier, r.earned_tier, r.settled_tier, r.rolled_over_through, r.joined_at FROM membership_reseller r
WHERE changed_resellers(r.id) AND r.id > %(after)s ORDER BY r.id LIMIT %(batch)s
"""


def _tiers(read: Read) -> Iterator[Violation]:
    """Apply the rules member by member, at the instant of her last entry or roll-over: to her tier, that of the last roll-over, and every
    tier that she had."""
    tables = tier_tables()
    rollovers = list(MonthRollover.objects.order_by("-month").values_list("month", "done_through_id"))
    after = 0
    while members := read(_MEMBERS, {"after": after, "batch": BATCH}):
        after = members[-1]["id"]
        ids = [member["id"] for member in members]
        entries, changes = _entries_of(ids), _changes_of(ids)
        for member in members:
            history = GrowthHistory(member["joined_at"], tuple(entries.get(member["id"], ())))
            expected = member_state(history, tables, _last_change_at(member, history, rollovers))
            yield from _differences(member, expected, changes.get(member["id"], []))


def _differences(
    member: dict[str, Any], expected: MemberState, changes: list[tuple[int, datetime, int]]
) -> Iterator[Violation]:
    def violation(what: str, table: str = "membership_reseller", row_id: int = member["id"]) -> Violation:
        return Violation(4, table, row_id, what, "membership.tier")

    if member["tier"] != expected.tier:
        yield violation(f"tier {member['tier']} is not {expected.tier.value}, which the rules give from her entries")
    if (member["earned_tier"], member["settled_tier"]) != (expected.earned_tier, expected.settled_tier):
        recorded = f"{member['earned_tier']} (settled {member['settled_tier']})"
        by_rules = f"{expected.earned_tier.value} (settled {expected.settled_tier.value})"
        yield violation(f"the last roll-over gave her tier {recorded}, by the rules {by_rules}")
    due = [(at, tier.value) for at, tier in expected.changes[1:]]
    for (change_id, at, tier), expected_change in zip(changes, due, strict=False):
        if (at, tier) != expected_change:
            what = f"she came to tier {tier} at {at}, by the rules to {expected_change[1]} at {expected_change[0]}"
            yield violation(what, "membership_tierchange", change_id)
            return
    for change_id, at, tier in changes[len(due) :]:
        yield violation(f"she came to tier {tier} at {at}, by the rules not at all", "membership_tierchange", change_id)
    for at, tier in due[len(changes) :]:
        yield violation(f"she came to tier {tier} at {at} by the rules, and no change is recorded")


def _last_change_at(member: dict[str, Any], history: GrowthHistory, rollovers: list[tuple[date, int]]) -> datetime:
    month = max([member["rolled_over_through"], *(month for month, through in rollovers if through >= member["id"])])
    return max([history.joined_at, month_period(month).starts_at, *(entry.at for entry in history.entries)])


def _entries_of(reseller_ids: list[int]) -> dict[int, list[Entry]]:
    rows = GrowthEntry.objects.filter(reseller__in=reseller_ids).order_by("at", "id")
    by_member: dict[int, list[Entry]] = {}
    fields = ("reseller_id", "at", "kind", "milli", "month", "tier", "until", "pending_milli", "order_id")
    for reseller_id, at, kind, milli, month, tier, until, *rest in rows.values_list(*fields).iterator(10_000):
        by_member.setdefault(reseller_id, []).append(
            Entry(at, GrowthKind(kind), milli, month, Tier(tier or 0), until, *rest)
        )
    return by_member


def _changes_of(reseller_ids: list[int]) -> dict[int, list[tuple[int, datetime, int]]]:
    by_member: dict[int, list[tuple[int, datetime, int]]] = {}
    rows = TierChange.objects.filter(reseller__in=reseller_ids).order_by("at", "id")
    for reseller_id, change_id, at, after in rows.values_list("reseller_id", "id", "at", "after").iterator(10_000):
        by_member.setdefault(reseller_id, []).append((change_id, at, after))
    return by_member


CHECKS = (
    *_GROWTH,
    *_INVITATIONS,
    ComputedCheck("membership.tier", _tiers),
    event_subject_check(
        code="membership.event_subject",
        subjects={SubjectKind.RESELLER: "SELECT id, id, NULL::bigint FROM membership_reseller"},
    ),
)

CHANGED_IDS = {
    "orders": "SELECT e.order_id FROM membership_growthentry e WHERE new(e)",
    "resellers": """
        SELECT r.id FROM membership_reseller r WHERE new(r)
        UNION SELECT e.reseller_id FROM membership_growthentry e WHERE new(e)
        UNION SELECT m.reseller_id FROM membership_growthmonth m WHERE new(m)
        UNION SELECT c.reseller_id FROM membership_tierchange c WHERE new(c)
        UNION SELECT w.inviter_id FROM membership_invitationreward w WHERE new(w)
        UNION SELECT w.invitee_id FROM membership_invitationreward w WHERE new(w)
        UNION SELECT r.id FROM membership_tiertableversion t CROSS JOIN membership_reseller r WHERE new(t)
    """,
    "events": event_ids_sql(SubjectKind.RESELLER, "SELECT r.id FROM membership_reseller r WHERE new(r)"),
}

TABLES_WITHOUT_DELETES = ("membership_growthentry", "membership_tierchange")
