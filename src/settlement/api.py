"""Statements for programs."""

from django.http import FileResponse
from ninja import Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from kernel import clock
from settlement import services, workbook
from settlement.selectors import statements as statement_selectors
from settlement.selectors.statements import StatementView
from web.file_responses import XLSX, sends, workbook_answer
from web.pagination import Page, PageQuery
from web.responses import ViewRouter

router = ViewRouter(tags=["settlement"])


@router.post("/sales/{int:sale_id}/statement", auth=RoleAuth(Role.OPS, Role.FINANCE))
def generate_statement(request: ActorRequest, sale_id: int) -> StatementView:
    """Generate the statement of a sale that is over. Before it is settled, a second call recomputes its totals."""
    return services.generate_statement(actor=request.auth, sale_id=sale_id, now=clock.now())


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
    view = statement_selectors.get_statement_for(request.auth, statement_id)
    return workbook_answer(workbook.write_statement_workbook(view), f"settlement-{view.id}.xlsx")


@router.post("/statements/{int:statement_id}/settle", auth=RoleAuth(Role.FINANCE))
def settle(request: ActorRequest, statement_id: int) -> StatementView:
    """Make the statement final, once the after-sales window is over."""
    return services.settle(actor=request.auth, statement_id=statement_id, now=clock.now())
