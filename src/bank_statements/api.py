"""Claims of bank transfers for programs of resellers, and bank statements for programs of finance."""

from dataclasses import dataclass

from ninja import File, Query, UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from bank_statements.rules import LineState, read_ticks
from bank_statements.selectors import claims, lines, uploads
from bank_statements.selectors.claims import TransferClaimView
from bank_statements.selectors.lines import LineView
from bank_statements.selectors.uploads import BankStatementUploadView, PreviewLine
from bank_statements.services import claims as claim_services
from bank_statements.services import lines as line_services
from bank_statements.services import uploads as upload_services
from bank_statements.services.claims import ClaimFields
from bank_statements.services.uploads import MAX_TICKED
from kernel import clock
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, ReasonIn, Whole, Word

router = ViewRouter(tags=["bank statements"])
reseller = RoleAuth(Role.RESELLER)
finance = RoleAuth(Role.FINANCE)
both = RoleAuth(Role.OPS, Role.FINANCE)


class TransferClaimIn(Input):
    amount: YuanIn
    paid_on: Day
    payer: Word
    last_digits: Word = ""
    is_another: bool = False


class TickedIn(Input):
    ticked: list[Word] = Field(max_length=MAX_TICKED, description="the `tick_value` of lines of the preview")


class ResellerIn(Input):
    reseller_id: Whole


class BrandIn(Input):
    brand_id: Whole


@dataclass(frozen=True, slots=True)
class TransferCodeView:
    """The code to write into the remark of a transfer, so that it is recognised."""

    code: str


@router.get("/transfer-code", auth=RoleAuth(Role.RESELLER, Role.BRAND))
def get_transfer_code(request: ActorRequest) -> TransferCodeView:
    """The code of this reseller or brand. It stays the same."""
    return TransferCodeView(claims.own_transfer_code(request.auth))


@router.get("/transfer-claims", auth=reseller)
def list_own_claims(request: ActorRequest) -> list[TransferClaimView]:
    """One's own latest claims of bank transfers, the newest first."""
    return claims.list_own_claims(request.auth)


@router.post("/transfer-claims", response=201, auth=reseller)
def make_claim(request: ActorRequest, body: TransferClaimIn) -> TransferClaimView:
    """Say that one transferred money to the platform's bank account. The same claim is made once.

    Refused: `bank_statements.similar_claim` for one of the same amount, day and payer as another that waits, unless `is_another`.
    """
    fields = ClaimFields(body.amount, body.paid_on, body.payer, body.last_digits)
    return claim_services.make_claim(actor=request.auth, fields=fields, is_another=body.is_another, now=clock.now())


@router.post("/transfer-claims/{int:claim_id}/cancel", auth=reseller)
def cancel_claim(request: ActorRequest, claim_id: int) -> TransferClaimView:
    return claim_services.cancel_claim(actor=request.auth, claim_id=claim_id, now=clock.now())


@router.get("/ops/transfer-claims", auth=both)
def list_open_claims(request: ActorRequest, page: Query[PageQuery]) -> Page[TransferClaimView]:
    """Claims that no line of a statement was entered for, the newest first."""
    return claims.list_open_claims(cursor=page.cursor, limit=page.limit)


@router.post("/ops/transfer-claims/{int:claim_id}/not-found", auth=finance)
def refuse_claim(request: ActorRequest, claim_id: int, body: ReasonIn) -> TransferClaimView:
    """The money was not found; the reseller is told why."""
    return claim_services.refuse_claim(actor=request.auth, claim_id=claim_id, reason=body.reason, now=clock.now())


@router.post("/ops/bank-statements", response=201, auth=finance)
def upload_statement(request: ActorRequest, file: File[UploadedFile], account: Word = "") -> BankStatementUploadView:
    """Read a bank statement (xlsx, xls, csv) for its preview. Nothing is entered. `account`: where the file does not name its own."""
    return upload_services.upload_statement(
        actor=request.auth, filename=file.name or "", chunks=file.chunks(), account=account, now=clock.now()
    )


@router.get("/ops/bank-statements", auth=both)
def list_uploads(request: ActorRequest, page: Query[PageQuery]) -> Page[BankStatementUploadView]:
    """Uploaded bank statements, the newest first."""
    return uploads.list_uploads(cursor=page.cursor, limit=page.limit)


@router.get("/ops/bank-statements/{int:upload_id}", auth=both)
def get_upload(request: ActorRequest, upload_id: int) -> BankStatementUploadView:
    return uploads.get_upload(upload_id)


@router.get("/ops/bank-statements/{int:upload_id}/preview", auth=both)
def list_preview(request: ActorRequest, upload_id: int) -> list[PreviewLine]:
    """What each line of a preview would become; those that can be entered first."""
    return uploads.list_preview(upload_id)


@router.post("/ops/bank-statements/{int:upload_id}/commit", auth=finance)
def commit_upload(request: ActorRequest, upload_id: int, body: TickedIn) -> BankStatementUploadView:
    """Store the lines, and enter the ticked ones as money requests that a second person approves: all or nothing."""
    return upload_services.commit_upload(
        actor=request.auth, upload_id=upload_id, ticked=read_ticks(body.ticked), now=clock.now()
    )


@router.post("/ops/bank-statements/{int:upload_id}/cancel", auth=finance)
def cancel_upload(request: ActorRequest, upload_id: int) -> BankStatementUploadView:
    return upload_services.cancel_upload(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.get("/ops/bank-statement-lines", auth=both)
def list_lines(request: ActorRequest, page: Query[PageQuery], state: LineState | None = None) -> Page[LineView]:
    """Stored lines, the newest first."""
    return lines.list_lines(state=state, cursor=page.cursor, limit=page.limit)


@router.post("/ops/bank-statement-lines/{int:line_id}/top-up", auth=finance)
def enter_top_up_of_line(request: ActorRequest, line_id: int, body: ResellerIn) -> LineView:
    """Enter an open line for a reseller's wallet."""
    return line_services.enter_top_up(
        actor=request.auth, line_id=line_id, reseller_id=body.reseller_id, now=clock.now()
    )


@router.post("/ops/bank-statement-lines/{int:line_id}/deposit", auth=finance)
def enter_deposit_of_line(request: ActorRequest, line_id: int, body: BrandIn) -> LineView:
    """Enter an open line as a brand's deposit."""
    return line_services.enter_deposit(actor=request.auth, line_id=line_id, brand_id=body.brand_id, now=clock.now())


@router.post("/ops/bank-statement-lines/{int:line_id}/set-aside", auth=finance)
def set_line_aside(request: ActorRequest, line_id: int, body: ReasonIn) -> LineView:
    """Say why an open line is not entered."""
    return line_services.set_aside(actor=request.auth, line_id=line_id, reason=body.reason, now=clock.now())
