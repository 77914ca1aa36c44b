"""Notices sent outside the pages: how many, by which channels, and why some were not sent."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, render_page
from kernel import clock
from kernel.period import SHANGHAI
from notices.rules import NoticeFigure
from notices.selectors.own import FIGURES_OF, list_figures
from notices.services.channels import channels_on
from notices.services.message import channel_words, reason_words, state_words
from web.column_plot import ColumnPlot, ColumnValue, draw_columns
from web.query_parameters import accepts_parameters


@role_required(*BOTH)
@require_safe
@accepts_parameters()
def figures(request: ActorRequest) -> HttpResponse:
    language = "en" if get_language() == "en" else "zh"
    now = clock.now()
    found = list_figures(request.actor, at=now)
    lines = [
        (
            each,
            channel_words(each.channel, language),
            state_words(each.state, language),
            reason_words(each.why, language),
        )
        for each in found
    ]
    return render_page(
        request,
        "notices.html",
        lines=lines,
        channels=[channel_words(channel, language) for channel in channels_on()],
        sent_plot=_plot(found, {"sent"}, now, "good"),
        failed_plot=_plot(found, {"failed", "unknown"}, now, "bad"),
    )


def _plot(figures: Sequence[NoticeFigure], states: set[str], now: datetime, tone: str) -> ColumnPlot:
    """Messages of each of the last 30 days; today is 0, the days before it are negative."""
    today = now.astimezone(SHANGHAI).date()
    counts: dict[date, int] = {}
    for each in figures:
        if each.state in states and each.messages:
            counts[each.day] = counts.get(each.day, 0) + each.messages
    values = [
        ColumnValue((day - today) // timedelta(days=1), count, tone, gettext("%(day)s：%(count)s 条") % {
            "day": day.isoformat(), "count": count,
        })
        for day, count in sorted(counts.items())
    ]  # fmt: skip
    return draw_columns(values, first=-FIGURES_OF.days, last=0, label_every=10)
