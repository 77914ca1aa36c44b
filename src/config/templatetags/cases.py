"""States and reasons of after-sales cases in words, for all three faces."""

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aftersales.rules import CaseReason, CaseState, FaultReportState, Returnability
from forwarding.selectors.fault_reports import CustomerReportView
from web.case_words import REASONS, REFUND_REASONS, STATES

register = template.Library()

NOT_RETURNABLE: dict[Returnability, Promise | str] = {
    Returnability.RETURNABLE: "",
    Returnability.NOT_PAID: "",
    Returnability.NOT_SHIPPED: "",
    Returnability.TOO_LATE: _("售后期已过"),
    Returnability.NOTHING_LEFT: "",
}


_REPORT_STATES: dict[str, Promise] = {
    "open": _("等卖家处理"),
    "answered": _("卖家已回复"),
    "expired": _("已过保存期"),
    "withdrawn": _("已撤回"),
}
_OWN_REPORT_STATES: dict[FaultReportState, tuple[Promise, str]] = {
    FaultReportState.OPEN: (_("等我处理"), "wait"),
    FaultReportState.CASE: (_("已申请售后"), "busy"),
    FaultReportState.ANSWERED: (_("已回复"), "good"),
    FaultReportState.WITHDRAWN: (_("顾客已撤回"), "plain"),
    FaultReportState.EXPIRED: (_("已过保存期"), "plain"),
}
_REPORT_CASES: dict[CaseState, Promise] = {
    CaseState.REQUESTED: _("卖家已申请售后，等平台处理"),
    CaseState.APPROVED: _("平台同意退货，怎么寄回请问卖家"),
    CaseState.SENT_BACK: _("退货在途中"),
    CaseState.RECEIVED: _("退货已收到，正在处理"),
    CaseState.REFUNDED: _("售后已办好，退款请问卖家"),
    CaseState.RESENT: _("品牌会补发"),
    CaseState.REJECTED: _("平台没有同意，详情请问卖家"),
    CaseState.WITHDRAWN: _("卖家撤回了售后申请，详情请问卖家"),
    CaseState.EXPIRED: _("没有按时寄回，售后已关闭"),
}


@register.simple_tag
def report_state(state: str) -> SafeString:
    """The state of a report, as its reseller sees it."""
    words, tone = _OWN_REPORT_STATES[FaultReportState(state)]
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def report_words(report: CustomerReportView) -> str:
    """What became of a report, as its customer reads it. No amount: what the reseller gets back is not hers to see."""
    if report.case_state is not None:
        return str(_REPORT_CASES[report.case_state])
    return str(_REPORT_STATES[report.state.value])


@register.simple_tag
def case_state(state: str) -> SafeString:
    words, tone = STATES[CaseState(state)]
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def case_state_words(state: str) -> str:
    """The same without its colour, for tabs."""
    return str(STATES[CaseState(state)][0])


@register.filter
def case_reason(reason: str) -> str:
    return str(REASONS[CaseReason(reason)])


@register.filter
def said_reason(text: str) -> str:
    """A text of the audit trail, in words where it is the code of a case's reason."""
    return case_reason(text) if text in set(CaseReason) else text


@register.filter
def not_returnable_words(returnability: str) -> str:
    """Why a line cannot be asked back, where that needs saying beside its state."""
    return str(NOT_RETURNABLE[Returnability(returnability)])


@register.filter
def refund_words(reason: str) -> str:
    """Why something was refunded."""
    return str(REFUND_REASONS.get(reason, reason))
