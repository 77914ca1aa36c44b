"""Money that people book by hand, for programs of finance and ops."""

from django.http import FileResponse
from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import MAX_TYPED_CODE, Role
from brands.selectors.brands import require_own_brand
from kernel import clock
from membership.selectors.people import require_reseller
from treasury.rules.bank_accounts import AccountState
from treasury.rules.batches import MAX_BATCH_LINES, BatchFormat
from treasury.rules.closes import DifferenceState
from treasury.rules.requests import MAX_APPROVED_AT_ONCE, RequestState
from treasury.selectors import bank_accounts, closes, requests
from treasury.selectors import batches as batch_selectors
from treasury.selectors.bank_accounts import BankAccountView, UnmaskedAccount
from treasury.selectors.batches import BatchView
from treasury.selectors.closes import CloseDifferenceView, DayComparisonView
from treasury.selectors.requests import MoneyRequestView
from treasury.services import (
    adjustments,
    bank_returns,
    batches,
    deciding,
    deposits,
    entering,
    late_refunds,
    provider_money,
    withdrawals,
)
from treasury.services import bank_accounts as bank_account_services
from treasury.services import closes as close_services
from treasury.services.bank_accounts import AccountFields
from web.file_responses import ANY_FILE, private_file_answer, sends
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, ReasonIn, Whole, Word

router = ViewRouter(tags=["treasury"])
finance = RoleAuth(Role.FINANCE)
both = RoleAuth(Role.OPS, Role.FINANCE)
payee = RoleAuth(Role.RESELLER, Role.BRAND)
reseller = RoleAuth(Role.RESELLER)
brand = RoleAuth(Role.BRAND)


class IncomingIn(Input):
    amount: YuanIn
    reference: Word = Field(description="the bank's; the same reference counts once")


class DestinationIn(ReasonIn):
    away: bool = Field(
        description="true sends the money on, to its source or to the bank account; false leaves it in the wallet"
    )


class ReferenceIn(Input):
    reference: Word


class DepositReturnIn(ReasonIn):
    amount: YuanIn
    key: Word = Field(description="of the client; sent again, it enters nothing more")


class DeductionIn(DepositReturnIn):
    evidence: Word = Field(description="what proves it; the brand reads it")
    beneficiary_id: Whole | None = Field(
        None, description="the reseller who is given it; the platform where none is named"
    )
    pays_debt: bool = Field(False, description="pays all that the brand owes after its statements, which is the amount")


class LateRefundIn(ReasonIn):
    line_id: Whole = Field(description="a line of the statement")
    amount: YuanIn = Field(
        description="what the reseller gets back; at most what was paid for the goods and not refunded"
    )
    key: Word = Field(description="of the client; sent again, it enters nothing more")


class AdjustmentIn(DepositReturnIn):
    is_credit: bool = Field(description="true adds to the wallet, false takes from it")


class WithdrawalIn(Input):
    amount: YuanIn | None = Field(None, description="all of the wallet where it is not given")
    key: Word = Field(description="of the client; sent again, it asks for nothing more")


class BatchIn(Input):
    request_ids: list[Whole] = Field(max_length=MAX_BATCH_LINES)
    file_format: BatchFormat = BatchFormat.XLSX


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
def enter_payout(request: ActorRequest, statement_id: int) -> MoneyRequestView:
    """Enter that a settled statement is to be paid. A second person approves; then it stands in a file for the bank."""
    return entering.enter_payout(actor=request.auth, statement_id=statement_id, now=clock.now())


@router.post("/brands/{int:brand_id}/deposit-returns", response=201, auth=finance)
def enter_deposit_return(request: ActorRequest, brand_id: int, body: DepositReturnIn) -> MoneyRequestView:
    """Enter that a deposit, or a part of it, goes back to the brand. A second person approves; then it stands in a file for the bank."""
    return deposits.enter_deposit_return(
        actor=request.auth, brand_id=brand_id, amount_fen=body.amount, reason=body.reason, key=body.key, now=clock.now()
    )


@router.post("/brands/{int:brand_id}/deposit-deductions", response=201, auth=finance)
def enter_deduction(request: ActorRequest, brand_id: int, body: DeductionIn) -> MoneyRequestView:
    """Enter what a brand forfeits of its deposit, to the platform or to a reseller. A second person approves."""
    return adjustments.enter_deduction(
        actor=request.auth,
        brand_id=brand_id,
        amount_fen=body.amount,
        reason=body.reason,
        evidence=body.evidence,
        beneficiary_id=body.beneficiary_id,
        pays_debt=body.pays_debt,
        key=body.key,
        now=clock.now(),
    )


