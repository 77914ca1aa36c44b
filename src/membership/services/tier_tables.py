"""Tier tables: what the tiers require, from a month on."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from kernel.period import month_of
from kernel.refusal import Conflict, Invalid
from membership.models import TierTableVersion
from membership.rules.tiers import TierTable, table_in_force
from membership.selectors.histories import tier_tables


class InvalidTierTable(Invalid):
    code = "membership.invalid_tier_table"
    zh = "等级表有误：{faults_zh}"
    en = "The tier table is invalid: {faults_en}"
    faults_zh: str
    faults_en: str


class TableTooLate(Conflict):
    code = "membership.table_too_late"
    zh = "等级表只能从以后的月份起生效，{from_month} 已经开始或已有等级表"
    en = "A tier table begins with a coming month; {from_month} has begun or has a table already"
    from_month: date


@transaction.atomic
def enter_tier_table(
    *,
    actor: Actor,
    from_month: date,
    thresholds: Sequence[int],
    keep_amounts: Sequence[int],
    keep_bonuses: Sequence[int],
    window_months: int,
    fen_per_growth: int,
    unpaid_limits_fen: Sequence[int] | None = None,
    now: datetime,
) -> TierTable:
    """Enter what VIP1 … VIP5 require from a coming month on (GROWTH-4), and the unpaid limit of each tier, trial first (ORDER-6).

    Growth in milli; without `unpaid_limits_fen` those of the table before stay. Refuses invalid tables and months that have begun.
    """
    require_roles(actor, Role.OPS)
    if unpaid_limits_fen is None:
        unpaid_limits_fen = table_in_force(tier_tables(), from_month).unpaid_limits_fen
    table = TierTable(
        from_month,
        tuple(thresholds),
        tuple(keep_amounts),
        tuple(keep_bonuses),
        window_months,
        fen_per_growth,
        tuple(unpaid_limits_fen),
    )
    faults = table.faults()
    if faults:
        raise InvalidTierTable(faults_zh="；".join(zh for zh, _ in faults), faults_en="; ".join(en for _, en in faults))
    if from_month <= month_of(now) or TierTableVersion.objects.filter(from_month=from_month).exists():
        raise TableTooLate(from_month=from_month)
    row = TierTableVersion.objects.create(
        from_month=from_month,
        thresholds_milli=list(thresholds),
        keep_amounts_milli=list(keep_amounts),
        keep_bonuses_milli=list(keep_bonuses),
        window_months=window_months,
        fen_per_growth=fen_per_growth,
        unpaid_limits_fen=list(unpaid_limits_fen),
        entered_at=now,
        entered_by_id=actor.person_id,
    )
    audit.record(
        actor=actor,
        action="membership.enter_tier_table",
        kind="tier_table",
        subject_id=row.pk,
        details={
            "from_month": from_month.isoformat(),
            "thresholds_milli": list(thresholds),
            "keep_amounts_milli": list(keep_amounts),
            "unpaid_limits_fen": list(unpaid_limits_fen),
        },
        now=now,
    )
    return table
