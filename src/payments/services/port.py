"""The port of payment providers: what the service asks of each, whichever it is.

A question raises `web.outbound.NoAnswer` where there is no answer that can be used, and `ProviderRefused` where the provider refuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Protocol, Self

from payments.rules.bills import BillKind, BillLine
from payments.rules.payments import MerchantAccount, PaymentReport, PaymentWay, ReportedState
from payments.rules.refunds import RefundReport


class ProviderRefused(Exception):
    """The provider answered with an error; `code` is its word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the provider refused with {code}")
        self.code = code


class Forged(Exception):
    """A callback that the provider did not sign, or that cannot be read; the text says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment that the provider is to take.

    `client_address` is the network address of whoever pays, `return_url` our page to which the provider leads her back. `openid`: who
    she is for WeChat, where she pays inside WeChat.
    """

    number: str
    way: PaymentWay
    amount_fen: int
    description: str
    expires_at: datetime
    client_address: str
    return_url: str
    openid: str = ""


@dataclass(frozen=True, slots=True)
class ProvenReport:
    """A report of a payment, and the genuine text that it was read from."""

    report: PaymentReport
    proof: str


@dataclass(frozen=True, slots=True)
class NewRefund:
    """Money that the provider is to give back to where it came from: `amount_fen` of the `paid_fen` of a payment."""

    number: str
    payment_number: str
    amount_fen: int
    paid_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProvenRefund:
    """A report of a refund, and the genuine text that it was read from."""

    report: RefundReport
    proof: str


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback with a genuine signature. `report` is None where it tells nothing of a payment that arrived.

    `refund_number` is the number of ours of the refund that it is about, "" for none.
    """

    event_id: str
    kind: str
    signed_at: datetime
    number: str
    report: PaymentReport | None
    content: str
    refund_number: str = ""


class BillMissing(Exception):
    """The provider has no bill of a day. With `is_final` nothing happened on it; else it may have one later."""

    def __init__(self, *, is_final: bool) -> None:
        super().__init__("nothing happened on the day" if is_final else "the bill is not there yet")
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class DownloadedBill:
    """The lines of a bill, and the SHA-256 of the text that they were read from."""

    lines: Sequence[BillLine]
    digest: str


class ProviderClient(Protocol):
    """Asks one provider for our account. Use it in a `with` block."""

    @property
    def account(self) -> MerchantAccount: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def create(self, payment: NewPayment) -> str:
        """Have the provider take a payment; where she pays it. The same number again changes nothing."""

    def query(self, number: str) -> ProvenReport: ...

    def close(self, number: str) -> ReportedState:
        """Close a payment, so that nobody can pay it any more. The answer says what it is now: it may have been paid before."""

    def refund(self, refund: NewRefund) -> ProvenRefund:
        """Have the provider give money of a payment back. The same number again changes nothing and says what the refund is now."""

    def query_refund(self, number: str, payment_number: str) -> ProvenRefund: ...

    def bill(self, kind: BillKind, day: date) -> DownloadedBill:
        """The bill of a day. Raises BillMissing, UnreadableBill, NoAnswer or ProviderRefused."""

    def read_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Callback:
        """Check the signature of a callback and read it; `headers` by their names in small letters. Raises Forged."""
