"""The files of issued invoices."""

from dataclasses import dataclass
from typing import BinaryIO

from accounts.rules import Actor
from invoices.selectors.invoices import get_invoice_for
from kernel.refusal import Missing
from storage.files import content_key, get_store
from storage.objects import ObjectMissing

INVOICES = "invoices"
CONTENT_TYPES = {"pdf": "application/pdf", "ofd": "application/octet-stream"}


class NoInvoiceFile(Missing):
    code = "invoices.no_file"
    zh = "开票申请 {request_id} 没有发票文件"
    en = "Invoice request {request_id} has no file"
    request_id: int


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An open file, and the name under which it is saved."""

    content: BinaryIO
    name: str
    content_type: str


def file_key(digest: str) -> str:
    return content_key(INVOICES, digest)


def open_file(actor: Actor, request_id: int) -> StoredInvoice:
    """The file of an invoice, for who asked, who issued, finance and ops. Whoever takes it closes it."""
    view = get_invoice_for(actor, request_id)
    if not view.file:
        raise NoInvoiceFile(request_id=request_id)
    try:
        content = get_store().open(file_key(view.file))
    except ObjectMissing as missing:
        raise NoInvoiceFile(request_id=request_id) from missing
    return StoredInvoice(content, f"{view.number}.{view.file_kind}", CONTENT_TYPES[view.file_kind])