@router.post("/statements/{int:statement_id}/late-refunds", response=201, auth=finance)
def enter_late_refund(request: ActorRequest, statement_id: int, body: LateRefundIn) -> MoneyRequestView:
    """Enter money back for a line whose statement was sent. A second person approves; the brand's part is in its next statement.

    Refused: `treasury.line_of_another_statement` (names both), `settlement.line_not_settled`, `settlement.late_refund_too_high`.
    """
    return late_refunds.enter_late_refund(
        actor=request.auth,
        statement_id=statement_id,
        line_id=body.line_id,
        amount_fen=body.amount,
        reason=body.reason,
        key=body.key,
        now=clock.now(),
    )


@router.get("/brands/mine/deposit", auth=brand)
def list_own_deposit(request: ActorRequest, page: Query[PageQuery]) -> Page[MoneyRequestView]:
    """What moved the deposit of one's own brand, the newest first, deductions with their reason and what proves them."""
    own = require_own_brand(request.auth)
    return requests.list_deposit_requests(own.id, cursor=page.cursor, limit=page.limit)


@router.post("/resellers/{int:reseller_id}/wallet-adjustments", response=201, auth=finance)
def enter_adjustment(request: ActorRequest, reseller_id: int, body: AdjustmentIn) -> MoneyRequestView:
    """Enter a credit or debit of a wallet, with a reason. Within the limit of the settings it is booked at once."""
    return adjustments.enter_adjustment(
        actor=request.auth,
        reseller_id=reseller_id,
        amount_fen=body.amount,
        is_credit=body.is_credit,
        reason=body.reason,
        key=body.key,
        now=clock.now(),
    )


@router.get("/withdrawals", auth=reseller)
def list_withdrawals(request: ActorRequest, page: Query[PageQuery]) -> Page[MoneyRequestView]:
    """One's own withdrawals, the newest first."""
    her = require_reseller(request.auth)
    return requests.list_own_withdrawals(her.id, cursor=page.cursor, limit=page.limit)


@router.post("/withdrawals", response=201, auth=reseller)
def request_withdrawal(request: ActorRequest, body: WithdrawalIn) -> MoneyRequestView:
    """Take money out of the wallet, to the approved bank account; all of it where no amount is given. The same `key` asks once.

    The money leaves the wallet at once. Refused: `treasury.no_payee_account`, `treasury.account_cools_down`, `treasury.sign_in_changed`,
    and the limits of one withdrawal and one day.
    """
    return withdrawals.request_withdrawal(actor=request.auth, amount_fen=body.amount, key=body.key, now=clock.now())


@router.get("/withdrawals/{int:request_id}", auth=reseller)
def get_withdrawal(request: ActorRequest, request_id: int) -> MoneyRequestView:
    return requests.get_own_withdrawal(require_reseller(request.auth).id, request_id)


@router.post("/withdrawals/{int:request_id}/cancel", auth=reseller)
def cancel_withdrawal(request: ActorRequest, request_id: int) -> MoneyRequestView:
    """Take a withdrawal back before finance has decided; the money is in the wallet again."""
    return deciding.cancel(actor=request.auth, request_id=request_id, now=clock.now())


@router.get("/ops/transfer-batches", auth=both)
def list_batches(request: ActorRequest, page: Query[PageQuery]) -> Page[BatchView]:
    """Files for the bank, the newest first."""
    return batch_selectors.list_batches(cursor=page.cursor, limit=page.limit)


@router.get("/ops/transfer-batches/waiting", auth=both)
def list_requests_for_batch(request: ActorRequest) -> list[MoneyRequestView]:
    """Approved money out that the next file can hold, the oldest first."""
    return batch_selectors.list_requests_for_batch()


@router.post("/ops/transfer-batches", response=201, auth=finance)
def create_batch(request: ActorRequest, body: BatchIn) -> BatchView:
    """Put approved money out into one file for the bank, all or none. A line stands in one file only."""
    return batches.create_batch(
        actor=request.auth, request_ids=body.request_ids, file_format=body.file_format, now=clock.now()
    )


