"""Disputes: a brand names its own figures of lines, finance answers each (SETTLE-5)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import require_staff
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid, Missing, require_reason
from settlement.models import Statement, StatementDeduction, StatementDispute, StatementItem
from settlement.rules.disputes import (
    MAX_DISPUTES_AT_ONCE,
    MAX_REASON,
    DisputeState,
    adjustment_fen,
    is_possible_figure,
)
from settlement.rules.statements import StatementAct
from settlement.selectors.statements import StatementView, get_statement, get_statement_for
from settlement.services.statements import lock_statement, next_state, set_balance, tell_brand


@dataclass(frozen=True, slots=True)
class DisputeDraft:
    """A line that the brand disputes: what it should be paid for it, and why.

    With `deduction_id` it is a deduction of the line, and `claimed_fen` what should be deducted.
    """

    line_id: int
    claimed_fen: int
    reason: str
    deduction_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """The answer to a dispute: the brand's figure counts, or that of the statement; and why."""

    dispute_id: int
    is_accepted: bool
    answer: str


class NothingDisputed(Invalid):
    code = "settlement.nothing_disputed"
    zh = "请选出有异议的明细，一次最多 {max_lines} 条，每条只写一次"
    en = "Name the lines that are disputed, each once and at most {max_lines} together"
    max_lines: int


class NoSuchItem(Missing):
    code = "settlement.no_such_item"
    zh = "这张结算单里没有明细 {line_id}"
    en = "The statement has no line {line_id}"
    line_id: int


class ImpossibleFigure(Invalid):
    code = "settlement.impossible_figure"
    zh = "明细 {line_id} 的应付货款须在 ¥0 到 ¥{sold} 之间，并且和结算单上的 ¥{payable} 不同"
    en = "What line {line_id} should pay is between ¥0 and ¥{sold}, and not the ¥{payable} of the statement"
    line_id: int
    sold_fen: int
    payable_fen: int


class NoSuchDeduction(Missing):
    code = "settlement.no_such_deduction"
    zh = "这张结算单里没有扣款 {deduction_id}，或已经免收"
    en = "The statement has no deduction {deduction_id}, or it is waived"
    deduction_id: int


class ImpossibleDeduction(Invalid):
    code = "settlement.impossible_deduction"
    zh = "扣款 {deduction_id} 须在 ¥0 到 ¥{amount} 之间，并且和结算单上的 ¥{amount} 不同"
    en = "Deduction {deduction_id} is between ¥0 and ¥{amount}, and not the ¥{amount} of the statement"
    deduction_id: int
    amount_fen: int


class AlreadyDisputed(Conflict):
    code = "settlement.already_disputed"
    zh = "明细 {line_id} 已经提过异议，每条明细只能提一次"
    en = "Line {line_id} was disputed before; a line is disputed once"
    line_id: int


class NotOpen(Conflict):
    code = "settlement.dispute_not_open"
    zh = "异议 {dispute_id} 不在这张结算单里，或已经答复过；什么都没有变"
    en = "Dispute {dispute_id} is not of this statement, or was answered before; nothing has changed"
    dispute_id: int


@atomic_with_retry
def dispute(*, actor: Actor, statement_id: int, lines: Sequence[DisputeDraft], now: datetime) -> StatementView:
    """A clerk disputes lines of a statement that was sent to her brand, all or none, before its time is over (SETTLE-5)."""
    get_statement_for(actor, statement_id)
    row = lock_statement(statement_id)
    require_staff(actor, row.brand_id)
    state = next_state(row, StatementAct.DISPUTE, now)
    counts = Counter((line.line_id, line.deduction_id) for line in lines)
    if not 0 < len(lines) <= MAX_DISPUTES_AT_ONCE or max(counts.values()) > 1:
        raise NothingDisputed(max_lines=MAX_DISPUTES_AT_ONCE)
    StatementDispute.objects.bulk_create(_checked(row, lines, actor, now))
    row.state = state.value
    row.save(update_fields=["state"])
    data: dict[str, str | int | bool | None] = {"statement_id": row.pk, "lines": len(lines)}
    publish([EventDraft(EventKind.STATEMENT_DISPUTED, row.pk, brand_id=row.brand_id, data=data)], now=now)
    details = {"lines": len(lines)}
    record(actor=actor, action="settlement.dispute", kind="statement", subject_id=row.pk, details=details, now=now)
    return get_statement(row.pk)


