"""What must hold in the books of membership: invariant 4 (growth and tier) and invariant 6 (rewards cross one invitation)."""

import itertools
from collections.abc import Iterator
from datetime import date, datetime

from kernel.books import Breach
from kernel.period import month_period
from membership.models import GrowthEntry, MonthTurn, Reseller
from membership.queries.histories import tier_tables
from membership.rules import Entry, History, Kind, Tier, outcome
from wire import sql

GROWTH = """
SELECT r.id, r.growth_milli AS kept, coalesce(sum(e.milli), 0) AS entries, r.pending_milli AS pending,
       coalesce(sum(e.pending_milli), 0) AS pending_entries
FROM membership_reseller AS r LEFT JOIN membership_growthentry AS e ON e.reseller_id = r.id
GROUP BY r.id
HAVING (r.growth_milli, r.pending_milli) <> (coalesce(sum(e.milli), 0), coalesce(sum(e.pending_milli), 0)) ORDER BY r.id
"""

ROLLUP = """
SELECT coalesce(e.reseller_id, m.reseller_id) AS id, coalesce(e.month, m.month) AS month
FROM (SELECT reseller_id, month, coalesce(sum(milli) FILTER (WHERE kind <> 4), 0) AS new_milli,
             coalesce(sum(milli) FILTER (WHERE kind = 4), 0) AS bonus_milli, sum(pending_milli) AS pending_milli
      FROM membership_growthentry GROUP BY 1, 2) AS e
FULL JOIN membership_growthmonth AS m ON m.reseller_id = e.reseller_id AND m.month = e.month
WHERE (coalesce(e.new_milli, 0), coalesce(e.bonus_milli, 0), coalesce(e.pending_milli, 0))
   <> (coalesce(m.new_milli, 0), coalesce(m.bonus_milli, 0), coalesce(m.pending_milli, 0))
ORDER BY 1, 2
"""

REWARDS = """
SELECT reward.id, CASE
    WHEN invitee.invited_by_id IS DISTINCT FROM reward.inviter_id THEN 'rewards somebody other than the direct inviter'
    WHEN reward.state = 2 AND reward.milli > 0 AND coalesce(given.milli, 0) = 0 THEN 'is granted but gave no growth'
    WHEN reward.state <> 2 AND given.milli <> 0 THEN 'gave growth but is not granted'
    WHEN given.milli <> reward.milli OR given.others > 0 THEN 'gave other growth than it says'
    WHEN purchase.id IS NULL AND reward.state <> 4 THEN 'stems from no order of the invitee'
    END AS what
FROM membership_invitationreward AS reward
JOIN membership_reseller AS invitee ON invitee.id = reward.invitee_id
LEFT JOIN LATERAL (
    SELECT sum(entry.milli) AS milli, count(*) FILTER (WHERE entry.reseller_id <> reward.inviter_id) AS others
    FROM membership_growthentry AS entry WHERE entry.kind = 3 AND entry.reward_id = reward.id
) AS given ON true
LEFT JOIN membership_growthentry AS purchase
    ON purchase.kind = 1 AND purchase.order_id = reward.order_id AND purchase.reseller_id = reward.invitee_id
ORDER BY 1
"""

UNREWARDED = """
SELECT entry.id FROM membership_growthentry AS entry
LEFT JOIN membership_invitationreward AS reward ON reward.id = entry.reward_id AND reward.inviter_id = entry.reseller_id
WHERE entry.kind = 3 AND reward.id IS NULL
"""

BATCH = 1000


def breaches() -> list[Breach]:
    """Every row of membership that breaks an invariant: growth and rollup, tier against the law, rewards
    (GROWTH-18, BOOKS-4, BOOKS-6)."""
    return [*_growth(), *_tiers(), *_rewards()]


def _growth() -> Iterator[Breach]:
    for row in sql.rows(GROWTH, {}):
        kept, entries = (row["kept"], row["entries"])
        what = f"growth {kept} is not the sum of entries {entries}"
        if kept == entries:
            what = f"pending growth {row['pending']} is not the sum of entries {row['pending_entries']}"
        yield Breach(4, "membership_reseller", row["id"], what)
    for row in sql.rows(ROLLUP, {}):
        yield Breach(
            4, "membership_growthmonth", row["id"], f"the rollup of {row['month']} is not the sum of its entries"
        )


def _tiers() -> Iterator[Breach]:
    """The law itself, member by member, at the instant up to which the books claim to be true."""
    tables = tier_tables()
    turned = list(MonthTurn.objects.order_by("-month").values_list("month", "done_through_id"))
    rows = Reseller.objects.order_by("id").values_list("id", "tier", "turned_month", "joined_at")
    for batch in _batches(rows.iterator(BATCH)):
        entries = _entries_of([row[0] for row in batch])
        for reseller_id, tier, own_month, joined_at in batch:
            history = History(joined_at, tuple(entries.get(reseller_id, ())))
            at = _true_until(reseller_id, history, own_month, turned)
            lawful = outcome(history, tables, at).tier
            if lawful != tier:
                what = f"tier {tier} is not {lawful.value}, which the law gives from her entries"
                yield Breach(4, "membership_reseller", reseller_id, what)


def _rewards() -> Iterator[Breach]:
    for row in sql.rows(REWARDS, {}):
        if row["what"]:
            yield Breach(6, "membership_invitationreward", row["id"], row["what"])
    for row in sql.rows(UNREWARDED, {}):
        yield Breach(6, "membership_growthentry", row["id"], "growth of an invitation without a reward of her own")


def _true_until(reseller_id: int, history: History, own_month: date, turned: list[tuple[date, int]]) -> datetime:
    month = max([own_month, *(month for month, through in turned if through >= reseller_id)])
    instants = [history.joined_at, month_period(month).starts_at, *(entry.at for entry in history.entries)]
    return max(instants)


def _entries_of(reseller_ids: list[int]) -> dict[int, list[Entry]]:
    rows = GrowthEntry.objects.filter(reseller__in=reseller_ids).order_by("at", "id")
    found: dict[int, list[Entry]] = {}
    fields = ("reseller_id", "at", "kind", "milli", "month", "tier", "until", "pending_milli", "order_id")
    for reseller_id, at, kind, milli, month, tier, until, *rest in rows.values_list(*fields).iterator(10_000):
        found.setdefault(reseller_id, []).append(Entry(at, Kind(kind), milli, month, Tier(tier or 0), until, *rest))
    return found


def _batches(
    rows: Iterator[tuple[int, int, date, datetime]],
) -> Iterator[list[tuple[int, int, date, datetime]]]:
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch
