"""Which views accept a file. A file sent elsewhere, or one that is too large, is refused before it is written to disk."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve

from kernel.refusal import Invalid

View = TypeVar("View", bound=Callable[..., Any])


def takes_file(view: View) -> View:
    """Says of a page that its form may hold a file; any other page refuses one. The API says it by `File(…)`."""
    view.takes_file = True  # type: ignore[attr-defined]  # read by `match_takes_file`
    return view


def takes_customer_files(check: Callable[..., None]) -> Callable[[View], View]:
    """Says of a public page that people without an account may send it files.

    `check` gets the bytes of the body as `length` and the arguments of the address, before the body is read. It refuses an address
    that takes no file, and a body that is too large.
    """

    def decorate(view: View) -> View:
        view.check_customer_body = check  # type: ignore[attr-defined]  # read by `config.upload_authentication`
        return takes_file(view)

    return decorate


def match_takes_file(match: ResolverMatch) -> bool:
    return getattr(match.func, "takes_file", False) or match.route in import_module(settings.ROOT_URLCONF).FILE_ROUTES


def address_takes_file(path: str) -> bool:
    """Whether what is served at a path may be sent a file, and so more bytes than a form."""
    try:
        return match_takes_file(resolve(path))
    except Resolver404:
        return False


def sent_files(request: HttpRequest, field: str) -> list[Any]:
    """The files of a field that takes several; a browser in which none was chosen sends an empty one."""
    return [each for each in request.FILES.getlist(field) if each.size]


class NoFileTaken(Invalid):
    code = "request.no_file_taken"
    zh = "这里不接收文件（字段 {field}）"
    en = "No file is taken here (field {field})"
    field: str


class RefuseFiles(FileUploadHandler):
    """The only handler where no file is taken: refuses one at its first byte."""

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        raise NoFileTaken(field=field_name[:100])

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


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
