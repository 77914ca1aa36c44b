"""Reconciliation lists of brands beside their statements, as finance see them (SETTLE-13)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, cursor_of, render_page
from settlement.rules.comparison import DifferenceKind
from settlement.selectors.comparisons import get_comparison, list_differences
from settlement.selectors.statements import get_statement
from web.query_parameters import accepts_parameters, cursor, one_of

DIFFERENCES_PER_PAGE = 100


@role_required(*BOTH)
@require_safe
@accepts_parameters(kind=one_of(DifferenceKind), cursor=cursor)
def comparison(request: ActorRequest, comparison_id: int) -> HttpResponse:
    """What differs between a list and its statement."""
    view = get_comparison(request.actor, comparison_id)
    kind = request.GET.get("kind", "")
    page = list_differences(
        view.id,
        kind=DifferenceKind(kind) if kind else None,
        cursor=cursor_of(request),
        limit=DIFFERENCES_PER_PAGE,
    )
    statement = get_statement(view.statement_id)
    return render_page(request, "comparison.html", upload=view, statement=statement, kind=kind, page=page)
