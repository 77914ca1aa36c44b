"""Invoices for programs of resellers, brands and finance."""

from datetime import date

from django.http import FileResponse
from ninja import File, Query, UploadedFile
from pydantic import Field, model_validator

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from invoices.rules.states import InvoiceKind, InvoiceState, Issuer
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors import askable, corrections, exports, files, invoices, red_letters, terms, titles
from invoices.selectors.askable import AskableGoods, AskableStatement, Choice
from invoices.selectors.corrections import CorrectionView
from invoices.selectors.exports import InvoiceExportView
from invoices.selectors.invoices import InvoiceItemView, InvoiceView
from invoices.selectors.red_letters import RedLetterView
from invoices.selectors.terms import IssuerTermsView
from invoices.selectors.titles import TitleView
from invoices.services import corrections as correction_services
from invoices.services import exports as export_services
from invoices.services import issuing, requests, results
from invoices.services import red_letters as red_letter_services
from invoices.services import terms as term_services
from invoices.services import titles as title_services
from invoices.services.results import ResultsView
from kernel import clock
from membership.selectors.people import require_reseller
from web.file_responses import ANY_FILE, XLSX, private_file_answer, sends, stored_file_answer
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, ReasonIn, Text, Whole, Word

router = ViewRouter(tags=["invoices"])
owner = RoleAuth(Role.RESELLER, Role.BRAND)
reseller = RoleAuth(Role.RESELLER)
brand = RoleAuth(Role.BRAND)
finance = RoleAuth(Role.FINANCE)
issuer = RoleAuth(Role.FINANCE, Role.BRAND)
both = RoleAuth(Role.OPS, Role.FINANCE)
everybody = RoleAuth(Role.RESELLER, Role.BRAND, Role.FINANCE, Role.OPS)
MAX_ORDERS, MAX_STATEMENTS = 500, 200


class TitleIn(Input):
    kind: TitleKind
    name: Word
    tax_number: Word = Field("", description="of a company: 18 characters by GB 32100")
    address: Word = ""
    phone: Word = ""
    bank: Word = ""
    account: Word = ""
    email: Word = Field("", description="where an electronic invoice is sent")
    is_special: bool = Field(False, description="special invoices 专票: address, phone, bank and account are needed")
    is_default: bool = False

    def fields(self) -> TitleFields:
        return TitleFields(**self.model_dump(exclude={"is_default"}))


class GoodsIn(Input):
    """Either orders, or a month of payment by any of its days."""

    title_id: Whole
    order_ids: list[Whole] | None = Field(None, min_length=1, max_length=MAX_ORDERS)
    month: Day | None = None
    key: Word = Field(description="of the client; sent again, it asks for nothing more")

    @model_validator(mode="after")
    def one_choice(self) -> "GoodsIn":
        if (self.order_ids is None) == (self.month is None):
            raise ValueError("either order_ids or month")
        return self

    def choice(self) -> Choice:
        return Choice(None if self.order_ids is None else tuple(self.order_ids), self.month)


class FeesIn(Input):
    title_id: Whole
    statement_ids: list[Whole] | None = Field(
        None, min_length=1, max_length=MAX_STATEMENTS, description="without them: all that were not asked for"
    )
    key: Word = Field(description="of the client; sent again, it asks for nothing more")


class IssuedIn(Input):
    number: Word
    issued_on: Day
    link: Text = ""


class RedLetterIn(Input):
    number: Word
    amount: YuanIn


class CorrectionIn(Input):
    title_id: Whole = Field(description="the right title, a saved one")
    reason: Text


class IssuerIn(Input):
    issuer: Issuer


@router.get("/invoices/titles", auth=owner)
def list_titles(request: ActorRequest) -> list[TitleView]:
    """One's own saved titles, the default first."""
    return titles.list_titles(titles.owner_of(request.auth))


