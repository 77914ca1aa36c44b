"""Money that people book by hand, for programs of finance and ops."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import MAX_TYPED_CODE, Role
from kernel import clock
from treasury.rules.bank_accounts import AccountState
from treasury.rules.requests import MAX_APPROVED_AT_ONCE, RequestState
from treasury.selectors import bank_accounts, requests
from treasury.selectors.bank_accounts import BankAccountView, WholeAccount
from treasury.selectors.requests import MoneyRequestView
from treasury.services import bank_accounts as bank_account_services
from treasury.services import deciding, entering
from treasury.services.bank_accounts import AccountFields
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Whole, Word

router = ViewRouter(tags=["treasury"])
finance = RoleAuth(Role.FINANCE)
both = RoleAuth(Role.OPS, Role.FINANCE)
payee = RoleAuth(Role.RESELLER, Role.BRAND)


class IncomingIn(Input):
    amount: YuanIn
    reference: Word = Field(description="the bank's; the same reference counts once")


class ReferenceIn(Input):
    reference: Word


class BankAccountIn(Input):
    holder: Word
    number: Word
    bank: Word
    branch: Word = ""
    cnaps: Word = ""

    def fields(self) -> AccountFields:
        return AccountFields(self.holder, self.number, self.bank, self.branch, self.cnaps)


class ApprovedIn(Input):
    request_ids: list[Whole] = Field(max_length=MAX_APPROVED_AT_ONCE)
    code: str = Field("", max_length=MAX_TYPED_CODE, description="a one-time code, where one of them pays money out")


@router.post("/resellers/{int:reseller_id}/top-ups", response=201, auth=finance)
def enter_top_up(request: ActorRequest, reseller_id: int, body: IncomingIn) -> MoneyRequestView:
    """Enter money that reached the bank for a reseller's wallet. It is booked when a second person approves it."""
    return entering.enter_top_up(
        actor=request.auth,
        reseller_id=reseller_id,
        amount_fen=body.amount,
        reference=body.reference,
        now=clock.now(),
    )


@router.post("/ops/orders/{int:order_id}/received-payments", response=201, auth=finance)
def enter_order_payment(request: ActorRequest, order_id: int, body: IncomingIn) -> MoneyRequestView:
    """Enter money that reached the bank for an order. When a second person approves it, it pays the order where it can, also late.

    Refused: `treasury.reference_taken` (the reference was entered for another amount or owner).
    """
    return entering.enter_order_payment(
        actor=request.auth, order_id=order_id, amount_fen=body.amount, reference=body.reference, now=clock.now()
    )


@router.post("/brands/{int:brand_id}/deposits", response=201, auth=finance)
def enter_deposit(request: ActorRequest, brand_id: int, body: IncomingIn) -> MoneyRequestView:
    """Enter a deposit that reached the bank. It is booked when a second person approves it."""
    return entering.enter_deposit(
        actor=request.auth, brand_id=brand_id, amount_fen=body.amount, reference=body.reference, now=clock.now()
    )


@router.post("/statements/{int:statement_id}/pay-out", response=201, auth=finance)
def enter_payout(request: ActorRequest, statement_id: int, body: ReferenceIn) -> MoneyRequestView:
    """Enter that a settled statement was paid through the bank. It is booked when a second person approves it."""
    return entering.enter_payout(
        actor=request.auth, statement_id=statement_id, reference=body.reference, now=clock.now()
    )


@router.get("/ops/money-requests", auth=both)
def list_requests(
    request: ActorRequest, page: Query[PageQuery], state: RequestState | None = None, search: Word = ""
) -> Page[MoneyRequestView]:
    """Money requests, the newest first. `search`: a bank reference, or the name of a reseller or brand."""
    return requests.list_requests(state=state or "", query=search, cursor=page.cursor, limit=page.limit)


@router.get("/ops/money-requests/{int:request_id}", auth=both)
def get_request(request: ActorRequest, request_id: int) -> MoneyRequestView:
    return requests.get_request(request_id)


