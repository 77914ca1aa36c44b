"""The life of an invoice request, and what an invoice number and file may be (INVOICE-4, INVOICE-5, INVOICE-6)."""

import enum
import re
from collections.abc import Mapping
from datetime import date

MAX_KEY, MAX_REASON, MAX_NUMBER, MAX_LINK = 64, 200, 20, 300
MAX_FILE_BYTES = 5 * 1024 * 1024
_NUMBER = re.compile(r"[0-9]{8,20}", re.ASCII)


class InvoiceKind(enum.StrEnum):
    GOODS = "goods"
    """Goods that a reseller paid, of one issuer."""
    FEES = "fees"
    """Commission and fees of a brand's statements; the platform issues."""


class Issuer(enum.StrEnum):
    """Who issues invoices for the goods of a brand."""

    BRAND = "brand"
    PLATFORM = "platform"


class InvoiceState(enum.StrEnum):
    REQUESTED = "requested"
    EXPORTED = "exported"
    """In a file for whoever issues; the amount is final."""
    ISSUED = "issued"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """By who asked, before it was exported."""
    REVERSED = "reversed"
    """A red letter took the whole invoice back, and another request stands in its place."""


class InvoiceAct(enum.StrEnum):
    EXPORT = "export"
    ISSUE = "issue"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"


TRANSITIONS: Mapping[tuple[InvoiceState, InvoiceAct], InvoiceState] = {
    (InvoiceState.REQUESTED, InvoiceAct.EXPORT): InvoiceState.EXPORTED,
    (InvoiceState.REQUESTED, InvoiceAct.REFUSE): InvoiceState.REFUSED,
    (InvoiceState.REQUESTED, InvoiceAct.WITHDRAW): InvoiceState.WITHDRAWN,
    (InvoiceState.EXPORTED, InvoiceAct.ISSUE): InvoiceState.ISSUED,
    (InvoiceState.EXPORTED, InvoiceAct.REFUSE): InvoiceState.REFUSED,
    (InvoiceState.ISSUED, InvoiceAct.REVERSE): InvoiceState.REVERSED,
}
LIVE = (InvoiceState.REQUESTED, InvoiceState.EXPORTED, InvoiceState.ISSUED)
"""In these states the money of a request belongs to it, and to no other."""
FINAL_AMOUNT = (InvoiceState.EXPORTED, InvoiceState.ISSUED)
"""In these states a later refund does not change the amount: it makes a red letter necessary."""

NUMBERED = (InvoiceState.ISSUED, InvoiceState.REVERSED)
"""In these states number and day stand for the request, and entering the same again changes nothing."""


class FileKind(enum.StrEnum):
    PDF = "pdf"
    OFD = "ofd"


def next_state(state: InvoiceState, act: InvoiceAct) -> InvoiceState | None:
    """The state after an act; None where the act is not possible."""
    return TRANSITIONS.get((state, act))


def invoice_number(text: str) -> str:
    """A typed invoice number without spaces."""
    return "".join(text.split())


def is_invoice_number(text: str) -> bool:
    """8 digits on paper, 20 of a fully digital invoice 数电票; others with their code in front lie between."""
    return _NUMBER.fullmatch(text) is not None


def is_issue_day(day: date, *, requested_on: date, today: date) -> bool:
    """An invoice is issued on the day of its request or later, and not in the future."""
    return requested_on <= day <= today


def file_kind(data: bytes) -> FileKind | None:
    """What a file is by its first bytes: PDF, or OFD, which is a ZIP archive with an OFD.xml."""
    if data.startswith(b"%PDF-"):
        return FileKind.PDF
    if data.startswith(b"PK\x03\x04") and b"OFD.xml" in data:
        return FileKind.OFD
    return None


def is_link(text: str) -> bool:
    return len(text) <= MAX_LINK and re.fullmatch(r"https://[^\s<>\"']+", text) is not None
