"""Workbooks as answers, and how the API's own description says that an answer is a file."""

import io
from typing import Any, BinaryIO

from django.http import FileResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ANY_FILE = "application/octet-stream"


def workbook_answer(data: bytes, name: str) -> FileResponse:
    """An .xlsx to be saved under `name`."""
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name, content_type=XLSX)


def private_workbook_answer(content: BinaryIO, name: str) -> FileResponse:
    """An .xlsx that lies in the store, to be saved under `name`; no cache keeps it, and sending it closes it."""
    headers = {"Cache-Control": "no-store"}
    return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX, headers=headers)


def private_file_answer(data: bytes, name: str) -> FileResponse:
    """A file to be saved under `name` that no cache keeps."""
    content_type = XLSX if name.endswith(".xlsx") else "text/csv; charset=utf-8"
    headers = {"Cache-Control": "no-store"}
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name, content_type=content_type, headers=headers)


def stored_file_answer(content: BinaryIO, name: str, content_type: str) -> FileResponse:
    """A file that lies in the store, to be saved under `name`; no cache keeps it, and sending it closes it."""
    headers = {"Cache-Control": "no-store"}
    return FileResponse(content, as_attachment=True, filename=name, content_type=content_type, headers=headers)


def jpeg_answer(data: bytes) -> FileResponse:
    """A picture that only some may see, and that may be taken back at any moment: no cache keeps it."""
    headers = {"Cache-Control": "no-store"}
    return FileResponse(io.BytesIO(data), content_type="image/jpeg", headers=headers)


def sends(content_type: str) -> dict[str, Any]:
    """For `openapi_extra` of an operation whose answer is a file."""
    content = {content_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"description": "OK", "content": content}}}
