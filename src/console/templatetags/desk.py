"""Tags and filters of the console: states and kinds in words, audit entries, shares."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.rules import Role
from accounts.selectors import AuditView
from console import labels, rehearsal_words
from console.fields import percent as in_percent
from console.pages.base_views import ConsoleForms
from pricing.selectors.effects import Outcome, RuleEffect
from treasury.rules.requests import RequestKind
from treasury.selectors.requests import MoneyRequestView
from web import ledger_words

register = template.Library()

_STATES = {
    "brand": labels.BRAND_STATES,
    "phase": labels.PHASES,
    "draw": labels.DRAW_STATES,
    "waiting_end": labels.WAITING_ENDS,
    "sale_job": labels.SALE_JOB_STATES,
    "sale_job_kind": labels.SALE_JOB_KINDS,
    "sale_job_step": labels.SALE_JOB_STEPS,
    "order": labels.ORDER_STATES,
    "shipping": labels.SHIPPING_STATES,
    "statement": labels.STATEMENT_STATES,
    "statement_kind": labels.STATEMENT_KINDS,
    "received": labels.RECEIVED_STATES,
    "bank_account": labels.BANK_ACCOUNT_STATES,
    "account_closing": labels.CLOSING_STATES,
    "invoice": labels.INVOICE_STATES,
    "invoice_kind": labels.INVOICE_KINDS,
    "bank_statement": labels.BANK_STATEMENT_STATES,
    "bank_statement_line": labels.BANK_STATEMENT_LINE_STATES,
    "match": labels.MATCHES,
    "transfer_claim": labels.TRANSFER_CLAIM_STATES,
    "money_request": labels.MONEY_REQUEST_STATES,
    "transfer_batch": labels.BATCH_STATES,
    "payment": labels.PROVIDER_PAYMENT_STATES,
    "provider_bill": labels.PROVIDER_BILL_STATES,
    "bill_kind": labels.BILL_KINDS,
    "bill_difference": labels.BILL_DIFFERENCES,
    "source_refund": labels.SOURCE_REFUND_STATES,
    "payment_way": labels.PAYMENT_WAYS,
    "payment_difference": labels.PAYMENT_DIFFERENCES,
    "provider": labels.PROVIDERS,
    "callback": labels.CALLBACK_OUTCOMES,
    "compared": labels.COMPARED,
    "comparison": labels.COMPARISON_STATES,
    "reconciliation": labels.RECONCILIATION_STATES,
    "close_difference": labels.CLOSE_DIFFERENCE_STATES,
    "rehearsal": rehearsal_words.STATES,
}


@register.simple_tag
def state_tag(kind: str, state: str) -> SafeString:
    """A state in a word: `kind` is one of `_STATES`."""
    label, tone = _STATES[kind][str(state)]
    return format_html('<span class="tag {}">{}</span>', tone, label)


@register.simple_tag
def state_words(kind: str, state: str) -> str:
    """The same without its colour, for tabs."""
    return str(_STATES[kind][str(state)][0])


@register.filter
def percent(rate: Decimal | None) -> str:
    return "—" if rate is None else f"{in_percent(rate)}%"


@register.filter
def share_of(part: int, whole: int) -> int:
    """A part of a whole in whole percent, 0 where there is no whole."""
    return round(100 * part / whole) if whole else 0


@register.filter
def action_label(action: str) -> str:
    return str(labels.AUDIT_ACTIONS.get(action, action))


@register.filter
def role_words(role: str) -> str:
    return str(labels.ROLES.get(role, role))


@register.filter
def done_by(entry: AuditView) -> str:
    """Who did it and in which role; the role alone where the service itself did it."""
    role = role_words(entry.role)
    return role if entry.role == Role.SYSTEM else _("{who}（{role}）").format(who=entry.who, role=role)


@register.filter
def subject_words(kind: str) -> str:
    return str(labels.SUBJECTS.get(kind, kind))


@register.filter
def money_request_kind(kind: str) -> str:
    return str(labels.MONEY_REQUEST_KINDS[kind])


@register.filter
def request_words(request: MoneyRequestView) -> str:
    """What a money request is; a credit for a line whose statement was sent is a late refund."""
    if request.line_id is not None and request.kind is RequestKind.WALLET_CREDIT:
        return str(labels.LATE_REFUND)
    return str(labels.MONEY_REQUEST_KINDS[request.kind.value])


@register.filter
def growth_words(kind: str) -> str:
    return str(labels.GROWTH_KINDS[kind])


@register.filter
def account_words(kind: str) -> str:
    """A kind of accounts of the ledger."""
    return str(ledger_words.ACCOUNT_KINDS.get(kind, kind))


@register.filter
def cause_words(cause: str) -> str:
    """The row that caused a posting, as in order:12."""
    return ledger_words.cause_words(cause)


@register.filter
def difference_words(kind: str) -> str:
    """What differs, of a difference of the daily close."""
    bill = labels.BILL_DIFFERENCES.get(kind)
    return str(bill[0] if bill else labels.CLOSE_DIFFERENCES.get(kind, kind))


@register.filter
def posting_words(kind: str) -> str:
    return str(ledger_words.POSTINGS.get(kind, kind))


@register.filter
def claim_words(state: str) -> str:
    """The state of a claim against a carrier, for tabs."""
    return str(labels.CLAIM_STATES[str(state)][0])


@register.simple_tag
def claim_tag(state: str) -> SafeString:
    """The same with its colour."""
    words, tone = labels.CLAIM_STATES[str(state)]
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.filter
def outcome_words(outcome: str) -> str:
    """What became of money that arrived for an order."""
    return str(labels.PAYMENT_OUTCOMES[str(outcome)])


@register.filter
def party_words(party: str) -> str:
    """Who was at fault, or bears a refund."""
    return str(labels.PARTIES.get(str(party), party))


@register.filter
def disposition_words(disposition: str) -> str:
    return str(labels.DISPOSITIONS.get(str(disposition), disposition))


@register.filter
def shortfall_words(name: str) -> str:
    return str(labels.SHORTFALLS.get(name, name))


@register.filter
def invariant_words(number: int) -> str:
    return str(labels.INVARIANTS[number])


@register.filter
def ending_words(ending: str) -> str:
    return str(labels.ENDINGS[str(ending)])


@register.filter
def broken_words(why: str) -> str:
    return str(labels.BROKEN[str(why)])


@register.filter
def action_words(action: int) -> str:
    return str(labels.ACTIONS[int(action)])


@register.filter
def label_words(labelling: str | None) -> str:
    return str(labels.LABELS[labelling or ""])


@register.filter
def outcomes(effect: RuleEffect) -> list[tuple[str, Outcome]]:
    """How many SKUs below their floor or their lowest price are cut, raised, excluded or refused."""
    return [
        (str(_("剪标")), effect.cut),
        (str(_("提价")), effect.raised),
        (str(_("排除")), effect.excluded),
        (str(_("违反规则")), effect.broken),
    ]


@register.filter
def details_of(entry: AuditView) -> list[tuple[str, str]]:
    return labels.details_in_words(entry.details)


@register.simple_tag(takes_context=True)
def as_typed(context: dict[str, Any], name: str, number: int, kept: object) -> str:
    """The value of a field `name` + `number`: what was typed into a form that was refused, else what is kept."""
    return str(context["typed"].get(f"{name}{number}", "" if kept is None else kept))


@register.inclusion_tag("console/parts/form_action.html", takes_context=True)
def form_action(
    context: dict[str, Any], name: str, label: str, button: str = "", ask: str = "", kind: str = ""
) -> dict[str, Any]:
    """A form action of the page as a fold with its form, open where it was refused; where this person may not do it, who does.

    `kind`: `main` for the one form action of the page, `danger` for one that cannot be undone, `open` to show the form at once.
    """
    form_actions: ConsoleForms = context["form_actions"]
    form = form_actions.get(name)
    return {
        "form": form,
        "preview": form_actions.previews.get(name),
        "others": " · ".join(str(labels.ROLES[role]) for role in form_actions.others.get(name, ())),
        "name": name,
        "label": label,
        "button": button or label,
        "ask": ask,
        "kind": kind,
        "is_open": bool(form and (form.is_bound or kind in ("main", "open"))),
        "csrf_token": context.get("csrf_token"),
        "address": context["request"].get_full_path(),
    }
