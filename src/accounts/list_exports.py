"""Downloads of lists by somebody who is signed in. A download that holds personal data is in the audit log (ACCOUNT-8)."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import StreamingHttpResponse

from accounts.permissions import ActorRequest
from accounts.services import audit
from kernel import clock
from kernel.masking import mask_search
from web.exports import ExportedList, FileFormat, every_view, stream_export
from web.pagination import Page


def export_pages(
    request: ActorRequest, exported: ExportedList, page_of: Callable[..., Page[Any]], file_format: FileFormat
) -> StreamingHttpResponse:
    """All rows of a paged list as a file; `page_of` takes `cursor` and `limit`."""
    return export_rows(request, exported, every_view(page_of), file_format)


def export_rows(
    request: ActorRequest, exported: ExportedList, rows: Iterable[Any], file_format: FileFormat
) -> StreamingHttpResponse:
    """The rows as a file.

    Of personal data the audit log keeps who began to download which list with which filters, before the first byte is sent, and at the
    end (PRIVACY-7) how many rows were read and whether the file was sent whole.
    """
    if not exported.holds_personal_data:
        return stream_export(exported, rows, file_format)
    actor = request.auth
    filters = {name: mask_search(str(value)) for name, value in request.GET.items() if name != "format" and value}
    details: dict[str, Any] = {"export": exported.name, "format": file_format.value, "filters": filters}

    def record(action: str, more: dict[str, Any]) -> None:
        audit.record(
            actor=actor,
            action=action,
            kind="person",
            subject_id=actor.own_id,
            details=details | more,
            now=clock.now(),
        )

    record("accounts.begin_export", {})
    return stream_export(
        exported,
        rows,
        file_format,
        on_end=lambda count, complete: record("accounts.end_export", {"rows": count, "complete": complete}),
    )
