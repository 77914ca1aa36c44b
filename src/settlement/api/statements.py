"""Statements for programs."""

from django.http import FileResponse
from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from db.transactions import one_snapshot
from kernel import clock
from settlement import workbook
from settlement.rules.disputes import MAX_DISPUTES_AT_ONCE
from settlement.rules.periods import StatementKind, TermsFrom
from settlement.selectors import disputes as dispute_selectors
from settlement.selectors import fees as fee_selectors
from settlement.selectors import statements as statement_selectors
from settlement.selectors.disputes import DisputeView
from settlement.selectors.fees import DeductionView
from settlement.selectors.statements import StatementView
from settlement.services import disputes, many
from settlement.services import statements as services
from settlement.services.disputes import AnswerDraft, DisputeDraft
from settlement.services.many import MAX_STATEMENTS, ActResult
from settlement.services.terms import enter_terms
from web.file_responses import XLSX, sends, workbook_answer
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, Text, Whole

router = ViewRouter(tags=["settlement"])
everyone = RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND)
finance = RoleAuth(Role.FINANCE)
brand_clerk = RoleAuth(Role.BRAND)


class DisputeIn(Input):
    line_id: Whole
    claimed: YuanIn = Field(description="what the line should pay, or be deducted, by the brand's own figures")
    reason: Text
    deduction_id: Whole | None = Field(None, description="a deduction of the line instead of what it pays")


class DisputesIn(Input):
    disputes: list[DisputeIn] = Field(max_length=MAX_DISPUTES_AT_ONCE)


class DisputeAnswerIn(Input):
    dispute_id: Whole
    is_accepted: bool = Field(description="true: the brand's figure counts; false: that of the statement")
    answer: Text


class DisputeAnswersIn(Input):
    answers: list[DisputeAnswerIn] = Field(max_length=MAX_DISPUTES_AT_ONCE)


class PeriodIn(Input):
    kind: StatementKind
    day: Day = Field(description="any day of the period")


class SettlementTermsIn(Input):
    kind: StatementKind
    from_date: Day


class StatementsIn(Input):
    statement_ids: list[Whole] = Field(max_length=MAX_STATEMENTS)


@router.post("/sales/{int:sale_id}/statement", auth=RoleAuth(Role.OPS, Role.FINANCE))
def generate_statement(request: ActorRequest, sale_id: int) -> StatementView:
    """Generate the statement of a sale that is over. Before it is settled, a second call recomputes its totals."""
    return services.generate_statement(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.post("/brands/{int:brand_id}/statements", auth=RoleAuth(Role.OPS, Role.FINANCE))
def generate_period_statement(request: ActorRequest, brand_id: int, body: PeriodIn) -> StatementView:
    """Generate the statement of the month or day of a brand that is settled so, once it is over.

    Refused: `settlement.not_settled_so`, `settlement.period_not_over`, `settlement.in_later_draft`, `settlement.nothing_to_settle`.
    """
    return services.generate_period_statement(
        actor=request.auth, brand_id=brand_id, kind=body.kind, day=body.day, now=clock.now()
    )


@router.put("/brands/{int:brand_id}/settlement-terms", auth=RoleAuth(Role.OPS, Role.FINANCE))
def enter_settlement_terms(request: ActorRequest, brand_id: int, body: SettlementTermsIn) -> list[TermsFrom]:
    """Settle sales that end on a future day or later by sale, month or delivery date. Returns all terms of the brand."""
    return enter_terms(actor=request.auth, brand_id=brand_id, kind=body.kind, from_date=body.from_date, now=clock.now())


@router.get("/statements", auth=RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND))
def list_statements(request: ActorRequest, page: Query[PageQuery]) -> Page[StatementView]:
    """Statements, the newest first; a clerk sees only those of her own brand."""
    brand_id = require_own_brand(request.auth).id if request.auth.role is Role.BRAND else None
    return statement_selectors.list_statements(brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.get("/statements/{int:statement_id}", auth=RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND))
def get_statement(request: ActorRequest, statement_id: int) -> StatementView:
    return statement_selectors.get_statement_for(request.auth, statement_id)


