"""Turns what Django, the database or the disk refuses into one of our refusals."""

import logging
import sys
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import page_not_found

from accounts.permissions import note_actor
from config import plain_answers
from kernel.refusal import Busy, Missing, Refusal
from web.request_bodies import BodyTooLarge, DiskFull, is_disk_full

log = logging.getLogger("weicang.failures")

QUERY_CANCELED, DISK_FULL = "57014", "53100"
_CONNECTION_LOST = ("08", "57P01", "57P02", "57P03", "53300")
"""SQLSTATE: connection exceptions, a server that shuts down, crashed or starts, and one that has no connection left."""


class BadRequest(Refusal):
    status: ClassVar[int] = 400
    code = "request.bad"
    zh = "无法理解这个请求"
    en = "The request cannot be understood"


class UnknownHost(Refusal):
    status: ClassVar[int] = 400
    code = "request.unknown_host"
    zh = "本服务不使用这个域名（Host）"
    en = "The service does not answer to this host name"


class NoSuchAddress(Missing):
    code = "request.no_such_address"
    zh = "没有这个地址"
    en = "There is no such address"


class Failed(Refusal):
    status: ClassVar[int] = 500
    code = "request.failed"
    zh = "我们这边出错了，已经记录下来，请稍后再试；没有确认成功的操作，请先到订单或列表里看一眼"
    en = "Something broke on our side and has been recorded. Try again later; look in your list before repeating what was not confirmed"


class DatabaseAway(Busy):
    code = "request.database_away"
    zh = "数据库暂时连接不上，请稍后再试"
    en = "The database cannot be reached for the moment; try again later"

    def seconds_to_wait(self) -> int:
        return 5


class StatementTooSlow(Busy):
    code = "request.too_slow"
    zh = "查询或保存用时过长，已经停止，没有改变任何数据；请缩小范围或稍后再试"
    en = "Reading or writing took too long and was stopped; nothing has changed. Ask for less, or try again later"

    def seconds_to_wait(self) -> int:
        return 5


def refusal_of(failure: BaseException | None) -> Refusal | None:
    """The refusal that an exception stands for; None where it is a bug."""
    match failure:
        case Refusal():
            return failure
        case DisallowedHost():
            return UnknownHost()
        case RequestDataTooBig():
            return BodyTooLarge(max_kb=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024)
        case OperationalError() | InterfaceError():
            return _refusal_of_database(failure)
        case OSError() if is_disk_full(failure):
            return DiskFull()
    return None


def _refusal_of_database(failure: Exception) -> Refusal | None:
    cause = failure.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    if state == QUERY_CANCELED:
        return StatementTooSlow()
    if state == DISK_FULL:
        return DiskFull()
    if state.startswith(_CONNECTION_LOST) or not state:
        # Without a SQLSTATE the statement never reached the server, or the connection was lost.
        return DatabaseAway()
    return None


def log_failure(failure: BaseException, refusal: Refusal) -> None:
    """Log a failure of the machine as an error; a refusal below 500 is no failure."""
    if refusal.status >= 500:
        log.error("%s: %s", refusal.code, failure, extra={"kind": type(failure).__name__})


def plain_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """An answer for which nothing is needed, where a page of ours would need what has failed."""
    status, headers, content = plain_answers.refused(
        refusal, path=request.path, accept_language=request.headers.get("Accept-Language", "")
    )
    return HttpResponse(content, status=status, headers=dict(headers))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return plain_response(request, refusal_of(exception) or BadRequest())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404. A request to the API is answered without rendering a page."""
    if request.path.startswith("/api/"):
        return plain_response(request, NoSuchAddress())
    note_actor(request)
    return page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: reached by what no page and no endpoint has caught, so also by what breaks before them."""
    failure = sys.exc_info()[1]
    refusal = refusal_of(failure)
    if failure is not None and refusal is not None:
        log_failure(failure, refusal)
    return plain_response(request, refusal or Failed())