@router.post("/invoices/titles", response=201, auth=owner)
def save_title(request: ActorRequest, body: TitleIn) -> TitleView:
    """Save a title. The same title again saves nothing more.

    Refused: `invoices.invalid_title` (names the fields), `invoices.invalid_tax_number` (says what is wrong).
    """
    return title_services.save_title(
        actor=request.auth, fields=body.fields(), is_default=body.is_default, now=clock.now()
    )


@router.post("/invoices/titles/{int:invoice_title_id}/default", auth=owner)
def choose_default(request: ActorRequest, invoice_title_id: int) -> TitleView:
    """Make a title the default."""
    return title_services.choose_default(actor=request.auth, title_id=invoice_title_id, now=clock.now())


@router.delete("/invoices/titles/{int:invoice_title_id}", auth=owner)
def remove_title(request: ActorRequest, invoice_title_id: int) -> None:
    """Remove a title. Requests keep their copies."""
    title_services.remove_title(actor=request.auth, title_id=invoice_title_id, now=clock.now())


@router.get("/invoices/goods-to-invoice", auth=reseller)
def list_askable_goods(request: ActorRequest, month: Day | None = None) -> list[AskableGoods]:
    """What can be invoiced now, one row for each issuer: of a month of payment, or of all orders."""
    reseller_id = require_reseller(request.auth).id
    return askable.list_askable_goods(reseller_id, Choice(month=month), at=clock.now())


@router.get("/invoices/statements-to-invoice", auth=brand)
def list_askable_statements(request: ActorRequest) -> list[AskableStatement]:
    """Paid statements whose commission and fees were not asked for."""
    return askable.list_askable_statements(require_own_brand(request.auth).id)


@router.post("/invoices/goods", response=201, auth=reseller)
def request_goods(request: ActorRequest, body: GoodsIn) -> list[InvoiceView]:
    """Ask for invoices of what was paid and not refunded, of orders or of a month: one request for each issuer.

    The amount is computed. Money that is in a request is not asked for again; `invoices.nothing_to_invoice` where nothing is left.
    """
    return requests.request_goods(
        actor=request.auth, title_id=body.title_id, choice=body.choice(), key=body.key, now=clock.now()
    )


@router.post("/invoices/fees", response=201, auth=brand)
def request_fees(request: ActorRequest, body: FeesIn) -> list[InvoiceView]:
    """Ask for an invoice of the platform's commission and fees of paid statements."""
    return requests.request_fees(
        actor=request.auth, title_id=body.title_id, statement_ids=body.statement_ids, key=body.key, now=clock.now()
    )


@router.get("/invoices", auth=owner)
def list_own_invoices(request: ActorRequest, page: Query[PageQuery]) -> Page[InvoiceView]:
    """What the reseller or the brand asked for, the newest first."""
    return invoices.list_own_invoices(request.auth, cursor=page.cursor, limit=page.limit)


@router.get("/invoices/{int:invoice_id}", auth=everybody)
def get_invoice(request: ActorRequest, invoice_id: int) -> InvoiceView:
    """A request, for who asked, for the brand that issues, for finance and ops."""
    return invoices.get_invoice_for(request.auth, invoice_id)


@router.get("/invoices/{int:invoice_id}/items", auth=everybody)
def list_items(request: ActorRequest, invoice_id: int, page: Query[PageQuery]) -> Page[InvoiceItemView]:
    """The order lines or statements that its amount is the sum of."""
    invoices.get_invoice_for(request.auth, invoice_id)
    return invoices.list_items(invoice_id, cursor=page.cursor, limit=page.limit)


@router.get("/invoices/{int:invoice_id}/red-letters", auth=everybody)
def list_red_letters(request: ActorRequest, invoice_id: int) -> list[RedLetterView]:
    """The red letters that took a part of it back."""
    invoices.get_invoice_for(request.auth, invoice_id)
    return red_letters.list_red_letters(invoice_id)