@atomic_with_retry
def answer(*, actor: Actor, statement_id: int, answers: Sequence[AnswerDraft], now: datetime) -> StatementView:
    """Answer disputes of a statement, all or none; with the last the brand has time to confirm again (SETTLE-5).

    An accepted figure changes the payable by an adjustment; the items stay as they were sent.
    """
    require_roles(actor, Role.FINANCE)
    row = lock_statement(statement_id)
    state = next_state(row, StatementAct.ANSWER_LAST, now)
    found = StatementDispute.objects.filter(statement=row, state=DisputeState.OPEN.value)
    open_ids = {each.pk: each for each in found}
    if not answers:
        raise NothingDisputed(max_lines=MAX_DISPUTES_AT_ONCE)
    changed_fen = 0
    for each in answers:
        disputed = open_ids.pop(each.dispute_id, None)
        if disputed is None:
            raise NotOpen(dispute_id=each.dispute_id)
        changed_fen += _answer_one(disputed, each, actor, now)
    row.adjustments_fen += changed_fen
    set_balance(row, row.payable_fen - row.carried_fen + changed_fen)
    if not open_ids:
        row.state, row.confirm_by = state.value, now + settings.STATEMENT_CONFIRMATION
        tell_brand(row, EventKind.STATEMENT_ANSWERED, now, days=settings.STATEMENT_CONFIRMATION.days)
    row.save(update_fields=["state", "confirm_by", "adjustments_fen", "payable_fen", "carried_fen"])
    details = {"disputes": len(answers), "adjusted": format_yuan(changed_fen)}
    record(actor=actor, action="settlement.answer", kind="statement", subject_id=row.pk, details=details, now=now)
    return get_statement(row.pk)


def _checked(row: Statement, lines: Sequence[DisputeDraft], actor: Actor, now: datetime) -> list[StatementDispute]:
    """The disputes to be written. Refuses a line that the statement has not, one that was disputed, and an impossible figure."""
    of_lines = [line for line in lines if line.deduction_id is None]
    figures = [*_item_figures(row, of_lines), *_deduction_figures(row, [line for line in lines if line.deduction_id])]
    return [
        StatementDispute(
            statement=row,
            line_id=line_id,
            deduction_id=line.deduction_id,
            payable_fen=payable_fen,
            claimed_fen=claimed_fen,
            reason=require_reason(line.reason, max_length=MAX_REASON),
            raised_by_id=actor.own_id,
            raised_at=now,
        )
        for line, line_id, payable_fen, claimed_fen in figures
    ]


def _item_figures(row: Statement, lines: Sequence[DisputeDraft]) -> list[tuple[DisputeDraft, int, int, int]]:
    """Each draft with its line, and what it pays by the statement and by the brand."""
    wanted = [line.line_id for line in lines]
    items = StatementItem.objects.filter(statement=row, line_id__in=wanted)
    figures = {
        line_id: (payable_fen, units * price_fen + freight_fen)
        for line_id, payable_fen, units, price_fen, freight_fen in items.values_list(
            "line_id", "payable_fen", F("line__units"), F("line__price_fen"), F("line__freight_fen")
        )
    }
    earlier = StatementDispute.objects.filter(statement=row, line_id__in=wanted, deduction=None)
    disputed = set(earlier.values_list("line_id", flat=True))
    for line in lines:
        if line.line_id not in figures:
            raise NoSuchItem(line_id=line.line_id)
        if line.line_id in disputed:
            raise AlreadyDisputed(line_id=line.line_id)
        payable_fen, sold_fen = figures[line.line_id]
        if not is_possible_figure(line.claimed_fen, sold_fen=sold_fen, payable_fen=payable_fen):
            raise ImpossibleFigure(line_id=line.line_id, sold_fen=sold_fen, payable_fen=payable_fen)
    return [(line, line.line_id, figures[line.line_id][0], line.claimed_fen) for line in lines]


def _deduction_figures(row: Statement, lines: Sequence[DisputeDraft]) -> list[tuple[DisputeDraft, int, int, int]]:
    """The same of deductions, as what they give the brand: below zero."""
    wanted = [line.deduction_id for line in lines if line.deduction_id is not None]
    found = StatementDeduction.objects.filter(statement=row, waiver=None, pk__in=wanted).in_bulk()
    disputed = set(StatementDispute.objects.filter(deduction__in=wanted).values_list("deduction_id", flat=True))
    figures = []
    for line in lines:
        deduction = found.get(line.deduction_id or 0)
        if deduction is None:
            raise NoSuchDeduction(deduction_id=line.deduction_id or 0)
        if deduction.pk in disputed:
            raise AlreadyDisputed(line_id=deduction.line_id)
        if not 0 <= line.claimed_fen < deduction.amount_fen:
            raise ImpossibleDeduction(deduction_id=deduction.pk, amount_fen=deduction.amount_fen)
        figures.append((line, deduction.line_id, -deduction.amount_fen, -line.claimed_fen))
    return figures


def _answer_one(disputed: StatementDispute, draft: AnswerDraft, actor: Actor, now: datetime) -> int:
    """Write the answer; returns what it changes of the payable, in fen."""
    state = DisputeState.ACCEPTED if draft.is_accepted else DisputeState.KEPT
    disputed.state, disputed.answer = state.value, require_reason(draft.answer, max_length=MAX_REASON)
    disputed.answered_by_id, disputed.answered_at = actor.own_id, now
    disputed.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return adjustment_fen(state, claimed_fen=disputed.claimed_fen, payable_fen=disputed.payable_fen)
