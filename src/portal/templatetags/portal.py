"""Tags and filters of the portal."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from aftersales.selectors.wallet import BrandEntryView
from inventory.uploads.views import FieldChange
from kernel.money import display_yuan, parse_yuan
from ledger.rules import AccountKind
from portal import labels
from portal.causes import address_of_entry
from web import ledger_words

register = template.Library()

_STATES = {
    "upload": labels.UPLOAD_STATES,
    "shipping_upload": labels.SHIPPING_UPLOAD_STATES,
    "comparison": labels.COMPARISON_STATES,
    "phase": labels.PHASES,
    "consignment": labels.CONSIGNMENT_STATES,
    "parcel": labels.PARCEL_STATUSES,
    "statement": labels.STATEMENT_STATES,
    "statement_kind": labels.STATEMENT_KINDS,
}


@register.simple_tag
def state_tag(kind: str, state: str) -> SafeString:
    """A state in a word: `kind` is upload, shipping_upload, comparison, phase, consignment, parcel, statement or statement_kind."""
    label, tone = _STATES[kind][str(state)]
    return format_html('<span class="tag {}">{}</span>', tone, label)


@register.filter
def statement_kind_words(kind: str) -> str:
    """How a brand is settled, in a word."""
    return str(labels.STATEMENT_KINDS[str(kind)][0])


@register.filter
def account_words(kind: str) -> str:
    """A kind of accounts of the ledger."""
    return str(ledger_words.ACCOUNT_KINDS.get(kind, kind))


@register.filter
def entry_words(entry: BrandEntryView) -> str:
    """What moved an account of the brand, and the order or row that it is about."""
    kind = ledger_words.BRAND_POSTINGS.get(entry.kind, entry.kind)
    cause = f"order:{entry.order_id}" if entry.order_id is not None else entry.cause
    return f"{kind} · {ledger_words.cause_words(cause)}"


@register.filter
def entry_address(entry: BrandEntryView, account: str) -> str:
    """The page of the portal that explains a booking of an account of this kind."""
    return address_of_entry(entry, AccountKind(account))


@register.filter
def field_words(name: str) -> str:
    return str(labels.FIELDS.get(name, name))


@register.filter
def heading_words(heading: str) -> str:
    """A heading of our own shipping list in the language of the page; any other as it stands in the sheet."""
    return str(labels.SHIPPING_HEADINGS.get(heading, heading))


@register.filter
def ignored_words(why: str) -> str:
    return str(labels.IGNORED.get(why, why))


@register.filter
def left_out_reason(reason: str) -> str:
    """Why a file of an archive of pictures was left out, or the archive refused."""
    return str(labels.LEFT_OUT.get(reason, reason))


@register.simple_tag
def old_and_new(change: FieldChange) -> SafeString:
    """A changed field: the old value struck through, the new one beside it."""
    old, new = (
        (display_yuan(parse_yuan(value)) if change.is_money else "—" if value in (None, "") else value)
        for value in (change.old, change.new)
    )
    if change.field == "picture":
        old, new = ("✓" if value else "—" for value in (change.old, change.new))
    return format_html('<s class="text-base-content/70">{}</s> → <b class="font-semibold">{}</b>', old, new)


@register.filter
def minus(left: int, right: int) -> int:
    return left - right
