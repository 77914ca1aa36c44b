"""Endpoints of the inbox. Who reads which inbox is told by the caller of `build_router`: this app knows neither resellers nor brands."""

from collections.abc import Callable
from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import SIGN_IN_ROLES, Actor
from events import selectors, services
from events.selectors import EventView, Inbox, UnreadCountView
from kernel import clock
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, text, time
from web.pagination import Page, PageQuery
from web.responses import ViewRouter

EVENTS = ExportedList(
    "events",
    _("消息"),
    (
        time(_("时间"), "occurred_at"),
        text(_("内容"), lambda event: event.en if get_language() == "en" else event.zh, 60),
        text(_("未读"), lambda event: _now("是") if event.is_unread else ""),
    ),
)


def build_router(inbox_of: Callable[[Actor], Inbox]) -> ViewRouter:
    """The endpoints of the inbox that `inbox_of` gives for whoever calls."""
    router = ViewRouter(tags=["events"])
    signed_in = RoleAuth(*SIGN_IN_ROLES)

    @router.get("/events", auth=signed_in)
    def list_events(request: ActorRequest, page: Query[PageQuery]) -> Page[EventView]:
        """What happened that concerns the reseller, the brand or the platform, the newest first."""
        return selectors.list_events(inbox_of(request.auth), cursor=page.cursor, limit=page.limit)

    @router.get("/events/export", auth=signed_in, openapi_extra=SENDS_EXPORT)
    def export_events(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
        """The inbox as a file, the newest first."""
        return export_pages(request, EVENTS, partial(selectors.list_events, inbox_of(request.auth)), file.format)

    @router.get("/events/unread", auth=signed_in)
    def count_unread(request: ActorRequest) -> UnreadCountView:
        return selectors.count_unread(inbox_of(request.auth))

    @router.post("/events/read", auth=signed_in)
    def mark_all_read(request: ActorRequest) -> UnreadCountView:
        """Everything that is in the inbox now is read by the person who calls."""
        services.mark_all_read(actor=request.auth, now=clock.now())
        return selectors.count_unread(inbox_of(request.auth))

    return router