@router.get(
    "/statements/{int:statement_id}/workbook",
    auth=RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND),
    openapi_extra=sends(XLSX),
)
def download_statement(request: ActorRequest, statement_id: int) -> FileResponse:
    """The statement as .xlsx, with every order line."""
    with one_snapshot():
        view = statement_selectors.get_statement_for(request.auth, statement_id)
        return workbook_answer(workbook.write_statement_workbook(view), f"settlement-{view.id}.xlsx")


@router.post("/statements/{int:statement_id}/send", auth=finance)
def send(request: ActorRequest, statement_id: int) -> StatementView:
    """Make lines and figures final and send them to the brand, once the after-sales window is over.

    Refused: `settlement.after_sales_window_open`, `settlement.unshipped_units_remain`, `settlement.open_cases_remain`,
    `settlement.nothing_ready`.
    """
    return services.send(actor=request.auth, statement_id=statement_id, now=clock.now())


@router.post("/statements/{int:statement_id}/confirm", auth=brand_clerk)
def confirm(request: ActorRequest, statement_id: int) -> StatementView:
    """Confirm a statement that was sent to the brand. Without a dispute it counts as confirmed from `confirm_by` on."""
    return services.confirm(actor=request.auth, statement_id=statement_id, now=clock.now())


@router.get("/statements/{int:statement_id}/disputes", auth=everyone)
def list_disputes(request: ActorRequest, statement_id: int, page: Query[PageQuery]) -> Page[DisputeView]:
    """The lines that the brand disputes, in the order in which they were raised."""
    view = statement_selectors.get_statement_for(request.auth, statement_id)
    return dispute_selectors.page_of_disputes(view.id, cursor=page.cursor, limit=page.limit)


@router.post("/statements/{int:statement_id}/disputes", auth=brand_clerk)
def dispute(request: ActorRequest, statement_id: int, body: DisputesIn) -> StatementView:
    """Dispute lines of a statement before `confirm_by`, all or none; each line once.

    Refused: `settlement.no_such_item`, `settlement.already_disputed`, `settlement.impossible_figure`, each with the line;
    `settlement.no_such_deduction`, `settlement.impossible_deduction`.
    """
    drafts = [DisputeDraft(each.line_id, each.claimed, each.reason, each.deduction_id) for each in body.disputes]
    return disputes.dispute(actor=request.auth, statement_id=statement_id, lines=drafts, now=clock.now())


@router.get("/statements/{int:statement_id}/deductions", auth=everyone)
def list_deductions(request: ActorRequest, statement_id: int, page: Query[PageQuery]) -> Page[DeductionView]:
    """What the contract deducts from a statement, waived fees too."""
    view = statement_selectors.get_statement_for(request.auth, statement_id)
    return fee_selectors.list_deductions(view.id, cursor=page.cursor, limit=page.limit)


@router.post("/statements/{int:statement_id}/answers", auth=finance)
def answer(request: ActorRequest, statement_id: int, body: DisputeAnswersIn) -> StatementView:
    """Answer disputes, all or none. An accepted figure changes what is payable by an adjustment."""
    drafts = [AnswerDraft(each.dispute_id, each.is_accepted, each.answer) for each in body.answers]
    return disputes.answer(actor=request.auth, statement_id=statement_id, answers=drafts, now=clock.now())


@router.post("/statements/{int:statement_id}/settle", auth=finance)
def settle(request: ActorRequest, statement_id: int) -> StatementView:
    """Book what a confirmed statement makes payable."""
    return services.settle(actor=request.auth, statement_id=statement_id, now=clock.now())


@router.post("/statements/{int:statement_id}/close", auth=RoleAuth(Role.FINANCE, Role.BRAND))
def close(request: ActorRequest, statement_id: int) -> StatementView:
    """The brand has the money of a paid statement."""
    return services.close(actor=request.auth, statement_id=statement_id, now=clock.now())


@router.post("/statements/send", auth=finance)
def send_many(request: ActorRequest, body: StatementsIn) -> list[ActResult]:
    """Send many drafts; each is done or refused by itself."""
    return many.send_many(actor=request.auth, statement_ids=body.statement_ids, now=clock.now())


@router.post("/statements/settle", auth=finance)
def settle_many(request: ActorRequest, body: StatementsIn) -> list[ActResult]:
    """Settle many confirmed statements; each is done or refused by itself."""
    return many.settle_many(actor=request.auth, statement_ids=body.statement_ids, now=clock.now())
