"""The rules of money: kinds of accounts, and balanced postings (INTEGRITY-3)."""

import enum
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.rules import Actor, Role
from kernel.period import shanghai_date
from kernel.refusal import Conflict
from kernel.text import visible

MAX_BANK_REFERENCE = 80
"""Characters of a bank's reference. It is part of the posting's key, so a longer one is refused and never cut."""


def bank_reference(typed: str) -> str:
    """A bank's reference as it is booked: without blanks, in capitals, in half width. However it is typed, it counts once."""
    return "".join(unicodedata.normalize("NFKC", visible(typed)).upper().split())


class AccountKind(enum.StrEnum):
    WALLET = "wallet"
    """Money of a reseller, who is the owner. Never negative."""
    DEPOSIT = "deposit"
    """A brand's deposit 保证金. Never negative."""
    REFUND_IN_TRANSIT = "refund_in_transit"
    """Money of a reseller that goes back to its source through a provider and has not arrived 退款在途. Never negative."""
    BRAND_PAYABLE = "brand_payable"
    """What a brand earned in sales that are not settled 货款. Never negative."""
    BRAND_SETTLED = "brand_settled"
    """What a brand is owed by settled statements and was not paid. Never negative."""
    WITHDRAWAL_IN_TRANSIT = "withdraw_in_transit"
    """Money of a reseller that left her wallet for a withdrawal and is not at her bank yet. Never negative."""
    DEPOSIT_IN_TRANSIT = "deposit_in_transit"
    """Money of a deposit that is being returned to the brand and is not at its bank yet. Never negative."""
    COMMISSION = "commission"
    """The platform's income 佣金. One account, owner 0."""
    BRAND_FEE = "brand_fee"
    """The platform's income from fees of brands' contracts 扣款收入. One account, owner 0."""
    BRAND_DEBT = "brand_debt"
    """What a brand owes the platform after a statement, as a negative balance 品牌欠款. Its next statement pays it."""
    CARRIER_CLAIM = "carrier_claim"
    """What carriers owe the platform for goods that were lost or damaged on the way, as a negative balance. One account, owner 0."""
    CLEARING = "clearing"
    """Money at the bank, as a negative balance. One account, owner 0."""
    WECHAT_CLEARING = "wechat_clearing"
    """Money that WeChat Pay holds for the platform, as a negative balance. One account, owner 0."""
    PROVIDER_FEE = "provider_fee"
    """What payment providers kept, as a negative balance 渠道手续费. One account, owner 0."""
    ALIPAY_CLEARING = "alipay_clearing"
    """Money that Alipay holds for the platform, as a negative balance. One account, owner 0."""


NEVER_NEGATIVE = (
    AccountKind.WALLET,
    AccountKind.REFUND_IN_TRANSIT,
    AccountKind.DEPOSIT,
    AccountKind.BRAND_PAYABLE,
    AccountKind.BRAND_SETTLED,
    AccountKind.WITHDRAWAL_IN_TRANSIT,
    AccountKind.DEPOSIT_IN_TRANSIT,
)


HELD = (AccountKind.CLEARING, AccountKind.WECHAT_CLEARING, AccountKind.ALIPAY_CLEARING)
"""Money that the platform holds, at the bank and at providers. It is booked as a negative balance and shown as what is there."""


def shown_fen(kind: AccountKind, booked_fen: int) -> int:
    """A balance or an entry as people and programs read it: money that comes to the bank comes in (LEDGER-5)."""
    return -booked_fen if kind in HELD else booked_fen


RESELLER_ACCOUNTS = (AccountKind.WALLET, AccountKind.REFUND_IN_TRANSIT, AccountKind.WITHDRAWAL_IN_TRANSIT)
"""Kinds whose accounts belong to resellers."""
BRAND_ACCOUNTS = (
    AccountKind.DEPOSIT,
    AccountKind.BRAND_PAYABLE,
    AccountKind.BRAND_SETTLED,
    AccountKind.BRAND_DEBT,
    AccountKind.DEPOSIT_IN_TRANSIT,
)
"""Kinds whose accounts belong to brands. All others are the platform's, one account each."""


