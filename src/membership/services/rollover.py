"""The monthly roll-over: carried out for all members by sets, chunk by chunk, or for one member who acts before her chunk was reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar

from django.db import transaction
from django.db.models import Max, Min

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from db.sql import lift_statement_limit
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.period import month_of, month_period, next_month, previous_month
from kernel.refusal import Conflict
from membership.models import MonthRollover, Notice, Reseller
from membership.rules.tiers import Tier, TierTable, whole_growth
from membership.selectors.histories import tier_tables
from membership.selectors.people import require_reseller
from membership.selectors.rollover import RolloverView, last_rolled_over_id, rolled_over_through
from membership.sql import rollover as statements
from membership.sql.rollover import MAX_ID, RolloverCounts, RolloverTerms, rollover_terms
from web.responses import PAGES_ONLY

CHUNK = 250_000
MAX_WRITE = timedelta(hours=1)
"""No transaction that writes growth lasts longer."""
ROLLOVER_LOCK = 20_260_401
"""The class of the advisory locks over months; the other half of the key is the month."""


class RolloverNotDue(Conflict):
    code = "membership.rollover_not_due"
    zh = "{month} 的等级重评尚未到时间"
    en = "The roll-over of {month} is not due yet"
    month: date


class BeforeAnyMember(Conflict):
    code = "membership.before_any_member"
    zh = "{month} 时还没有会员，没有可重评的等级"
    en = "There was no member yet in {month}, so there is no tier to roll over"
    month: date


@dataclass(frozen=True, slots=True)
class RolloverPreview:
    """What the coming roll-over does to a member if no growth is added. `month_growth` and `keep_bonus` whole, rounded down."""

    response_properties: ClassVar = ("month_growth", "keep_bonus")

    reseller_id: int
    name: str
    before: Tier
    after: Tier
    month_milli: Annotated[int, PAGES_ONLY]
    bonus_milli: Annotated[int, PAGES_ONLY]

    @property
    def month_growth(self) -> int:
        return whole_growth(self.month_milli)

    @property
    def keep_bonus(self) -> int:
        return whole_growth(self.bonus_milli)


@transaction.atomic
def roll_over_members(month: date, *, first_id: int, last_id: int, mark_unchanged: bool) -> RolloverCounts:
    """Evaluate the month before `month` for members with these ids who are not rolled over yet. `mark_unchanged` marks unchanged ones too.

    Idempotent: members who are rolled over stay as they are.
    """
    tables = tier_tables()
    terms = rollover_terms(month, tables, first_id=first_id, last_id=last_id)
    statements.lock_members_to_replay(rollover_month=month, first_id=first_id, last_id=last_id)
    if last_id > first_id:
        statements.prepare_large_aggregate()
    is_replayed = _replay(terms, tables)
    counts = statements.write_rollover(terms, mark_unchanged=mark_unchanged)
    if not is_replayed:
        return counts
    replayed = statements.write_replayed_rollover(terms)
    return RolloverCounts(
        counts.upgraded + replayed.upgraded, counts.downgraded + replayed.downgraded, counts.bonuses + replayed.bonuses
    )


def _replay(terms: RolloverTerms, tables: Sequence[TierTable]) -> bool:
    """Evaluate all months again, in temporary tables, for members whose earlier months have changed; False if there are none."""
    month = statements.create_replay_tables(terms)
    if month is None:
        return False
    while month < terms.rollover_month:
        month = next_month(month)
        statements.replay_month(rollover_terms(month, tables, first_id=terms.first_id, last_id=terms.last_id))
    return True


def delay_rollover_until_commit(now: datetime) -> None:
    """Make the roll-over of all members wait until this transaction has ended, where it writes for a month that is about to end.

    Otherwise a roll-over that has added up the month's growth already would write a tier that leaves out what is written here.
    """
    ends_at = month_period(month_of(now)).ends_at
    if ends_at - now <= MAX_WRITE:
        statements.lock_month(month_of(now), exclusive=False, lock_class=ROLLOVER_LOCK)


def roll_over_member(reseller: Reseller, month: date) -> None:
    """Carry out all roll-overs up to the start of `month` for one member, whose row the caller has locked; then read her row again.

    Her `rolled_over_through` is afterwards the month that she is in, whether her row or the roll-over of all members says so.
    """
    through = rolled_over_through(reseller.pk, reseller.rolled_over_through)
    if through < month:
        while through < month:
            through = next_month(through)
            roll_over_members(through, first_id=reseller.pk, last_id=reseller.pk, mark_unchanged=True)
        reseller.refresh_from_db()
    reseller.rolled_over_through = through


def roll_over_month(*, actor: Actor, month: date, now: datetime, chunk: int = CHUNK) -> RolloverView:
    """Carry out the roll-over at the start of `month` for all members, and earlier ones that were missed (GROWTH-7, GROWTH-12).

    Each chunk commits by itself and notes how far it came: a run that was killed continues where it stopped, and a second run does
    nothing. Refuses a roll-over that is not due, or of a time before the first member.
    """
    require_roles(actor, Role.OPS)
    if month > month_of(now):
        raise RolloverNotDue(month=month)
    if month < month_of(now) and not Reseller.objects.filter(joined_at__lt=month_period(month).starts_at).exists():
        raise BeforeAnyMember(month=month)
    for due in _months_due(month):
        _roll_over_all(due, now=now, chunk=chunk)
    row = MonthRollover.objects.get(month=month)
    return RolloverView(row.month, row.started_at, row.finished_at, row.upgraded, row.downgraded, row.bonuses)


def _months_due(month: date) -> list[date]:
    last = MonthRollover.objects.filter(finished_at__isnull=False, month__lte=month).aggregate(last=Max("month"))[
        "last"
    ]
    if last is None:
        earliest = (
            Reseller.objects.order_by("rolled_over_through").values_list("rolled_over_through", flat=True).first()
        )
        last = min(earliest, month) if earliest else month
        if last == month:
            return [month]
    due = [] if last == month else [next_month(last)]
    while due and due[-1] < month:
        due.append(next_month(due[-1]))
    return due


def _roll_over_all(month: date, *, now: datetime, chunk: int) -> None:
    ids = Reseller.objects.aggregate(first=Min("id"), last=Max("id"))
    first_id, last_id = ids["first"] or 1, ids["last"] or 0
    MonthRollover.objects.get_or_create(month=month, defaults={"started_at": now, "done_through_id": first_id - 1})
    while _roll_over_chunk(month, last_id=last_id, now=now, chunk=chunk):
        pass


@transaction.atomic
def _roll_over_chunk(month: date, *, last_id: int, now: datetime, chunk: int) -> bool:
    """Roll over the next chunk; False when all are done. Two runs at once wait for each other on the row of the month."""
    lift_statement_limit()
    row = MonthRollover.objects.select_for_update().get(month=month)
    statements.lock_month(previous_month(month), exclusive=True, lock_class=ROLLOVER_LOCK)
    if row.finished_at is not None:
        return False
    through_id = min(row.done_through_id + chunk, last_id)
    counts = roll_over_members(month, first_id=row.done_through_id + 1, last_id=through_id, mark_unchanged=False)
    row.upgraded += counts.upgraded
    row.downgraded += counts.downgraded
    row.bonuses += counts.bonuses
    row.done_through_id = through_id
    if through_id >= last_id:
        row.finished_at = now
        # Members who join from now on belong to a later month already.
        row.done_through_id = max(through_id, last_id)
    row.save(update_fields=["upgraded", "downgraded", "bonuses", "done_through_id", "finished_at"])
    return row.finished_at is None


@transaction.atomic
def preview_rollover(
    *,
    at: datetime,
    only_changes: bool = True,
    first_id: int = 0,
    last_id: int = MAX_ID,
    limit: int = 1000,
    from_ledger: bool = False,
) -> list[RolloverPreview]:
    """Members who would be downgraded, upgraded or given a bonus if the month ended now (GROWTH-12), downgrades first.

    The evaluation of the roll-over itself, written to temporary tables only. `from_ledger` evaluates the entries themselves instead of
    the rollup. Members whom the roll-over that is due has not reached yet are left out: see `is_rollover_due`.
    """
    terms, is_replayed = _coming_rollover(at, first_id=first_id, last_id=last_id)
    rows = statements.evaluated_members(
        terms, from_ledger=from_ledger, with_replayed=is_replayed, include_unchanged=not only_changes, limit=limit
    )
    return [
        RolloverPreview(
            reseller_id=row.reseller_id,
            name=row.name,
            before=Tier(row.before),
            after=Tier(row.after),
            month_milli=row.month_milli,
            bonus_milli=row.bonus_milli,
        )
        for row in rows
    ]


@transaction.atomic
def warn_of_downgrades(*, actor: Actor, now: datetime) -> int:
    """Leave a notice for each member who would be downgraded if the month ended now; once per roll-over and tier. Returns how many are new.

    Members whom the roll-over of this month has not reached yet wait for the next run.
    """
    require_roles(actor, Role.OPS)
    terms, is_replayed = _coming_rollover(now, first_id=0, last_id=MAX_ID)
    warned = statements.insert_downgrade_warnings(terms, with_replayed=is_replayed, now=now)
    _tell_warned(now)
    audit.record(
        actor=actor,
        action="membership.warn_of_downgrades",
        kind="rollover",
        subject_id=0,
        details={"warned": warned},
        now=now,
    )
    return warned


def _tell_warned(now: datetime) -> None:
    """Publish an event for each warning of this instant."""
    warnings = Notice.objects.filter(kind=Notice.WARNING, at=now).values_list("reseller_id", "before", "after")
    publish(
        [_warning_event(reseller_id, Tier(before), Tier(after)) for reseller_id, before, after in warnings], now=now
    )


def _warning_event(reseller_id: int, before: Tier, after: Tier) -> EventDraft:
    data = {"before_zh": before.zh, "after_zh": after.zh, "before_en": before.en, "after_en": after.en}
    return EventDraft(EventKind.LEVEL_ABOUT_TO_FALL, reseller_id, reseller_id=reseller_id, data=data)


def _coming_rollover(at: datetime, *, first_id: int, last_id: int) -> tuple[RolloverTerms, bool]:
    """The terms of the next roll-over, and whether members are replayed in temporary tables for it."""
    tables, month = tier_tables(), month_of(at)
    terms = rollover_terms(
        next_month(month), tables, first_id=first_id, last_id=last_id, reached_id=last_rolled_over_id(month)
    )
    return terms, _replay(terms, tables)


@transaction.atomic
def read_notices(*, actor: Actor, now: datetime) -> int:
    """Mark one's own notices as read; returns how many were not."""
    return Notice.objects.filter(reseller_id=require_reseller(actor).id, read_at=None).update(read_at=now)
