"""A file that is larger than any we take is not written to disk to find that out."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest


class BoundedUpload(FileUploadHandler):
    """First of the upload handlers: lets MAX_WORKBOOK_BYTES of a file pass, drops the rest and says so on the request."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.passed = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.passed += len(raw_data)
        if self.passed > settings.MAX_WORKBOOK_BYTES:
            assert self.request is not None
            self.request.META["wire.upload_too_large"] = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def too_large(request: HttpRequest) -> bool:
    """Whether a file of this request was dropped for its size."""
    return bool(request.META.get("wire.upload_too_large"))
