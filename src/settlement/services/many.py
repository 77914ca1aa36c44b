"""One act over many statements, each in a transaction of its own (SETTLE-7), and what the clock brings about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.rules import SYSTEM, Actor, Role, require_roles
from accounts.services.audit import record
from kernel.refusal import Invalid, Refusal
from settlement.models import Statement
from settlement.rules.statements import StatementAct, StatementState
from settlement.services.statements import close_unpaid, lock_statement, next_state, send, settle

MAX_STATEMENTS = 200


@dataclass(frozen=True, slots=True)
class ActResult:
    """What became of one statement: done, or the code and the sentence of the refusal."""

    statement_id: int
    is_done: bool
    code: str
    message_zh: str
    message_en: str


class NothingChosen(Invalid):
    code = "settlement.nothing_chosen"
    zh = "请勾选结算单，一次最多 {max_statements} 张"
    en = "Name the statements, at most {max_statements} at once"
    max_statements: int


def send_many(*, actor: Actor, statement_ids: Sequence[int], now: datetime) -> list[ActResult]:
    """Send drafts to their brands. One that is refused stops no other."""
    return do_each(send, actor, statement_ids, now)


def settle_many(*, actor: Actor, statement_ids: Sequence[int], now: datetime) -> list[ActResult]:
    """Settle confirmed statements. One that is refused stops no other."""
    return do_each(settle, actor, statement_ids, now)


def record_what_lapsed(*, now: datetime) -> int:
    """Write down which statements nobody disputed in time, and close those that were paid long ago; returns how many (SETTLE-4, SETTLE-6).

    Nothing depends on when this runs: what lapsed counts from its instant on.
    """
    sent = Statement.objects.filter(state=StatementState.SENT.value, confirm_by__lte=now)
    paid_before = now - settings.STATEMENT_CLOSING
    paid = Statement.objects.filter(state=StatementState.PAID.value, paid_at__lte=paid_before)
    unpaid = Statement.objects.filter(state=StatementState.SETTLED.value, payable_fen=0)
    count = 0
    for statement_id in sent.values_list("pk", flat=True).order_by("pk"):
        count += _confirm_lapsed(statement_id, now)
    for statement_id in paid.values_list("pk", flat=True).order_by("pk"):
        count += _close_paid(statement_id, now)
    for statement_id in unpaid.values_list("pk", flat=True).order_by("pk"):
        count += _close_unpaid(statement_id, now)
    return count


def do_each(act: Callable[..., object], actor: Actor, statement_ids: Sequence[int], now: datetime) -> list[ActResult]:
    """Run an act of finance for each of these statements, each in a transaction of its own."""
    require_roles(actor, Role.FINANCE)
    wanted = sorted(set(statement_ids))
    if not 0 < len(wanted) <= MAX_STATEMENTS:
        raise NothingChosen(max_statements=MAX_STATEMENTS)
    return [_try(act, actor, statement_id, now) for statement_id in wanted]


def _try(act: Callable[..., object], actor: Actor, statement_id: int, now: datetime) -> ActResult:
    try:
        act(actor=actor, statement_id=statement_id, now=now)
    except Refusal as refusal:
        return ActResult(statement_id, False, refusal.code, refusal.sentence("zh"), refusal.sentence("en"))
    return ActResult(statement_id, True, "", "", "")


@transaction.atomic
def _confirm_lapsed(statement_id: int, now: datetime) -> bool:
    row = lock_statement(statement_id)
    if row.state != StatementState.SENT.value or row.confirm_by is None or row.confirm_by > now:
        return False
    row.state, row.confirmed_at = StatementState.CONFIRMED.value, row.confirm_by
    row.save(update_fields=["state", "confirmed_at"])
    record(actor=SYSTEM, action="settlement.confirm", kind="statement", subject_id=row.pk, details={}, now=now)
    return True


@transaction.atomic
def _close_paid(statement_id: int, now: datetime) -> bool:
    row = lock_statement(statement_id)
    if row.state != StatementState.PAID.value:
        return False
    row.state, row.closed_at = next_state(row, StatementAct.CLOSE, now).value, now
    row.save(update_fields=["state", "closed_at"])
    record(actor=SYSTEM, action="settlement.close", kind="statement", subject_id=row.pk, details={}, now=now)
    return True


@transaction.atomic
def _close_unpaid(statement_id: int, now: datetime) -> bool:
    """Statements over nothing that were settled before settling closed them."""
    row = lock_statement(statement_id)
    if row.state != StatementState.SETTLED.value or row.payable_fen:
        return False
    close_unpaid(row, SYSTEM, now)
    return True
