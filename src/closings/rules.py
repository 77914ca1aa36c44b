"""When the account of a reseller or brand may be closed, and what happens to what is left (MONEY-17, MONEY-18)."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class ClosingState(enum.StrEnum):
    WAITING = "waiting"
    """Asked for; a second person has not decided."""
    CLOSED = "closed"
    """Nobody signs in for it any more; what was left is on its way to its bank account."""
    REFUSED = "refused"
    CANCELLED = "cancelled"


class OpenKind(enum.StrEnum):
    """What must be over before an account is closed."""

    UNPAID_ORDERS = "unpaid_orders"
    UNSHIPPED_ORDERS = "unshipped_orders"
    CASES = "cases"
    SOURCE_REFUNDS = "source_refunds"
    """Refunds that have not arrived at their source."""
    PAYMENTS = "payments"
    """Payments through a provider that are open, or whose report differs."""
    TRANSFER_CLAIMS = "transfer_claims"
    MONEY_REQUESTS = "money_requests"
    """Money that waits for a second person, or that the bank has not paid."""
    INVOICES = "invoices"
    """Requests for invoices that are not issued, and what is to be corrected or taken back; of a brand also those that it issues."""
    COOPERATION = "cooperation"
    """The brand is not suspended and may still sell."""
    SALES = "sales"
    UNSETTLED = "unsettled"
    """Order lines of the brand that no settled statement has, statements that are not paid, or what it owes after them."""


WORDS: Mapping[OpenKind, tuple[str, str]] = {
    OpenKind.UNPAID_ORDERS: ("未付订单 {n} 张", "{n} unpaid orders"),
    OpenKind.UNSHIPPED_ORDERS: ("未发完的订单 {n} 张", "{n} orders that are not shipped whole"),
    OpenKind.CASES: ("未了售后 {n} 张", "{n} open cases"),
    OpenKind.SOURCE_REFUNDS: ("还没到账的原路退款 {n} 笔", "{n} refunds on their way to their source"),
    OpenKind.PAYMENTS: ("没有结果的在线付款 {n} 笔", "{n} payments through a provider without a result"),
    OpenKind.TRANSFER_CLAIMS: ("等核对的转账登记 {n} 笔", "{n} transfers that are not confirmed"),
    OpenKind.MONEY_REQUESTS: ("待复核或待付的资金 {n} 笔", "{n} amounts that wait for approval or payment"),
    OpenKind.INVOICES: ("没办完的开票申请 {n} 个", "{n} invoice requests that are not done"),
    OpenKind.COOPERATION: ("合作没有暂停", "the brand is not suspended"),
    OpenKind.SALES: ("未结束的专场 {n} 个", "{n} sales that are not over"),
    OpenKind.UNSETTLED: (
        "未结清的结算单、货款或欠款 {n} 项",
        "{n} statements, sums or debts that are not settled and paid",
    ),
}
MAX_KEY = 64


@dataclass(frozen=True, slots=True)
class OpenThing:
    """Something that must be over first, and how many of it there are."""

    kind: OpenKind
    count: int

    @property
    def zh(self) -> str:
        return WORDS[self.kind][0].format(n=self.count)

    @property
    def en(self) -> str:
        return WORDS[self.kind][1].format(n=self.count)


def open_things(counts: Mapping[OpenKind, int]) -> list[OpenThing]:
    """Those of which there is at least one, in the order of their kinds."""
    return [OpenThing(kind, counts[kind]) for kind in OpenKind if counts.get(kind, 0) > 0]


def sentence_of(things: Sequence[OpenThing], *, is_chinese: bool) -> str:
    return "、".join(each.zh for each in things) if is_chinese else ", ".join(each.en for each in things)
