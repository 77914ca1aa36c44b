"""Tier tables: what the tiers require, from a month on."""

from datetime import date, datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from kernel.period import month_of
from kernel.refusal import Conflict, Invalid
from membership.models import TierTableVersion
from membership.rules.tiers import TierTable


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
def create_tier_table(*, actor: Actor, table: TierTable, now: datetime) -> TierTable:
    """Set what VIP1 … VIP5 require from a coming month on (GROWTH-4), and the unpaid limit of each tier (ORDER-6).

    Refuses invalid tables, months that have begun, and a second table of a month.
    """
    require_roles(actor, Role.OPS)
    faults = table.faults()
    if faults:
        raise InvalidTierTable(faults_zh="；".join(zh for zh, _ in faults), faults_en="; ".join(en for _, en in faults))
    from_month = table.from_month
    if from_month <= month_of(now) or TierTableVersion.objects.filter(from_month=from_month).exists():
        raise TableTooLate(from_month=from_month)
    figures = {
        "thresholds_milli": list(table.thresholds),
        "keep_amounts_milli": list(table.keep_amounts),
        "unpaid_limits_fen": list(table.unpaid_limits_fen),
    }
    row = TierTableVersion.objects.create(
        from_month=from_month,
        keep_bonuses_milli=list(table.keep_bonuses),
        window_months=table.window_months,
        fen_per_growth=table.fen_per_growth,
        entered_at=now,
        entered_by_id=actor.person_id,
        **figures,
    )
    audit.record(
        actor=actor,
        action="membership.create_tier_table",
        kind="tier_table",
        subject_id=row.pk,
        details={"from_month": from_month.isoformat(), **figures},
        now=now,
    )
    return table
