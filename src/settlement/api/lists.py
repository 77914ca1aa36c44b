"""Reconciliation lists for programs: send one, say what its columns mean, read what differs, dispute it (SETTLE-13, SETTLE-14)."""

from django.http import FileResponse
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from settlement.rules.comparison import MAX_DIFFERENCES, DifferenceKind
from settlement.selectors import comparisons
from settlement.selectors.comparisons import DifferenceView, ListComparisonView
from settlement.selectors.statements import StatementView, get_statement_for
from settlement.services.list_disputes import dispute_differences
from settlement.uploads import receive
from settlement.uploads.marked_copy import marked_copy
from web.file_responses import ANY_FILE, private_file_answer, sends
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word
from web.uploads import too_large

router = ViewRouter(tags=["reconciliation lists"])
everyone = RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND)
clerk = RoleAuth(Role.BRAND)


class ListAnswersIn(Input):
    """By the layout's fingerprint: column letters → field."""

    answers: dict[Word, dict[Word, Word]] = Field(max_length=200)


class ListDisputesIn(Input):
    numbers: list[Whole] | None = Field(
        None, max_length=MAX_DIFFERENCES, description="of differences; null: of all that can be disputed"
    )
    reason: Text = Field("", description="stands before file, row and figures in the reason of each dispute")


@router.post("/statements/{int:statement_id}/reconciliation-lists", response=201, auth=clerk)
def send_list(
    request: ActorRequest,
    statement_id: int,
    file: UploadedFile | None = File(None),  # type: ignore[type-arg]  # noqa: B008
    tolerance: YuanIn = 0,
) -> ListComparisonView:
    """Send the brand's own list (multipart, field `file`) for a statement that was sent. It is compared in the background; poll the list.

    Amounts of a line may differ by `tolerance`, "0" to "1". Refused: `settlement.statement_not_sent`, `settlement.impossible_tolerance`,
    `settlement.list_quota_reached`.
    """
    view = receive.receive_list(
        actor=request.auth,
        statement_id=statement_id,
        filename=(file.name if file else "") or "",
        chunks=file.chunks() if file else (),
        tolerance_fen=tolerance,
        cut_short=too_large(request),
        now=clock.now(),
    )
    enqueue_on_commit("settlement.tasks.read_list", view.id)
    return view


@router.get("/statements/{int:statement_id}/reconciliation-lists", auth=everyone)
def list_lists(request: ActorRequest, statement_id: int, page: Query[PageQuery]) -> Page[ListComparisonView]:
    """The lists of a statement, the newest first; a clerk sees those of her own brand."""
    statement = get_statement_for(request.auth, statement_id)
    return comparisons.list_comparisons(statement.id, cursor=page.cursor, limit=page.limit)


@router.get("/reconciliation-lists/{int:comparison_id}", auth=everyone)
def show_list(request: ActorRequest, comparison_id: int) -> ListComparisonView:
    """How far a list is, what it asks, and the counts and sums of its comparison."""
    return comparisons.get_comparison(request.auth, comparison_id)


@router.get("/reconciliation-lists/{int:comparison_id}/differences", auth=everyone)
def list_differences(
    request: ActorRequest, comparison_id: int, page: Query[PageQuery], kind: DifferenceKind | None = None
) -> Page[DifferenceView]:
    """What differs, in the order of the list, then what only the statement has: each with the figures of both sides and the cell.

    Of more than 5,000 differences the first are kept. One with `claimed` and without `dispute` can be disputed by its number.
    """
    view = comparisons.get_comparison(request.auth, comparison_id)
    return comparisons.list_differences(view.id, kind=kind, cursor=page.cursor, limit=page.limit)


@router.post("/reconciliation-lists/{int:comparison_id}/answers", auth=clerk)
def answer_list(request: ActorRequest, comparison_id: int, body: ListAnswersIn) -> ListComparisonView:
    """Say which column means what; remembered for the brand's next list of the same layout. The list is read again."""
    view = receive.answer_list(actor=request.auth, comparison_id=comparison_id, answers=body.answers, now=clock.now())
    enqueue_on_commit("settlement.tasks.read_list", view.id)
    return view


@router.post("/reconciliation-lists/{int:comparison_id}/cancel", auth=clerk)
def cancel_list(request: ActorRequest, comparison_id: int) -> ListComparisonView:
    """Cancel a list that waits for an answer."""
    return receive.cancel_list(actor=request.auth, comparison_id=comparison_id, now=clock.now())


@router.post("/reconciliation-lists/{int:comparison_id}/disputes", auth=clerk)
def dispute_by_list(request: ActorRequest, comparison_id: int, body: ListDisputesIn) -> StatementView:
    """Dispute the chosen differences, all or none, each with the payable of the list, while lines may be disputed.

    Refused: `settlement.difference_not_disputable` (names its number), `settlement.nothing_to_dispute`, `settlement.list_not_compared`.
    """
    return dispute_differences(
        actor=request.auth, comparison_id=comparison_id, numbers=body.numbers, reason=body.reason, now=clock.now()
    )


@router.get("/reconciliation-lists/{int:comparison_id}/marked-copy", auth=clerk, openapi_extra=sends(ANY_FILE))
def download_marked_copy(request: ActorRequest, comparison_id: int) -> FileResponse:
    """The brand's own list with what differs marked in it, until its term is over; 503 while other copies are made."""
    return private_file_answer(*marked_copy(actor=request.auth, comparison_id=comparison_id))
