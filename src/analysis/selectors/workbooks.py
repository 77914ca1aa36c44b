"""Analysis workbooks: whose they are, how far they are, and where their files lie (ANALYSIS-6)."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.rules import Actor, Role
from analysis.models import Workbook
from analysis.rules import WorkbookState
from brands.selectors.brands import require_own_brand
from db.rows import view_of
from kernel.refusal import Missing
from storage.files import content_key
from web.pagination import Page, paginate

WORKBOOKS = "analysis-workbooks"
"""The folder of the store."""


class NoSuchWorkbook(Missing):
    code = "analysis.no_such_workbook"
    zh = "没有这个分析工作簿（{workbook_id}）"
    en = "There is no analysis workbook {workbook_id}"
    workbook_id: int


@dataclass(frozen=True, slots=True)
class WorkbookView:
    """A workbook that somebody asked for; `row_count` are the rows of its flat sheets."""

    id: int
    first_date: date
    last_date: date
    state: WorkbookState
    requested_at: datetime
    finished_at: datetime | None
    size_bytes: int
    row_count: int


def workbook_file_key(sha256: str) -> str:
    return content_key(WORKBOOKS, sha256)


def workbook_view(row: Workbook) -> WorkbookView:
    return view_of(WorkbookView, row)


def list_workbooks(actor: Actor, *, cursor: str = "", limit: int = 20) -> Page[WorkbookView]:
    """Those that the acting person asked for, the latest first; of a clerk those of her present brand."""
    rows = Workbook.objects.filter(person_id=actor.own_id)
    if actor.role is Role.BRAND:
        rows = rows.filter(brand_id=require_own_brand(actor).id)
    return paginate(
        rows, name=f"analysis.workbooks:{actor.own_id}", order=("-id",), cursor=cursor, limit=limit, view=workbook_view
    )


def require_workbook(actor: Actor, workbook_id: int) -> Workbook:
    """A workbook that the acting person asked for; a clerk must still be of its brand, and nobody else's is there."""
    row = Workbook.objects.filter(pk=workbook_id, person_id=actor.own_id).first()
    if row is None or (row.brand_id is None) != (actor.role is not Role.BRAND):
        raise NoSuchWorkbook(workbook_id=workbook_id)
    if row.brand_id is not None and require_own_brand(actor).id != row.brand_id:
        raise NoSuchWorkbook(workbook_id=workbook_id)
    return row
