"""Statements for programs."""

from datetime import datetime
from typing import Any

from django.http import FileResponse
from ninja import Query, Router, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors import brand_of
from kernel import clock
from settlement import selectors, services, workbook
from web.file_responses import XLSX, sends, workbook_answer
from web.money import YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Word

router = Router(tags=["settlement"])


class FiguresOut(Schema):
    units: int
    refunded_units: int
    sold: YuanOut = fen_of("sold_fen")
    refunded: YuanOut = fen_of("refunded_fen")
    commission: YuanOut = fen_of("commission_fen")
    payable: YuanOut = fen_of("payable_fen")


class StatementOut(Schema):
    id: int
    sale_id: int
    sale_title: str
    brand_id: int
    brand_name: str
    state: str
    figures: FiguresOut
    drawn_at: datetime
    settles_from: datetime
    settled_at: datetime | None
    paid_at: datetime | None
    payout_reference: str


class ReferenceIn(Input):
    reference: Word


@router.post("/sales/{int:sale_id}/statement", response=StatementOut, auth=RoleAuth(Role.OPS, Role.FINANCE))
def generate_statement(request: ActorRequest, sale_id: int) -> Any:
    """Draw up the statement of a sale that is over, or refresh it."""
    return services.generate_statement(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.get("/statements", response=PageOut[StatementOut], auth=RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND))
def statements(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """Statements, the newest first; a clerk sees her own brand's only."""
    brand_id = brand_of(request.auth).id if request.auth.role is Role.BRAND else None
    return selectors.list_statements(brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.get("/statements/{int:statement_id}", response=StatementOut, auth=RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND))
def show(request: ActorRequest, statement_id: int) -> Any:
    return selectors.get_statement_for(request.auth, statement_id)


@router.get(
    "/statements/{int:statement_id}/workbook",
    auth=RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND),
    openapi_extra=sends(XLSX),
)
def download(request: ActorRequest, statement_id: int) -> FileResponse:
    """The statement as .xlsx, with every order line."""
    view = selectors.get_statement_for(request.auth, statement_id)
    return workbook_answer(workbook.write_statement_workbook(view), f"settlement-{view.id}.xlsx")


@router.post("/statements/{int:statement_id}/settle", response=StatementOut, auth=RoleAuth(Role.FINANCE))
def settle(request: ActorRequest, statement_id: int) -> Any:
    """Make it final once the after-sales window is over."""
    return services.settle(actor=request.auth, statement_id=statement_id, now=clock.now())


@router.post("/statements/{int:statement_id}/pay-out", response=StatementOut, auth=RoleAuth(Role.FINANCE))
def pay_out(request: ActorRequest, statement_id: int, body: ReferenceIn) -> Any:
    return services.pay_out(actor=request.auth, statement_id=statement_id, reference=body.reference, now=clock.now())
