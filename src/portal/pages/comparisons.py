"""Reconciliation lists: send one for a statement, see what differs, dispute it (SETTLE-13, SETTLE-14)."""

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.money import typed_yuan
from kernel.refusal import Refusal
from portal.pages.base_views import cursor_of, render_page
from settlement.rules.comparison import MAX_TOLERANCE_FEN, DifferenceKind
from settlement.rules.statements import StatementState, state_at
from settlement.selectors.comparisons import ListComparisonView, get_comparison, list_differences
from settlement.selectors.statements import get_statement_for
from settlement.services.list_disputes import dispute_differences
from settlement.uploads.marked_copy import marked_copy
from settlement.uploads.receive import answer_list, cancel_list, receive_list
from web.file_responses import private_file_answer
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number
from web.uploads import takes_file, too_large

DIFFERENCES_PER_PAGE = 100


@role_required(Role.BRAND)
@takes_file
@require_POST
def receive(request: ActorRequest, statement_id: int) -> HttpResponse:
    """Take a list; a worker compares it."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile | None):
        raise TypeError("the form has one field of the name, and it is a file")
    try:
        view = receive_list(
            actor=request.actor,
            statement_id=statement_id,
            filename=(file.name if file else "") or "",
            chunks=file.chunks() if file else (),
            tolerance_fen=_tolerance(request.POST.get("tolerance", "")),
            cut_short=too_large(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags="list-file")
        return redirect("portal:statement", statement_id)
    enqueue_on_commit("settlement.tasks.read_list", view.id)
    return redirect("portal:comparison", view.id)


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(kind=one_of(DifferenceKind), cursor=cursor)
def comparison(request: ActorRequest, comparison_id: int) -> HttpResponse:
    """One list in whatever state it is; once it is compared, what differs."""
    view = get_comparison(request.actor, comparison_id)
    kind = request.GET.get("kind", "")
    statement = get_statement_for(request.actor, view.statement_id)
    state = state_at(statement.state, statement.confirm_by, clock.now())
    page = list_differences(
        view.id,
        kind=DifferenceKind(kind) if kind else None,
        cursor=cursor_of(request),
        limit=DIFFERENCES_PER_PAGE,
    )
    may_dispute = state in (StatementState.SENT, StatementState.DISPUTED)
    return render_page(
        request,
        "comparison.html",
        upload=view,
        statement=statement,
        kind=kind,
        page=page,
        template_url=f"/api/v1/statements/{statement.id}/workbook",
        disputable=[each.number for each in page.items if each.is_disputable] if may_dispute else [],
    )


@role_required(Role.BRAND)
@require_safe
def progress(request: ActorRequest, comparison_id: int) -> HttpResponse:
    """How far the comparison is; once it is over the page loads anew."""
    view = get_comparison(request.actor, comparison_id)
    if not view.in_progress:
        return HttpResponseClientRedirect(reverse("portal:comparison", args=[view.id]))
    return render(request, "portal/parts/comparison_progress.html", {"upload": view})


@role_required(Role.BRAND)
@require_POST
def answers(request: ActorRequest, comparison_id: int) -> HttpResponse:
    """Say which columns mean what."""
    view = get_comparison(request.actor, comparison_id)
    try:
        answer_list(
            actor=request.actor,
            comparison_id=comparison_id,
            answers=_answers_of_form(view, request),
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    else:
        enqueue_on_commit("settlement.tasks.read_list", comparison_id)
    return redirect("portal:comparison", comparison_id)


@role_required(Role.BRAND)
@require_POST
def cancel(request: ActorRequest, comparison_id: int) -> HttpResponse:
    view = cancel_list(actor=request.actor, comparison_id=comparison_id, now=clock.now())
    messages.info(request, _("已取消，没有比对。"))
    return redirect("portal:statement", view.statement_id)


@role_required(Role.BRAND)
@require_POST
def dispute(request: ActorRequest, comparison_id: int) -> HttpResponse:
    """Dispute the ticked differences, or with `all` every one that can be disputed."""
    ticked = [found for each in request.POST.getlist("numbers") if (found := parse_number(each))]
    try:
        view = dispute_differences(
            actor=request.actor,
            comparison_id=comparison_id,
            numbers=None if request.POST.get("all") else ticked,
            reason=request.POST.get("reason", "")[:100],
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        return redirect("portal:comparison", comparison_id)
    messages.success(request, _("已按对账表提出异议，平台会逐条答复。"))
    return redirect("portal:statement", view.id)


@role_required(Role.BRAND)
@require_safe
def marked(request: ActorRequest, comparison_id: int) -> FileResponse:
    """The brand's own list with what differs marked in it."""
    return private_file_answer(*marked_copy(actor=request.actor, comparison_id=comparison_id))


def _tolerance(typed: str) -> int:
    """The tolerance in fen; what is no amount is above every limit, so that it is refused."""
    if not typed.strip():
        return 0
    try:
        return typed_yuan(typed)
    except ValueError:
        return MAX_TOLERANCE_FEN + 1


def _answers_of_form(view: ListComparisonView, request: ActorRequest) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = {}
    for question in view.questions:
        column = request.POST.get(f"{question.fingerprint}:{question.field}", "")
        if column:
            given.setdefault(question.fingerprint, {})[column] = question.field
    return given
