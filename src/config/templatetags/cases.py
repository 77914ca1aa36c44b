"""States and reasons of after-sales cases in words, for all three faces."""

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aftersales.rules import CaseReason, CaseState, Returnability

register = template.Library()

STATES: dict[CaseState, tuple[Promise, str]] = {
    CaseState.REQUESTED: (_("待平台审核"), "wait"),
    CaseState.APPROVED: (_("待寄回"), "wait"),
    CaseState.SENT_BACK: (_("寄回途中"), "busy"),
    CaseState.RECEIVED: (_("品牌已收到"), "busy"),
    CaseState.REFUNDED: (_("已退款"), "good"),
    CaseState.REJECTED: (_("已拒绝"), "bad"),
    CaseState.WITHDRAWN: (_("已撤回"), "plain"),
    CaseState.EXPIRED: (_("逾期未寄回"), "plain"),
}
REASONS: dict[CaseReason, Promise] = {
    CaseReason.NO_LONGER_WANTED: _("不想要了"),
    CaseReason.WRONG_GOODS: _("发错货"),
    CaseReason.FAULTY: _("质量问题"),
    CaseReason.DAMAGED: _("运输破损"),
    CaseReason.MISSING: _("少件"),
}
NOT_RETURNABLE: dict[Returnability, Promise | str] = {
    Returnability.RETURNABLE: "",
    Returnability.NOT_PAID: "",
    Returnability.NOT_SHIPPED: "",
    Returnability.TOO_LATE: _("售后期已过"),
    Returnability.NOTHING_LEFT: "",
}


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
