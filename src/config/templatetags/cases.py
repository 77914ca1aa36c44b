"""States and reasons of after-sales cases in words, for all three faces."""

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aftersales.rules import CaseReason, CaseState, Returnability
from web.case_words import REASONS, STATES

register = template.Library()

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