@router.get("/ops/transfer-batches/{int:batch_id}", auth=both)
def get_batch(request: ActorRequest, batch_id: int) -> BatchView:
    return batch_selectors.get_batch(batch_id)


@router.get("/ops/transfer-batches/{int:batch_id}/requests", auth=both)
def list_requests_of_batch(request: ActorRequest, batch_id: int) -> list[MoneyRequestView]:
    """The lines of a file."""
    return batch_selectors.list_requests_of_batch(batch_id)


@router.post("/ops/transfer-batches/{int:batch_id}/download", auth=finance, openapi_extra=sends(ANY_FILE))
def download_batch(request: ActorRequest, batch_id: int) -> FileResponse:
    """The file with whole account numbers, for one person; each download stays in the audit log."""
    file = batches.download_batch(actor=request.auth, batch_id=batch_id, now=clock.now())
    return private_file_answer(file.content, file.name)


@router.post("/ops/transfer-batches/{int:batch_id}/take-over", auth=finance)
def take_over_batch(request: ActorRequest, batch_id: int, body: ReasonIn) -> BatchView:
    """Take over a file whose downloader is away, with a reason; then the same file can be downloaded, and no longer by the other."""
    return batches.take_over_batch(actor=request.auth, batch_id=batch_id, reason=body.reason, now=clock.now())


@router.post("/ops/transfer-batches/{int:batch_id}/confirm", auth=finance)
def confirm_batch(request: ActorRequest, batch_id: int, body: ReferenceIn) -> BatchView:
    """Book all lines of a file as paid, with the bank's reference."""
    return batches.confirm_batch(actor=request.auth, batch_id=batch_id, reference=body.reference, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/return", response=201, auth=finance)
def enter_bank_return(request: ActorRequest, request_id: int, body: ReasonIn) -> MoneyRequestView:
    """Enter that the bank returned money out, or that it is stopped before it is in a file. A second person approves."""
    return bank_returns.enter_bank_return(
        actor=request.auth, request_id=request_id, reason=body.reason, now=clock.now()
    )


@router.post("/ops/provider-payments/{int:payment_id}/other-amount", response=201, auth=finance)
def enter_differing_payment(request: ActorRequest, payment_id: int, body: DestinationIn) -> MoneyRequestView:
    """Enter what becomes of another amount that a provider took for a payment: her wallet, or back. A second person approves."""
    return provider_money.enter_differing_payment(
        actor=request.auth, payment_id=payment_id, to_source=body.away, reason=body.reason, now=clock.now()
    )


@router.post("/ops/source-refunds/{int:refund_id}/abnormal", response=201, auth=finance)
def enter_abnormal_refund(request: ActorRequest, refund_id: int, body: DestinationIn) -> MoneyRequestView:
    """Enter what becomes of a refund that its provider cannot pay out: her wallet, or her bank account. A second person approves."""
    return provider_money.enter_abnormal_refund(
        actor=request.auth, refund_id=refund_id, to_bank=body.away, reason=body.reason, now=clock.now()
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
def show_account(request: ActorRequest, account_id: int, body: ReasonIn) -> UnmaskedAccount:
    """The whole number; who saw it and why stays in the audit log."""
    return bank_account_services.show_account(
        actor=request.auth, account_id=account_id, reason=body.reason, now=clock.now()
    )


@router.get("/ops/closed-days/comparisons", auth=both)
def list_comparisons(request: ActorRequest, day: Day) -> list[DayComparisonView]:
    """What a closed day was compared with, and what came of it."""
    return closes.list_comparisons([day])


@router.get("/ops/close-differences", auth=both)
def list_close_differences(
    request: ActorRequest, page: Query[PageQuery], day: Day | None = None, state: DifferenceState | None = None
) -> Page[CloseDifferenceView]:
    """Differences of closed days, the latest first; of one day or state where they are given."""
    return closes.list_differences(day=day, state=state or "", cursor=page.cursor, limit=page.limit)


@router.post("/ops/close-differences/{int:difference_id}/explain", auth=finance)
def explain_difference(request: ActorRequest, difference_id: int, body: ReasonIn) -> CloseDifferenceView:
    """Say why a difference stands. A comparison resolves it, nobody else does."""
    return close_services.explain_difference(
        actor=request.auth, difference_id=difference_id, explanation=body.reason, now=clock.now()
    )
