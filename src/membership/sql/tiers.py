# ruff: noqa: S608 - the statements are put together from our own text only
"""Statements that read tiers on hot paths: the stored tier, and whether the roll-over of the month has reached the member."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from db import sql

_IS_ROLLED_OVER = """(r.rolled_over_through >= %(month)s
    OR EXISTS (SELECT 1 FROM membership_monthrollover t WHERE t.month >= %(month)s AND t.done_through_id >= r.id))"""


@dataclass(frozen=True, slots=True)
class StoredTier:
    """The tier on a member's row; it holds for the month only where `is_rolled_over`."""

    reseller_id: int
    tier: int
    is_rolled_over: bool


@dataclass(frozen=True, slots=True)
class StoredBuyer:
    """What a grab reads of the member who acts. `unpaid_limits_fen` is None before the first table that ops entered."""

    person_id: int
    reseller_id: int
    tier: int
    is_rolled_over: bool
    invited_by_id: int | None
    unpaid_limits_fen: list[int] | None


@dataclass(frozen=True, slots=True)
class StoredMember:
    """What most requests of a member read of her; the tier as in `StoredTier`."""

    id: int
    person_id: int
    name: str
    growth_milli: int
    joined_at: datetime
    invited_by_id: int | None
    tier: int
    is_rolled_over: bool


def stored_member(*, person_id: int, month: date) -> StoredMember | None:
    """None for a person who is no reseller."""
    members = sql.fetch(
        StoredMember,
        f"""SELECT r.id, r.person_id, p.name, r.growth_milli, r.joined_at, r.invited_by_id, r.tier,
                   {_IS_ROLLED_OVER} AS is_rolled_over
            FROM membership_reseller r JOIN accounts_person p ON p.id = r.person_id WHERE r.person_id = %(person_id)s""",
        {"person_id": person_id, "month": month},
        prepared=True,
    )
    return members[0] if members else None


def stored_tiers(*, reseller_ids: Collection[int], month: date) -> list[StoredTier]:
    return sql.fetch(
        StoredTier,
        f"""SELECT r.id AS reseller_id, r.tier, {_IS_ROLLED_OVER} AS is_rolled_over
            FROM membership_reseller r WHERE r.id = ANY(%(ids)s)""",
        {"ids": list(reseller_ids), "month": month},
    )


def stored_buyer(*, person_id: int, month: date) -> StoredBuyer | None:
    """None for a person who is no reseller."""
    buyers = stored_buyers(person_ids=[person_id], month=month)
    return buyers[0] if buyers else None


def stored_buyers(*, person_ids: Collection[int], month: date) -> list[StoredBuyer]:
    """Those of the people who are resellers."""
    return sql.fetch(
        StoredBuyer,
        f"""SELECT r.person_id, r.id AS reseller_id, r.tier, {_IS_ROLLED_OVER} AS is_rolled_over, r.invited_by_id,
                   (SELECT v.unpaid_limits_fen FROM membership_tiertableversion v WHERE v.from_month <= %(month)s
                    ORDER BY v.from_month DESC LIMIT 1) AS unpaid_limits_fen
            FROM membership_reseller r WHERE r.person_id = ANY(%(person_ids)s::bigint[])""",
        {"person_ids": list(person_ids), "month": month},
        prepared=True,
    )