@router.post("/invoices/{int:invoice_id}/withdraw", auth=owner)
def withdraw_request(request: ActorRequest, invoice_id: int) -> InvoiceView:
    """Take back what one asked for, before it is exported."""
    return requests.withdraw_request(actor=request.auth, request_id=invoice_id, now=clock.now())


@router.get("/invoices/{int:invoice_id}/file", auth=everybody, openapi_extra=sends(ANY_FILE))
def download_file(request: ActorRequest, invoice_id: int) -> FileResponse:
    """The PDF or OFD of an issued invoice."""
    file = files.open_file(request.auth, invoice_id)
    return stored_file_answer(file.content, file.name, file.content_type)


@router.get("/brand/invoices-to-issue", auth=brand)
def list_to_issue(request: ActorRequest, page: Query[PageQuery]) -> Page[InvoiceView]:
    """Requests of resellers for goods of this brand that the brand issues, once they are exported."""
    return invoices.list_to_issue(request.auth, cursor=page.cursor, limit=page.limit)


@router.get("/brand/invoice-files", auth=brand)
def list_own_exports(request: ActorRequest, page: Query[PageQuery]) -> Page[InvoiceExportView]:
    """Files with requests that the brand issues, the newest first."""
    brand_id = require_own_brand(request.auth).id
    return exports.list_exports(issuer_brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.get("/ops/invoices", auth=both)
def list_invoices(
    request: ActorRequest,
    page: Query[PageQuery],
    state: InvoiceState | None = None,
    what: InvoiceKind | None = None,
    issuer_brand_id: int | None = None,
    to_correct: bool = False,
    search: Word = "",
) -> Page[InvoiceView]:
    """Requests, the newest first; with `to_correct` those whose title is to be corrected.

    `search`: a part of a title, a tax number, an invoice number, the number of a request.
    """
    return invoices.list_invoices(
        state=state or "",
        what=what or "",
        issuer_brand_id=issuer_brand_id,
        to_correct=to_correct,
        query=search,
        cursor=page.cursor,
        limit=page.limit,
    )


@router.get("/ops/invoices/need-red-letters", auth=both)
def list_needing_red_letter(request: ActorRequest, page: Query[PageQuery]) -> Page[InvoiceView]:
    """Requests of which something was refunded after their amount was final."""
    return red_letters.list_needing_red_letter(cursor=page.cursor, limit=page.limit)


@router.get("/ops/invoice-files", auth=both)
def list_exports(request: ActorRequest, page: Query[PageQuery]) -> Page[InvoiceExportView]:
    """Files with requests, the newest first."""
    return exports.list_exports(cursor=page.cursor, limit=page.limit)


@router.post("/ops/invoice-files", response=201, auth=finance)
def export_requests(request: ActorRequest) -> list[InvoiceExportView]:
    """Put all requests that wait into files, one for each issuer. Their amounts are final from then on."""
    return export_services.export_requests(actor=request.auth, now=clock.now())


@router.post("/invoice-files/{int:invoice_export_id}/download", auth=issuer, openapi_extra=sends(XLSX))
def download_export(request: ActorRequest, invoice_export_id: int) -> FileResponse:
    """A file, for finance and the brand that issues: always the same bytes. Each download stays in the audit log."""
    file = export_services.download_export(actor=request.auth, export_id=invoice_export_id, now=clock.now())
    return private_file_answer(file.content, file.name)


@router.post("/invoice-files/results", auth=issuer)
def enter_results(request: ActorRequest, file: File[UploadedFile]) -> ResultsView:
    """The same file with invoice numbers and days filled in: all are entered, or `invoices.faulty_results` names every cell."""
    return results.enter_results(actor=request.auth, filename=file.name or "", chunks=file.chunks(), now=clock.now())


@router.post("/invoices/{int:invoice_id}/issue", auth=issuer)
def issue_invoice(request: ActorRequest, invoice_id: int, body: IssuedIn) -> InvoiceView:
    """Enter number and day of an invoice for an exported request, and where it can be downloaded."""
    issued_on: date = body.issued_on
    return issuing.issue_invoice(
        actor=request.auth,
        request_id=invoice_id,
        number=body.number,
        issued_on=issued_on,
        link=body.link,
        now=clock.now(),
    )


@router.post("/invoices/{int:invoice_id}/file", auth=issuer)
def attach_file(request: ActorRequest, invoice_id: int, file: File[UploadedFile]) -> InvoiceView:
    """Add the PDF or OFD of an issued invoice."""
    return issuing.attach_file(actor=request.auth, request_id=invoice_id, content=file, now=clock.now())


@router.post("/invoices/{int:invoice_id}/refuse", auth=issuer)
def refuse_request(request: ActorRequest, invoice_id: int, body: ReasonIn) -> InvoiceView:
    """Refuse a request that was not issued; who asked reads the reason, and may ask again."""
    return issuing.refuse_request(actor=request.auth, request_id=invoice_id, reason=body.reason, now=clock.now())


@router.post("/invoices/{int:invoice_id}/red-letter", auth=issuer)
def record_red_letter(request: ActorRequest, invoice_id: int, body: RedLetterIn) -> InvoiceView:
    """Enter the number of a red letter of the open amount; `invoices.red_letter_changed` where it is another amount by now."""
    return red_letter_services.record_red_letter(
        actor=request.auth, request_id=invoice_id, number=body.number, amount_fen=body.amount, now=clock.now()
    )


@router.get("/invoices/{int:invoice_id}/corrections", auth=everybody)
def list_corrections(request: ActorRequest, invoice_id: int) -> list[CorrectionView]:
    """What was said of a wrong title of an invoice, the latest first."""
    invoices.get_invoice_for(request.auth, invoice_id)
    return corrections.list_corrections(invoice_id)


@router.post("/invoices/{int:invoice_id}/correction", auth=owner)
def ask_correction(request: ActorRequest, invoice_id: int, body: CorrectionIn) -> InvoiceView:
    """Say that the title of an issued invoice is wrong, and which of one's titles is right; whoever issues is told."""
    return correction_services.ask_correction(
        actor=request.auth, request_id=invoice_id, title_id=body.title_id, reason=body.reason, now=clock.now()
    )


@router.post("/invoices/{int:invoice_id}/correction/refuse", auth=issuer)
def refuse_correction(request: ActorRequest, invoice_id: int, body: ReasonIn) -> InvoiceView:
    """Leave an invoice as it is; who asked for the correction reads the reason."""
    return correction_services.refuse_correction(
        actor=request.auth, request_id=invoice_id, reason=body.reason, now=clock.now()
    )


@router.post("/invoices/{int:invoice_id}/reverse", auth=issuer)
def reverse_invoice(request: ActorRequest, invoice_id: int, body: RedLetterIn) -> InvoiceView:
    """Enter a red letter over all that is left of an invoice. What is still kept is asked for again, with the corrected title.

    Answers with the reversed request; `replaced_by_id` names the new one. Refused: `invoices.whole_amount_changed` (names the rest),
    `invoices.nothing_left_to_reissue`.
    """
    return correction_services.reverse_invoice(
        actor=request.auth, request_id=invoice_id, number=body.number, amount_fen=body.amount, now=clock.now()
    )


@router.get("/brands/{int:brand_id}/invoice-issuer", auth=both)
def get_issuer(request: ActorRequest, brand_id: int) -> IssuerTermsView:
    """Who issues invoices for the goods of a brand."""
    return terms.get_issuer_terms(brand_id)


@router.put("/brands/{int:brand_id}/invoice-issuer", auth=both)
def set_issuer(request: ActorRequest, brand_id: int, body: IssuerIn) -> IssuerTermsView:
    """Say who issues from now on: the brand, or by its contract the platform."""
    return term_services.set_issuer(actor=request.auth, brand_id=brand_id, issuer=body.issuer, now=clock.now())
