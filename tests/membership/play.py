"""Plays generated histories through the services of the service, month by month, as they would have happened."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Person
from accounts.rules import SYSTEM, Role
from kernel.period import month_of
from membership.models import Reseller, TierTableVersion
from membership.rules.tier_evaluation import GrowthHistory
from membership.rules.tiers import Entry, GrowthKind, Tier, TierTable
from membership.services import adjustments, growth
from tests.membership.histories import JOINED


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to a member: an entry, and for orders which one."""

    at: datetime
    reseller_id: int
    entry: Entry
    order_id: int
    number: int


def members(count: int, joined_at: datetime = JOINED) -> list[int]:
    """Members who joined without a code, made in bulk."""
    first = Person.objects.count()
    people = Person.objects.bulk_create(
        Person(login=f"m{first + n}", name=f"member {first + n}", role=Role.RESELLER.value, created_at=joined_at)
        for n in range(count)
    )
    rows = Reseller.objects.bulk_create(
        Reseller(person=person, joined_at=joined_at, rolled_over_through=month_of(joined_at)) for person in people
    )
    return [row.pk for row in rows]


def enter_tables(tables: list[TierTable]) -> None:
    """Tables as the service would have entered them, but from the past on."""
    for table in tables:
        assert table.faults() == []
        TierTableVersion.objects.create(
            from_month=table.from_month,
            thresholds_milli=list(table.thresholds),
            keep_amounts_milli=list(table.keep_amounts),
            keep_bonuses_milli=list(table.keep_bonuses),
            window_months=table.window_months,
            fen_per_growth=table.fen_per_growth,
            entered_at=JOINED,
        )


def do(step: Step) -> None:
    """Carry a step out by the service that writes such an entry."""
    entry = step.entry
    match entry.kind:
        case GrowthKind.PURCHASE:
            growth.credit_purchase(
                reseller_id=step.reseller_id,
                order_id=step.order_id,
                amount_fen=entry.milli,
                now=step.at,
            )
        case GrowthKind.REFUND | GrowthKind.CANCELLATION | GrowthKind.SHORTAGE:
            growth.take_back(
                reseller_id=step.reseller_id,
                order_id=step.order_id,
                refund_id=step.number,
                amount_fen=-entry.milli,
                kind=entry.kind,
                now=step.at,
            )
        case GrowthKind.SHIPMENT:
            growth.settle_shipment(
                reseller_id=step.reseller_id,
                order_id=step.order_id,
                shipment=f"test/{step.number}",
                amount_fen=-entry.pending_milli,
                now=step.at,
            )
        case GrowthKind.TIER_MATCH:
            assert entry.until is not None
            months = (entry.until.year - entry.month.year) * 12 + entry.until.month - entry.month.month
            adjustments.match_tier(
                actor=SYSTEM,
                reseller_id=step.reseller_id,
                tier=Tier(entry.tier),
                months=months,
                reason="was VIP",
                now=step.at,
            )
        case _:
            adjustments.adjust_growth(
                actor=SYSTEM,
                reseller_id=step.reseller_id,
                milli=entry.milli,
                reason="test",
                key=str(step.number),
                now=step.at,
            )


def history_from(entries: list[Entry]) -> GrowthHistory:
    return GrowthHistory(JOINED, tuple(sorted(entries, key=lambda entry: entry.at)))