@router.post("/ops/money-requests/approve", auth=both)
def approve(request: ActorRequest, body: ApprovedIn) -> list[MoneyRequestView]:
    """Approve requests that others entered, all or none. Ops may where finance has only one active person.

    Where one of them pays money out, a one-time code is asked for, in `code` or the header `X-One-Time-Code`.
    Refused: 422 `accounts.code_required`, 403 `accounts.wrong_code` and `accounts.code_not_set_up`, 429 `accounts.too_many_wrong_codes`.
    """
    code = body.code or request.headers.get("X-One-Time-Code", "")[:MAX_TYPED_CODE]
    return deciding.approve(actor=request.auth, request_ids=body.request_ids, code=code, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/refuse", auth=both)
def refuse(request: ActorRequest, request_id: int, body: ReasonIn) -> MoneyRequestView:
    return deciding.refuse(actor=request.auth, request_id=request_id, reason=body.reason, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/cancel", auth=both)
def cancel(request: ActorRequest, request_id: int) -> MoneyRequestView:
    """Take back a request that one entered oneself, before it is decided."""
    return deciding.cancel(actor=request.auth, request_id=request_id, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/reverse", response=201, auth=finance)
def enter_reversal(request: ActorRequest, request_id: int, body: ReasonIn) -> MoneyRequestView:
    """Enter that a booked top-up or deposit was typed wrong. When a second person approves, it is taken back by new entries."""
    return entering.enter_reversal(actor=request.auth, request_id=request_id, reason=body.reason, now=clock.now())


@router.get("/bank-accounts/mine", auth=payee)
def list_own_accounts(request: ActorRequest) -> list[BankAccountView]:
    """The accounts of the reseller or brand, with masked numbers: in use, waiting, refused."""
    return bank_accounts.list_own_accounts(request.auth)


@router.post("/bank-accounts/mine", response=201, auth=payee)
def enter_own_account(request: ActorRequest, body: BankAccountIn) -> BankAccountView:
    """Enter the account to be paid to. Finance approve it; it is paid to after the cool-down."""
    return bank_account_services.enter_own_account(actor=request.auth, fields=body.fields(), now=clock.now())


@router.get("/ops/bank-accounts", auth=both)
def list_bank_accounts(
    request: ActorRequest, page: Query[PageQuery], state: AccountState | None = None, search: Word = ""
) -> Page[BankAccountView]:
    """Bank accounts with masked numbers, the newest first. `search`: the name of a reseller, brand or holder."""
    return bank_accounts.list_accounts(state=state or "", query=search, cursor=page.cursor, limit=page.limit)


@router.post("/brands/{int:brand_id}/bank-account", response=201, auth=finance)
def enter_account_of_brand(request: ActorRequest, brand_id: int, body: BankAccountIn) -> BankAccountView:
    return bank_account_services.enter_account_of_brand(
        actor=request.auth, brand_id=brand_id, fields=body.fields(), now=clock.now()
    )


@router.post("/resellers/{int:reseller_id}/bank-account", response=201, auth=finance)
def enter_account_of_reseller(request: ActorRequest, reseller_id: int, body: BankAccountIn) -> BankAccountView:
    return bank_account_services.enter_account_of_reseller(
        actor=request.auth, reseller_id=reseller_id, fields=body.fields(), now=clock.now()
    )


@router.post("/ops/bank-accounts/{int:account_id}/approve", auth=both)
def approve_account(request: ActorRequest, account_id: int) -> BankAccountView:
    return bank_account_services.approve_account(actor=request.auth, account_id=account_id, now=clock.now())


@router.post("/ops/bank-accounts/{int:account_id}/refuse", auth=both)
def refuse_account(request: ActorRequest, account_id: int, body: ReasonIn) -> BankAccountView:
    return bank_account_services.refuse_account(
        actor=request.auth, account_id=account_id, reason=body.reason, now=clock.now()
    )


@router.post("/ops/bank-accounts/{int:account_id}/show", auth=both)
def show_account(request: ActorRequest, account_id: int, body: ReasonIn) -> WholeAccount:
    """The whole number; who saw it and why stays in the audit log."""
    return bank_account_services.show_account(
        actor=request.auth, account_id=account_id, reason=body.reason, now=clock.now()
    )
