"""States of enquiries in words, for shop and console."""

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aftersales.rules import EnquiryState

register = template.Library()

STATES: dict[EnquiryState, tuple[Promise, str]] = {
    EnquiryState.OPEN: (_("待答复"), "wait"),
    EnquiryState.ANSWERED: (_("已答复"), "good"),
    EnquiryState.CLOSED: (_("已结束"), "plain"),
}


@register.simple_tag
def enquiry_state(state: str) -> SafeString:
    words, tone = STATES[EnquiryState(state)]
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def enquiry_state_words(state: str) -> str:
    """The same without its colour, for tabs."""
    return str(STATES[EnquiryState(state)][0])
