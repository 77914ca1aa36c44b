"""The start page of ops, the audit log, and prices below the floors."""

from django.http import HttpResponse

from accounts.permissions import ActorRequest, role_required
from accounts.selectors import list_audit_entries
from console.labels import SUBJECTS
from console.pages.base_views import BOTH, cursor_of, render_page
from console.selectors import get_worklist, watch_floors
from kernel import clock
from web.query_parameters import InvalidParameter, accepts_parameters, cursor, number, one_of, parse_number


@role_required(*BOTH)
def home(request: ActorRequest) -> HttpResponse:
    template = "parts/live_sales.html" if request.headers.get("HX-Request") else "home.html"
    return render_page(request, template, worklist=get_worklist(clock.now()))


@role_required(*BOTH)
@accepts_parameters(kind=one_of(SUBJECTS), id=number, cursor=cursor)
def audit(request: ActorRequest) -> HttpResponse:
    """The audit log: who did what, when. `?kind=` and `?id=` select the entries of one kind of subject, or of one subject."""
    kind, number = request.GET.get("kind", ""), parse_number(request.GET.get("id"))
    if number is not None and not kind:
        raise InvalidParameter(
            "id", str(number), "还要同时说明是什么对象（kind）", "say of what kind it is, too (kind)"
        )
    page = list_audit_entries(subject_kind=kind, subject_id=number, cursor=cursor_of(request), limit=50)
    return render_page(request, "audit.html", page=page, kind=kind, number=number, kinds=SUBJECTS)


@role_required(*BOTH)
def watch(request: ActorRequest) -> HttpResponse:
    """Prices of open sales below the brands' floors, with the rows that prove it."""
    return render_page(request, "watch.html", found=watch_floors(clock.now()))
