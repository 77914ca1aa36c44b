"""Faults that customers reported, for programs of their reseller (AFTER-19)."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import MAX_REPORT_ANSWER, FaultReportState
from aftersales.selectors.cases import CaseView
from aftersales.selectors.fault_reports import FaultReportView, get_own_fault_report, list_fault_reports
from aftersales.services import fault_reports
from kernel import clock
from membership.selectors.people import require_reseller
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text

router = ViewRouter(tags=["aftersales"])
reseller = RoleAuth(Role.RESELLER)


class FaultReportQuery(PageQuery):
    state: FaultReportState | None = None


class AnswerIn(Input):
    answer: Text = Field(max_length=MAX_REPORT_ANSWER, description="the customer reads it on the page of her wish")


@router.get("/fault-reports", auth=reseller)
def list_own(request: ActorRequest, page: Query[FaultReportQuery]) -> Page[FaultReportView]:
    """What customers reported from the pages of their wishes, the newest first. Photos: `GET /photos/{id}/{width}` on the pages."""
    me = require_reseller(request.auth)
    return list_fault_reports(me.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.get("/fault-reports/{int:report_id}", auth=reseller)
def get(request: ActorRequest, report_id: int) -> FaultReportView:
    """One report."""
    return get_own_fault_report(require_reseller(request.auth).id, report_id)


@router.post("/fault-reports/{int:report_id}/case", auth=reseller)
def open_case(request: ActorRequest, report_id: int) -> CaseView:
    """Open a case with the words and photos of the report. A second call answers with the same case.

    Refused: `aftersales.fault_report_ended`, and what `POST /cases` refuses; the report stays open then.
    """
    return fault_reports.open_case_from_report(actor=request.auth, report_id=report_id, now=clock.now())


@router.post("/fault-reports/{int:report_id}/answer", auth=reseller)
def answer(request: ActorRequest, report_id: int, body: AnswerIn) -> FaultReportView:
    """Answer the customer and open no case. Refused: `aftersales.fault_report_ended`, `aftersales.invalid_fault_answer`."""
    return fault_reports.answer_report(actor=request.auth, report_id=report_id, answer=body.answer, now=clock.now())
