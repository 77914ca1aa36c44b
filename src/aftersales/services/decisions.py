"""Decisions of ops about one case or many with one request; each case by itself, so that one that is refused stops no other (AFTER-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from accounts.rules import Actor, Role, require_roles
from aftersales.models.cases import Case, Decision
from aftersales.rules import CaseAction, CaseState, Disposition, Party
from aftersales.selectors.cases import CaseToDecideView, get_case
from aftersales.services import cases
from aftersales.services.case_refunds import Liability
from aftersales.services.case_steps import InvalidCaseTransition
from aftersales.services.refunds import MAX_KEY
from aftersales.services.resending import resend
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict, Invalid, Refusal, require_key

MAX_DECISIONS = 100
DECIDED_BY_OPS = (
    CaseAction.APPROVE,
    CaseAction.REJECT,
    CaseAction.REFUND,
    CaseAction.REFUND_ONLY,
    CaseAction.RESEND,
)


class InvalidDecisions(Invalid):
    code = "aftersales.invalid_decisions"
    zh = "一次最多处理 {max_decisions} 张售后单，每张只能出现一次，只能同意、拒绝、退款、仅退款或补发"
    en = "At most {max_decisions} cases at once, each one time: approve, reject, refund, refund_only or resend"
    max_decisions: int


class DecisionKeyConflict(Conflict):
    code = "aftersales.decision_key_conflict"
    zh = "此请求编号对售后单 {case_id} 已用于另一个处理"
    en = "The idempotency key was used for another decision about case {case_id}"
    case_id: int


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What is to be done about a case.

    `reason`: why it is rejected, or a note with the approval. `amount_fen` None: the whole amount. `return_address` "": that of the brand.
    """

    case_id: int
    action: CaseAction
    reason: str = ""
    return_address: str = ""
    amount_fen: int | None = None
    fault: Party | None = None
    borne_by: Party | None = None
    liability_reason: str = ""
    disposition: Disposition | None = None

    @property
    def liability(self) -> Liability:
        return Liability(self.fault, self.borne_by, self.liability_reason)


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What became of one decision: the state of the case, or the code and the sentence of the refusal ("" where it was done)."""

    case_id: int
    is_done: bool
    state: CaseState | None
    code: str
    message_zh: str
    message_en: str


def decide(*, actor: Actor, decisions: Sequence[DecisionDraft], key: str, now: datetime) -> list[DecisionResult]:
    """Decide up to MAX_DECISIONS cases, in their order. Each is a transaction of its own and is done or refused with its reason.

    The same key again does nothing twice: what was done is reported as done, and what was refused is tried again.
    """
    require_roles(actor, Role.OPS)
    require_key(key, max_length=MAX_KEY)
    case_ids = [each.case_id for each in decisions]
    if (
        not 0 < len(case_ids) <= MAX_DECISIONS
        or len(set(case_ids)) < len(case_ids)
        or any(each.action not in DECIDED_BY_OPS for each in decisions)
    ):
        raise InvalidDecisions(max_decisions=MAX_DECISIONS)
    return [_result(actor, each, key, now) for each in decisions]


def _result(actor: Actor, draft: DecisionDraft, key: str, now: datetime) -> DecisionResult:
    try:
        view = decide_once(actor=actor, draft=draft, key=key, now=now)
    except Refusal as refusal:
        state = Case.objects.filter(pk=draft.case_id).values_list("state", flat=True).first()
        return DecisionResult(
            case_id=draft.case_id,
            is_done=False,
            state=CaseState(state) if state else None,
            code=refusal.code,
            message_zh=refusal.sentence("zh"),
            message_en=refusal.sentence("en"),
        )
    return DecisionResult(view.id, is_done=True, state=view.state, code="", message_zh="", message_en="")


def decide_once(*, actor: Actor, draft: DecisionDraft, key: str, now: datetime) -> CaseToDecideView:
    """Decide one case. A second request with the same key, also at the same instant, changes nothing and returns the case."""
    if _is_decided(draft, key):
        return get_case(draft.case_id, at=now)
    try:
        return _decide_and_record(actor, draft, key, now)
    except Refusal:
        # The same request may have been served while this one waited for the case.
        if _is_decided(draft, key):
            return get_case(draft.case_id, at=now)
        raise
    except IntegrityError as error:
        if constraint_of(error) == "decision_once_per_key" and _is_decided(draft, key):
            return get_case(draft.case_id, at=now)
        raise


def _is_decided(draft: DecisionDraft, key: str) -> bool:
    earlier = Decision.objects.filter(case_id=draft.case_id, key=key).first()
    if earlier is None:
        return False
    if (earlier.action, earlier.amount_fen) != (draft.action.value, draft.amount_fen):
        raise DecisionKeyConflict(case_id=draft.case_id)
    return True


@atomic_with_retry
def _decide_and_record(actor: Actor, draft: DecisionDraft, key: str, now: datetime) -> CaseToDecideView:
    done = Case.objects.filter(pk=draft.case_id, state__in=(CaseState.REFUNDED.value, CaseState.RESENT.value))
    if state := done.values_list("state", flat=True).first():
        # The services of one case answer a second refund with the first; a decision under another key is told that it came too late.
        raise InvalidCaseTransition(case_id=draft.case_id, state=state)
    view = _act(actor, draft, now)
    Decision.objects.create(
        case_id=draft.case_id,
        key=key,
        action=draft.action.value,
        amount_fen=draft.amount_fen,
        at=now,
        person_id=actor.person_id,
    )
    return view


def _act(actor: Actor, draft: DecisionDraft, now: datetime) -> CaseToDecideView:
    case_id = draft.case_id
    if draft.action is CaseAction.APPROVE:
        return cases.approve(
            actor=actor,
            case_id=case_id,
            return_address=draft.return_address,
            note=draft.reason,
            liability=draft.liability,
            now=now,
        )
    if draft.action is CaseAction.REJECT:
        return cases.reject(actor=actor, case_id=case_id, reason=draft.reason, now=now)
    if draft.action is CaseAction.RESEND:
        return resend(actor=actor, case_id=case_id, liability=draft.liability, now=now)
    if draft.action is CaseAction.REFUND_ONLY:
        return cases.refund_only(
            actor=actor, case_id=case_id, amount_fen=draft.amount_fen, liability=draft.liability, now=now
        )
    return cases.receive_and_refund(
        actor=actor,
        case_id=case_id,
        amount_fen=draft.amount_fen,
        liability=draft.liability,
        disposition=draft.disposition,
        now=now,
    )
