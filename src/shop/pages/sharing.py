"""What became of all that she shared, and what she has not shared yet (FORWARD-21, FORWARD-22)."""

from datetime import timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.funnel import FunnelSpan
from forwarding.selectors.channels import get_hint_hours, list_channels, list_unshared_styles
from forwarding.selectors.funnel import get_funnel
from kernel import clock
from kernel.period import SHANGHAI
from shop.funnel_plot import draw_funnel
from shop.pages.base_views import render_page, reseller
from web.query_parameters import accepts_parameters, cursor, one_of

DAYS = (7, 30, 90, 365)
DEFAULT_DAYS = 30


@role_required(Role.RESELLER)
@accepts_parameters(by=one_of(FunnelSpan), days=one_of(DAYS))
def sharing(request: ActorRequest) -> HttpResponse:
    """The funnel of the last days, by channel, page or day; her own channels; when she is told of a repetition."""
    me, now = reseller(request), clock.now()
    days = int(request.GET.get("days") or DEFAULT_DAYS)
    today = now.astimezone(SHANGHAI).date()
    span = FunnelSpan(request.GET.get("by") or FunnelSpan.CHANNEL)
    view = get_funnel(me.id, span=span, first_date=today - timedelta(days=days - 1), last_date=today)
    spans = [(FunnelSpan.CHANNEL, _("渠道")), (FunnelSpan.FORWARD, _("转发")), (FunnelSpan.DAY, _("日期"))]
    return render_page(
        request,
        "sharing.html",
        me,
        view=view,
        plot=draw_funnel(view.total),
        spans=spans,
        head=dict(spans)[span],
        days=days,
        days_text=str(days),
        days_choices=DAYS,
        channels=list_channels(me.id),
        hint_hours=get_hint_hours(me.id),
    )


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def unshared(request: ActorRequest) -> HttpResponse:
    """What she has priced and never shared; what she ticks goes on to pricing and forwarding together."""
    me = reseller(request)
    page = list_unshared_styles(me.id, at=clock.now(), cursor=request.GET.get("cursor", ""))
    return render_page(request, "unshared.html", me, page=page)