class PostingKind(enum.StrEnum):
    DEPOSIT = "deposit"
    DEPOSIT_RETURN = "deposit_return"
    """A deposit, or a part of it, on its way back to the brand."""
    DEPOSIT_DEDUCTION = "deposit_deduction"
    """What a brand forfeits of its deposit: to the platform, or to the wallet of a reseller."""
    TOP_UP = "top_up"
    WITHDRAWAL = "withdrawal"
    """Money of a wallet on its way to the reseller's bank account."""
    WITHDRAWAL_BACK = "withdrawal_back"
    """A withdrawal that was refused or cancelled: the money is in the wallet again."""
    TRANSFER = "transfer"
    """The bank carried out a withdrawal, or the return of a deposit."""
    BANK_RETURN = "bank_return"
    """Money out that the bank sent back, or that was stopped before it was in a batch."""
    ADJUSTMENT = "adjustment"
    """A credit or debit of a wallet by finance, with a reason, against the platform's income."""
    PAYMENT = "payment"
    REFUND = "refund"
    SETTLEMENT = "settlement"
    PAYOUT = "payout"
    RESEND = "resend"
    """What the platform pays a brand for units that it sends again, or takes back where the brand could not."""
    CARRIER_CLAIM = "carrier_claim"
    """The end of a claim against a carrier: paid, or borne by the platform."""
    PROVIDER_PAYMENT = "provider_payment"
    """Money that a payment provider took for a wallet."""
    REFUND_TO_SOURCE = "refund_to_source"
    """Money that leaves a wallet for its source: it is in transit until the provider has paid it out."""
    REFUND_PAID_OUT = "refund_paid_out"
    """A provider has paid out money that was in transit."""
    REFUND_CAME_BACK = "refund_came_back"
    """Money that was in transit is in the wallet again, since the provider does not pay it out."""
    PROVIDER_FEE = "provider_fee"
    """What a provider kept on a day, as its bill says."""
    PROVIDER_SETTLEMENT = "provider_settlement"
    """Money that a provider paid out to our bank on a day, as its bill says."""
    REVERSAL = "reversal"
    """Takes back a booking that was typed wrong, by the same entries with the opposite sign."""


@dataclass(frozen=True, slots=True, order=True)
class AccountRef:
    """The kind and owner of an account (the id of a reseller or brand; 0 for the platform)."""

    kind: AccountKind
    owner_id: int = 0


COMMISSION = AccountRef(AccountKind.COMMISSION)
BRAND_FEE = AccountRef(AccountKind.BRAND_FEE)
CARRIER_CLAIM = AccountRef(AccountKind.CARRIER_CLAIM)
CLEARING = AccountRef(AccountKind.CLEARING)
PROVIDER_FEE = AccountRef(AccountKind.PROVIDER_FEE)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry to be posted: the account and the signed amount in fen."""

    account: AccountRef
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PostingDraft:
    """A balanced movement of money that is to be posted. The same `key` is posted once."""

    kind: PostingKind
    key: str
    cause: str
    entries: Sequence[EntryDraft]
    note: str = ""


class InsufficientBalance(Conflict):
    code = "ledger.insufficient_balance"
    zh = "余额不足：现有 ¥{balance}，需要 ¥{needed}"
    en = "Not enough money: ¥{balance} there, ¥{needed} needed"
    account: str
    balance_fen: int
    needed_fen: int


class SecondPersonRequired(Conflict):
    code = "ledger.second_person_required"
    zh = "手工入账和付款须由另一人复核后才入账"
    en = "Money booked by hand is entered by one person and approved by another"


@dataclass(frozen=True, slots=True)
class Approval:
    """That somebody approved a movement of money which another person entered (MONEY-1)."""

    request_id: int
    entered_by_id: int
    approved_by: Actor


def require_second_person(actor: Actor, approval: Approval | None) -> None:
    """Refuse to book money by hand without the approval of the acting person, or with the approval of who entered it.

    The service itself books what a payment provider confirmed, without an approval.
    """
    if actor.role is Role.SYSTEM and approval is None:
        return
    if approval is None or approval.approved_by != actor or approval.entered_by_id == actor.person_id:
        raise SecondPersonRequired


def require_two_people(approval: Approval) -> None:
    """Refuse to book money that one person both entered and approved. Who confirms it after that may be anybody in finance."""
    if approval.entered_by_id == approval.approved_by.person_id:
        raise SecondPersonRequired


class PostingKeyConflict(Conflict):
    code = "ledger.posting_key_conflict"
    zh = "流水号已用于另一笔入账（{cause}，¥{amount}），请核对"
    en = "The reference was used for another booking ({cause}, ¥{amount}); check it"
    cause: str
    amount_fen: int


def merge_entries(entries: Sequence[EntryDraft]) -> list[EntryDraft]:
    """One entry per account, without amounts of zero, in the order in which accounts are locked.

    Raises ValueError where the amounts do not add up to zero: that is a bug of the caller.
    """
    sums: dict[AccountRef, int] = {}
    for entry in entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.amount_fen
    if sum(sums.values()) != 0:
        raise ValueError(f"posting is out of balance by {sum(sums.values())} fen")
    return [EntryDraft(account, amount) for account, amount in sorted(sums.items()) if amount]


CLOSING_DELAY = timedelta(hours=1)
"""From how long after its end a day can be closed: no request that was stamped before midnight still runs then."""


def last_closable_day(now: datetime) -> date:
    """The last day of Shanghai that can be closed at `now` (LEDGER-1)."""
    return shanghai_date(now - CLOSING_DELAY) - timedelta(days=1)
