"""Endpoints of notices: the log of the person who calls, and the figures of ops."""

from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import SIGN_IN_ROLES, Role
from kernel import clock
from notices.rules import NoticeFigure, NoticeState
from notices.selectors import own
from notices.selectors.own import LoggedNoticeView
from notices.services.message import channel_words, reason_words, state_words, topic_words
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, integer, text, time
from web.pagination import Page, PageQuery
from web.responses import ViewRouter

router = ViewRouter(tags=["notices"])
signed_in, both = RoleAuth(*SIGN_IN_ROLES), RoleAuth(Role.OPS, Role.FINANCE)


def _language() -> str:
    return get_language() or "zh"


NOTICES = ExportedList(
    "notices",
    _("通知记录"),
    (
        time(_("发生时间"), "occurred_at"),
        text(_("渠道"), lambda notice: channel_words(notice.channel, _language())),
        text(_("类别"), lambda notice: topic_words(notice.topic, _language())),
        text(_("内容"), lambda notice: notice.en if _language() == "en" else notice.zh, 60),
        text(_("状态"), lambda notice: state_words(notice.state, _language())),
        text(_("原因"), lambda notice: reason_words(notice.why, _language()), 30),
        integer(_("尝试次数"), "attempts"),
        time(_("完成时间"), "ended_at"),
    ),
)
FIGURES = ExportedList(
    "notice-figures",
    _("通知统计"),
    (
        text(_("日期"), lambda figure: figure.day.isoformat()),
        text(_("渠道"), lambda figure: channel_words(figure.channel, _language())),
        text(_("状态"), lambda figure: state_words(figure.state, _language())),
        text(_("原因"), lambda figure: reason_words(figure.why, _language()), 30),
        integer(_("通知数"), "notices"),
        integer(_("消息数"), "messages"),
    ),
)


class NoticeQuery(PageQuery):
    state: NoticeState | None = None


class NoticeExportQuery(ExportQuery):
    state: NoticeState | None = None


@router.get("/notices", auth=signed_in)
def list_notices(request: ActorRequest, page: Query[NoticeQuery]) -> Page[LoggedNoticeView]:
    """What was sent to the person who calls by mail, SMS or WeChat, or why not; the newest first."""
    state = page.state.value if page.state else ""
    return own.list_own_notices(request.auth, state=state, cursor=page.cursor, limit=page.limit)


@router.get("/notices/export", auth=signed_in, openapi_extra=SENDS_EXPORT)
def export_notices(request: ActorRequest, file: Query[NoticeExportQuery]) -> StreamingHttpResponse:
    """The log of the person who calls as a file."""
    state = file.state.value if file.state else ""
    return export_pages(request, NOTICES, partial(own.list_own_notices, request.auth, state=state), file.format)


@router.get("/ops/notices/figures", auth=both)
def list_notice_figures(request: ActorRequest) -> list[NoticeFigure]:
    """How many notices of the last 30 days there are by day, channel, state and reason."""
    return own.list_figures(request.auth, at=clock.now())


@router.get("/ops/notices/figures/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_notice_figures(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The figures as a file."""
    return export_rows(request, FIGURES, own.list_figures(request.auth, at=clock.now()), file.format)
