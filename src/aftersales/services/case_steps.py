"""What every service of a case does: lock it, move it to its next state, record who did it."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record
from aftersales.models.cases import Case
from aftersales.rules import CaseAction, CaseState, next_deadline, next_state
from aftersales.selectors.cases import NoSuchCase, get_case_terms
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.masking import hide_texts
from kernel.refusal import Conflict
from orders.selectors.contacts import get_contact_of_line


class InvalidCaseTransition(Conflict):
    code = "aftersales.invalid_transition"
    zh = "售后单 {case_id} 现在的状态不能这样处理，请刷新页面看看"
    en = "Case {case_id} is {state}; that cannot be done now"
    case_id: int
    state: str


def lock_case(case_id: int, reseller_id: int | None = None) -> Case:
    """The case, locked. For a reseller the cases of others do not exist."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk=case_id)
    row = (rows if reseller_id is None else rows.filter(reseller_id=reseller_id)).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return row


def require_transition(row: Case, action: CaseAction) -> CaseState:
    """The state that the action leads to; refuses an action that is not possible in the state of the case (AFTER-5)."""
    state = next_state(CaseState(row.state), action)
    if state is None:
        raise InvalidCaseTransition(case_id=row.pk, state=row.state)
    return state


def transition(row: Case, action: CaseAction, now: datetime, **changes: object) -> None:
    """Move the case to the state that the action leads to, with the deadline of that state, and write it with the other `changes`."""
    state = require_transition(row, action)
    due_at = next_deadline(state, now, get_case_terms())
    changes |= {"state": state.value, "due_at": due_at, "ended_at": now if due_at is None else None}
    for column, value in changes.items():
        setattr(row, column, value)
    row.save(update_fields=list(changes))


def expire_cases(rows: QuerySet[Case], now: datetime) -> int:
    """End those of `rows` whose goods were not sent back in time; returns how many."""
    overdue = rows.filter(state=CaseState.APPROVED.value, ended_at=None, due_at__lte=now)
    ended = 0
    for row in overdue.select_for_update(skip_locked=True, of=("self",)):
        transition(row, CaseAction.EXPIRE, now)
        record_change(SYSTEM, "expire", row, now)
        tell(
            EventKind.CASE_DECIDED,
            row,
            now,
            decision_zh="没有按时寄回，售后已关闭",
            decision_en="not sent back in time, closed",
        )
        ended += 1
    return ended


def record_change(actor: Actor, action: str, row: Case, now: datetime, **details: object) -> None:
    """Append to the audit log. The log is never changed, so what somebody wrote stands there without the contact (PRIVACY-4)."""
    written = {name: text for name, text in details.items() if isinstance(text, str) and text}
    if written:
        secrets = get_contact_of_line(row.line_id).texts
        details |= {name: hide_texts(text, secrets) for name, text in written.items()}
    record(actor=actor, action=f"aftersales.{action}", kind="case", subject_id=row.pk, details=details, now=now)


def tell(kind: EventKind, row: Case, now: datetime, **data: str | int) -> None:
    """Publish an event of the case, in the transaction of the change (EVENT-1)."""
    draft = EventDraft(
        kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data={"case_id": row.pk, **data}
    )
    publish([draft], now=now)
